"""What lets a scenario have a plan where it has none, and what an edited plan breaks, as objects:
tables, text, and what can be done next."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from planner.analysis import conflict as conflicts
from planner.analysis.verdicts import Judged, judge
from planner.errors import Finding, InputError, Place
from planner.messages import language, say
from planner.present.explanation import (
    changed_in_words,
    excess,
    judged_dict,
    judged_text,
    moved_lines,
    repairs_dict,
    repairs_text,
)
from planner.present.rule_words import rule_said
from planner.present.understanding import findings_frame
from planner.run.edits import read_edited
from planner.scenario.load import load
from planner.scenario.new.starter import saved
from planner.scenario.scenario import Scenario
from planner.solving.solution import Sink, Stop, stoppable, with_progress

# ---- An infeasible scenario: what conflicts, and its repairs.


@dataclass(frozen=True)
class Repaired:
    """What lets a scenario have a plan, where it is proven that it has none.

    ``infeasible``: ``True``: proven; ``False``: a plan exists, and there is nothing to repair;
    ``None``: not known within the time, and nothing else is said.
    """

    infeasible: bool | None
    text: str
    """All of it, as ``planner run`` says it."""
    table: pd.DataFrame
    """A row a repair, the cheapest first: number, moves (what it moves, in words), name, field,
    from, to, unit (of a repair that moves one number; else empty), cost, people (equipped
    pupil-years of its plan), people_change (beside the plan without the policies in conflict), gap,
    proven (moving less is proven not to do)."""
    changes: pd.DataFrame
    """A row a number that is moved: number (of the repair), kind (``rule`` or ``fund``), name,
    field, from, to, unit (``money`` in minor units, ``units``, ``count``, ``share`` 0–1), cost."""
    conflict: pd.DataFrame
    """A row a rule in conflict: rule, kind (``policy``, ``law``, ``fund``, ``standing``), said."""
    locks: pd.DataFrame
    """A row a lock that must move, where locks are to blame: lock, asked, nearest (as texts)."""
    irreducible: bool = False
    """Proven: whichever rule of the conflict is lifted, the others have a plan."""
    complete: bool = False
    """Whether the search for repairs ended before its time did."""
    found: tuple[conflicts.Repair, ...] = ()
    source: Path | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """The overrides that the scenario was loaded with."""

    def _repair(self, number: int) -> conflicts.Repair:
        if not 1 <= number <= len(self.found):
            how = {"number": number, "found": len(self.found)}
            raise InputError([Finding("repair.number", Place(), how)])
        return self.found[number - 1]

    def scenario(self, number: int) -> Scenario:
        """The scenario amended by a repair (from 1)."""
        return self._repair(number).scenario

    def overrides(self, number: int) -> dict[str, Any]:
        """What a repair changes, as :func:`planner.load` takes it, with what was given before."""
        return {**self.given, **conflicts.moved_keys(self._repair(number))}

    def write(self, number: int, path: str | Path | None = None) -> Path:
        """Writes the scenario amended by a repair as a new file that extends it, by default beside
        it; of a scenario in memory, a new folder.

        Raises :class:`InputError` where something stands there already.
        """
        repair, target = self._repair(number), None if path is None else Path(path)
        if self.source is not None:
            return conflicts.write_repair(repair, self.source, number, self.given, target)
        if target is None:
            raise InputError([Finding("save_needs_path", Place(repair.scenario.id))])
        return saved(repair.scenario, target)


@with_progress
def repairs(
    scenario: Scenario | str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    seconds: float = 60.0,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> Repaired:
    """Why a scenario has no plan, and the cheapest changes that would let it have one.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A loaded scenario or a path; of one with futures, one of ``scenario.cases``.
    overrides : mapping, optional
        Dotted settings keys to values, as in :func:`planner.load`; with a path.
    seconds : float, default 60
        For the proof, and about as long again for the search.
    progress : callable, optional
        Told of each phase; while it searches of the phase ``repairing``, with its ``subject``
        (``conflict``, then ``repair``) and how many options are known (``done``).
    stop : callable, optional
        Asked now and then whether to stop: what was found and audited by then is kept.
    lang : str, optional
        ``vi`` or ``en``, for this call alone; default: that of :func:`planner.language`.

    Returns
    -------
    Repaired
        ``infeasible``, ``text``, ``table``, ``changes``, ``conflict``, ``locks``; of a repair by
        its number ``overrides``, ``scenario`` and ``write``. Each repair was solved in full and
        audited.

    Raises
    ------
    InputError
        The scenario cannot be used, or has futures.
    ValueError
        ``overrides`` with a loaded scenario.

    Examples
    --------
    >>> import planner
    >>> floor = {"measure": "quantity", "where": {"item": "lab"}, "at_least": 9}
    >>> known = planner.load("scenarios/three-schools").with_("rules", {"all-labs": floor})
    >>> found = planner.repairs(known, lang="en")
    >>> found.infeasible, found.conflict["rule"].tolist()[0]
    (True, 'all-labs')
    >>> found.table[["name", "from", "to"]].values.tolist()[0]
    ['all-labs', 9.0, 8.0]
    >>> planner.repairs("scenarios/three-schools", lang="en").text
    'A plan satisfies every rule: there is nothing to repair.'
    """
    said_in, source = language(), None
    if not isinstance(scenario, Scenario):
        source, scenario = Path(scenario), load(scenario, overrides)
    elif overrides:
        raise ValueError("overrides go with a path")
    if scenario.cases:
        raise InputError([Finding("repair.futures", Place(scenario.id, key="futures"))])
    began = time.perf_counter()
    answer = conflicts.feasible(scenario, seconds, stop)
    if answer is not False:
        said = say("repair.possible" if answer else "repair.undecided", said_in)
        return _repaired(None if answer is None else False, said, scenario, said_in)
    blamed: Sequence[conflicts.Moved] | None = None
    text = say("door_status_infeasible", said_in)
    if not scenario.table("locks").empty:
        left = max(seconds - (time.perf_counter() - began), 1.0)
        blamed = conflicts.lock_conflict(scenario, time_limit=left)
    if blamed is not None:
        text = "\n".join([text, *moved_lines(blamed, said_in)])
        return _repaired(True, text, scenario, said_in, blamed=blamed)
    found = conflicts.repairs(scenario, seconds=seconds, progress=progress, stop=stop)
    text += "\n" + repairs_text(found, scenario, said_in, applies=False)
    return _repaired(True, text, scenario, said_in, found, (), source, overrides or {})


def _repaired(
    infeasible: bool | None,
    text: str,
    scenario: Scenario,
    lang: str,
    answer: conflicts.Repairs | None = None,
    blamed: Sequence[conflicts.Moved] = (),
    source: Path | None = None,
    given: Mapping[str, Any] | None = None,
) -> Repaired:
    """The answer as tables."""
    body = {} if answer is None else repairs_dict(answer, scenario)
    found = () if answer is None else answer.found
    rows, moves = [], []
    for number, repair in enumerate(body.get("repairs", []), 1):
        for c in repair["changes"]:
            one = (c["kind"], c["name"], c["field"], float(c["old"]), float(c["new"]), c["unit"])
            moves.append((number, *one, c["cost"]))
        alone = moves[-1][2:7] if len(repair["changes"]) == 1 else ("", "", math.nan, math.nan, "")
        words = changed_in_words(found[number - 1].changes, scenario, lang)
        told_of = (repair[k] for k in ("cost", "people", "people_change", "gap", "proven"))
        rows.append((number, words, *alone, *told_of))
    clash = body.get("conflict") or {"rules": [], "kinds": [], "irreducible": False}
    rules = [
        (rule, kind, rule_said(rule, scenario, lang))
        for rule, kind in zip(clash["rules"], clash["kinds"], strict=True)
    ]
    locks = [(f"locked[{m.key}]", str(m.lock.quantity), str(m.nearest)) for m in blamed]
    named = ["name", "field", "from", "to", "unit"]
    judged = ["cost", "people", "people_change", "gap", "proven"]
    return Repaired(
        infeasible,
        text,
        pd.DataFrame(rows, columns=["number", "moves", *named, *judged]),
        pd.DataFrame(moves, columns=["number", "kind", *named, "cost"]),
        pd.DataFrame(rules, columns=["rule", "kind", "said"]),
        pd.DataFrame(locks, columns=["lock", "asked", "nearest"]),
        bool(clash["irreducible"]),
        answer is not None and answer.complete,
        found,
        source,
        dict(given or {}),
    )


# ---- An edited plan: what it changes, breaks and costs.


@dataclass(frozen=True)
class EditedPlan:
    """What an edited ``plan.xlsx`` does: what it changes, breaks and costs."""

    broken: pd.DataFrame
    """Every rule that does not hold, as findings of :func:`planner.check`, and ``over``: by how
    much its bound is passed (negative: missed), a text, empty where that is no number."""
    tables: Mapping[str, pd.DataFrame]
    """``changes``: school, item, fund, year, request, option, before, after (units or copies), row
    (in the workbook); ``effect``: measure (``people``, ``people_proposed``, ``value``), before,
    after, change; ``money``: fund, school, year, before, after, change, usable, in minor units."""
    text: str
    """All of it, as ``planner audit WORKBOOK`` says it."""
    judged: Judged

    def table(self, name: str) -> pd.DataFrame:
        """One of ``tables``; raises ``KeyError`` where there is none of that name."""
        return self.tables[name]


@stoppable
def edited(
    workbook: str | Path,
    plan: str | Path | None = None,
    *,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> EditedPlan:
    """What an edited ``plan.xlsx`` changes, breaks and costs, as ``planner audit WORKBOOK`` says.

    Parameters
    ----------
    workbook : str or Path
        The ``plan.xlsx`` of a plan folder, edited.
    plan : str or Path, optional
        The plan folder it belongs to; default: the folder it lies in.
    progress, stop, lang
        As for :func:`planner.read`.

    Returns
    -------
    EditedPlan
        ``broken`` (empty: every rule holds), ``tables`` with ``table(name)``, ``text``. To keep the
        edit and plan the rest: ``planner.solve(scenario, lock=workbook)``.

    Raises
    ------
    InputError
        With everything that cannot be in the workbook, by sheet and cell.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools")
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = planner.write(result, f"{place}/plan", figures=False)
    ...     found = planner.edited(folder / "plan.xlsx", lang="en")
    >>> len(found.broken), len(found.table("changes"))
    (0, 0)
    """
    said_in, known = language(), judge(read_edited(workbook, plan))
    body = judged_dict(known)
    keys = ["school", "item", "fund", "year", "request", "option", "before", "after"]
    changes = pd.DataFrame(body["changes"], columns=keys)
    at = [known.edited.rows.get(c.key) for c in known.edited.changes if len(c.key) == 4]
    at += [None] * (len(changes) - len(at))
    pairs = {k: body[k] for k in ("people", "people_proposed", "value")}
    effect = [(k, v["before"], v["after"], v["after"] - v["before"]) for k, v in pairs.items()]
    money = ["fund", "school", "year", "before", "after", "change", "usable"]
    over = [excess(f) for f in known.broken]
    return EditedPlan(
        findings_frame(known.broken, said_in).assign(
            over=pd.array(["" if x is None else str(x) for x in over], dtype="str")
        ),
        {
            "changes": changes.assign(row=pd.array(at, dtype="Int64")),
            "effect": pd.DataFrame(effect, columns=["measure", "before", "after", "change"]),
            "money": pd.DataFrame(body["money"], columns=money),
        },
        judged_text(known, said_in),
        known,
    )
