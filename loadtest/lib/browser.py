"""What `tests/browser/run` has printed, as rows."""

import re

from .sheet import Sheet
from .table import Row

# The checks of `tests/browser` that judge what is promised of pages (`promises.py`).
CHECKS = "bytes:|page:|lighthouse:"

_LINE = re.compile(r"(ok|FAILED|pending) +(\S+: .+)")
_MEASURED = re.compile(r"(?P<what>.+?) (?P<value>[\d.,]+) of (?P<bar>[\d.,]+)(?: (?P<unit>\S+))?$")
_SCORES = re.compile(r"(?P<scores>(?:\d+ )+)of 100; (?P<more>.+)$")


def read(text: str) -> Sheet:
    """A row for each figure, and one for each check that has failed."""
    sheet = Sheet("In a browser", [])
    for line in text.splitlines():
        if found := _LINE.match(line):
            said, (check, *measured) = found.group(1), re.split(r" {2,}", found.group(2))
            sheet.rows += [row for part in measured if (row := _row(check, part))]
            if said == "FAILED":
                sheet.rows.append(Row(f"{check}: failed", 1, "", 0))
    if not sheet.rows:
        sheet.error = "no check was run: " + " ".join(text.split()[-30:])
    return sheet


def _row(check: str, measured: str) -> Row | None:
    if scores := _SCORES.match(measured):
        lowest = min(map(int, scores["scores"].split()))
        return Row(f"{check}: points below 100", 100 - lowest, "", 0, f"{scores['scores']}; {scores['more']}")
    if found := _MEASURED.match(measured):
        value, bar = (_number(found[name]) for name in ("value", "bar"))
        return Row(f"{check}: {found['what']}", value, found["unit"] or "", bar)
    return None


def _number(text: str) -> float:
    plain = text.replace(",", "")
    return float(plain) if "." in plain else int(plain)
