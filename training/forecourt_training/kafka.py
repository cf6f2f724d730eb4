"""Reads a topic once, from its beginning to the end it had when reading began. confluent-kafka is needed only here."""

from forecourt_training.refusal import Unusable

TIMEOUT_S = 30


def messages(brokers: str, topic: str):
    """Yields (place, value) of every message; value is bytes, or None for a tombstone. Raises Unusable if the topic cannot be read."""
    try:
        from confluent_kafka import Consumer, KafkaException, TopicPartition
    except ImportError as error:
        raise Unusable("reading Kafka needs the package confluent-kafka") from error
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": "forecourt-training",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            # Tells the end of a partition even when its last offsets hold no message (transaction markers, compaction).
            "enable.partition.eof": True,
        }
    )
    try:
        known = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
        if known.error is not None:
            raise Unusable(f"cannot read topic {topic}: {known.error.str()}")
        ends = {}
        for partition in known.partitions:
            first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT_S)
            if end > first:
                ends[partition] = (first, end)
        consumer.assign([TopicPartition(topic, partition, first) for partition, (first, _) in ends.items()])
        yield from until_ends(consumer, topic, {partition: end for partition, (_, end) in ends.items()})
    except KafkaException as error:
        raise Unusable(f"cannot read topic {topic} from {brokers}: {error.args[0].str()}") from error
    finally:
        consumer.close()


def until_ends(consumer, topic: str, ends: dict):
    """Yields messages until every partition in `ends` (partition -> the offset to stop before) is read."""
    from confluent_kafka import KafkaError

    while ends:
        message = consumer.poll(TIMEOUT_S)
        if message is None:
            raise Unusable(f"no answer about topic {topic} for {TIMEOUT_S} s")
        partition = message.partition()
        if message.error() is not None:
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise Unusable(f"cannot read topic {topic}: {message.error().str()}")
            ends.pop(partition, None)
            continue
        if partition not in ends:
            continue
        if message.offset() < ends[partition]:
            yield f"{topic}[{partition}]@{message.offset()}", message.value()
        if message.offset() + 1 >= ends[partition]:
            ends.pop(partition)
