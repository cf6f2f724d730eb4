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
        print(f"\n{self.title}")
        for row in rows:
            cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
            print("  ".join(cells).rstrip())
        sys.stdout.flush()


@dataclass
class Sheet:
    """Figures with their bars, and what goes with them. Drawings are SVG."""

    title: str
    rows: list[Row]
    tables: list[Table] = field(default_factory=list)
    drawings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every bar does."""
        return all(row.verdict != "MISSED" for row in self.rows)

    def show(self) -> None:
        """Prints all but the drawings."""
        table.show(self.rows)
        for each in self.tables:
            each.show()
        for note in self.notes:
            print(f"\n{note}")

    def write_json(self, file: Path) -> None:
        """For programs. A row's verdict is there to be read; it is never read back."""
        plain = asdict(self)
        for row, of in zip(plain["rows"], self.rows, strict=True):
            row["verdict"] = of.verdict
        file.write_text(json.dumps(plain, indent=2) + "\n")

    @classmethod
    def read_json(cls, file: Path) -> "Sheet":
        """What `write_json` wrote."""
        plain = json.loads(file.read_text())
        for row in plain["rows"]:
            row.pop("verdict")
        rows = [Row(**{**row, "spread": row["spread"] and tuple(row["spread"])}) for row in plain.pop("rows")]
        tables = [Table(**each) for each in plain.pop("tables")]
        return cls(rows=rows, tables=tables, **plain)
