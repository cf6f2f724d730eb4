"""The report: one HTML file with all tables and plots in it."""

import os
import platform
import subprocess
import time
from html import escape
from pathlib import Path

from ..forecourt import REPOSITORY
from ..machine import cores
from ..table import Row, number, percentile
from .judge import SERVED_MS_MAX, WAITED_MS_MAX, Verdict
from .plot import Line, Plot
from .run import Run

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#13211f}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d8e0de;vertical-align:top}
td.n{text-align:right;white-space:nowrap}
.ok{color:#0a6a3c}.MISSED{color:#a3231b;font-weight:700}
h2{margin-top:2.5rem}.soft,ol{color:#4f605d;font-size:.9rem}pre{overflow:auto;background:#f2f5f4;padding:.6rem}
svg{width:100%;display:block;margin:.6rem 0}
svg text{font:11px system-ui,sans-serif;fill:#4f605d}svg .t{font-weight:700;fill:#13211f}
svg .y{text-anchor:end}polyline{fill:none;stroke-width:1.6}
.g{stroke:#e4ebe9}.b{stroke:#a3231b;stroke-dasharray:5 4}.e{stroke:#804600;stroke-dasharray:2 3}
"""


def write(verdicts: list[Verdict], about: str, file: Path) -> None:
    """Writes the page."""
    commit = subprocess.run(
        ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = (
        f"{len(cores())} cores ({_processor()}), Linux {platform.release()}, load average now {os.getloadavg()[0]:.1f}"
    )
    parts = [
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Forecourt under load</title><style>{_STYLE}</style><h1>Forecourt under load</h1>",
        f'<p class="soft">{time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())}, commit {escape(commit or "unknown")}.',
        f" {escape(about)} Everything, k6 too, shares one machine: {escape(machine)}. Times by the server's clock are each",
        " response's <code>Server-Timing</code>; times that visitors waited are k6's, which has to share the cores itself.</p>",
        _summary(verdicts),
        *(_section(verdict) for verdict in verdicts),
        "</html>",
    ]
    file.write_text("\n".join(parts))


def _summary(verdicts: list[Verdict]) -> str:
    head = "<tr><th>scenario<th>requests<th>failed<th>wrong<th>served p99<th>waited p99<th>holds</tr>"
    lines = [f'<tr><td><a href="#{each.name}">{escape(each.title)}</a>{_cells(each)}</tr>' for each in verdicts]
    return f"<table>{head}{''.join(lines)}</table>"


def _cells(each: Verdict) -> str:
    def of(*words: str) -> str:
        rows = [row for row in each.rows if row.what.startswith(words)]
        total = sum(row.value for row in rows)
        return f'<td class="n">{number(total)} {rows[0].unit}' if rows else "<td>"

    wrong = of("answers with", "prices and sales", "older versions", "pages that needed")
    failed = of("failed", "turned away")
    holds = '<td class="ok">yes' if each.holds else '<td class="MISSED">NO'
    return (
        of("requests") + failed + wrong + of("served within") + of("waited by") + holds
        if each.rows
        else "<td colspan=5>" + holds
    )


def _section(verdict: Verdict) -> str:
    parts = [f'<h2 id="{verdict.name}">{escape(verdict.title)} <span class="soft">{verdict.name}</span></h2>']
    if verdict.error:
        parts.append(f'<p class="MISSED">It came to no end: {escape(verdict.error)}</p>')
    if verdict.rows:
        head = "<tr><th>what<th>measured<th>bar<th>holds<th>detail</tr>"
        parts.append(f"<table>{head}{''.join(map(_line, verdict.rows))}</table>")
    if verdict.notes:
        parts.append(f"<p>{escape('; '.join(verdict.notes))}.</p>")
    if verdict.examples:
        parts.append(f"<pre>{escape(chr(10).join(verdict.examples))}</pre>")
    if verdict.run and verdict.course:
        parts += _plots(verdict, verdict.run)
    return "\n".join(parts)


def _line(row: Row) -> str:
    bar = "" if row.bar is None else f"{row.bar:g} {row.unit}".rstrip()
    holds = {"ok": "yes", "MISSED": "NO"}.get(row.verdict, "")
    measured = f"{number(row.value)} {row.unit}".rstrip()
    return (
        f'<tr><td>{escape(row.what)}<td class="n">{escape(measured)}<td class="n">{escape(bar)}'
        f'<td class="{row.verdict}">{holds}<td class="soft">{escape(row.detail)}</tr>'
    )


def _plots(verdict: Verdict, run: Run) -> list[str]:
    course = verdict.course
    assert course
    moments = [((at + 0.5) * course.step_s, moment) for at, moment in sorted(course.moments.items())]
    # A run goes on for what is under way when its time is over.
    seconds = max(run.seconds, *(at_s for at_s, _ in moments), 1.0)
    events = [(at_s, escape(text)) for at_s, text in run.events]

    def of(name: str, field: str, share: float, colour: str) -> Line:
        lists = ((at_s, getattr(moment, field)) for at_s, moment in moments)
        return Line(name, [(at_s, percentile(values, share)) for at_s, values in lists if values], colour)

    lines = [
        of("waited p50", "took_ms", 0.5, "#8fb8b4"),
        of("waited p99", "took_ms", 0.99, "#0b625c"),
        of("served p99", "served_ms", 0.99, "#f0a020"),
    ]
    bars = [(float(SERVED_MS_MAX), "10 ms, served"), (float(WAITED_MS_MAX), "60 ms, the business's")]
    step_s = course.step_s
    rate = Line("answered", [(at_s, len(moment.took_ms) / step_s) for at_s, moment in moments], "#0b625c")
    failed = Line(
        "failed or wrong", [(at_s, (moment.failed + moment.wrong) / step_s) for at_s, moment in moments], "#a3231b"
    )
    age = Line("oldest data on a page, s", [(at_s, moment.age_ms / 1000) for at_s, moment in moments], "#804600")
    plots = [
        Plot("Milliseconds", lines, seconds, least=0.01, most=100, bars=bars, events=events),
        Plot("Requests a second", [rate, failed], seconds, events=events),
        Plot("Seconds", [age], seconds, most=1, events=events),
    ]
    if run.seconds >= 60:
        colours = ["#0b625c", "#f0a020", "#804600", "#a3231b"]
        instances = [(name, usage) for name, usage in run.usage.items() if name.startswith("serve")]
        memory = [
            Line(name, usage.resident_mib, colour) for (name, usage), colour in zip(instances, colours, strict=False)
        ]
        plots.append(Plot("Memory, MiB", memory, seconds, events=events))
    total = sum(usage.cpu_s for usage in run.usage.values()) or 1
    by_cpu = sorted(run.usage.items(), key=lambda of: -of[1].cpu_s)
    shares = ", ".join(f"{name} {usage.cpu_s / seconds:.2f}" for name, usage in by_cpu if usage.cpu_s / total >= 0.01)
    texts = [f"<li>{at_s:.1f} s: {text}</li>" for at_s, text in events]
    who = f"Cores kept busy: {shares}; by others on this machine: {run.others_cores:.2f}."
    return [*(plot.svg() for plot in plots), f"<ol>{''.join(texts)}</ol>", f'<p class="soft">{escape(who)}</p>']


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
