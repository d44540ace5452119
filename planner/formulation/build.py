"""The formulation's table of contents: every decision and every rule, in reading order."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field

import pandas as pd

from planner.formulation.decision_columns import Columns, build_columns
from planner.formulation.facts import Facts, same_frame
from planner.formulation.gains import (
    Service,
    add_spend,
    add_value,
    build_service,
    lowest_coverage,
    stage_names,
)
from planner.formulation.ledgers import (
    add_request_points,
    all_costs,
    fund_within_budget,
    grant_columns,
    grant_costs,
    grant_within_envelope,
    one_option_per_request,
    option_columns,
    preparing_from_project,
    request_costs,
    request_requires,
    request_supplies,
)
from planner.formulation.model import Model, ModelBuilder, Part
from planner.formulation.prerequisites import (
    VariableBounds,
    add_dependency_cuts,
    add_floor_cuts,
    need_not_exceeded,
    prerequisite_in_service,
    thresholds_open,
)
from planner.formulation.scenario_rules import RuleRows, Side, capacity_within, decision_lines
from planner.formulation.works import (
    PURCHASE_RULES,
    least_delivery,
    locked,
    one_delivery,
    service_after_delivery,
    service_after_works,
    works_before_purchase,
    works_once,
    works_paid_with_purchase,
)
from planner.scenario.scenario import Scenario
from planner.system.process import give_back, phase, reached


@dataclass
class Frame:
    """Decisions and rows that are the same whatever prices, rules and points are.

    ``made``: whether implied rows are written, and whether purchases go beyond the need;
    ``parts``: what a builder was given of decisions and what serves, of standing rules, and of
    rows that they imply.
    """

    facts: Facts
    made: tuple[bool, bool]
    bounds: VariableBounds = field(default_factory=VariableBounds)
    parts: tuple[Part, ...] = ()
    options: pd.DataFrame = field(init=False)
    grants: pd.DataFrame = field(init=False)
    columns: Columns = field(init=False)
    service: Service = field(init=False)

    def under(self, facts: Facts, implied: bool) -> Frame | None:
        """The same under the prices of another scenario, whose facts then share what stays;
        ``None`` where decisions or rows may be others."""
        if self.made != (implied, facts.beyond) or not same_frame(self.facts, facts):
            return None
        other = copy(self)
        other.facts, other.columns = facts, self.columns.priced(facts)
        return other

    def decide(self, builder: ModelBuilder) -> None:
        """Every decision, and what serves where."""
        facts = self.facts
        with phase("needs"):
            _ = facts.left, facts.shares, facts.people
        reached(0.1)
        self.options = option_columns(builder, facts)
        self.grants = grant_columns(builder, facts, self.options)
        self.columns = build_columns(builder, facts, request_supplies(facts, self.options))
        reached(0.2)
        self.service = build_service(builder, facts, self.columns.supplies)
        thresholds_open(self.service, self.bounds)
        give_back()

    def stand(self, builder: ModelBuilder) -> None:
        """Rows of the standing rules, but for money's."""
        facts, columns, service, bounds = self.facts, self.columns, self.service, self.bounds
        if not facts.beyond:
            need_not_exceeded(builder, facts, columns.supplies, columns.buys)
        give_back()
        reached(0.5)
        prerequisite_in_service(builder, facts, service, bounds)
        reached(0.65)
        works_before_purchase(builder, columns)
        works_once(builder, columns)
        works_paid_with_purchase(builder, facts, columns)
        service_after_works(builder, facts, columns, service, bounds)
        one_delivery(builder, facts, columns)
        service_after_delivery(builder, columns, service, bounds)
        least_delivery(builder, facts, columns, service, bounds)
        for add_rule in PURCHASE_RULES:
            add_rule(builder, facts, columns)
        one_option_per_request(builder, self.options)
        request_requires(builder, self.options)
        grant_within_envelope(builder, facts, self.grants)
        locked(builder, facts, columns, self.options)

    def imply(self, builder: ModelBuilder) -> None:
        """Rows that follow from those of the standing rules."""
        add_dependency_cuts(builder, self.columns, self.service, self.bounds)


@dataclass(frozen=True)
class Formulation:
    """A scenario as a model, with the frames that say what its columns mean."""

    facts: Facts
    columns: Columns
    options: pd.DataFrame
    grants: pd.DataFrame
    model: Model
    sides: tuple[Side, ...] = ()
    """The rows of its rules, where they will be moved about."""
    movable: bool = False
    """Whether its rules and points will be moved about."""
    frame: Frame | None = None
    """Where they will be: what the next formulation may be built from."""


class _Parts:
    """What belongs to the frame is written into a builder, or given to it again."""

    def __init__(self, builder: ModelBuilder, given: tuple[Part, ...] | None, keep: bool) -> None:
        self.builder, self.given, self.keep = builder, given, keep
        self.written: list[Part] = []

    def write(self, rows: Callable[[ModelBuilder], None]) -> None:
        """The next part."""
        mark = self.builder.mark()
        if self.given is None:
            rows(self.builder)
        else:
            self.builder.add(self.given[len(self.written)])
        if self.keep:
            self.written.append(self.builder.since(mark))


@phase("build")
def formulate(
    scenario: Scenario,
    *,
    implied: bool = True,
    beyond_need: bool = False,
    unit: int | None = None,
    movable: bool = False,
    like: Formulation | None = None,
) -> Formulation:
    """Builds the model of a checked scenario; the same one serves MILP and relaxation.

    The last rows (``implied``) say nothing that the others do not say of whole decisions. Some
    follow from the number of a scenario's rule and would fall with it: who moves rules about
    builds on the others alone. ``beyond_need``: without the rule ``need_not_exceeded``, and so no
    plan to be had, for who asks which rules conflict. ``unit``: minor units of the model's money.
    ``movable``: its rules will be moved about (:mod:`planner.solving.warm`). ``like``: a movable
    formulation; where the scenario differs from its own in prices, rules and points alone, only
    what these change is made anew, and the model is the one that would be built without.

    How far it is (``reached``) is the part of the time that a large model takes.
    """
    facts, builder = Facts(scenario, beyond_need, unit), ModelBuilder()
    known = None if like is None or like.frame is None else like.frame.under(facts, implied)
    assert known is None or movable
    parts = _Parts(builder, None if known is None else known.parts, movable)
    frame = known or Frame(facts, (implied, beyond_need))
    parts.write(frame.decide)
    options, grants, columns = frame.options, frame.grants, frame.columns
    service = frame.service
    reached(0.35)
    costs = all_costs(facts, columns, request_costs(facts, options), grant_costs(facts, grants))
    reached(0.45)

    fund_within_budget(builder, facts, columns, costs)
    preparing_from_project(builder, facts, costs)
    parts.write(frame.stand)
    reached(0.7)

    floors: list[tuple[str, pd.DataFrame]] = []
    sides: tuple[Side, ...] = ()
    if scenario.settings.rules or len(scenario.table("capacities")):
        asked = pd.concat([options[["column", "request"]], grants[["column", "request"]]])
        lines = decision_lines(facts, columns, asked, costs)
        capacity_within(builder, facts, options, lines)
        rules = RuleRows(builder, facts, service, options, lines, movable)
        rules.add_all(wish_stage=len(stage_names(facts)) - 1)
        floors, sides = rules.floors, tuple(rules.sides)
        del lines, rules
        give_back()
    lowest_coverage(builder, facts, service)
    reached(0.75)

    if implied:
        parts.write(frame.imply)
        for rule, gains in floors:
            add_floor_cuts(builder, rule, gains, frame.bounds.pairs)
    frame.parts = tuple(parts.written)
    kept = frame if movable else None
    del floors, frame, known, parts
    reached(0.85)

    add_value(builder, facts, service)
    add_request_points(builder, facts, options, grants)
    add_spend(builder, facts, costs)
    del service, costs  # of a country, a gigabyte: the model needs the room
    give_back()
    model = builder.freeze(facts.scale, stage_names(facts), facts.labels)
    carries = columns.carries
    model.column_upper[carries["column"]] = carries["limit"] / facts.scale
    del builder
    give_back()
    reached(1.0)
    return Formulation(facts, columns, options, grants, model, sides, movable, kept)
