"""What a benchmark run says: a table in Markdown and a figure of the gap against time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PHASES = ("reading", "needs", "build", "hand-over", "solve", "plan", "audit", "writing")
COLOURS = {"auto": "#0B5CAD", "whole": "#0B5CAD", "by-school": "#C2410C", "bare": "#6B7280"}
COLOURS |= {"HiGHS": "#6B7280", "SCIP": "#C2410C", "CBC": "#15803D", "CP-SAT": "#7E22CE"}
COLOURS["CP-SAT-reader"] = "#DB2777"
LOWEST = 1e-6
"""Smallest gap on the logarithmic axis."""


def write_reports(runs: list[dict[str, Any]], out: Path) -> None:
    """``table.md`` and ``gap.png`` in a folder."""
    (out / "table.md").write_text(table(runs), encoding="utf-8")
    figure(runs, out / "gap.png")


def table(runs: list[dict[str, Any]]) -> str:
    """Two tables: the answers, and where the seconds and the memory went."""
    best = {}
    for told in runs:
        bound = told.get("bound")
        if bound is not None:
            best[told["name"]] = min(bound, best.get(told["name"], bound))
    answers = [_answer(told, best.get(told["name"])) for told in runs]
    names = ("case", "method", "status", "value", "bound", "gap", "to best bound")
    heads = (*names, "pupil-years", "solve s", "solve CPU s", "workers CPU s", "audit")
    spent = [_spent(told) for told in runs]
    return (
        "## Answers\n\n"
        + markdown(heads, answers)
        + "\n*gap*: the method's own proof. *to best bound*: distance to the lowest bound that "
        "any method proved for the case.\n*all*: the process and its workers together, sampled."
        "\n\n## Seconds (CPU seconds) and peak MiB by phase\n\n"
        + markdown(("case", "method", *PHASES, "all MiB"), spent)
    )


def _answer(told: dict[str, Any], best: float | None) -> list[str]:
    value, solve = told.get("value"), told["phases"].get("solve", {})
    away = None if best is None or value is None else (best - value) / max(1.0, abs(value))
    return [
        told["name"] + (f" without {', '.join(told['without'])}" if told.get("without") else ""),
        told["method"],
        told["status"] + (f" ({told['error']})" if "error" in told else ""),
        number(value, ",.1f"),
        number(told.get("bound"), ",.1f"),
        number(told.get("gap"), ".4%"),
        number(None if away is None else max(0.0, away), ".4%"),
        number(told.get("people"), ",.0f"),
        number(solve.get("seconds"), ".2f"),
        number(solve.get("cpu"), ".2f"),
        number(told.get("workers_cpu"), ".2f"),
        str(told.get("audit", "–")),
    ]


def _spent(told: dict[str, Any]) -> list[str]:
    cells = []
    for name in PHASES:
        mine = told["phases"].get(name)
        cells.append(
            "–" if mine is None else f"{mine['seconds']:.2f} ({mine['cpu']:.2f}) {mine['mib']:.0f}"
        )
    return [told["name"], told["method"], *cells, number(told.get("tree_mib"), ".0f")]


def number(value: Any, form: str) -> str:
    """A number in a form of Python's, a dash for none."""
    return "–" if value is None else format(value, form)


def markdown(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    """A table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(r) + " |" for r in rows)]) + "\n"


def figure(runs: list[dict[str, Any]], path: Path, gap: str = "proven gap") -> None:
    """Gap against seconds of solving, one pair of axes a case; ``gap``: to which bound."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(t["name"] for t in runs if steps(t)))
    if not names:
        return
    wide = min(3, len(names))
    high = -(-len(names) // wide)
    drawn = Figure(figsize=(4.6 * wide, 3.2 * high), layout="constrained")
    FigureCanvasAgg(drawn)
    for place, name in enumerate(names):
        ax = drawn.add_subplot(high, wide, place + 1)
        for told in (t for t in runs if t["name"] == name and steps(t)):
            seconds, gaps = zip(*steps(told), strict=True)
            colour = COLOURS.get(told["method"], "#15803D")
            ax.step(seconds, gaps, where="post", color=colour, label=told["method"])
            ax.plot(seconds[-1:], gaps[-1:], "o", color=colour, markersize=4)
        asked = next(t["gap_asked"] for t in runs if t["name"] == name)
        ax.axhline(asked, color="#9CA3AF", linestyle=":", linewidth=1)
        ax.set(yscale="log", title=name, xlabel="seconds of solving", ylabel=gap)
        ax.grid(alpha=0.25)
        ax.legend(fontsize=8)
    drawn.savefig(path, dpi=110, metadata={"Software": None})


def steps(told: dict[str, Any]) -> list[tuple[float, float]]:
    """(seconds, relative gap) whenever both a plan and a bound were known; one stage only."""
    trace = told.get("trace") or []
    if len({stage for _, stage, _, _ in trace}) != 1:
        return []
    found = [
        (seconds, max((bound - value) / max(1.0, abs(value)), LOWEST))
        for seconds, _, value, bound in trace
        if value is not None and bound is not None
    ]
    solve = told["phases"].get("solve", {}).get("seconds")
    if found and solve is not None and told.get("gap") is not None:
        found.append((max(solve, found[-1][0]), max(told["gap"], LOWEST)))
    return found
