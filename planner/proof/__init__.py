"""The proof of a plan: from the scenario and the written tables alone
(ARCHITECTURE.md#the-proof).

:func:`audit` recomputes everything that a plan states, with integers and fractions of its own,
and shares no arithmetic with the code that makes plans. What it finds nothing wrong with holds
to the last minor unit.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from planner.errors import Finding, Place
from planner.proof.blocks import Sums, in_blocks, of_schools
from planner.proof.cells import (
    Report,
    TextTable,
    compare,
    family_row,
    number_text,
    read_tables,
    rule_key,
)
from planner.proof.decision import Decision, options_of
from planner.proof.inputs import Eligibility, Facts
from planner.proof.ledgers import (
    capacity_within,
    carry_within_limit,
    entries,
    fund_within_budget,
    obligations,
    preparing_from_project,
)
from planner.proof.rules import REQUEST_RULES, Statements, locked, violated
from planner.proof.value import check_claims, request_rows
from planner.scenario.cases import differences
from planner.scenario.scenario import Scenario

__all__ = ["audit", "audit_decision"]


def audit(
    scenario: Scenario, tables: Mapping[str, Any], claims: Mapping[str, Any]
) -> list[Finding]:
    """Everything that is wrong with a plan; an empty list proves it right.

    Parameters
    ----------
    scenario
        The scenario that the plan answers.
    tables
        Table name → frame of text, exactly as in the plan folder's CSV files.
    claims
        The content of ``plan.json``.

    Returns
    -------
    list of Finding
        Each with the file, row (the header is row 1) and column it was found at and, for
        rules, the row key such as ``fund_within_budget[district-capital,2024]``. Malformed
        cells are findings; nothing in a plan makes the audit raise.
    """
    resting = gc.isenabled()
    gc.disable()  # nothing here makes cycles, and looking for them costs a third of the time
    try:
        report = Report()
        facts = Facts(scenario)
        texts = read_tables(tables, report)
        if not texts["allocation"].complete:
            return report.findings()
        sums = None if report.findings() else in_blocks(facts, texts)
        if sums is not None:
            tied_together(facts, sums, texts, claims, report)
            if not report.findings():
                return []
            report = Report()
        # All schools at once, so that findings come in one order however many blocks there are.
        sums = of_schools(facts, texts, report)
        tied_together(facts, sums, texts, claims, report)
        return report.findings()
    finally:
        if resting:
            gc.enable()


def tied_together(
    facts: Facts,
    sums: Sums,
    texts: Mapping[str, TextTable],
    claims: Mapping[str, Any],
    report: Report,
) -> None:
    """The rules that tie schools together, by the sums of all schools: money, capacities,
    requests, the scenario's own rules; and the claims of the plan."""
    funds = Eligibility(facts)
    decision = Decision(facts, options_of(facts), sums.chosen, sums.paid)
    broken = sums.broken | violated(REQUEST_RULES, facts, decision, report)
    # Every linking rule, in the order of the file, so that they are compared in step.
    ledger = entries(facts, sums.money, funds)
    rows = compare(texts["ledger"], (entry.row() for entry in ledger), report)
    compare(texts["obligations"], obligations(facts, sums.money, sums.after), report)
    funded = iter(fund_within_budget(facts, ledger, rows, report))
    carried = {row.key: row for row in carry_within_limit(ledger)}
    proposed = iter(preparing_from_project(facts, sums.money, ledger, rows, report))
    ruled = []
    for entry in ledger:
        ruled.append(next(proposed if entry.school else funded))
        key = f"{entry.fund},{entry.year}"
        ruled += [carried[key]] if not entry.school and key in carried else []
    ruled += capacity_within(facts, sums.used, report)
    ruled += sums.locks + locked(facts, decision, "request", report)
    stated = list(Statements(facts, decision.options, sums.counted).rows())
    ruled += [row for row, _ in stated]
    ruled += [family_row(name, count) for name, count in broken.items()]
    rows = compare(texts["rules"], (row.row() for row in ruled), report)
    for row, _ in stated:
        if row.slack < 0 and row.firmness != "wish":
            place = rows.get((row.rule, row.key, row.relation))
            report.add(
                "audit_rule", "rules.csv", place, "left", rule_key(row.rule, row.key),
                rule=row.rule, found=number_text(row.left), relation=row.relation,
                bound=number_text(row.bound),
            )  # fmt: skip
    compare(texts["requests"], request_rows(facts, decision), report)
    missed = sum((cost for _, cost in stated), Fraction(0))
    check_claims(facts, claims, decision, sums.tally, sums.lowest, missed, report, sums.lines)


# --------------------------------------------------------------------------------------------------
# One decision for several futures: that each future's plan holds is proven by :func:`audit`; here
# that they all hold the same decision, and what is said of them together.

DECIDED = ("purchase", "setup", "request")
"""Kinds of lines that are decisions."""
DECISION = ("school", "item", "fund", "year", "kind", "request", "option", "quantity", "amount")
"""Columns of ``decision.csv`` that the futures' plans have, too."""
ROUND = Fraction(1, 10**6)
"""How far a claim may be from what is recomputed, for each point of it (1 at the least)."""


def audit_decision(
    futures: Mapping[str, tuple[Scenario, Mapping[str, Any], Mapping[str, Any]]],
    written: Mapping[str, Any],
    claims: Mapping[str, Any],
) -> list[Finding]:
    """Everything that is wrong with one decision for several futures.

    Parameters
    ----------
    futures
        Name → the scenario, the tables and the claims of its plan, each proven by :func:`audit`.
    written
        ``decision.csv``, ``futures.csv`` and ``waiting.csv`` as texts, by name.
    claims
        The content of the decision's ``plan.json``.
    """
    report, decision = Report(), written["decision"]
    cases = claims.get("cases")
    named = cases if isinstance(cases, list) else []
    sound = all(isinstance(c, Mapping) and _finite(c) for c in named)
    sound = sound and bool(named) and named[0]["base"] == "plan"  # of its own best plan
    if not sound or [c["name"] for c in named] != list(futures):
        report.add("audit_claim", "plan.json", column="cases", found=str(cases)[:200],
                   expected=str(list(futures)))  # fmt: skip
        return report.findings()
    until = claims.get("decide_until")
    first = {name: _now(tables["allocation"], until) for name, (_, tables, _) in futures.items()}
    lines = list(zip(*(decision[c].astype(str) for c in DECISION), strict=True))
    for name, own in first.items():
        if own != lines:
            odd = sorted(set(own) ^ set(lines)) or [("-",)]
            line = ", ".join(part for part in odd[0] if part)
            report.add("audit_decision_differs", "decision.csv", case=name, line=line)
    told = (decision[c].astype(str) for c in ("optima", "in_optima", "role"))
    for count, those, role in zip(*told, strict=True):
        named_there = [name for name in futures if name in those.split(", ")]
        due = "core" if len(named_there) == len(futures) else "insurance"
        right = str(len(named_there)), ", ".join(named_there), due
        if (count, those, role) != right:
            report.add("audit_claim", "decision.csv", column="role",
                       found=f"{count}, {those}, {role}", expected=", ".join(right))  # fmt: skip
    _listed(written["futures"], named, report)
    if isinstance(until, int):
        _waiting(written["waiting"], futures, until, report)
    scenarios = {name: scenario for name, (scenario, _, _) in futures.items()}
    if isinstance(until, int):
        for found in differences(scenarios, until, lambda key: Place("plan.json", key=key)):
            report.add(found.code, "plan.json", column=found.where.key, **found.params)
    _cases(named, futures, report)
    _aims(claims, named, futures, report)
    if not report.findings():
        _worth(claims, named, report)
    return report.findings()


def _finite(case: Mapping[str, Any]) -> bool:
    """Whether a future's figures are numbers where they must be."""
    keys = ["weight", "value", "best", "most", "regret_least", "regret_most", "people", "spent"]
    keys += ["dropped", "best_people", "best_people_more"]
    of_base = ["base_least", "base_most", "base_people", "base_people_less"]
    if case.get("base") == "plan":
        keys += of_base
    elif case.get("base") not in ("infeasible", "open"):
        return False
    numbers = (case.get(k) for k in keys)
    return (
        "name" in case
        and set(of_base) <= case.keys()
        and (case["base"] == "plan" or all(case[k] is None for k in of_base))
        and all(
            isinstance(n, (int, float)) and not isinstance(n, bool) and isfinite(n) for n in numbers
        )
    )


def _now(allocation: Any, until: Any) -> list[tuple[str, ...]]:
    """The lines of a plan that are decided up to a year, as texts."""
    rows = zip(*(allocation[c].astype(str) for c in DECISION), strict=True)
    kind, year = DECISION.index("kind"), DECISION.index("year")
    return [row for row in rows if row[kind] in DECIDED and int(row[year]) <= int(until)]


def _listed(table: Any, named: list[Any], report: Report) -> None:
    """``futures.csv`` says of each future what ``plan.json`` says."""
    rows = table.to_dict("records")
    if [row["case"] for row in rows] != [case["name"] for case in named]:
        report.add("audit_claim", "futures.csv", column="case", found=str(len(rows)),
                   expected=str(len(named)))  # fmt: skip
        return
    for number, (row, case) in enumerate(zip(rows, named, strict=True), start=2):
        for key, due in case.items():
            found = row.get("case" if key == "name" else key, "")
            if isinstance(due, str):
                same = found == due
            elif due is None:
                same = found in ("", "nan")
            else:
                same = _number(found) is not None and not _differs(_number(found), Fraction(due))
            if not same:
                report.add("audit_claim", "futures.csv", number, key, found=found,
                           expected=str(due))  # fmt: skip


def _number(text: str) -> float | None:
    """A cell as a number, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None


def _waiting(table: Any, futures: Mapping[str, Any], until: int, report: Report) -> None:
    """What is bought later, in which futures and how much of it, by the futures' own plans."""
    sums: dict[tuple[str, str], dict[str, list[Fraction]]] = {}
    for name, (_, tables, _) in futures.items():
        keys = ("kind", "year", "school", "item", "quantity", "amount")
        for kind, year, school, item, units, amount in zip(
            *(tables["allocation"][c].astype(str) for c in keys), strict=True
        ):
            if kind == "purchase" and int(year) > until:
                own = sums.setdefault((school, item), {}).setdefault(name, [Fraction(0)] * 2)
                own[:] = [own[0] + Fraction(units), own[1] + Fraction(amount)]
    due = {}
    for key, bought in sums.items():
        each, paid = ([n[k] for n in bought.values()] for k in (0, 1))
        least = min(each) if len(bought) == len(futures) else Fraction(0)
        due[key] = (", ".join(n for n in futures if n in bought), least, max(each), max(paid))
    found = {}
    for number, row in enumerate(table.to_dict("records"), start=2):
        key = (row["school"], row["item"])
        ends = [_number(row[k]) for k in ("units_least", "units_most", "amount_most")]
        right = due.get(key)
        if key in found or right is None or row["cases"] != right[0] or any(
            _differs(end, n) for end, n in zip(ends, right[1:], strict=True)
        ):  # fmt: skip
            report.add("audit_claim", "waiting.csv", number, "cases",
                       found=", ".join(map(str, row.values())), expected=str(right))  # fmt: skip
        found[key] = number
    for key in sorted(due.keys() - found.keys()):
        report.add("audit_claim", "waiting.csv", column="school", found="-",
                   expected=", ".join(key))  # fmt: skip


def _differs(found: Any, due: Fraction, size: Fraction | int = 0) -> bool:
    """Whether a claimed number is another one than it must be."""
    if (
        not isinstance(found, (int, float, Fraction))
        or isinstance(found, bool)
        or not isfinite(found)
    ):
        return True
    return abs(Fraction(found) - due) > ROUND * max(Fraction(1), abs(due), abs(Fraction(size)))


def _cases(named: list[Any], futures: Mapping[str, Any], report: Report) -> None:
    """What is said of each future: its plan's own claims, and its regret against its best."""
    if _differs(sum(Fraction(c["weight"]) for c in named), Fraction(1)):
        total = str(float(sum(Fraction(c["weight"]) for c in named)))
        report.add("audit_claim", "plan.json", column="cases.weight", found=total, expected="1")
    for case in named:
        _, _, own = futures[case["name"]]
        value, best, most = (Fraction(case[k]) for k in ("value", "best", "most"))
        due = {
            "value": Fraction(own["value"]), "people": Fraction(own["people"]),
            "best": max(best, value), "most": max(most, best),
            "regret_most": max(Fraction(0), most - value),
            "best_people_more": Fraction(case["best_people"]) - Fraction(own["people"]),
        }  # fmt: skip
        if case["base"] == "plan":
            due["base_people_less"] = Fraction(own["people"]) - Fraction(case["base_people"])
        if case is named[0]:
            due |= _of_first(case, value)
        for key, expected in due.items():
            if _differs(case.get(key), expected, most):
                report.add("audit_claim", "plan.json", column=f"cases.{case['name']}.{key}",
                           found=str(case.get(key)), expected=str(float(expected)))  # fmt: skip
        least = max(Fraction(0), best - value)
        if Fraction(case["regret_least"]) > least + ROUND * max(Fraction(1), best):
            report.add("audit_claim", "plan.json", column=f"cases.{case['name']}.regret_least",
                       found=str(case["regret_least"]), expected=str(float(least)))  # fmt: skip


def _of_first(case: Mapping[str, Any], value: Fraction) -> dict[str, Fraction]:
    """What follows for the first future, whose plan under its own decision is its own best: the
    best known is the better one of that and its plan here (within a hundred-thousandth either)."""
    base, due = Fraction(case["base_least"]), {}
    if value <= base:
        due["best_people"] = Fraction(case["base_people"])
    elif value - base > 2 * max(Fraction(1), abs(base)) / 10**5:
        due["best_people"] = Fraction(case["people"])
    return due | {"best": max(base, value)}


def _aims(
    claims: Mapping[str, Any], named: list[Any], futures: Mapping[str, Any], report: Report
) -> None:
    """The aim of every stage, recomputed from the futures' plans; bounds, gap and status."""
    aim = claims.get("aim") if isinstance(claims.get("aim"), Mapping) else {}
    weights = [Fraction(c["weight"]) for c in named]
    stages: Any = claims.get("stages") if isinstance(claims.get("stages"), list) else []
    total = top = first = none = Fraction(0)
    for stage in stages:
        reached = [
            sum((Fraction(s["value"]) for s in own["stages"] if s["name"] == stage["name"]), none)
            for _, _, own in futures.values()
        ]
        best = stage.get("best") or [0.0] * len(reached)
        due = _aimed(aim, reached, weights, [Fraction(b) for b in best])
        if due is None or _differs(stage.get("value"), due):
            report.add("audit_claim", "plan.json", column=f"stages.{stage.get('name')}.value",
                       found=str(stage.get("value")),
                       expected="-" if due is None else str(float(due)))  # fmt: skip
            return
        total, top = total + Fraction(stage["value"]), top + Fraction(stage["bound"])
        before = stage.get("before")  # of a tidied decision taken on trust, within its bounds
        low, high = Fraction(stage["value"]), Fraction(stage["bound"])
        room = ROUND * max(Fraction(1), abs(low))
        if not isinstance(before, (int, float)) or not low - room <= before <= high + room:
            report.add("audit_claim", "plan.json", column=f"stages.{stage['name']}.before",
                       found=str(before), expected=f"{float(low)}–{float(high)}")  # fmt: skip
            return
        first += Fraction(before)
        if Fraction(stage["bound"]) < Fraction(stage["value"]) - ROUND:
            report.add("audit_claim", "plan.json", column=f"stages.{stage['name']}.bound",
                       found=str(stage["bound"]), expected=f">= {stage['value']}")  # fmt: skip
    for key, expected in (("value", total), ("bound", max(top, total))):
        if _differs(claims.get(key), expected):
            report.add("audit_claim", "plan.json", column=key, found=str(claims.get(key)),
                       expected=str(float(expected)))  # fmt: skip
            return
    gap = max(Fraction(0), top - total) / max(Fraction(1), abs(total))
    if _differs(claims.get("gap"), gap):
        report.add("audit_claim", "plan.json", column="gap", found=str(claims.get("gap")),
                   expected=str(float(gap)))  # fmt: skip
    run = claims.get("settings")
    asked = run.get("gap") if isinstance(run, Mapping) else None
    room = Fraction(asked if isinstance(asked, (int, float)) else 0) + ROUND
    # what tidying gave up afterwards is in the gap, and not in what was reached within it
    reached_gap = max(Fraction(0), top - first) / max(Fraction(1), abs(first))
    status = claims.get("status")
    known = {
        "optimal": gap <= ROUND * 10,
        "within_gap": reached_gap <= max(room, ROUND * 10),
        "stopped": True,
    }
    if not known.get(str(status), False):
        report.add("audit_status", "plan.json", column="status", found=str(claims.get("status")))


def _worth(claims: Mapping[str, Any], named: list[Any], report: Report) -> None:
    """What the decision, and what knowing the future would be worth, and the largest regret: their
    ends by the futures' figures and the bound. Where stages come one before the other, by the
    mean."""
    aim = claims["aim"]
    stages = claims["stages"]
    weights = [Fraction(c["weight"]) for c in named]
    best: list[Fraction] = [Fraction(0)] * len(named)
    value, bound = Fraction(claims["value"]), Fraction(claims["bound"])
    if len(stages) == 1:
        best = [Fraction(b) for b in stages[0].get("best") or best]
    else:
        aim = {"kind": "expected"}
        value = _mean(named, "value", weights)
        bound = max(bound, value)

    def by(key: str) -> Fraction:
        found = _aimed(aim, [Fraction(c[key]) for c in named], weights, best)
        return Fraction(0) if found is None else found

    none = Fraction(0)
    due: dict[str, tuple[Fraction, Fraction]] = {}
    due["information"] = (max(none, by("best") - bound), max(none, by("most") - value))
    if all(c["base"] == "plan" for c in named):
        due["stochastic"] = (value - by("base_most"), bound - by("base_least"))
    least, most = (max(Fraction(c[f"regret_{end}"]) for c in named) for end in ("least", "most"))
    due["regret"] = least, most
    told: Any = claims.get("worth")
    said = {**(told if isinstance(told, Mapping) else {}), "regret": claims.get("regret")}
    for key in sorted(due.keys() | said.keys()):
        pair, right = said.get(key), due.get(key, ())
        ends = pair if isinstance(pair, list) else []
        if not right or len(ends) != 2 or any(map(_differs, ends, right, [value] * 2)):
            report.add("audit_claim", "plan.json", column=f"worth.{key}", found=str(pair),
                       expected=str([float(r) for r in right]))  # fmt: skip
    people, means = _mean(named, "people", weights), dict[str, Fraction]()
    means["information"] = _mean(named, "best_people", weights) - people
    if "stochastic" in due:
        means["stochastic"] = people - _mean(named, "base_people", weights)
    found: Any = claims.get("worth_people")
    found = found if isinstance(found, Mapping) else {}
    for key in sorted(means.keys() | found.keys()):
        if key not in means or _differs(found.get(key), means[key], people):
            report.add("audit_claim", "plan.json", column=f"worth_people.{key}",
                       found=str(found.get(key)), expected=str(means.get(key)))  # fmt: skip


def _mean(named: list[Any], key: str, weights: list[Fraction]) -> Fraction:
    """The weighted mean of a figure of the futures."""
    pairs = zip(weights, named, strict=True)
    return sum((w * Fraction(c[key]) for w, c in pairs), Fraction(0)) / sum(weights)


def _aimed(
    aim: Any, values: list[Fraction], weights: list[Fraction], best: list[Fraction]
) -> Fraction | None:
    """What futures are worth together: the weighted mean; the least; the mean of the best less the
    largest regret; or the weighted mean of the worst part of the weights, the least first."""
    total = sum(weights)
    mean = sum((w * v for w, v in zip(weights, values, strict=True)), Fraction(0)) / total
    kind = aim.get("kind")
    if kind == "expected":
        return mean
    if kind == "worst":
        return min(values)
    if kind == "regret":
        hoped = sum((w * b for w, b in zip(weights, best, strict=True)), Fraction(0)) / total
        return hoped - max(b - v for b, v in zip(best, values, strict=True))
    tail = aim.get("tail")
    if kind != "cvar" or not isinstance(tail, (int, float)) or not 0 <= tail < 1:
        return None
    part = left = (1 - Fraction(tail)) * total
    summed = Fraction(0)
    for value, weight in sorted(zip(values, weights, strict=True)):
        taken = min(left, weight)
        summed, left = summed + taken * value, left - taken
    return summed / part
