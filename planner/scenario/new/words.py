"""What words of an office's file mean: headers, devices, statuses, dates, names of schools.

The words themselves stand in ``messages/headers.toml``. A name is matched where it can only be one
school; where it may be, the question goes to a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from rapidfuzz import fuzz

from planner.messages import WORDS
from planner.scenario import contracts
from planner.scenario.contracts import TABLES
from planner.scenario.reading import headers, units, values

# --------------------------------------------------------------------------------------------------
# Headers: which roles a title can have.

JOINED = " · "
"""Between the parts of a header of several rows."""
_FISCAL = re.compile(
    r"(?:(?:(?:kế hoạch|kh|dự toán|dự kiến|nhu cầu|bố trí)\s*)?(?:(?:vốn|kinh phí|ngân sách)\s*)?"
    r"(?:(?:đầu tư(?:\s+công)?)\s*)?(?:năm)?|fy|f\.y\.|year|plan|budget|kế hoạch năm)?[\s'’-]*"
    r"(?:(?:19|20)(\d\d)(?:\s*[-–/]\s*(?:(?:19|20)?\d\d))?|(?<=y)'?(\d\d)(?:\s*[-–/]\s*\d\d)?"
    r"|(?<=fy )'?(\d\d))",
    re.IGNORECASE,
)
_GRADE = re.compile(
    r"(?:g|gr\.?|grade|year|yr|y|lớp|khối|khối lớp|grado|classe)\s*\.?-?\s*(?:0?[1-9]|1[0-3])"
    r"|k|kg|kindergarten|(?:pk|pre-?k)|mẫu giáo|nhà trẻ|reception|cp|ce1|ce2|cm1|cm2|6e|5e|4e|3e",
    re.IGNORECASE,
)


@cache
def _roles() -> Mapping[str, tuple[str, ...]]:
    """Folded header → the fields and roles that it may name."""
    found: dict[str, list[str]] = {}
    for model in TABLES.values():
        for spelling, name in headers.names_of(dict(contracts.columns(model))).items():
            found.setdefault(spelling, []).append(name)
    for name in ("fund", "year", "amount"):
        for spelling, role in headers.known_names(((name, name),)).items():
            found.setdefault(spelling, []).append(role)
    for role, spellings in WORDS["columns"].items():
        for spelling in spellings:
            found.setdefault(values.folded(spelling), []).append(role)
    return {k: tuple(dict.fromkeys(v)) for k, v in found.items()}


def plain_title(title: str) -> str:
    """A header folded, without marks and what stands in brackets."""
    outside = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", title.lstrip(values.MARKS))
    return values.folded(outside.strip(" *:.")) or values.folded(title)


@cache
def roles_of(title: str) -> tuple[str, ...]:
    """What a header may hold: fields of tables, and roles of ``headers.toml``; of a header of
    several rows, what its whole or its last part says."""
    whole = values.folded(title.lstrip(values.MARKS))
    for text in (whole, plain_title(title), plain_title(title.rpartition(JOINED)[2])):
        if found := _roles().get(text):
            return found
    return ()


def year_in(title: str) -> int | None:
    """The year that a header stands for: ``FY26``, ``2026``, ``Năm 2026``, ``2025-26`` (2025 by
    its first year); ``None`` where it is none."""
    text = plain_title(timed(title))
    match = _FISCAL.fullmatch(text)
    digits = next((g for g in match.groups() if g), None) if match else None
    if digits is None:
        return None
    full = re.findall(r"(?:19|20)\d\d", text)
    year = int(full[0]) if full else 2000 + int(digits)
    span = re.search(r"\d\s*[-–/]\s*(\d{2,4})$", text)
    # «2026-2030» is a period, «2025-26» a school year.
    return None if span and int(span[1]) % 100 != (year + 1) % 100 else year


def timed(title: str) -> str:
    """The part of a header of several rows that may say a year: the last, or the one above a
    total («Năm 2026 · Tổng số»)."""
    parts = title.split(JOINED)
    whole = len(parts) > 1 and "total" in _roles().get(plain_title(parts[-1]), ())
    return parts[-2] if whole else parts[-1]


_PERIOD = re.compile(
    r"(?:.*(?:giai đoạn|gđ|kế hoạch|kh|vốn|period|plan|phase|stage|years|budget)\s+)?"
    r"((?:19|20)\d\d)\s*[-–/]\s*((?:19|20)\d\d)"
)


def period_in(title: str) -> tuple[int, int] | None:
    """The first and the last year of a period of more than two years that a header stands for
    (``Giai đoạn 2026-2030``); ``None`` where it is none."""
    match = _PERIOD.fullmatch(plain_title(timed(title)))
    first, last = map(int, match.groups()) if match else (0, 0)
    return (first, last) if last > first + 1 else None


def is_grade(title: str) -> bool:
    """Whether a header names one grade: ``G1``, ``Lớp 6``, ``Kindergarten``."""
    return bool(_GRADE.fullmatch(plain_title(title.rpartition(JOINED)[2])))


def device_of(text: str) -> str:
    """The item of the example catalogue that a device's word means, or an empty text.

    Several words (``Máy chiếu/Tivi``) must all mean the same.
    """
    known = _devices()
    bare = values.folded(re.sub(r"\([^()]*\)", " ", text.lstrip(values.MARKS)))
    bare = re.sub(r"^(?:số lượng|số|tổng số|no\.? of|number of|nb|nombre de)\s+", "", bare)
    if found := _one_device(bare, known):
        return found
    parts = [p.strip() for p in re.split(r"[/,;&+]|\bvà\b|\band\b|\bhoặc\b|\bor\b", bare)]
    meant = {_one_device(p, known) for p in parts if p}
    return meant.pop() if len(parts) > 1 and len(meant) == 1 else ""


@cache
def _devices() -> Mapping[str, str]:
    return {values.folded(w): item for item, words in WORDS["devices"].items() for w in words}


def _one_device(bare: str, known: Mapping[str, str]) -> str:
    for text in (bare, bare.removesuffix("s"), bare.removesuffix("es"), bare.replace("-", " ")):
        if text in known:
            return known[text]
    return ""


def device_named(text: str) -> str:
    """The item that a device's own name means: a device's word before its make or its size
    (``Tivi 65 inch``, ``Máy chiếu Epson EB-X05``), or behind its make and its model's number
    (``Epson Projector``, ``Dell Latitude 3420 Laptop``); else an empty text.

    What else follows may make it another thing: «Máy tính bảng», «Laptop bag».
    """
    tokens = values.folded(text.lstrip(values.MARKS)).replace(",", " ").split()
    accessories, makers, sizes = (
        set(WORDS["wares"][n]) for n in ("accessories", "makers", "sizes")
    )
    if accessories & set(tokens):
        return ""
    if tokens[:1] and tokens[0] in makers:
        tokens = tokens[1:]
        for place in range(len(tokens)):
            numbered = not place or any(c.isdigit() for t in tokens[:place] for c in t)
            if numbered and (meant := device_of(" ".join(tokens[place:]))):
                return meant
    for length in range(len(tokens) - 1, 0, -1):
        if meant := device_of(" ".join(tokens[:length])):
            rest = tokens[length:]
            sized = all(any(c.isdigit() for c in t) or t in sizes for t in rest)
            return meant if rest[0] in makers or sized else ""
    return ""


@cache
def meaning(family: str, text: str) -> str:
    """What a word means in a family of ``headers.toml`` (``status``, ``schools``), or an empty
    text."""
    bare = values.folded(text.strip(" .,;:"))
    for name, spellings in WORDS[family].items():
        if any(values.folded(s) == bare for s in spellings):
            return name
    return ""


def status_of(text: str) -> str:
    """What a device's status means: as a whole, else where its parts that are known agree
    («Deployed: Jane (deployed)»); an empty text where it is open."""
    if whole := meaning("status", text):
        return whole
    parts = re.split(r"[:(),;]|\s[-–—]\s", text)
    meant = {m for p in parts if (m := meaning("status", p))}
    return meant.pop() if len(meant) == 1 else ""


@cache
def _missing() -> frozenset[str]:
    return frozenset(values.folded(m) for m in WORDS["missing"]["marks"])


def is_missing(cell: str) -> bool:
    """Whether a cell of figures says that there is none: ``(TBD)``, ``-``, ``*``, ``NA``."""
    return values.folded(cell.lstrip(values.MARKS + "\0")) in _missing()


@cache
def _spans() -> frozenset[str]:
    return frozenset(values.folded(m) for m in WORDS["several_levels"]["spans"])


def several_levels(text: str) -> bool:
    """Whether a word or a school's name says several levels: ``K-8``, ``TH&THCS Hoa Mai``."""
    bare = values.folded(text)
    if bare in _spans():
        return True
    return len(levels_in(text)) > 1


def levels_in(name: str) -> list[str]:
    """The levels that words in a school's name say."""
    return [
        level
        for level, words in WORDS["levels"].items()
        if any(re.search(w, name, re.IGNORECASE) for w in words)
    ]


# --------------------------------------------------------------------------------------------------
# Figures and dates as they are typed.

_SIGN = re.compile(r"^\(?\s*(?:US\$|[$€£¥₹₫])\s*|\s*(?:[$€£¥₹₫]|đồng|vnđ|vnd|đ|USD|EUR|GBP)$", re.I)
SIGNS = {"$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY", "₫": "VND"}


def bare_money(cell: str) -> str:
    """A cell of money without the sign of its currency: ``$1,200`` → ``1,200``."""
    if cell[:1] in values.MARKS and cell:
        return cell
    text = values.clean(cell)
    return _SIGN.sub("", _SIGN.sub("", text)) if text else cell


def figure_of(cell: str, currency: str) -> str:
    """A cell of money without the sign of ``currency``, unless it names a unit of its own; with the
    sign of another money it stays as it is, and is no figure."""
    if units.in_cell(cell, currency) or cell[:1] in values.MARKS:
        return cell
    signs = {m[0].strip(" (").casefold() for m in _SIGN.finditer(values.clean(cell))}
    known = {**SIGNS, "$": "$", **dict.fromkeys(("đồng", "đ", "vnđ"), "VND")}
    codes = {known.get(s, s.upper()) for s in signs}
    ours = {currency, *(("$",) if currency in units.DOLLARS else ())}
    return bare_money(cell) if codes <= ours else cell


def figure(cell: str) -> Decimal | None:
    """The figure in a cell, thousands and decimals as the cell itself says them; ``None`` where
    there is none."""
    if not cell.strip() or is_missing(cell):
        return None
    bare = bare_money(cell)
    found = values.whole(bare)
    if found.problem:
        found = values.decimal(bare)
    return None if found.problem or found.value is None else Decimal(found.value)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_THREE = re.compile(r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})(?:[T ,].*)?")
_NAMED = re.compile(
    r"(?:(\d{1,2})[\s.-]+)?([A-Za-z]{3,9})\.?[\s.,-]+(?:(\d{1,2}),?\s+)?((?:19|20)\d\d)"
)


_SERIAL = re.compile("3[3-9][0-9]{3}|4[0-9]{4}|5[0-4][0-9]{3}")
"""Days from 1990 to 2050 as Excel counts them: 43572 is 17 April 2019."""


@dataclass
class Dates:
    """Cells of dates → years; the order of day, month and year is decided by all of them."""

    years: dict[str, int] = field(default_factory=dict)
    """Cell → year."""
    unread: list[str] = field(default_factory=list)
    """Cells that are no date."""
    open: list[str] = field(default_factory=list)
    """Cells whose year hangs on an order that no cell decides."""
    order: str = ""
    """``dmy``, ``mdy`` or ``ymd`` where cells of the column decide it, else empty."""
    decided_by: str = ""
    """The cell that decides it."""
    serials: list[str] = field(default_factory=list)
    """Cells that hold the number of a day, as Excel counts them."""


def dates(cells: Iterable[str], order: str = "") -> Dates:
    """The years of distinct cells; ``order`` is what the user said of day, month and year.

    A year of four digits is the year whatever the order of day and month is; a date of three short
    numbers needs the order, which other cells of the column decide, or a person.
    """
    found = Dates(order=order)
    short: list[tuple[str, tuple[int, int, int]]] = []
    fits = {"dmy", "mdy", "ymd"}
    for cell in cells:
        text = values.clean(cell.lstrip("\0"))
        match = _THREE.fullmatch(text)
        numbers = tuple(map(int, match.groups())) if match else ()
        if match and all(len(g) <= 2 for g in match.groups()):
            short.append((cell, (numbers[0], numbers[1], numbers[2])))
        elif _SERIAL.fullmatch(text.lstrip(values.NUMBER)):
            day = date(1899, 12, 30) + timedelta(days=int(text.lstrip(values.NUMBER)))
            found.years[cell] = day.year
            found.serials.append(cell)
        elif (year := _year_of(cell, text)) is None:
            found.unread.append(cell)
        else:
            found.years[cell] = year
            if match and len(match[3]) == 4 and max(numbers[:2]) > 12:
                fits &= {"dmy" if numbers[0] > 12 else "mdy"}
                found.decided_by = found.decided_by or text
    for cell, (a, b, c) in short:
        parts = {"dmy": (a, b), "mdy": (b, a), "ymd": (c, b)}
        may = {o for o, (day, month) in parts.items() if 1 <= day <= 31 and 1 <= month <= 12}
        if may & fits and not fits <= may:
            fits &= may
            found.decided_by = values.clean(cell)
    if not found.order and len(fits) == 1:
        found.order = next(iter(fits))
    for cell, (a, _, c) in short:
        if found.order or "ymd" not in fits:
            found.years[cell] = _century(a if found.order == "ymd" else c)
        else:
            found.open.append(cell)
    return found


def _year_of(cell: str, text: str) -> int | None:
    """The year that one cell says by itself, whatever the order of day and month."""
    if cell[:1] == values.DATE:
        return int(cell[1:5])
    match, named = _THREE.fullmatch(text), _NAMED.fullmatch(text)
    if match:
        a, b, c = map(int, match.groups())
        year, first, second = (a, b, c) if len(match[1]) == 4 else (c, a, b)
        valid = 1 <= min(first, second) <= 12 and max(first, second) <= 31
        found = year if valid else None
    elif named and named[2][:3].casefold() in _MONTHS:
        found = int(named[4])
    else:
        reading = values.year(cell)
        found = None if reading.problem else reading.value
    return found if found is not None and 1950 <= found <= 2100 else None


def _century(short: int) -> int:
    """A year of two digits: 1950 to 2049."""
    return 2000 + short if short < 50 else 1900 + short


# --------------------------------------------------------------------------------------------------
# Which school is meant by a name, or by a location that begins with it.

DOUBTFUL = 0.82
"""Likeness from which on a name may be a slip of another."""
MOST_ALIKE = 400
"""Schools among which a name that is much alike is looked for."""
_APART = re.compile(r"\s[-–—]+\s|[>/|;:,\\()\[\]–—]")
_TONES = re.compile(r"[\u0300\u0301\u0303\u0309\u0323]")


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1; the one place that decides by which measure."""
    return fuzz.ratio(one, other) / 100


@cache
def _kinds() -> Mapping[str, list[tuple[tuple[str, ...], str]]]:
    """Words of kinds of school by their first one, longest first, with their one spelling."""
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for kind, spellings in WORDS["kinds"].items():
        for words in (tuple(_tokens(s)) for s in spellings):
            for form in (words, bare(words)):
                found.setdefault(form[0], {})[form] = kind
    return {w: sorted(f.items(), key=lambda p: (-len(p[0]), p[0])) for w, f in found.items()}


def _tokens(text: str) -> list[str]:
    composed = unicodedata.normalize("NFC", text).casefold()
    return re.findall(r"[^\W_]+", composed.replace("’", "").replace("'", ""))


@cache
def key(name: str) -> tuple[str, ...]:
    """A name's words in one spelling: kinds of school as one word, where tones stand and marks
    between words do not count."""
    tokens, kinds = _tokens(name), _kinds()
    found: list[str] = []
    place = 0
    while place < len(tokens):
        for words, kind in kinds.get(tokens[place], ()):
            if tuple(tokens[place : place + len(words)]) == words:
                found += [kind] if kind else []
                place += len(words)
                break
        else:
            found.append(_tone_last(tokens[place]))
            place += 1
    return tuple(found)


def _tone_last(word: str) -> str:
    """A word whose tone stands at its end, so that «hoà» and «hòa» are one."""
    apart = unicodedata.normalize("NFD", word)
    tones = "".join(_TONES.findall(apart))
    return unicodedata.normalize("NFC", _TONES.sub("", apart)) + tones


def bare(words: Sequence[str]) -> tuple[str, ...]:
    """Words without diacritics."""
    apart = (unicodedata.normalize("NFD", w).replace("đ", "d") for w in words)
    return tuple("".join(c for c in w if not unicodedata.combining(c)) for w in apart)


@dataclass(frozen=True)
class Match:
    """Which school is meant: an id where it is sure, else the candidates."""

    school: str = ""
    candidates: tuple[str, ...] = ()
    text: str = ""
    """The words that are the school's name, where they are spelt otherwise than there."""
    out: bool = False
    """Whether the user said to leave it out."""


class Schools:
    """The schools of a scenario by everything that may stand for them.

    ``names`` holds id → name; ``stated`` folded text → id or name that the user said, or ``-`` for
    what is to be left out.
    """

    def __init__(self, names: Mapping[str, str], stated: Mapping[str, str]) -> None:
        self.names = dict(names)
        self.stated = dict(stated)
        self.kinds = {k for k in WORDS["kinds"] if k}
        self.by_text: dict[str, set[str]] = {}
        self.by_key: dict[tuple[str, ...], set[str]] = {}
        self.by_bare: dict[tuple[str, ...], set[str]] = {}
        self.by_core: dict[tuple[str, ...], set[str]] = {}
        self.by_word: dict[str, set[str]] = {}
        self.keys = {school: key(name) for school, name in names.items()}
        self.unmarked = all(name.isascii() for name in names.values())
        """Whether no name has a diacritic."""
        for school, name in names.items():
            words = self.keys[school]
            self.by_text.setdefault(values.folded(name), set()).add(school)
            self.by_key.setdefault(words, set()).add(school)
            self.by_bare.setdefault(bare(words), set()).add(school)
            self.by_core.setdefault(self._core(words), set()).add(school)
            for word in bare(words):
                self.by_word.setdefault(word, set()).add(school)
        self.longest = max((len(w) for w in self.by_bare), default=0)
        self.rooms = {r for w in WORDS["rooms"]["words"] for r in bare([w])}
        self.known: dict[tuple[str, bool], Match] = {}
        """Texts that were looked up before, without the near ones."""

    def _core(self, words: Sequence[str]) -> tuple[str, ...]:
        return bare([w for w in words if w not in self.kinds])

    def find(self, text: str, unmarked: bool = False) -> Match:
        """The school that a name means; ``unmarked`` where the file writes no diacritics at all."""
        found = self._sure(text, unmarked)
        if found.school or found.candidates or found.out:
            return found
        return Match(candidates=self._near(key(values.clean(text))))

    def _sure(self, text: str, unmarked: bool) -> Match:
        """As :meth:`find`, without names that are only much alike."""
        if (text, unmarked) not in self.known:
            shown = values.clean(text.lstrip(values.MARKS + "\0"))
            self.known[text, unmarked] = self._looked_up(shown, unmarked)
        return self.known[text, unmarked]

    def _looked_up(self, shown: str, unmarked: bool) -> Match:
        folded = values.folded(shown)
        if folded in self.stated:
            said = self.stated[folded]
            if said in ("", "-"):
                return Match(out=True)
            shown, folded = said, values.folded(said)
        if shown in self.names:
            return Match(shown)
        same = self.by_text.get(folded, set())
        if len(same) == 1:
            return Match(next(iter(same)))
        words = key(shown)
        if not words:
            return Match()
        found = self.by_key.get(words, set())
        if len(found) == 1:
            return Match(next(iter(found)), text=shown)
        plain = self.by_bare.get(bare(words), set())
        # A file that writes no mark at all, on either side, cannot tell names apart by them.
        if len(plain) == 1 and not found and (self.unmarked or unmarked):
            return Match(next(iter(plain)), text=shown)
        several = found or plain or self.by_core.get(self._core(words), set())
        return Match(candidates=tuple(sorted(several)))

    def _near(self, words: Sequence[str]) -> tuple[str, ...]:
        """Schools that share a rare word with a name and are much like it, likest first."""
        plain = bare(words)
        shared = sorted((self.by_word[w] for w in plain if w in self.by_word), key=len)
        pool = set().union(*shared[:2]) if shared else set()
        # Without a word in common: a slip in the one word that counts; few schools only.
        pool = pool or (set(self.names) if len(self.names) <= MOST_ALIKE else set())
        if len(pool) > MOST_ALIKE:
            pool = shared[0] if len(shared[0]) <= MOST_ALIKE else set()
        text = " ".join(plain)
        scored = sorted(
            ((likeness(text, " ".join(bare(self.keys[s]))), s) for s in pool),
            key=lambda p: (-p[0], p[1]),
        )
        return tuple(s for score, s in scored[:3] if score >= DOUBTFUL)

    def locate(self, text: str, unmarked: bool = False) -> Match:
        """The school that a location names: as a whole, as a part of it (``Hoa Sen – Phòng 2``,
        ``Root > North Primary > Lab 1``), or as its first words before a room."""
        whole = self._sure(text, unmarked)
        if whole.school or whole.out:
            return whole
        parts = [p for p in (values.clean(p) for p in _APART.split(text)) if p]
        matches = [self._sure(p, unmarked) for p in parts] if len(parts) > 1 else []
        sure = {m.school: m for m in matches if m.school}
        if len(sure) == 1:
            return next(iter(sure.values()))
        if len(sure) > 1:
            return Match(candidates=tuple(sure))
        if any(m.out for m in matches):
            return Match(out=True)
        for said in self.stated:
            rest = bare(_tokens(values.folded(text).removeprefix(f"{said} ")))
            if values.folded(text).startswith(f"{said} ") and self._room(rest):
                return self._sure(said, unmarked)
        words = key(text)
        by_words = self.by_bare if unmarked or self.unmarked else self.by_key
        for length in range(min(self.longest, len(words) - 1), 0, -1):
            start = words[:length] if by_words is self.by_key else bare(words[:length])
            found = by_words.get(start, set())
            if len(found) == 1:
                rest = bare(words[length:])
                only = next(iter(found))
                if self._room(rest):
                    same = values.folded(text).startswith(values.folded(self.names[only]))
                    return Match(only, text="" if same else text)
                return Match(candidates=(only,))
        near = dict.fromkeys(c for m in (whole, *matches) for c in m.candidates)
        if not near:
            near = dict.fromkeys(c for p in (text, *parts) for c in self._near(key(p)))
        return Match(candidates=tuple(near)[:3])

    def _room(self, words: Sequence[str]) -> bool:
        """Whether words name a room: they begin as one, or with a number."""
        return bool(words) and (words[0] in self.rooms or words[0][:1].isdigit())

    def places(self, text: str) -> list[str]:
        """The parts of a location that are no rooms, each without the room that follows in it:
        ``Depot, Room 2`` and ``Depot Room 2`` give ``Depot``."""
        found: list[str] = []
        for part in (values.clean(p) for p in _APART.split(text)):
            said = part.split()
            starts = (k for k in range(len(said)) if self._room(bare(_tokens(said[k]))))
            if kept := " ".join(said[: next(starts, len(said))]):
                found.append(kept)
        return found
