"""A plan: tidy tables of whole units and whole money, all derived from whole decisions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from planner.names import FLOOR_STAGE
from planner.plan.allocation import allocation, ledger_table, obligations_table
from planner.plan.coverage import Exact, InService, coverage_table, stage_values, supplies
from planner.plan.decisions import Decisions, Rounding, chosen_supplies
from planner.plan.rule_rows import (
    RuleEvaluation,
    request_points,
    requests_table,
    rules_table,
    schools_table,
)
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS
from planner.system.process import phase
from planner.vocabulary.axes import Ints

# --------------------------------------------------------------------------------------------------
# A plan's tables as the texts that a plan folder holds: one spelling for every value.
#
# A column of millions of cells has few distinct values (or few for its length): each is told
# once, and the column keeps its code. That is what pandas calls a categorical.

RATIOS = ("before", "after", "coverage_before", "coverage_after")
PEOPLE = ("people",)
NUMBERS = frozenset({"quantity", "new", "in_service", "left", "bound", "slack", "points"})
"""Columns whose cells have at most six decimals and no idle zeros."""


def coded_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with every column a categorical of texts."""
    return pd.DataFrame({c: _coded(c, frame[c]) for c in frame.columns}, copy=False)


def _coded(name: str, values: pd.Series[Any]) -> pd.Categorical:
    if values.dtype == object:  # equal values may be spelt differently: Decimal 1 and 1.0
        codes, distinct = np.arange(len(values)), values.tolist()
    else:
        codes, found = pd.factorize(values, use_na_sentinel=False)
        distinct = found.tolist()
    told = np.array([_text(name, v) for v in distinct], dtype=object)
    place, texts = pd.factorize(told)  # numbers that round alike share one text
    return pd.Categorical.from_codes(place[codes], pd.Index(texts, dtype="str"), validate=False)


def _text(name: str, value: Any) -> str:
    if name in RATIOS or name in PEOPLE:
        return "" if math.isnan(value) else f"{value:.{6 if name in RATIOS else 3}f}"
    if name in NUMBERS:
        return number_text(value)
    return "" if value is pd.NA or value is None else str(value)


def number_text(value: Any) -> str:
    """A quantity or bound: digits only, at most six decimals, no trailing zeros."""
    if value is None or math.isnan(value):
        return ""
    if float(value).is_integer():
        return str(int(value))
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


NOBODY: Ints = np.zeros(0, dtype=np.int64)
TABLES = ("allocation", "coverage", "ledger", "obligations", "rules", "schools", "requests")
"""The tables of a plan folder, in reading order."""
SHARE_NOISE = 1e-12
"""Slack of a ratio that is noise of binary fractions, not a broken rule."""


@dataclass(frozen=True)
class Plan:
    """Who gets what, when, from which fund: seven tidy tables.

    Money is in whole minor units (đồng for VND), ratios are 0–1, ``people`` are equipped
    pupil-years. ``str`` is pandas' string dtype (``object`` before pandas 3); a ``number`` is
    ``int64`` where every row is whole, else as exact as it needs to be.

    Attributes
    ----------
    scenario : Scenario
        What the plan was made for.
    allocation : DataFrame
        Lines of money, one row a line.

        ========== ======= ================================================================
        column     dtype   meaning
        ========== ======= ================================================================
        line       int64   number of the line, from 1
        school     str     id
        group      str     ``completed``, ``under_construction``, ``preparing`` or ``none``
        item       str     id; empty for a request
        fund       str     id
        year       int64   year of the decision (a contract counts whole in it)
        kind       str     ``purchase``, ``setup`` (site works), ``upkeep`` or ``request``
        request    str     id, empty otherwise
        option     str     chosen option of the request
        quantity   float64 units; NaN for a request
        unit_price Int64   minor units; missing for a request
        amount     int64   minor units
        schedule   str     instalments ``year:amount;…``; empty: paid at once
        standing   str     ``priority``, ``supplement``, ``proposal`` or ``other``
        ========== ======= ================================================================
    coverage : DataFrame
        One row a school, item and year with a need.

        ========== ======= ===============================
        column     dtype   meaning
        ========== ======= ===============================
        school     str     id
        group      str     as in ``allocation``
        item       str     id
        year       int64   plan and tail years
        need       int64   units
        stock      int64   units that exist and are usable
        new        float64 units of the plan in service
        in_service float64 stock + new, units
        before     float64 coverage by the stock, 0–1
        after      float64 coverage with the plan, 0–1
        people     float64 equipped pupil-years
        ========== ======= ===============================
    ledger : DataFrame
        One row a fund's year, or a school's building project.

        =========== ===== ================================================
        column      dtype meaning
        =========== ===== ================================================
        fund        str   id
        school      str   whose building project; empty for a general fund
        year        int64 year
        amount      int64 declared, minor units (so are all below)
        reserve     int64 held back; lapses
        usable      int64 amount − reserve
        carried_in  int64 from the year before
        purchases   int64 instalments due
        setup       int64 site works
        requests    int64 chosen requests
        upkeep      int64 running cost
        spent       int64 sum of the four
        carried_out int64 into the next year
        lapsed      int64 what is left
        =========== ===== ================================================
    obligations : DataFrame
        What falls due after the plan.

        ====== ===== =========================================
        column dtype meaning
        ====== ===== =========================================
        year   int64 year
        fund   str   id; empty where no fund is bound to pay
        kind   str   ``instalment`` or ``upkeep``
        origin str   ``stock``, ``plan`` or ``proposal``
        amount int64 minor units
        funded int64 minor units that a declared amount covers
        ====== ===== =========================================
    rules : DataFrame
        Left side, bound and slack of every linking rule.

        ======== ====== ========================================================
        column   dtype  meaning
        ======== ====== ========================================================
        rule     str    name of the rule
        key      str    its row, e.g. ``district-capital,2024``
        firmness str    ``law``, ``policy`` or ``wish``
        left     number what the plan does
        relation str    ``<=``, ``>=`` or ``=``
        bound    number what is asked
        slack    number what is left; negative for a missed wish
        unit     str    ``money`` (minor units), ``units``, ``share``, ``count``
        ======== ====== ========================================================
    schools : DataFrame
        One row a school.

        =============== ======= ======================================
        column          dtype   meaning
        =============== ======= ======================================
        school          str     id
        name            str     name
        level           str     ``preschool`` … ``office``
        group           str     as in ``allocation``
        pupils          int64   pupils
        spent           int64   funded, minor units
        upkeep          int64   of that, running cost
        proposed        int64   into its building project, minor units
        coverage_before float64 0–1; NaN where nothing is needed
        coverage_after  float64 0–1, last plan year
        people          float64 equipped pupil-years
        =============== ======= ======================================
    requests : DataFrame
        One row an option of a school's request.

        ======= ======= ===========================================================
        column  dtype   meaning
        ======= ======= ===========================================================
        request str     id
        school  str     id
        option  str     id
        title   str     title
        chosen  str     ``yes`` or ``no``
        value   object  points asked for (``Decimal``)
        amount  int64   cost of the option, minor units; of a block grant the least
        copies  int64   how often it was chosen
        paid    int64   what it is paid, minor units
        points  float64 what it adds to the value, group weight included
        ======= ======= ===========================================================

    Examples
    --------
    >>> import planner
    >>> plan = planner.solve("scenarios/three-schools", gap=0).plan
    >>> plan.allocation.groupby("school")["amount"].sum().to_dict()
    {'A': 80000000, 'B': 60000000, 'C': 20000000}
    >>> plan.schools[["school", "coverage_before", "coverage_after"]].values.tolist()
    [['A', 0.0, 1.0], ['B', 0.0, 1.0], ['C', 0.0, 0.5]]
    """

    scenario: Scenario
    allocation: pd.DataFrame
    coverage: pd.DataFrame
    ledger: pd.DataFrame
    obligations: pd.DataFrame
    rules: pd.DataFrame
    schools: pd.DataFrame
    requests: pd.DataFrame

    def text_tables(self) -> dict[str, pd.DataFrame]:
        """The tables as the texts that a plan folder holds.

        Returns
        -------
        dict of DataFrame
            By table name; every column is text.

        Examples
        --------
        >>> import planner
        >>> tables = planner.solve("scenarios/three-schools", gap=0).plan.text_tables()
        >>> tables["coverage"]["after"].tolist()[:2]
        ['1.000000', '1.000000']
        """
        return {name: table.astype("str") for name, table in self.coded_tables().items()}

    def coded_tables(self) -> dict[str, pd.DataFrame]:
        """The same texts as categoricals, which take a tenth of the memory.

        Returns
        -------
        dict of DataFrame
            By table name; every column is a categorical of texts.

        Examples
        --------
        >>> import planner
        >>> tables = planner.solve("scenarios/three-schools", gap=0).plan.coded_tables()
        >>> tables["coverage"]["after"].tolist()[:2]
        ['1.000000', '1.000000']
        """
        return {name: coded_texts(getattr(self, name)) for name in TABLES}

    @cached_property
    def spent(self) -> int:
        """Funded money of the plan (minor units): everything but proposals and later years.

        Examples
        --------
        >>> import planner
        >>> planner.solve("scenarios/three-schools", gap=0).plan.spent
        160000000
        """
        general = self.ledger["school"] == ""
        planned = self.ledger["year"] <= self.scenario.settings.years[1]
        return int(self.ledger.loc[general & planned, "spent"].sum())

    @cached_property
    def exact(self) -> Exact:
        """Units, pupil-years and met needs as they are before the tables round them.

        Examples
        --------
        >>> import planner
        >>> plan = planner.solve("scenarios/three-schools", gap=0).plan
        >>> plan.exact.funded, plan.exact.met.tolist()[-1]
        (1300.0, False)
        """
        return Exact(self)

    def _repr_html_(self) -> str:
        return self.allocation.to_html(max_rows=12, index=False)


@dataclass(frozen=True)
class Outlook:
    """A plan with what it is worth: points and equipped pupil-years."""

    plan: Plan
    value: float
    people: float
    people_proposed: float
    people_by_pillar: dict[str, float]
    stages: dict[str, float]
    """Priority stage → what the plan reaches in it."""
    broken: dict[tuple[str, str, str], float]
    """(rule, key, relation) → by how much rounding broke the row, in the row's unit."""


@phase("plan")
def build_plan(decisions: Decisions, floored: Ints = NOBODY) -> Outlook:
    """Every table of the plan, derived from the decisions alone; ``floored``: the schools whose
    lowest coverage comes first under ``maxmin``."""
    facts = decisions.facts
    service = InService(facts, supplies(decisions))
    lines = allocation(decisions, service)
    ledger = ledger_table(facts, lines.table)
    evaluated = RuleEvaluation(decisions, lines, service)
    plan = Plan(
        scenario=facts.scenario,
        allocation=lines.table,
        coverage=coverage_table(service),
        ledger=ledger,
        obligations=obligations_table(decisions, lines.table, service),
        rules=rules_table(facts, ledger, evaluated.rows()),
        schools=schools_table(facts, lines, service),
        requests=requests_table(decisions),
    )
    asked = _request_points(decisions)
    stages = stage_values(facts, service, asked, evaluated.penalty(), floored)
    funded = ~facts.axes.preparing
    people = service.people.sum(axis=2)
    pillars = np.array([i.pillar for i in facts.items], dtype=str)
    # Hard rows of rules that the rounded plan breaks; noise of ratios aside.
    noise = np.where(plan.rules["unit"] == "share", SHARE_NOISE, 0.0)
    hard = plan.rules[
        (plan.rules["slack"].astype(float) < -noise) & (plan.rules["firmness"] != "wish")
    ]
    keys = zip(hard["rule"], hard["key"], hard["relation"], strict=True)
    broken = dict(zip(keys, (-hard["slack"].astype(float)).tolist(), strict=True))
    return Outlook(
        plan=plan,
        value=sum(v for name, v in stages.items() if name != FLOOR_STAGE),
        people=float(people[funded].sum()),
        people_proposed=float(people[~funded].sum()),
        people_by_pillar={
            str(p): float(people[funded][:, pillars == p].sum()) for p in dict.fromkeys(pillars)
        },
        stages=stages,
        broken=broken | _short_of_prerequisites(decisions),
    )


def _request_points(decisions: Decisions) -> dict[str, float]:
    """Group → points of its schools' requests."""
    facts, found = decisions.facts, dict.fromkeys(GROUPS, 0.0)
    table = facts.scenario.table("requests")
    owner = dict(zip(table["request"], table["school"], strict=True))
    for (request, _), points in request_points(decisions).items():
        group = facts.axes.group[facts.axes.school_at[owner[request]]]
        found[str(group)] += points
    return found


def _short_of_prerequisites(decisions: Decisions) -> dict[tuple[str, str, str], float]:
    """Prerequisites that rounding continuous units down broke for whole ones."""
    facts = decisions.facts
    if all(i.whole for i in facts.items):
        return {}
    asked = chosen_supplies(facts, decisions.chosen)
    return Rounding(facts, decisions.purchases, asked).broken()


# --------------------------------------------------------------------------------------------------
# A plan's tables back from the texts of a plan folder.

WHOLE = {
    "line", "year", "amount", "need", "stock", "reserve", "usable", "carried_in", "purchases",
    "setup", "requests", "spent", "carried_out", "lapsed", "funded", "pupils", "proposed", "copies",
    "paid",
}  # fmt: skip
WHOLE_IN = {"ledger": {"upkeep"}, "schools": {"upkeep"}}
REAL = {
    "quantity", "new", "in_service", "before", "after", "people", "left", "bound", "slack",
    "coverage_before", "coverage_after", "points",
}  # fmt: skip


def typed_table(name: str, text: pd.DataFrame) -> pd.DataFrame:
    """One table with the dtypes of a fresh plan."""
    columns = {}
    for column in text.columns:
        values = text[column].tolist()
        if column in WHOLE or column in WHOLE_IN.get(name, ()):
            columns[column] = pd.Series([int(v) for v in values], dtype="int64")
        elif column == "unit_price":
            columns[column] = pd.Series([int(v) if v else None for v in values], dtype="Int64")
        elif column in REAL:
            reals = [float(v) if v else float("nan") for v in values]
            columns[column] = pd.Series(reals, dtype="float64")
        elif column == "value":
            columns[column] = pd.Series([Decimal(v) for v in values], dtype="object")
        else:
            columns[column] = pd.Series(values, dtype="str")
    return pd.DataFrame(columns)


def typed_plan(scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> Plan:
    """A plan from text tables; they must have passed the audit."""
    return Plan(scenario, **{name: typed_table(name, tables[name]) for name in TABLES})
