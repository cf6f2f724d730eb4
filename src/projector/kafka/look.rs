//! Which partitions there are, and what of them: compared with where we stand. Reading does not wait for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::{Answer, KafkaChanges, LOOK_EVERY, LOOK_FOR_MISSING, LOOK_SOON, Look};
use crate::clock;
use crate::kafka::{Offsets, Watermarks};

/// Where to begin, and why not everything behind `known` is there, if it is not.
pub(super) fn resume(
    known: Option<&Offsets>,
    marks: &Watermarks,
    heartbeats: &str,
) -> (Offsets, Option<String>) {
    let mut at = Offsets::new();
    let mut lost = known.is_none().then(|| "there is no place to go on from".to_owned());
    let known = known.cloned().unwrap_or_default();
    for (topic, partitions) in marks {
        for (&partition, &(low, high)) in partitions {
            let from = match known.get(topic).and_then(|of_topic| of_topic.get(&partition)).copied() {
                // The last of them says all that those before it did.
                _ if topic == heartbeats => low.max(high - 1),
                Some(offset) if (low..=high).contains(&offset) => offset,
                Some(offset) => {
                    lost = Some(format!("`{topic}` holds {low} to {high}, and {offset} is wanted"));
                    low
                }
                // Made since.
                None => low,
            };
            at.entry(topic.clone()).or_default().insert(partition, from);
        }
    }
    let gone = |(topic, partitions): (&String, &BTreeMap<i32, i64>)| {
        let there = marks.get(topic);
        let all = there.is_some_and(|there| partitions.keys().all(|partition| there.contains_key(partition)));
        (!all && topic != heartbeats)
            .then(|| format!("`{topic}` or a partition of it is not among those to read"))
    };
    lost = lost.or_else(|| known.iter().find_map(gone));
    if lost.is_some() {
        // Everything is fetched: what was before is of no use.
        for (topic, partitions) in marks.iter().filter(|(topic, _)| *topic != heartbeats) {
            let ends = partitions.iter().map(|(&partition, &(_, high))| (partition, high));
            at.insert(topic.clone(), ends.collect());
        }
    }
    (at, lost)
}

/// The answer of a look, or `None` when the next one is due.
pub(super) async fn come(look: Option<&mut Look>, at: Instant) -> Option<Answer> {
    match look {
        Some(look) => Some(look.await),
        None => {
            tokio::time::sleep_until(at.into()).await;
            None
        }
    }
}

impl KafkaChanges {
    /// Begins a look that is due, takes the answer of one that has ended.
    pub(super) fn look_around(&mut self) {
        if let Some(answer) = self.look.as_mut().and_then(FutureExt::now_or_never) {
            self.answered(Some(answer));
        }
        if self.look.is_none()
            && clock::now() >= self.look_at
            && let Some(consumer) = self.consumer.clone()
        {
            let (topics, asked) = (self.topics.clone(), self.at.clone());
            let look = async move { Ok((asked, consumer.watermarks(&topics).await?)) };
            self.look = Some(tokio::spawn(look));
            self.look_at = clock::now() + self.look_after();
        }
    }

    /// A topic that is not there yet is made with its first row, which waits for us to see it.
    pub(super) fn look_after(&self) -> Duration {
        let all = self.topics.iter().all(|topic| self.at.contains_key(topic));
        if all { LOOK_EVERY } else { LOOK_FOR_MISSING }
    }

    pub(super) fn answered(&mut self, answer: Option<Answer>) {
        let Some(answer) = answer else { return };
        self.look = None;
        match answer {
            Ok(Ok((asked, marks))) => self.compare(&asked, &marks),
            // Asked again; what is wrong with the brokers the consumer says itself.
            Ok(Err(_)) | Err(_) if self.stalled => self.look_at = clock::now() + LOOK_SOON,
            Ok(Err(_)) | Err(_) => {}
        }
    }

    /// Where a partition stood at the last look, if there was something to read then.
    fn stood(&self, topic: &str, partition: i32) -> Option<i64> {
        self.behind.get(topic).and_then(|of_topic| of_topic.get(&partition)).copied()
    }

    fn compare(&mut self, asked: &Offsets, marks: &Watermarks) {
        let mut moved = std::mem::take(&mut self.stalled);
        let mut behind = Offsets::new();
        for (topic, partitions) in marks {
            for (&partition, &(low, high)) in partitions {
                let at = self.at.get(topic).and_then(|of_topic| of_topic.get(&partition)).copied();
                let was = asked.get(topic).and_then(|of_topic| of_topic.get(&partition)).copied();
                match at {
                    // What was read since the question is newer than the answer.
                    Some(at) if was != Some(at) => continue,
                    Some(at) if (low..=high).contains(&at) => {
                        // There is something to read, and at the last look there was too: the consumer is told again.
                        moved |= at < high && self.stood(topic, partition) == Some(at);
                        if at < high {
                            behind.entry(topic.clone()).or_default().insert(partition, at);
                        }
                        continue;
                    }
                    Some(at) => self.lost(&format!("`{topic}` holds {low} to {high}, and {at} is wanted")),
                    None => tracing::info!(topic, partition, "reading another partition"),
                }
                // Where something was lost every car is fetched: what is there is of no use.
                let from = if at.is_some() { high } else { low };
                self.at.entry(topic.clone()).or_default().insert(partition, from);
                moved = true;
            }
        }
        self.behind = behind;
        let gone: Vec<_> = self.at.keys().filter(|&topic| !marks.contains_key(topic)).cloned().collect();
        // Brokers that have just come back may not know every topic at once.
        let certain: Vec<_> = gone.iter().filter(|&topic| self.missing.contains(topic)).cloned().collect();
        for topic in &certain {
            self.at.remove(topic);
            self.lost(&format!("the topic `{topic}` was deleted"));
            moved = true;
        }
        if gone.len() > certain.len() {
            self.look_at = clock::now() + LOOK_SOON;
        }
        self.missing = gone.into_iter().filter(|topic| !certain.contains(topic)).collect();
        if moved
            && let Some(consumer) = &self.consumer
            && let Err(error) = consumer.assign(&self.at)
        {
            tracing::error!("cannot read changes: {error}");
            self.look_again();
            self.look_at = clock::now() + LOOK_SOON;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Offsets, Watermarks, resume};

    #[test]
    fn reading_goes_on_where_everything_is_and_begins_at_the_end_where_not() {
        let marks: Watermarks = [
            ("cars".to_owned(), [(0, (5, 20)), (1, (0, 3))].into()),
            ("beat".to_owned(), [(0, (0, 100))].into()),
        ]
        .into();
        let offsets = |text: &str| serde_json::from_str::<Offsets>(text).unwrap();
        for (known, expected, whole) in [
            (
                Some(r#"{"cars":{"0":5,"1":3},"beat":{"0":7}}"#),
                r#"{"cars":{"0":5,"1":3},"beat":{"0":99}}"#,
                true,
            ),
            // A partition that is new is read from its beginning.
            (Some(r#"{"cars":{"0":20}}"#), r#"{"cars":{"0":20,"1":0},"beat":{"0":99}}"#, true),
            (Some("{}"), r#"{"cars":{"0":5,"1":0},"beat":{"0":99}}"#, true),
            (Some(r#"{"cars":{"0":4,"1":1}}"#), r#"{"cars":{"0":20,"1":3},"beat":{"0":99}}"#, false),
            (Some(r#"{"cars":{"0":9,"1":4}}"#), r#"{"cars":{"0":20,"1":3},"beat":{"0":99}}"#, false),
            (Some(r#"{"cars":{"0":9,"2":0}}"#), r#"{"cars":{"0":20,"1":3},"beat":{"0":99}}"#, false),
            (Some(r#"{"hubs":{"0":9}}"#), r#"{"cars":{"0":20,"1":3},"beat":{"0":99}}"#, false),
            (None, r#"{"cars":{"0":20,"1":3},"beat":{"0":99}}"#, false),
        ] {
            let (at, lost) = resume(known.map(offsets).as_ref(), &marks, "beat");
            assert_eq!((at, lost.is_none()), (offsets(expected), whole), "{known:?}: {lost:?}");
        }
    }
}
