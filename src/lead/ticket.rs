//! What becomes of a lead on its way: kept by the first that has it, not kept when nobody is left to try.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

/// Who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Spool,
    Kafka,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    UnderWay,
    Kept(Place),
    NotKept,
}

/// Held by each that tries. Who lets go of it without a word has not kept it.
pub struct Ticket {
    ways: Arc<Ways>,
    told: bool,
}

struct Ways {
    left: AtomicU8,
    fate: watch::Sender<Fate>,
}

impl Ticket {
    /// One for each of `n` that will try, and what whoever waits looks at.
    pub fn new<const N: usize>() -> ([Self; N], watch::Receiver<Fate>) {
        let (fate, waiting) = watch::channel(Fate::UnderWay);
        let ways = Arc::new(Ways { left: AtomicU8::new(N as u8), fate });
        ([(); N].map(|()| Self { ways: Arc::clone(&ways), told: false }), waiting)
    }

    pub fn kept(mut self, place: Place) {
        self.told = true;
        self.ways.fate.send_if_modified(|fate| {
            let first = !matches!(fate, Fate::Kept(_));
            *fate = if first { Fate::Kept(place) } else { *fate };
            first
        });
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.told && self.ways.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.ways.fate.send_if_modified(|fate| {
                let open = *fate == Fate::UnderWay;
                *fate = if open { Fate::NotKept } else { *fate };
                open
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate, Place, Ticket};

    #[test]
    fn the_first_that_has_it_is_enough_and_all_have_to_fail() {
        let ([spool, kafka], fate) = Ticket::new::<2>();
        drop(spool);
        assert_eq!(*fate.borrow(), Fate::UnderWay);
        kafka.kept(Place::Kafka);
        assert_eq!(*fate.borrow(), Fate::Kept(Place::Kafka));

        let ([spool, kafka], fate) = Ticket::new::<2>();
        spool.kept(Place::Spool);
        drop(kafka);
        assert_eq!(*fate.borrow(), Fate::Kept(Place::Spool));

        let ([spool, kafka], fate) = Ticket::new::<2>();
        drop((spool, kafka));
        assert_eq!(*fate.borrow(), Fate::NotKept);
    }
}
