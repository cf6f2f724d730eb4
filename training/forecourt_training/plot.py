"""The evaluation as a picture: how often the next car is among the first k, and how the model compares."""

from pathlib import Path

import numpy as np

from forecourt_training.evaluate import Evaluation
from forecourt_training.refusal import Unusable

COLOURS = {"model": "#0b6e4f", "popularity": "#c2703d", "previous": "#7a8ca5"}
SHOWN = ("recall@10", "MRR", "AUC", "cold HR@100", "coverage@10", "personalization@10", "diversity@10")
INK, FAINT = "#22302b", "#d9dedb"


def plot(evaluation: Evaluation, path: Path, caption: str) -> None:
    """Writes a PNG or SVG, by the ending of the path; raises Unusable if it cannot."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    matplotlib.rcParams.update({"font.size": 10, "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK})
    matplotlib.rcParams.update({"axes.edgecolor": FAINT, "svg.hashsalt": "forecourt"})
    groups = [group for group, (asked, _) in evaluation.counts.items() if asked]
    figure, axes = pyplot.subplots(2, len(groups), figsize=(5.6 * len(groups), 8), squeeze=False, height_ratios=(1.1, 1))
    for column, group in enumerate(groups):
        curve(axes[0][column], evaluation, group)
        bars(axes[1][column], evaluation, group)
    figure.suptitle("Which car will they look at next?", x=0.02, ha="left", fontsize=16, fontweight="bold")
    handles = [Patch(color=COLOURS[name], label=name) for name in evaluation.columns]
    figure.legend(handles=handles, loc="upper right", ncols=len(handles), frameon=False, bbox_to_anchor=(0.99, 0.995))
    figure.text(0.02, 0.012, caption, fontsize=8.5, color="#5d6b66")
    figure.tight_layout(rect=(0, 0.03, 1, 0.97), h_pad=2.5, w_pad=3)
    try:
        figure.savefig(path, dpi=110, metadata={"Software": None} if str(path).endswith(".png") else None)
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot write the plot {path}: {error}") from error
    finally:
        pyplot.close(figure)


def plain(axis) -> None:
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.tick_params(length=0)


def curve(axis, evaluation: Evaluation, group: str) -> None:
    """The share of questions whose car is among the first k, over k."""
    depths = np.unique(np.geomspace(1, 1000, 80).astype(int))
    asked, _ = evaluation.counts[group]
    for name, answers in evaluation.answers.items():
        ranks = answers[group].ranks
        share = [float(np.mean(ranks < depth)) for depth in depths]
        axis.plot(depths, share, color=COLOURS[name], linewidth=2.4)
        axis.plot([10], [np.mean(ranks < 10)], "o", color=COLOURS[name], markersize=6)
    axis.axvline(10, color=FAINT, linewidth=1, zorder=0)
    axis.text(10.6, 0.97, "first page", fontsize=8.5, color="#5d6b66", transform=axis.get_xaxis_transform(), va="top")
    axis.set_xscale("log")
    axis.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
    axis.set_ylim(0, 1)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.grid(axis="y", color=FAINT, linewidth=0.6)
    axis.set_title(f"{group} visitors", loc="left", fontsize=12, fontweight="bold")
    axis.set_xlabel(f"among the first k cars ({asked:,} questions)")
    plain(axis)


def bars(axis, evaluation: Evaluation, group: str) -> None:
    """The metrics side by side; each is between 0 and 1, and more is better."""
    names = list(evaluation.columns)
    height = 0.8 / len(names)
    for place, name in enumerate(names):
        values = [evaluation.columns[name].get(group, {}).get(metric) for metric in SHOWN]
        at = np.arange(len(SHOWN)) + (place - (len(names) - 1) / 2) * height
        axis.barh(at, [value or 0 for value in values], height * 0.88, color=COLOURS[name])
        for where, value in zip(at, values):
            text = "none" if value is None else f"{value:.3f}"
            axis.text((value or 0) + 0.01, where, text, va="center", fontsize=8.5 if len(names) < 3 else 7)
    axis.set_yticks(np.arange(len(SHOWN)), SHOWN)
    axis.invert_yaxis()
    axis.set_xlim(0, 1.12)
    axis.set_xticks([])
    plain(axis)
    axis.spines["bottom"].set_visible(False)
