"""What the scenario's tables state, as sentences: contracts, bans, capacities, requests, grants.

Each begins with the name by which model, audit and the table ``rules`` cite it; in documents the
rule's name ends it, and a request is called by the school's own words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from planner.messages import say
from planner.messages.numbers import grouped, money
from planner.present.rule_words import Words
from planner.rules import Rule, row_name
from planner.scenario.scenario import Scenario

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
    for rows in (_committed, _banned, _capacities, _one_source, _options, _required, _grants):
        lines = [_cited(name, text, titled) for name, text in rows(words)]
        found += lines[:MOST]
        if len(lines) > MOST:
            found.append(say("stated.more", lang, count=len(lines) - MOST))
    return found


def _cited(name: str, text: str, titled: bool) -> str:
    if not titled:
        return f"{name}: {text}."
    return f"{text[:1].upper()}{text[1:]}. [{name.partition('[')[0]}]"


Named = Iterator[tuple[str, str]]


def _school(words: Words, school: str) -> str:
    table = words.scenario.schools
    return str(dict(zip(table["school"], table["name"], strict=True)).get(school, school))


def _item(words: Words, item: str) -> str:
    known = words.scenario.items
    return words.quoted(known[item].label(words.lang)) if item in known else item


def _money(words: Words, amount: int) -> str:
    return money(amount, words.lang, words.scenario.settings.currency)


def _committed(words: Words) -> Named:
    for row in words.scenario.rows("commitments"):
        key = (row.school, row.item, row.fund, row.year)
        text = words.say(
            "stated.committed", school=_school(words, row.school), item=_item(words, row.item),
            fund=words.fund(row.fund), year=str(row.year),
            quantity=grouped(row.quantity, words.lang),
        )  # fmt: skip
        yield row_name(Rule.COMMITTED, key), text


def _banned(words: Words) -> Named:
    for row in words.scenario.rows("bans"):
        code = "item" if row.item else "any"
        what = words.say(f"stated.banned.{code}", item=_item(words, row.item or ""))
        if row.school:
            what += words.say("rule.for_schools", schools=_school(words, row.school))
        if row.fund:
            what += words.say("rule.from_funds", funds=words.fund(row.fund))
        if row.year is not None:
            what += words.say("rule.in_years", years=str(row.year))
        key = [p for p in (row.school, row.item, row.fund, row.year) if p]
        yield row_name(Rule.BANNED, key), words.say("stated.banned", what=what)


def _capacities(words: Words) -> Named:
    for row in words.scenario.rows("capacities"):
        years = [row.year] if row.year is not None else []
        when = words.say("rule.in_years", years=str(row.year)).strip() + ", " if years else ""
        if not years:
            when = words.each("year") + ", "
        fund = words.say("rule.from_funds", funds=words.fund(row.fund)) if row.fund else ""
        key = [p for p in (row.item, row.fund, *years) if p]
        most = grouped(row.most, words.lang) if row.item else _money(words, row.most)
        code = "stated.capacity.units" if row.item else "stated.capacity.money"
        item = _item(words, row.item or "")
        text = words.say(code, when=when, most=most, item=item, fund=fund)
        yield row_name(Rule.CAPACITY, key), text


def _one_source(words: Words) -> Named:
    if words.scenario.settings.one_source:
        yield str(Rule.ONE_SOURCE), words.say("stated.one_source")


def _options(words: Words) -> Named:
    rows = list(words.scenario.rows("requests"))
    if rows:
        yield str(Rule.OPTION), words.say("stated.one_option")
    mandatory = list(dict.fromkeys(r.request for r in rows if r.mandatory))
    if mandatory:
        text = words.say(
            "stated.mandatory", requests=words.listed([words.request(r) for r in mandatory])
        )
        yield str(Rule.OPTION), text
    for row in rows:
        if row.copies > 1:
            copies = grouped(row.copies, words.lang)
            text = words.say("stated.copies", request=words.request(row.request), copies=copies)
            yield row_name(Rule.OPTION, [row.request]), text


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
        yield row_name(Rule.REQUIRES, (request, wanted)), text


def _grants(words: Words) -> Named:
    owner = {r.request: r.school for r in words.scenario.rows("requests")}
    for row in words.scenario.rows("request_costs"):
        if row.most is None:
            continue
        key = (f"{row.request}:{row.option}", row.fund, row.year)
        text = words.say(
            "stated.grant", school=_school(words, owner[row.request]),
            request=words.request(row.request),
            fund=words.fund(row.fund), year=str(row.year), least=_money(words, row.amount),
            most=_money(words, row.most),
        )  # fmt: skip
        yield row_name(Rule.GRANT, key), text
