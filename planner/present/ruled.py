"""Sections of the summary on what was stated: the scenario's rules, and schools' own requests."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.messages import say
from planner.plan.exact import FLOAT, exact
from planner.present.rule_words import rule_in_words
from planner.present.telling import Text, Told
from planner.present.text_table import clean, wrap
from planner.rules import row_name
from planner.statements import Statement

SHOWN = 15
"""Chosen requests that are listed one by one."""


def rule_lines(told: Told, text: Text) -> list[str]:
    """Each rule as its sentence, and how the plan stands to it; then the standing rules."""
    rules, own = told.plan.rules, told.plan.scenario.settings.rules
    if rules.empty:
        return []
    lines: list[str] = []
    for name in own:
        lines += wrap(rule_in_words(told.plan.scenario, name, text.lang), text.width)
        mine = rules[rules["rule"] == name]
        lines += wrap(_standing(told, text, mine), text.width, "    ")
    others = [str(n) for n in dict.fromkeys(rules["rule"]) if n not in own]
    if others:
        lines += text.say("summary.rules_standing", names=", ".join(others))
    return [text.head("summary.head.rules"), *lines] if lines else []


def _standing(told: Told, text: Text, rows: pd.DataFrame) -> str:
    """``Giữ đúng; sát nhất: …`` or what a wish is missed by."""
    if rows.empty:
        return say("summary.rule_empty", text.lang)
    slack = rows["slack"].astype(float)
    name = str(rows["rule"].iloc[0])
    statement = Statement(name, told.plan.scenario.settings.rules[name])
    spared = exact(told.plan).short(statement)
    dust = rows["key"].map(spared).fillna(0.0).astype(float)
    missed = rows[slack + dust * (1 + FLOAT) < 0]
    closest = rows.loc[slack.idxmin()]
    params = {
        "row": row_name(str(closest["rule"]), [p for p in str(closest["key"]).split(",") if p]),
        "left": _amount(told, text, closest, "left"),
        "relation": {"<=": "≤", ">=": "≥"}.get(str(closest["relation"]), "="),
        "bound": _amount(told, text, closest, "bound"),
    }
    if len(missed) and closest["firmness"] == "wish":
        counts = {"missed": len(missed), "rows": len(rows)}
        return say("summary.rule_missed", text.lang, **counts, **params)
    return say("summary.rule_kept", text.lang, **params)


def _amount(told: Told, text: Text, row: pd.Series[Any], column: str) -> str:
    """A side of a rule in its unit."""
    value = float(row[column])
    if row["unit"] == "money":
        return told.prose(round(value))
    if row["unit"] == "share":
        return text.percent(value)
    return text.number(value, 0 if value.is_integer() else 2)


def request_lines(told: Told, text: Text) -> list[str]:
    """How many requests were chosen, which, for how much, and which were not."""
    table = told.plan.requests
    if table.empty:
        return []
    schools = told.plan.schools
    preparing = table["school"].isin(schools.loc[schools["group"] == "preparing", "school"])
    proposed = table[preparing & (table["chosen"] == "yes")]
    table = table[~preparing]
    chosen = table[table["chosen"] == "yes"]
    left = [r for r in dict.fromkeys(table["request"]) if r not in set(chosen["request"])]
    sentence = text.say(
        "summary.requests",
        chosen=int(chosen["request"].nunique()),
        count=int(table["request"].nunique()),
        amount=told.prose(int(chosen["paid"].sum())),
        points=text.number(float(chosen["points"].astype(float).sum()), 1),
    )
    lines = [text.head("summary.head.requests"), *sentence]
    if len(chosen):
        lines += _chosen(told, text, chosen)
    if left:
        names = ", ".join(left[:SHOWN]) + (" …" if len(left) > SHOWN else "")
        lines += text.say("summary.requests_left", names=names)
    if len(proposed):
        lines += text.say(
            "summary.requests_proposed",
            count=int(proposed["request"].nunique()),
            amount=told.prose(int(proposed["paid"].sum())),
            names=", ".join(dict.fromkeys(proposed["request"])),
        )
    return lines


def _chosen(told: Told, text: Text, chosen: pd.DataFrame) -> list[str]:
    """A table of the chosen options, the dearest first."""
    table = told.plan.scenario.schools
    schools = dict(zip(table["school"], table["name"], strict=True))
    order = chosen.sort_values(["paid", "request"], ascending=[False, True], kind="stable")
    shown = order.head(SHOWN).to_dict("records")
    scale = told.columns([int(r["paid"]) for r in shown])
    several = bool((chosen["copies"] > 1).any())
    rows = []
    for r in shown:
        times = [text.number(float(r["copies"]))] if several else []
        name = clean(f"{r['request']}:{r['option']} {r['title']}")
        money, points = scale.number(int(r["paid"])), text.number(float(r["points"]), 1)
        rows.append([name, clean(str(schools[r["school"]])), *times, money, points])
    header = ["label.column.request", "label.column.school"]
    header += ["summary.col.copies"] if several else []
    header += [say("summary.col.money", text.lang, unit=scale.unit), "label.column.value"]
    lines = text.table(header, rows, words=2)
    if len(order) > SHOWN:
        lines += text.say("summary.requests_more", count=len(order) - SHOWN)
    return lines
