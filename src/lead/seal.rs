//! A lead as bytes: a head that tells nothing of anybody, and the lead itself as JSON, encrypted to a public key when
//! there is one. The only place that turns personal texts into anything.
//!
//! ```text
//! {"id":"AQ...","kind":"lead","at_ms":1764000000000,"related":"5f0c...","quarantine":[],"sealed":true}\n<age file>
//! ```
//!
//! With a key this process can write leads and not read them: the identity is elsewhere.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{Clicks, Kind, Personal, Phone};

/// Everything there is to know of a lead.
pub struct Lead {
    pub head: Head,
    pub phone: Phone,
    pub name: Personal,
    pub kind: Kind,
    /// When it would suit, in one word; empty: any time.
    pub slot: &'static str,
    pub marketing: bool,
    /// The version the form was shown with, and the one in effect.
    pub notice: (String, String),
    pub car: Option<Car>,
    pub clicks: Option<Clicks>,
    /// Path of the page it was sent from.
    pub page: Option<String>,
    /// Number in the visitor's cookie; 0 without one.
    pub visitor: u64,
}

/// The car as it was offered at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Car {
    pub id: u64,
    pub title: String,
    pub price_rupees: u32,
    pub city: String,
    pub hub: String,
}

/// What may be known without reading the lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub id: String,
    pub kind: String,
    pub at_ms: u64,
    /// Keyed hash of number and car: equal ones are one person's interest in one car.
    pub related: String,
    /// Keyed hash of all that was sent.
    pub fingerprint: String,
    /// The same person has asked about this car before, in other words.
    #[serde(default)]
    pub again: bool,
    /// Why it is put aside; empty: it is not.
    pub quarantine: Vec<String>,
    pub sealed: bool,
}

/// A lead on its way: these bytes are what is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    pub head: Head,
    /// The lead as JSON, or that as an age file.
    pub body: Vec<u8>,
}

/// To whom leads are encrypted.
#[derive(Clone, Default)]
pub struct Sealer(Option<age::x25519::Recipient>);

/// Whoever may read them.
pub struct Opener(Vec<age::x25519::Identity>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("it is sealed: --identity names the file with the key to read it with")]
    NoIdentity,
    #[error("it is sealed for somebody else's key, or damaged")]
    OtherKey,
}

impl Sealer {
    /// An empty text: nothing is encrypted. An error is what is expected of the key.
    pub fn parse(recipient: &str) -> Result<Self, &'static str> {
        if recipient.is_empty() {
            return Ok(Self(None));
        }
        recipient
            .parse()
            .map(|to| Self(Some(to)))
            .map_err(|_| "an age recipient, age1... (`age-keygen -y FILE` prints it)")
    }

    pub fn seal(&self, lead: &Lead) -> Result<Record, String> {
        let mut head = lead.head.clone();
        head.sealed = self.0.is_some();
        let text = Zeroizing::new(serde_json::to_vec(&lead.json(&head)).expect("texts and numbers are JSON"));
        let body = match &self.0 {
            None => text.to_vec(),
            Some(recipient) => age::encrypt(recipient, &text).map_err(|error| error.to_string())?,
        };
        Ok(Record { head, body })
    }
}

impl Opener {
    /// The text of an identity file, as `age-keygen` writes it; empty: nobody's.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identities: Result<Vec<_>, _> = lines.map(str::parse).collect();
        identities.map(Self).map_err(|_| "lines of AGE-SECRET-KEY-1..., as age-keygen writes them")
    }

    /// The lead as JSON.
    pub fn open(&self, record: &Record) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        if !record.head.sealed {
            return Ok(Zeroizing::new(record.body.clone()));
        }
        if self.0.is_empty() {
            return Err(Unreadable::NoIdentity);
        }
        let opened = self.0.iter().find_map(|identity| age::decrypt(identity, &record.body).ok());
        opened.map(Zeroizing::new).ok_or(Unreadable::OtherKey)
    }
}

impl Lead {
    fn json(&self, head: &Head) -> Value {
        let clicks = self.clicks.as_ref().map(|clicks| {
            let pairs = clicks.pairs.iter().map(|(key, value)| (key.clone(), json!(value)));
            let mut all: Map<String, Value> = pairs.collect();
            all.insert("landed_ms".to_owned(), json!(clicks.landed_ms));
            if let Some(fbc) = clicks.fbc() {
                all.insert("_fbc".to_owned(), json!(fbc));
            }
            all
        });
        let car = self.car.as_ref().map(|car| {
            json!({ "id": car.id, "title": car.title, "price_rupees": car.price_rupees, "city": car.city, "hub": car.hub })
        });
        let is_lead = self.kind != Kind::Withdrawal;
        let consent = is_lead.then(|| {
            json!({ "callback": true, "marketing": self.marketing, "notice_shown": self.notice.0, "notice": self.notice.1 })
        });
        let mut lead = json!({
            "id": head.id,
            "kind": head.kind,
            "at_ms": head.at_ms,
            "phone": self.phone.reveal(),
            "related": head.related,
            "again": head.again,
            "quarantine": head.quarantine,
        });
        let fields = lead.as_object_mut().expect("it was written as one");
        let more = [
            ("name", (!self.name.is_empty()).then(|| json!(self.name.reveal()))),
            ("car", car),
            ("test_drive", is_lead.then(|| json!(self.kind == Kind::TestDrive))),
            ("slot", (!self.slot.is_empty()).then(|| json!(self.slot))),
            ("consent", consent),
            ("clicks", clicks.map(Value::Object)),
            ("page", self.page.as_ref().map(|page| json!(page))),
            ("visitor", (self.visitor != 0).then(|| json!(self.visitor.to_string()))),
        ];
        fields.extend(more.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        lead
    }
}

impl Record {
    /// For the spool: the head, a newline, the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(&self.head).expect("texts and numbers are JSON");
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|&b| b == b'\n')?;
        let head = serde_json::from_slice(&bytes[..end]).ok()?;
        Some(Self { head, body: bytes[end + 1..].to_vec() })
    }

    /// For Kafka: the lead's own JSON, or the head with the encrypted lead in it.
    pub fn message(&self) -> Vec<u8> {
        if !self.head.sealed {
            return self.body.clone();
        }
        let mut message = serde_json::to_value(&self.head).expect("texts and numbers are JSON");
        if let Some(fields) = message.as_object_mut() {
            fields.insert("age".to_owned(), json!(BASE64.encode(&self.body)));
        }
        serde_json::to_vec(&message).expect("texts and numbers are JSON")
    }

    pub fn is_aside(&self) -> bool {
        !self.head.quarantine.is_empty()
    }
}

/// How keyed hashes are written.
pub(super) fn hex(mark: &[u8; 32]) -> String {
    HEXLOWER.encode(&mark[..16])
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;

    use super::*;

    pub(crate) fn lead() -> Lead {
        let head = Head {
            id: "id1".to_owned(),
            kind: "lead".to_owned(),
            at_ms: 5,
            related: "r".to_owned(),
            fingerprint: "f".to_owned(),
            again: false,
            quarantine: Vec::new(),
            sealed: false,
        };
        Lead {
            head,
            phone: Phone::parse("9876543210").ok().unwrap(),
            name: Personal::new("Asha\n\"Rao\""),
            kind: Kind::TestDrive,
            slot: "evening",
            marketing: false,
            notice: ("v1".to_owned(), "v2".to_owned()),
            car: None,
            clicks: Clicks::of("fbclid=IwAR0aB&utm_source=fb", 7),
            page: Some("/car/x-1000".to_owned()),
            visitor: 9,
        }
    }

    #[test]
    fn a_lead_comes_out_as_it_went_in() {
        let record = Sealer::default().seal(&lead()).unwrap();
        let back = Record::of_bytes(&record.to_bytes()).unwrap();
        assert!(back == record && record.message() == record.body);
        let json: Value = serde_json::from_slice(&record.body).unwrap();
        assert_eq!((&json["phone"], &json["name"]), (&json!("+919876543210"), &json!("Asha\n\"Rao\"")));
        assert_eq!((&json["test_drive"], &json["visitor"]), (&json!(true), &json!("9")));
        assert_eq!(json["slot"], "evening");
        assert_eq!(
            json["clicks"],
            json!({ "fbclid": "IwAR0aB", "utm_source": "fb", "landed_ms": 7, "_fbc": "fb.1.7.IwAR0aB" })
        );
        assert_eq!(
            json["consent"],
            json!({ "callback": true, "marketing": false, "notice_shown": "v1", "notice": "v2" })
        );
    }

    #[test]
    fn what_is_sealed_only_its_key_opens() {
        let (key, other) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
        let opener = |key: &age::x25519::Identity| {
            Opener::parse(&format!("# a key\n{}\n", key.to_string().expose_secret()))
        };
        let record = Sealer::parse(&key.to_public().to_string()).unwrap().seal(&lead()).unwrap();
        for bytes in [record.to_bytes(), record.message()] {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("9876543210") && !text.contains("Asha") && text.contains("id1"), "{text}");
        }
        let opened = opener(&key).unwrap().open(&record).unwrap();
        assert!(String::from_utf8_lossy(&opened).contains("+919876543210"));
        assert_eq!(opener(&other).unwrap().open(&record).err(), Some(Unreadable::OtherKey));
        assert_eq!(Opener::parse("").unwrap().open(&record).err(), Some(Unreadable::NoIdentity));
        assert!(Sealer::parse("age1nonsense").is_err() && Opener::parse("nonsense").is_err());
        assert!(record.head.sealed && Sealer::parse("").is_ok());
    }
}
