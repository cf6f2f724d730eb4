"""A listing as a visitor's browser reads it: total, values with their counts, cards, and the way on."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_CARD = re.compile(r'<h2><a href="/car/[^"]*?-(\d+)"')
_NEXT = re.compile(r'rel="next" href="([^"]*)"')


@dataclass
class Listing:
    """What a page says."""

    total: int | None = None
    # (name, value) of each input -> the number its label ends in.
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    chosen: set[tuple[str, str]] = field(default_factory=set)
    cars: list[int] = field(default_factory=list)
    # Addresses of what to change when nothing is found, with the cars each brings.
    advice: list[tuple[str, int]] = field(default_factory=list)


def read(html: str) -> Listing:
    """All of it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.listing


def cards_and_next(html: str) -> tuple[list[int], str | None]:
    """The cars shown and the next page's address, without the cost of all the rest."""
    following = _NEXT.search(html)
    return [int(car) for car in _CARD.findall(html)], following and following.group(1).replace("&amp;", "&")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing()
        self.in_form = self.in_article = self.in_empty = False
        self.input: dict[str, str | None] | None = None
        self.link: str | None = None
        # What is read until which tag ends.
        self.until: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Notes where it is; what a tag means is decided when its text is read."""
        of = dict(attributes)
        if tag == "form" and of.get("action") == "/cars":
            self.in_form = True
        elif tag == "article":
            self.in_article = True
        elif tag == "div" and "empty" in (of.get("class") or "").split():
            self.in_empty = True
        elif tag == "label" and self.in_form:
            self._read_until("label")
            self.input = None
        elif tag == "input" and self.until == "label" and of.get("type") in ("checkbox", "radio"):
            self.input = of
        elif tag == "a":
            self.link = of.get("href")
            if self.in_article and self.link:
                self.listing.cars.append(int(self.link.rpartition("-")[2]))
            elif self.in_empty:
                self._read_until("li" if self.until == "li" else "a")
        elif tag == "li" and self.in_empty:
            self._read_until("li")
        elif of.get("role") == "status":
            self._read_until(tag)

    def _read_until(self, tag: str) -> None:
        self.until, self.text = tag, ""

    def handle_data(self, data: str) -> None:
        """Collects."""
        if self.until:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        """What was read has ended."""
        if tag == "form":
            self.in_form = False
        elif tag == "article":
            self.in_article = False
        if tag != self.until:
            return
        self.until = None
        if tag == "label":
            self._value()
        elif tag in ("li", "a"):
            self._advice()
        else:
            self.listing.total = _number(r"^\s*([\d,]+)", self.text)

    def _value(self) -> None:
        if not self.input:
            return
        of = (self.input.get("name") or "", self.input.get("value") or "")
        count = _number(r"([\d,]+)\s*$", self.text)
        if count is None or of in self.listing.counts:
            raise ValueError(f"a label without a number, or a value that is there twice: {of} {self.text!r}")
        self.listing.counts[of] = count
        if "checked" in self.input:
            self.listing.chosen.add(of)

    def _advice(self) -> None:
        cars = _number(r"([\d,]+) cars?\s*$", self.text)
        if self.link and cars is not None:
            self.listing.advice.append((self.link, cars))


def _number(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    return int(found.group(1).replace(",", "")) if found else None
