"""JSON lines in, one object at a time; a bad line costs itself and nothing else."""

import json
import sys
from collections import Counter
from pathlib import Path

from forecourt_training.refusal import Unusable


class Skipped:
    """Counts of skipped lines by reason, with the place of the first of each."""

    def __init__(self):
        self.counts = Counter()
        self.first = {}

    def add(self, reason: str, place: str) -> None:
        self.counts[reason] += 1
        self.first.setdefault(reason, place)

    def report(self, what: str) -> None:
        """Prints one line per reason on stderr; nothing if nothing was skipped."""
        for reason, count in sorted(self.counts.items()):
            print(f"skipped {count} {what}: {reason} (first: {self.first[reason]})", file=sys.stderr)


def objects(path: Path, skipped: Skipped):
    """Yields (place, object) of every line of a file that holds a JSON object; raises Unusable if it cannot be read."""
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                place = f"{path}:{number}"
                value = parse(line)
                if value is None:
                    skipped.add("not a JSON object", place)
                else:
                    yield place, value
    except OSError as error:
        raise Unusable(f"cannot read {path}: {error.strerror}") from error


def parse(line: bytes):
    """The JSON object in a line of UTF-8, or None."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
