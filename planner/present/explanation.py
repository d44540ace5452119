"""An infeasible scenario told: what conflicts, and the cheapest repairs, as text and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.analysis.edited import Judged
from planner.analysis.explain import FINAL
from planner.errors import Finding
from planner.messages import render, say
from planner.messages.numbers import grouped, percent, pupil_years, rounded
from planner.names import StandingRule
from planner.plan.coverage import exact
from planner.present.summary import Text
from planner.present.typography import money_scale, table, wrap
from planner.present.typography import table as text_table
from planner.run.edits import Change
from planner.vocabulary.register import REGISTER

if TYPE_CHECKING:
    from planner.analysis.elastic import Lever
    from planner.analysis.explain import Need, Remedy, School
    from planner.analysis.policies import Price, Prices
    from planner.analysis.repair import BoundChange, Repair, Repairs
    from planner.run.result import Result
    from planner.scenario.scenario import Scenario


def repairs_text(repairs: Repairs, scenario: Scenario, lang: str = "vi", width: int = 100) -> str:
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
    if REGISTER[StandingRule(name.partition("[")[0])].firmness == "fund":
        fund = scenario.settings.funds.get(name.partition("[")[2].partition(",")[0])
        return "law" if fund is None or fund.firmness == "law" else "fund"
    return "standing"


def change(moved: BoundChange, scenario: Scenario, lang: str) -> str:
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


def repairs_dict(repairs: Repairs, scenario: Scenario) -> dict[str, Any]:
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


# --------------------------------------------------------------------------------------------------
# The price of policies as text, JSON, CSV.

SHOWN = 3
"""Items named as bought more, and as bought less."""
NOISE = 1e-6
"""Part of what the plan spends below which money that moved is rounding."""


def policies_text(prices: Prices, lang: str = "vi", width: int = 110) -> str:
    """The prices as a table and what it means."""
    found = prices.found
    lines = [say("explain.policies.head", lang)]
    if not found:
        return "\n".join([*lines, "  " + say("explain.policies.none", lang)]) + "\n"
    head = [say(f"explain.col.{c}", lang) for c in ("kind", "name", "points", "people")]
    rows = [
        [say(f"explain.kind.{p.kind}", lang), name(p, lang), points(p, lang), people(p, lang)]
        for p in found
    ]
    lines += text_table(head, rows, width, words=2)
    lines += ["", "  " + say("explain.col.instead", lang)]
    for p in found:
        lines += wrap(f"{name(p, lang)}: {instead(p, prices, lang)}", width, "    ")
    lines += ["", *wrap(say("explain.policies.note", lang), width)]
    return "\n".join(lines) + "\n"


def name(price: Price, lang: str) -> str:
    """What is priced, as people call it."""
    return say(f"explain.priority.{price.name}", lang) if price.kind == "priority" else price.name


def points(price: Price, lang: str) -> str:
    """An interval, or «at most» where it contains zero."""
    if math.isnan(price.high):
        return say("explain.unknown", lang, status=price.status)
    low, high = (rounded(v, 1, lang) for v in (price.low, price.high))
    if high in ("0,0", "0.0", "-0,0", "-0.0"):
        return say("explain.nothing", lang)
    if price.at_most:
        return say("explain.at_most", lang, high=high)
    return high if low == high else say("explain.between", lang, low=low, high=high)


def people(price: Price, lang: str) -> str:
    """Pupil-years won without it, with a sign."""
    if math.isnan(price.people):
        return "–"
    size = pupil_years(abs(price.people), lang)
    return size if size == "0" else ("+" if price.people > 0 else "−") + size


def instead(price: Price, prices: Prices, lang: str) -> str:
    """What would be bought instead: the largest changes by item."""
    sums, scenario = price.by_item(), prices.plan.scenario
    if sums.empty:
        return say("explain.no_change", lang)
    noise = NOISE * prices.plan.spent
    sums = sums[(sums["amount"].abs() > noise) | (sums["quantity"].abs() >= 1)]
    scale = money_scale(sums["amount"].abs(), scenario.settings.currency, lang, most=6)
    parts: list[str] = []
    for sign, code in ((1, "more"), (-1, "less")):
        rows = [r for r in sums.to_dict("records") if r["amount"] * sign > 0]
        for row in rows[:SHOWN]:
            item = scenario.items.get(row["item"])
            label = row["item"] if item is None else item.name_en if lang == "en" else item.name
            label = label or row["item"]
            units = abs(float(row["quantity"]))
            if units >= 1:
                parts.append(
                    say(f"explain.{code}", lang, quantity=rounded(units, 0, lang), item=label)
                )
            else:
                money = scale.text(abs(int(row["amount"])))
                parts.append(say(f"explain.{code}_money", lang, money=money, item=label))
    return "; ".join(parts) or say("explain.no_change", lang)


def policies_dict(prices: Prices) -> list[dict[str, Any]]:
    """The prices as JSON values: points and pupil-years as numbers, money in minor units."""
    return [
        {
            "kind": p.kind,
            "name": p.name,
            "status": p.status,
            "gap": _known(p.gap),
            "points_low": _known(p.low),
            "points_high": _known(p.high),
            "at_most": bool(p.at_most),
            "people": _known(p.people),
            "people_proposed": _known(p.people_proposed),
            "spent": p.spent,
            "instead": p.by_item().to_dict("records"),
            "seconds": round(p.seconds, 3),
        }
        for p in prices.found
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def write_csv(prices: Prices, folder: Path) -> list[Path]:
    """``policies.csv`` (a row a promise) and ``instead.csv`` (a row a line that changes)."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "policies.csv", folder / "instead.csv"]
    prices.table.to_csv(paths[0], index=False, encoding="utf-8-sig")
    parts = [
        p.instead.assign(kind=p.kind, name=p.name) for p in prices.found if not p.instead.empty
    ]
    columns = ["kind", "name", "school", "item", "year", "fund", "quantity", "amount"]
    lines = pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)
    lines.to_csv(paths[1], index=False, encoding="utf-8-sig")
    return paths


# --------------------------------------------------------------------------------------------------
# Why a school got what it got, as text and JSON.


def why_text(found: School, lang: str = "vi", width: int = 110) -> str:
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
        scenario = found.plan.scenario
        changes = say("repair.and", lang).join(change(c, scenario, lang) for c in remedy.changes)
        people = _signed(remedy.result.people - _people(found), lang)
        said = say(f"why.by_{code}", lang, changes=changes, people=people)
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


def _people(found: School) -> float:
    return exact(found.plan).funded


def _signed(value: float, lang: str) -> str:
    return ("+" if value >= 0 else "−") + pupil_years(abs(value), lang)


def why_dict(found: School) -> dict[str, Any]:
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
        "coverage_before": _known_why(row["coverage_before"]),
        "coverage_after": _known_why(row["coverage_after"]),
        "received": received,
        "unmet": [
            {
                "kind": n.kind,
                "item": n.item,
                "year": n.year,
                "need": n.need,
                "in_service": n.in_service,
                "cost": n.cost,
                "reason": n.reason,
                "blocked_by": n.blocked_by or None,
                "beneath": n.beneath or None,
                "rules": list(n.rules),
                "loss": None if n.loss is None else {"low": n.loss[0], "high": n.loss[1]},
                "by_money": _remedy_dict(found, n.by_money),
                "by_rule": _remedy_dict(found, n.by_rule),
            }
            for n in found.needs
        ],
    }


def _known_why(value: Any) -> float | None:
    return None if math.isnan(float(value)) else float(value)


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


# --------------------------------------------------------------------------------------------------
# What an edited workbook does, as text and as JSON values: changes, broken rules, effect.

WIDTH = 100
MOST_CHANGES = 40
"""Changes that are listed one by one."""


def judged_text(judged: Judged, lang: str) -> str:
    """Changes, what they break, and their effect, for the console."""
    text = Text(lang, WIDTH)
    lines = [text.head("edit_head_effect")]
    for code, pair, digits in (
        ("people", judged.people, 0),
        ("proposed", judged.people_proposed, 0),
        ("points", judged.value, 1),
    ):
        if code == "proposed" and not any(pair):
            continue
        before, after, size = (
            rounded(round(v, 6), digits, lang) for v in (*pair, abs(pair[1] - pair[0]))
        )
        sign = "" if before == after else "−" if pair[1] < pair[0] else "+"
        lines += text.say(f"edit_effect_{code}", before=before, after=after, change=sign + size)
    heads = [
        say("column.fund", lang), say("column.year", lang), say("edit_col_before", lang),
        say("edit_col_after", lang), say("edit_col_change", lang), say("edit_col_usable", lang),
    ]  # fmt: skip
    rows = [
        [row["fund"], str(row["year"]) if not row["school"] else row["school"],
         *(grouped(row[k], lang) for k in ("before", "after", "change", "usable"))]
        for row in _money(judged)
        if not row["school"] or row["change"]
    ]  # fmt: skip
    effect = [*lines, *text.table(heads, rows, words=2)]
    parts = (_changes(judged, lang), _broken(judged, lang), effect)
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _changes(judged: Judged, lang: str) -> list[str]:
    edited, plan = judged.edited, judged.edited.sealed.path.name
    if not edited.changes:
        return [say("edit_none", lang, plan=plan)]
    lines = [say("edit_head_changes", lang, count=len(edited.changes), plan=plan)]
    heads = [
        say("column.school", lang), say("column.item", lang), say("column.fund", lang),
        say("column.year", lang), say("edit_col_before", lang), say("edit_col_after", lang),
    ]  # fmt: skip
    shown = edited.changes[:MOST_CHANGES]
    rows = [[*_named(c), grouped(c.before, lang), grouped(c.after, lang)] for c in shown]
    lines += Text(lang, WIDTH).table(heads, rows, words=4)
    if more := len(edited.changes) - len(shown):
        lines.append("  " + say("edit_more", lang, count=more))
    return lines


def _named(change: Change) -> list[str]:
    """School, item, fund and year of a change; request and option stand in the first two."""
    key = [str(part) for part in change.key]
    return key if len(key) == 4 else [*key, "", ""]


def _broken(judged: Judged, lang: str) -> list[str]:
    if not judged.broken:
        return [say("edit_nothing_broken", lang)]
    lines = [say("edit_head_broken", lang, count=len(judged.broken))]
    lines += [f"  {broken_line(f, lang)}" for f in judged.broken]
    lines += Text(lang, WIDTH).say("edit_broken", file=judged.edited.path.name)
    return lines


def broken_line(finding: Finding, lang: str) -> str:
    """A broken rule on one line, with the amount by which it is broken."""
    over = excess(finding)
    code = "edit_short" if over is not None and over < 0 else "edit_over"
    amount = "" if not over else f" ({say(code, lang, over=abs(over))})"
    return render(finding, lang) + amount


def excess(finding: Finding) -> Decimal | None:
    """By how much a bound is passed (negative: by how much it is missed); ``None``: no number."""
    params = finding.params
    bound = next((params[k] for k in ("most", "least", "bound") if k in params), None)
    try:
        return Decimal(str(params["found"])) - Decimal(str(bound))
    except (KeyError, InvalidOperation):
        return None


def _money(judged: Judged) -> Iterator[dict[str, Any]]:
    for row in judged.money.itertuples():
        before, after = int(row.before), int(row.after)
        yield {
            "fund": row.fund, "school": row.school, "year": int(row.year), "before": before,
            "after": after, "change": after - before, "usable": int(row.usable),
        }  # fmt: skip


def judged_dict(judged: Judged) -> dict[str, Any]:
    """The same as JSON values; money in minor units."""
    edited = judged.edited
    changes: list[dict[str, Any]] = [
        dict(zip(("school", "item", "fund", "year"), c.key, strict=True))
        if len(c.key) == 4
        else dict(zip(("request", "option"), c.key, strict=True))
        for c in edited.changes
    ]
    for found, change in zip(changes, edited.changes, strict=True):
        found |= {"before": float(change.before), "after": float(change.after)}
    pairs = {
        "people": judged.people,
        "people_proposed": judged.people_proposed,
        "value": judged.value,
    }
    return {
        "plan": edited.sealed.path.as_posix(),
        "changes": changes,
        "broken": [
            f.as_dict() | {"over": None if excess(f) is None else str(excess(f))}
            for f in judged.broken
        ],
        **{k: {"before": a, "after": b} for k, (a, b) in pairs.items()},
        "money": list(_money(judged)),
    }


# --------------------------------------------------------------------------------------------------
# Shadow prices of a relaxation as text: what one unit more of each bound would add.

PRICES_SHOWN = 25
"""Prices listed; ``relaxation/rows.csv`` holds them all."""
PRICE_NOISE = 1e-12
"""Size below which a shadow price is none."""


def price_lines(result: Result, lang: str, width: int = 100) -> list[str]:
    """The rules that cost points, each with its price; rows that only define are left out."""
    if result.relaxation is None:
        return []
    rows = result.relaxation.rows
    rules = {*(str(r) for r in StandingRule), *result.scenario.settings.rules}
    named = rows["name"].str.split("[", n=1).str[0].isin(rules)
    rows = rows[named & (rows["dual"].abs() > PRICE_NOISE)]
    if rows.empty:
        return [say("prices.none", lang)]
    shown = [
        [r.name_, f"{r.bound:.10g}", f"{r.dual:.6g}"]
        for r in rows.rename(columns={"name": "name_"}).head(PRICES_SHOWN).itertuples(index=False)
    ]
    header = [say(f"prices.{c}", lang) for c in ("row", "bound", "dual")]
    lines = [say("prices.head", lang), *table(header, shown, width)]
    if len(rows) > PRICES_SHOWN:
        lines.append(say("prices.more", lang, count=len(rows) - PRICES_SHOWN))
    return lines
