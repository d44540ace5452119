"""Why a school got what it got, as text and JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.analysis.why import FINAL
from planner.messages import say
from planner.messages.numbers import percent, pupil_years, rounded
from planner.plan.exact import exact
from planner.present.repaired import change
from planner.present.style import money_scale
from planner.present.text_table import table, wrap

if TYPE_CHECKING:
    from planner.analysis.why import Need, Remedy, School


def text(found: School, lang: str = "vi", width: int = 110) -> str:
    """The school, what it got, and each unmet need with its reason and remedies."""
    scenario = found.plan.scenario
    row = found.row
    known = scenario.schools.set_index("school").loc[found.school]
    weight = scenario.settings.priority.weights.get(str(known["group"]), 1)  # type: ignore[call-overload]
    lines = [say("why.head", lang, name=str(known["name"]), school=found.school)]
    idle = math.isnan(float(row["coverage_before"]))  # nothing is needed: there is no coverage
    standing = say(
        "why.standing_alone" if idle else "why.standing",
        lang,
        group=say(f"label.group.{known['group']}", lang),
        weight=weight,
        before="" if idle else percent(float(row["coverage_before"]), 1, lang),
        after="" if idle else percent(float(row["coverage_after"]), 1, lang),
        people=pupil_years(exact(found.plan).people_of([found.school]), lang),
    )
    lines += [*wrap(standing, width), "", "  " + say("why.received", lang)]
    lines += _received(found, lang, width)
    if not found.needs:
        return "\n".join([*lines, "", "  " + say("why.met", lang)]) + "\n"
    lines += ["", "  " + say("why.unmet", lang)]
    for need in found.needs:
        lines += _need(found, need, lang, width)
    return "\n".join(lines) + "\n"


def _received(found: School, lang: str, width: int) -> list[str]:
    lines = found.received
    lines = lines[lines["kind"] != "upkeep"]
    if lines.empty:
        return ["    " + say("why.received_none", lang)]
    scenario = found.plan.scenario
    scale = money_scale(lines["amount"], scenario.settings.currency, lang, most=6)
    head = [say(f"compare.{c}", lang) for c in ("year", "item", "fund")]
    head += [say("why.quantity", lang), scale.unit]
    rows = [
        [
            str(line["year"]),
            item_name(found, str(line["item"] or line["request"]), lang),
            str(line["fund"]),
            rounded(float(line["quantity"]), 0, lang) if line["kind"] == "purchase" else "",
            scale.number(int(line["amount"])),
        ]
        for line in lines.to_dict("records")
    ]
    return table(head, rows, width, words=3)


def item_name(found: School, item: str, lang: str) -> str:
    """An item's name in the language, a request's id."""
    known = found.plan.scenario.items.get(item)
    if known is None:
        return item
    return known.name_en if lang == "en" and known.name_en else known.name


def _need(found: School, need: Need, lang: str, width: int) -> list[str]:
    head = _head(found, need, lang)
    lines = ["", *wrap(head, width, "    "), *wrap(reason(found, need, lang), width, "      ")]
    remedies = [(c, r) for c, r in (("money", need.by_money), ("rule", need.by_rule)) if r]
    for code, remedy in remedies:
        said = _remedy(found, code, remedy, lang)
        lines += wrap(said, width, "      ")
    if need.reason not in (*FINAL, "gap", "no_points", "unknown") and not remedies:
        lines += wrap(say("why.no_remedy", lang), width, "      ")
    return lines


def _head(found: School, need: Need, lang: str) -> str:
    """What is lacking: units of an item, or a request with its title."""
    if need.kind == "request":
        table = found.plan.scenario.table("requests")
        title = str(table.loc[table["request"] == need.item, "title"].iloc[0])
        return say("why.request", lang, request=need.item, title=title)
    return say(
        "why.need",
        lang,
        item=item_name(found, need.item, lang),
        in_service=rounded(need.in_service, 0, lang),
        need=rounded(need.need, 0, lang),
        year=str(need.year),
    )


def reason(found: School, need: Need, lang: str) -> str:
    """Why the need is not met, as a sentence."""
    loss = ""
    if need.loss is not None:
        low, high = (rounded(v, 1, lang) for v in need.loss)
        loss = (
            say("explain.at_most", lang, high=high)
            if need.loss[0] <= 0
            else say("explain.between", lang, low=low, high=high)
        )
    params = {
        "rules": ", ".join(need.rules) or "–",
        "loss": loss,
        "blocked_by": item_name(found, need.blocked_by, lang),
    }
    if need.reason == "prerequisite":
        params["beneath"] = say(f"why.reason.{need.beneath}", lang, **params)
    return say(f"why.reason.{need.reason}", lang, **params)


def _remedy(found: School, code: str, remedy: Remedy, lang: str) -> str:
    scenario = found.plan.scenario
    changes = say("repair.and", lang).join(change(c, scenario, lang) for c in remedy.changes)
    people = _signed(remedy.result.people - _people(found), lang)
    return say(f"why.by_{code}", lang, changes=changes, people=people)


def _people(found: School) -> float:
    return exact(found.plan).funded


def _signed(value: float, lang: str) -> str:
    return ("+" if value >= 0 else "−") + pupil_years(abs(value), lang)


def as_dict(found: School) -> dict[str, Any]:
    """The same as JSON values: money in minor units, shares 0–1."""
    row = found.row
    lines = found.received
    columns = ["item", "fund", "year", "kind", "request", "option", "quantity", "amount"]
    received = [
        {k: (None if isinstance(v, float) and math.isnan(v) else v) for k, v in line.items()}
        for line in lines[columns].to_dict("records")
    ]
    return {
        "school": found.school,
        "group": str(row.get("group", "")),
        "coverage_before": _known(row["coverage_before"]),
        "coverage_after": _known(row["coverage_after"]),
        "received": received,
        "unmet": [_need_dict(found, n) for n in found.needs],
    }


def _known(value: Any) -> float | None:
    return None if math.isnan(float(value)) else float(value)


def _need_dict(found: School, need: Need) -> dict[str, Any]:
    return {
        "kind": need.kind,
        "item": need.item,
        "year": need.year,
        "need": need.need,
        "in_service": need.in_service,
        "cost": need.cost,
        "reason": need.reason,
        "blocked_by": need.blocked_by or None,
        "beneath": need.beneath or None,
        "rules": list(need.rules),
        "loss": None if need.loss is None else {"low": need.loss[0], "high": need.loss[1]},
        "by_money": _remedy_dict(found, need.by_money),
        "by_rule": _remedy_dict(found, need.by_rule),
    }


def _remedy_dict(found: School, remedy: Remedy | None) -> dict[str, Any] | None:
    if remedy is None:
        return None
    result = remedy.result
    return {
        "changes": [
            {
                "kind": c.lever.kind,
                "name": c.lever.name,
                "field": c.lever.field,
                "old": float(c.lever.old),
                "new": float(c.new),
                "unit": c.lever.unit,
            }
            for c in remedy.changes
        ],
        "money": remedy.money,
        "value": result.value,
        "people_change": result.people - _people(found),
    }
