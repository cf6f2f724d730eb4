"""MariaDB, Kafka and Valkey are killed while people look."""

import time
from collections.abc import Callable

from ..table import Row
from . import judge
from .judge import Verdict
from .run import loading
from .scale import Scale
from .site import Site
from .writer import writing

UP_TO_DATE_S_MAX = 45


def killed(name: str) -> Callable[[Site, Scale], Verdict]:
    """The scenario of one service: kill -9, a while without it, and its return."""

    def run_it(site: Site, scale: Scale) -> Verdict:
        assert site.stack
        service = next(service for service in site.stack.services if service.name == name)
        with loading(site, "everybody", scale.seconds(10), scale.directory, **scale.everybody()) as run:
            with writing(site, per_second=10) as writer:
                run.at(0.2)
                run.event(f"{name}: kill -9")
                service.kill()
                run.at(0.6)
                says_so = sum(bool(instance.status().get("degraded")) for instance in site.instances)
                run.event(f"{name}: started")
                service.start()
                back_s = run.elapsed_s()
            took_s = site.seconds_until_shown(time.time() * 1000, UP_TO_DATE_S_MAX * 2)
            run.event(f"every instance is up to date {run.elapsed_s() - back_s:.1f} s after {name} was back")
        # Pages may be of any age as long as they say so.
        verdict = judge.verdict(name, f"{name} is killed while people look", run, age_ms_max=None)
        verdict.rows.append(Row(f"up to date again after {name} was back", took_s, "s", UP_TO_DATE_S_MAX))
        verdict.notes.append(f"{says_so} of {len(site.instances)} instances said that they are degraded meanwhile")
        verdict.notes.append(f"{writer.changes} prices changed")
        return verdict

    return run_it


SCENARIOS = {name: killed(name) for name in ("mariadb", "kafka", "valkey")}
