"""The one page before the letter: what is decided and by whom, six numbers, one figure, what stays
unmet, what is sure, what a cut of the money would change.

It computes nothing: every number is taken from the letter or from a table of an appendix, where its
reader finds it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from planner.messages.numbers import pupil_years
from planner.present.content import (
    Appendix,
    Block,
    Cell,
    Figure,
    Letter,
    Paragraph,
    Row,
    plain,
    shortened,
    table,
)
from planner.present.papers.view import View

NUMBERS = 6
"""Numbers that stand on the page."""
DEAREST = 3
"""Items named of what is unmet; points of a frontier."""


def one_page(view: View, letter: Letter, appendices: Sequence[Appendix]) -> Appendix:
    """The page of a letter and its appendices."""
    page = _Page(view, letter, appendices)
    return Appendix("page", "", view.say("page.title"), tuple(page.blocks()), landscape=False)


class _Page:
    """The letter and the tables that the page quotes."""

    def __init__(self, view: View, letter: Letter, appendices: Sequence[Appendix]) -> None:
        self.view, self.letter = view, letter
        self.tables = {t.key: t for a in appendices for t in a.tables()}
        self.number = {t.key: a.number for a in appendices for t in a.tables()}

    def blocks(self) -> Iterator[Block]:
        """Heading by heading; one that there is nothing to say about is left out."""
        heads = count(1)
        for code in ("decision", "numbers", "coverage", "unmet", "sure", "cut"):
            found = list(getattr(self, code)())
            if found:
                yield Paragraph(self.view.say(f"page.head.{code}", number=next(heads)), "heading")
                yield from found

    def row(self, key: str, kind: str = "total") -> dict[str, Cell]:
        """The last row of a kind of a table, by column; of a table that there is not: nothing."""
        part = self.tables.get(key)
        if part is None:
            return {}
        rows = [r.cells for r in part.rows if r.kind == kind]
        return dict(zip((c.key for c in part.columns), rows[-1], strict=True)) if rows else {}

    def decision(self) -> Iterator[Block]:
        """Who decides, who submits, and the letter's own requests."""
        view, proposal = self.view, self.view.proposal
        yield Paragraph(
            view.say(
                "page.who",
                addressee=shortened(", ".join(self.letter.addressees), 400)
                or view.say("letter.whom"),
                agency=shortened(plain(proposal.agency), 160) or view.say("letter.we"),
                post=shortened(self.letter.post, 100),
            ),
            "item",
        )  # fmt: skip
        blocks = self.letter.blocks
        last = max(k for k, b in enumerate(blocks) if getattr(b, "style", "") == "heading")
        yield from blocks[last + 1 : -1]

    def numbers(self) -> Iterator[Block]:
        """A table: what, how much, in which appendix."""
        shape = (("fact", "text", 87.0), ("figure", "text", 50.0), ("place", "text", 28.0))
        rows = [
            Row("line", (text, value, f"{self.view.say('label.appendix')} {self.number[key]}"))
            for text, value, key in self.known()
        ][:NUMBERS]
        yield table("page.numbers", self.view.columns(shape), rows)

    def known(self) -> Iterator[tuple[str, str, str]]:
        """What the page may say, the weightiest first: words, value, key of its table."""
        view = self.view
        first, last = map(str, view.settings.years)
        key, total = "money.years", self.row("money.years")
        yield view.say("page.total", first=first, last=last), self.money(total["spent"]), key
        for start in self.tables[key].rows:
            if start.cells[0] == first:
                spent = start.cells[self.tables[key].at("spent")]
                yield view.say("page.first_year", year=first), self.money(spent), key
        reach, key = self.row("coverage.group"), "coverage.group"
        code = "page.pupils_served" if view.served else "page.pupils"
        text = view.say(code, schools=reach["schools"], pupils=reach["pupils"])
        yield view.say("page.schools"), text, key
        if reach["before"] is not None and reach["after"] is not None:
            shares = {k: view.percent(float(reach[k] or 0)) for k in ("before", "after")}
            text = view.say("page.from_to", **shares)
            yield view.say("page.coverage", year=last), text, key
            people = pupil_years(float(reach["people"] or 0), view.lang)
            yield view.say("page.people"), people, key
        if after := self.row("money.after"):
            yield view.say("page.after", year=last), self.money(after["amount"]), "money.after"
        for name in ("group.preparing.items", "unmet.reasons.funded", "group.completed.items"):
            if total := self.row(name):
                amount = self.money(total["cost" if "cost" in total else "amount"])
                yield view.say(f"page.{name.split('.')[1]}"), amount, name

    def money(self, amount: Cell) -> str:
        """An amount as it is printed."""
        return self.view.money(int(amount or 0))

    def coverage(self) -> Iterator[Block]:
        """The figure: coverage before and after, by group, as bars."""
        part = self.tables["coverage.group"]
        at = [part.at(k) for k in ("name", "before", "after")]
        rows = [
            Row("line", tuple(r.cells[k] for k in at))
            for r in part.rows
            if r.kind == "line" and r.cells[at[1]] is not None and r.cells[at[2]] is not None
        ]
        shape = (("name", "text", 61.0), ("before", "bar", 52.0), ("after", "bar", 52.0))
        if rows:
            yield table("page.coverage", self.view.columns(shape, name="group"), rows)

    def unmet(self) -> Iterator[Block]:
        """How much of the funded schools' needs, and the dearest items."""
        view, total = self.view, self.row("unmet.reasons.funded")
        if not total:
            if not view.plan.coverage.empty:
                yield Paragraph(view.say("page.unmet_none"), "item")
            return
        part = self.tables["unmet.items.funded"]
        name, cost = part.at("name"), part.at("cost")
        lines = sorted(
            (r.cells for r in part.rows if r.kind == "line"), key=lambda c: -int(c[cost] or 0)
        )[:DEAREST]
        amounts = [int(total["cost"] or 0), *(int(c[cost] or 0) for c in lines)]
        items = "; ".join(
            view.say(
                "page.unmet_item",
                name=shortened(str(c[name]), 100),
                amount=view.money(int(c[cost] or 0)),
            )
            for c in lines
        )
        text = view.say(
            "page.unmet", needs=total["needs"], schools=total["schools"], items=items,
            cost=view.money(amounts[0]), number=self.number["unmet.reasons.funded"],
        )  # fmt: skip
        figures = [Figure(f"page.unmet.{k}", n, view.settings.currency) for k, n in
                   enumerate(amounts)]  # fmt: skip
        yield Paragraph(text, "item", tuple(figures))

    def sure(self) -> Iterator[Block]:
        """What of it is sure, where that was asked; what was proven; what nobody has verified."""
        for block in self.letter.blocks:
            if any(f.name.startswith("sure.") for f in getattr(block, "figures", ())):
                yield block
        code = "page.proof_owner" if self.view.owner else "page.proof"
        yield Paragraph(self.view.say(code, **self.view.proven), "item")
        if self.view.unverified_sentence:
            yield Paragraph(self.view.unverified_sentence, "item")
        if number := self.number.get("choices.figures"):
            text = self.view.say("letter.choices", count=len(self.view.choices), number=number)
            yield Paragraph(text, "item")

    def cut(self) -> Iterator[Block]:
        """What less money would reach, where that was solved."""
        part = self.tables.get("money.frontier")
        if part is None:
            return
        keys = [c.key for c in part.columns]
        rows = [dict(zip(keys, r.cells, strict=True)) for r in part.rows]
        less = [r for r in rows if float(r["change"] or 0) < 0]
        for r in less[-DEAREST:][::-1]:
            text = self.view.say(
                "page.cut", share=self.view.percent(-float(r["change"] or 0)),
                people=pupil_years(float(r["people"] or 0), self.view.lang),
                coverage=self.view.percent(float(r["after"] or 0)),
                number=self.number["money.frontier"],
            )  # fmt: skip
            yield Paragraph(text, "item")
