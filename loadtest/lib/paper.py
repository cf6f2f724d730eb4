"""Reports: one HTML file with everything in it."""

import os
import platform
import subprocess
import time
from html import escape
from pathlib import Path

from .forecourt import REPOSITORY
from .machine import cores
from .sheet import Sheet, Table
from .table import Row, number

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#13211f}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
caption{text-align:left;font-weight:700;padding:.5rem 0}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d8e0de;vertical-align:top}
td.n{text-align:right;white-space:nowrap}
.ok{color:#0a6a3c}.MISSED{color:#a3231b;font-weight:700}
h2{margin-top:2.5rem}.soft,ol{color:#4f605d;font-size:.9rem}pre{overflow:auto;background:#f2f5f4;padding:.6rem}
svg{width:100%;display:block;margin:.6rem 0}
svg text{font:11px system-ui,sans-serif;fill:#4f605d}svg .t{font-weight:700;fill:#13211f}
svg .y{text-anchor:end}polyline{fill:none;stroke-width:1.6}
.g{stroke:#e4ebe9}.b{stroke:#a3231b;stroke-dasharray:5 4}.e{stroke:#804600;stroke-dasharray:2 3}
"""
# Words that are verdicts.
_CLASSES = {"yes": "ok", "NO": "MISSED"}


def write(title: str, about: str, parts: list[str], file: Path) -> None:
    """Writes a page of these parts, after what was measured where and when."""
    machine = (
        f"{len(cores())} cores ({_processor()}), Linux {platform.release()}, load average now {os.getloadavg()[0]:.1f}"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    head = [
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>",
        f'<p class="soft">{time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())}, commit {escape(commit())},',
        f" {escape(machine)}. {escape(about)}</p>",
    ]
    file.write_text("\n".join([*head, *parts, "</html>"]))


def commit() -> str:
    """Of the code these tools are from."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() or "unknown"


def section(sheet: Sheet) -> str:
    """All of a sheet under its title."""
    parts = [f"<h2>{escape(sheet.title)}</h2>"]
    if sheet.error:
        parts.append(f'<p class="MISSED">It came to no end: {escape(sheet.error)}</p>')
    parts += sheet.drawings
    if sheet.rows:
        parts.append(rows(sheet.rows))
    parts += map(columns, sheet.tables)
    if sheet.examples:
        parts.append(f"<pre>{escape(chr(10).join(sheet.examples))}</pre>")
    parts += [f'<p class="soft">{escape(note)}</p>' for note in sheet.notes]
    return "\n".join(parts)


def rows(of: list[Row]) -> str:
    """Rows with their bars."""
    head = "<tr><th>what<th>measured<th>bar<th>holds<th>detail</tr>"
    return f"<table>{head}{''.join(map(_line, of))}</table>"


def columns(of: Table) -> str:
    """A table of words."""
    head = "".join(f"<th>{escape(cell)}" for cell in of.head)
    lines = []
    for name, *cells in of.lines:
        parts = [f'<td class="n {_CLASSES.get(cell, "")}">{escape(cell)}' for cell in cells]
        lines.append(f"<tr><td>{escape(name)}{''.join(parts)}</tr>")
    caption = f"<caption>{escape(of.title)}</caption>" if of.title else ""
    return f"<table>{caption}<tr>{head}</tr>{''.join(lines)}</table>"


def _line(row: Row) -> str:
    bar = "" if row.bar is None else f"{row.bar:g} {row.unit}".rstrip()
    holds = {"ok": "yes", "MISSED": "NO"}.get(row.verdict, "")
    measured = f"{number(row.value)} {row.unit}".rstrip()
    return (
        f'<tr><td>{escape(row.what)}<td class="n">{escape(measured)}<td class="n">{escape(bar)}'
        f'<td class="{row.verdict}">{holds}<td class="soft">{escape(row.detail)}</tr>'
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
