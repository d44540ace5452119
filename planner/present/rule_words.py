"""A scenario's own rules as sentences: "Mỗi năm, nhóm 2 nhận ít nhất 20% tổng chi."

A sentence has four parts: for each of what, who or what is measured, the bounds, and for a wish
what missing it costs. Names of items, funds and schools are those of the scenario.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from planner.formulation.facts import Facts
from planner.messages import say, sentences
from planner.messages.numbers import grouped, money, trimmed
from planner.names import StandingRule, row_name
from planner.present.content import fund_name
from planner.scenario.measures import LINE_KEYS, MEASURES, values_of
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Rule, Share
from planner.vocabulary.register import REGISTER
from planner.vocabulary.statements import RuleReader

FEW = 6
"""Values of a selection that are named one by one."""
PLAIN_EACH = (
    "year", "school", "group", "level", "item", "pillar", "nature", "fund", "kind", "criterion",
    "criteria_group",
)  # fmt: skip


def rule_title(scenario: Scenario, name: str, lang: str) -> str:
    """What documents call a rule: its title, or its name where it has none."""
    title = scenario.settings.rules[name].title
    return title.say(lang) if title else name


def rule_in_words(
    scenario: Scenario, name: str, lang: str, titled: bool = False, *, named: bool = True
) -> str:
    """``name (firmness): sentence.``; ``titled``: the title first, the name last, unless it is not
    to be ``named``, as in papers that are signed."""
    rule = scenario.settings.rules[name]
    firmness = Words(scenario, lang).value(rule.firmness).lower()
    sentence = rule_sentence(scenario, name, lang)
    if not titled:
        return say("rule.line", lang, name=name, firmness=firmness, sentence=sentence)
    called = rule_title(scenario, name, lang)
    line = say("rule.line", lang, name=called, firmness=firmness, sentence=sentence)
    return line if called == name or not named else f"{line} [{name}]"


def rule_sentence(scenario: Scenario, name: str, lang: str) -> str:
    """What a rule says, beginning with a capital, without a full stop."""
    rule, words = scenario.settings.rules[name], Words(scenario, lang)
    each = [words.each(k) for k in rule.for_each if not (k == "school" and _gets(rule))]
    sentence = ", ".join([*each, words.statement(rule)])
    if rule.firmness == "wish":
        price = trimmed(rule.price or Decimal(0), lang)
        unit = say(f"rule.unit.{MEASURES[rule.measure].unit}", lang)
        sentence = say("rule.wish", lang, sentence=sentence, unit=unit, price=price)
    return sentence[:1].upper() + sentence[1:]


def skipped_in_words(scenario: Scenario, lang: str, titled: bool = False) -> list[str]:
    """Which schools the rules on coverage and on measured points leave out, and why; a sentence a
    rule and reason."""
    rules = {
        n: r
        for n, r in scenario.settings.rules.items()
        if MEASURES[r.measure].over in ("cells", "points", "levels")
    }
    if not rules:
        return []
    facts, words, lines = Facts(scenario), Words(scenario, lang), []
    reader = RuleReader(scenario, facts.axes)
    for name, rule in rules.items():
        if MEASURES[rule.measure].over == "cells":
            skipped = reader.skipped(rule, facts.need)
        else:
            skipped = {"not_measured": reader.unmeasured(rule, facts.criteria)}
        for reason, schools in skipped.items():
            if schools:
                shown = words.listed([words.school(s) for s in schools])
                code = f"rule.skips.{reason}"
                called = words.quoted(rule_title(scenario, name, lang)) if titled else name
                lines.append(say(code, lang, name=called, count=len(schools), schools=shown))
    return lines


def _school_keys(where: Mapping[str, Any]) -> list[str]:
    return [k for k in where if k not in LINE_KEYS]


def _gets(rule: Rule) -> bool:
    """Whether the sentence is about who gets money: a rule on spending that names schools."""
    money = MEASURES[rule.measure].unit == "money"
    return money and bool(_school_keys(rule.where) or "school" in rule.for_each)


def value_in_words(value: str, lang: str) -> str:
    """A closed list's entry as a person says it; another text itself."""
    pair = sentences().get(f"value.{value}")
    return (pair.en if lang == "en" else pair.vi) if pair else value


@dataclass(frozen=True)
class Words:
    """Parts of sentences in one language."""

    scenario: Scenario
    lang: str

    def say(self, code: str, **params: Any) -> str:
        """A sentence's part."""
        return say(code, self.lang, **params)

    def value(self, value: str) -> str:
        """An entry of a closed list, or the text itself."""
        return value_in_words(value, self.lang)

    def each(self, key: str) -> str:
        """``mỗi năm``."""
        if key in (*PLAIN_EACH, "request"):
            return self.say(f"rule.each.{key}")
        return self.say("rule.each.other", key=self.column(key))

    def column(self, key: str) -> str:
        """A school's column as people say it; an attribute keeps its name."""
        pair = sentences().get(f"column.{key}")
        return (pair.en if self.lang == "en" else pair.vi).lower() if pair else key

    def request(self, request: str, option: str = "") -> str:
        """A request, or one option of it, by its id."""
        return f"{request}:{option}" if option else request

    def options(self, request: str, options: Sequence[str]) -> str:
        """Some options of a request, by their ids."""
        return self.listed(options)

    def listed(self, values: Sequence[str], joint: str = "rule.and") -> str:
        """``A, B và C``; a long list ends in a count."""
        shown = list(values[:FEW])
        if len(values) > FEW:
            more = len(values) - FEW
            return self.say("rule.more", values=", ".join(shown), more=more)
        return self.say(joint).join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)

    # ---- statements ---------------------------------------------------------------------------
    def statement(self, rule: Rule) -> str:
        """Who gets how much, or what is how much."""
        bounds = self.say("rule.and").join(
            self.say(f"rule.{kind}", bound=self.bound(getattr(rule, kind), rule))
            for kind in ("at_least", "at_most", "exactly")
            if getattr(rule, kind) is not None
        )
        if _gets(rule):
            details = self.lines(rule.where)
            return self.say("rule.gets", who=self.who(rule), bounds=bounds, details=details)
        of_points = MEASURES[rule.measure].over in ("points", "levels")
        what = self.points(rule) if of_points else self.measured(rule.measure, rule.where)
        return self.say("rule.is", what=what, bounds=bounds)

    def points(self, rule: Rule) -> str:
        """``điểm đo, ước tính sau kế hoạch, ở nhóm tiêu chí «Dạy, học» cuối kỳ kế hoạch``."""
        where = rule.where
        if rule.measure == "schools":
            text = self.say("rule.schools", level=str(values_of(where["reaches"])[0]))
        else:
            each = "school" in rule.for_each
            text = self.say("rule.points" if each else "rule.points_mean")
        if "criteria_group" in where:
            groups = [self.quoted(self.value(v)) for v in values_of(where["criteria_group"])]
            text += self.say("rule.criteria_group", groups=self.listed(groups))
        elif rule.measure == "schools" and "criteria_group" not in rule.for_each:
            text += self.say("rule.criteria_all")
        if "criterion" in where:
            named = {row.criterion: row for row in self.scenario.rows("criteria")}
            labels = [self.quoted(named[v].label(self.lang)) for v in values_of(where["criterion"])]
            text += self.say("rule.criterion", criteria=self.listed(labels))
        if schools := self.schools(where):
            text += self.say("rule.of_schools", schools=schools)
        if "year" in where:
            return text + self.say("rule.in_years", years=self.listed(values_of(where["year"])))
        return text if "year" in rule.for_each else text + self.say("rule.at_end")

    def who(self, rule: Rule) -> str:
        """``nhóm 2``, ``mỗi trường``, ``mỗi trường thuộc nhóm 2``."""
        schools = self.schools(rule.where)
        if "school" not in rule.for_each:
            return schools
        each = self.each("school")
        return self.say("rule.one_of", each=each, schools=schools) if schools else each

    def measured(self, measure: str, where: Mapping[str, Any]) -> str:
        """``số lượng mua cho máy tính cho nhóm 2 từ nguồn A năm 2024``."""
        schools = self.schools(where)
        code = "rule.for_schools" if MEASURES[measure].unit == "units" else "rule.of_schools"
        text = self.say(f"rule.{measure}") + self.items(where, measure)
        if schools:
            text += self.say(code, schools=schools)
        return text + self.lines(where, measure, items=False)

    def bound(self, bound: Any, rule: Rule) -> str:
        """A number with its unit, or a share of what."""
        if not isinstance(bound, Share):
            return self.number(bound, rule.measure)
        share = self.percent(bound.share)
        whole = self.say("rule.budget")
        if bound.of != "budget":
            whole = self.measured(rule.measure, bound.of)
        return self.say("rule.share", share=share, whole=whole)

    def number(self, value: Decimal, measure: str) -> str:
        """A bound in the measure's unit."""
        unit = MEASURES[measure].unit
        if unit == "share":
            return self.percent(value)
        if unit == "money" and value == value.to_integral_value():
            return self.money(int(value))
        number = trimmed(value, self.lang)
        if unit == "points":
            return self.say("rule.number_points", number=number)
        return self.say("rule.units", number=number) if unit == "units" else number

    def percent(self, ratio: Decimal) -> str:
        """``20%``: no more decimals than the rule gives."""
        return trimmed(ratio * 100, self.lang) + "%"

    # ---- selections ---------------------------------------------------------------------------
    def schools(self, where: Mapping[str, Any]) -> str:
        """Which schools a selection names, or nothing."""
        parts = []
        for key in _school_keys(where):
            values = values_of(where[key])
            words = self.listed([self.value(v) for v in values], "rule.or")
            if key == "group":
                parts.append(self.listed([self.say(f"rule.group.{v}") for v in values]))
            elif key == "school":
                parts.append(self.listed([self.school(v) for v in values]))
            elif key == "level":
                parts.append(self.say("rule.level", values=words.lower()))
            else:
                parts.append(self.say("rule.attribute", key=self.column(key), values=words))
        return ", ".join(parts)

    def items(self, where: Mapping[str, Any], measure: str = "spend") -> str:
        """``cho máy tính và mạng``, or nothing."""
        names = [self.item(v) for v in values_of(where["item"])] if "item" in where else []
        if "pillar" in where:
            values = self.listed([self.value(v) for v in values_of(where["pillar"])])
            names.append(self.say("rule.pillar", values=self.quoted(values)))
        return self.say(f"rule.items.{measure}", items=self.listed(names)) if names else ""

    def item(self, name: str) -> str:
        """An item by its name, quoted; what the catalogue does not hold, by its id."""
        known = self.scenario.items.get(name)
        return name if known is None else self.quoted(known.label(self.lang))

    @cached_property
    def school_names(self) -> dict[str, str]:
        """School → its name."""
        table = self.scenario.schools
        return dict(zip(table["school"], table["name"], strict=True))

    def school(self, school: str) -> str:
        """A school by its name; what is none, by its id."""
        return self.school_names.get(school, school)

    def money(self, amount: int) -> str:
        """An amount with its currency."""
        return money(amount, self.lang, self.scenario.settings.currency)

    def quoted(self, text: str) -> str:
        """A name in the language's quotation marks."""
        return self.say("rule.quoted", text=text)

    def lines(self, where: Mapping[str, Any], measure: str = "spend", items: bool = True) -> str:
        """What a selection says of lines: items, kinds, requests, funds, natures, years."""
        text = self.items(where, measure) if items else ""
        if "kind" in where:
            text += "".join(self.say(f"rule.kind.{v}") for v in values_of(where["kind"]))
        if "request" in where:
            code = (
                "rule.of_requests" if MEASURES[measure].over == "options" else "rule.for_requests"
            )
            text += self.say(code, requests=self.listed(values_of(where["request"])))
        if "fund" in where:
            funds = self.listed([self.fund(name) for name in values_of(where["fund"])])
            text += self.say("rule.from_funds", funds=funds)
        if "nature" in where:
            values = [self.value(v).lower() for v in values_of(where["nature"])]
            text += self.say("rule.nature", values=self.listed(values))
        if "year" in where:
            text += self.say("rule.in_years", years=self.listed(values_of(where["year"])))
        return text

    def fund(self, name: str) -> str:
        """A fund's name in documents."""
        return fund_name(self.scenario, name, self.lang)


# --------------------------------------------------------------------------------------------------
# What the scenario's tables state, as sentences: contracts, bans, capacities, requests, grants.
#
# Each begins with the name by which model, audit and the table ``rules`` cite it; in documents the
# rule's name ends it, and a request is called by the school's own words.

MOST = 12
"""Sentences told one by one for each rule; the table ``rules`` and the inputs hold them all."""


class Titled(Words):
    """Words of documents: a request by its title, not its id."""

    @cached_property
    def titles(self) -> dict[str, dict[str, str]]:
        """Request → option → title."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.scenario.rows("requests"):
            found[row.request][row.option] = row.title
        return found

    def request(self, request: str, option: str = "") -> str:
        """``«Phòng ghi hình»``; without ``option`` the titles of all its options."""
        own = self.titles.get(request, {})
        titles = [t for o, t in own.items() if t and option in ("", o)]
        if not titles:
            return super().request(request, option)
        return self.say("rule.or").join(self.quoted(t) for t in dict.fromkeys(titles))

    def options(self, request: str, options: Sequence[str]) -> str:
        """Some options of a request, by their titles."""
        return self.listed([self.request(request, o) for o in options])


def stated_in_words(scenario: Scenario, lang: str, titled: bool = False) -> list[str]:
    """One sentence for each row, at most :data:`MOST` a rule; ``titled``: for documents."""
    words = Titled(scenario, lang) if titled else Words(scenario, lang)
    found: list[str] = []
    for rows in STATED_BY.values():
        lines = [
            f"{text[:1].upper()}{text[1:]}." if titled else f"{name}: {text}."
            for name, text in rows(words)
        ]
        found += lines[:MOST]
        if len(lines) > MOST:
            found.append(say("stated.more", lang, count=len(lines) - MOST))
    return found


def useful_in_words(threshold: str, lang: str) -> str:
    """``18 units`` or ``50% of the need``."""
    if threshold.endswith("%"):
        share = trimmed(Decimal(threshold[:-1]), lang)
        return say("useful.share", lang, share=share)
    return say("useful.units", lang, units=int(threshold))


def thresholds_in_words(
    scenario: Scenario, lang: str, items: Collection[str] | None = None
) -> list[str]:
    """A sentence for each item (of some) that has norms with a threshold."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for norm in scenario.norms:
        if norm.useful_from and (items is None or norm.item in items):
            found[norm.item][useful_in_words(norm.useful_from, lang)] = None
    words = Words(scenario, lang)
    return [
        words.say("useful.item", item=words.item(item), useful=words.listed(list(texts)))
        for item, texts in found.items()
    ]


Named = Iterator[tuple[str, str]]


def _committed(words: Words) -> Named:
    for row in words.scenario.rows("commitments"):
        key = (row.school, row.item, row.fund, row.year)
        text = words.say(
            "stated.committed", school=words.school(row.school), item=words.item(row.item),
            fund=words.fund(row.fund), year=str(row.year),
            quantity=grouped(row.quantity, words.lang),
        )  # fmt: skip
        if row.amount is not None:
            text += words.say("stated.own_price", amount=words.money(row.amount))
        if row.works is not None:
            text += words.say("stated.own_works", amount=words.money(row.works))
        if row.serves is not None:
            text += words.say("stated.late", year=str(row.serves))
        yield row_name(StandingRule.COMMITTED, key), text


def _closed(words: Words) -> Named:
    until = words.scenario.settings.closed_until
    if until is not None:
        yield str(StandingRule.CLOSED), words.say("stated.closed", year=str(until))


def _banned(words: Words) -> Named:
    for row in words.scenario.rows("bans"):
        code = "item" if row.item else "any"
        what = words.say(f"stated.banned.{code}", item=words.item(row.item or ""))
        if row.school:
            what += words.say("rule.for_schools", schools=words.school(row.school))
        if row.fund:
            what += words.say("rule.from_funds", funds=words.fund(row.fund))
        if row.year is not None:
            what += words.say("rule.in_years", years=str(row.year))
        key = [p for p in (row.school, row.item, row.fund, row.year) if p]
        yield row_name(StandingRule.BANNED, key), words.say("stated.banned", what=what)


def _capacities(words: Words) -> Named:
    for row in words.scenario.rows("capacities"):
        years = [row.year] if row.year is not None else []
        when = words.say("rule.in_years", years=str(row.year)).strip() + ", " if years else ""
        if not years:
            when = words.each("year") + ", "
        fund = words.say("rule.from_funds", funds=words.fund(row.fund)) if row.fund else ""
        key = [p for p in (row.item, row.fund, *years) if p]
        most = grouped(row.most, words.lang) if row.item else words.money(row.most)
        code = "stated.capacity.units" if row.item else "stated.capacity.money"
        item = words.item(row.item or "")
        text = words.say(code, when=when, most=most, item=item, fund=fund)
        yield row_name(StandingRule.CAPACITY, key), text


def _least(words: Words) -> Named:
    for item in words.scenario.items.values():
        if item.least > (item.lot if item.whole else 1):
            text = words.say(
                "stated.least", item=words.item(item.item), least=grouped(item.least, words.lang)
            )
            yield row_name(StandingRule.LEAST, [item.item]), text


def _switched(rule: StandingRule, words: Words) -> Named:
    """A rule that a setting of its name turns on."""
    if getattr(words.scenario.settings, rule):
        yield str(rule), words.say(f"stated.{rule}")


def _options(words: Words) -> Named:
    rows = list(words.scenario.rows("requests"))
    if rows:
        yield str(StandingRule.OPTION), words.say("stated.one_option")
    mandatory = list(dict.fromkeys(r.request for r in rows if r.mandatory))
    if mandatory:
        text = words.say(
            "stated.mandatory", requests=words.listed([words.request(r) for r in mandatory])
        )
        yield str(StandingRule.OPTION), text
    for row in rows:
        if row.copies > 1:
            copies = grouped(row.copies, words.lang)
            text = words.say("stated.copies", request=words.request(row.request), copies=copies)
            yield row_name(StandingRule.OPTION, [row.request]), text


def _required(words: Words) -> Named:
    needing: dict[tuple[str, str], list[str]] = defaultdict(list)
    options: dict[str, int] = defaultdict(int)
    for row in words.scenario.rows("requests"):
        options[row.request] += 1
        for wanted in row.requires:
            needing[row.request, wanted].append(row.option)
    for (request, wanted), own in needing.items():
        code = "stated.requires_all" if len(own) == options[request] else "stated.requires"
        text = words.say(
            code, option=words.options(request, own), request=words.request(request),
            wanted=words.request(*wanted.partition(":")[::2]),
        )  # fmt: skip
        yield row_name(StandingRule.REQUIRES, (request, wanted)), text


def _grants(words: Words) -> Named:
    owner = {r.request: r.school for r in words.scenario.rows("requests")}
    for row in words.scenario.rows("request_costs"):
        if row.most is None:
            continue
        key = (f"{row.request}:{row.option}", row.fund, row.year)
        text = words.say(
            "stated.grant", school=words.school(owner[row.request]),
            request=words.request(row.request),
            fund=words.fund(row.fund), year=str(row.year), least=words.money(row.amount),
            most=words.money(row.most),
        )  # fmt: skip
        yield row_name(StandingRule.GRANT, key), text


STATED_BY: dict[StandingRule, Callable[[Words], Named]] = {
    StandingRule.COMMITTED: _committed,
    StandingRule.BANNED: _banned,
    StandingRule.CLOSED: _closed,
    StandingRule.CAPACITY: _capacities,
    StandingRule.LEAST: _least,
    **{rule: partial(_switched, rule) for rule, entry in REGISTER.items() if entry.switch},
    StandingRule.OPTION: _options,
    StandingRule.REQUIRES: _required,
    StandingRule.GRANT: _grants,
}
"""Standing rule → what the inputs state of it, in the order in which it is said. What no input
states row by row has ``report.standing.<name>`` alone; locks have sentences of their own, below."""


def rule_said(name: str, scenario: Scenario, lang: str) -> str:
    """What a named rule, or a row of one, asks for, without a full stop: as the inputs state it,
    else in general, with what the row is of."""
    if name in scenario.settings.rules:
        return rule_sentence(scenario, name, lang)
    rule, words = StandingRule(name.partition("[")[0]), Words(scenario, lang)
    rows = STATED_BY[rule](words) if rule in STATED_BY else ()
    if stated := next((text for row, text in rows if row == name), ""):
        return f"{stated[:1].upper()}{stated[1:]}".rstrip(".")
    general = say(f"report.standing.{rule}", lang).rstrip(".")
    axes, ids = REGISTER[rule].key.split(), name.partition("[")[2].rstrip("]").split(",")
    if len(axes) != len(ids) or "(" in REGISTER[rule].key:
        return general
    label = {"school": words.school, "item": words.item, "fund": words.fund}
    labels = [label.get(axis, str)(i) for axis, i in zip(axes, ids, strict=True)]
    if rule == StandingRule.FUND:  # of which a conflict names several
        return say("rule.fund_in_year", lang, fund=labels[0], year=labels[1])
    return f"{general} ({', '.join(labels)})"


def rule_called(name: str, scenario: Scenario, lang: str) -> str:
    """What a screen calls a named rule, or a row of one: its title with its name, its name where it
    has none, what it asks for where it is no rule of the scenario's own."""
    if name not in scenario.settings.rules:
        return f"«{rule_said(name, scenario, lang)}» [{name}]"
    title = rule_title(scenario, name, lang)
    return title if title == name else f"{title} [{name}]"


# ---- Quantities decided beforehand, as sentences for summaries and documents.

MOST_LOCKS = 30
"""Locks that are told one by one; the table ``rules`` holds them all."""


def locks_in_words(scenario: Scenario, lang: str, most: int = MOST_LOCKS) -> list[str]:
    """One sentence that says how many there are, then one for each; nothing without locks."""
    locks = list(scenario.rows("locks"))
    if not locks:
        return []
    names = dict(zip(scenario.schools["school"], scenario.schools["name"], strict=True))
    asked = {(r.request, r.option): (names[r.school], r.title) for r in scenario.rows("requests")}
    lines = [say("locks_head", lang, count=len(locks))]
    for lock in locks[:most]:
        if lock.request:
            school, title = asked[lock.request, lock.option]
            code = "locks_chosen" if lock.quantity else "locks_not_chosen"
            lines.append(say(code, lang, school=school, title=title))
            continue
        item = scenario.items[lock.item]
        paid = [fund_name(scenario, lock.fund, lang)] if lock.fund else []
        where = "".join(f", {part}" for part in [*paid, lock.year] if part)
        quantity, label = trimmed(lock.quantity, lang), item.label(lang)
        lines.append(
            say(
                "locks_purchase" if lock.fund and lock.year else "locks_total", lang,
                school=names[lock.school], item=label, where=where, quantity=quantity,
                unit=item.unit,
            )
        )  # fmt: skip
    if more := len(locks) - len(locks[:most]):
        lines.append(say("edit_more", lang, count=more))
    return lines
