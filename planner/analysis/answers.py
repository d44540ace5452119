"""The answers of ``planner alternatives``: what they are, and how they are read back from their
file for the plan that they are of, and for no other.

What was proven is taken on trust, like a bound: it cannot be proven again without the search. All
else is checked: that the answers are of this plan, name each of its purchases and requests with the
units and money that it has, and call sure or open what their own figures say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.analysis.unmet import numbers
from planner.errors import Finding, InputError, Place
from planner.messages import card
from planner.plan import Plan
from planner.run.folder import (
    KIND,
    PlanFolder,
    future_in,
    is_plan_folder,
    plan_id,
    read,
    read_claims,
    read_decided,
    sealed,
)
from planner.run.result import Decided, Result
from planner.scenario.scenario import Scenario

STEM = "alternatives"
STATES = ("always", "open", "never", "undecided")
COLUMNS = {
    "school": "str", "item": "str", "state": "str", "units": "float64", "amount": "int64",
    "least": "float64", "least_proven": "float64", "most": "float64", "most_proven": "float64",
    "sure": "int64",
}  # fmt: skip
OPTION_COLUMNS = {
    "request": "str", "option": "str", "school": "str", "state": "str", "copies": "float64",
    "amount": "int64", "least": "float64", "least_proven": "float64", "most": "float64",
    "most_proven": "float64", "sure": "int64",
}  # fmt: skip
LEAST = 1e-9
"""Units from which something is bought."""
WRITTEN = 6
"""Decimals with which tables write units."""
ROUNDED = 2 * 10.0**-WRITTEN
"""How far units may be from others for that."""


def part_of_value(within: float) -> float:
    """A part of the value, 0–1; raises ``ValueError`` where it is none."""
    if not 0 < within <= 1:
        raise ValueError(f"within is a part of the value, more than 0 and at most 1; got: {within}")
    return within


def state_of(least: float, least_proven: float, most: float, most_proven: float) -> str:
    """``always``, ``open``, ``never`` or ``undecided``: what the fewest and the most units say,
    shown and proven."""
    if least_proven > LEAST:
        return "always"
    if most_proven <= LEAST:
        return "never"
    return "open" if least <= LEAST < most else "undecided"


@dataclass(frozen=True)
class Had:
    """What a plan has of a school's item, or of an option of a request: units or copies, what it
    pays for them, and what one copy costs at the least (0: an item), minor units."""

    units: float = 0.0
    amount: int = 0
    each: int = 0

    def sure(self, units: float) -> int:
        """Money that buys those of so many units that the plan has, minor units."""
        kept = min(units, self.units)
        if self.each or kept <= 0:
            return int(kept * self.each)
        return math.floor(self.amount * Fraction(kept) / Fraction(self.units))


def bought_units(plan: Plan) -> dict[tuple[str, str], Had]:
    """(school, item) → what a plan buys, as its tables write it."""
    lines = plan.allocation[plan.allocation["kind"] == "purchase"]
    lines = lines.assign(quantity=numbers(lines["quantity"]).round(WRITTEN))
    sums = lines.groupby(["school", "item"], sort=False)[["quantity", "amount"]].sum()
    return {
        (str(k[0]), str(k[1])): Had(round(float(u), WRITTEN), int(a))
        for k, u, a in sums.itertuples()
    }


def asked_units(plan: Plan) -> dict[tuple[str, str], Had]:
    """(request, option) → what a plan grants, of every option."""
    rows = plan.requests.to_dict("records")
    return {
        (str(r["request"]), str(r["option"])): Had(
            float(r["copies"]) * (r["chosen"] == "yes"), int(r["paid"]), int(r["amount"])
        )
        for r in rows
    }


@dataclass(frozen=True, repr=False)
class Alternatives:
    """Which schools' items every plan within a part of the value has.

    Attributes
    ----------
    scenario : Scenario
        What was planned.
    within : float
        Part of each stage's value that may be given up, 0–1.
    lines : DataFrame
        One row a school and item that may be bought.

        ============ ======= =====================================================================
        column       dtype   meaning
        ============ ======= =====================================================================
        school       str     id
        item         str     id
        state        str     ``always`` (proven: every plan buys it), ``never`` (proven: none does),
                             ``open`` (shown: one does, one does not), ``undecided`` in this time
        units        float64 units that the plan buys
        amount       int64   what the plan pays for them, minor units
        least        float64 fewest units of the plans that were found and audited
        least_proven float64 units that every plan buys at least, proven
        most         float64 most units of the plans that were found and audited
        most_proven  float64 units that no plan buys more of, proven; ``inf``: nothing is
        sure         int64   money of the plan, minor units, that buys what every plan buys: the
                             part of ``amount`` that ``least_proven`` is of ``units``
        ============ ======= =====================================================================
    options : DataFrame
        The same of schools' requests, one row an option: request, option, school, state,
        ``copies`` in the place of units, and the other columns as above; ``sure`` counts the least
        of a block grant.
    plans : tuple of Result
        Diverse plans, as many as were asked for and found; each audited, fit for
        :func:`planner.compare`.
    looked_at : int
        Plans that were found and audited, the diverse ones among them.
    seconds : float
        Time taken.
    finished : bool
        Whether it ended by itself; not where time was over or somebody stopped it.
    plan : str
        What tells the plan asked about from any other (:func:`planner.run.folder.plan_id`).

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools")
    >>> planner.alternatives(result, within=0.2)
    <Alternatives within 20.00%: 1 always, 2 open, 0 never, 0 undecided>
    """

    scenario: Scenario
    within: float
    lines: pd.DataFrame
    options: pd.DataFrame
    plans: tuple[Result, ...]
    looked_at: int
    seconds: float
    finished: bool
    plan: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """State → schools' items.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> planner.alternatives(result, within=0.2).counts
        {'always': 1, 'open': 2, 'never': 0, 'undecided': 0}
        """
        return {state: int((self.lines["state"] == state).sum()) for state in STATES}

    @property
    def money(self) -> dict[str, int]:
        """State → money that the plan spends on it, minor units.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> sum(planner.alternatives(result, within=0.05).money.values())
        160000000
        """
        sums = self.lines.groupby("state")["amount"].sum()
        return {state: int(sums.get(state, 0)) for state in STATES}

    @property
    def sure(self) -> int:
        """Money of the plan, minor units, that buys what every such plan buys.

        Examples
        --------
        >>> import planner
        >>> result = planner.solve("scenarios/three-schools")
        >>> planner.alternatives(result, within=0.2).sure
        60000000
        """
        return int(self.lines["sure"].sum() + self.options["sure"].sum())

    def __repr__(self) -> str:
        told = ", ".join(f"{n} {state}" for state, n in self.counts.items())
        return f"<Alternatives within {self.within:.2%}: {told}>"

    def _repr_html_(self) -> str:
        return card(self)


def beside_of(path: Path | str, suffix: str) -> Path:
    """Where what is made of a plan folder goes: beside it; of a future's plan beside the folder of
    the decision, which is sealed with all that is in it."""
    source, found = Path(path), future_in(path)
    whole = source.absolute() if found is None else found[0]
    if found is not None and whole != source.absolute():
        suffix, source = f"{found[1]}-{suffix}", source.parent.parent
    source = whole.resolve() if source.name in ("", "..") else source
    return source.with_name(f"{source.name}-{suffix}")


def answers_beside(path: Path) -> Path | None:
    """Where ``planner alternatives`` leaves its answers of a plan folder, if they are there."""
    found = beside_of(path, STEM) / f"{STEM}.json"
    return found if found.is_file() else None


def read_future(source: PlanFolder | Path | str) -> tuple[PlanFolder, Decided | None, str]:
    """A plan folder, proven or read before, with the decision that it is one future of and the name
    of that future: of a decision's own folder the first one, which is the one expected.

    Raises :class:`InputError` with every finding, of the decision too.
    """
    known = source if isinstance(source, PlanFolder) else None
    path = source.path if isinstance(source, PlanFolder) else Path(source)
    found = future_in(path)
    if found is None:
        return known or read(path), None, ""
    decided = read_decided(found[0])
    return known or read(found[0] / KIND / found[1]), decided, found[1]


def read_answers(path: Path | str, of: PlanFolder) -> Alternatives:
    """The answers in a file, or in the folder that ``planner alternatives`` wrote; the diverse
    plans stay where they are.

    Raises :class:`InputError` where they cannot be read, are of another plan, or do not agree with
    it, with themselves, or with a diverse plan that they name and that stands beside them.
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
    for number, named in enumerate(body.get("plans") or [], start=1):
        other = _sealed_as(file.with_name(f"plan-{number}"), named)
        if other is not None:
            _refuse(_denied(found, other.plan), place)
    return found


def _sealed_as(folder: Path, named: Any) -> PlanFolder | None:
    """A diverse plan, audited, where it is there and the one that the answers name."""
    try:
        known = sealed(folder) if is_plan_folder(folder) else None
    except InputError:
        return None
    same = known is not None and isinstance(named, dict) and named.get("plan") == plan_id(known)
    return known if same else None


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
    _refuse(_disagreeing(found, of), place)


def _refuse(wrong: Iterator[tuple[str, str]], place: Place) -> None:
    """Raises :class:`InputError` for the first of (what, column) that is wrong, if any is."""
    for name, column in wrong:
        params = {"name": name, "column": column}
        raise InputError([Finding("answers_disagree", place, params)])


def _denied(found: Alternatives, plan: Plan) -> Iterator[tuple[str, str]]:
    """(what, column) of the rows whose ends a plan that was looked at denies: it has fewer or more
    units than the fewest or the most that were seen."""
    cases = (
        (found.lines, ["school", "item"], bought_units(plan)),
        (found.options, ["request", "option"], asked_units(plan)),
    )
    for frame, keys, known in cases:
        for row in frame.to_dict("records"):
            key = tuple(row[k] for k in keys)
            units = known.get(key, Had()).units
            if not row["least"] - ROUNDED <= units:  # NaN: no plan was seen
                yield ",".join(key), "least"
            if not units <= row["most"] + ROUNDED:
                yield ",".join(key), "most"


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
            least, least_proven, most, most_proven = ends
            if least_proven > least + ROUNDED:
                yield ",".join(key), "least_proven"
            if most_proven < most - ROUNDED:
                yield ",".join(key), "most_proven"
            if row["state"] == "open" and not found.looked_at:  # one plan cannot show both
                yield ",".join(key), "state"


# ---- Plans that were considered beside one.


@dataclass(frozen=True)
class Choice:
    """A plan that was considered beside another, proven."""

    name: str
    """That of its folder, of a future the future's."""
    folder: PlanFolder
    kind: Literal["compared", "diverse", "future"]
    """Asked for; kept by ``planner alternatives``; the plan of another future of one decision."""


def considered(
    of: PlanFolder,
    compared: Sequence[PlanFolder | Path | str] = (),
    answers: Path | str | None = None,
) -> tuple[Choice, ...]:
    """The plans beside a plan: those asked for, those that ``planner alternatives`` kept beside its
    answers (their file or folder), and of a decision the plans of its other futures. A plan that is
    named twice counts once.

    Raises :class:`InputError` where one is spoilt, is the plan itself, or is of other years,
    another currency or other schools; findings name its folder.
    """
    found = list[Choice]()
    for source in compared:
        with _in_folder(source.path if isinstance(source, PlanFolder) else Path(source)):
            folder = read_future(source)[0]
        found.append(Choice(folder.path.name, folder, "compared"))
    if answers is not None:
        found += [Choice(f.path.name, f, "diverse") for f in _kept_beside(Path(answers))]
    if (decision := future_in(of.path)) is not None:
        whole, own = decision
        names = [str(case["name"]) for case in read_claims(whole)["cases"]]
        found += [Choice(n, read(whole / KIND / n), "future") for n in names if n != own]
    mine, known = plan_id(of), dict[str, Choice]()
    for choice in found:
        place, identity = Place(file=choice.folder.path.as_posix()), plan_id(choice.folder)
        if identity == mine:
            raise InputError([Finding("choice_itself", place, {"name": choice.name})])
        one, other = of.scenario, choice.folder.scenario
        ends = (one.settings, other.settings)
        alike = ends[0].years == ends[1].years and ends[0].currency == ends[1].currency
        if not alike or not set(one.schools["school"]) & set(other.schools["school"]):
            own, theirs = (f"{s.years[0]}-{s.years[1]} {s.currency}" for s in ends)
            params = {"name": choice.name, "own": own, "theirs": theirs}
            raise InputError([Finding("choice_other", place, params)])
        known.setdefault(identity, choice)
    return tuple(known.values())


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Findings of a folder beside others name it."""
    try:
        yield
    except InputError as error:
        named = [
            replace(f, where=replace(f.where, file=f"{folder.name}/{f.where.file}"))
            if f.where.file and f.where.file != folder.name else f
            for f in error.findings
        ]  # fmt: skip
        raise InputError(named) from None


def _kept_beside(answers: Path) -> Iterator[PlanFolder]:
    """The diverse plans that answers name, as far as they still stand beside them. Raises
    :class:`InputError` where one is spoilt."""
    file = answers / f"{STEM}.json" if answers.is_dir() else answers
    named = json.loads(file.read_text(encoding="utf-8")).get("plans") or []
    for number, about in enumerate(named, start=1):
        folder = file.with_name(f"plan-{number}")
        if is_plan_folder(folder):
            with _in_folder(folder):
                known = sealed(folder)
            if isinstance(about, dict) and about.get("plan") == plan_id(known):
                yield known
