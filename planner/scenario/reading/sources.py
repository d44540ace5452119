"""The scenario's folder: nothing outside it is read, nothing too large is opened."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Finding, Place, Severity
from planner.scenario.reading import values

# --------------------------------------------------------------------------------------------------
# The list of what a reading found: findings, and notes on what was interpreted.

SAME_KIND = 30
"""Findings of one code in one column that are listed; the rest is counted."""


@dataclass
class Log:
    """Findings and notes, in the order in which they were made."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def error(self, code: str, where: Place = Place(), **params: Any) -> None:  # noqa: B008
        """Add a finding that stops the work."""
        self.findings.append(Finding(code, where, params))

    def warn(self, code: str, where: Place = Place(), **params: Any) -> None:  # noqa: B008
        """Add a finding that does not stop the work."""
        self.findings.append(Finding(code, where, params, Severity.WARNING))

    def note(self, code: str, where: Place = Place(), **params: Any) -> None:  # noqa: B008
        """Add something that was interpreted; shown by ``check --verbose``."""
        self.notes.append(Finding(code, where, params, Severity.WARNING))

    @property
    def failed(self) -> bool:
        """Whether an error was found."""
        return any(f.severity is Severity.ERROR for f in self.findings)


def shortened(findings: Iterable[Finding]) -> list[Finding]:
    """At most :data:`SAME_KIND` findings of one code, file, sheet and column, then their count."""
    kept: list[Finding] = []
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for finding in findings:
        where = finding.where
        kind = (finding.code, where.file, where.sheet, where.column)
        seen[kind] += 1
        if where.row is None or seen[kind] <= SAME_KIND:
            kept.append(finding)
    for (code, file, sheet, column), count in seen.items():
        if count > SAME_KIND and any(f.code == code and f.where.row is not None for f in kept):
            where = Place(file, sheet, None, column)
            more = {"count": count - SAME_KIND, "like": code}
            kept.append(Finding("more_of_the_same", where, more))
    return kept


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name most like ``name``; empty where none is close."""
    folded: dict[str, str] = {}
    for k in known:
        folded.setdefault(k.casefold(), k)
    matches = get_close_matches(name.casefold()[:80], list(folded)[:20_000], n=1, cutoff=cutoff)
    return folded[matches[0]] if matches else ""


MEBIBYTE = 1 << 20
_WORKBOOK = 150 * MEBIBYTE
LIMITS = {".yaml": 2 * MEBIBYTE, ".yml": 2 * MEBIBYTE} | dict.fromkeys(
    (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers"), _WORKBOOK
)
"""Largest file by suffix, bytes."""
CSV_LIMIT = 400 * MEBIBYTE
"""Largest CSV file, bytes."""
_DRIVE = re.compile(r"^([A-Za-z]:|[\\/~])")


@dataclass
class Folder:
    """Reads files below ``root`` and remembers their SHA-256."""

    root: Path
    log: Log
    inputs: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Tables whose path has its finding: what refers to their rows is not called unknown."""

    def locate(self, name: str, base: str, where: Place) -> str | None:
        """``name`` as written in file ``base`` → path relative to the root, if it is allowed."""
        text = name.strip()
        if not text or any(ord(c) < 32 for c in text) or len(text) > 1000:
            self.log.error("path_unreadable", where, path=ascii(text[:60]))
            return None
        if _DRIVE.match(text) or "://" in text:
            self.log.error("path_absolute", where, path=text)
            return None
        joined = PurePosixPath(base).parent / text.replace("\\", "/")
        if ".." in joined.parts:
            self.log.error("path_outside", where, path=text)
            return None
        return str(joined)

    def read(self, name: str, where: Place) -> bytes | None:
        """The bytes of a file; anything that forbids reading it is a finding."""
        try:
            path = self.root / name
            if not path.resolve().is_relative_to(self.root.resolve()):
                self.log.error("path_outside", where, path=name)
                return None
            if not path.exists():
                self.log.error("file_missing", where, path=name, nearest=self.nearest_to(path))
                return None
            if not path.is_file():
                self.log.error("file_not_regular", where, path=name)
                return None
            limit = LIMITS.get(path.suffix.lower(), CSV_LIMIT)
            size = path.stat().st_size
            if size > limit:
                self.log.error(
                    "file_too_large",
                    where,
                    path=name,
                    size=size // MEBIBYTE,
                    limit=limit // MEBIBYTE,
                )
                return None
            data = path.read_bytes()
            self.inputs[name] = hashlib.sha256(data).hexdigest()
            return data
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            self.log.error("file_unreadable", where, path=name, reason=reason)
            return None

    def nearest_to(self, path: Path) -> str:
        """The name in a path's folder that is most like it; ``-`` for none."""
        folder = path.parent
        names = [p.name for p in sorted(folder.iterdir())[:500]] if folder.is_dir() else []
        return nearest(path.name, names) or "-"


# --------------------------------------------------------------------------------------------------
# Bytes → text: UTF-8 with or without BOM, UTF-16, and where nothing else fits the Windows
# code pages, 1258 where Vietnamese tones stand on vowels, else 1252 (Western Europe).

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_VOWELS = "aăâeêioôơuưy"


def decoded(data: bytes, file: str, log: Log) -> str | None:
    """The text of a file; how it was decoded is noted, and said aloud where it is not sure."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strict(data, codec, name, file, log)
    sample = data[:4000]
    if len(sample) >= 4 and sample.count(0) * 3 > len(sample):
        codec = "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"
        return _strict(data, codec, "UTF-16", file, log)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _windows(data, file, log)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _strict(data: bytes, codec: str, name: str, file: str, log: Log) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        log.error("encoding_broken", Place(file), encoding=name, position=error.start + 1)
        return None
    if name != "UTF-8":
        log.note("read_encoding", Place(file), encoding=name)
    return unicodedata.normalize("NFC", text)


def _windows(data: bytes, file: str, log: Log) -> str | None:
    pages = ("cp1258", "cp1252") if _has_tones(data) else ("cp1252", "cp1258")
    for page in pages:
        try:
            text = unicodedata.normalize("NFC", data.decode(page))
        except UnicodeDecodeError as error:
            position = error.start + 1
            continue
        log.warn("encoding_windows", Place(file), encoding=f"Windows-{page[2:]}")
        return text
    log.error("encoding_unknown", Place(file), position=position)
    return None


def _has_tones(data: bytes) -> bool:
    """Whether bytes that are tones in Windows-1258 mostly follow vowels, as Vietnamese does."""
    text = data[:1_000_000].decode("cp1258", "replace")
    marks = [k for k, c in enumerate(text) if c in _TONES]
    after = sum(1 for k in marks if k and text[k - 1].casefold() in _VOWELS)
    return bool(marks) and after * 2 > len(marks)


# --------------------------------------------------------------------------------------------------
# A table as it stands in a file: columns of cells, and where each came from.

MERGED_ROWS = 30
"""Rows at the top in which the header is looked for."""


@dataclass
class Sheet:
    """Raw rows of a CSV file or a sheet; cells are text, perhaps marked (:mod:`cells`)."""

    file: str
    sheet: str
    rows: Sequence[Sequence[str]]
    """All rows from the first on; they may differ in length."""
    first_row: int = 1
    """Number that a person sees on the first of ``rows``."""
    first_column: int = 0
    merged: Sequence[tuple[int, int, int, int]] = field(default=())
    """Merged ranges: first row, first column, last row, last column, from 0 in ``rows``."""

    def place(self, row: int | None = None, column: int | None = None, header: str = "") -> Place:
        """The place of a cell; ``row`` and ``column`` count from 0 in ``rows``."""
        number = None if row is None else row + self.first_row
        if self.sheet:
            letters = "" if column is None else letter(column + self.first_column)
            return Place(self.file, self.sheet, number, letters)
        name = header or ("" if column is None else str(column + 1))
        return Place(self.file, "", number, name)


@dataclass
class Rows:
    """Where the rows of a typed table came from; serves findings across tables."""

    source: Sheet
    numbers: np.ndarray
    """Index into ``source.rows`` for each row of the table."""
    positions: dict[str, tuple[int, str]]
    """Field → position of its column and its header as written."""

    def place(self, row: int | None = None, name: str = "") -> Place:
        """The place of row ``row`` of the table in the column of a field."""
        index = None if row is None else int(self.numbers[row])
        position, header = self.positions.get(name, (None, ""))
        return self.source.place(index, position, header or name)


def letter(column: int) -> str:
    """A spreadsheet's name of a column, counted from 0."""
    name, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        name = chr(65 + rest) + name
    return name


def unique_cells(column: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Codes and distinct cells of a column."""
    array = np.empty(len(column), dtype=object)
    array[:] = column
    codes, distinct = pd.factorize(array)
    return codes, list(distinct)


# --------------------------------------------------------------------------------------------------
# CSV → raw rows of text: comma, semicolon or tab, quoted cells, every line counted.

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
    if marked := next((c for c in (*values.MARKS, "\0") if c in text), ""):
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
