"""The claims of ``plan.json``: value, equipped pupil-years, gap and status, recomputed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from planner.audit.coverage import Tally
from planner.audit.decision import Decision
from planner.audit.facts import Facts
from planner.audit.report import Report
from planner.scenario.schema import GROUPS

FILE = "plan.json"
STATUSES = ("optimal", "within_gap", "stopped")
"""Statuses under which a plan exists."""
TOLERANCE = 1e-6
"""Relative tolerance of the value, which the optimizer computes in binary floats."""
WHOLE_MONEY = 1e-5
"""Relative gap that rounding continuous amounts to whole money may leave in a proven plan."""


def value_of(facts: Facts, decision: Decision, tally: Tally, missed: Fraction) -> float:
    """Points of the plan: coverage gained, requests chosen, wishes missed."""
    weights = {str(g): float(w) for g, w in facts.scenario.settings.priority.weights.items()}
    points = math.fsum(weights.get(g, 1.0) * v for (g, _), v in tally.value.items())
    for key in sorted(decision.chosen):
        option = decision.options[key]
        points += weights.get(option.school.group, 1.0) * float(decision.points(option))
    return points - float(missed)


def check_claims(
    facts: Facts, claims: Mapping[str, Any], value: float, tally: Tally, report: Report
) -> None:
    """Compare the claims with what the tables and inputs say."""
    settings = facts.scenario.settings
    _same(claims, "schema", 1, report)
    _same(claims, "scenario", facts.scenario.id, report)
    _same(claims, "illustrative", settings.illustrative, report)
    _close(claims, "value", value, TOLERANCE * max(1.0, abs(value)), report)
    people = math.fsum(n for s, n in tally.people.items() if not facts.schools[s].preparing)
    proposed = math.fsum(n for s, n in tally.people.items() if facts.schools[s].preparing)
    _close(claims, "people", people, _room(people), report)
    _close(claims, "people_proposed", proposed, _room(proposed), report)
    _pillars(claims, tally, report)
    _gap(claims, "", report)
    if claims.get("status") not in STATUSES:
        report.add("audit_status", FILE, column="status", found=str(claims.get("status")))
    _status(claims, float(_asked_gap(claims, facts)), report)
    _stages(facts, claims.get("stages", []), value, tally, report)


def _stages(facts: Facts, stages: Any, value: float, tally: Tally, report: Report) -> None:
    """Each stage's gap is its own; no bound may lie below what the plan reaches in it."""
    for k, stage in enumerate(stages if isinstance(stages, list) else [stages]):
        path = f"stages[{k}]."
        if not isinstance(stage, Mapping):
            report.add("audit_claim", FILE, column=path[:-1], found=str(stage), expected="{…}")
            continue
        _gap(stage, path, report)
        reached = _stage_value(facts, str(stage.get("name")), value, tally)
        bound = _number(stage.get("bound"))
        if reached is None or bound is None:
            continue
        if bound < reached - TOLERANCE * max(1.0, abs(reached)):
            name, text = f"{path}bound", f"{reached:.6f}"
            report.add("audit_bound", FILE, column=name, found=str(bound), value=text)


def _stage_value(facts: Facts, name: str, value: float, tally: Tally) -> float | None:
    """Points that the plan reaches in a stage: ``value``, a group, or ``tier-1:group``.

    ``None`` for other stages, and where requests or wishes count in some stage too.
    """
    mode = facts.scenario.settings.priority.mode
    if mode == "weighted":
        return value if name == "value" else None
    rules = facts.scenario.settings.rules.values()
    wishes = any(rule.firmness == "wish" for rule in rules)
    if mode != "strict" or wishes or len(facts.scenario.table("requests")):
        return None
    tier, _, group = name.rpartition(":")
    if group not in GROUPS or (tier and not tier.startswith("tier-")):
        return None
    parts = [v for (g, k), v in tally.value.items() if g == group and tier in ("", f"tier-{k + 1}")]
    weights = {str(g): float(w) for g, w in facts.scenario.settings.priority.weights.items()}
    return weights.get(group, 1.0) * math.fsum(parts)


def _room(people: float) -> float:
    return 0.0005 + 1e-6 + 1e-9 * abs(people)


def _pillars(claims: Mapping[str, Any], tally: Tally, report: Report) -> None:
    claimed = claims.get("people_by_pillar")
    if not isinstance(claimed, Mapping):
        text = str(claimed)
        report.add("audit_claim", FILE, column="people_by_pillar", found=text, expected="{…}")
        return
    for name in dict.fromkeys([*tally.pillars, *map(str, claimed)]):
        due = tally.pillars.get(name, 0.0)
        if name in claimed or due > 0.0005:
            _close(claimed, name, due, _room(due), report, "people_by_pillar.")


def _same(claims: Mapping[str, Any], key: str, due: object, report: Report) -> None:
    found = claims.get(key)
    if found != due or type(found) is not type(due):
        report.add("audit_claim", FILE, column=key, found=str(found), expected=str(due))


def _close(
    claims: Mapping[str, Any], key: str, due: float, room: float, report: Report, path: str = ""
) -> None:
    found = _number(claims.get(key))
    if found is None or not abs(found - due) <= room:
        text, expected = str(claims.get(key)), f"{due:.6f}"
        report.add("audit_claim", FILE, column=f"{path}{key}", found=text, expected=expected)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _gap(claims: Mapping[str, Any], path: str, report: Report) -> None:
    """gap = max(0, bound − value) ÷ max(1, |value|); a bound below the value is no bound."""
    value, bound = _number(claims.get("value")), _number(claims.get("bound"))
    if claims.get("bound") is None:
        if claims.get("gap") is not None:
            text = str(claims.get("gap"))
            report.add("audit_claim", FILE, column=f"{path}gap", found=text, expected="null")
        return
    if value is None or bound is None:
        name = "value" if value is None else "bound"
        text = str(claims.get(name))
        report.add("audit_claim", FILE, column=f"{path}{name}", found=text, expected="0.0")
        return
    size = max(1.0, abs(value))
    if bound < value - TOLERANCE * size:
        name = f"{path}bound"
        report.add("audit_bound", FILE, column=name, found=str(bound), value=str(value))
    gap = max(0.0, bound - value) / size
    _close(claims, "gap", gap, 1e-8 * (1 + gap), report, path)


def _asked_gap(claims: Mapping[str, Any], facts: Facts) -> Any:
    """The gap asked for: what the run was given, else the scenario's."""
    settings = claims.get("settings")
    asked = _number(settings.get("gap")) if isinstance(settings, Mapping) else None
    return facts.scenario.settings.solve.gap if asked is None else asked


def _status(claims: Mapping[str, Any], asked: float, report: Report) -> None:
    """``optimal`` has closed the gap, ``within_gap`` has reached the one asked for."""
    status, gap = claims.get("status"), _number(claims.get("gap"))
    most = {"optimal": TOLERANCE, "within_gap": max(asked, WHOLE_MONEY)}.get(str(status))
    if most is not None and (gap is None or gap > most * (1 + 1e-9)):
        text = str(claims.get("gap"))
        report.add("audit_gap", FILE, column="gap", found=text, most=str(most), status=str(status))
