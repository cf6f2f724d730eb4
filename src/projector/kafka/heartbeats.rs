//! What the relay said of its topics, until we are there.

use std::collections::VecDeque;

use crate::change::heartbeat::Heartbeat;
use crate::kafka::Offsets;

/// More are only there while changes come faster than they are read; then the oldest are the ones reached first, and the
/// newest is the one that counts.
const HEARTBEATS_MAX: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Heartbeats {
    waiting: VecDeque<Heartbeat>,
}

impl Heartbeats {
    pub(super) fn put(&mut self, heartbeat: Heartbeat) {
        if heartbeat.ts_ms.is_none() {
            return;
        }
        if self.waiting.len() == HEARTBEATS_MAX {
            self.waiting.pop_back();
        }
        self.waiting.push_back(heartbeat);
    }

    /// Up to when everything is read; `None`: nothing new of that.
    pub(super) fn reached(&mut self, at: &Offsets) -> Option<u64> {
        let newest = self.waiting.iter().rposition(|heartbeat| is_reached(heartbeat, at))?;
        self.waiting.drain(..=newest).filter_map(|heartbeat| heartbeat.ts_ms).max()
    }
}

/// A partition of which nothing is read yet is one to wait for, unless nothing is in it.
fn is_reached(heartbeat: &Heartbeat, at: &Offsets) -> bool {
    heartbeat.ends.iter().all(|(topic, partitions)| {
        let of_topic = at.get(topic);
        partitions.iter().all(|(partition, &end)| {
            end == 0 || of_topic.and_then(|of_topic| of_topic.get(partition)).is_some_and(|&at| at >= end)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Heartbeat, Heartbeats, Offsets};
    use crate::change::Position;

    #[test]
    fn only_what_is_read_to_its_end_is_complete() {
        let heartbeat = |ts_ms, end| {
            let ends = [("cars".to_owned(), [(0, end), (1, 0)].into())].into();
            Heartbeat::new(ts_ms, Position::default(), ends)
        };
        let at = |offset| Offsets::from([("cars".to_owned(), [(0, offset)].into())]);
        let mut heartbeats = Heartbeats::default();
        for (ts_ms, end) in [(Some(10), 3), (None, 4), (Some(20), 4), (Some(30), 9)] {
            heartbeats.put(heartbeat(ts_ms, end));
        }
        assert_eq!(heartbeats.reached(&at(2)), None);
        assert_eq!(heartbeats.reached(&at(5)), Some(20));
        assert_eq!(heartbeats.reached(&at(5)), None);
        assert_eq!(heartbeats.reached(&Offsets::new()), None);
        assert_eq!(heartbeats.reached(&at(9)), Some(30));
    }
}
