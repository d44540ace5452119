"""No form may disagree with another or with the plan: what a content says of itself, and the
comparison of a written file, opened again, with the content.

A reader of a form gives what stands in the file as :class:`Seen` items in reading order; every
paragraph must be among them word for word and every table cell for cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.present.content_types import (
    Block,
    Cell,
    Figure,
    Paragraph,
    ReportContent,
    Row,
    Table,
    differs,
)
from planner.present.content_view import View
from planner.present.words import money_words


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader found: a paragraph (one text) or a row of a table (a text a cell)."""

    kind: Literal["text", "row"]
    texts: tuple[str, ...]


def tables(content: ReportContent) -> list[Table]:
    """Every table, the letter's first."""
    letter = [b for b in content.letter.blocks if isinstance(b, Table)]
    return letter + [t for a in content.appendices for t in a.tables()]


def blocks(content: ReportContent, letter: bool = True) -> Iterator[Block]:
    """Every block in reading order."""
    if letter:
        yield from content.letter.blocks
    for part in content.appendices:
        yield from part.blocks


def check_content(content: ReportContent) -> None:
    """Every subtotal and total is the sum of the lines that it covers, to the last unit; the
    amounts that a paragraph carries stand in its text, in digits or in words."""
    for part in tables(content):
        for row in part.rows:
            for key, formula in row.formulas.items():
                if isinstance(formula, tuple):
                    _check_sum(part, row, key, formula)
    for block in blocks(content):
        if isinstance(block, Paragraph):
            for figure in block.figures:
                _check_said(block, figure, content)


def _check_sum(part: Table, row: Row, key: str, span: tuple[int, int]) -> None:
    at = part.at(key)
    covered = part.rows[span[0] : span[1] + 1]
    values = [r.cells[at] for r in covered if not isinstance(r.formulas.get(key), tuple)]
    total = sum(v for v in values if isinstance(v, (int, float)))
    said = row.cells[at]
    if not isinstance(said, (int, float)) or abs(total - said) > (
        1e-3 if part.columns[at].kind == "people" else 1e-9
    ):
        raise differs("content", f"{part.key}.{key}", said, total)


def _check_said(block: Paragraph, figure: Figure, content: ReportContent) -> None:
    digits = content.text(figure.amount, "money")
    words = money_words(figure.amount, content.lang, "").strip()
    if digits not in block.text and words not in block.text:
        raise differs("content", figure.name, block.text[:80], digits)


def check_plan(content: ReportContent, view: View) -> None:
    """Amounts that stand for lines are the plan's amounts of those lines; every fund-year is the
    plan's ledger (a fund shared with other packages has no ledger row of its own)."""
    amounts = dict(zip(view.plan.allocation["line"], view.plan.allocation["amount"], strict=True))
    for part in tables(content):
        if not part.key.startswith(("group.", "packages")):
            continue
        at = part.at("amount")
        for k, row in enumerate(part.rows):
            total = sum(int(amounts[n]) for n in row.lines)
            if row.cells[at] != total:
                raise differs("content", place(part, k, at), row.cells[at], total)
    for name, said, spent in _fund_years(content, view):
        if said != spent:
            raise differs("content", name, said, spent)


def _fund_years(content: ReportContent, view: View) -> Iterator[tuple[str, Cell, int]]:
    ledger = view.plan.ledger
    spent = {
        (view.fund(f), str(y)): int(s)
        for f, y, s in zip(ledger["fund"], ledger["year"], ledger["spent"], strict=True)
        if f not in view.shared_funds
    }
    for part in tables(content):
        if part.key not in ("money.sources", "money.uses"):
            continue
        fund, at = "", part.at("spent")
        for row in part.rows:
            first = str(row.cells[0])
            fund = first if row.kind == "subtotal" else fund
            if row.kind == "line" and (fund, first) in spent:
                yield f"{part.key}[{fund}, {first}]", row.cells[at], spent[fund, first]


def place(part: Table, row: int, at: int) -> str:
    """``group.completed[12].amount``: the twelfth row's amount."""
    return f"{part.key}[{row + 1}].{part.columns[at].key}"


def compare(
    form: str, found: Iterable[Seen], content: ReportContent, wanted: Sequence[Block]
) -> None:
    """Everything wanted stands in the file, in order; tables have no row more or less.

    Raises :class:`AuditError` with the form, the first place that differs and both figures.
    """
    seen = iter(found)
    pending: Seen | None = None
    for block in wanted:
        if isinstance(block, Paragraph):
            if pending is not None and pending.texts == (block.text,):
                pending = None
                continue
            _find_text(form, seen, block)
            pending = None
        else:
            pending = _compare_table(form, seen, pending, block, content)


def _find_text(form: str, seen: Iterator[Seen], block: Paragraph) -> None:
    for item in seen:
        if item.kind == "text" and item.texts[0] == block.text:
            return
    raise differs(form, "text", "–", block.text[:200])


def _compare_table(
    form: str, seen: Iterator[Seen], pending: Seen | None, part: Table, content: ReportContent
) -> Seen | None:
    """Compares a table; gives back the item read after its last row."""
    heads = tuple(c.head for c in part.columns)
    known = pending is not None and pending.texts == heads
    if not known and not any(s.kind == "row" and s.texts == heads for s in seen):
        raise differs(form, part.key, "–", " | ".join(heads))
    for k, row in enumerate(part.rows):
        texts = tuple(content.text(v, c.kind) for v, c in zip(row.cells, part.columns, strict=True))
        item = next(seen, None)
        if item is None or item.kind != "row":
            raise differs(form, f"{part.key}[{k + 1}]", "–", " | ".join(texts))
        if item.texts != texts:
            raise _difference(form, part, k, item.texts, texts)
    after = next(seen, None)
    if after is not None and after.kind == "row" and not _is_head(after, content):
        raise differs(form, f"{part.key}[{len(part.rows) + 1}]", " | ".join(after.texts), "–")
    return after


def _is_head(item: Seen, content: ReportContent) -> bool:
    return any(item.texts == tuple(c.head for c in t.columns) for t in tables(content))


def _difference(
    form: str, part: Table, row: int, found: Sequence[str], wanted: Sequence[str]
) -> Exception:
    for at, text in enumerate(wanted):
        if at >= len(found) or found[at] != text:
            said = found[at] if at < len(found) else "–"
            return differs(form, place(part, row, at), said, text)
    return differs(form, f"{part.key}[{row + 1}]", " | ".join(found), " | ".join(wanted))
