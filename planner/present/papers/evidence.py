"""Appendices V and VI: coverage before and after, indicators; what is not funded, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.unmet import by_reason, last_rows, numbers
from planner.messages.numbers import percent
from planner.names import StandingRule
from planner.present.content import (
    Appendix,
    Block,
    Column,
    Paragraph,
    Row,
    Table,
    View,
    cell_text,
    plain,
    table,
)
from planner.present.papers.annexes import unit_line
from planner.present.rule_words import (
    locks_in_words,
    rule_in_words,
    skipped_in_words,
    stated_in_words,
)
from planner.scenario.schema import GROUPS, LEVELS

MEASURES = (("schools", "count", 18.0), ("pupils", "count", 20.0), ("before", "percent", 22.0),
            ("after", "percent", 22.0), ("people", "people", 26.0))  # fmt: skip


def coverage_appendix(view: View, number: str) -> Appendix:
    """Appendix V."""
    schools = view.schools
    funded = schools[schools["group"] != "preparing"]
    blocks: list[Block] = [
        Paragraph(view.say("coverage.note", year=str(view.settings.years[1])), "note"),
        _by(view, "level", funded, [(v, view.label("level", v)) for v in LEVELS]),
    ]
    if view.area_column:
        areas = dict.fromkeys(schools[view.area_column].fillna("").astype(str))
        named = [(a, view.named(view.area_column, a)) for a in areas if a]
        names = [*named, ("", view.say("coverage.no_area"))]
        blocks.append(_by(view, "area", funded, names))
    blocks.append(_by_group(view, schools))
    # Need and service of each item in the last plan year, over the funded schools.
    last = last_rows(view.plan)
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
        stock, service = (np.minimum(own[k], own["need"]).sum() for k in ("stock", "in_service"))
        cells = (
            item.label(view.lang), item.unit, need, _whole(stock), float(stock) / need,
            _whole(service), float(service) / need,
        )  # fmt: skip
        formulas = {"before": "{stock}/{need}", "after": "{in_service}/{need}"}
        lines = tuple(int(n) for n in behind.get(name, ()))
        rows.append(Row("line", cells, lines, formulas))
    by_item = table("coverage.item", columns, rows, view.say("coverage.by_item"))
    blocks.append(by_item)
    indicators = _indicators(view)
    if indicators:
        blocks.append(Paragraph(view.say("coverage.indicators_note"), "note"))
        blocks += [Paragraph(_whose(view), "note"), indicators]
    title = view.say("title.coverage").upper()
    return Appendix("coverage", number, title, tuple(blocks), landscape=False)


def _shape(view: View, first: str) -> list[Column]:
    return view.columns((("name", "text", 57.0), *MEASURES), name=first)


def _behind(view: View, schools: Iterable[str]) -> tuple[int, ...]:
    """The contract lines of these schools: what their coverage comes from."""
    return tuple(sorted(n for s in schools for n in view.lines_of.get(s, ())))


def _measures(schools: pd.DataFrame) -> tuple[int | float | None, ...]:
    """Schools, pupils, mean coverage before and after, equipped pupil-years."""
    before, after = numbers(schools["coverage_before"]), numbers(schools["coverage_after"])
    known = ~np.isnan(after)
    means = [float(v[known].mean()) if known.any() else None for v in (before, after)]
    people = float(numbers(schools["people"]).sum())
    return len(schools), int(schools["pupils"].sum()), *means, people


def _spans(last: int) -> dict[str, tuple[int, int]]:
    return dict.fromkeys(("schools", "pupils", "people"), (0, last))


def _by(view: View, key: str, schools: pd.DataFrame, names: Iterable[tuple[str, str]]) -> Table:
    """One row for each value of a column of the funded schools."""
    column = "level" if key == "level" else view.area_column
    values = schools[column].fillna("").astype(str)
    rows = []
    for value, name in names:
        own = schools[values == value]
        if len(own):
            rows.append(Row("line", (name, *_measures(own)), _behind(view, own["school"])))
    total = (view.say("coverage.funded"), *_measures(schools))
    spans = _spans(len(rows) - 1) if rows else {}
    rows.append(Row("total", total, _behind(view, schools["school"]), spans))
    return table(f"coverage.{key}", _shape(view, key), rows, view.say(f"coverage.by_{key}"))


def _by_group(view: View, schools: pd.DataFrame) -> Table:
    rows = []
    for group in ("completed", "under_construction", "none"):
        own = schools[schools["group"] == group]
        if len(own):
            name = view.label("group", group)
            rows.append(Row("line", (name, *_measures(own)), _behind(view, own["school"])))
    funded = schools[schools["group"].isin(set(GROUPS) - {"preparing"})]
    total = (view.say("coverage.funded"), *_measures(funded))
    spans = _spans(len(rows) - 1) if rows else {}
    rows.append(Row("total", total, _behind(view, funded["school"]), spans))
    own = schools[schools["group"] == "preparing"]
    if len(own):
        name = view.say("coverage.proposed")
        rows.append(Row("line", (name, *_measures(own)), _behind(view, own["school"])))
    return table("coverage.group", _shape(view, "group"), rows, view.say("coverage.by_group"))


def _whole(value: float) -> int | float:
    return int(value) if float(value).is_integer() else round(float(value), 6)


def _whose(view: View) -> str:
    """Whose means the indicators are, and how each school counts in them."""
    owner = view.owner_name(view.owner)
    code = "coverage.whose_owner" if view.owner else "coverage.whose_all"
    whose = view.say(code, owner=owner)
    return view.say("coverage.indicators_whose", whose=whose, count=len(view.chosen))


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
        means = [_mean(own["value"]), _mean(aimed["value"]), _mean(aimed["target"])]
        cells = (
            plain(criterion), _years(own["year"]), len(own), means[0], len(aimed), *means[1:],
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


def _years(years: pd.Series[Any]) -> str:
    """``2022``; of several years each with the number of schools measured in it."""
    counts = years.value_counts().sort_index()
    if len(counts) == 1:
        return str(counts.index[0])
    return ", ".join(f"{year} ({count})" for year, count in counts.items())


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
            shape = (
                ("reason", "text", 132.0),
                ("needs", "count", 35.0),
                ("schools", "count", 35.0),
                ("cost", "money", 50.0),
            )
            columns = view.columns(shape)
            rows = [
                Row(
                    "line",
                    (
                        _reason(view, r["reason"]),
                        int(r["lines"]),
                        int(r["schools"]),
                        int(r["cost"]),
                    ),
                )
                for r in by_reason(part).to_dict("records")
            ]
            total = (
                view.say("total"),
                len(part),
                part["school"].nunique(),
                int(part["cost"].sum()),
            )
            span = (0, len(rows) - 1)
            rows.append(Row("total", total, (), {"needs": span, "cost": span}))
            reasons = table(
                f"unmet.reasons.{key}",
                columns,
                rows,
                view.say(f"unmet.by_reason_{key}"),
                unit_line(view),
            )
            blocks += [reasons, _lines(view, key, part)]
    refused = _refused(view)
    if refused:
        blocks.append(refused)
    return Appendix("unmet", number, view.say("title.unmet").upper(), tuple(blocks))


def _lines(view: View, key: str, lines: pd.DataFrame) -> Table:
    shape = (("name", "text", 76.0), ("year", "year", 14.0), ("need", "count", 18.0),
             ("in_service", "count", 22.0), ("missing", "count", 20.0), ("cost", "money", 30.0),
             ("reason", "text", 72.0))  # fmt: skip
    columns = view.columns(shape)
    rows: list[Row] = []
    for school, own in lines.groupby("school", sort=False):
        at = len(rows)
        cost = int(own["cost"].sum())
        head = (view.names[str(school)], "", None, None, None, cost, "")
        rows.append(Row("school", head, (), {"cost": (at + 1, at + len(own))}))
        rows += [_line(view, r) for r in own.to_dict("records")]
    span = {"cost": (0, len(rows) - 1)}
    total: Sequence[str | int | None] = (
        view.say("total"), "", None, None, None, int(lines["cost"].sum()), "",
    )  # fmt: skip
    rows.append(Row("total", tuple(total), (), span))
    return table(
        f"unmet.lines.{key}", columns, rows, view.say(f"unmet.each_{key}"), unit_line(view)
    )


def _reason(view: View, code: str) -> str:
    word = view.label("reason", code)
    return word[0].upper() + word[1:]


def _refused(view: View) -> Table | None:
    """Schools' requests of which no option was chosen, each option with its cost."""
    rows = view.plan.requests
    rows = rows[rows["school"].isin(view.chosen)]
    taken = set(rows.loc[rows["chosen"] == "yes", "request"])
    rows = rows[~rows["request"].isin(taken)]
    if rows.empty:
        return None
    shape = (("school", "text", 92.0), ("request", "text", 110.0), ("cost", "money", 50.0))
    columns = view.columns(shape, cost="request_cost")
    shown = [
        Row("line", (view.names[r["school"]], r["title"] or r["request"], int(r["amount"])))
        for r in rows.to_dict("records")
    ]
    heading = view.say("unmet.requests")
    return table("unmet.requests", columns, shown, heading, unit_line(view))


def _line(view: View, record: dict[str, object]) -> Row:
    reason = _reason(view, str(record["reason"]))
    if record["blocked_by"]:
        reason += f": {view.item(str(record['blocked_by'])).label(view.lang)}"
    need, service = float(str(record["need"])), float(str(record["in_service"]))
    name = view.item(str(record["item"])).label(view.lang)
    cells = (
        name, str(record["year"]), _whole(need), _whole(service), _whole(need - service),
        int(str(record["cost"])), reason,
    )  # fmt: skip
    return Row("line", cells, (), {"missing": "{need}-{in_service}"})


# --------------------------------------------------------------------------------------------------
# Appendix VII: norms and prices with their sources, rules as sentences, the proof, the inputs.


def assumptions_appendix(view: View, number: str) -> Appendix:
    """Appendix VII."""
    settings, claims = view.settings, view.folder.claims
    weights = "; ".join(
        f"{view.label('group_short', g)}: {w}" for g, w in settings.priority.weights.items()
    )
    gap = percent(float(claims.get("gap") or 0), 3, view.lang)
    told = {s.split(":")[0].split("[")[0] for s in stated_in_words(view.scenario, view.lang)}
    # The standing rules that bind this plan, a sentence each; told row by row are left out.
    present = set(view.plan.rules["rule"]) - told
    standing = [view.say(f"standing.{rule}") for rule in StandingRule if rule in present]
    sentences = [
        view.say("assume.prices", prices=view.label("prices", settings.prices)),
        view.say("assume.priority", mode=view.label("mode", settings.priority.mode), weights=weights),  # noqa: E501
        view.say("assume.groups", year=str(settings.years[0])),
        _tiers(view),
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
    columns = _columns(view, (
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
    blocks += [prices, _norms(view), _inputs(view)]
    title = view.say("title.assumptions").upper()
    return Appendix("assumptions", number, title, tuple(blocks))


def _tiers(view: View) -> str:
    """Diminishing returns as a sentence."""
    tiers = view.settings.tiers
    if len(tiers) == 1:
        return view.say("assume.one_tier")
    low = [Decimal(0), *(t[0] for t in tiers)]
    parts = [
        view.say(
            "assume.tier", low=percent(a, 0, view.lang), high=percent(t, 0, view.lang), weight=w
        )
        for a, (t, w) in zip(low, tiers, strict=False)
    ]
    return view.say("assume.tiers", parts="; ".join(parts))


def _columns(view: View, shape: tuple[tuple[str, str, float], ...]) -> list[Column]:
    return view.columns(shape)


def _verified(view: View, verified: bool) -> str:
    return view.say("verified" if verified else "unverified")


def _norms(view: View) -> Table:
    columns = _columns(view, (
        ("name", "text", 62), ("level", "text", 34), ("norm", "text", 62), ("source", "text", 70),
        ("verified", "text", 24),
    ))  # fmt: skip
    rows = []
    for n in view.scenario.norms:
        every = cell_text(float(n.every), "number", view.lang, "VND")
        text = view.say("norm.rule", every=every, per=_driver(view, n.per))
        for key in ("minimum", "maximum", "from_year"):
            value = getattr(n, key)
            if value is not None:
                text += view.say(f"norm.{key}", value=str(value))
        if n.only:
            text += view.say("norm.only", only=_only(view, n.only))
        name, level = view.item(n.item).label(view.lang), view.label("level", n.level)
        rows.append(Row("line", (name, level, text, n.source, _verified(view, n.verified))))
    return table("assume.norms", columns, rows, view.say("assume.norm_table"))


def _driver(view: View, per: str) -> str:
    known = ("school", "pupils", "classes", "teachers", "staff", "rooms", "area")
    return view.say(f"driver.{per}") if per in known else view.named("driver", per)


def _only(view: View, only: str) -> str:
    """The schools that a norm is for: by the name of the attribute's value, else as declared."""
    attribute, _, value = (part.strip() for part in only.partition("="))
    named = view.named(attribute, value)
    return only if named == value else named


def _inputs(view: View) -> Table:
    columns = _columns(view, (("file", "text", 92), ("hash", "text", 160)))
    inputs = view.folder.claims.get("inputs", {})
    rows = [Row("line", (name, digest)) for name, digest in sorted(inputs.items())]
    return table("assume.inputs", columns, rows, view.say("assume.input_table"))
