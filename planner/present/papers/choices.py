"""The appendix of the plans that were considered besides: what each would have bought, what differs
in its inputs, and why it was not chosen, as far as audited or proven figures say so.

A reason of judgement is the office's own (``proposal.choice_reason``, ``choice_reasons``); where it
gave none the paper leaves a line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Any

import pandas as pd

from planner.analysis.answers import Choice
from planner.analysis.compare import Causes, changed_lines
from planner.messages import say
from planner.messages.numbers import percent, pupil_years, trimmed
from planner.present.comparison import worth_sentences
from planner.present.content import (
    Appendix,
    Block,
    Paragraph,
    Row,
    differs,
    fund_name,
    plain,
    table,
)
from planner.present.papers.annexes import funded_total, unit_line
from planner.present.papers.view import View
from planner.present.rule_words import rule_in_words
from planner.scenario.contracts import TABLES
from planner.scenario.measures import MEASURES
from planner.scenario.scenario import Scenario
from planner.vocabulary.axes import amounts

FIGURES = (
    ("choice", "text", 62.0), ("spent", "money", 36.0), ("value", "points", 26.0),
    ("people", "people", 28.0), ("unmet_needs", "count", 22.0), ("unmet_schools", "count", 22.0),
    ("cost", "money", 34.0), ("gap", "index", 22.0),
)  # fmt: skip
REASONS = (("choice", "text", 48.0), ("differs", "text", 92.0), ("reasons", "text", 112.0))
MOST = 12
"""Differences of inputs that are said one by one."""
QUIET = (
    "schema_version", "title", "solve", "tidy", "proposal", "data", "names", "illustrative",
    "futures", "numbers", "envelope",
)  # fmt: skip
"""Settings that change no plan, or are said by what they make (the envelope by its funds)."""
ASSUMED = ("schools", "drivers", "inventory", "indicators", "request_costs")
"""Tables that say how things are or will be, as prices do; others say what was decided too."""
PRICED = (
    "price", "price_low", "price_high", "price_growth", "setup", "upkeep", "payments", "source",
    "verified", "specification", "joint_procurement", "name", "name_en",
)  # fmt: skip
"""Columns of the catalogue that no point of value depends on."""
VALUED = ("years", "tail_years", "priority", "discount", "tiers")
"""Settings that points of value depend on; so they do on every wish."""
WORTH = (
    *ASSUMED, "norms", "needs", "criteria", "criterion_items", "requests", "request_items",
)  # fmt: skip
"""Tables that points of value depend on, with the catalogue but for :data:`PRICED`."""


def choices_appendix(view: View, number: str) -> Appendix:
    """Figures of this plan and of each other, then what differs and why it was not chosen."""
    others = [_Other(view, choice) for choice in view.choices]
    code = "choices.note_owner" if view.owner else "choices.note"
    blocks: list[Block] = [Paragraph(view.say(code, count=len(others)), "note")]
    own = view.say("choices.this", name=_title(view.scenario, view.lang))
    rows = [_figures(view, own), *(_figures(o.view, o.name, o.measured) for o in others)]
    columns = view.columns(FIGURES, spent="choice_spent")
    if view.owner:  # points are of the whole plan
        at = next(k for k, c in enumerate(columns) if c.key == "value")
        columns.pop(at)
        rows = [replace(r, cells=(*r.cells[:at], *r.cells[at + 1 :])) for r in rows]
    heading = view.say("choices.figures")
    blocks.append(table("choices.figures", columns, rows, heading, unit_line(view)))
    if not view.owner and not all(other.measured for other in others):
        blocks.append(Paragraph(view.say("choices.unmeasured"), "note"))
    told = [
        Row("line", (other.name, "; ".join(other.differences()), " ".join(other.reasons())))
        for other in others
    ]
    told += _first_alone(view)
    heading = view.say("choices.reasons")
    blocks.append(table("choices.reasons", view.columns(REASONS), told, heading))
    reason = plain(view.proposal.choice_reason)
    code = "choices.office" if reason else "choices.office_open"
    blocks.append(Paragraph(view.say(code, **({"reason": reason} if reason else {})), "item"))
    blocks.append(Paragraph(view.say("choices.proof"), "note"))
    return Appendix("choices", number, view.say("title.choices").upper(), tuple(blocks))


def check_choices(appendix: Appendix, view: View) -> None:
    """Money and pupil-years of every other plan are those of its own folder.

    Raises :class:`AuditError` where one is not.
    """
    part = next(t for t in appendix.tables() if t.key == "choices.figures")
    money, people = part.at("spent"), part.at("people")
    for row, choice in zip(part.rows[1:], view.choices, strict=True):
        rows, schools = choice.folder.plan.ledger, choice.folder.plan.schools
        place = f"choices.figures[{choice.name}]"
        if not view.owner:
            general = rows[(rows["school"] == "") & (rows["year"] <= view.settings.years[1])]
            roles = {n: f.role for n, f in choice.folder.scenario.settings.funds.items()}
            general = general[general["fund"].map(roles) != "project"]
            spent, said = int(general["spent"].sum()), float(choice.folder.claims["people"])
        else:
            known = choice.folder.scenario.schools
            mine = schools[
                schools["school"].isin(known.loc[known["owner"] == view.owner, "school"])
            ]
            own = mine[mine["group"] != "preparing"]
            spent, said = int(mine["spent"].sum()), float(own["people"].sum())
        if row.cells[money] != spent:
            raise differs("content", f"{place}.spent", row.cells[money], spent)
        if abs(float(row.cells[people] or 0) - said) > 1e-3 * (1 + len(schools) * bool(view.owner)):
            raise differs("content", f"{place}.people", row.cells[people], said)


def _title(scenario: Scenario, lang: str) -> str:
    """The scenario's title, without its mark of invented data."""
    title = plain(scenario.settings.title.say(lang))
    for mark in ("(dữ liệu minh họa)", "(illustrative data)"):
        title = title.replace(mark, "").strip()
    return title


@dataclass(frozen=True)
class _Sums:
    """What is held against each other: money in minor units, pupil-years, needs left unmet."""

    spent: int
    people: float
    needs: int
    schools: int
    cost: int


def _sums(view: View) -> _Sums:
    schools = view.schools[view.schools["group"] != "preparing"]
    unmet = view.unmet[view.unmet["group"] != "preparing"]
    return _Sums(
        funded_total(view).amount, float(schools["people"].sum()), len(unmet),
        int(unmet["school"].nunique()), int(unmet["cost"].sum()),
    )  # fmt: skip


def _figures(view: View, name: str, measured: bool = True) -> Row:
    """A plan's row; points only where they are those of this plan's own weights."""
    sums, claims = _sums(view), view.folder.claims
    value = float(claims["value"]) if measured else None
    gap = percent(float(claims.get("gap") or 0), 3, view.lang, up=True)
    figures = (sums.spent, value, sums.people, sums.needs, sums.schools, sums.cost, gap)
    return Row("line", (name, *figures))


def _first_alone(view: View) -> Iterator[Row]:
    """Of a decision for several futures: deciding by the first one alone, which is no plan that was
    kept; what was proven of it."""
    found = view.decided
    if found is not None and not view.owner:
        first = str(found.futures["case"].iloc[0])
        yield Row("line", (
            view.say("choices.first", case=first),
            view.say("choices.first_differs", case=first, until=str(found.until)),
            " ".join(worth_sentences(found, first, view.lang)),
        ))  # fmt: skip


class _Other:
    """Another plan, as a reader of this one sees it."""

    def __init__(self, view: View, choice: Choice) -> None:
        self.mine, self.choice = view, choice
        self.view = View(choice.folder, view.lang, view.owner, view.date)
        self.one, self.other = view.scenario, choice.folder.scenario
        title = _title(self.other, view.lang)
        same = choice.kind == "diverse" or title == _title(self.one, view.lang)
        code = f"choices.name_{choice.kind}"
        self.name = view.say(code, folder=choice.name, **({} if same else {"title": title}))
        self.assumed: list[str] = []
        """Names of what differs that says how things are, as prices do."""
        self.differing = [*self._settings(), *self._tables()]

    @cached_property
    def measured(self) -> bool:
        """Whether both plans' points are by the same weights of the same needs, in one sum."""
        one, other = self.one.settings, self.other.settings
        wishes = [{n: r for n, r in s.rules.items() if r.firmness == "wish"} for s in (one, other)]
        # a wish about money weighs prices too
        priced = any(MEASURES[r.measure].unit == "money" for r in wishes[0].values())
        costs = [(s.prices, s.prices_from) for s in (one, other)]
        catalogues = [s.table("catalogue") for s in (self.one, self.other)]
        return (
            not (priced and (costs[0] != costs[1] or not catalogues[0].equals(catalogues[1])))
            and one.priority.mode == "weighted"
            and wishes[0] == wishes[1]
            and all(getattr(one, key) == getattr(other, key) for key in VALUED)
            and all(self.one.table(t).equals(self.other.table(t)) for t in WORTH)
            and self.same_items
        )

    @cached_property
    def same_items(self) -> bool:
        """Whether the catalogues differ in no more than prices, sources and names."""
        one, other = (
            s.table("catalogue").drop(columns=list(PRICED), errors="ignore")
            for s in (self.one, self.other)
        )
        return bool(one.equals(other))

    @cached_property
    def needs_differ(self) -> bool:
        """Whether schools' needs, stock or hand-overs differ, so unmet needs are no measure."""
        causes = Causes(self.one, self.other)
        return bool(causes.moved_schools or causes.changed_needs)

    def differences(self) -> list[str]:
        """What differs in the inputs, in words; nothing does: how many lines do."""
        say_ = self.mine.say
        told, more = self.differing[:MOST], len(self.differing) - MOST
        if more > 0:
            told = [*told, say_("choices.more", count=more)]
        if told:
            return told
        lines = changed_lines("", self.mine.plan, self.choice.folder.plan)
        lines = lines[(lines["kind"] != "upkeep") & lines["school"].isin(self.mine.chosen)]
        return [say_("choices.same_inputs", count=len(lines))]

    def _settings(self) -> Iterator[str]:
        """Funds, rules and prices in words; of other settings the key and both values."""
        view, lang, say_ = self.mine, self.mine.lang, self.mine.say
        ends = self.one.settings, self.other.settings
        shared = ends[0].funds.keys() & ends[1].funds.keys()
        for name in dict.fromkeys((*ends[0].funds, *ends[1].funds)):
            sums = [_given(s, name) for s in (self.one, self.other)]
            scenario = self.one if name in ends[0].funds else self.other
            called = plain(fund_name(scenario, name, lang))
            later = any(after for _, after in sums)
            for code, (was, now) in zip(("fund_within", "fund_after"), zip(*sums, strict=True),
                                        strict=True):  # fmt: skip
                if was != now or (name not in shared and code == "fund_within"):
                    texts = {"was": view.money(was), "now": view.money(now)}
                    yield say_(f"choices.{code if later else 'fund'}", fund=called, **texts)
        for name in dict.fromkeys((*ends[0].rules, *ends[1].rules)):
            mine, theirs = ends[0].rules.get(name), ends[1].rules.get(name)
            if mine != theirs:
                code = "rule_out" if theirs is None else "rule_in" if mine is None else "rule_other"
                scenario = self.one if theirs is None else self.other
                words = rule_in_words(scenario, name, lang, titled=True, named=False)
                yield say_(f"choices.{code}", rule=plain(words).rstrip("."))
        for what in ("prices", "prices_from"):
            if getattr(ends[0], what) != getattr(ends[1], what):
                self.assumed.append(say_("choices.prices_word"))
        if ends[0].prices != ends[1].prices:
            was, now = (view.label("prices", s.prices) for s in ends)
            yield say_("choices.prices", was=was, now=now)
        if ends[0].priority.mode != ends[1].priority.mode:
            was, now = (view.label("mode", s.priority.mode) for s in ends)
            yield say_("choices.mode", was=was, now=now)
        flat = [dict(_flat(s.model_dump(exclude=set(QUIET)))) for s in ends]
        said = {"prices", "priority.mode"}
        for key in dict.fromkeys((*flat[0], *flat[1])):
            head, _, rest = key.partition(".")
            told = head == "rules" or (head == "funds" and (
                rest.split(".")[0] not in shared or rest.split(".")[1] in ("amounts", "name")
            ))  # fmt: skip
            was, now = (_worded(f.get(key), lang) for f in flat)
            if not told and key not in said and was != now:
                yield say_("choices.setting", key=key, was=was, now=now)

    def _tables(self) -> Iterator[str]:
        for name in TABLES:
            one, other = self.one.table(name), self.other.table(name)
            if not one.equals(other):
                called = say(f"table.{name}", self.mine.lang)
                if name in ASSUMED or (name == "catalogue" and self.same_items):
                    self.assumed.append(called)
                count = rows_differing(one, other)
                if count:
                    yield self.mine.say("choices.table", table=called, count=count)

    def reasons(self) -> list[str]:
        """Only what audited sums and proven bounds say; then the office's own words, or a line left
        for them where no figure speaks for this plan."""
        say_ = self.mine.say
        told = list[str]()
        if self.choice.kind == "future":
            told.append(say_("choices.future", case=self.choice.name))
        elif self.assumed:
            what = ", ".join(dict.fromkeys(self.assumed))
            told.append(say_("choices.assumption", what=what))
        if self.view.folder.claims["status"] == "stopped":
            told.append(say_("choices.stopped", gap=self.view.proven["gap"]))
        alone = self.mine.owner or self.choice.kind == "future"  # points are of whole plans
        worth, speaks = ([], False) if alone else self._worth()
        traded, left = self._traded()
        told += [*worth, *traded]
        own = plain(self.mine.settings.proposal.choice_reasons.get(self.choice.name, ""))
        if own:
            told.append(say_("choices.own", reason=own))
        elif not (speaks or left or self.choice.kind == "future" or self.assumed):
            told.append(say_("choices.own_open"))
        return told

    def _worth(self) -> tuple[list[str], bool]:
        """What the office's own weights say of both plans, and of all plans of the other's inputs
        where that is proven; whether they speak for this plan."""
        if not self.measured:
            return [], False
        mine, theirs = (float(v.folder.claims["value"]) for v in (self.mine, self.view))
        claims = self.view.folder.claims
        bound = None if "amend" in claims else claims.get("bound")  # of changes, not of plans
        same = not Causes(self.one, self.other).anything
        cases = (
            ("worth_proven", mine, bound, not same), ("worth_found", mine, theirs, True),
            ("worth_less", theirs, mine, True),
        )  # fmt: skip
        for code, more, less, known in cases:
            share = _more(more, None if less is None else float(less)) if known else None
            if share is not None:
                text = self.mine.say(f"choices.{code}", share=percent(share, 2, self.mine.lang))
                return [text], code != "worth_less"
        return [self.mine.say("choices.worth_same")], False

    def _traded(self) -> tuple[list[str], bool]:
        """How money, unmet needs and pupil-years differ; whether the other leaves more unmet for
        less money, or no less money."""
        view, mine, theirs = self.mine, _sums(self.mine), _sums(self.view)
        money = theirs.spent - mine.spent
        code = "less" if money < 0 else "more" if money > 0 else "same"
        told = [view.say(f"choices.money_{code}", **(
            {} if code == "same" else {"amount": view.money(abs(money))}
        ))]  # fmt: skip
        if self.needs_differ:
            return [*told, view.say("choices.needs_differ")], False
        needs = theirs.needs - mine.needs
        code = "more" if needs > 0 else "fewer" if needs < 0 else "same"
        told.append(view.say(
            f"choices.unmet_{code}", needs=abs(needs), schools=theirs.schools, own=mine.schools,
        ))  # fmt: skip
        people = theirs.people - mine.people
        if round(people):
            code = "more" if people > 0 else "fewer"
            figure = pupil_years(abs(people), view.lang)
            told.append(view.say(f"choices.people_{code}", people=figure))
        return told, needs > 0


def _given(scenario: Scenario, fund: str) -> tuple[int, int]:
    """A fund's declared money in the years of the plan, as Appendix IV sums it, and after them;
    nothing of a fund that the scenario has not."""
    declared = scenario.settings.funds.get(fund)
    last = scenario.settings.years[1]
    by_year = {} if declared is None else amounts(scenario, declared)
    within = sum(amount for year, amount in by_year.items() if year <= last)
    return within, sum(by_year.values()) - within


def _more(one: float, other: float | None) -> Decimal | None:
    """By what part one exceeds the other, rounded down to hundredths of a percent; ``None`` where
    it does not by as much, or the other is nothing to measure by."""
    if other is None or other <= 0:
        return None
    part = (Decimal(one) - Decimal(other)) / Decimal(other)
    part = part.quantize(Decimal("0.0001"), ROUND_FLOOR)
    return part if part > 0 else None


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys of nested settings."""
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from _flat(inner, f"{before}{key}.")
        else:
            yield f"{before}{key}", inner


def _worded(value: Any, lang: str) -> str:
    """A setting's value as it is printed: nothing is a dash."""
    if value is None or value in ({}, [], ""):
        return "–"
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return trimmed(Decimal(str(value)), lang)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_worded(v, lang) for v in value)
    return plain(value)


def rows_differing(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """How many rows of a table are in one and not in the other, whichever has more of them.

    >>> import pandas as pd
    >>> rows_differing(pd.DataFrame({"a": [1, 2, 2]}), pd.DataFrame({"a": [2, 3]}))
    2
    """
    columns = sorted({*one.columns, *other.columns}, key=str)
    counts = [
        Counter(map(tuple, f.reindex(columns=columns).astype(str).to_numpy().tolist()))
        for f in (one, other)
    ]
    return max((counts[0] - counts[1]).total(), (counts[1] - counts[0]).total())
