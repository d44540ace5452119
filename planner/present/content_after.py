"""Appendix IV, what follows the plan: obligations, and the building projects of group 3."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from planner.present.content_groups import unit_line
from planner.present.content_types import Block, Cell, Paragraph, Row, Table, table
from planner.present.content_view import View

DUE = ("amount", "funded", "unfunded")
OBLIGATIONS = (
    ("year", "year", 20.0), ("fund", "text", 60.0), ("kind", "text", 46.0),
    ("origin", "text", 42.0), ("amount", "money", 28.0), ("funded", "money", 28.0),
    ("unfunded", "money", 28.0),
)  # fmt: skip
PROJECTS = (
    ("school", "text", 92.0), ("year", "year", 25.0), ("project_amount", "money", 45.0),
    ("proposed", "money", 45.0), ("left", "money", 45.0),
)  # fmt: skip


def after_blocks(view: View) -> list[Block]:
    """Obligations after the plan, what of them cannot be told apart by owner, the projects."""
    rows = view.plan.obligations
    rows = rows[rows["amount"] > 0]
    blocks: list[Block] = []
    if view.owner:
        own = rows["fund"].isin(set(view.funds) - view.shared_funds)
        if (rows["fund"].isin(view.shared_funds) | rows["fund"].eq("")).any():
            blocks.append(Paragraph(view.say("money.after_shared"), "note"))
        rows = rows[own]
    if len(rows):
        blocks.insert(0, _obligations(view, rows))
    elif not blocks:
        blocks.append(Paragraph(view.say("money.no_after"), "note"))
    projects = _projects(view)
    return [*blocks, projects] if projects else blocks


def _obligations(view: View, rows: pd.DataFrame) -> Table:
    """What falls due after the plan; proposals are not in the total."""
    proposed = rows["origin"] == "proposal"
    shown = list(_due(view, rows[~proposed]))
    if shown:
        spans = dict.fromkeys(DUE, (0, len(shown) - 1))
        cells = ("", view.say("total"), "", "", *_sums(rows[~proposed]))
        shown.append(Row("total", cells, _behind(shown), spans))
    if proposed.any():
        at = len(shown) + 1
        shown.append(Row("head", ("", view.say("money.proposed_after"), "", "", None, None, None)))
        shown += list(_due(view, rows[proposed]))
        spans = dict.fromkeys(DUE, (at, len(shown) - 1))
        cells = ("", view.say("total.proposal_short"), "", "", *_sums(rows[proposed]))
        shown.append(Row("subtotal", cells, _behind(shown[at:]), spans))
    heading = view.say("money.after", year=str(view.settings.years[1]))
    columns = view.columns(OBLIGATIONS, amount="due")
    return table("money.after", columns, shown, heading, unit_line(view))


def _sums(rows: pd.DataFrame) -> tuple[int, int, int]:
    amount, funded = int(rows["amount"].sum()), int(rows["funded"].sum())
    return amount, funded, amount - funded


def _behind(rows: list[Row]) -> tuple[int, ...]:
    return tuple(sorted({n for r in rows for n in r.lines}))


def _due(view: View, rows: pd.DataFrame) -> Iterator[Row]:
    for r in rows.to_dict("records"):
        amount, funded = int(r["amount"]), int(r["funded"])
        fund = view.fund(r["fund"]) if r["fund"] else view.say("money.nobody")
        kind, origin = view.label("kind", r["kind"]), view.label("origin", r["origin"])
        cells = (str(r["year"]), fund, kind, origin, amount, funded, amount - funded)
        yield Row("line", cells, _causes(view, r), {"unfunded": "{amount}-{funded}"})


def _causes(view: View, row: dict[str, object]) -> tuple[int, ...]:
    """Lines that an obligation comes from; what was there before the plan has none."""
    if row["kind"] == "instalment":
        return view.paid_lines.get((str(row["fund"]), int(str(row["year"]))), ())
    if row["origin"] == "stock":
        return ()
    return view.kept_lines["proposal" if row["origin"] == "proposal" else "plan"]


def _projects(view: View) -> Table | None:
    """Proposals against what each building project can take; outside every funded total."""
    rows = view.plan.ledger
    rows = rows[(rows["school"] != "") & rows["school"].isin(view.chosen)]
    if rows.empty:
        return None
    shown = []
    for r in rows.to_dict("records"):
        amount, spent = int(r["amount"]), int(r["spent"])
        cells = (view.names[r["school"]], str(r["year"]), amount, spent, amount - spent)
        behind = view.lines_of.get(r["school"], ())
        shown.append(Row("line", cells, behind, {"left": "{project_amount}-{proposed}"}))
    sums: list[Cell] = [sum(int(r.cells[k] or 0) for r in shown) for k in (2, 3, 4)]
    spans = dict.fromkeys(("project_amount", "proposed", "left"), (0, len(shown) - 1))
    total = (view.say("total.proposal_short"), "", *sums)
    shown.append(Row("total", total, _behind(shown), spans))
    heading = view.say("money.projects")
    return table("money.projects", view.columns(PROJECTS), shown, heading, unit_line(view))
