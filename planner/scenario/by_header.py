"""Sheets whose name is no table's: known by their header where only one table fits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from planner.messages import table_term
from planner.scenario import fields, headers
from planner.scenario.contracts import TABLES
from planner.scenario.grid import Sheet
from planner.scenario.log import Log

LIKELY = 3
"""Columns that a table must require, and a sheet must have, to be known by its header."""


def tables_of(sheets: Iterable[Sheet], known: Collection[str], log: Log) -> dict[str, Sheet]:
    """The sheets that can only be one table each, by table; the others are said or noted."""
    claims: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        scores = scored(sheet)
        fitting = {t: n for t, (n, missing) in scores.items() if not missing and t not in known}
        best = [t for t, n in fitting.items() if n == max(fitting.values())]
        if len(best) == 1:
            claims.setdefault(best[0], []).append(sheet)
        else:
            _leave_out(sheet, scores, known, log)
    found: dict[str, Sheet] = {}
    for table, claimed in claims.items():
        if len(claimed) == 1:
            found[table] = claimed[0]
            log.note("read_sheet_by_header", claimed[0].place(), read=table_term(table))
            continue
        names = ", ".join(s.sheet for s in claimed)
        for sheet in claimed:
            log.error("sheet_of_several", sheet.place(), name=table_term(table), found=names)
    return found


def scored(sheet: Sheet, also: Mapping[str, str] | None = None) -> dict[str, tuple[int, list[str]]]:
    """Table → columns that the sheet's header names, and the required ones that it lacks.

    ``also`` holds further spellings: folded header → field.
    """
    scores: dict[str, tuple[int, list[str]]] = {}
    for table, model in TABLES.items():
        columns = fields.columns(model)
        required = [n for n, c in columns.items() if c.required]
        if len(required) < LIKELY:
            continue
        more = {h: n for h, n in (also or {}).items() if n in columns}
        header = headers.find(table, sheet, columns, Log(), more)
        if header is not None:
            missing = [columns[n].header for n in required if n not in header.positions]
            scores[table] = (len(header.positions), missing)
    return scores


def _leave_out(
    sheet: Sheet, scores: Mapping[str, tuple[int, list[str]]], known: Collection[str], log: Log
) -> None:
    """Says of a sheet that looks like a table why it was not read; of any other, only a note."""
    likely = {t: s for t, s in scores.items() if s[0] >= LIKELY and t not in known}
    if not likely:
        log.note("read_not_sheet", sheet.place())
        return
    table = max(likely, key=lambda t: (likely[t][0], -len(likely[t][1])))
    missing = ", ".join(likely[table][1])
    log.warn("sheet_skipped", sheet.place(), name=table_term(table), missing=missing or "-")
