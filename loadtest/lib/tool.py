"""What the commands that measure have in common: options, what they need, what they leave, how they end."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import forecourt, machine, paper
from .bench import Bench
from .sheet import Sheet, write_json
from .table import Row

# Of why something came to no end, in a row; all of it is said.
_REASON_CHARS = 200
# Options, the binary, and room for files that are removed afterwards.
Measure = Callable[[argparse.Namespace, Path, Path], Sheet]


def parser(doc: str | None) -> argparse.ArgumentParser:
    """The options they share."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, and noisier")
    parser.add_argument("--binary", type=Path, help="a built forecourt, instead of building it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write them there as HTML")
    return parser


def bench(options: argparse.Namespace, binary: Path, temporary: Path) -> Bench:
    """What a measurement of one instance is given."""
    catalogue = forecourt.Catalogue.seeded(binary, options.catalogue, temporary / "catalogue.db")
    return Bench(binary, catalogue, temporary, options.quick)


def run(name: str, options: argparse.Namespace, needs: str, measure: Measure) -> int:
    """Installs what is missing, measures, prints, answers the exit code."""
    # What was started is ended on the way out of `with`, also when this process is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        need(needs)
        binary = options.binary.resolve() if options.binary else forecourt.build()
        if not os.access(binary, os.X_OK):
            raise RuntimeError(f"{binary} is no program")
        print(f"{len(machine.cores())} cores, load average {os.getloadavg()[0]:.1f}, {binary}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix=f"forecourt-{name}-") as temporary:
            sheet = measure(options, binary, Path(temporary))
        sheet.show()
        if options.json:
            write_json([sheet], options.json)
        if options.report:
            paper.write(f"Forecourt: {sheet.title.lower()}", "", [paper.section(sheet)], options.report)
            print(f"report: {options.report}")
    except KeyboardInterrupt:
        return 130
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{name}: {error}")
    return 0 if sheet.holds else 1


def rows(name: str, measure: Callable[..., list[Row]], *given: object) -> list[Row]:
    """What one measurement has found out. One that comes to no end is a row that misses its bar: the others go on."""
    machine.say(f"measuring: {name}")
    try:
        return measure(*given)
    except Exception as error:  # whatever it was, it leaves the others theirs
        machine.say(f"{name} came to no end: {error}")
        return [Row(f"{name} came to no end: {' '.join(str(error).split())[:_REASON_CHARS]}", 1, "", 0)]


def need(what: str) -> None:
    """Sees to it that there is what these measurements need."""
    if subprocess.run([forecourt.REPOSITORY / ".ci" / "need", what]).returncode:
        raise RuntimeError(f"`.ci/need {what}` could not install what is missing; it has said what that is")
