//! Writer and reader on a cluster in this process.

use super::{KafkaFeedReader, KafkaFeedWriter, TOPIC};
use crate::car::{CarId, Version};
use crate::change::Position;
use crate::feed::{Error, FeedReader as _, FeedWriter as _, Kind, Message};
use crate::kafka::Outgoing;
use crate::kafka::mock::{Mock, soon};

fn invalidation(sequence: u64) -> Message {
    let kind = Kind::Invalidation(vec![(CarId(1000 + sequence), Version { epoch: 3, sequence })]);
    Message { epoch: 3, sequence, previous: sequence.saturating_sub(1), kind, position: Position::default() }
}

#[tokio::test]
async fn a_reader_begins_with_the_last_message_and_goes_on_behind_it() {
    let mock = Mock::new(&[(TOPIC, 1)]);
    let (mut writer, mut reader) = (KafkaFeedWriter::new(mock.client()), KafkaFeedReader::new(mock.client()));
    assert_eq!(soon(writer.last()).await.unwrap(), None);
    assert_eq!(soon(reader.begin()).await.unwrap(), None);
    for sequence in 1..=3 {
        soon(writer.send(invalidation(sequence))).await.unwrap();
    }
    assert_eq!(soon(writer.last()).await.unwrap(), Some(Version { epoch: 3, sequence: 3 }));
    for sequence in 1..=3 {
        assert_eq!(soon(reader.next()).await.unwrap(), invalidation(sequence));
    }
    assert_eq!(reader.try_next(), None);
    let mut late = KafkaFeedReader::new(mock.client());
    assert_eq!(soon(late.begin()).await.unwrap(), Some(invalidation(3)));
    soon(writer.send(invalidation(4))).await.unwrap();
    assert_eq!(soon(late.next()).await.unwrap(), invalidation(4));
    assert_eq!(soon(reader.next()).await.unwrap(), invalidation(4));
}

#[tokio::test]
async fn a_reader_that_is_dropped_while_it_waits_loses_nothing() {
    let mock = Mock::new(&[(TOPIC, 1)]);
    let (mut writer, mut reader) = (KafkaFeedWriter::new(mock.client()), KafkaFeedReader::new(mock.client()));
    soon(reader.begin()).await.unwrap();
    let mut read = 0;
    for sequence in 1..=50 {
        writer.send(invalidation(sequence)).await.unwrap();
        let wait = std::time::Duration::from_micros(sequence * 97 % 4_000);
        if let Ok(message) = tokio::time::timeout(wait, reader.next()).await {
            read += 1;
            assert_eq!(message.unwrap(), invalidation(read));
        }
    }
    while read < 50 {
        read += 1;
        assert_eq!(soon(reader.next()).await.unwrap(), invalidation(read));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_lost_and_a_new_beginning_gets_over_it() {
    let mock = Mock::new(&[(TOPIC, 1)]);
    let (mut writer, mut reader) = (KafkaFeedWriter::new(mock.client()), KafkaFeedReader::new(mock.client()));
    soon(reader.begin()).await.unwrap();
    let producer = mock.client().producer(None).unwrap();
    soon(producer.deliver(Outgoing { topic: TOPIC, partition: Some(0), key: None, value: b"what?" }))
        .await
        .unwrap();
    assert!(matches!(soon(reader.next()).await, Err(Error::Lost(_))));
    assert_eq!(soon(reader.begin()).await.unwrap(), None);
    assert_eq!(soon(writer.last()).await.unwrap(), None);
    soon(writer.send(invalidation(1))).await.unwrap();
    assert_eq!(soon(writer.last()).await.unwrap(), Some(Version { epoch: 3, sequence: 1 }));
    assert_eq!(soon(reader.next()).await.unwrap(), invalidation(1));
}

#[tokio::test]
async fn brokers_that_are_away_are_waited_for() {
    let mock = Mock::new(&[(TOPIC, 1)]);
    let (mut writer, mut reader) = (KafkaFeedWriter::new(mock.client()), KafkaFeedReader::new(mock.client()));
    writer.give_up_after = std::time::Duration::from_secs(2);
    soon(writer.send(invalidation(1))).await.unwrap();
    assert_eq!(soon(reader.begin()).await.unwrap(), Some(invalidation(1)));
    mock.down();
    assert!(matches!(soon(reader.next()).await, Err(Error::Unavailable(_))));
    assert!(matches!(soon(writer.send(invalidation(2))).await, Err(Error::Unavailable(_))));
    mock.up();
    soon(async { while writer.send(invalidation(2)).await.is_err() {} }).await;
    let next = soon(async {
        loop {
            match reader.next().await {
                Ok(message) => break message,
                Err(Error::Unavailable(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    });
    assert_eq!(next.await, invalidation(2));
}
