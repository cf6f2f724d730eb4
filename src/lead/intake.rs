//! What requests call: a wish becomes a lead with an id, and is on its way. Waits for nothing.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::deliver::Direct;
use super::keeper::Job;
use super::limits::{By, Limits};
use super::recent::{Claim, Mark, Recent};
use super::seal::{Car, Head, Lead, Sealer, hex};
use super::{Clicks, Counts, Fate, Kind, Personal, Phone, Place, Receipt, Standing, Ticket, address};
use crate::clock;
use crate::config;
use crate::keys::{Keys, Purpose};

/// What somebody wants, and what is known of where it comes from.
pub struct Wish {
    pub kind: Kind,
    pub slot: &'static str,
    pub phone: Phone,
    pub name: Personal,
    pub car: Option<Car>,
    pub marketing: bool,
    /// The version of the notice the form was shown with, and the one in effect.
    pub notice: (String, String),
    pub clicks: Option<Clicks>,
    pub page: Option<String>,
    pub visitor: u64,
    pub address: Option<IpAddr>,
    /// Why it looks like a program's.
    pub suspicions: Vec<&'static str>,
}

/// A lead that has an id; whether it is safe is for its fate to say.
pub struct Taken {
    pub id: String,
    pub fate: watch::Receiver<Fate>,
    /// It was there already.
    pub is_repeated: bool,
    pub is_aside: bool,
}

/// The requests' end.
pub struct Leads {
    pub settings: config::Lead,
    pub counts: Counts,
    pub standing: Standing,
    pub(super) keys: Keys,
    pub(super) sealer: Sealer,
    pub(super) limits: Limits,
    pub(super) recent: Arc<Recent>,
    pub(super) spool: SyncSender<Job>,
    pub(super) direct: Option<(mpsc::Sender<Direct>, Arc<AtomicBool>)>,
}

impl std::fmt::Debug for Leads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Leads")
    }
}

impl Leads {
    pub fn take(&self, wish: Wish, now_ms: u64) -> Taken {
        let (fingerprint, related) = self.marks(&wish);
        let car = wish.car.as_ref().map(|car| crate::car::CarId(car.id));
        let ([spool, direct], fate) = Ticket::new::<2>();
        let id = || {
            let stretch = u32::try_from(now_ms / self.stretch_ms()).unwrap_or(u32::MAX);
            Receipt::of(&self.keys, wish.kind, car, &fingerprint, stretch).seal(&self.keys)
        };
        let (id, again, retried) = match self.recent.claim((&fingerprint, &related), now_ms, &fate, id) {
            Claim::Same(id, fate) => return Taken { id, fate, is_repeated: true, is_aside: false },
            Claim::New { id, again, retried } => (id, again, retried),
        };
        let quarantine = self.suspicions(&wish, retried, now_ms);
        let is_aside = !quarantine.is_empty();
        let head = Head {
            id: id.clone(),
            kind: wish.kind.as_str().to_owned(),
            at_ms: now_ms,
            related: hex(&related),
            fingerprint: hex(&fingerprint),
            again,
            quarantine,
            sealed: false,
        };
        let Wish { kind, slot, phone, name, car, marketing, notice, clicks, page, visitor, .. } = wish;
        let lead = Lead { head, phone, name, kind, slot, marketing, notice, car, clicks, page, visitor };
        match self.sealer.seal(&lead) {
            Ok(record) => self.send(Arc::new(record), spool, direct),
            // Its tickets go, and so does the lead: the form comes back.
            Err(error) => tracing::error!("cannot seal a lead: {error}"),
        }
        Taken { id, fate, is_repeated: false, is_aside }
    }

    /// Both ways at once. Where there is no room the ticket goes, which says so.
    fn send(&self, record: Arc<super::Record>, spool: Ticket, direct: Ticket) {
        if self.spool.try_send(Job { record: Arc::clone(&record), ticket: spool }).is_ok() {
            self.standing.add_queued(1);
        }
        if let Some((sender, takes)) = &self.direct
            && takes.load(Ordering::Relaxed)
        {
            let _ = sender.try_send(Direct { record, ticket: direct });
        }
    }

    fn stretch_ms(&self) -> u64 {
        u64::from(self.settings.repeat_minutes) * 60_000
    }

    /// Of all that was sent, and of person and car.
    fn marks(&self, wish: &Wish) -> (Mark, Mark) {
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(64));
        let car = wish.car.as_ref().map_or(u64::MAX, |car| car.id);
        bytes.extend_from_slice(wish.phone.reveal().as_bytes());
        bytes.extend_from_slice(&car.to_le_bytes());
        let is_withdrawal = wish.kind == Kind::Withdrawal;
        bytes.push(u8::from(is_withdrawal));
        let related = self.keys.mark(Purpose::Person, &bytes);
        bytes.extend_from_slice(&[wish.kind as u8, u8::from(wish.marketing)]);
        bytes.extend_from_slice(wish.slot.as_bytes());
        bytes.extend_from_slice(wish.name.reveal().as_bytes());
        (cut(self.keys.mark(Purpose::Person, &bytes)), cut(related))
    }

    /// Everything that speaks against it.
    fn suspicions(&self, wish: &Wish, retried: bool, now_ms: u64) -> Vec<String> {
        let hash = |bytes: &[u8]| {
            let mark = self.keys.mark(Purpose::Person, bytes);
            mark.first_chunk::<8>().copied().map_or(0, u64::from_le_bytes)
        };
        let from = wish.address.map(|address| hash(address::subscriber(address).to_string().as_bytes()));
        let floods = [
            ("address", By::Address, from),
            ("phone", By::Phone, Some(hash(wish.phone.reveal().as_bytes()))),
            ("car", By::Car, wish.car.as_ref().map(|car| car.id)),
        ];
        let is_over =
            |by, whose: Option<u64>| whose.is_some_and(|whose| self.limits.is_over(by, whose, now_ms));
        // Nobody is kept from withdrawing, or blamed for what we could not take.
        let counts = wish.kind != Kind::Withdrawal && !retried;
        let over = floods.into_iter().filter(|_| counts);
        let over = over.filter_map(|(name, by, whose)| is_over(by, whose).then_some(name));
        wish.suspicions.iter().copied().chain(over).map(str::to_owned).collect()
    }

    /// How long a request waits for its lead to be safe.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.settings.commit_timeout_ms.into())
    }

    /// Of the lead that waits for Kafka for longest.
    pub fn oldest_age_ms(&self) -> u64 {
        self.standing.oldest_ms().map_or(0, |oldest_ms| clock::unix_ms().saturating_sub(oldest_ms))
    }

    /// Whether what is kept there is nowhere else, as far as can be told.
    pub fn is_only_in(&self, place: Place) -> bool {
        match place {
            Place::Spool => self.direct.as_ref().is_none_or(|(_, takes)| !takes.load(Ordering::Relaxed)),
            Place::Kafka => self.standing.spool_fails(),
        }
    }
}

/// As heads carry it, so that a process that starts knows it again.
pub(super) fn cut(mark: [u8; 32]) -> Mark {
    let mut cut = [0; 32];
    cut[..16].copy_from_slice(&mark[..16]);
    cut
}
