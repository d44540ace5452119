"""The files of a scenario's folder as trees of settings and raw rows of cells, each part with its
place; nothing outside the folder is read, nothing too large is opened."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, lru_cache, reduce
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Finding, Place, Severity
from planner.scenario.reading import values
from planner.system.process import kept_back

# --------------------------------------------------------------------------------------------------
# The list of what a reading found: findings, and notes on what was interpreted.

SAME_KIND = 30
"""Findings of one code in one column that are listed; the rest is counted."""


@dataclass
class Log:
    """Findings and notes, in the order in which they were made."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    encoding: str = ""
    """The encoding of old fonts (:data:`ENCODINGS`) that the user says the texts are in."""

    def error(self, code: str, where: Place = Place(), **params: Any) -> None:  # noqa: B008
        """Add a finding that stops the work."""
        self.findings.append(Finding(code, where, params))

    def warn(self, code: str, where: Place = Place(), **params: Any) -> None:  # noqa: B008
        """Add a finding that does not stop the work."""
        self.findings.append(Finding(code, where, params, Severity.WARNING))

    def note(self, code: str, where: Place = Place(), **params: Any) -> None:  # noqa: B008
        """Add something that was interpreted; shown by ``check --verbose``."""
        self.notes.append(Finding(code, where, params, Severity.WARNING))

    def add(self, other: Log) -> None:
        """Add everything that another log holds."""
        self.findings += other.findings
        self.notes += other.notes

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
    with suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    # What old fonts hold are characters of 1252, whatever they look like.
    plain = data.decode("cp1252", "replace")
    if log.encoding or legacy_of(re.split(r"[,;\t\r\n]+", plain[:LOOKED_AT])):
        return plain
    # The code pages of Windows; 1258 first where tones mostly follow vowels, as in Vietnamese.
    start = data[:1_000_000].decode("cp1258", "replace")
    marks = [k for k, c in enumerate(start) if c in _TONES]
    after = sum(1 for k in marks if k and start[k - 1].casefold() in _VOWELS)
    vietnamese = bool(marks) and after * 2 > len(marks)
    for page in ("cp1258", "cp1252") if vietnamese else ("cp1252", "cp1258"):
        try:
            text = unicodedata.normalize("NFC", data.decode(page))
        except UnicodeDecodeError as error:
            position = error.start + 1
            continue
        log.warn("encoding_windows", Place(file), encoding=f"Windows-{page[2:]}")
        return text
    log.error("encoding_unknown", Place(file), position=position)
    return None


def _strict(data: bytes, codec: str, name: str, file: str, log: Log) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        log.error("encoding_broken", Place(file), encoding=name, position=error.start + 1)
        return None
    if name != "UTF-8":
        log.note("read_encoding", Place(file), encoding=name)
    return unicodedata.normalize("NFC", text)


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
        letters = "" if column is None else letter(column + self.first_column)
        if self.sheet:
            return Place(self.file, self.sheet, number, letters)
        name = header or ("" if column is None else str(column + 1))
        return Place(self.file, "", number, name, letter=letters)


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


# --------------------------------------------------------------------------------------------------
# Texts of old Vietnamese fonts: recognised by the syllables that they give, said in letters that
# people can read, and used as such only where the user confirms it.

ENCODINGS = {"tcvn3": "TCVN3 (.VnTime)", "vni": "VNI (VNI-Times)"}
"""Encodings of old fonts, and what people call them."""
LOOKED_AT = 400_000
"""Characters of a table in which such texts are looked for."""
_TONED = str.maketrans("", "", _TONES)
_SYLLABLE = re.compile(
    "(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|q|r|s|th|tr|t|v|x)?"
    "(?:u?yê|iêu|yêu|uy[au]|oa[iyo]|oeo|u[âa]y|uôi|uêu|ươ[iu]"
    "|a[iouy]|â[uy]|e[o]|êu|i[aêu]|o[aăei]|ôi|ơi|u[aâêiôơy]|ư[aơiu]|yê|[aăâeêioôơuưy])"
    "(?:ch|ng|nh|c|m|n|p|t)?"
)
_CUT = re.compile(r"[\s,.;:()/\\\"'!?&+*\[\]\u2010-\u201f-]+")


@cache
def _legacy(encoding: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """What stands for a letter, as an expression, and which letter it is."""
    path = Path(__file__).with_name("legacy.toml")
    letters: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))[encoding]
    found = {code: letter for letter, code in letters.items()}
    if encoding == "vni":
        # Capitals; the mark after a capital may stand in either case.
        found |= {code[0].upper() + code[1:]: x.upper() for code, x in found.items()}
        found |= {code.upper(): x.upper() for code, x in found.items()}
    codes = sorted(found, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, codes))), found


def converted(text: str, encoding: str) -> str:
    """A text of an old font in the letters that it shows; one that is in Unicode stays.

    TCVN3 has no capitals with a tone: a word is taken for capitals where all its other letters
    are, two at least, and a text where all its words are.
    """
    if text.isascii() or any(c > "\xff" and c.isalpha() for c in text):
        return text
    codes, letters = _legacy(encoding)
    if encoding == "vni":
        return codes.sub(lambda m: letters[m[0]], text)

    def capital(part: str) -> bool:
        plain = [c for c in part if c.isascii() and c.isalpha()]
        return len(plain) > 1 and all(c.isupper() for c in plain)

    whole = capital(text)
    words = []
    for word in re.split(r"(\s+)", text):
        said = codes.sub(lambda m: letters[m[0]], word)
        words.append(said.upper() if whole or capital(word) else said)
    return "".join(words)


def _is_syllable(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable, with one tone at most."""
    parts = unicodedata.normalize("NFD", word.casefold())
    if sum(c in _TONES for c in parts) > 1:
        return False
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", parts.translate(_TONED))) is not None


def legacy_of(texts: Iterable[str]) -> str:
    """The old encoding that texts are in, or nothing.

    A word speaks for one where it is no Vietnamese syllable as it stands and is one converted, and
    against it where it is none either way. At least two different words must speak for it, and
    twice as many as speak against it. A word without a plain letter is a sign.
    """
    words: set[str] = set()
    for text in texts:
        if not text.isascii() and not any(c > "\xff" and c.isalpha() for c in text):
            words.update(w for w in _CUT.split(text) if not w.isascii())
    found: Counter[str] = Counter()
    for word in words:
        plain = any(c.isascii() and c.isalpha() for c in word)
        if not plain or any(c.isdigit() for c in word) or _is_syllable(word):
            continue
        for encoding in ENCODINGS:
            found[encoding] += 1 if _is_syllable(converted(word, encoding)) else -2
    name, score = max(found.items(), key=lambda pair: pair[1], default=("", 0))
    return name if score > 1 else ""


def as_meant(sheet: Sheet, log: Log) -> Sheet:
    """A sheet whose texts of an old font stand in the letters that they show. That it is one is a
    finding until the user says so."""
    left, looked = LOOKED_AT, list[str]()
    for row in sheet.rows:
        left -= sum(map(len, row))
        looked += [cell for cell in row if not cell.isascii()]
        if left < 0:
            break
    found = legacy_of(looked)
    encoding = log.encoding or found
    # What is said for all files does not hold for a sheet that stands in Unicode.
    unicode = found != encoding and any(c > "\xff" and c.isalpha() for t in looked for c in t)
    if not encoding or unicode:
        return sheet
    rows = [
        [c if c[:1] in values.MARKS and c else converted(c, encoding) for c in row]
        for row in sheet.rows
    ]
    first = next(
        ((r, c) for r, row in enumerate(rows) for c, t in enumerate(row) if t != sheet.rows[r][c]),
        None,
    )
    if first is not None:
        place, shown = sheet.place(*first), values.shown(rows[first[0]][first[1]])
        if log.encoding:
            log.note("read_legacy", place, name=ENCODINGS[encoding], read=shown)
        else:
            name = ENCODINGS[encoding]
            log.error("text_legacy", place, name=name, option=encoding, read=shown)
    return replace(sheet, rows=rows)


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
    guarded = 0
    for row in rows if '="' in text else ():
        # Cells such as ="0071", by which exports keep a spreadsheet from dropping zeros.
        for position, cell in enumerate(row):
            if cell[:2] == '="' and (inside := _GUARDED.fullmatch(cell)):
                row[position] = inside[1]
                guarded += 1
    if guarded:
        log.note("read_text_guard", Place(file), count=guarded)
    return as_meant(Sheet(file, "", rows), log)


def _delimiter(text: str) -> str:
    """The mark that cuts the first lines into the most cells of equal number."""
    lines = list(islice(filter(str.strip, io.StringIO(text[:200_000])), MERGED_ROWS))

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


# --------------------------------------------------------------------------------------------------
# Settings before they are typed: a tree of mappings, lists and cells that know their place.


@dataclass
class Node:
    """A mapping (``dict``), a list, a cell (``str``, see :mod:`cells`) or nothing (``None``)."""

    value: dict[str, Node] | list[Node] | str | None
    place: Place
    """Where the value stands."""
    key_place: Place | None = None
    """Where its key stands, for an entry of a mapping."""

    def at(self, steps: tuple[Any, ...]) -> Node:
        """The node below, following keys and positions as far as they exist."""
        node = self
        for step in steps:
            if isinstance(node.value, dict) and str(step) in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                break
        return node

    @property
    def plain(self) -> Any:
        """The same as mappings, lists and texts of Python's."""
        if isinstance(self.value, dict):
            return {key: child.plain for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain for child in self.value]
        if self.value is None:
            return None
        return self.value.lstrip(values.MARKS + "\0")

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, Place]]:
        """Dotted keys and the places that set them; a list counts as one value."""
        if isinstance(self.value, dict) and self.value:
            for key, child in self.value.items():
                yield from child.leaves(f"{prefix}.{key}" if prefix else key)
        else:
            yield prefix, self.place


def node_of(value: Any, place: Place) -> Node:
    """A plain Python value as a tree, all of it at one place (overrides)."""
    if isinstance(value, Mapping):
        return Node({str(k): node_of(v, place) for k, v in value.items()}, place)
    if isinstance(value, (list, tuple, range)):
        return Node([node_of(v, place) for v in value], place)
    if value is None:
        return Node(None, place)
    if isinstance(value, bool):
        return Node(values.TRUTH + str(value).lower(), place)
    if isinstance(value, (int, float, Decimal)):
        return Node(values.number_cell(str(value)), place)
    text = str(value)
    return Node("\0" + text if any(c in values.MARKS for c in text) else text, place)


NODES_LIMIT = 200_000
"""Values in a YAML file, aliases expanded."""
ENDS_LIMIT = 15_000
"""Line ends and commas in a YAML file: what is longer takes seconds to parse."""
_ENDS = ("\n", ",")
DEPTH_LIMIT = 30
"""Levels of nesting."""
_TAG = "tag:yaml.org,2002:"
_DEEP = re.compile(r"[\[{]\s*" * 60)


class _TooMuchError(Exception):
    """The tree is larger or deeper than a scenario can be."""


def parse(text: str, file: str, log: Log) -> Node | None:
    """The tree of a YAML text; ``None`` after a finding."""
    with kept_back():  # it catches everything around an import of its own
        from ruamel.yaml import YAML, YAMLError
        from ruamel.yaml.tokens import TagToken

    if _DEEP.search(text) or sum(map(text.count, _ENDS)) > ENDS_LIMIT:
        log.error("yaml_too_large", Place(file))
        return None
    try:
        root = _composed(text)
    except RecursionError:
        log.error("yaml_too_large", Place(file))
        return None
    except (YAMLError, ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = Place(file, "", mark.line + 1, str(mark.column + 1)) if mark else Place(file)
        said = getattr(error, "problem", "") or getattr(error, "context", "") or str(error)
        log.error("yaml_syntax", place, problem=_short(said or type(error).__name__))
        return None
    if root is None:
        log.error("yaml_empty", Place(file))
        return None
    # Tags ask for what a scenario does not have, and composing leaves no trace of those on
    # mappings, lists and plain values.
    for token in YAML(typ="safe", pure=True).scan(text) if "!" in text else ():
        if isinstance(token, TagToken):
            start, end = token.start_mark, token.end_mark
            place = Place(file, "", start.line + 1, str(start.column + 1))
            said = text[start.index : end.index].strip() or "!"
            log.error("yaml_tag", place, tag=_short(said))
    try:
        return _Converter(file, log).convert(root, 0)
    except (_TooMuchError, RecursionError):
        log.error("yaml_too_large", Place(file))
        return None


@lru_cache(maxsize=8)
def _composed(text: str) -> Any:
    """The nodes of a YAML text: pages and sessions read the same files again and again."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).compose(text)


def _short(text: str) -> str:
    return values.shown(" ".join(text.split()))


class _Converter:
    """Turns ruamel's nodes into ours, counting."""

    def __init__(self, file: str, log: Log) -> None:
        self.file = file
        self.log = log
        self.count = 0

    def place(self, node: Any) -> Place:
        mark = node.start_mark
        return Place(self.file, "", mark.line + 1, str(mark.column + 1))

    def convert(self, node: Any, depth: int) -> Node:
        self.count += 1
        if self.count > NODES_LIMIT or depth > DEPTH_LIMIT:
            raise _TooMuchError
        place = self.place(node)
        if node.id == "mapping":
            found: dict[str, Node] = {}
            for key_node, value_node in node.value:
                where = self.place(key_node)
                if key_node.id != "scalar" or str(key_node.tag).endswith(":merge"):
                    self.log.error("yaml_key", where)
                    continue
                key = unicodedata.normalize("NFC", key_node.value).strip()
                marked = any(c in values.MARKS for c in key)
                trouble = values.trouble(key, values.TEXT_LIMIT)
                problem = "text_hidden_character" if marked else trouble
                if problem:
                    self.log.error(problem, where, value=values.shown(key))
                elif key in found:
                    self.log.error("key_twice", where, name=key, first=str(found[key].key_place))
                else:
                    found[key] = self.convert(value_node, depth + 1)
                    found[key].key_place = where
            return Node(found, place)
        if node.id == "sequence":
            return Node([self.convert(child, depth + 1) for child in node.value], place)
        text, tag = node.value, str(node.tag).removeprefix(_TAG)
        if tag == "bool":
            return Node(values.TRUTH + text.lower(), place)
        if tag in ("int", "float"):
            digits = text.replace("_", "").lstrip("+-")
            spelt = digits[:1] == "0" and digits[1:2].isdigit()
            return Node(str(text) if spelt else values.number_cell(text), place)
        if tag in ("str", "timestamp", "value"):
            if not any(c in values.MARKS for c in text):
                return Node(str(text), place)
            self.log.error("text_hidden_character", place, value=values.shown(text))
        return Node(None, place)  # nothing, or its tag was refused before


# --------------------------------------------------------------------------------------------------
# Layers of settings: ``extends``, overrides, and who set what.
#
# Mappings merge by key, lists and scalars replace, ``null`` removes. A layer may be another file
# of the scenario's folder; cycles are findings.

CHAIN_LIMIT = 20
"""Files that may extend one another in a row."""


def layers(name: str, folder: Folder, log: Log, *, alone: bool = False) -> Node | None:
    """The file ``name`` merged over everything it extends, or ``alone``; ``None``: a finding."""
    chain: list[Node] = []
    seen: list[str] = []
    where = Place(name)
    current: str | None = name
    while current is not None:
        if current in seen:
            log.error("extends_cycle", where, chain=" → ".join([*seen, current]))
            return None
        if len(seen) >= CHAIN_LIMIT:
            log.error("extends_too_long", where, limit=CHAIN_LIMIT)
            return None
        seen.append(current)
        data = folder.read(current, where)
        text = None if data is None else decoded(data, current, log)
        tree = None if text is None else parse(text, current, log)
        if tree is None:
            return None
        if not isinstance(tree.value, dict):
            log.error("yaml_not_mapping", tree.place)
            return None
        _locate_data(tree, current, folder, log)
        chain.append(tree)
        parent = tree.value.pop("extends", None)
        if alone or parent is None or parent.value is None:
            break
        where = parent.place
        if not isinstance(parent.value, str):
            log.error("value_not_scalar", where)
            return None
        current = folder.locate(parent.value, current, where)
        if current is None:
            return None
    return reduce(over, reversed(chain))


def _locate_data(tree: Node, base: str, folder: Folder, log: Log) -> None:
    """Make the paths under ``data`` relative to the folder, whichever file wrote them."""
    data = tree.value.get("data") if isinstance(tree.value, dict) else None
    if data is None or not isinstance(data.value, dict):
        return
    for key, node in list(data.value.items()):
        if isinstance(node.value, str):
            located = folder.locate(node.value, base, node.place)
            if located is None:
                folder.refused.add(key)
                del data.value[key]
            else:
                node.value = located


def over(below: Node, above: Node) -> Node:
    """``above`` merged over ``below``."""
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    merged = dict(below.value)
    for key, child in above.value.items():
        merged[key] = over(merged[key], child) if key in merged else child
    return Node(merged, above.place, above.key_place)


def pruned(node: Node) -> Node:
    """The tree without what ``null`` removed."""
    if isinstance(node.value, dict):
        kept = {k: pruned(v) for k, v in node.value.items() if v.value is not None}
        return Node(kept, node.place, node.key_place)
    return node


def overridden(
    tree: Node, overrides: Mapping[str, Any], folder: Folder, log: Log, file: str = "--set"
) -> Node:
    """``tree`` with dotted keys set, as :func:`with_layer` sets them."""
    return with_layer(tree, overrides, folder, log, file)[0]


def with_layer(
    tree: Node, overrides: Mapping[str, Any], folder: Folder, log: Log, file: str = "--set"
) -> tuple[Node, Node]:
    """``tree`` with dotted keys set, and what was set alone, all of it said to stand in ``file``; a
    text value is read as YAML (as with ``--set``), where ``#`` begins no comment."""
    layer = Node({}, Place(file))
    for dotted, value in overrides.items():
        place = Place(file, key=dotted)
        if not isinstance(value, str):
            node: Node | None = node_of(value, place)
        elif not value.strip() or value.lstrip().startswith("#"):
            node = Node(value.strip(), place)
        else:
            own = Log()
            node = parse(value, file, own)
            log.findings += [replace(f, where=place) for f in own.findings]
        if node is None:
            continue
        relocated(node, place)
        # The keys of the path; an id that holds dots is recognised where it exists.
        parts, steps, at = dotted.split("."), list[str](), tree
        while parts:
            inside = at.value if isinstance(at.value, dict) else {}
            sizes = range(len(parts), 0, -1)
            count = next((n for n in sizes if ".".join(parts[:n]) in inside), 1)
            steps.append(".".join(parts[:count]))
            parts = parts[count:]
            at = inside.get(steps[-1]) or Node({}, at.place)
        if not all(steps):
            log.error("key_unknown", place, name=dotted, nearest="-")
            continue
        for step in reversed(steps):
            node = Node({step: node}, place, place)
        _locate_data(node, "", folder, log)
        tree, layer = over(tree, node), over(layer, node)
    return tree, layer


def relocated(node: Node, place: Place) -> None:
    """Says of a whole tree that it stands at ``place``."""
    node.place = place
    if node.key_place is not None:
        node.key_place = place
    children = node.value.values() if isinstance(node.value, dict) else node.value
    for child in () if isinstance(children, str) else children or ():
        relocated(child, place)


def origins(tree: Node) -> dict[str, str]:
    """Dotted key → the place that set it."""
    return {key: str(place) for key, place in tree.leaves() if key}
