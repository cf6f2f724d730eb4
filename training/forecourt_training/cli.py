"""The commands. Exit codes: 0 done; 1 the input cannot be used; 2 the model is refused; 64 wrong usage."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from forecourt_training.refusal import Refused, Unusable


class Parser(argparse.ArgumentParser):
    """argparse ends wrong usage with 2, which here means that a model is refused."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def natural(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be at least 0 and below 1")
    return value


def parser() -> Parser:
    top = Parser(prog="forecourt_training", description="Trains the ranking model of Forecourt.")
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser)

    def command(name, run, help):
        added = commands.add_parser(name, help=help, description=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        added.set_defaults(run=run)
        return added

    make = command("generate", run_generate, "Generates events of plausible visitors, for when there are no real ones.")
    make.add_argument("--cars", type=Path, required=True, help="catalogue, JSON lines")
    make.add_argument("--out", type=Path, required=True, help="events, JSON lines")
    make.add_argument("--visitors", type=positive, default=20_000)
    make.add_argument("--seed", type=natural, default=1)
    make.add_argument("--days", type=positive, default=60)
    make.add_argument("--no-impressions", action="store_true", help="leave view_item_list out; it is a third of the file")

    fit = command("train", run_train, "Trains a candidate on all but the last days.")
    fit.add_argument("--cars", type=Path, required=True, help="catalogue, JSON lines")
    fit.add_argument("--events", type=Path, nargs="*", default=[], help="events, JSON lines")
    fit.add_argument("--kafka", metavar="BROKERS", help="read events from Kafka, from the topic's beginning to its present end")
    fit.add_argument("--topic", default="forecourt.events")
    fit.add_argument("--out", type=Path, required=True, help="directory for evaluate and export")
    fit.add_argument("--test-days", type=positive, default=7, help="days kept for evaluate")
    fit.add_argument("--validation-days", type=positive, default=7, help="days before them, to choose decay and weights by")
    fit.add_argument("--identity-min", type=natural, default=10, help="visitors a car needs for an identity; 0: none has one")
    fit.add_argument("--components", type=positive, default=32, help="D, a multiple of 8")
    fit.add_argument("--epochs", type=positive, default=15)
    fit.add_argument("--learning-rate", type=float, default=0.03)
    fit.add_argument("--item-alpha", type=float, default=1e-6, help="L2 penalty of the cars' features")
    fit.add_argument("--seed", type=natural, default=1)
    fit.add_argument("--normalize", action="store_true", help="weights of a car's features sum to 1")

    judge = command("evaluate", run_evaluate, "Judges a candidate by the days it has not seen; exit 2 if it is not good enough.")
    judged(judge)
    judge.add_argument("--page-popularity", action="store_true", help="show popularity, too, in the pages that the server would make of it")

    ship = command("export", run_export, "Judges, refits on everything and writes the model file; exit 2 and no file if refused.")
    judged(ship)
    ship.add_argument("--out", type=Path, required=True, help="model file")
    ship.add_argument("--visitors", type=natural, default=1_000_000, help="at most so many visitors with a lead, the most active")
    ship.add_argument("--golden-visitors", type=natural, default=200)
    ship.add_argument("--golden-cars", type=natural, default=500)

    check = command("verify", run_verify, "Compares what `forecourt rank` prints with LightFM, bit for bit; exit 2 at a difference.")
    check.add_argument("--model", type=Path, required=True)
    check.add_argument("--cars", type=Path, required=True, help="catalogue, JSON lines")
    check.add_argument("--forecourt", required=True, help="the binary; FORECOURT_RANK__MODEL is set for it")
    check.add_argument("--visitors", type=positive, default=200)
    check.add_argument("extra", nargs="*", help="further arguments of the binary, after --")
    return top


def judged(command) -> None:
    command.add_argument("--state", type=Path, required=True, help="directory that train wrote")
    command.add_argument("--previous", type=Path, help="the model in use")
    command.add_argument("--tolerance", type=share, default=0.10, help="how much worse than the previous model is still noise")
    command.add_argument("--questions", type=positive, default=4000, help="at most so many questions per group")
    command.add_argument("--plot", type=Path, help="PNG or SVG")


def run_generate(options) -> None:
    from forecourt_training.cars import read_cars
    from forecourt_training.generate import generate

    journal = generate(read_cars(options.cars), options.visitors, options.seed, options.days, not options.no_impressions)
    journal.write(options.out)
    print(f"{len(journal.lines)} events of {options.visitors} visitors in {options.out}", file=sys.stderr)


def run_train(options) -> None:
    from forecourt_training import events, state
    from forecourt_training.cars import read_cars
    from forecourt_training.fit import Settings
    from forecourt_training.train import train

    if bool(options.events) == bool(options.kafka):
        raise Unusable("give either --events or --kafka")
    if options.components % 8:
        raise Unusable("--components must be a multiple of 8")
    cars = read_cars(options.cars)
    source = events.from_kafka(options.kafka, options.topic) if options.kafka else events.from_files(options.events)
    read = events.read_events(source, cars)
    print(f"{len(cars)} cars, {len(read)} looks, wishes and leads, {read.impressions} cards shown", file=sys.stderr)
    chosen = ("identity_min", "components", "epochs", "learning_rate", "item_alpha", "seed", "normalize")
    settings = replace(Settings(), **{name: getattr(options, name) for name in chosen})
    settings, candidate = train(cars, read, settings, options.test_days, options.validation_days)
    state.save(state.State(cars, read, settings, candidate), options.out)
    print(f"candidate of {len(candidate.dictionary.names)} features in {options.out}", file=sys.stderr)


def judge(options, page_popularity=False):
    """Evaluates and prints; returns (state, evaluation), raises Refused if the model must not be exported."""
    from forecourt_training import model_file, state
    from forecourt_training.evaluate import evaluate, faults, table

    loaded = state.load(options.state)
    previous = model_file.read(options.previous) if options.previous else None
    evaluation = evaluate(loaded.cars, loaded.events, loaded.candidate, previous, options.questions, page_popularity)
    print(table(evaluation))
    if options.plot:
        from forecourt_training.plot import plot

        plot(evaluation, options.plot, caption(loaded))
    found = faults(evaluation, options.tolerance)
    if found:
        raise Refused("; ".join(found))
    return loaded, evaluation


def caption(loaded) -> str:
    generation = loaded.candidate.generation()
    return f"{len(loaded.cars):,} cars, {len(loaded.events):,} interactions; trained before {generation[:10]}, judged by the days after. Every metric: more is better."


def run_evaluate(options) -> None:
    judge(options, options.page_popularity)
    print("good enough to export")


def run_export(options) -> None:
    from forecourt_training.export import export

    loaded, evaluation = judge(options)
    golden = (options.golden_visitors, options.golden_cars)
    written = export(loaded, evaluation, options.out, options.visitors, golden)
    print(f"{options.out}: generation {written.generation()}, {os.path.getsize(options.out):,} bytes")


def run_verify(options) -> None:
    from forecourt_training import model_file
    from forecourt_training.cars import read_cars
    from forecourt_training.verify import verify

    model = model_file.read(options.model)
    print(verify(model, options.model, read_cars(options.cars), [options.forecourt, *options.extra], options.visitors))


def main(arguments=None) -> int:
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 2
    except Unusable as unusable:
        print(f"error: {unusable}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0
