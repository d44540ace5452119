"""CSV → raw rows of text: comma, semicolon or tab, quoted cells, every line counted."""

from __future__ import annotations

import csv
import io
import re

from planner.errors import Place
from planner.scenario import cells
from planner.scenario.decoding import decoded
from planner.scenario.grid import MERGED_ROWS, Sheet
from planner.scenario.log import Log

DELIMITERS = (",", ";", "\t")
ROWS_LIMIT = 6_000_000
"""Rows in a table."""
CELL_LIMIT = 100_000
"""Characters in a cell, before any other check."""
_GUARDED = re.compile(r'="([^"]*)"')
_NAMES = {",": "«,»", ";": "«;»", "\t": "Tab"}


def read(data: bytes, file: str, log: Log) -> Sheet | None:
    """The rows of a CSV file; ``None`` after a finding."""
    text = decoded(data, file, log)
    if text is None:
        return None
    if not text.strip():
        log.error("table_empty", Place(file))
        return None
    if marked := next((c for c in (*cells.MARKS, "\0") if c in text), ""):
        line = text.count("\n", 0, text.index(marked)) + 1
        log.error("text_hidden_character", Place(file, "", line), value=ascii(marked)[1:-1])
        return None
    delimiter = _delimiter(text)
    if delimiter != ",":
        log.note("read_delimiter", Place(file), delimiter=_NAMES[delimiter])
    csv.field_size_limit(CELL_LIMIT)
    rows: list[list[str]] = []
    try:
        # Strict: a quote left open would otherwise swallow the rows below it without a word.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row)
            if len(rows) > ROWS_LIMIT:
                log.error("table_too_long", Place(file), limit=ROWS_LIMIT)
                return None
    except csv.Error:
        log.error("csv_broken", Place(file, "", len(rows) + 1), limit=CELL_LIMIT)
        return None
    if '="' in text:
        _unguard(rows, file, log)
    return Sheet(file, "", rows)


def _unguard(rows: list[list[str]], file: str, log: Log) -> None:
    """Cells such as ``="0071"``, by which exports keep a spreadsheet from dropping zeros."""
    count = 0
    for row in rows:
        for position, cell in enumerate(row):
            if cell[:2] == '="' and (inside := _GUARDED.fullmatch(cell)):
                row[position] = inside[1]
                count += 1
    if count:
        log.note("read_text_guard", Place(file), count=count)


def _delimiter(text: str) -> str:
    """The mark that cuts the first lines into the most cells of equal number."""
    lines: list[str] = []
    for line in io.StringIO(text[:200_000]):
        if line.strip():
            lines.append(line)
        if len(lines) == MERGED_ROWS:
            break

    def fit(mark: str) -> tuple[int, int]:
        widths = [len(r) for r in csv.reader(lines, delimiter=mark)] if lines else [0]
        wide = [w for w in widths if w > 1]
        common = max(set(wide), key=lambda w: (wide.count(w), w)) if wide else 0
        return (wide.count(common) if common else 0, common)

    csv.field_size_limit(CELL_LIMIT)
    try:
        scores = {mark: fit(mark) for mark in DELIMITERS}
    except csv.Error:
        return ","
    first = {mark: len(next(csv.reader(lines, delimiter=mark), [])) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda m: (scores[m][0], first[m], scores[m][1], m == ","))
