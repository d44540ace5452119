"""The formulation's table of contents: every decision and every rule, in reading order."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.formulation.decision_columns import Columns, build_columns
from planner.formulation.facts import Facts
from planner.formulation.gains import (
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
from planner.formulation.model import Model, ModelBuilder
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


@phase("build")
def formulate(  # noqa: PLR0915 (a table of contents)
    scenario: Scenario,
    *,
    implied: bool = True,
    beyond_need: bool = False,
    unit: int | None = None,
    movable: bool = False,
) -> Formulation:
    """Builds the model of a checked scenario; the same one serves MILP and relaxation.

    The last rows (``implied``) say nothing that the others do not say of whole decisions. Some
    follow from the number of a scenario's rule and would fall with it: who moves rules about
    builds on the others alone. ``beyond_need``: without the rule ``need_not_exceeded``, and so no
    plan to be had, for who asks which rules conflict. ``unit``: minor units of the model's money.
    ``movable``: its rules will be moved about (:mod:`planner.solving.warm`).

    How far it is (``reached``) is the part of the time that a large model takes.
    """
    facts, builder, bounds = Facts(scenario, beyond_need, unit), ModelBuilder(), VariableBounds()
    with phase("needs"):
        _ = facts.left, facts.shares, facts.people
    reached(0.1)
    options = option_columns(builder, facts)
    grants = grant_columns(builder, facts, options)
    columns = build_columns(builder, facts, request_supplies(facts, options))
    reached(0.2)
    service = build_service(builder, facts, columns.supplies)
    thresholds_open(service, bounds)
    give_back()
    reached(0.35)
    costs = all_costs(facts, columns, request_costs(facts, options), grant_costs(facts, grants))
    reached(0.45)

    fund_within_budget(builder, facts, columns, costs)
    preparing_from_project(builder, facts, costs)
    if not beyond_need:
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
    one_option_per_request(builder, options)
    request_requires(builder, options)
    grant_within_envelope(builder, facts, grants)
    locked(builder, facts, columns, options)
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
        add_dependency_cuts(builder, columns, service, bounds)
        for rule, gains in floors:
            add_floor_cuts(builder, rule, gains, bounds.pairs)
    del floors, bounds
    reached(0.85)

    add_value(builder, facts, service)
    add_request_points(builder, facts, options, grants)
    add_spend(builder, facts, costs)
    del service, costs  # of a country, a gigabyte: the model needs the room
    give_back()
    model = builder.freeze(facts.scale, stage_names(facts), facts.labels)
    del builder
    give_back()
    reached(1.0)
    return Formulation(facts, columns, options, grants, model, sides, movable)
