"""The proof of an amended plan beside the plan before: the chain of hashes, that what had happened
stands in the plan as it was, how many decisions differ, and that the table of changes says so.

That the amended plan itself is right is proven by :func:`planner.proof.audit`; here the plan before
and what has happened are read from the folder's own copies.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from planner.errors import Finding
from planner.proof.cells import Report
from planner.proof.decision import service_start
from planner.proof.inputs import Facts, values
from planner.scenario.scenario import Scenario

Row = dict[str, str]
Key = tuple[str, ...]
BEFORE = "amends/"
"""Where the folder keeps the plan before."""
COPIED = {"allocation.csv": "allocation.csv", "requests.csv": "requests.csv"}
OWN = {"changes.csv": "own/changes.csv", "executed.csv": "own/executed.csv"}
"""Files of the plan before → their copies; those of an amended one only if it is one."""
LINE = ("kind", "school", "item", "fund", "year", "request", "option")
PART = Fraction(1, 10**6)
"""Of what is bought by the đồng, the part of a unit that is no change."""


def audit_amendment(
    scenario: Scenario,
    tables: Mapping[str, Any],
    claims: Mapping[str, Any],
    files: Mapping[str, bytes],
) -> list[Finding]:
    """Everything that is wrong with an amended plan as an amendment.

    Parameters
    ----------
    scenario, tables, claims
        As for :func:`planner.proof.audit`, which found nothing.
    files
        Path → content of ``changes.csv``, ``executed.csv`` and all under ``amends/``.
    """
    report, amend = Report(), claims["amend"]
    chain(files, BEFORE, amend, report)
    if report.findings():
        return report.findings()
    before = json.loads(files[f"{BEFORE}plan.json"])
    for key, due in (("base", before.get("scenario")), ("base_people", before.get("people"))):
        if amend.get(key) != due:
            report.add("audit_claim", "plan.json", column=f"amend.{key}", found=str(amend.get(key)),
                       expected=str(due))  # fmt: skip
    facts = Facts(scenario)
    try:
        _beside_the_plan_before(facts, tables, amend, files, report)
    except (KeyError, ValueError, TypeError, InvalidOperation) as error:
        report.add("audit_malformed", "amends/", column="", found=repr(error)[:200], expected="")
    return report.findings()


def _beside_the_plan_before(
    facts: Facts, tables: Mapping[str, Any], amend: Mapping[str, Any],
    files: Mapping[str, bytes], report: Report,
) -> None:  # fmt: skip
    """What is said of the plan before, of what differs and of what has happened."""
    old = rows_of(files, f"{BEFORE}allocation.csv"), rows_of(files, f"{BEFORE}requests.csv")
    new = _texts(tables["allocation"]), _texts(tables["requests"])
    changed = count_changes(facts, old, new)
    if changed != amend.get("changed"):
        report.add("audit_claim", "plan.json", column="amend.changed",
                   found=str(amend.get("changed")), expected=str(changed))  # fmt: skip
    _facts_stand(facts, amend, files, new, report)
    _carried_on(files, new[0], report)
    _listed(rows_of(files, "changes.csv"), old[0], new[0], report)


def chain(files: Mapping[str, bytes], at: str, amend: Mapping[str, Any], report: Report) -> None:
    """Every plan before is the one that its successor names, and its copies are what it sealed."""
    name = f"{at}plan.json"
    sealed = files.get(name)
    if sealed is None or hashlib.sha256(sealed).hexdigest() != amend.get("plan"):
        report.add("audit_chain", name)
        return
    try:
        before = json.loads(sealed)
        written = dict(before["files"])
    except (ValueError, KeyError, TypeError):
        report.add("audit_chain", name)
        return
    earlier = before.get("amend")
    copies = COPIED | ({k: v for k, v in OWN.items() if k in written} if earlier else {})
    for own, copy in copies.items():
        body = files.get(f"{at}{copy}")
        if body is None or hashlib.sha256(body).hexdigest() != written.get(own):
            report.add("audit_chain", f"{at}{copy}")
    inner = f"{at}{BEFORE}"
    if isinstance(earlier, Mapping):
        chain(files, inner, earlier, report)
    elif odd := [path for path in files if path.startswith(inner)]:
        report.add("audit_chain", odd[0])


def rows_of(files: Mapping[str, bytes], name: str) -> list[Row]:
    """The rows of a CSV file as texts; none where it is missing."""
    text = files.get(name, b"").decode("utf-8-sig", "replace")
    return [dict(row) for row in csv.DictReader(io.StringIO(text))]


def _texts(table: Any) -> list[Row]:
    columns = list(table.columns)
    cells = zip(*(table[c].astype(str) for c in columns), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in cells]


# ---- how many decisions differ


def count_changes(
    facts: Facts, old: tuple[list[Row], list[Row]], new: tuple[list[Row], list[Row]]
) -> int:
    """Decisions that differ between two plans (allocation and requests, each): purchases that are
    no facts, options chosen, and what block grants give beyond their least."""
    until = facts.scenario.settings.closed_until or 0
    fixed = {key for key, contract in facts.contracts.items() if contract.fixed}
    bought: list[dict[Key, Row]] = []
    for allocation, _ in (old, new):
        lines = {}
        for row in allocation:
            year = int(row["year"])
            place = (row["school"], row["item"], row["fund"], year)
            if row["kind"] == "purchase" and year > until and place not in fixed:
                lines[tuple(map(str, place))] = row
        bought.append(lines)
    changed = sum(
        _differs(facts, bought[0].get(key), bought[1].get(key))
        for key in bought[0].keys() | bought[1].keys()
    )
    past, costs = set(), facts.scenario.table("request_costs")
    names = ("request", "option", "fund", "year", "amount", "most")
    rows = list(zip(*(values(costs, c) for c in names), strict=True))
    past = {(r, o) for r, o, _, year, *_ in rows if year <= until}
    chosen = [
        {(row["request"], row["option"]): int(row["copies"]) for row in requests}
        for _, requests in (old, new)
    ]
    asked = {k for c in chosen for k in c}
    changed += sum(chosen[0].get(k, 0) != chosen[1].get(k, 0) for k in asked if k not in past)
    for r, o, fund, year, least, most in rows:
        if most is None or most <= least or year <= until:
            continue
        beyond = []
        for (allocation, _), times in zip((old, new), chosen, strict=True):
            line = ("request", r, o, fund, str(year))
            paid = sum(
                int(row["amount"])
                for row in allocation
                if (row["kind"], row["request"], row["option"], row["fund"], row["year"]) == line
            )
            beyond.append(max(0, paid - least * times.get((r, o), 0)))
        changed += abs(beyond[0] - beyond[1]) > 1
    return changed


def _differs(facts: Facts, old: Row | None, new: Row | None) -> bool:
    """Whether a purchase is another one, or is there in one plan alone."""
    if old is None or new is None:
        return True
    item = facts.items.get(new["item"])
    if item is None or item.whole:
        return Decimal(old["quantity"]) != Decimal(new["quantity"])
    room = 1 + facts.price(item, int(new["year"])) * PART
    return abs(int(old["amount"]) - int(new["amount"])) > room


# ---- what has happened


def _facts_stand(
    facts: Facts, amend: Mapping[str, Any], files: Mapping[str, bytes],
    plan: tuple[list[Row], list[Row]], report: Report,
) -> None:  # fmt: skip
    """Contracts in force, recomputed from what has happened, are the scenario's contracts at their
    price, and lines of the plan, and requests that are signed or paid are chosen; years before the
    day are closed; and what the plan before knew to have happened is still told."""
    new, requests = plan
    name = f"{BEFORE}executed.csv"
    told = rows_of(files, name)
    earlier = rows_of(files, f"{BEFORE}own/executed.csv")
    known = {tuple(sorted(row.items())) for row in told}
    for number, row in enumerate(earlier, start=2):
        if tuple(sorted(row.items())) not in known:
            report.add("audit_fact_lost", f"{BEFORE}own/executed.csv", number, "status")
    day, first = str(amend.get("at")), facts.first
    closed = facts.scenario.settings.closed_until or 0
    year = int(day[:4]) if day[:4].isdigit() else 0
    if min(year - 1, facts.last) >= first and closed < min(year - 1, facts.last):
        report.add("audit_claim", "plan.json", column="amend.at", found=day,
                   expected=f"<= {closed + 1}-12-31")  # fmt: skip
    before = json.loads(files[f"{BEFORE}plan.json"]).get("amend")
    if isinstance(before, Mapping) and day < str(before.get("at")):
        report.add("audit_claim", "plan.json", column="amend.at", found=day,
                   expected=f">= {before.get('at')}")  # fmt: skip
    happened = _happened(told, day, report)
    lines = {tuple(row[k] for k in LINE): row for row in new}
    in_force = {key for key, event in happened.items() if event.units > 0}
    for key, event in happened.items():
        kind = key[0]
        if kind == "purchase" and event.units > 0:
            works = happened.get(("setup", *key[1:]))
            right = _contract_stands(facts, key, event, works, lines.get(key), year)
        elif kind == "setup" and event.units > 0 and ("purchase", *key[1:]) not in in_force:
            contract = facts.contracts.get((key[1], key[2], key[3], int(key[4])))
            right = contract is not None and contract.works == event.money and key in lines
        elif kind == "request" and (event.units > 0 or event.paid > 0):
            right = _request_stands(event, lines.get(key), requests)
        else:
            continue
        if not right:
            report.add("audit_fact_altered", name, event.number, "quantity",
                       row_key=",".join(p for p in key if p))  # fmt: skip


@dataclass
class Happened:
    """What has happened to a line: units and money under contract, units delivered, money paid,
    year of the last delivery, and the last row that tells of it."""

    units: Fraction = Fraction(0)
    money: Fraction = Fraction(0)
    delivered: Fraction = Fraction(0)
    paid: Fraction = Fraction(0)
    last: int = 0
    number: int = 0


def _happened(told: list[Row], day: str, report: Report) -> dict[Key, Happened]:
    """Line → what has happened to it by a day, summed over the rows that tell of it."""
    name = f"{BEFORE}executed.csv"
    happened: dict[Key, Happened] = defaultdict(Happened)
    for number, row in enumerate(told, start=2):
        key = tuple(row[k] for k in LINE)
        sign = {"contracted": 1, "cancelled": -1}.get(row["status"], 0)
        try:
            units = Fraction(Decimal(row["quantity"] or "0"))
            money = Fraction(Decimal(row["amount"] or "0"))
        except (InvalidOperation, ValueError):
            report.add("audit_malformed", name, number, "quantity", found=row["quantity"],
                       expected="")  # fmt: skip
            continue
        event = happened[key]
        event.units, event.money = event.units + sign * units, event.money + sign * money
        event.number = number
        if row["status"] == "delivered":
            event.delivered, event.last = event.delivered + units, int(row["date"][:4])
        event.paid += money if row["status"] == "disbursed" else 0
        if row["date"] > day:
            report.add("audit_claim", name, number, "date", found=row["date"],
                       expected=f"<= {day}")  # fmt: skip
    return happened


def _contract_stands(
    facts: Facts, key: Key, event: Happened, works: Happened | None, line: Row | None, year: int
) -> bool:
    """Whether a contract in force is one of the scenario, at its price, from when it serves and
    with its site works, and a line of the plan."""
    _, name, item_name, fund, when, *_ = key
    contract = facts.contracts.get((name, item_name, fund, int(when)))
    school, item = facts.schools.get(name), facts.items.get(item_name)
    if contract is None or line is None or item is None or school is None:
        return False
    price, usual = facts.price(item, int(when)), service_start(school, item, int(when))
    whole = event.delivered >= event.units
    begins = min(event.last if whole else year, facts.all_years[-1])
    if max(usual, begins) != max(usual, contract.serves or 0) or not contract.executed:
        return False
    if works is not None and works.units > 0 and contract.works != works.money:
        return False
    if item.whole:
        same = (
            contract.units == event.units and contract.dearer == event.money - event.units * price
        )
        return same and Decimal(line["quantity"]) >= Decimal(str(float(event.units)))
    return contract.units == event.money / (price or 1) and int(line["amount"]) >= event.money


def _request_stands(event: Happened, line: Row | None, requests: list[Row]) -> bool:
    """Whether an option that is under contract or paid is chosen, and costs what it does: what does
    not go into so many copies is rounded up."""
    if line is None:
        return False
    times = [
        int(row["copies"])
        for row in requests
        if (row["request"], row["option"]) == (line["request"], line["option"])
    ]
    if not times or times[0] <= 0:
        return False
    amount = int(line["amount"])
    if event.units > 0:
        return event.money <= amount < max(event.money, event.paid) + times[0]
    return amount >= event.paid


def _carried_on(files: Mapping[str, bytes], new: list[Row], report: Report) -> None:
    """What has happened to lines of the plan, and nothing else, is what the folder tells of it."""
    known = {tuple(row[k] for k in LINE) for row in new}
    told = rows_of(files, f"{BEFORE}executed.csv")
    due = [row for row in told if tuple(row[k] for k in LINE) in known]
    for number, (row, other) in enumerate(
        itertools.zip_longest(rows_of(files, "executed.csv"), due), start=2
    ):
        if row != other:
            report.add("audit_fact_altered", "executed.csv", number, "status",
                       row_key=",".join(p for p in (row or other or {}).values() if p))  # fmt: skip
            return


# ---- the table of changes


def _listed(table: list[Row], old: list[Row], new: list[Row], report: Report) -> None:
    """Every end of a row is a line of its plan, all lines that differ are in it once, and the
    difference is what it says."""
    ends: list[dict[Key, tuple[Fraction, int]]] = []
    for allocation in (old, new):
        sums: dict[Key, tuple[Fraction, int]] = {}
        for row in allocation:
            if row["kind"] == "upkeep":
                continue
            key = _ids(row, "")
            units, money = sums.get(key, (Fraction(0), 0))
            own = Fraction(Decimal(row["quantity"])) if row["quantity"] else Fraction(0)
            sums[key] = (units + own, money + int(row["amount"]))
        ends.append(sums)
    seen: list[set[Key]] = [set(), set()]
    for number, row in enumerate(table, start=2):
        amounts = [0, 0]
        for at, suffix in enumerate(("_reference", "")):
            if not row[f"fund{suffix}"]:
                continue
            key = (row["school"], row["item"], row["kind"], row["request"], row[f"fund{suffix}"],
                   row[f"year{suffix}"])  # fmt: skip
            found = ends[at].get(key)
            amounts[at] = int(row[f"amount{suffix}"])
            units, text = Fraction(0) if found is None else found[0], row[f"quantity{suffix}"]
            if abs(Fraction(Decimal(text or "0")) - units) > PART * (1 + units):
                report.add("audit_claim", "changes.csv", number, f"quantity{suffix}",
                           found=text, expected=str(float(units)))  # fmt: skip
            if found is None or found[1] != amounts[at] or key in seen[at]:
                report.add("audit_claim", "changes.csv", number, f"amount{suffix}",
                           found=row[f"amount{suffix}"],
                           expected="–" if found is None else str(found[1]))  # fmt: skip
            seen[at].add(key)
        if int(row["difference"]) != amounts[1] - amounts[0]:
            report.add("audit_claim", "changes.csv", number, "difference",
                       found=row["difference"], expected=str(amounts[1] - amounts[0]))  # fmt: skip
    for key in sorted(ends[0].keys() | ends[1].keys()):
        same = ends[0].get(key, (0, 0))[1] == ends[1].get(key, (0, 0))[1]
        listed = any(key in keys for keys in seen)
        if not same and not listed:
            report.add("audit_claim", "changes.csv", column="school", found="–",
                       expected=",".join(p for p in key if p))  # fmt: skip


def _ids(row: Row, end: str) -> Key:
    """What a line is known by; ``end``: of a row with two of them, which."""
    return (
        *(row[k] for k in ("school", "item", "kind", "request")),
        row[f"fund{end}"],
        row[f"year{end}"],
    )
