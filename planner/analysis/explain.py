"""Why a school got what it got, and what each promise of the office costs.

*A school*: for each need that stays unmet and each request that was not granted the true reason,
and the least change of money or of a rule that would meet it. Every other school keeps what the
plan gives it, and this one keeps its own: what is looked for is an addition that nobody pays for.
If it fits, the plan is within its gap of such a one; if it fits in smaller deliveries, the
least delivery stands in the way; if it fits once the office's rules are lifted, a rule does (named,
none for nothing); if it fits once there is money, the school was
outbid. That others' uses count more is not assumed: the need is forced into the plan with the same
money and solved again, near the plan; an interval that says nothing is not told. Every change that
is offered was solved again, and the plan with it audited.

*A promise* (policy, wish, mandatory request, signed contract, the priority mode): the scenario is
solved without it from the present plan (still feasible, for nothing was added). With value v and
bound b of the plan, v′ and b′ without the promise, its price in points lies between v′ − b and
b′ − v; below 0 only noise is possible while the measure of value stays the same. Pupil-years are
those of the two plans found. Laws have no price: nobody may drop them.

What differs from the plan's scenario in rules or weights alone is solved on one warm model, each
time from the plan; of a larger plan several are, by workers on the cores.

Nothing is tidied that is solved here. So v is the value before the plan was tidied, and the
scenario of a tidied plan is first solved again (near it): what comes of it stands for the plan
where pupil-years and purchases are compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property, partial
from typing import Any

import pandas as pd

from planner.analysis.compare import changed_lines
from planner.analysis.conflict import BoundChange, conflict
from planner.analysis.criteria import Measured, has_criteria
from planner.analysis.elastic import Elastic, moved
from planner.analysis.frontier import value_of
from planner.analysis.resolve import (
    Near,
    Proven,
    as_decided,
    continuous_decisions,
    just_below,
    run,
    solve_again,
    whole_decisions,
    with_rules,
    with_settings,
)
from planner.analysis.unmet import unmet
from planner.formulation.build import Formulation
from planner.names import StandingRule as Standing
from planner.plan import Plan
from planner.plan.coverage import exact, one_more_buys
from planner.plan.decisions import NUDGE
from planner.run.optimize import limits_of
from planner.run.result import Result
from planner.scenario.scenario import Scenario, typed_frame
from planner.scenario.schema import GROUPS, Rule
from planner.solving.solution import Job, Sink, Status, Stop, never, relative_gap
from planner.system.process import starts_python
from planner.system.worker_pool import cores
from planner.vocabulary.axes import LEVEL_FROM, NOISE
from planner.vocabulary.register import REGISTER

FINAL = ("not_ready", "no_eligible_fund", "banned", "expired", "lot", "threshold", "beyond")
"""Reasons that neither money nor a rule of the office can change."""
REASONS = (
    *FINAL, "prerequisite", "gap", "tidied", "least", "rule", "outbid", "rule_and_money",
    "promised", "no_money", "no_points", "not_asked", "unknown",
)  # fmt: skip
FITS = ("gap", "tidied")
"""Reasons of what would still fit: the plan is within its gap of the best; or that, or it was given
up for fewer lines."""
GAP = 0.002
"""Relative gap at which the solve with a need forced in may stop."""
ABOVE = Decimal("0.00001")
"""Points by which a level is asked to be passed where some come of what is bought by the đồng, so
that whole money does not fall short of it."""
NEAR_TIME = 0.15
"""Part of the time in which the scenario without a promise is looked for near the plan. On Ba Đình
that takes 1 to 5 seconds, but for one promise, which is not proven in 60; from nothing in 12."""
FIGURE_FROM = 0.01
"""Part of the value beyond which an interval of losses must be narrower than half of its end to
be told."""


@dataclass(frozen=True)
class Remedy:
    """The least change found that meets a need while everybody keeps what they have."""

    changes: tuple[BoundChange, ...]
    result: Result
    """The plan with the addition under the amended scenario: solved, rounded and audited."""

    @property
    def money(self) -> int:
        """Money added to funds, minor units."""
        return sum(int(c.new - c.lever.old) for c in self.changes if c.lever.kind == "fund")


@dataclass(frozen=True)
class Need:
    """One unmet need of the school, or a request of which no option was chosen (``kind``
    ``request``: ``item`` is its id, ``year`` its first year of payment, ``need`` 1), or the next
    level of measured points (``kind`` ``level``: ``item`` is the group of criteria, ``need`` the
    points of that level, ``in_service`` those estimated after the plan)."""

    item: str
    year: int
    need: float
    in_service: float
    cost: int
    """Of what is missing, at that year's prices; of a request its cheapest option. Minor units."""
    reason: str
    blocked_by: str = ""
    """A required item that is missing too: the reason is then ``prerequisite``."""
    beneath: str = ""
    """Why need and prerequisite together are not met."""
    rules: tuple[str, ...] = ()
    """Rules that stand in the way."""
    loss: tuple[float, float] | None = None
    """Points that the whole plan would lose, at least and at most, were it met with the same
    money."""
    undecided: bool = False
    """Whether what the plan would lose is not decided in the time: what is proven of it is too
    wide to be a figure."""
    by_money: Remedy | None = None
    by_rule: Remedy | None = None
    added: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Of a level: what ``by_money`` (else ``by_rule``) buys more, or less, at the school: ``item``,
    ``quantity`` (units), ``amount`` (minor units)."""
    by_money_next: Remedy | None = None
    """Of a need below its threshold: what makes the next useful amount possible, where that is less
    than the whole."""
    kind: str = "need"
    useful_from: float = 0.0
    """Units in service from which coverage counts; 0: from the first."""
    next_useful: float = 0.0
    """How many more that takes, in whole lots; 0: it counts already."""


@dataclass(frozen=True)
class School:
    """What a school got, and why not more."""

    plan: Plan
    school: str
    needs: tuple[Need, ...]
    unanswered: tuple[str, ...] = ()
    """Items (ids of requests) not looked into, because somebody stopped the work."""

    @property
    def received(self) -> pd.DataFrame:
        """The school's lines of the plan."""
        lines = self.plan.allocation
        return lines[lines["school"] == self.school].reset_index(drop=True)

    @property
    def row(self) -> dict[str, Any]:
        """Its row of the plan's table ``schools``."""
        table = self.plan.schools
        return {str(k): v for k, v in table[table["school"] == self.school].iloc[0].items()}


def explain_school(  # noqa: PLR0913, PLR0915
    plan: Plan,
    school: str,
    value: float,
    bound: float,
    *,
    tidied: bool = False,
    seconds: float = 20.0,
    listener: Callable[[str], object] | None = None,
    progress: Sink | None = None,
    stop: Stop = never,
) -> School:
    """Every unmet need and refused request of a school, with reason and remedies; ``value``,
    ``bound``, ``tidied`` as in :func:`prices`, ``seconds`` a solve.

    ``listener`` is told each item before it is looked into, ``progress`` how many are done;
    ``stop``, asked now and then, leaves the others, and the one at hand, unanswered.

    Raises ``KeyError`` for a school that the plan does not know.
    """
    if school not in set(plan.scenario.schools["school"]):
        raise KeyError(school)
    lines = unmet(plan)
    known: dict[str, tuple[Need, Rule | None]] = {}
    useful: dict[str, Rule | None] = {}
    for row in lines[lines["school"] == school].to_dict("records"):
        reason = str(row["reason"]) if row["reason"] in FINAL else "lot"
        need = Need(
            str(row["item"]), int(row["year"]), float(row["need"]), float(row["in_service"]),
            int(row["cost"]), reason, str(row["blocked_by"]),
            useful_from=float(row["useful_from"]), next_useful=float(row["next_useful"]),
        )  # fmt: skip
        known[f"need.{need.item}"] = need, _rule(plan.scenario, row)
        if 0 < row["next_useful"] < row["missing"]:
            useful[f"next.{need.item}"] = _rule(
                plan.scenario, row | {"missing": row["next_useful"]}
            )
    # Requests of which no option was chosen, each with the rule that one of its options is.
    table, costs = plan.requests, plan.scenario.table("request_costs")
    schools = plan.scenario.schools
    group = str(schools.loc[schools["school"] == school, "group"].iloc[0])
    proposed = {"group": group} if group == "preparing" else {}
    for name, options in table[table["school"] == school].groupby("request", sort=False):
        if not (options["chosen"] == "yes").any():
            paid = costs[costs["request"] == name]
            year = int(paid["year"].min()) if len(paid) else plan.scenario.settings.years[0]
            cheapest, where = int(options["amount"].min()), {"request": str(name)} | proposed
            one = Rule(measure="requests", where=where, at_least=Decimal(1), firmness="law")
            need = Need(str(name), year, 1.0, 0.0, cheapest, "unknown", kind="request")
            known[f"request.{name}"] = need, one
    known |= _levels(plan, school, proposed)
    rules = {name: rule for name, (_, rule) in known.items()} | useful
    asked = {name: rule for name, rule in rules.items() if rule is not None}
    proven = Proven(value, bound, tidied)
    left, found = [n.item for n, _ in known.values()], list[Need]()
    job = Job("explaining", len(known), progress)
    looked = [(n, name) for name, (n, rule) in known.items() if rule is not None]
    if _workers(plan, len(looked)) and not stop():
        there = partial(_settle, partial(_explaining, plan, school, proven, asked, seconds, looked))
        heads = [(n.item, lambda n=n: listener and listener(n.item)) for n, _ in looked]
        answers = _side_by_side(plan, job, heads, there, stop)
        told = {name: answers[k] for k, (_, name) in enumerate(looked) if k in answers}
        told |= {name: need for name, (need, rule) in known.items() if rule is None}
        needs = tuple(told[name] for name in known if name in told)
        job.tell(done=len(needs))
        return School(
            plan, school, needs, tuple(n.item for x, (n, _) in known.items() if x not in told)
        )
    study = _Study(plan, school, proven, asked, seconds, stop) if asked else None
    for name, (need, rule) in known.items():
        if stop():
            break
        job.tell(need.item, len(found))
        if listener is not None:
            listener(need.item)
        if stop():
            break
        answered = study.explained(need, name) if study and rule is not None else need
        if stop():  # whatever a solve did not decide may be for want of time
            break
        found.append(answered)
        left.remove(need.item)
    else:
        job.tell(done=len(found))
    return School(plan, school, tuple(found), tuple(left))


def _levels(
    plan: Plan, school: str, proposed: dict[str, str]
) -> dict[str, tuple[Need, Rule | None]]:
    """The next level of the school in each group of criteria that was measured, with the rule that
    it is reached; none where all that equipment can bring does not reach it (``beyond``)."""
    if not has_criteria(plan.scenario):
        return {}
    measured = Measured(plan, plan.scenario.settings.years[1], only=frozenset({school}))
    full, known = measured.reachable, dict[str, tuple[Need, Rule | None]]()
    for row in measured.schools[measured.schools["level_after"] < len(LEVEL_FROM) + 1].to_dict(
        "records"
    ):
        group, least = str(row["criteria_group"]), LEVEL_FROM[int(row["level_after"]) + 1]
        where = {"school": school, "criteria_group": group} | proposed
        floor = Decimal(least.numerator) / least.denominator
        floor += ABOVE if measured.by_money(group) else 0
        rule = Rule(measure="points", where=where, at_least=floor, firmness="law")
        reach = full[group] + NOISE >= least
        need = Need(
            group, measured.year, float(int(least)), float(row["after"]), 0,
            "unknown" if reach else "beyond", kind="level",
        )  # fmt: skip
        known[f"level.{group}"] = need, rule if reach and not proposed else None
    return known


def _explaining(
    plan: Plan,
    school: str,
    proven: Proven,
    asked: Mapping[str, Rule],
    seconds: float,
    needs: Sequence[tuple[Need, str]],
) -> Callable[[int], Need]:
    """What explains the need of a number."""
    study = _Study(plan, school, proven, asked, seconds, never)
    return lambda number: study.explained(*needs[number])


def _rule(scenario: Scenario, row: Mapping[Any, Any]) -> Rule | None:
    """The need as a rule: as much coverage as whole lots can reach; ``None`` where that is no
    more than there is, or nothing can change it."""
    if row["reason"] in FINAL:
        return None
    item = scenario.items[row["item"]]
    missing = Decimal(str(row["missing"]))
    lots = (missing / item.lot).to_integral_value(ROUND_FLOOR) * item.lot
    reached = Decimal(str(row["in_service"])) + (lots if item.whole else missing)
    if reached <= Decimal(str(row["in_service"])) or reached < Decimal(str(row["useful_from"])):
        return None
    where: dict[str, Any] = {"school": row["school"], "item": row["item"], "year": row["year"]}
    if row["group"] == "preparing":
        where["group"] = "preparing"
    # What need not be asked for: half a unit where they are whole, else what the rounding of money
    # takes when a need is met by several purchases, and a hair when it is by one.
    spared = Decimal("0.5")
    if not item.whole:
        proposed = row["group"] == "preparing"
        years = [int(row["year"])] if proposed else list(scenario.settings.plan_years)
        buys = [one_more_buys(scenario, item, y) for y in years for _ in scenario.settings.funds]
        lost = sum(buys) if len(buys) > 1 else buys[0] * NUDGE / 2
        spared = min(Decimal(lost), missing / 2)
    floor = (reached - spared) / Decimal(str(row["need"]))
    return Rule(measure="coverage", where=where, at_least=floor, firmness="law")


class _Study:
    """One elastic model for all needs of a school; every other decision is held."""

    def __init__(
        self,
        plan: Plan,
        school: str,
        proven: Proven,
        asked: Mapping[str, Rule],
        seconds: float,
        stop: Stop,
    ) -> None:
        self.plan, self.asked, self.proven, self.seconds = plan, asked, proven, seconds
        self.stop, self.school = stop, school
        self.near = Near(plan, asked, seconds)
        self.elastic = self._held(with_rules(plan.scenario, asked), self.near.model.loose)
        self.own = [n for n, r in plan.scenario.settings.rules.items() if r.firmness != "wish"]
        self.money = [n for n in self.elastic.groups if n.startswith(f"{Standing.FUND}[")]

    def _held(self, scenario: Scenario, movable: Formulation | None = None) -> Elastic:
        """The elastic model of a scenario in which every school keeps what the plan gives it;
        ``movable``: moved from that formulation, else without levers."""
        elastic = Elastic(scenario, rigid=movable is None, movable=movable)
        form, plan = elastic.form, self.plan
        # columns of decisions that are the school's own
        at, mine = form.facts.axes.school_at[self.school], set[int]()
        own = form.columns
        for frame in (own.buys, own.works, own.deliveries, form.options, form.grants):
            mine |= set(frame.loc[frame["school"] == at, "column"].astype(int))
        whole, parts = whole_decisions(form, plan), continuous_decisions(form, plan)
        given = {k: v for k, v in (whole | parts).items() if k not in mine}
        elastic.hold(whole | just_below(form, parts), given)
        elastic.engine.stop = self.stop
        return elastic

    @cached_property
    def _without_least(self) -> Elastic | None:
        """The same where no delivery is too small; ``None`` where there is no such rule."""
        entry, scenario = REGISTER[Standing.LEAST], self.plan.scenario
        if entry.edit is None or not entry.has(scenario):
            return None
        return self._held(with_rules(entry.edit(scenario), self.asked))

    def explained(self, need: Need, name: str) -> Need:
        """The need with its reason and what would meet it."""
        reason, rules = self._reason(name)
        found = replace(need, reason=reason, rules=rules)
        if self.stop():
            return found
        if reason in FITS:
            if need.kind == "level":
                return replace(found, reason="not_asked")
            if need.kind == "request":
                # one that fits but earns no points is not left out by the gap
                tables = map(self.plan.scenario.table, ("requests", "request_costs"))
                worth = [t.loc[t["request"] == need.item, "value"].map(float).max() for t in tables]
                if not any(w > 0 for w in worth):
                    return replace(found, reason="no_points")
            return found
        if reason == "outbid":
            found = self._outbid(found, name)
        by_money, by_rule = self._remedy(name, "fund"), self._remedy(name, "rule")
        if by_money is None and by_rule is None:
            by_money = self._remedy(name, "")
        if need.blocked_by:
            found = replace(found, reason="prerequisite", beneath=found.reason)
        part = f"next.{need.item}"
        useful = self._remedy(part, "fund") if part in self.asked else None
        found = replace(found, by_money=by_money, by_rule=by_rule, by_money_next=useful)
        lifted = by_money or by_rule
        return (
            replace(found, added=self._added(lifted)) if need.kind == "level" and lifted else found
        )

    def _added(self, remedy: Remedy) -> pd.DataFrame:
        """What a remedy buys more or less at the school, by item."""
        lines = changed_lines("with", self.plan, remedy.result.plan)
        lines = lines[(lines["kind"] != "upkeep") & (lines["school"] == self.school)]
        units = (lines["quantity"] - lines["quantity_reference"]).where(
            lines["kind"] != "setup", 0.0
        )
        frame = pd.DataFrame(
            {"item": lines["item"], "quantity": units, "amount": lines["difference"]}
        )
        return frame.groupby("item", as_index=False, sort=False).sum()

    def _fits(self, name: str, lifted: Iterable[str], elastic: Elastic | None = None) -> bool:
        others, model = [n for n in self.asked if n != name], elastic or self.elastic
        return model.possible(lifted=[*others, *lifted], seconds=self.seconds)[0] is True

    def _reason(self, name: str) -> tuple[str, tuple[str, ...]]:
        """What stands in the way of an addition that nobody pays for."""
        own = [n for n in self.elastic.groups if n in self.own]
        if self._fits(name, ()):
            return "tidied" if self.proven.tidied else "gap", ()
        if self._without_least and self._fits(name, (), self._without_least):
            return "least", ()
        if self._fits(name, self.money):
            return "outbid", ()
        if self._fits(name, own):
            return "rule", self._blocking(name, own, ())
        if self._fits(name, [*own, *self.money]):
            return "rule_and_money", self._blocking(name, own, self.money)
        return "unknown", ()

    def _blocking(self, name: str, own: list[str], money: Iterable[str]) -> tuple[str, ...]:
        """The rules that must be lifted, none for nothing."""
        kept = list(own)
        for rule in own:
            rest = [n for n in kept if n != rule]
            if self._fits(name, [*rest, *money]):
                kept = rest
        return tuple(kept)

    def _outbid(self, need: Need, name: str) -> Need:
        """The need forced in with the same money: what others lose, or that promises forbid it."""
        forced = with_rules(self.plan.scenario, {name: self.asked[name]})
        # every plan that meets it is one of the scenario too
        result, bound = self.near.forced(
            forced, self.stop, self.proven.bound, gap=GAP, time_limit=self.seconds
        )
        if result.maybe_plan is not None:
            low = max(0.0, self.proven.value - bound)
            high = self.proven.bound - result.value
            wide = max(FIGURE_FROM * max(1.0, abs(self.proven.value)), high / 2)
            if math.isinf(high) or high - low > wide:
                return replace(need, undecided=True)
            return replace(need, loss=(low, high))
        if str(result.status) != "infeasible" or self.stop():
            return replace(need, undecided=True)
        clash = conflict(forced, self.seconds)
        others = () if clash is None else clash.rules
        # what somebody promised, not what a purchase is
        families = {n: n.partition("[")[0] for n in others if n != name and n not in self.money}
        named = tuple(
            n for n, f in families.items() if f not in REGISTER or REGISTER[Standing(f)].decided
        )
        return replace(need, reason="promised" if named else "no_money", rules=named)

    def _remedy(self, name: str, kind: str) -> Remedy | None:
        """The least change of money, of rules, or of both (``""``), confirmed."""
        levers = [x for x in self.elastic.levers if kind in ("", x.kind)]
        if not levers:
            return None
        outcome = self.elastic.solve(
            opened={x: float(x.most) for x in levers},
            lifted=[n for n in self.asked if n != name],
            seconds=self.seconds,
            by_size=kind == "fund",
        )
        if outcome.columns is None:
            return None
        changes = {x: x.after(c) for x, c in self.elastic.changes(outcome).items()}
        if not changes:
            return None
        # The plan with the addition, as the amended scenario's own: rounded and audited.
        plan = self.elastic.plan(outcome.columns)
        amended = moved(with_rules(self.plan.scenario, {name: self.asked[name]}), changes)
        result = as_decided(amended, plan, self.elastic.form)
        if result.maybe_plan is None:
            return None
        return Remedy(tuple(BoundChange(x, new) for x, new in changes.items()), result)


KINDS = ("policy", "wish", "mandate", "commitment", "priority")
COLUMNS = (
    "kind", "name", "status", "gap", "points_low", "points_high", "people", "people_proposed",
    "spent", "seconds",
)  # fmt: skip

Listener = Callable[[str, str], object]
"""Told kind and name before each solve."""


@dataclass(frozen=True)
class Promise:
    """Something the office promised, and the scenario without it."""

    kind: str
    name: str
    without: Scenario


@dataclass(frozen=True)
class Price:
    """What a promise costs."""

    kind: str
    name: str
    status: str
    """How the solve without it ended."""
    gap: float = float("nan")
    low: float = float("nan")
    """Points that the promise costs at least."""
    high: float = float("nan")
    """Points that it costs at most."""
    people: float = float("nan")
    """Equipped pupil-years more in the plan found without it (negative: fewer)."""
    people_proposed: float = float("nan")
    """The same for proposals into building projects."""
    spent: int = 0
    """Money more spent without it, minor units."""
    instead: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Item, units and money more (or less) bought without it, school by school."""
    seconds: float = 0.0

    @property
    def at_most(self) -> bool:
        """Whether it may cost nothing at all: the interval contains zero."""
        return self.low <= 0

    def by_item(self) -> pd.DataFrame:
        """``instead`` summed over schools: item, quantity, amount; the dearest change first."""
        if self.instead.empty:
            return pd.DataFrame({"item": [], "quantity": [], "amount": []})
        sums = self.instead.groupby("item", as_index=False)[["quantity", "amount"]].sum()
        order = sums["amount"].abs().sort_values(ascending=False).index
        return sums.loc[order].reset_index(drop=True)


@dataclass(frozen=True)
class Prices:
    """What every promise of a plan's scenario costs."""

    plan: Plan
    found: tuple[Price, ...]
    untidied: Plan | None = None
    """Of a tidied plan: the same scenario solved without, that pupil-years and purchases are
    compared with."""
    unanswered: tuple[tuple[str, str], ...] = ()
    """Kind and name of the promises that have no price, because somebody stopped the work."""

    @property
    def table(self) -> pd.DataFrame:
        """One row a promise; points and pupil-years as floats, money in minor units."""
        rows = [
            (p.kind, p.name, p.status, p.gap, p.low, p.high, p.people, p.people_proposed, p.spent,
             p.seconds)
            for p in self.found
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(COLUMNS))


def promises(scenario: Scenario) -> Iterator[Promise]:
    """Every promise of a scenario that may be dropped, in a planner's order."""
    rules = scenario.settings.rules
    for firmness in ("policy", "wish"):
        for name, rule in rules.items():
            if rule.firmness == firmness:
                kept = {k: r for k, r in rules.items() if k != name}
                yield Promise(firmness, name, with_settings(scenario, rules=kept))
    table = scenario.table("requests")
    for name in dict.fromkeys(table.loc[table["mandatory"], "request"]):
        free = table.assign(mandatory=table["mandatory"] & (table["request"] != name))
        yield Promise("mandate", name, _with_table(scenario, "requests", free))
    table = scenario.table("commitments")
    for row, line in enumerate(table.to_dict("records")):
        name = ",".join(str(line[k]) for k in ("school", "item", "fund", "year"))
        kept = table.drop(index=table.index[row]).reset_index(drop=True)
        kept = kept if len(kept) else typed_frame("commitments", {})
        yield Promise("commitment", name, _with_table(scenario, "commitments", kept))
    # Without the priority mode every group counts the same; without strict or maxmin the same
    # weights count in one sum.
    priority, equal = scenario.settings.priority, dict.fromkeys(GROUPS, Decimal(1))
    weighted = priority.mode == "weighted"
    plain = priority.model_copy(update={"weights": equal} if weighted else {"mode": "weighted"})
    mode = f"{priority.mode}:{priority.by}" if priority.mode == "strict" else priority.mode
    yield Promise("priority", mode, with_settings(scenario, priority=plain))


def _with_table(scenario: Scenario, name: str, table: pd.DataFrame) -> Scenario:
    return replace(scenario, tables={**scenario.tables, name: table})


def _without(promise: Promise, near: Near, options: dict[str, Any]) -> Result:
    """The scenario without a promise, near the plan; what that does not prove in a part of the time
    is solved as if there were no plan."""
    most = limits_of(promise.without, None, options["time_limit"], None).time_limit
    found = near.solve(promise.without, **options | {"time_limit": NEAR_TIME * most})
    stop = options.get("stop", never)
    if found.status not in (Status.STOPPED, Status.NO_PLAN) or stop():
        return found
    anew = solve_again(promise.without, **options | {"time_limit": (1 - NEAR_TIME) * most})
    worse = anew.maybe_plan is None or (found.maybe_plan is not None and found.gap < anew.gap)
    return found if worse else anew


def price(promise: Promise, near: Near, proven: Proven, options: dict[str, Any]) -> Price:
    """One promise's price; ``near`` is a plan that was not tidied."""
    plan, result = near.plan, _without(promise, near, options)
    head = (promise.kind, promise.name, str(result.status))
    if result.maybe_plan is None:
        return Price(*head, seconds=result.seconds)
    value, bound = proven.value, proven.bound
    weighted = plan.scenario.settings.priority.mode == "weighted"
    if promise.kind == "priority" and weighted:
        # another measure: the present plan is worth the same to a planner without ranks
        value = bound = value_of(plan, promise.without)
    low, high = result.value - bound, result.bound - value
    if weighted:
        low, high = max(0.0, low), max(0.0, high)
    before, after = exact(plan), exact(result.plan)
    # Lines of the other plan that are more or less than the present one's: school, item (a
    # request's id where it is one), year, fund, quantity, amount; upkeep left out.
    lines = changed_lines("without", plan, result.plan)
    lines = lines[lines["kind"] != "upkeep"]
    more = lines["quantity"] - lines["quantity_reference"]
    frame = pd.DataFrame(
        {
            "school": lines["school"],
            "item": lines["item"].where(lines["item"] != "", lines["request"]),
            "year": lines["year"].where(lines["year"] > 0, lines["year_reference"]),
            "fund": lines["fund"].where(lines["fund"] != "", lines["fund_reference"]),
            "quantity": more.where(lines["kind"] != "setup", 0.0),
            "amount": lines["difference"],
        }
    )
    differs = (frame["amount"] != 0) | (frame["quantity"].abs() > 1e-9)
    return Price(
        *head, gap=result.gap, low=low, high=high,
        people=after.funded - before.funded, people_proposed=after.proposed - before.proposed,
        spent=result.plan.spent - plan.spent, instead=frame[differs].reset_index(drop=True),
        seconds=result.seconds,
    )  # fmt: skip


def prices(  # noqa: PLR0913
    plan: Plan,
    value: float,
    bound: float,
    *,
    tidied: bool = False,
    gap: float | None = None,
    time_limit: float | None = None,
    listener: Listener | None = None,
    progress: Sink | None = None,
    stop: Stop = never,
) -> Prices:
    """The price of every promise of a plan's scenario.

    Parameters
    ----------
    value, bound, tidied
        As :class:`~planner.analysis.resolve.Proven` has them of the plan.
    gap, time_limit
        Of each solve; default: the scenario's own.
    listener
        Told before each solve; of a tidied plan first ``tidy`` and the scenario's id.
    progress
        Told how many promises are priced, and of the solve at hand.
    stop
        Asked now and then: promises that are not priced by then, or not as closely as asked for,
        are left unanswered.
    """
    found, left, untidied = list[Price](), list[tuple[str, str]](), None
    proven, dropped = Proven(value, bound, tidied), list(promises(plan.scenario))
    job = Job("pricing", len(dropped), progress)
    options: dict[str, Any] = {"gap": gap, "time_limit": time_limit, "stop": stop}

    def begin(kind: str, name: str) -> None:
        job.tell(name, len(found))
        options["progress"] = job.inside(name)
        if listener is not None:
            listener(kind, name)

    near = Near(plan, {})
    if tidied and not stop():
        begin("tidy", plan.scenario.id)
        asked = limits_of(plan.scenario, gap, None, None).gap
        far = relative_gap(value_of(plan, plan.scenario), bound) > asked  # it is no answer itself
        again = partial(near.solve, most=bound) if far else solve_again
        untidied = again(plan.scenario, **options).maybe_plan
        near = Near(untidied or plan, {})
    if _workers(plan, len(dropped)) and not stop():
        given = {"gap": gap, "time_limit": time_limit, "threads": 1, "stop": never}
        there = partial(_settle, partial(_pricing, untidied or plan, proven, given))
        heads = [(p.name, lambda p=p: listener and listener(p.kind, p.name)) for p in dropped]
        answers = _side_by_side(plan, job, heads, there, stop)
        left = [(p.kind, p.name) for k, p in enumerate(dropped) if k not in answers]
        return Prices(plan, tuple(answers[k] for k in sorted(answers)), untidied, tuple(left))
    for promise in dropped:
        if not stop():
            begin(promise.kind, promise.name)
        priced = None if stop() else price(promise, near, proven, options)
        if priced is None or (priced.status in ("stopped", "no_plan") and stop()):
            left.append((promise.kind, promise.name))
        else:
            found.append(priced)
    job.tell(done=len(found))
    return Prices(plan, tuple(found), untidied, tuple(left))


def _pricing(plan: Plan, proven: Proven, options: dict[str, Any]) -> Callable[[int], Price]:
    """What prices the promise of a number."""
    near, dropped = Near(plan, {}), list(promises(plan.scenario))
    return lambda number: price(dropped[number], near, proven, options)


# --------------------------------------------------------------------------------------------------
# Several at once: each worker has a model of its own, and gives the answers of the numbers it is
# told.

TOGETHER_FROM = 2_000
"""Rows of coverage (school, item, year) of a plan from which more is gained by several at once than
workers take to start."""
_answer: list[Callable[[int], Any]] = []


def _workers(plan: Plan, parts: int) -> int:
    """Workers that pay; 0: none."""
    most = min(plan.scenario.settings.solve.threads or cores(), cores(), parts)
    large = len(plan.coverage) >= TOGETHER_FROM
    return most if most > 1 and large and starts_python() else 0


def _settle(make: Callable[[], Callable[[int], Any]]) -> None:
    """In a worker, before its first part."""
    _answer[:] = [make()]


def _answered(number: int) -> Any:
    """In a worker: the answer of a part."""
    return _answer[0](number)


def _side_by_side(
    plan: Plan,
    job: Job,
    parts: Sequence[tuple[str, Callable[[], object]]],
    settle: Callable[[], object],
    stop: Stop,
) -> dict[int, Any]:
    """Number → answer, of all parts that were answered before ``stop``; ``parts``: of each its name
    and what is called as it begins."""
    found, workers, begun = dict[int, Any](), _workers(plan, len(parts)), 0

    def begin() -> None:
        nonlocal begun
        for name, tell in parts[begun : len(found) + workers]:
            begun += 1
            job.tell(name, len(found))
            tell()

    def done(number: int, outcome: Any) -> None:
        if isinstance(outcome, BaseException):
            raise outcome
        found[number] = outcome
        job.tell(done=len(found))
        begin()

    begin()
    numbers = [(k,) for k in range(len(parts))]
    run(_answered, numbers, done=done, workers=workers, stop=stop, settle=settle)
    return found
