"""Appendix V: coverage before and after, indicators; VII: assumptions; the last ones: what is
decided now for several futures, what an amendment changes, what has been contracted, delivered and
disbursed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.unmet import last_rows, numbers
from planner.messages import say
from planner.messages.numbers import percent
from planner.names import StandingRule
from planner.plan.coverage import exact
from planner.present.amendment import Amendment, cause_word, change_word, changed_sentence
from planner.present.comparison import (
    aim_sentence,
    cases_named,
    line_name,
    under_first,
    waiting_cells,
    worth_sentences,
)
from planner.present.content import (
    Appendix,
    Block,
    Cell,
    Figure,
    Formula,
    Paragraph,
    Row,
    RowKind,
    Table,
    cell_text,
    differs,
    plain,
    table,
)
from planner.present.executing import STAGES, day_text
from planner.present.papers.annexes import (
    figure,
    said_once,
    unit_line,
    whole_units,
)
from planner.present.papers.effects import criteria_blocks, effect_blocks
from planner.present.papers.procurement import doubt_once, envelope
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
    schools, year = view.schools, str(view.settings.years[1])
    blocks: list[Block] = [
        Paragraph(view.say("coverage.note", year=year), "note"),
        _by(view, "level", schools, [(v, view.label("level", v)) for v in LEVELS], "level"),
    ]
    if view.area_column:
        areas = dict.fromkeys(schools[view.area_column].fillna("").astype(str))
        named = [(a, view.named(view.area_column, a)) for a in areas if a]
        names = [*named, ("", view.say("coverage.no_area"))]
        blocks.append(_by(view, "area", schools, names, view.area_column))
    groups = [(g, view.label("group", g)) for g in GROUPS]
    blocks.append(_by(view, "group", schools, groups, "group"))
    code, ready = "served" if view.served else "whole", schools["group"] != "preparing"
    text = view.say(
        f"coverage.{code}", schools=len(schools), pupils=int(schools["pupils"].sum()),
        funded=int(ready.sum()), proposed=int((~ready).sum()),
    )  # fmt: skip
    blocks.append(Paragraph(f"{text} {view.say('coverage.rounded')}", "note"))
    # Need and service of each item in the last plan year, over the funded schools.
    last = last_rows(view.plan)
    at = last.index.to_numpy()
    last = last.assign(had=exact(view.plan).covered_before[at], has=exact(view.plan).covered[at])
    last = last[last["school"].isin(view.chosen) & (last["group"] != "preparing")]
    shape = (("name", "text", 57.0), ("unit", "text", 18.0), ("need", "count", 19.0),
             ("stock", "count", 19.0), ("before", "percent", 15.0), ("in_service", "count", 22.0),
             ("after", "percent", 15.0))  # fmt: skip
    columns = view.columns(shape, name="item")
    bought = view.lines[(view.lines["kind"] == "purchase") & (view.lines["standing"] != "proposal")]
    behind = dict(tuple(bought.groupby("item", sort=False)["line"]))
    rows = []
    for name, item in view.scenario.items.items():
        own = last[last["item"] == name]
        if own.empty:
            continue
        need = int(own["need"].sum())
        stock, service = whole_units(own["had"].sum()), whole_units(own["has"].sum())
        cells = (
            item.label(view.lang), item.unit, need, stock, stock / need, service, service / need,
        )  # fmt: skip
        formulas = {"before": "{stock}/{need}", "after": "{in_service}/{need}"}
        lines = tuple(int(n) for n in behind.get(name, ()))
        rows.append(Row("line", cells, lines, formulas))
    blocks.append(table("coverage.item", columns, rows, view.say("coverage.by_item")))
    if rows:
        over = last[(last["new"] > 0) & (last["in_service"] > last["need"] + 1e-6)]
        beyond = {"count": over["school"].nunique()} if len(over) else {}
        blocks.append(Paragraph(view.say("coverage.of_items", year=year, **beyond), "note"))
    indicators = _indicators(view)
    if indicators:
        # whose means the indicators are, and how each school counts in them
        code = "coverage.whose_owner" if view.owner else "coverage.whose_all"
        whose = view.say(code, owner=view.owner_name(view.owner))
        whose = view.say("coverage.indicators_whose", whose=whose, count=len(view.chosen))
        notes = (view.say("coverage.indicators_note"), whose)
        blocks += [*(Paragraph(n, "note") for n in notes), indicators]
    blocks += [*criteria_blocks(view), *effect_blocks(view)]
    title = view.say("title.coverage").upper()
    return Appendix("coverage", number, title, tuple(blocks))


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


def _indicators(view: View) -> Table | None:
    """Means of the measured criteria: the newest measurement of each school, and against the
    target those that have one."""
    frame = view.scenario.table("indicators")
    frame = frame[frame["school"].isin(view.chosen)]
    frame = frame[~frame["criterion"].isin(view.scenario.table("criteria")["criterion"])]
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


# ---- Appendix VII: norms and prices with their sources, rules as sentences, the proof, the inputs.


def assumptions_appendix(view: View, number: str) -> Appendix:
    """Appendix VII; rules that every scenario has or that items carry, prices, norms and inputs are
    for full papers."""
    settings, claims = view.settings, view.folder.claims
    weights = "; ".join(
        f"{view.label('group_short', g)}: {w}" for g, w in settings.priority.weights.items()
    )
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
        view.say("assume.tail_proposed" if view.proposes_later else "assume.tail",
                 year=str(settings.all_years[-1])),
        *(
            view.say(
                "assume.fund", fund=view.fund(n), reserve=percent(float(f.reserve), 1, view.lang),
                carry=percent(float(f.carry_over), 1, view.lang),
            )
            for n, f in settings.funds.items() if n in view.funds
        ),
        *envelope(view),
        *(rule_in_words(view.scenario, n, view.lang, True, named=False) for n in settings.rules),
        *skipped_in_words(view.scenario, view.lang, titled=True),
        *locks_in_words(view.scenario, view.lang),
        view.say("assume.proof_owner" if view.owner else "assume.proof", **view.proven),
    ]  # fmt: skip
    always = [*standing, *stated_in_words(view.scenario, view.lang, titled=True)]
    first = len(sentences)
    blocks: list[Block] = [
        Paragraph(f"{k}. {plain(s)}", "item", full=k > first)
        for k, s in enumerate([*sentences, *always], 1)
    ]
    if view.unverified_sentence:
        blocks.append(Paragraph(view.unverified_sentence, "note"))
    columns = view.columns((
        ("name", "text", 56), ("unit", "text", 14), ("price", "money", 24),
        ("growth", "percent", 18), ("life", "count", 18), ("upkeep_share", "percent", 20),
        ("source", "text", 78), ("verified", "text", 24),
    ), name="item")  # fmt: skip
    rows = []
    for item in view.scenario.items.values():
        price = {"low": item.price_low, "high": item.price_high}.get(view.settings.prices)
        cells = (
            item.label(view.lang), item.unit, int(item.price if price is None else price),
            float(item.price_growth), item.life or view.say("no_end"), float(item.upkeep),
            item.source, _verified(view, item.verified),
        )  # fmt: skip
        rows.append(Row("line", cells))
    columns, rows, said = said_once(view, columns, rows, "source", "verified")
    rows, doubted = doubt_once(view, columns, rows, "verified")
    prices = table("assume.prices", columns, rows, view.say("assume.price_table"), unit_line(view))
    files = sorted(claims.get("inputs", {}).items())
    columns = view.columns((("file", "text", 92), ("hash", "text", 160)))
    rows = [Row("line", pair) for pair in files]
    inputs = table("assume.inputs", columns, rows, view.say("assume.input_table"))
    listed: list[Block] = [*said, *doubted, prices, *_norms(view), inputs]
    blocks += [replace(block, full=True) for block in listed]
    title = view.say("title.assumptions").upper()
    return Appendix("assumptions", number, title, tuple(blocks))


def _verified(view: View, verified: bool) -> str:
    return view.say("verified" if verified else "unverified")


DRIVERS = ("school", "pupils", "classes", "teachers", "staff", "rooms", "area")
"""What norms count by that has a word of its own; others are attributes."""


def _norms(view: View) -> list[Block]:
    columns = view.columns((
        ("name", "text", 62), ("level", "text", 34), ("norm", "text", 62), ("source", "text", 70),
        ("verified", "text", 24),
    ), name="item")  # fmt: skip
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
    columns, rows, said = said_once(view, columns, rows, "source", "verified")
    rows, more = doubt_once(view, columns, rows, "verified")
    norms = table("assume.norms", columns, rows, view.say("assume.norm_table"))
    return [*said, *more, norms]


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
        figures = (float(r[k]) for k in ("weight", "value", "people", "regret_most"))
        rows.append(Row("line", (str(r["case"]), under_first(r, view.lang), *figures)))
    return rows


def _decision_rows(view: View, found: Decided, lines: pd.DataFrame, *, insured: bool) -> list[Row]:
    """The lines in the order of the plan, and their total."""
    rows = []
    for r in lines.to_dict("records"):
        cells = (
            view.names[r["school"]], line_name(found, r, view.lang), view.fund(r["fund"]),
            str(r["year"]), None if pd.isna(r["quantity"]) else whole_units(float(r["quantity"])),
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
                Row("line", (view.names[r["school"]], item, why, cases, whole_units(units), amount))
            )
        heading = view.say("decision.waiting")
        columns = view.columns(WAITING)
        blocks.append(table("decision.waiting", columns, rows, heading, unit_line(view)))
    if late:
        blocks.append(Paragraph(view.say("decision.later", count=late), "note"))
    return blocks


# ---- What an amended plan changes of the one before.

ENDS = ("amount_before", "amount_after", "difference")
CHANGED = (
    ("stt", "index", 12.0), ("name", "text", 38.0), ("place_before", "text", 27.0),
    ("quantity_before", "number", 14.0), ("amount_before", "money", 26.0),
    ("place_after", "text", 27.0), ("quantity_after", "number", 14.0),
    ("amount_after", "money", 26.0), ("difference", "money", 26.0), ("change", "text", 42.0),
)  # fmt: skip
FUNDS_CHANGED = (("fund_year", "text", 120.0), *((k, "money", 44.0) for k in ENDS))
REASONED = (
    ("change", "text", 70.0), ("cause", "text", 92.0), ("lines", "count", 30.0),
    ("difference", "money", 60.0),
)  # fmt: skip
CURVE = (
    ("within", "index", 30.0), ("given_up", "index", 30.0), ("value", "points", 38.0),
    ("changed", "count", 34.0), ("bound", "count", 34.0), ("people", "people", 38.0),
    ("spent", "money", 48.0),
)  # fmt: skip


def amendment_appendix(view: View, number: str) -> Appendix:
    """What an amended plan changes: money by fund and year before and after, the changes by kind
    and cause, every changed line school by school, and the trade-off."""
    found = view.amendment
    assert found is not None
    known, mine = found.amended, view.chosen if view.owner else None
    day = day_text(datetime.date.fromisoformat(known.at), view.lang)
    note = view.say(
        "amend.note", base=known.base, identity=known.identity[:12], date=day,
        kept=percent(1 - known.within, 2, view.lang),
    )  # fmt: skip
    blocks: list[Block] = [
        Paragraph(plain(note), "note"),
        Paragraph(plain(f"{changed_sentence(found, view.lang)} {view.say('amend.proof')}"), "note"),
    ]
    if len(found.money(mine)):
        blocks.append(_money_before_after(view, found))
    before, after = found.proposed(mine)
    if before or after:
        figures = tuple(
            Figure(f"amend.proposed.{k}", n, view.settings.currency)
            for k, n in (("before", before), ("after", after))
        )
        texts = {"before": view.money(before), "after": view.money(after)}
        blocks.append(Paragraph(view.say("amend.proposed", **texts), "body", figures))
    rows = found.changes(mine)
    if rows.empty:
        blocks.append(Paragraph(view.say("no_lines"), "note"))
    else:
        blocks += [_reasons(view, found), _bridge(view, found)]
    if known.curve is not None and len(known.curve) and not view.owner:
        cells = [
            Row("line", (
                *(percent(float(r[k]), 2, view.lang) for k in ("within", "given_up")),
                float(r["value"]), int(r["changed"]), int(r["bound"]), float(r["people"]),
                int(r["spent"]),
            ))
            for r in known.curve.to_dict("records")
        ]  # fmt: skip
        heading = view.say("amend.curve")
        blocks.append(table("amend.curve", view.columns(CURVE), cells, heading, unit_line(view)))
    if len(rows):
        blocks.append(_changed_lines(view, found, rows))
    title = view.say("title.amendment").upper()
    return Appendix("amendment", number, title, tuple(blocks))


def _money_before_after(view: View, found: Amendment) -> Table:
    """A subtotal a fund with a line a year of payment below, and the total."""
    rows, shown = found.money(view.chosen if view.owner else None), list[Row]()
    each: dict[str, Formula] = {"difference": "{amount_after}-{amount_before}"}
    for fund, own in rows.groupby("fund", sort=False):
        spans = dict.fromkeys(ENDS, (len(shown) + 1, len(shown) + len(own)))
        behind = tuple(n for y in own["year"] for n in view.paid_lines.get((str(fund), int(y)), ()))
        shown.append(Row("subtotal", (view.fund(str(fund)), *_ends(own)), behind, spans))
        for record in own.to_dict("records"):
            sums = [int(record[k]) for k in ("before", "after", "difference")]
            numbers = view.paid_lines.get((str(fund), int(record["year"])), ())
            shown.append(Row("line", (str(record["year"]), *sums), numbers, each))
    spans = dict.fromkeys(ENDS, (0, len(shown) - 1))
    shown.append(Row("total", (view.say("total"), *_ends(rows)), (), spans))
    heading, columns = view.say("amend.money"), view.columns(FUNDS_CHANGED)
    return table("amend.money", columns, shown, heading, unit_line(view))


def _ends(rows: pd.DataFrame) -> list[int]:
    """Money before, after, and the difference."""
    return [int(rows[k].sum()) for k in ("before", "after", "difference")]


def _reasons(view: View, found: Amendment) -> Table:
    """How many rows changed, how and why."""
    counts = found.counts(view.chosen if view.owner else None)
    rows = [
        Row("line", (
            change_word(r["change"], view.lang), cause_word(r["change"], r["cause"], view.lang),
            int(r["lines"]), int(r["difference"]),
        ))
        for r in counts.to_dict("records")
    ]  # fmt: skip
    span = dict.fromkeys(("lines", "difference"), (0, len(rows) - 1))
    sums = int(counts["lines"].sum()), int(counts["difference"].sum())
    rows.append(Row("total", (view.say("total"), "", *sums), (), span))
    heading, columns = view.say("amend.reasons"), view.columns(REASONED, change="change_kind")
    return table("amend.reasons", columns, rows, heading, unit_line(view))


def _bridge(view: View, found: Amendment) -> Paragraph:
    """Why the lines differ by another sum than the money does: proposals, and running costs.

    Raises :class:`AuditError` where the parts do not add up.
    """
    mine = view.chosen if view.owner else None
    paid, lines = found.money(mine)["difference"].sum(), found.changes(mine)["difference"].sum()
    upkeep, proposed = (after - before for before, after in (
        found.upkeep(mine), found.proposed(mine)
    ))  # fmt: skip
    parts = {"paid": int(paid), "lines": int(lines), "upkeep": upkeep, "proposed": proposed}
    if parts["lines"] + upkeep - proposed != parts["paid"]:
        raise differs("content", "amend.bridge", parts["lines"] + upkeep - proposed, parts["paid"])
    figures = tuple(Figure(f"amend.{k}", n, view.settings.currency) for k, n in parts.items())
    text = view.say("amend.bridge", **{k: view.money(n) for k, n in parts.items()})
    return Paragraph(text, "body", figures)


def _changed_lines(view: View, found: Amendment, rows: pd.DataFrame) -> Table:
    """Every changed line before and after, under its school, with what changed and why; the numbers
    behind a row are of the amended plan."""
    keys = ["school", "item", "kind", "request", "fund", "year"]
    lines = view.plan.allocation
    numbers: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    cells = zip(*(lines[k].tolist() for k in (*keys, "line", "amount")), strict=True)
    for *key, line, amount in cells:
        numbers.setdefault(tuple(key), []).append((int(line), int(amount)))
    shown: list[Row] = []
    every: list[int] = []
    each: dict[str, Formula] = {"difference": "{amount_after}-{amount_before}"}
    ends = ("amount_reference", "amount", "difference")
    for count, (school, own) in enumerate(rows.groupby("school", sort=False), start=1):
        at, inside = len(shown), list[int]()
        for k, r in enumerate(own.to_dict("records"), start=1):
            here = numbers.get(tuple(r[key] for key in keys), []) if r["fund"] else []
            exactly = [n for n, amount in here if amount == r["amount"]][:1]
            behind = tuple(exactly or [n for n, _ in here])
            inside += behind
            why = cause_word(r["change"], r["cause"], view.lang)
            change = f"{change_word(r['change'], view.lang)}: {why}"
            places = [_placed(view, r, end) for end in ("_reference", "")]
            line = (f"{count}.{k}", plain(found.item(r, view.lang)), *places[0], *places[1],
                    int(r["difference"]), change)  # fmt: skip
            shown.append(Row("line", line, behind, each if r["fund"] else {}))
        name = plain(found.schools.get(str(school), str(school)))
        before, after, less = (int(own[k].sum()) for k in ends)
        head = (str(count), name, "", None, before, "", None, after, less, "")
        spans = dict.fromkeys(ENDS, (at + 1, at + len(own)))
        shown.insert(at, Row("school", head, tuple(inside), spans))
        every += inside
    before, after, less = (int(rows[k].sum()) for k in ends)
    spans = dict.fromkeys(ENDS, (0, len(shown) - 1))
    total = ("", view.say("total"), "", None, before, "", None, after, less, "")
    shown.append(Row("total", total, tuple(every), spans))
    heading, columns = view.say("amend.lines"), view.columns(CHANGED)
    return table("amend.lines", columns, shown, heading, unit_line(view))


def _placed(view: View, row: dict[str, Any], end: str) -> tuple[Cell, ...]:
    """Year and fund, units of a purchase, money of one end of a change; nothing where there is no
    line."""
    if not row[f"fund{end}"]:
        return "", None, None
    where = f"{row[f'year{end}']}, {view.fund(row[f'fund{end}'])}"
    units = whole_units(float(row[f"quantity{end}"])) if row["kind"] == "purchase" else None
    return where, units, int(row[f"amount{end}"])


# ---- What has been contracted, delivered and disbursed.

PAID = (
    *((k, "money", 32.0) for k in STAGES), ("share", "percent", 20.0),
)  # fmt: skip
LATE = (
    ("school", "text", 62.0), ("item", "text", 62.0), ("year", "year", 16.0),
    ("late", "text", 26.0), ("quantity", "number", 24.0), ("amount", "money", 36.0),
    ("days", "count", 26.0),
)  # fmt: skip
LAPSING = ("usable", "moved", "disbursed", "undisbursed", "bound", "carry", "lapse")


def disbursement_appendix(view: View, number: str) -> Appendix:
    """The disbursement report: planned, contracted, delivered, disbursed and left, by fund and year
    and by school; what is late; what money would lapse. An owner's has no years, for payments are
    not told apart by them."""
    found = view.status
    assert found is not None
    lines = found.lines[found.lines["school"].isin(view.chosen)]
    funded = lines[lines["standing"] != "proposal"]
    day = day_text(found.at, view.lang)
    blocks: list[Block] = [Paragraph(view.say("disbursed.note", date=day), "note")]
    sums = {k: int(funded[k].sum()) for k in STAGES}
    share = sums["disbursed"] / sums["planned"] if sums["planned"] else float("nan")
    figures = tuple(Figure(f"disbursed.{k}", n, view.settings.currency) for k, n in sums.items())
    amounts = {k: view.money(n) for k, n in sums.items()}
    text = view.say("disbursed.sums", date=day, share=view.percent(share), **amounts)
    blocks.append(Paragraph(text, "lead", figures))
    general = found.general if not view.owner else _by_fund(view, funded)
    if len(general):
        blocks.append(_paid_table(view, "funds", general))
    projects = found.funds.drop(found.general.index) if not view.owner else found.funds[:0]
    if projects[["contracted", "disbursed"]].to_numpy().any():
        blocks.append(_paid_table(view, "projects", projects))
    by_school = funded.groupby("school", sort=False)[list(STAGES)].sum()
    rows = [
        _paid_row("line", view.names[str(school)], own.astype(int).tolist())
        for school, own in by_school.iterrows()
    ]
    if rows:
        every = (0, len(rows) - 1)
        rows.append(_paid_row("total", view.say("total"), list(sums.values()), every))
        columns = view.columns((("school", "text", 72.0), *PAID))
        heading = view.say("disbursed.schools")
        blocks.append(table("disbursed.schools", columns, rows, heading, unit_line(view)))
    late = found.late[found.late["school"].isin(view.chosen)]
    if late.empty:
        blocks.append(Paragraph(view.say("disbursed.late_none"), "note"))
    else:
        rows = [
            Row("line", (
                view.names[r["school"]], _asked_for(view, r), str(r["year"]),
                say(f"status.reason.{r['reason']}", view.lang), whole_units(float(r["quantity"])),
                int(r["amount"]), int(r["days"]),
            ), (int(r["line"]),))
            for r in late.to_dict("records")
        ]  # fmt: skip
        span = {"amount": (0, len(rows) - 1)}
        total = (view.say("total"), "", "", "", None, int(late["amount"].sum()), None)
        rows.append(Row("total", total, (), span))
        columns, heading = view.columns(LATE, quantity="missing"), view.say("disbursed.late")
        blocks.append(table("disbursed.late", columns, rows, heading, unit_line(view)))
    if not view.owner and len(found.lapsing):
        blocks += [_lapsing(view), Paragraph(say("status.lapsing_note", view.lang), "note")]
    title = view.say("title.disbursement").upper()
    return Appendix("disbursement", number, title, tuple(blocks))


def _by_fund(view: View, lines: pd.DataFrame) -> pd.DataFrame:
    """The money of lines by fund, in the order of the funds."""
    sums = lines.groupby("fund", as_index=False, sort=False)[list(STAGES)].sum()
    order = {fund: k for k, fund in enumerate(view.settings.funds)}
    return sums.sort_values("fund", key=lambda c: c.map(order), ignore_index=True)


def _paid_row(
    kind: RowKind, name: str, money: list[int], span: tuple[int, int] | None = None,
    lines: tuple[int, ...] = (),
) -> Row:  # fmt: skip
    """Planned, contracted, delivered, disbursed, left, and the share disbursed."""
    share = money[3] / money[0] if money[0] else None
    formulas: dict[str, Formula] = {"left": "{planned}-{disbursed}"}
    if span is not None:
        formulas |= dict.fromkeys(STAGES, span)
    if share is not None:
        formulas["share"] = "{disbursed}/{planned}"
    return Row(kind, (name, *money, share), lines, formulas)


def _paid_table(view: View, key: str, rows: pd.DataFrame) -> Table:
    """A subtotal a fund with a line a year of payment (or a line a fund), and the total."""
    shown: list[Row] = []
    for fund, own in rows.groupby("fund", sort=False):
        sums, name = [int(own[k].sum()) for k in STAGES], view.fund(str(fund))
        if "year" not in own:
            shown.append(_paid_row("line", name, sums))
            continue
        span = (len(shown) + 1, len(shown) + len(own))
        shown.append(_paid_row("subtotal", name, sums, span))
        for r in own.to_dict("records"):
            behind = view.paid_lines.get((str(fund), int(r["year"])), ())
            money = [int(r[k]) for k in STAGES]
            shown.append(_paid_row("line", str(r["year"]), money, lines=behind))
    total = [int(rows[k].sum()) for k in STAGES]
    shown.append(_paid_row("total", view.say("total"), total, (0, len(shown) - 1)))
    columns = view.columns((("fund_year", "text", 72.0), *PAID))
    heading = view.say(f"disbursed.{key}")
    return table(f"disbursed.{key}", columns, shown, heading, unit_line(view))


def _asked_for(view: View, row: dict[str, Any]) -> str:
    """What a line is for: an item (of site works said so), or a request's title."""
    if row["request"]:
        known = view.request_titles.get((row["request"], row["option"]), row["request"])
        return view.say("request_line", title=known)
    name = view.item(row["item"]).label(view.lang)
    return view.say("setup_line", item=name) if row["kind"] == "setup" else name


def _lapsing(view: View) -> Table:
    """What is not disbursed of each fund's years up to the day, and what becomes of it."""
    assert view.status is not None
    rows, shown = view.status.lapsing, list[Row]()
    for fund, own in rows.groupby("fund", sort=False):
        span = (len(shown) + 1, len(shown) + len(own))
        for kind, name, part in (("subtotal", view.fund(str(fund)), own), *(
            ("line", str(y), own[own["year"] == y]) for y in own["year"]
        )):  # fmt: skip
            cells = [int(part[k].sum()) for k in LAPSING]
            spans = dict.fromkeys(LAPSING, span) if kind == "subtotal" else {}
            shown.append(Row("subtotal" if spans else "line", (name, *cells), (), spans))
    spans = dict.fromkeys(LAPSING, (0, len(shown) - 1))
    total = [int(rows[k].sum()) for k in LAPSING]
    shown.append(Row("total", (view.say("total"), *total), (), spans))
    shape = (("fund_year", "text", 56.0), *((k, "money", 28.0) for k in LAPSING))
    columns = view.columns(shape, bound="bound_money")
    heading = view.say("disbursed.lapsing")
    return table("disbursed.lapsing", columns, shown, heading, unit_line(view))
