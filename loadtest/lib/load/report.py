"""The report: one HTML file with all tables and plots in it."""

from html import escape
from pathlib import Path

from .. import paper
from ..sheet import Sheet, Table
from ..sightings import Course
from ..table import number, percentile
from .judge import SERVED_MS_MAX, WAITED_MS_MAX, Verdict
from .plot import Line, Plot
from .run import Run

_CLOCKS = (
    "Everything, k6 too, shares one machine. Times by the server's clock are each response's Server-Timing; times that "
    "visitors waited are k6's; it and the load balancer, which stand for other machines, go first where the system lets them."
)


def write(of: list[Sheet], file: Path) -> None:
    """Writes the page."""
    paper.write("Forecourt under load", "", [paper.section(each) for each in of], file)


def sheets(verdicts: list[Verdict], about: str) -> list[Sheet]:
    """What they come to together, and each of them."""
    head = ["scenario", "requests", "failed", "wrong", "served p99", "waited p99", "holds"]
    summary = Table("Scenarios", head, [[each.title, *_cells(each)] for each in verdicts])
    return [Sheet("Under load", [], [summary], notes=[about, _CLOCKS]), *map(_sheet, verdicts)]


def _cells(each: Verdict) -> list[str]:
    def of(*words: str) -> str:
        rows = [row for row in each.rows if row.what.startswith(words)]
        return f"{number(sum(row.value for row in rows))} {rows[0].unit}".rstrip() if rows else ""

    wrong = of("answers with", "prices and sales", "older versions", "pages that needed")
    failed = of("failed", "turned away")
    return [of("requests"), failed, wrong, of("served within"), of("waited by"), "yes" if each.holds else "NO"]


def _sheet(verdict: Verdict) -> Sheet:
    title = f"{verdict.title} ({verdict.name})"
    sheet = Sheet(title, verdict.rows, notes=[*verdict.notes], examples=verdict.examples, error=verdict.error)
    if verdict.run and verdict.course:
        sheet.drawings, told = _plots(verdict.course, verdict.run)
        sheet.notes += told
    return sheet


def _plots(course: Course, run: Run) -> tuple[list[str], list[str]]:
    """Drawings, and what is to be read beside them."""
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
    told = [f"{number}, {at_s:.1f} s: {text}" for number, (at_s, text) in enumerate(run.events, 1)]
    who = f"Cores kept busy: {shares}; by others on this machine: {run.others_cores:.2f}."
    return [plot.svg() for plot in plots], [*told, who]
