"""Appendices V and VI: coverage before and after, indicators; what is not funded, and why; VII:
assumptions; the last one: what is decided now for several futures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.unmet import by_reason, last_rows, numbers
from planner.messages import say
from planner.messages.numbers import percent, rounded
from planner.names import StandingRule
from planner.plan.coverage import exact
from planner.present.comparison import (
    aim_sentence,
    cases_named,
    line_name,
    waiting_cells,
    worth_sentences,
)
from planner.present.content import (
    Appendix,
    Block,
    Paragraph,
    Row,
    RowKind,
    Table,
    cell_text,
    plain,
    table,
)
from planner.present.papers.annexes import figure, unit_line
from planner.present.papers.view import View
from planner.present.rule_words import (
    locks_in_words,
    rule_in_words,
    skipped_in_words,
    stated_in_words,
    useful_in_words,
)
from planner.run.result import Decided
from planner.scenario.schema import GROUPS, LEVELS

MEASURES = (("schools", "count", 18.0), ("pupils", "count", 20.0), ("before", "percent", 22.0),
            ("after", "percent", 22.0), ("people", "people", 26.0))  # fmt: skip


def coverage_appendix(view: View, number: str) -> Appendix:
    """Appendix V."""
    schools = view.schools
    blocks: list[Block] = [
        Paragraph(view.say("coverage.note", year=str(view.settings.years[1])), "note"),
        _by(view, "level", schools, [(v, view.label("level", v)) for v in LEVELS], "level"),
    ]
    if view.area_column:
        areas = dict.fromkeys(schools[view.area_column].fillna("").astype(str))
        named = [(a, view.named(view.area_column, a)) for a in areas if a]
        names = [*named, ("", view.say("coverage.no_area"))]
        blocks.append(_by(view, "area", schools, names, view.area_column))
    groups = [(g, view.label("group", g)) for g in GROUPS]
    blocks.append(_by(view, "group", schools, groups, "group"))
    # Need and service of each item in the last plan year, over the funded schools.
    last = last_rows(view.plan)
    at = last.index.to_numpy()
    last = last.assign(had=exact(view.plan).covered_before[at], has=exact(view.plan).covered[at])
    last = last[last["school"].isin(view.chosen) & (last["group"] != "preparing")]
    shape = (("name", "text", 57.0), ("unit", "text", 18.0), ("need", "count", 19.0),
             ("stock", "count", 19.0), ("before", "percent", 15.0), ("in_service", "count", 22.0),
             ("after", "percent", 15.0))  # fmt: skip
    columns = view.columns(shape)
    bought = view.lines[(view.lines["kind"] == "purchase") & (view.lines["standing"] != "proposal")]
    behind = dict(tuple(bought.groupby("item", sort=False)["line"]))
    rows = []
    for name, item in view.scenario.items.items():
        own = last[last["item"] == name]
        if own.empty:
            continue
        need = int(own["need"].sum())
        stock, service = _whole(own["had"].sum()), _whole(own["has"].sum())
        cells = (
            item.label(view.lang), item.unit, need, stock, stock / need, service, service / need,
        )  # fmt: skip
        formulas = {"before": "{stock}/{need}", "after": "{in_service}/{need}"}
        lines = tuple(int(n) for n in behind.get(name, ()))
        rows.append(Row("line", cells, lines, formulas))
    by_item = table("coverage.item", columns, rows, view.say("coverage.by_item"))
    blocks.append(by_item)
    indicators = _indicators(view)
    if indicators:
        # whose means the indicators are, and how each school counts in them
        code = "coverage.whose_owner" if view.owner else "coverage.whose_all"
        whose = view.say(code, owner=view.owner_name(view.owner))
        whose = view.say("coverage.indicators_whose", whose=whose, count=len(view.chosen))
        notes = (view.say("coverage.indicators_note"), whose)
        blocks += [*(Paragraph(n, "note") for n in notes), indicators]
    title = view.say("title.coverage").upper()
    return Appendix("coverage", number, title, tuple(blocks), landscape=False)


def _by(
    view: View, key: str, schools: pd.DataFrame, names: Iterable[tuple[str, str]], column: str
) -> Table:
    """One row for each value of a column of the funded schools, and their total; by group what
    is proposed after it."""
    values = schools[column].fillna("").astype(str)
    proposed = schools["group"] == "preparing"

    def row(kind: RowKind, name: str, own: pd.DataFrame) -> Row:
        # lines: the contract lines of these schools, that their coverage comes from
        behind = tuple(sorted(n for s in own["school"] for n in view.lines_of.get(s, ())))
        before, after = numbers(own["coverage_before"]), numbers(own["coverage_after"])
        known = ~np.isnan(after)
        means = [float(v[known].mean()) if known.any() else None for v in (before, after)]
        people = float(numbers(own["people"]).sum())
        return Row(kind, (name, len(own), int(own["pupils"].sum()), *means, people), behind)

    parts = [(name, schools[(values == value) & ~proposed]) for value, name in names]
    rows = [row("line", name, own) for name, own in parts if len(own)]
    spans = dict.fromkeys(("schools", "pupils", "people"), (0, len(rows) - 1)) if rows else {}
    rows.append(
        replace(row("total", view.say("coverage.funded"), schools[~proposed]), formulas=spans)
    )
    if key == "group" and proposed.any():
        rows.append(row("line", view.say("coverage.proposed"), schools[proposed]))
    columns = view.columns((("name", "text", 57.0), *MEASURES), name=key)
    return table(f"coverage.{key}", columns, rows, view.say(f"coverage.by_{key}"))


def _whole(value: float) -> int | float:
    return int(value) if float(value).is_integer() else round(float(value), 6)


def _indicators(view: View) -> Table | None:
    """Means of the measured criteria: the newest measurement of each school, and against the
    target those that have one."""
    frame = view.scenario.table("indicators")
    frame = frame[frame["school"].isin(view.chosen)]
    if frame.empty:
        return None
    shape = (("criterion", "text", 54.0), ("year", "text", 20.0), ("schools", "count", 14.0),
             ("mean", "number", 15.0), ("targeted", "count", 17.0),
             ("targeted_mean", "number", 17.0), ("target", "number", 15.0),
             ("reached", "count", 13.0))  # fmt: skip
    columns = view.columns(shape)
    rows = []
    for criterion in dict.fromkeys(frame["criterion"]):
        own = frame[frame["criterion"] == criterion]
        newest = own["year"] == own.groupby("school")["year"].transform("max")
        own = own[newest]
        aimed = own[own["target"].notna()]
        reached = sum(v >= t for v, t in zip(aimed["value"], aimed["target"], strict=True))
        counts = own["year"].value_counts().sort_index()
        years = ", ".join(f"{year} ({count})" for year, count in counts.items())
        if len(counts) == 1:
            years = str(counts.index[0])
        means = [_mean(own["value"]), _mean(aimed["value"]), _mean(aimed["target"])]
        cells = (
            plain(criterion), years, len(own), means[0], len(aimed), *means[1:],
            reached if len(aimed) else None,
        )  # fmt: skip
        rows.append(Row("line", cells))
    return table("coverage.indicators", columns, rows, view.say("coverage.indicators"))


def _mean(values: pd.Series[Any]) -> float | None:
    """The mean of exact decimals, in hundredths; none of nothing."""
    if values.empty:
        return None
    mean: Decimal = sum(values, Decimal(0)) / len(values)
    return float(mean.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


REASONS = ("lines", "schools", "cost")
UNMET = (
    ("name", "text", 76.0), ("year", "year", 14.0), ("need", "count", 18.0),
    ("in_service", "count", 22.0), ("missing", "count", 20.0), ("cost", "money", 30.0),
    ("reason", "text", 72.0),
)  # fmt: skip
REFUSED = (("school", "text", 92.0), ("request", "text", 110.0), ("cost", "money", 50.0))


def unmet_appendix(view: View, number: str) -> Appendix:
    """Appendix VI: by reason, then every need that stays unmet."""
    lines = view.unmet
    funded = lines[lines["group"] != "preparing"]
    proposed = lines[lines["group"] == "preparing"]
    blocks: list[Block] = [
        Paragraph(view.say("unmet.note", year=str(view.settings.years[1])), "note")
    ]
    if funded.empty and proposed.empty:
        blocks.append(Paragraph(view.say("unmet.none"), "note"))
    for key, part in (("funded", funded), ("proposed", proposed)):
        if len(part):
            shape = (("reason", "text", 132.0), ("needs", "count", 35.0),
                     ("schools", "count", 35.0), ("cost", "money", 50.0))  # fmt: skip
            rows = [
                Row("line", (_reason(view, r["reason"]), *(int(r[k]) for k in REASONS)))
                for r in by_reason(part).to_dict("records")
            ]
            sums = (len(part), part["school"].nunique(), int(part["cost"].sum()))
            span = dict.fromkeys(("needs", "cost"), (0, len(rows) - 1))
            rows.append(Row("total", (view.say("total"), *sums), (), span))
            heading = view.say(f"unmet.by_reason_{key}")
            columns = view.columns(shape)
            blocks.append(table(f"unmet.reasons.{key}", columns, rows, heading, unit_line(view)))
            rows = []
            for school, own in part.groupby("school", sort=False):
                span = {"cost": (len(rows) + 1, len(rows) + len(own))}
                cost, name = int(own["cost"].sum()), view.names[str(school)]
                rows.append(Row("school", (name, "", None, None, None, cost, ""), (), span))
                for r in own.to_dict("records"):
                    reason = _reason(view, r["reason"])
                    if r["blocked_by"]:
                        reason += f": {view.item(r['blocked_by']).label(view.lang)}"
                    need, service = _whole(float(r["need"])), _whole(float(r["in_service"]))
                    units = (need, service, _whole(need - service), int(r["cost"]))
                    cells = (view.item(r["item"]).label(view.lang), str(r["year"]), *units, reason)
                    rows.append(Row("line", cells, (), {"missing": "{need}-{in_service}"}))
            span = {"cost": (0, len(rows) - 1)}
            total = (view.say("total"), "", None, None, None, int(part["cost"].sum()), "")
            rows.append(Row("total", total, (), span))
            heading, columns = view.say(f"unmet.each_{key}"), view.columns(UNMET)
            blocks.append(table(f"unmet.lines.{key}", columns, rows, heading, unit_line(view)))
    # Schools' requests of which no option was chosen, each option with its cost.
    asked = view.plan.requests
    asked = asked[asked["school"].isin(view.chosen)]
    taken = set(asked.loc[asked["chosen"] == "yes", "request"])
    refused = [
        Row("line", (view.names[r["school"]], r["title"] or r["request"], int(r["amount"])))
        for r in asked[~asked["request"].isin(taken)].to_dict("records")
    ]
    if refused:
        columns = view.columns(REFUSED, cost="request_cost")
        heading = view.say("unmet.requests")
        blocks.append(table("unmet.requests", columns, refused, heading, unit_line(view)))
    return Appendix("unmet", number, view.say("title.unmet").upper(), tuple(blocks))


def _reason(view: View, code: str) -> str:
    word = view.label("reason", code)
    return word[0].upper() + word[1:]


# ---- Appendix VII: norms and prices with their sources, rules as sentences, the proof, the inputs.


def assumptions_appendix(view: View, number: str) -> Appendix:
    """Appendix VII."""
    settings, claims = view.settings, view.folder.claims
    weights = "; ".join(
        f"{view.label('group_short', g)}: {w}" for g, w in settings.priority.weights.items()
    )
    gap = percent(float(claims.get("gap") or 0), 3, view.lang)
    stated = {s.split(":")[0].split("[")[0] for s in stated_in_words(view.scenario, view.lang)}
    # The standing rules that bind this plan, a sentence each; those stated row by row are left out.
    present = set(view.plan.rules["rule"]) - stated
    standing = [view.say(f"standing.{rule}") for rule in StandingRule if rule in present]
    tiers = view.say("assume.one_tier")
    if len(settings.tiers) > 1:
        tops = [(percent(reach, 0, view.lang), weight) for reach, weight in settings.tiers]
        lows = [percent(Decimal(0), 0, view.lang), *(top for top, _ in tops)]
        parts = (
            view.say("assume.tier", low=low, high=top, weight=weight)
            for low, (top, weight) in zip(lows, tops, strict=False)
        )
        tiers = view.say("assume.tiers", parts="; ".join(parts))
    sentences = [
        view.say("assume.prices", prices=view.label("prices", settings.prices)),
        view.say("assume.priority", mode=view.label("mode", settings.priority.mode), weights=weights),  # noqa: E501
        view.say("assume.groups", year=str(settings.years[0])),
        tiers,
        view.say("assume.tail", year=str(settings.all_years[-1])),
        *(
            view.say(
                "assume.fund", fund=view.fund(n), reserve=percent(float(f.reserve), 1, view.lang),
                carry=percent(float(f.carry_over), 1, view.lang),
            )
            for n, f in settings.funds.items() if f.role != "project"
        ),
        *standing,
        *(rule_in_words(view.scenario, name, view.lang, titled=True) for name in settings.rules),
        *skipped_in_words(view.scenario, view.lang, titled=True),
        *stated_in_words(view.scenario, view.lang, titled=True),
        *locks_in_words(view.scenario, view.lang),
        view.say("assume.proof", status=view.label("status", str(claims["status"])), gap=gap),
    ]  # fmt: skip
    blocks: list[Block] = [
        Paragraph(f"{k}. {plain(s)}", "item") for k, s in enumerate(sentences, 1)
    ]
    columns = view.columns((
        ("name", "text", 56), ("unit", "text", 14), ("price", "money", 24),
        ("growth", "percent", 18), ("life", "count", 18), ("upkeep_share", "percent", 20),
        ("source", "text", 78), ("verified", "text", 24),
    ))  # fmt: skip
    rows = []
    for item in view.scenario.items.values():
        price = {"low": item.price_low, "high": item.price_high}.get(view.settings.prices)
        cells = (
            item.label(view.lang), item.unit, int(item.price if price is None else price),
            float(item.price_growth), item.life or view.say("no_end"), float(item.upkeep),
            item.source, _verified(view, item.verified),
        )  # fmt: skip
        rows.append(Row("line", cells))
    prices = table("assume.prices", columns, rows, view.say("assume.price_table"), unit_line(view))
    files = sorted(claims.get("inputs", {}).items())
    columns = view.columns((("file", "text", 92), ("hash", "text", 160)))
    rows = [Row("line", pair) for pair in files]
    inputs = table("assume.inputs", columns, rows, view.say("assume.input_table"))
    blocks += [prices, _norms(view), inputs]
    title = view.say("title.assumptions").upper()
    return Appendix("assumptions", number, title, tuple(blocks))


def _verified(view: View, verified: bool) -> str:
    return view.say("verified" if verified else "unverified")


DRIVERS = ("school", "pupils", "classes", "teachers", "staff", "rooms", "area")
"""What norms count by that has a word of its own; others are attributes."""


def _norms(view: View) -> Table:
    columns = view.columns((
        ("name", "text", 62), ("level", "text", 34), ("norm", "text", 62), ("source", "text", 70),
        ("verified", "text", 24),
    ))  # fmt: skip
    rows = []
    for n in view.scenario.norms:
        every = cell_text(float(n.every), "number", view.lang, "VND")
        per = view.say(f"driver.{n.per}") if n.per in DRIVERS else view.named("driver", n.per)
        text = view.say("norm.rule", every=every, per=per)
        for key in ("minimum", "maximum", "from_year"):
            value = getattr(n, key)
            if value is not None:
                text += view.say(f"norm.{key}", value=str(value))
        if n.useful_from:
            text += view.say("norm.useful_from", value=useful_in_words(n.useful_from, view.lang))
        if n.only:
            # by the name of the attribute's value, else as declared
            attribute, _, value = (part.strip() for part in n.only.partition("="))
            called = view.named(attribute, value)
            text += view.say("norm.only", only=n.only if called == value else called)
        name, level = view.item(n.item).label(view.lang), view.label("level", n.level)
        rows.append(Row("line", (name, level, text, n.source, _verified(view, n.verified))))
    return table("assume.norms", columns, rows, view.say("assume.norm_table"))


# ---- What is decided now for several futures, where the plan is that of one of them.

FUTURES = (
    ("future", "text", 52.0), ("base", "text", 66.0), ("weight", "percent", 24.0),
    ("value", "points", 38.0), ("people", "people", 36.0), ("regret", "points", 36.0),
)  # fmt: skip
DECISION = (
    ("school", "text", 62.0), ("item", "text", 72.0), ("fund", "text", 44.0),
    ("year", "year", 14.0), ("quantity", "number", 24.0), ("amount", "money", 36.0),
)  # fmt: skip
INSURED = (
    ("school", "text", 54.0), ("item", "text", 60.0), ("fund", "text", 36.0),
    ("year", "year", 14.0), ("quantity", "number", 20.0), ("amount", "money", 30.0),
    ("optima", "text", 38.0),
)  # fmt: skip
WAITING = (
    ("school", "text", 56.0), ("item", "text", 64.0), ("why", "text", 36.0),
    ("cases", "text", 44.0), ("units_most", "number", 22.0), ("amount_most", "money", 30.0),
)  # fmt: skip


def decision_appendix(view: View, number: str) -> Appendix:
    """The last appendix of a plan that is one future of a decision: the futures, the decided lines
    (bought whatever comes, or as insurance), what waits and for what, what the decision is worth.
    """
    found = view.decided
    assert found is not None
    until, names = str(found.until), [str(n) for n in found.futures["case"]]
    others = ", ".join(n for n in names if n != view.future)
    code = "decision.note_first" if view.future == names[0] else "decision.note"
    note = view.say(code, case=view.future, count=len(names), until=until)
    note += f" {view.say('decision.others', others=others)}" if others else ""
    blocks: list[Block] = [
        Paragraph(plain(note), "note"),
        Paragraph(plain(f"{aim_sentence(found, view.lang)} {view.say('decision.proof')}"), "note"),
    ]
    heading = view.say("decision.futures")
    blocks.append(
        table("decision.futures", view.columns(FUTURES), _futures_rows(view, found), heading)
    )
    blocks += [
        Paragraph(plain(text), "item") for text in worth_sentences(found, names[0], view.lang)
    ]
    lines = view.decided_lines
    proposed, every = lines["standing"] == "proposal", len(lines)
    parts = {role: lines[(lines["role"] == role) & ~proposed] for role in ("core", "insurance")}
    parts["proposed"] = lines[proposed]
    figures = [figure(view, "decision.total", lines[~proposed])]
    figures += [figure(view, f"decision.{name}", part) for name, part in parts.items()]
    said = ("amount", *parts) if proposed.any() else ("amount", "core", "insurance")
    amounts = {n: view.money(f.amount) for n, f in zip(said, figures, strict=False)}
    text = view.say("decision.total", lines=every, until=until, **amounts)
    blocks.append(Paragraph(text, "lead", tuple(figures[: len(said)])))
    for role, part in parts.items():
        if len(part):
            columns = view.columns(DECISION if role == "core" else INSURED)
            rows = _decision_rows(view, found, part, insured=role != "core")
            heading = view.say(f"decision.{role}")
            blocks.append(table(f"decision.lines.{role}", columns, rows, heading, unit_line(view)))
    waiting = found.waiting[found.waiting["school"].isin(view.chosen)]
    blocks += _waiting_blocks(view, found, waiting)
    return Appendix("decision", number, view.say("title.decision").upper(), tuple(blocks))


def _futures_rows(view: View, found: Decided) -> list[Row]:
    """A row a future, of the whole plan and not of one owner's schools."""
    rows = []
    for r in found.futures.to_dict("records"):
        points = {"points": rounded(r["base_least"], 1, view.lang)} if r["base"] == "plan" else {}
        under = say(f"futures.base.{r['base']}", view.lang, **points)
        figures = (float(r[k]) for k in ("weight", "value", "people", "regret_most"))
        rows.append(Row("line", (str(r["case"]), under, *figures)))
    return rows


def _decision_rows(view: View, found: Decided, lines: pd.DataFrame, *, insured: bool) -> list[Row]:
    """The lines in the order of the plan, and their total."""
    rows = []
    for r in lines.to_dict("records"):
        cells = (
            view.names[r["school"]], line_name(found, r, view.lang), view.fund(r["fund"]),
            str(r["year"]), None if pd.isna(r["quantity"]) else _whole(float(r["quantity"])),
            int(r["amount"]),
        )  # fmt: skip
        more = (cases_named(found, r["in_optima"], view.lang),) if insured else ()
        rows.append(Row("line", (*cells, *more), (int(r["line"]),)))
    numbers = tuple(int(n) for n in lines["line"])
    sums = (view.say("total"), "", "", "", None, int(lines["amount"].sum()))
    span = {"amount": (0, len(rows) - 1)}
    rows.append(Row("total", (*sums, *([""] if insured else [])), numbers, span))
    return rows


def _waiting_blocks(view: View, found: Decided, waiting: pd.DataFrame) -> list[Block]:
    """What waits, the most money first; what is bought later in any case is counted only."""
    late = int((waiting["why"] == "later").sum())
    own = waiting[waiting["why"] != "later"].sort_values(
        "amount_most", ascending=False, kind="stable"
    )
    blocks: list[Block] = []
    if len(own):
        rows = []
        for r in own.to_dict("records"):
            _, item, why, cases, units, amount = waiting_cells(found, r, view.lang)
            assert isinstance(units, float)
            rows.append(
                Row("line", (view.names[r["school"]], item, why, cases, _whole(units), amount))
            )
        heading = view.say("decision.waiting")
        columns = view.columns(WAITING)
        blocks.append(table("decision.waiting", columns, rows, heading, unit_line(view)))
    if late:
        blocks.append(Paragraph(view.say("decision.later", count=late), "note"))
    return blocks
