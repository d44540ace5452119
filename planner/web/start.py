"""Page 1, the beginning: the scenarios and plans of the opened folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from planner.errors import Finding, errors_in
from planner.run import folder as folders
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario
from planner.web.opened import state_of
from planner.web.pages import Ask, link, page


@dataclass(frozen=True)
class Known:
    """A scenario that was read: what it is, and what was found and interpreted."""

    scenario: Scenario | None
    findings: list[Finding]
    notes: list[Finding]


def known(ask: Ask, of: str) -> Known:
    """A scenario by its path, read once for as long as nothing beside it changes."""
    path = ask.opened.there(of)
    beside = [p for p in path.parent.iterdir() if p.is_file()]
    state = tuple(state_of(p) for p in sorted(beside))
    return ask.opened.remember(f"scenario {of}", state, lambda: Known(*inspect(path)))


@page("/")
def start(ask: Ask) -> Response:
    """Scenarios and plans; what each is comes by itself, one after the other."""
    scenarios = [ask.opened.name(p) for p in ask.opened.scenarios()]
    plans = [ask.opened.name(p) for p in ask.opened.plans()]
    return ask.show("start.html", scenarios=scenarios, plans=plans)


@page("/row/scenario")
def scenario_row(ask: Ask) -> Response:
    """One scenario of the list: title, schools, years, whether it is invented, its last plan."""
    of = ask.get("of")
    found = known(ask, of)
    scenario = found.scenario
    plan = None if scenario is None else last_plan(ask, scenario)
    errors = len(errors_in(found.findings))
    return ask.show("row_scenario.html", of=of, scenario=scenario, plan=plan, errors=errors)


@page("/row/plan")
def plan_row(ask: Ask) -> Response:
    """One plan of the list, by what its ``plan.json`` says: it is proven when it is opened."""
    of = ask.get("of")
    head = folders.read_claims(ask.opened.plan(of))
    return ask.show("row_plan.html", of=of, head=head)


def last_plan(ask: Ask, scenario: Scenario) -> dict[str, Any] | None:
    """The newest plan of a scenario: its path, its gap, and whether the scenario's files have
    changed since."""
    for path in ask.opened.plans():
        head = folders.read_claims(path)
        if head.get("scenario") == scenario.id:
            stale = dict(head.get("inputs") or {}) != dict(scenario.inputs)
            of = ask.opened.name(path)
            return {
                "of": of,
                "gap": head.get("gap"),
                "stale": stale,
                "address": link("/plan", of=of),
            }
    return None
