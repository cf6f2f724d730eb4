//! What a lead is called: an address that any instance can answer for, and that tells nothing of who left it.
//!
//! The name is made of what was sent, so that a form that is sent twice has one name, on whatever instance, after
//! whatever crash; and it is signed, so that a receipt needs no list of leads: whoever has one was given it, and it is
//! given only when the lead is safe.

use crate::car::CarId;
use crate::keys::{Keys, Purpose};

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    CallBack,
    TestDrive,
    /// Not to be called or written to any more.
    Withdrawal,
}

impl Kind {
    const ALL: [Self; 3] = [Self::CallBack, Self::TestDrive, Self::Withdrawal];

    /// What consumers tell leads and withdrawals apart by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CallBack | Self::TestDrive => "lead",
            Self::Withdrawal => "withdrawal",
        }
    }
}

const MARK_BYTES: usize = 12;
const LAYOUT: u8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub kind: Kind,
    pub car: Option<CarId>,
    /// Counts stretches of time: what is sent again in another one is another lead.
    pub stretch: u32,
    /// Of everything that was sent, under a key: without it nobody can try numbers until one fits.
    pub mark: [u8; MARK_BYTES],
}

impl Receipt {
    /// `fingerprint`: of what was sent.
    pub fn of(keys: &Keys, kind: Kind, car: Option<CarId>, fingerprint: &[u8; 32], stretch: u32) -> Self {
        let mut bytes = Vec::with_capacity(40);
        bytes.extend_from_slice(fingerprint);
        bytes.extend_from_slice(&stretch.to_le_bytes());
        let mut mark = [0; MARK_BYTES];
        mark.copy_from_slice(&keys.mark(Purpose::Lead, &bytes)[..MARK_BYTES]);
        Self { kind, car, stretch, mark }
    }

    /// The lead's id.
    pub fn seal(&self, keys: &Keys) -> String {
        let mut bytes = vec![LAYOUT << 4 | self.kind as u8];
        bytes.extend_from_slice(&self.stretch.to_le_bytes());
        bytes.extend_from_slice(&self.mark);
        if let Some(car) = self.car {
            let digits = car.0.to_le_bytes();
            let n = digits.iter().rposition(|&byte| byte != 0).map_or(1, |last| last + 1);
            bytes.extend_from_slice(&digits[..n]);
        }
        keys.seal(Purpose::Lead, &bytes)
    }

    /// `None` for what no instance has given.
    pub fn open(keys: &Keys, id: &str) -> Option<Self> {
        let bytes = keys.open(Purpose::Lead, id)?;
        let (&head, rest) = bytes.split_first()?;
        let kind = *Kind::ALL.get(usize::from(head & 15)).filter(|_| head >> 4 == LAYOUT)?;
        let (stretch, rest) = rest.split_first_chunk::<4>()?;
        let (&mark, rest) = rest.split_first_chunk::<MARK_BYTES>()?;
        let mut digits = [0; 8];
        digits.get_mut(..rest.len())?.copy_from_slice(rest);
        let car = (!rest.is_empty()).then(|| CarId(u64::from_le_bytes(digits)));
        Some(Self { kind, car, stretch: u32::from_le_bytes(*stretch), mark })
    }

    /// Short enough to be told on the phone.
    pub fn reference(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.mark[..5])
    }
}

#[cfg(test)]
mod tests {
    use super::{CarId, Kind, Receipt};
    use crate::keys::Keys;

    #[test]
    fn a_receipt_is_answered_for_by_whoever_has_the_key() {
        let (one, other, foreign) = (Keys::new(&[[1; 32]]), Keys::new(&[[1; 32]]), Keys::new(&[[2; 32]]));
        for kind in Kind::ALL {
            for car in [None, Some(CarId(0)), Some(CarId(1000)), Some(CarId(u64::MAX))] {
                let receipt = Receipt::of(&one, kind, car, &[7; 32], 9);
                let id = receipt.seal(&one);
                assert_eq!(Receipt::open(&other, &id), Some(receipt));
                assert_eq!((Receipt::open(&foreign, &id), receipt.reference().len()), (None, 8));
                assert!(
                    id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
                    "{id}"
                );
                assert_eq!(Receipt::of(&other, kind, car, &[7; 32], 9).seal(&other), id);
                assert_ne!(Receipt::of(&one, kind, car, &[8; 32], 9).seal(&one), id);
                assert_ne!(Receipt::of(&one, kind, car, &[7; 32], 10).seal(&one), id);
            }
        }
    }
}
