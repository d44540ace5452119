"""Appendix VII: norms and prices with their sources, rules as sentences, the proof, the inputs."""

from __future__ import annotations

from decimal import Decimal

from planner.messages.numbers import percent
from planner.present.content_groups import unit_line
from planner.present.content_types import (
    Appendix,
    Block,
    Column,
    Paragraph,
    Row,
    Table,
    cell_text,
    plain,
    table,
)
from planner.present.content_view import View
from planner.present.locks import locks_in_words
from planner.present.rule_words import rule_in_words, skipped_in_words
from planner.present.standing_words import stated_in_words
from planner.rules import Rule


def assumptions_appendix(view: View, number: str) -> Appendix:
    """Appendix VII."""
    settings, claims = view.settings, view.folder.claims
    weights = "; ".join(
        f"{view.label('group_short', g)}: {w}" for g, w in settings.priority.weights.items()
    )
    gap = percent(float(claims.get("gap") or 0), 3, view.lang)
    told = {s.split(":")[0].split("[")[0] for s in stated_in_words(view.scenario, view.lang)}
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
        *_standing(view, told),
        *(rule_in_words(view.scenario, name, view.lang, titled=True) for name in settings.rules),
        *skipped_in_words(view.scenario, view.lang, titled=True),
        *stated_in_words(view.scenario, view.lang, titled=True),
        *locks_in_words(view.scenario, view.lang),
        view.say("assume.proof", status=view.label("status", str(claims["status"])), gap=gap),
    ]  # fmt: skip
    blocks: list[Block] = [
        Paragraph(f"{k}. {plain(s)}", "item") for k, s in enumerate(sentences, 1)
    ]
    blocks += [_prices(view), _norms(view), _inputs(view)]
    title = view.say("title.assumptions").upper()
    return Appendix("assumptions", number, title, tuple(blocks))


def _standing(view: View, told: set[str]) -> list[str]:
    """The standing rules that bind this plan, a sentence each; ``told`` row by row are left out."""
    present = set(view.plan.rules["rule"]) - told
    return [view.say(f"standing.{rule}") for rule in Rule if rule in present]


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


def _prices(view: View) -> Table:
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
    return table("assume.prices", columns, rows, view.say("assume.price_table"), unit_line(view))


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
