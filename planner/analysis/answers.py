"""The answers of ``planner alternatives``, read back from their file for the plan that they are of,
and for no other.

What was proven is taken on trust, like a bound: it cannot be proven again without the search. All
else is checked: that the answers are of this plan, name each of its purchases and requests with the
units and money that it has, and call sure or open what their own figures say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.alternatives import (
    COLUMNS,
    OPTION_COLUMNS,
    Alternatives,
    Had,
    asked_units,
    bought_units,
    part_of_value,
    state_of,
)
from planner.errors import Finding, InputError, Place
from planner.run.folder import PlanFolder, plan_id

STEM = "alternatives"


def answers_beside(path: Path) -> Path | None:
    """Where ``planner alternatives`` leaves its answers of a plan folder, if they are there."""
    found = path.with_name(f"{path.name}-{STEM}") / f"{STEM}.json"
    return found if found.is_file() else None


def read_answers(path: Path | str, of: PlanFolder) -> Alternatives:
    """The answers in a file, or in the folder that ``planner alternatives`` wrote; the diverse
    plans stay where they are.

    Raises :class:`InputError` where they cannot be read, are of another plan, or do not agree with
    it or with themselves.
    """
    file = Path(path)
    file = file / f"{STEM}.json" if file.is_dir() else file
    place = Place(file=file.as_posix())
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        found = Alternatives(
            of.scenario, part_of_value(float(body["within"])), _frame(body["lines"], COLUMNS),
            _frame(body["options"], OPTION_COLUMNS), (), int(body["looked_at"]), 0.0,
            bool(body["finished"]), str(body["plan"]),
        )  # fmt: skip
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError([Finding("folder_damaged", place, {"detail": detail})]) from None
    _check(found, of, place)
    return found


def answers_of(given: Alternatives | Path | str | None, of: PlanFolder) -> Alternatives | None:
    """Answers that were given or stand in a file, once they are known to be of the plan; ``None``:
    there are none. Raises :class:`InputError` as :func:`read_answers` does."""
    if given is None or isinstance(given, (Path, str)):
        return None if given is None else read_answers(given, of)
    _check(given, of, Place(file=of.path.name))
    return given


def sure_money(found: Alternatives, *, proposed: bool = False) -> tuple[int, int]:
    """(what of it buys what every such plan buys, all of it): the plan's money for purchases and
    requests, minor units, of what is funded or of the proposals of group 3. What screens, figures
    and papers call sure."""
    schools = found.scenario.schools
    mine = schools.loc[(schools["group"] == "preparing") == proposed, "school"]
    rows = [f[f["school"].isin(mine)] for f in (found.lines, found.options)]
    return tuple(sum(int(f[k].sum()) for f in rows) for k in ("sure", "amount"))  # type: ignore


def _check(found: Alternatives, of: PlanFolder, place: Place) -> None:
    if found.plan != plan_id(of):
        raise InputError([Finding("answers_other_plan", place, {"plan": of.path.name})])
    if wrong := list(_disagreeing(found, of)):
        name, column = wrong[0]
        params = {"name": name, "column": column}
        raise InputError([Finding("answers_disagree", place, params)])


def _frame(records: Any, columns: Mapping[str, str]) -> pd.DataFrame:
    """Records as a typed table. Raises ``ValueError``, ``KeyError`` or ``TypeError`` where they are
    none."""
    rows = [[record[name] for name in columns] for record in records]
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    frame["most_proven"] = frame["most_proven"].map(lambda v: np.inf if v is None else v)
    return frame.astype(columns)


def _disagreeing(found: Alternatives, of: PlanFolder) -> Iterator[tuple[str, str]]:
    """(what, column) of the rows that are not as the plan or their own figures say."""
    cases = (
        (found.lines, ["school", "item"], "units", bought_units(of.plan)),
        (found.options, ["request", "option"], "copies", asked_units(of.plan)),
    )
    for frame, keys, units, known in cases:
        rows = {tuple(r[k] for k in keys): r for r in frame.to_dict("records")}
        named = {key for key, had in known.items() if had.units > 0}
        for key in sorted(named - rows.keys()):
            yield ",".join(key), keys[0]
        if len(rows) < len(frame):
            yield "", ",".join(keys)
        for key, row in rows.items():
            had = known.get(key, Had())
            ends = [row[k] for k in ("least", "least_proven", "most", "most_proven")]
            due = {
                units: had.units, "amount": had.amount, "state": state_of(*ends),
                "sure": had.sure(ends[1]),
            }  # fmt: skip
            for column, value in due.items():
                if row[column] != value:
                    yield ",".join(key), column
