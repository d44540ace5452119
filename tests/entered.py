"""Problems entered as a stranger would enter them: a scenario file and three small tables.

A decision is a request of one school, what it costs in a fund or a year is a row of
``request_costs``, a limit is a fund's amount; see "A knapsack as a scenario" in the README.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planner.scenario.load import load
from planner.scenario.scenario import Scenario

YEAR = 2025
SCHOOL = "school,name,level,group,pupils,classes,teachers\nps,Trường,primary,none,1,1,1\n"


def entered(
    folder: Path,
    requests: Sequence[Mapping[str, Any]],
    costs: Sequence[tuple[str, str, str, int, int]],
    funds: Mapping[str, Mapping[int, int]],
    **settings: str,
) -> Scenario:
    """A scenario of requests alone, written to ``folder`` and loaded.

    ``costs`` are (request, option, fund, year, amount); ``settings`` are further keys of the
    scenario file as YAML text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = ["request", "option", "value", "mandatory", "requires", "copies"]
    rows = [[str(r.get(n, {"option": "x"}.get(n, ""))) for n in names] for r in requests]
    table = ["school,title," + ",".join(names), *(f"ps,t,{','.join(row)}" for row in rows)]
    lines = ["request,option,fund,year,amount"]
    lines += [",".join(map(str, c)) for c in costs if c[-1]]
    years = sorted({y for amounts in funds.values() for y in amounts})
    texts = {
        "schools.csv": SCHOOL,
        "requests.csv": "\n".join(table) + "\n",
        "request_costs.csv": "\n".join(lines) + "\n",
        "scenario.yaml": "\n".join(
            [
                "schema: 1",
                "title: Bài toán đã công bố",
                f"years: [{years[0]}, {years[-1]}]",
                "data: {schools: schools.csv, requests: requests.csv, "
                "request_costs: request_costs.csv}",
                "funds:",
                *(f"  {name}: {{amounts: {dict(a)}}}" for name, a in funds.items()),
                "priority: {weights: {none: 1}}",
                "solve: {gap: 0, time_limit: 60}",
                *(f"{key}: {text}" for key, text in settings.items()),
            ]
        ),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load(folder / "scenario.yaml")


def knapsack(
    folder: Path,
    values: Sequence[float],
    weights: Sequence[Sequence[int]],
    capacities: Sequence[int],
    *,
    years: bool = False,
    copies: int = 1,
) -> Scenario:
    """max Σ value × x under Σ weight × x ≤ capacity: a fund a row, or (``years``) a year a row."""
    names = [f"r{k:03d}" for k in range(len(values))]
    requests = [
        {"request": n, "value": v, "copies": copies} for n, v in zip(names, values, strict=True)
    ]
    costs = [
        (name, "x", "money" if years else f"f{row}", YEAR + row * years, int(weight[k]))
        for row, weight in enumerate(weights)
        for k, name in enumerate(names)
    ]
    funds = {f"f{row}": {YEAR: c} for row, c in enumerate(capacities)}
    if years:
        funds = {"money": {YEAR + row: c for row, c in enumerate(capacities)}}
    return entered(folder, requests, costs, funds)
