"""What the analyses found, as text and JSON: conflicts and repairs, the price of policies, why a
school got what it got, what an edited workbook does, shadow prices."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.analysis.explain import FINAL, FITS, Price, Prices
from planner.analysis.verdicts import Judged, Proof
from planner.errors import Finding, InputError, Place
from planner.messages import render, say
from planner.messages.numbers import (
    DASH,
    MINUS,
    grouped,
    percent,
    pupil_years,
    rounded,
    signed,
    trimmed,
)
from planner.names import StandingRule
from planner.plan.coverage import exact
from planner.present.content import Block, Column, Kind, Row, Table, fund_name, money_scale
from planner.present.rule_words import (
    rule_called,
    rule_in_words,
    rule_said,
    thresholds_in_words,
    value_in_words,
)
from planner.present.terminal import UNBROKEN, Screen, blocks, table_lines, wrap
from planner.run.folder import PlanFolder, plan_id
from planner.vocabulary.register import REGISTER

if TYPE_CHECKING:
    from planner.analysis.conflict import BoundChange, Moved, Repairs
    from planner.analysis.explain import Need, Remedy, School
    from planner.run.result import Result
    from planner.scenario.scenario import Scenario


# ---- An infeasible scenario: what conflicts, and the cheapest repairs.


def repairs_text(
    repairs: Repairs, scenario: Scenario, lang: str = "vi", width: int = 100, *,
    applies: bool = True,
) -> str:  # fmt: skip
    """Conflict, repairs and reference as text; ``applies``: whether the verb writes a repair."""
    return "\n".join(_repairs(repairs, Screen(scenario, lang, width), applies))


def repairs_blocks(
    repairs: Repairs, scenario: Scenario, lang: str = "vi", *, applies: bool = True
) -> list[Block]:
    """The same as paragraphs."""
    return blocks(_repairs(repairs, Screen(scenario, lang, UNBROKEN), applies))


def _repairs(repairs: Repairs, s: Screen, applies: bool) -> list[str]:
    clash, scenario, lang = repairs.conflict, s.scenario, s.lang
    if clash is None:
        lines = [s.word("repair.no_conflict")]
    else:
        lines = [s.word("repair.conflict" if clash.irreducible else "repair.conflict_open")]
        for rule in clash.rules:
            if rule in scenario.settings.rules:
                told = rule_in_words(scenario, rule, lang, titled=True)
            else:
                kind = s.word(f"repair.kind.{kind_of(rule, scenario)}")
                told = f"{rule_said(rule, scenario, lang)} ({kind}) [{rule}]"
            lines += wrap(f"- {told}", s.width)
        for threshold in thresholds_in_words(scenario, lang, clash.useful):
            lines += s.say("repair.threshold", threshold=threshold)
    lines += ["", s.word("repair.head" if repairs.found else "repair.none")]
    for number, repair in enumerate(repairs.found, 1):
        lines.append(f"  {number}. {changed_in_words(repair.changes, scenario, lang)}")
        weights = dict.fromkeys(c.lever.weight for c in repair.changes)
        people = pupil_years(repair.result.people, lang)
        if repairs.reference is None:
            said = s.word("repair.people_alone", people=people)
        else:
            difference = repair.result.people - repairs.reference.people
            said = s.word("repair.people", people=people, change=_more(difference, lang))
        said += s.word("repair.people_gap", gap=percent(repair.result.gap, 2, lang))
        lines += s.say(
            "repair.detail", "     ", cost=rounded(repair.cost, 3, lang), people=said,
            weights=", ".join(trimmed(w, lang) for w in weights),
        )  # fmt: skip
    if repairs.reference is not None:
        lines += s.say(
            "repair.reference",
            lifted=", ".join(rule_called(n, scenario, lang) for n in repairs.lifted),
            people=pupil_years(repairs.reference.people, lang),
            gap=percent(repairs.reference.gap, 2, lang),
        )
    if not repairs.complete:
        lines += ["", *s.say("repair.open_combined" if repairs.singles else "repair.open", "")]
    if repairs.found and applies:
        lines += ["", s.word("repair.apply")]
    return lines


REPAIRED = {"points": "repair.measured", "share": "repair.points"}
"""Unit of a lever → the sentence of its change, where that is not ``repair.<unit>``."""


def changed_in_words(changes: tuple[BoundChange, ...], scenario: Scenario, lang: str) -> str:
    """All that a repair moves, in one sentence."""
    return say("repair.and", lang).join(change(c, scenario, lang) for c in changes)


def _more(people: float, lang: str) -> str:
    """Pupil-years more or fewer."""
    return signed(people, pupil_years(abs(people), lang))


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
    lever, by = moved.lever, moved.new - moved.lever.old
    field = f"repair.{lever.field}" if lever.kind != "fund" else "repair.year"
    code, params = REPAIRED.get(lever.unit, f"repair.{lever.unit}"), {}
    if lever.unit == "share":
        old, new = (trimmed(v * 100, lang) + "%" for v in (lever.old, moved.new))
        size = trimmed(abs(by) * 100, lang)
    else:
        old, new = (trimmed(v, lang) for v in (lever.old, moved.new))
        size = trimmed(abs(by), lang)
        if lever.unit == "money":
            currency = scenario.settings.currency
            params["currency"] = "đồng" if (currency, lang) == ("VND", "vi") else currency
    size = say(code, lang, change=("+" if by > 0 else MINUS) + size, **params)
    field = say(field, lang, year=lever.field)
    name = lever.name
    if lever.kind == "fund" and (label := fund_name(scenario, name, lang)) != name:
        name = f"{label} [{name}]"
    elif lever.kind != "fund":
        name = rule_called(name, scenario, lang)
    return say("repair.change", lang, name=name, field=field, old=old, new=new, change=size)


def repairs_dict(repairs: Repairs, scenario: Scenario) -> dict[str, Any]:
    """The same as JSON values: numbers as they are, shares 0–1, money in minor units."""
    clash, reference = repairs.conflict, repairs.reference

    def number(value: Decimal) -> int | float:
        return int(value) if value == int(value) else float(value)

    return {
        "repairs": [
            {
                "changes": [
                    {
                        **{k: getattr(c.lever, k) for k in ("kind", "name", "field")},
                        "old": number(c.lever.old),
                        "new": number(c.new),
                        "change": number(c.new - c.lever.old),
                        "unit": c.lever.unit,
                        "weight": float(c.lever.weight),
                        "cost": c.cost,
                    }
                    for c in found.changes
                ],
                "cost": found.cost,
                "proven": found.proven,
                "status": str(found.result.status),
                **{k: getattr(found.result, k) for k in ("gap", "value", "people")},
                "people_change": found.result.people - reference.people if reference else None,
            }
            for found in repairs.found
        ],
        "repairs_complete": repairs.complete,
        "single_changes_complete": repairs.singles,
        "conflict": None
        if clash is None
        else {
            "rules": list(clash.rules),
            "kinds": [kind_of(n, scenario) for n in clash.rules],
            "irreducible": clash.irreducible,
            "useful_from": list(clash.useful),
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


# ---- What proofs found: a plan folder proven again, locks that must move.


def proven_lines(
    findings: int, rows: int, proofs: Sequence[Proof] | None, lang: str = "vi"
) -> list[str]:
    """What ``planner audit`` says after the findings (so many) of so many rows of a plan's tables;
    ``proofs``: of its bounds, where they were asked for."""
    code = "door_audit_failed" if findings else "door_audit_clean"
    lines = [say(code, lang, count=findings, rows=rows)]
    if not findings and proofs is None:
        lines.append(say("door_audit_trust", lang))
    for proof in proofs or []:
        lines.append("  " + say(f"door_proof_{proof.verdict}", lang, **proof.as_dict()))
    return [*lines, say("door_proof_none", lang)] if proofs is not None and not proofs else lines


def proven_blocks(
    findings: int, rows: int, proofs: Sequence[Proof] | None = None, lang: str = "vi"
) -> list[Block]:
    """The same as paragraphs; the findings themselves are a table of the page."""
    return blocks(proven_lines(findings, rows, proofs, lang))


def moved_lines(moved: Sequence[Moved], lang: str = "vi", file: str = "") -> list[str]:
    """The locks that must move so that there is a plan, and how far; ``file``: the workbook in
    which they were stated."""
    lines = [say("lock_conflict_head", lang, count=len(moved))]
    sums = {m.key.rpartition(",")[0].rpartition(",")[0] for m in moved}
    for m in moved:
        if m.key not in sums:  # else the sum of a line that is said already
            how = {"key": m.key, "asked": m.lock.quantity, "near": m.nearest}
            lines.append("  " + say("lock_conflict_line", lang, **how))
    return [*lines, say("lock_conflict_hint", lang, file=file)] if file else lines


def moved_blocks(moved: Sequence[Moved], lang: str = "vi", file: str = "") -> list[Block]:
    """The same as paragraphs."""
    return blocks(moved_lines(moved, lang, file))


# ---- The price of policies as text, JSON, CSV.

SHOWN = 3
"""Items named as bought more, and as bought less."""
NOISE = 1e-6
"""Part of what the plan spends below which money that moved is rounding."""


def policies_text(prices: Prices, lang: str = "vi", width: int = 110) -> str:
    """The prices as a table and what it means."""
    return "\n".join(_policies(prices, Screen(prices.plan.scenario, lang, width))) + "\n"


def policies_blocks(prices: Prices, lang: str = "vi") -> list[Block]:
    """The same as a table and paragraphs."""
    return blocks(_policies(prices, Screen(prices.plan.scenario, lang, UNBROKEN)))


def _policies(prices: Prices, s: Screen) -> list[str]:
    lang = s.lang
    left = [_promise(kind, name, lang) for kind, name in prices.unanswered]
    unfinished = s.say("explain.unfinished", count=len(left), names=", ".join(left)) if left else []
    if not prices.found and left:
        return [s.word("explain.policies.head"), *unfinished]
    if not prices.found:
        return [s.word("explain.policies.head"), "  " + s.word("explain.policies.none")]
    rows = [
        (s.word(f"explain.kind.{p.kind}"), name(p, lang), points(p, lang), people(p, lang))
        for p in prices.found
    ]
    shape = "kind name points:points people:people"
    lines = [s.word("explain.policies.head"), *s.table("explain.col", shape, rows)]
    lines += ["", "  " + s.word("explain.col.instead")]
    for p in prices.found:
        lines += wrap(f"{name(p, lang)}: {instead(p, prices, lang)}", s.width, "    ")
    notes = s.say("explain.policies.note")
    if prices.untidied is not None:
        notes += s.say("explain.policies.untidied")
    return [*lines, "", *unfinished, *notes]


def name(price: Price, lang: str) -> str:
    """What is priced, as people call it."""
    return _promise(price.kind, price.name, lang)


def _promise(kind: str, name: str, lang: str) -> str:
    return say(f"explain.priority.{name}", lang) if kind == "priority" else name


def points(price: Price, lang: str) -> str:
    """An interval, or «at most» where it contains zero."""
    if math.isnan(price.high):
        return say("explain.unknown", lang, status=price.status)
    if not rounded(price.high, 1, lang).strip("-0.,"):
        return say("explain.nothing", lang)
    return interval(price.low, price.high, lang, at_most=price.at_most)


def interval(least: float, most: float, lang: str, *, at_most: bool) -> str:
    """What is proven of a number of points: from … to, at most …; one number where both ends
    read alike."""
    low, high = (rounded(v, 1, lang) for v in (least, most))
    if at_most:
        return say("explain.at_most", lang, high=high)
    return high if low == high else say("explain.between", lang, low=low, high=high)


def people(price: Price, lang: str) -> str:
    """Pupil-years won without it, with a sign."""
    if math.isnan(price.people):
        return DASH
    size = pupil_years(abs(price.people), lang)
    return size if size == "0" else signed(price.people, size)


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
            units = abs(float(row["quantity"]))
            how = {
                "quantity": rounded(units, 0, lang),
                "money": scale.text(abs(int(row["amount"]))),
            }
            kind = code if units >= 1 else f"{code}_money"
            parts.append(say(f"explain.{kind}", lang, item=label or row["item"], **how))
    return "; ".join(parts) or say("explain.no_change", lang)


def policies_dict(prices: Prices) -> list[dict[str, Any]]:
    """The prices as JSON values: points and pupil-years as numbers, money in minor units."""
    return [
        {
            **{k: getattr(p, k) for k in ("kind", "name", "status")},
            **{"gap": _known(p.gap), "points_low": _known(p.low), "points_high": _known(p.high)},
            "at_most": bool(p.at_most),
            **{k: _known(getattr(p, k)) for k in ("people", "people_proposed")},
            "spent": p.spent,
            "instead": p.by_item().to_dict("records"),
            "seconds": round(p.seconds, 3),
        }
        for p in prices.found
    ]


def _known(value: Any, digits: int | None = 6) -> float | None:
    """A number as a JSON value; ``null`` where it is not known."""
    number = float(value)
    if math.isnan(number):
        return None
    return number if digits is None else round(number, digits)


PRICES = "prices.json"
"""In the folder of a plan's prices: all of them, to be read back, and whose they are."""
_NUMBERS = ("gap", "low", "high", "people", "people_proposed", "seconds")


def write_prices(prices: Prices, of: PlanFolder, folder: Path) -> None:
    """The prices of a plan folder's promises: ``policies.csv``, ``instead.csv``,
    ``policies.json``, and ``prices.json``, which :func:`read_prices` reads."""
    write_csv(prices, folder)
    kept = [
        {**{k: getattr(p, k) for k in ("kind", "name", "status", "spent")},
         **{k: _known(getattr(p, k), None) for k in _NUMBERS},
         "instead": p.by_item().to_dict("records")}
        for p in prices.found
    ]  # fmt: skip
    body = {
        "plan": plan_id(of), "untidied": prices.untidied is not None, "found": kept,
        "unanswered": [list(left) for left in prices.unanswered],
    }  # fmt: skip
    for name, said in (("policies.json", policies_dict(prices)), (PRICES, body)):
        text = json.dumps(said, ensure_ascii=False, indent=1)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def read_prices(folder: Path, of: PlanFolder) -> Prices:
    """The prices that :func:`write_prices` left of a plan folder, what would be bought instead
    summed by item (the plan itself stands for the one that was not tidied).

    Raises :class:`InputError` where they cannot be read, or are those of another plan.
    """
    file = folder / PRICES
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        found = tuple(_price(said) for said in body["found"])
        left = tuple((str(kind), str(name)) for kind, name in body["unanswered"])
        untidied, own = of.plan if body["untidied"] else None, str(body["plan"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        place = Place(file=file.name)
        raise InputError([Finding("folder_damaged", place, {"detail": detail})]) from None
    if own != plan_id(of):
        place = Place(file=folder.name)
        raise InputError([Finding("prices_other_plan", place, {"plan": of.path.name})])
    return Prices(of.plan, found, untidied, left)


def _price(said: Mapping[str, Any]) -> Price:
    """A price as it was kept."""
    gap, low, high, people, proposed, seconds = (
        math.nan if said[k] is None else float(said[k]) for k in _NUMBERS
    )
    return Price(
        str(said["kind"]), str(said["name"]), str(said["status"]), gap, low, high, people, proposed,
        int(said["spent"]), pd.DataFrame(said["instead"]), seconds,
    )  # fmt: skip


def write_csv(prices: Prices, folder: Path) -> list[Path]:
    """``policies.csv`` (a row a promise) and ``instead.csv`` (a row a line that changes)."""
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


# ---- Why a school got what it got, as text and JSON.


def why_text(found: School, lang: str = "vi", width: int = 110) -> str:
    """The school, what it got, and each unmet need with its reason and remedies."""
    return "\n".join(_why(found, Screen(found.plan.scenario, lang, width))) + "\n"


def why_blocks(found: School, lang: str = "vi") -> list[Block]:
    """The same as a table and paragraphs."""
    return blocks(_why(found, Screen(found.plan.scenario, lang, UNBROKEN)))


def _why(found: School, s: Screen) -> list[str]:
    scenario, row, lang = s.scenario, found.row, s.lang
    known = scenario.schools.set_index("school").loc[found.school]
    weight = scenario.settings.priority.weights.get(str(known["group"]), 1)  # type: ignore[call-overload]
    before, after = (float(row[f"coverage_{w}"]) for w in ("before", "after"))
    lines = [s.word("why.head", name=str(known["name"]), school=found.school)]
    lines += s.say(
        # where nothing is needed there is no coverage
        "why.standing_alone" if math.isnan(before) else "why.standing",
        group=s.word(f"label.group.{known['group']}"),
        weight=weight,
        before=percent(before, 1, lang),
        after=percent(after, 1, lang),
        people=pupil_years(exact(found.plan).people_of([found.school]), lang),
    )
    lines += ["", "  " + s.word("why.received")]
    received = found.received[found.received["kind"] != "upkeep"]
    rows = [
        Row("line", (
            str(line["year"]), item_name(found, str(line["item"] or line["request"]), lang),
            str(line["fund"]),
            rounded(float(line["quantity"]), 0, lang) if line["kind"] == "purchase" else "",
            int(line["amount"]),
        ))
        for line in received.to_dict("records")
    ]  # fmt: skip
    if rows:
        scale = s.scale(received["amount"])
        columns = [Column(c, s.word(f"compare.{c}")) for c in ("year", "item", "fund")]
        columns += [
            Column("quantity", s.word("why.quantity"), "number"),
            Column("amount", scale.unit, "money", scale=scale),
        ]
        part = Table("", tuple(columns), tuple(rows))
        lines += table_lines(part, lang, s.currency, s.width)
    else:
        lines.append("    " + s.word("why.received_none"))
    left = [item_name(found, item, lang) for item in found.unanswered]
    if not found.needs and not left:
        return [*lines, "", "  " + s.word("why.met")]
    lines += ["", "  " + s.word("why.unmet")]
    for need in found.needs:
        lines += _need(found, need, s)
    if left:
        lines += ["", *s.say("why.unfinished", count=len(left), names=", ".join(left))]
    return lines


def item_name(found: School, item: str, lang: str) -> str:
    """An item's name in the language, a request's id."""
    known = found.plan.scenario.items.get(item)
    return item if known is None else known.label(lang)


LEVEL_2 = 50
"""Points from which a school has level 2 in a group of criteria."""


def _need(found: School, need: Need, s: Screen) -> list[str]:
    """What is lacking, why, and what would fund it."""
    lines = [""]
    if need.kind == "request":
        requests = s.scenario.table("requests")
        title = str(requests.loc[requests["request"] == need.item, "title"].iloc[0])
        lines += s.say("why.request", "    ", request=need.item, title=title)
    elif need.kind == "level":
        # level 2 begins at its points, level 3 above them: who has just those lacks more than 0
        code, of = ("why.level_above", "3") if need.need > LEVEL_2 else ("why.level", "2")
        lines += s.say(
            code, "    ", group=value_in_words(need.item, s.lang), year=str(need.year), level=of,
            points=rounded(need.in_service, 1, s.lang), least=rounded(need.need, 0, s.lang),
            short=rounded(need.need - need.in_service, 1, s.lang, up=True),
        )  # fmt: skip
    else:
        lines += s.say(
            "why.need", "    ", item=item_name(found, need.item, s.lang),
            in_service=rounded(need.in_service, 0, s.lang), need=rounded(need.need, 0, s.lang),
            year=str(need.year),
        )  # fmt: skip
    if need.next_useful and need.useful_from > 1:
        figures = (need.useful_from, need.in_service, need.next_useful)
        useful, serving, more = (rounded(v, 0, s.lang) for v in figures)
        lines += s.say("why.useful", "      ", useful=useful, in_service=serving, more=more)
    lines += wrap(reason(found, need, s.lang), s.width, "      ")
    whole = "money_all" if need.by_money_next else "money"
    offers = (("next", need.by_money_next), (whole, need.by_money), ("rule", need.by_rule))
    remedies = [(code, remedy) for code, remedy in offers if remedy]
    for code, remedy in remedies:
        changes = changed_in_words(remedy.changes, s.scenario, s.lang)
        people = _more(remedy.result.people - exact(found.plan).funded, s.lang)
        how = {"changes": changes, "people": people}
        if code == "next":
            how["more"] = rounded(need.next_useful, 0, s.lang)
        lines += s.say(f"why.by_{code}", "      ", **how)
    if not need.added.empty:
        scale = money_scale(need.added["amount"].abs(), s.currency, s.lang, most=6)
        added = "; ".join(
            s.word(
                "why.added_units" if row["quantity"] else "why.added_money",
                item=item_name(found, str(row["item"]), s.lang),
                units=rounded(abs(float(row["quantity"])), 0, s.lang),
                change="+" if row["amount"] > 0 else MINUS,
                money=scale.text(abs(int(row["amount"]))),
            )
            for row in need.added.to_dict("records")
        )  # fmt: skip
        lines += s.say("why.level_added", "      ", added=added)
    if need.reason not in (*FINAL, *FITS, "no_points", "not_asked", "unknown") and not remedies:
        lines += s.say("why.no_remedy", "      ")
    return lines


def reason(found: School, need: Need, lang: str) -> str:
    """Why the need is not met, as a sentence."""
    loss = ""
    if need.loss is not None:
        loss = interval(*need.loss, lang, at_most=need.loss[0] <= 0)
    params = {
        "rules": ", ".join(rule_called(n, found.plan.scenario, lang) for n in need.rules) or "–",
        "loss": loss,
        "blocked_by": item_name(found, need.blocked_by, lang),
    }
    if need.reason == "prerequisite":
        params["beneath"] = say(f"why.reason.{need.beneath}", lang, **params)
    told = say(f"why.reason.{need.reason}", lang, **params)
    return f"{told}; {say('why.loss_undecided', lang)}" if need.undecided else told


NEED = (
    "kind", "item", "year", "need", "in_service", "cost", "reason", "useful_from", "next_useful",
)  # fmt: skip


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
        "coverage_before": _known(row["coverage_before"], None),
        "coverage_after": _known(row["coverage_after"], None),
        "received": received,
        "unmet": [
            {
                **{k: getattr(n, k) for k in NEED},
                "blocked_by": n.blocked_by or None,
                "beneath": n.beneath or None,
                "rules": list(n.rules),
                "loss": None if n.loss is None else {"low": n.loss[0], "high": n.loss[1]},
                "undecided": n.undecided,
                "by_money_next": _remedy_dict(found, n.by_money_next),
                "by_money": _remedy_dict(found, n.by_money),
                "by_rule": _remedy_dict(found, n.by_rule),
            }
            for n in found.needs
        ],
    }


def _remedy_dict(found: School, remedy: Remedy | None) -> dict[str, Any] | None:
    if remedy is None:
        return None
    result = remedy.result
    return {
        "changes": [
            {
                **{k: getattr(c.lever, k) for k in ("kind", "name", "field")},
                "old": float(c.lever.old),
                "new": float(c.new),
                "unit": c.lever.unit,
            }
            for c in remedy.changes
        ],
        "money": remedy.money,
        "value": result.value,
        "people_change": result.people - exact(found.plan).funded,
    }


# ---- What an edited workbook does, as text and as JSON values: changes, broken rules, effect.

MOST_CHANGES = 40
"""Changes that are listed one by one."""


def judged_text(judged: Judged, lang: str, width: int = 100) -> str:
    """Changes, what they break, and their effect, for the console."""
    return "\n".join(_judged(judged, Screen(judged.edited.sealed.scenario, lang, width))) + "\n"


def judged_blocks(judged: Judged, lang: str) -> list[Block]:
    """The same as tables and paragraphs."""
    return blocks(_judged(judged, Screen(judged.edited.sealed.scenario, lang, UNBROKEN)))


def _judged(judged: Judged, s: Screen) -> list[str]:
    edited, plan, lang = judged.edited, judged.edited.sealed.path.name, s.lang
    changes = [s.word("edit_none", plan=plan)]
    if edited.changes:
        changes = [s.word("edit_head_changes", count=len(edited.changes), plan=plan)]
        shown = edited.changes[:MOST_CHANGES]
        rows = [  # request and option stand in the first two columns
            (*map(str, (*c.key, "", "")[:4]), grouped(c.before, lang), grouped(c.after, lang))
            for c in shown
        ]
        shape = "column.school column.item column.fund column.year"
        changes += s.table("", f"{shape} edit_col_before:number edit_col_after:number", rows)
        if more := len(edited.changes) - len(shown):
            changes.append("  " + s.word("edit_more", count=more))
    broken = [s.word("edit_nothing_broken")]
    if judged.broken:
        broken = [s.word("edit_head_broken", count=len(judged.broken))]
        broken += [f"  {broken_line(f, lang)}" for f in judged.broken]
        broken += s.say("edit_broken", file=edited.path.name)
    effect = [s.word("edit_head_effect")]
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
        size = size if before == after else signed(pair[1] - pair[0], size)
        effect += s.say(f"edit_effect_{code}", before=before, after=after, change=size)
    rows = [
        (row["fund"], row["school"] or str(row["year"]),
         *(row[k] for k in ("before", "after", "change", "usable")))
        for row in _money(judged)
        if not row["school"] or row["change"]
    ]  # fmt: skip
    shape = "column.fund column.year edit_col_before:minor edit_col_after:minor"
    effect += s.table("", f"{shape} edit_col_change:minor edit_col_usable:minor", rows)
    return [*changes, "", *broken, "", *effect]


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


# ---- Shadow prices of a relaxation as text: what one unit more of each bound would add.

PRICES_SHOWN = 25
"""Prices listed; ``relaxation/rows.csv`` holds them all."""
PRICE_NOISE = 1e-12
"""Size below which a shadow price is none."""


def price_blocks(result: Result, lang: str) -> list[Block]:
    """What :func:`price_lines` says, as a table and paragraphs."""
    return blocks(price_lines(result, lang, UNBROKEN))


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
        Row("line", (str(r.name_), f"{r.bound:.10g}", f"{r.dual:.6g}"))
        for r in rows.rename(columns={"name": "name_"}).head(PRICES_SHOWN).itertuples(index=False)
    ]
    kinds: dict[str, Kind] = {"row": "text", "bound": "number", "dual": "number"}
    columns = tuple(Column(c, say(f"prices.{c}", lang), kind) for c, kind in kinds.items())
    part, currency = Table("", columns, tuple(shown)), result.scenario.settings.currency
    lines = [say("prices.head", lang), *table_lines(part, lang, currency, width)]
    if len(rows) > PRICES_SHOWN:
        lines.append(say("prices.more", lang, count=len(rows) - PRICES_SHOWN))
    return lines
