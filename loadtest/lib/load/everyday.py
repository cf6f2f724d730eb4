"""What happens every day: clicks, people who come back, a campaign that starts, leads, all of it for long."""

import json
import os
import subprocess
from statistics import median

from ..forecourt import car_path
from ..http import BROWSER_CODINGS, Connection
from ..machine import say
from ..sightings import Course, Moment
from ..table import Row, percentile
from . import judge
from .judge import Seen, Verdict
from .run import Run, loading
from .scale import GROWN_PERCENT_MAX, Scale, everybody
from .site import Site
from .writer import writing

TOPICS = ("forecourt.leads", "forecourt.leads.quarantine")
# From so long on a run says something about memory.
LONG_S = 1_200
# Requests a second at the end of the first ramp, more than two cores can do, and how often there is one to twice as many.
RAMP_TO = 2_500
RAMPS_MAX = 4


def capacity(site: Site, scale: Scale) -> Verdict:
    """How many requests a second this machine can do, k6 and all: what was answered in one of the best seconds of a ramp
    in which nobody waited for long. Of the people that the scenarios send: those who walk through listings cost k6 more than
    those who come for one page."""
    seconds = scale.seconds(8, 16)
    # What was never asked for is rendered first, which is not what a site that is visited does.
    with loading(site, "capacity", 4, scale.directory, **everybody(250)):
        pass
    for ramp in range(RAMPS_MAX):
        with loading(site, "capacity", seconds, scale.directory, **everybody(RAMP_TO * 2**ramp)) as run:
            pass
        seen = judge.look_at(run)
        most, best_s = _most(seen.course)
        # In the last tenth, or in the second before it, since the last one is not whole: the machine can do more.
        if best_s < 0.9 * seconds - 1:
            break
        say(f"capacity: {most:.0f} requests a second, at the end of the ramp; one more, to twice as many")
    scale.half = most / 2
    usage = {name: usage.cpu_s for name, usage in run.usage.items()}
    total = sum(usage.values()) or 1
    shares = ", ".join(
        f"{name} {cpu_s / total:.0%}" for name, cpu_s in sorted(usage.items(), key=lambda of: -of[1])[:6]
    )
    detail = f"by CPU: {shares}; others kept {run.others_cores:.1f} cores busy"
    rows = [
        Row("requests a second that this machine can do, with k6 on it", most, "", None, detail),
        Row("half of it: what the scenarios ask for", scale.half, ""),
        Row("refused at the end of the ramp, where more is asked for than can be done", len(seen.failed), ""),
    ]
    return Verdict(
        "capacity", "How much the machine can do", rows, [], list(map(str, seen.failed[:8])), seen.course, run
    )


def _most(course: Course) -> tuple[float, float]:
    """Of the seconds in which all were answered, 99 of 100 as soon as the business asks for: the requests of one of the best,
    and when the best was."""
    rates = sorted(
        (len(moment.took_ms) / course.step_s, (at + 0.5) * course.step_s)
        for at, moment in course.moments.items()
        if _is_quick(moment)
    )
    if not rates:
        raise RuntimeError(
            f"capacity: in no second of the ramp were 99 of 100 answers there within {judge.WAITED_MS_MAX} ms: "
            "this machine is too busy to say what half of it is; --rate says what to ask for"
        )
    # The third best: one second more or less is chance.
    return rates[-3 if len(rates) >= 3 else -1][0], rates[-1][1]


def _is_quick(moment: Moment) -> bool:
    return bool(moment.took_ms) and not moment.failed and percentile(moment.took_ms, 0.99) <= judge.WAITED_MS_MAX


def landing(site: Site, scale: Scale) -> Verdict:
    """95 of 100 come by an advertisement, each with a click id of their own, on a phone; few cars get most clicks."""
    with loading(site, "landing", scale.seconds(8), scale.directory, RATE=scale.landings()) as run:
        pass
    return judge.verdict("landing", "Ad clicks", run)


def visitors(site: Site, scale: Scale) -> Verdict:
    """Who was here before: listings in an order of their own, filtered, walked by the cursor, no car twice."""
    people = max(4, min(60, round(scale.half / 3)))
    with loading(site, "visitors", scale.seconds(8), scale.directory, VISITORS=people) as run:
        pass
    return judge.verdict("visitors", "People who come back", run)


def spike(site: Site, scale: Scale) -> Verdict:
    """A tenth of the load, then all of it within a second."""
    with loading(site, "spike", scale.seconds(12), scale.directory, RATE=scale.landings()) as run:
        pass
    return judge.verdict("spike", "Ten times the load within a second", run)


def leads(site: Site, scale: Scale) -> Verdict:
    """Who is thanked for their number is delivered, under the id of the receipt and no other."""
    many = max(2, round(scale.half / 20))
    settings = {"RATE": scale.landings(3.4 * many), "LEADS": many}
    with loading(site, "leads", scale.seconds(8), scale.directory, **settings) as run:
        pass
    seen = judge.look_at(run)
    verdict = judge.verdict("leads", "Leads under load", run, seen)
    verdict.rows.append(_undelivered(run, seen))
    return verdict


def _undelivered(run: Run, seen: Seen) -> Row:
    site = run.site
    lines = [line for topic in TOPICS for line in site.stack.kafka.messages(topic)] if site.stack else _exported(site)
    ids: dict[str, set[str]] = {}
    for lead in map(json.loads, lines):
        # Another scenario may have sent the same number. The first answers of this one were there before it was known to run.
        if lead["at_ms"] >= run.began_ms - 1_000:
            ids.setdefault(str(lead.get("phone")), set()).add(lead["id"])
    missing = [phone for phone, receipt in seen.receipts.items() if ids.get(f"+91{phone}") != {receipt}]
    where = "in Kafka" if site.stack else "on the disk"
    return Row(
        "leads that were thanked for and not delivered once", len(missing), "", 0, f"{len(seen.receipts)} are {where}"
    )


def _exported(site: Site) -> list[str]:
    instance = site.instances[0]
    environment = {**os.environ, "FORECOURT_DATA__DIR": str(instance.data)}
    command = [str(instance.binary), "leads", "export"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


def soak(site: Site, scale: Scale) -> Verdict:
    """Everybody, and prices that change, for long: no error, and memory stays what it is."""
    minutes = scale.soak_minutes
    if minutes * 60 >= LONG_S:
        _visit_all(site)
    settings = scale.everybody() | {"LEADS": max(1, round(scale.half / 100))}
    with (
        writing(site, per_second=10) as writer,
        loading(site, "soak", minutes * 60, scale.directory, **settings) as run,
    ):
        pass
    seen = judge.look_at(run)
    verdict = judge.verdict("soak", f"{minutes:g} minutes of everything", run, seen)
    verdict.notes.append(f"{writer.changes:,} prices changed")
    verdict.rows.append(_undelivered(run, seen))
    verdict.rows += [_growth(run, name) for name in run.usage if name.startswith("serve")]
    return verdict


def _visit_all(site: Site) -> None:
    """A site that has been visited for long has every page in its memory, in the coding that phones get."""
    cars = site.cars("live", "sold")
    say(f"every instance is asked for {len(cars):,} pages first")
    for instance in site.instances:
        with Connection(instance.port or 0, BROWSER_CODINGS) as connection:
            for car in cars:
                connection.get(car_path(car))


def _growth(run: Run, name: str) -> Row:
    """How much more memory in the last quarter than in the second."""
    samples = run.usage[name].resident_mib
    quarter = run.seconds / 4

    def of(number: int) -> float:
        return median([mib for at_s, mib in samples if quarter * number <= at_s < quarter * (number + 1)] or [0.0])

    grown, detail = max(0.0, 100 * (of(3) - of(1)) / (of(1) or 1)), f"{of(1):.0f} MiB, then {of(3):.0f}"
    bar = GROWN_PERCENT_MAX if run.seconds >= LONG_S else None
    if bar is None:
        detail += f"; not judged (at most {GROWN_PERCENT_MAX} %): within minutes it is the cache that fills"
    return Row(f"{name}: memory, last quarter over second", grown, "%", bar, detail)


SCENARIOS = {"landing": landing, "visitors": visitors, "spike": spike, "leads": leads, "soak": soak}
