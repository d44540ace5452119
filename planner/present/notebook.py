"""Notebooks: the content as HTML cards of tiles, tables and bars. Every text is escaped here.

The style stands in the markup itself, so that a card looks the same wherever a notebook is
shown, on light and on dark pages, and holds no script.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.analysis.unmet import group_coverage
from planner.messages import language, say
from planner.messages.numbers import MINUS, grouped, money, percent, pupil_years, rounded
from planner.present.amendment import amendment_of, changed_sentence
from planner.present.comparison import (
    chain_sentences,
    coverage_table,
    frontier_table,
    frontier_title,
    lines_table,
    next_sentence,
    options_seen,
    plans_table,
    purchases_seen,
    sure_sentences,
)
from planner.present.content import GROUP_COLOURS, Table, cell_text, fund_name
from planner.present.executing import STAGES, day_text, funds_table
from planner.scenario.schema import GROUPS

if TYPE_CHECKING:
    from planner.analysis.answers import Alternatives
    from planner.analysis.compare import Comparison
    from planner.analysis.frontier import Frontier
    from planner.analysis.status import PlanStatus
    from planner.run.result import Result
    from planner.scenario.scenario import Scenario

FRAME = (
    "font-family:system-ui,'Segoe UI',Roboto,sans-serif;font-size:13px;line-height:1.4;"
    "border:1px solid #8884;border-radius:10px;padding:14px 18px;max-width:900px"
)
QUIET = "opacity:.65"
BLUE = "#0072B2"


class Bar(NamedTuple):
    """A cell that shows a share before and after as a bar, 0–1."""

    before: float
    after: float
    text: str
    colour: str


def card(title: str, badge: str, *parts: str) -> str:
    """A framed card: a title with a badge, then its parts."""
    head = (
        f'<div style="display:flex;justify-content:space-between;gap:16px;align-items:baseline">'
        f'<b style="font-size:15px">{escape(title)}</b>'
        f'<span style="{QUIET};white-space:nowrap">{escape(badge)}</span></div>'
    )
    return f'<div style="{FRAME}">{head}{"".join(parts)}</div>'


def tiles(pairs: Iterable[tuple[str, str]]) -> str:
    """Figures with their names, side by side."""
    cells = "".join(
        f'<div><div style="font-size:19px;font-weight:600">{escape(value)}</div>'
        f'<div style="{QUIET};font-size:11.5px">{escape(name)}</div></div>'
        for name, value in pairs
    )
    style = "display:flex;flex-wrap:wrap;gap:8px 30px;margin:10px 0"
    return f'<div style="{style}">{cells}</div>'


def note(text: str) -> str:
    """A quiet line."""
    return f'<div style="{QUIET};font-size:11.5px;margin-top:8px">{escape(text)}</div>'


def table(header: Sequence[str], rows: Iterable[Sequence[str | Bar]], words: int = 1) -> str:
    """A table; the first ``words`` columns flush left, the others flush right."""
    sides = ["left" if k < words else "right" for k in range(len(header))]
    style = "padding:3px 12px 3px 0;border:0;background:none;text-align:"
    head = "".join(
        f'<th style="{style}{side};{QUIET};font-weight:500">{escape(name)}</th>'
        for name, side in zip(header, sides, strict=True)
    )
    body = "".join(
        "<tr style='background:none'>"
        + "".join(
            f'<td style="{style}{"left" if isinstance(value, Bar) else side};white-space:nowrap">'
            f"{_bar(value) if isinstance(value, Bar) else escape(value)}</td>"
            for value, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    style = "border-collapse:collapse;margin-top:8px;border:0"
    rows_of = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div style="overflow-x:auto"><table style="{style}">{rows_of}</table></div>'


def _bar(bar: Bar) -> str:
    before, after = (min(max(0.0 if math.isnan(x) else x, 0.0), 1.0) * 100 for x in bar[:2])
    style = "display:inline-block;vertical-align:middle;width:150px;height:9px;border-radius:5px"
    fill = (
        f"linear-gradient(90deg,{bar.colour} {before:.1f}%,{bar.colour}88 {before:.1f}%,"
        f"{bar.colour}88 {after:.1f}%,#8883 {after:.1f}%)"
    )
    return f'<span style="{style};background:{fill}"></span> {escape(bar.text)}'


def content_table(part: Table, lang: str, currency: str, words: int = 0, bar: str = "") -> str:
    """A table of the content, its money with the currency; ``bar``: the column of shares that
    are drawn as well."""
    rows: list[list[str | Bar]] = []
    for row in part.rows:
        shown: list[str | Bar] = []
        for value, column in zip(row.cells, part.columns, strict=True):
            if column.kind == "minor_change":
                text = money(int(value or 0), lang, currency).replace("-", MINUS)
            else:
                text = cell_text(value, column.kind, lang, currency)
            drawn = column.key == bar and isinstance(value, float) and math.isfinite(value)
            shown.append(Bar(float(value or 0), float(value or 0), text, BLUE) if drawn else text)
        rows.append(shown)
    return table([c.head for c in part.columns], rows, words or part.words())


# ---- The cards, one a class.


def card_of(subject: Any) -> str:
    """The card of a scenario, a result, a comparison, a frontier, alternatives or a status."""
    return CARDS[type(subject).__name__](subject, language())


def scenario_card(scenario: Scenario, lang: str) -> str:
    """Title, sizes, schools by group and money by fund and year."""
    settings, schools = scenario.settings, scenario.schools
    own = schools["pupils"].where(schools["level"] != "office", 0)  # an office's are others' too
    first, last = settings.years
    facts = [
        ("schools", grouped(len(schools), lang)),
        ("pupils", grouped(int(own.sum()), lang)),
        ("items", grouped(len(scenario.table("catalogue")), lang)),
        ("years", f"{first}–{last}"),
    ]
    sizes = [(g, schools["group"] == g) for g in GROUPS]
    groups = [
        (say(f"label.group.{g}", lang), grouped(int(at.sum()), lang),
         grouped(int(own[at].sum()), lang))
        for g, at in sizes if at.any()
    ]  # fmt: skip
    years = list(settings.plan_years)
    funds = []
    for name, fund in settings.funds.items():
        if fund.role == "general":
            by_year = settings.amounts(fund)
            amounts = [money(by_year.get(y, 0), lang, settings.currency) for y in years]
            funds.append((fund_name(scenario, name, lang), *amounts))
    return card(
        settings.title.say(lang),
        badge_of(scenario, lang),
        tiles((say(f"card.{k}", lang), text) for k, text in facts),
        table([say(f"card.{k}", lang) for k in ("group", "schools", "pupils")], groups),
        table([say("card.fund", lang), *map(str, years)], funds) if funds else "",
    )


def badge_of(scenario: Scenario, lang: str) -> str:
    """What stands beside the title: that the data is invented, else the scenario's id."""
    return say("label.illustrative", lang) if scenario.settings.illustrative else scenario.id


def result_card(result: Result, lang: str) -> str:
    """Status, value with its proof, money, and coverage by group before and after."""
    scenario, plan = result.scenario, result.maybe_plan
    currency = scenario.settings.currency
    facts = [(say("card.status", lang), say(f"label.status.{result.status}", lang))]
    if math.isfinite(result.value):
        gap = percent(result.gap, 2, lang)
        facts.append((say("card.value", lang, gap=gap), rounded(result.value, 1, lang)))
    parts = []
    if plan is not None:
        facts.append((say("card.people", lang), pupil_years(result.people, lang)))
        facts.append((say("card.spent", lang), money(plan.spent, lang, currency)))
        rows = []
        for means in group_coverage(plan).itertuples():
            mine = plan.schools[plan.schools["group"] == means.group]
            text = f"{percent(means.before, 0, lang)} → {percent(means.after, 0, lang)}"
            amount = int(mine["spent"].sum() + mine["proposed"].sum())
            name, count = say(f"label.group_short.{means.group}", lang), grouped(len(mine), lang)
            bar = Bar(means.before, means.after, text, GROUP_COLOURS[means.group])
            rows.append((name, count, money(amount, lang, currency), bar))
        heads = [say(f"card.{k}", lang) for k in ("group", "schools", "amount", "coverage")]
        parts.append(table(heads, rows))
        if (told := amendment_of(result)) is not None:
            least = {"bound": told.amended.bound_of_changes}
            facts.append((say("card.changed", lang, **least), grouped(told.amended.changed, lang)))
            parts.append(note(changed_sentence(told, lang)))
    elif result.relaxation is not None:
        parts.append(note(say("card.relaxed", lang)))
    seconds = say("card.seconds", lang, seconds=rounded(result.seconds, 1, lang))
    title = scenario.settings.title.say(lang)
    return card(title, badge_of(scenario, lang), tiles(facts), *parts, note(seconds))


MOST = 12
"""Lines of a comparison shown; the biggest differences first."""


def comparison_card(comparison: Comparison, lang: str) -> str:
    """Plans side by side, coverage by group, and the lines that differ most."""
    title = say("compare.title", lang, name=comparison.reference.name)
    if comparison.empty:
        return card(title, "", note(say("compare.same", lang)))
    currency = comparison.reference.plan.scenario.settings.currency
    coverage = comparison.coverage.dropna(subset=["difference"])
    lines = lines_table(comparison, lang, MOST, places=False)
    rest = len(comparison.lines) - len(lines.rows)  # upkeep is counted, not shown
    chain = chain_sentences(comparison, lang)
    parts = [plans_table(comparison, lang), coverage_table(coverage, lang), lines]
    return card(
        title,
        say("compare.count", lang, count=len(comparison.lines)),
        *map(note, chain),
        *(content_table(p, lang, currency) for p in parts),
        note(say("compare.more", lang, count=rest)) if rest > 0 else "",
    )


def frontier_card(frontier: Frontier, lang: str) -> str:
    """The sentence on the next tỷ, and a row a point."""
    currency = frontier.scenario.settings.currency
    count = say("frontier.points", lang, count=len(frontier.table))
    sentence = next_sentence(frontier, lang)
    parts = [note(sentence)] if sentence else []
    parts.append(content_table(frontier_table(frontier, lang), lang, currency, 1, "coverage"))
    return card(frontier_title(frontier, lang), count, *parts)


def alternatives_card(found: Alternatives, lang: str) -> str:
    """What is always bought, never, or open, of items and of requests, and how much is sure."""
    currency = found.scenario.settings.currency
    kept = percent(1 - found.within, 2, lang)
    parts = [purchases_seen(found, lang)]
    if len(found.options):
        parts.append(options_seen(found, lang))
    return card(
        found.scenario.settings.title.say(lang),
        say("alternatives.badge", lang, kept=kept),
        *(content_table(p, lang, currency) for p in parts),
        note(" ".join(sure_sentences(found, lang))),
        "" if found.finished else note(say("alternatives.stopped", lang)),
    )


def status_card(found: PlanStatus, lang: str) -> str:
    """How far a plan has come: its sums, and money by fund and year."""
    currency, sums = found.scenario.settings.currency, found.sums()
    facts = [(say(f"status.col.{k}", lang), money(sums[k], lang, currency)) for k in STAGES]
    facts.append((say("status.late_lines", lang), grouped(len(found.late), lang)))
    return card(
        found.scenario.settings.title.say(lang),
        say("status.card", lang, date=day_text(found.at, lang)),
        tiles(facts),
        content_table(funds_table(found, lang), lang, currency, 2, "share"),
    )


CARDS: Mapping[str, Callable[[Any, str], str]] = {
    "Scenario": scenario_card,
    "Result": result_card,
    "Comparison": comparison_card,
    "Frontier": frontier_card,
    "Alternatives": alternatives_card,
    "PlanStatus": status_card,
}
"""Class → its card."""
