"""What one tool has found out: printed, kept as JSON for `loadtest/report`, or as a page of its own."""

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import table
from .table import Row


@dataclass
class Table:
    """Words and numbers in columns, the first one names."""

    title: str
    head: list[str]
    lines: list[list[str]]

    def show(self) -> None:
        """Prints it."""
        rows = [self.head, *self.lines]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.head))]
        print(f"\n{self.title}".rstrip())
        for row in rows:
            cells = [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
            print("  ".join(cells).rstrip())
        sys.stdout.flush()


@dataclass
class Sheet:
    """Figures with their bars, and what goes with them."""

    title: str
    rows: list[Row]
    tables: list[Table] = field(default_factory=list)
    drawings: list[str] = field(default_factory=list)
    """As SVG."""
    notes: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    """Some of what was wrong, in words."""
    error: str = ""
    """Why it came to no end, if it did not."""

    @property
    def holds(self) -> bool:
        """Whether every bar does."""
        return not self.error and all(row.verdict != "MISSED" for row in self.rows)

    def show(self) -> None:
        """Prints all but the drawings."""
        if self.rows:
            table.show(self.rows)
        for each in self.tables:
            each.show()
        for note in self.notes:
            print(f"\n{note}")


def write_json(sheets: list[Sheet], file: Path) -> None:
    """For programs. A row's verdict is there to be read; it is never read back."""
    plain = [asdict(sheet) for sheet in sheets]
    for each, sheet in zip(plain, sheets, strict=True):
        for row, of in zip(each["rows"], sheet.rows, strict=True):
            row["verdict"] = of.verdict
    file.write_text(json.dumps(plain, indent=2) + "\n")


def read_json(file: Path) -> list[Sheet]:
    """What `write_json` wrote."""
    return [_sheet(**plain) for plain in json.loads(file.read_text())]


def _sheet(rows: list[dict], tables: list[dict], **rest) -> Sheet:
    return Sheet(rows=list(map(_row, rows)), tables=[Table(**each) for each in tables], **rest)


def _row(plain: dict) -> Row:
    fields = {name: value for name, value in plain.items() if name != "verdict"}
    return Row(**{**fields, "spread": plain["spread"] and tuple(plain["spread"])})
