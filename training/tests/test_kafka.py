"""Reading a topic to its end, with a consumer that is not one."""

from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError

from forecourt_training.kafka import messages, until_ends
from forecourt_training.refusal import Unusable


def message(partition, offset, value=b"{}"):
    return SimpleNamespace(partition=lambda: partition, offset=lambda: offset, value=lambda: value, error=lambda: None)


def end_of(partition):
    error = SimpleNamespace(code=lambda: KafkaError._PARTITION_EOF)
    return SimpleNamespace(partition=lambda: partition, error=lambda: error)


def read(arriving, ends):
    arriving = iter(arriving)
    consumer = SimpleNamespace(poll=lambda timeout: next(arriving, None))
    return [place for place, _ in until_ends(consumer, "t", ends)]


def test_what_arrives_after_reading_began_is_not_read():
    arriving = [message(0, 0), message(0, 1), message(0, 2), message(1, 5), message(1, 6)]
    assert read(arriving, {0: 2, 1: 6}) == ["t[0]@0", "t[0]@1", "t[1]@5"]


def test_an_end_without_a_message_ends_the_partition():
    assert read([message(0, 0), end_of(0)], {0: 3}) == ["t[0]@0"]


def test_a_gap_before_the_end_does_not_let_newer_messages_in():
    assert read([message(0, 0), message(0, 7)], {0: 3}) == ["t[0]@0"]


def test_silence_is_an_error():
    with pytest.raises(Unusable, match="no answer"):
        read([message(0, 0)], {0: 3})


def test_no_broker_is_an_error(monkeypatch):
    monkeypatch.setattr("forecourt_training.kafka.TIMEOUT_S", 0.2)
    with pytest.raises(Unusable, match="cannot read topic"):
        list(messages("127.0.0.1:1", "forecourt.events"))
