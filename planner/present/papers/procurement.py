"""What is bought, by owner, item and year, and what the dated thresholds of procurement imply; when
it is paid within a year, who operates it and pays afterwards, what may go otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pandas as pd

from planner.present.content import (
    Appendix,
    Block,
    Cell,
    Column,
    Formula,
    Paragraph,
    Row,
    Table,
    differs,
    plain,
    table,
)
from planner.present.papers.annexes import (
    KINDS,
    LONG_LEDGER,
    figure,
    ledger,
    line_numbers,
    marked,
    said_once,
    unit_line,
    whole_units,
)
from planner.present.papers.view import View

# ---- Procurement thresholds by date, with source.
#
# A bracket whose limits are not verified names no method: the documents print «chưa đối chiếu».

BILLION = 10**9
MILLION = 10**6


@dataclass(frozen=True)
class Bracket:
    """Amounts above the bracket before and up to ``most`` (None: no limit)."""

    most: int | None
    method: str
    """Code of the method; empty: not verified."""


@dataclass(frozen=True)
class Regime:
    """Brackets in force from ``start`` (YYYY-MM-DD) for one nature of money."""

    start: str
    nature: str
    brackets: tuple[Bracket, ...]
    source: str


LAW_2013 = "Luật 43/2013/QH13, Nghị định 63/2014/NĐ-CP"
LAW_2023 = "Luật 22/2023/QH15, Điều 24"
LAW_2024 = "Luật 57/2024/QH15"
DECREE_2025 = "Nghị định 214/2025/NĐ-CP, khoản 4 Điều 78"
UNKNOWN = (Bracket(None, ""),)

REGIMES: tuple[Regime, ...] = tuple(
    Regime(start, nature, brackets, source)
    for start, source, by_nature in (
        ("1900-01-01", LAW_2013, {"capital": UNKNOWN, "recurrent": UNKNOWN}),
        (
            "2024-01-01",
            LAW_2023,
            dict.fromkeys(
                ("capital", "recurrent"), (Bracket(5 * BILLION, ""), Bracket(None, "open"))
            ),
        ),
        ("2025-01-15", LAW_2024, {"capital": UNKNOWN, "recurrent": UNKNOWN}),
        (
            "2025-08-04",
            DECREE_2025,
            {
                "recurrent": (Bracket(500 * MILLION, "direct"), Bracket(None, "")),
                "capital": (Bracket(2 * BILLION, "direct"), Bracket(None, "")),
            },
        ),
    )
    for nature, brackets in by_nature.items()
)
"""2024: the direct limit was not found. 15/01/2025: the entry date is from memory. From
04/8/2025 the source read gives the direct limits only; that competitive shopping goes above
5 billion is inferred from one package, so nothing above the direct limit is named."""

OUTLINE_FROM = "2020-04-09"
OUTLINE_UNTIL = "2024-07-10"
"""Nghị định 82/2024 may have changed the limits of Thông tư 03/2020: not verified from then."""
OUTLINE_ABOVE = 200 * MILLION
PROJECT_ABOVE = 15 * BILLION


def regime(date: str, nature: str) -> Regime:
    """The thresholds in force on a date."""
    return [r for r in REGIMES if r.nature == nature and r.start <= date][-1]


def method(amount: int, date: str, nature: str) -> tuple[str, str]:
    """Code of the method (empty: not verified) and its source."""
    found = regime(date, nature)
    for bracket in found.brackets:
        if bracket.most is None or amount <= bracket.most:
            return bracket.method, found.source
    return "", found.source


def changes(year: int, date: str) -> str:
    """Date in ``year`` after ``date`` from which other thresholds apply; empty: none."""
    later = [r.start for r in REGIMES if r.start > date and r.start[:4] == str(year)]
    return min(later, default="")


def dossier(amount: int, date: str, nature: str) -> str:
    """Code of the dossier that follows: ``none``, ``outline``, ``project``; empty: unverified."""
    if nature != "recurrent" or not OUTLINE_FROM <= date < OUTLINE_UNTIL:
        return ""
    if amount > PROJECT_ABOVE:
        return "project"
    return "outline" if amount > OUTLINE_ABOVE else "none"


# ---- Procurement packages: reported as they follow from the plan, never optimised, never split.

PACKAGES_SHAPE = (("owner", "text", 28.0), ("name", "text", 48.0), ("unit", "text", 15.0),
         ("year", "year", 12.0), ("quantity", "number", 17.0), ("unit_price", "money", 23.0),
         ("setup", "money", 23.0), ("amount", "money", 27.0), ("method", "text", 42.0),
         ("dossier", "text", 38.0), ("note", "text", 46.0))  # fmt: skip


def _implied(view: View, amount: int, date: str, natures: Collection[str]) -> tuple[str, str]:
    """Method and dossier that follow from an amount on a date, whatever the nature of its money
    (the fund's, else the item's single one; empty: unknown)."""
    way = papers = view.say("unverified")
    if "" not in natures:
        ways = [method(amount, date, n) for n in sorted(natures)]
        code, source = ways[0]
        if code and all(other == code for other, _ in ways):
            way = f"{view.say(f'method.{code}')} ({source})"
        files = {dossier(amount, date, n) for n in natures}
        if len(files) == 1 and "" not in files:
            papers = view.say(f"dossier.{files.pop()}")
    return way, papers


def packages_appendix(view: View, number: str) -> Appendix:
    """Total by owner × item (or request) × year of what is funded, with the method and dossier that
    follow; of several owners a table by item and year too, and each owner's packages for full
    papers alone."""
    lines = view.lines
    lines = lines[lines["kind"].isin(KINDS) & (lines["standing"] != "proposal")]
    schools = view.scenario.schools
    owner = dict(zip(schools["school"], schools["owner"].fillna(""), strict=True))
    lines = lines.assign(owner=lines["school"].map(owner))
    columns = view.columns(PACKAGES_SHAPE, name="item")
    rows = _rows(view, lines)
    blocks: list[Block] = [Paragraph(view.say("packages.note"), "note")]
    if not rows:
        blocks.append(Paragraph(view.say("no_lines"), "note"))
    else:
        several = lines["owner"].nunique() > 1
        if several:
            heading = view.say("packages.items")
            shape = [c for c in columns if c.key not in ("owner", "method", "dossier", "note")]
            short = [replace(r, cells=r.cells[1:8]) for r in _rows(view, lines.assign(owner=""))]
            blocks.append(table("packages.items", shape, short, heading, unit_line(view)))
        columns, rows, said = said_once(view, columns, rows, "owner", "method", "dossier", "note")
        rows, doubted = doubt_once(view, columns, rows, "method", "dossier")
        rows, notes = marked(columns, rows, "dossier", "note")
        heading = view.say("packages.owners") if several else ""
        listed = table("packages", columns, rows, heading, unit_line(view))
        notes = [replace(n, full=several) for n in notes]
        blocks += [*said, *doubted, replace(listed, full=several), *notes]
    return Appendix("packages", number, view.say("title.packages").upper(), tuple(blocks))


def doubt_once(
    view: View, columns: Sequence[Column], rows: Sequence[Row], *keys: str
) -> tuple[list[Row], list[Paragraph]]:
    """The rows without «not verified» in those of the columns ``keys`` where most lines say it, and
    a note for each column that says it once."""
    doubt, shown = view.say("unverified"), list(rows)
    notes = list[Paragraph]()
    for at in (k for k, c in enumerate(columns) if c.key in keys):
        said = [r.cells[at] == doubt for r in shown if r.kind == "line"]
        if 2 * sum(said) > len(said):
            shown = [
                replace(r, cells=(*r.cells[:at], "", *r.cells[at + 1 :]))
                if r.cells[at] == doubt else r
                for r in shown
            ]  # fmt: skip
            text = view.say("doubt_once", head=columns[at].head, value=doubt)
            notes.append(Paragraph(text, "note"))
    return shown, notes


def _rows(view: View, lines: pd.DataFrame) -> list[Row]:
    """A row by owner, year and item or request, units at their price and site works beside them,
    and the total; of no lines none. Where units have several prices none is named."""
    rows = []
    for key, part in lines.groupby(["owner", "year", "item", "request"], sort=False):
        buyer, year, item, request = map(str, key)
        amount = int(part["amount"].sum())
        works = int(part.loc[part["kind"] == "setup", "amount"].sum())
        date = max(view.date or "", f"{year}-01-01")
        own = view.item(item).nature if item else ()
        natures = {view.settings.funds[f].nature or (own[0] if len(own) == 1 else "")
                   for f in part["fund"]}  # fmt: skip
        notes = [view.say("joint")] if item and view.item(item).joint_procurement else []
        if later := changes(int(year), date):
            notes.append(view.say("threshold_changes", date="/".join(reversed(later.split("-")))))
        title = view.request_titles.get((request, part["option"].iloc[0]), request)
        name = view.item(item).label(view.lang) if item else view.say("request_line", title=title)
        bought = part[part["kind"] == "purchase"]
        units = float(bought["quantity"].sum()) if len(bought) else None
        price: int | None = None
        formulas: Mapping[str, Formula] = {}
        if units is not None:
            prices = {int(p) for p in bought["unit_price"]}
            if len(prices) == 1 and units * min(prices) == amount - works:
                price, formulas = min(prices), {"amount": "{quantity}*{unit_price}+{setup}"}
            units = whole_units(units)
        cells: tuple[Cell, ...] = (
            view.owner_name(buyer), name, view.item(item).unit if item else "", year, units, price,
            works, amount, *_implied(view, amount, date, natures), ". ".join(notes),
        )  # fmt: skip
        rows.append(Row("line", cells, line_numbers(part), formulas))
    rows.sort(key=lambda r: (str(r.cells[0]), str(r.cells[3]), -int(r.cells[7] or 0)))
    if rows:
        sums = [int(lines.loc[lines["kind"] == "setup", "amount"].sum())]
        sums.append(int(lines["amount"].sum()))
        spans = dict.fromkeys(("setup", "amount"), (0, len(rows) - 1))
        total = ("", view.say("total"), "", "", None, None, *sums, "", "", "")
        rows.append(Row("total", total, line_numbers(lines), spans))
    return rows


# ---- Disbursement by quarter, operation, risks: what the scenario states, beside the plan's money.

QUARTERS = ("q1", "q2", "q3", "q4")


def quarters_of(amount: int, shares: Sequence[Decimal]) -> list[int]:
    """An amount in quarters: each end rounded half up, so that the parts sum to the amount.

    >>> quarters_of(10, [Decimal("0.25")] * 4)
    [3, 2, 3, 2]
    """
    ends = [
        int((amount * sum(shares[:k], Decimal(0))).quantize(Decimal(1), ROUND_HALF_UP))
        for k in range(len(shares) + 1)
    ]
    return [b - a for a, b in pairwise(ends)]


def afterwards(view: View) -> Iterator[Block]:
    """Money by quarter, as the scenario assumes it; upkeep by item with the funds that pay it."""
    shares = view.proposal.quarters
    if shares is not None:
        said = ", ".join(view.percent(float(q)) for q in shares)
        listed = _quarters(view, shares)
        yield listed
        yield Paragraph(view.say("money.quarters_note", shares=said), "note", full=listed.full)
    kept = view.lines[(view.lines["kind"] == "upkeep") & (view.lines["standing"] != "proposal")]
    if len(kept):
        yield from _operation(view, kept)
        who = plain(view.proposal.operation)
        text = view.say("money.operation_who", who=who) if who else view.say("money.operation_open")
        yield Paragraph(text, "note")
    # What falls due after the plan, instalments and upkeep apart, as the letter takes it off.
    last = view.settings.years[1]
    late = view.paid[view.paid["year"] > last]
    upkeep = late["kind"] == "upkeep"
    ends = {"later": late[~upkeep], "upkeep": late[upkeep], "sum": late}
    parts = [figure(view, f"after.{name}", part) for name, part in ends.items()]
    if len(late):
        amounts = {name: view.money(f.amount) for name, f in zip(ends, parts, strict=True)}
        text = view.say("money.after_parts", year=str(last), **amounts)
        yield Paragraph(text, "note", tuple(parts))


def _quarters(view: View, shares: Sequence[Decimal]) -> Table:
    """A subtotal a fund with a line a year below, and the total."""
    rows, shown = ledger(view), list[Row]()
    keys, each = (*QUARTERS, "spent"), {"spent": "{q1}+{q2}+{q3}+{q4}"}
    totals = [0] * len(keys)
    for fund in dict.fromkeys(rows["fund"]):
        own = rows[rows["fund"] == fund]
        lines = []
        for year, spent in zip(own["year"], own["spent"], strict=True):
            cells = [*quarters_of(int(spent), shares), int(spent)]
            behind = view.paid_lines.get((str(fund), int(year)), ())
            lines.append(Row("line", (str(year), *cells), behind, each))
        sums = [sum(int(r.cells[k] or 0) for r in lines) for k in range(1, len(keys) + 1)]
        totals = [a + b for a, b in zip(totals, sums, strict=True)]
        span = dict.fromkeys(keys, (len(shown) + 1, len(shown) + len(lines)))
        behind = tuple(sorted({n for r in lines for n in r.lines}))
        shown += [Row("subtotal", (view.fund(str(fund)), *sums), behind, span), *lines]
    behind = tuple(sorted({n for r in shown for n in r.lines}))
    spans = dict.fromkeys(keys, (0, len(shown) - 1))
    shown.append(Row("total", (view.say("total"), *totals), behind, spans))
    shape = (("fund_year", "text", 72.0), *((k, "money", 36.0) for k in keys))
    heading, columns = view.say("money.quarters"), view.columns(shape)
    listed = table("money.quarters", columns, shown, heading, unit_line(view))
    return replace(listed, full=len(shown) > LONG_LEDGER)


def _operation(view: View, kept: pd.DataFrame) -> Iterator[Block]:
    """Upkeep of what there was and of what is bought, by item: in the plan years and after them;
    a fund that pays all of it is named once.

    Raises :class:`AuditError` where the plan years' sum is not what the funds pay for upkeep.
    """
    last = view.settings.years[1]
    rows = []
    for name, item in view.scenario.items.items():
        own = kept[kept["item"] == name]
        if len(own):
            late = int(own.loc[own["year"] > last, "amount"].sum())
            now = int(own["amount"].sum()) - late
            funds = [str(f) for f in dict.fromkeys(own["fund"])]
            several = view.say("money.operation_funds", count=len(funds))
            payer = view.fund(funds[0]) if len(funds) == 1 else several
            cells = (item.label(view.lang), payer, now, late, now + late)
            rows.append(Row("line", cells, line_numbers(own), {"sum": "{in_plan}+{after_plan}"}))
    sums = [sum(int(r.cells[k] or 0) for r in rows) for k in (2, 3, 4)]
    paid = int(ledger(view)["upkeep"].sum())
    if sums[0] != paid:
        raise differs("content", "money.operation.in_plan", sums[0], paid)
    spans = dict.fromkeys(("in_plan", "after_plan", "sum"), (0, len(rows) - 1))
    rows.append(Row("total", (view.say("total"), "", *sums), line_numbers(kept), spans))
    shape = (("item", "text", 76.0), ("payer", "text", 80.0), ("in_plan", "money", 32.0),
             ("after_plan", "money", 32.0), ("sum", "money", 32.0))  # fmt: skip
    heading, columns = view.say("money.operation"), view.columns(shape)
    columns, rows, said = said_once(view, columns, rows, "payer")
    yield table("money.operation", columns, rows, heading, unit_line(view))
    yield from said


def risks(view: View) -> Iterator[Block]:
    """What may go otherwise, as the scenario states it; what nobody has verified is marked."""
    rows = [
        Row("line", (str(k), plain(r.text), plain(r.answer),
                     view.say("verified" if r.verified else "unverified")))
        for k, r in enumerate(view.proposal.risks, start=1)
    ]  # fmt: skip
    if rows:
        shape = (("stt", "index", 12.0), ("risk", "text", 110.0), ("answer", "text", 105.0),
                 ("verified", "text", 25.0))  # fmt: skip
        columns, shown, said = said_once(view, view.columns(shape), rows, "verified")
        shown, doubted = doubt_once(view, columns, shown, "verified")
        yield table("assume.risks", columns, shown, view.say("assume.risks"))
        yield from (*said, *doubted)


def facts(view: View) -> Iterator[Block]:
    """What the plan starts from, as the scenario states it with its sources: where the plan takes
    it up, or that it is outside its reach; what nobody has compared with its source is marked."""
    rows = []
    for k, fact in enumerate(view.proposal.facts, start=1):
        parts = [view.say("outside")] * fact.outside + [plain(fact.answer)] * bool(fact.answer)
        cells = (str(k), plain(fact.text), ". ".join(parts), plain(fact.source),
                 view.say("verified" if fact.verified else "unverified"))  # fmt: skip
        rows.append(Row("line", cells))
    if rows:
        shape = (("stt", "index", 12.0), ("fact", "text", 88.0), ("taken_up", "text", 88.0),
                 ("source", "text", 42.0), ("verified", "text", 22.0))  # fmt: skip
        columns, shown, said = said_once(
            view, view.columns(shape, fact="stated"), rows, "source", "verified"
        )
        shown, doubted = doubt_once(view, columns, shown, "verified")
        yield table("assume.facts", columns, shown, view.say("assume.facts"))
        yield from (*said, *doubted)


def envelope(view: View) -> Iterator[str]:
    """How the money of funds follows from public investment, where that is assumed."""
    known = view.settings.envelope
    funds = [n for n in view.funds if view.settings.funds[n].amounts == "envelope"]
    if known is not None and funds:
        shares = (view.percent(float(s)) for s in (known.education_share, known.it_share))
        education, it = shares
        yield view.say(
            "assume.envelope", funds=", ".join(map(view.fund, funds)), education=education, it=it,
            totals="; ".join(
                view.say("paid_in", year=str(year), amount=view.money(total))
                for year, total in known.public_investment.items()
            ),
        )  # fmt: skip
