"""An infeasible scenario told: what conflicts, and the cheapest repairs, as text and JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from planner.messages import say
from planner.messages.numbers import grouped, percent, pupil_years, rounded
from planner.present.text_table import wrap
from planner.register import REGISTER
from planner.rules import Rule

if TYPE_CHECKING:
    from planner.analysis.levers import Lever
    from planner.analysis.repair import Change, Repair, Repairs
    from planner.scenario.scenario import Scenario


def text(repairs: Repairs, scenario: Scenario, lang: str = "vi", width: int = 100) -> str:
    """Conflict, repairs and reference as lines."""
    lines = _conflict(repairs, scenario, lang)
    if not repairs.found:
        lines += ["", say("repair.none", lang)]
    else:
        lines += ["", say("repair.head", lang)]
    for number, repair in enumerate(repairs.found, 1):
        changes = [change(c, scenario, lang) for c in repair.changes]
        lines.append(f"  {number}. " + say("repair.and", lang).join(changes))
        lines += wrap(_detail(repair, repairs, lang), width, "     ")
    if repairs.reference is not None:
        lifted = ", ".join(repairs.lifted)
        people = pupil_years(repairs.reference.people, lang)
        gap = percent(repairs.reference.gap, 2, lang)
        said = say("repair.reference", lang, lifted=lifted, people=people, gap=gap)
        lines += wrap(said, width, "  ")
    if not repairs.complete:
        code = "repair.open_combined" if repairs.singles else "repair.open"
        lines += ["", *wrap(say(code, lang), width, "")]
    if repairs.found:
        lines += ["", say("repair.apply", lang)]
    return "\n".join(lines)


def _conflict(repairs: Repairs, scenario: Scenario, lang: str) -> list[str]:
    clash = repairs.conflict
    if clash is None:
        return [say("repair.no_conflict", lang)]
    lines = [say("repair.conflict" if clash.irreducible else "repair.conflict_open", lang)]
    for name in clash.rules:
        lines.append(f"  - {name} ({say(f'repair.kind.{kind_of(name, scenario)}', lang)})")
    return lines


def kind_of(name: str, scenario: Scenario) -> str:
    """``policy``, ``law``, ``fund`` or ``standing`` of a named rule."""
    rule = scenario.settings.rules.get(name)
    if rule is not None:
        return rule.firmness
    if REGISTER[Rule(name.partition("[")[0])].firmness == "fund":
        fund = scenario.settings.funds.get(name.partition("[")[2].partition(",")[0])
        return "law" if fund is None or fund.firmness == "law" else "fund"
    return "standing"


def change(moved: Change, scenario: Scenario, lang: str) -> str:
    """``labs-2025 (at least): 50% → 41% (−9 percentage points)``."""
    lever = moved.lever
    fund = lever.kind == "fund"
    field = (
        say("repair.year", lang, year=lever.field) if fund else say(f"repair.{lever.field}", lang)
    )
    return say(
        "repair.change",
        lang,
        name=lever.name,
        field=field,
        old=_number(lever.old, lever, lang),
        new=_number(moved.new, lever, lang),
        change=_moved(moved.new - lever.old, lever, scenario, lang),
    )


def _number(value: Decimal, lever: Lever, lang: str) -> str:
    if lever.unit == "share":
        return _plain(value * 100, lang) + "%"
    return grouped(int(value), lang)


def _moved(change: Decimal, lever: Lever, scenario: Scenario, lang: str) -> str:
    sign = "+" if change > 0 else "−"
    if lever.unit == "share":
        return say("repair.points", lang, change=sign + _plain(abs(change) * 100, lang))
    size = sign + grouped(abs(int(change)), lang)
    if lever.unit == "money":
        currency = scenario.settings.currency
        unit = ("đồng" if lang == "vi" else "VND") if currency == "VND" else currency
        return say("repair.money", lang, change=size, currency=unit)
    return say(f"repair.{lever.unit}", lang, change=size)


def _plain(value: Decimal, lang: str) -> str:
    """A number without zeros that say nothing."""
    return grouped(Decimal(f"{value.normalize():f}"), lang)


def _detail(repair: Repair, repairs: Repairs, lang: str) -> str:
    weights = ", ".join(
        _plain(w, lang) for w in dict.fromkeys(c.lever.weight for c in repair.changes)
    )
    people = pupil_years(repair.result.people, lang)
    if repairs.reference is None:
        said = say("repair.people_alone", lang, people=people)
    else:
        difference = repair.result.people - repairs.reference.people
        signed = ("+" if difference >= 0 else "−") + rounded(abs(difference), 0, lang)
        said = say("repair.people", lang, people=people, change=signed)
    said += say("repair.people_gap", lang, gap=percent(repair.result.gap, 2, lang))
    cost = rounded(repair.cost, 3, lang)
    return say("repair.detail", lang, cost=cost, weights=weights, people=said)


def as_dict(repairs: Repairs, scenario: Scenario) -> dict[str, Any]:
    """The same as JSON values: numbers as they are, shares 0–1, money in minor units."""
    clash, reference = repairs.conflict, repairs.reference
    return {
        "repairs": [_repair(r, repairs) for r in repairs.found],
        "repairs_complete": repairs.complete,
        "single_changes_complete": repairs.singles,
        "conflict": None
        if clash is None
        else {
            "rules": list(clash.rules),
            "kinds": [kind_of(n, scenario) for n in clash.rules],
            "irreducible": clash.irreducible,
        },
        "reference": None
        if reference is None
        else {
            "without": list(repairs.lifted),
            "people": reference.people,
            "gap": reference.gap,
            "status": str(reference.status),
        },
    }


def _repair(repair: Repair, repairs: Repairs) -> dict[str, Any]:
    changes = [
        {
            "kind": c.lever.kind,
            "name": c.lever.name,
            "field": c.lever.field,
            "old": _exact(c.lever.old),
            "new": _exact(c.new),
            "change": _exact(c.new - c.lever.old),
            "unit": c.lever.unit,
            "weight": float(c.lever.weight),
            "cost": c.cost,
        }
        for c in repair.changes
    ]
    reference = repairs.reference
    result = repair.result
    return {
        "changes": changes,
        "cost": repair.cost,
        "proven": repair.proven,
        "status": str(result.status),
        "gap": result.gap,
        "value": result.value,
        "people": result.people,
        "people_change": None if reference is None else result.people - reference.people,
    }


def _exact(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)
