"""Units that people write beside a figure: ``nghìn đồng``, ``$m``, ``tháng``, ``%``, ``m2``.

A remark in a header is a unit that is known, something known to change no figure, or neither:
what is neither is never passed over. Nothing is guessed from the figures themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any

from planner.errors import Place
from planner.messages.numbers import minor_digits
from planner.scenario.contracts import Column
from planner.scenario.reading import values
from planner.scenario.reading.sources import Log

MONEY, YEARS, SHARE, AREA, YEAR, COUNT, NUMBER, TEXT = (
    *("money", "years", "share", "area", "year", "count", "number", "text"),
)
"""What a column measures."""
_MONEY = (
    *("price", "price_low", "price_high", "setup", "amount", "project_amount", "most"),
    "planned_amount",
)
_YEARS = ("life", "accounting_life")
_SETTINGS = {
    ("fund_amounts", "amount"): MONEY,
    ("fund_amounts", "year"): YEAR,
    **dict.fromkeys((("funds", "reserve"), ("funds", "carry_over")), SHARE),
    **dict.fromkeys((("funds", "repair_weight"), ("settings", "value")), NUMBER),
    **{("rules", name): NUMBER
       for name in ("at_most", "at_least", "exactly", "penalty", "repair_weight")},
}  # fmt: skip
"""Columns of the sheets of settings that hold figures, though they are read as text."""


def measured(table: str, column: Column) -> str:
    """What a column of a table measures; :data:`TEXT` where it holds no figure."""
    if (table, column.name) in _SETTINGS:
        return _SETTINGS[table, column.name]
    kind = column.element if column.kind == "list" else column.kind
    if kind in ("int", "decimal", "ratio"):
        if column.name in _MONEY:
            return MONEY
        if column.name in _YEARS:
            return YEARS
        if column.name == "area":
            return AREA
        return SHARE if kind == "ratio" else COUNT if kind == "int" else NUMBER
    return YEAR if kind == "year" else TEXT


@dataclass(frozen=True)
class Unit:
    """A unit as written, and what one of it is in the unit that a column is kept in."""

    text: str
    kind: str
    """What it measures; ``""`` for a multiplier alone (``nghìn``)."""
    times: Decimal = Decimal(1)
    over: int = 1
    """One unit is ``times`` ÷ ``over`` of the column's own."""
    currency: str = ""
    """ISO code of the money, ``$`` for any dollar; empty where none is named."""
    per: str = ""
    """The place or the person that a price is for, as plain words: «đồng/lớp»."""

    @property
    def same(self) -> bool:
        """Whether the figures stay as they are."""
        return self.times == self.over


HARMLESS = Unit("", "harmless")
"""A remark that is known to change no figure."""

_MULTIPLIERS = {
    **dict.fromkeys(("chuc", "ten", "tens"), 1),
    **dict.fromkeys(("tram", "hundred", "hundreds"), 2),
    **dict.fromkeys(("nghin", "ngan", "ng", "ngh", "k", "thousand", "thousands", "milliers"), 3),
    **dict.fromkeys(("lakh", "lakhs", "lac"), 5),
    **dict.fromkeys(("trieu", "tr", "million", "millions", "mln", "mn", "mio", "m", "mm"), 6),
    **dict.fromkeys(("crore", "crores"), 7),
    **dict.fromkeys(("ty", "ti", "billion", "billions", "bil", "bn", "bln", "b", "mrd"), 9),
    **dict.fromkeys(("trillion", "trillions", "trn"), 12),
}
"""Word without accents → power of ten."""
_MIL = "mil"
"""Million in English, thousand in Spanish and Portuguese."""
_THOUSAND_MIL = ("EUR", "BRL", "MXN", "ARS", "CLP", "COP", "PEN", "UYU", "AOA", "MZN")
"""Currencies of which «mil» is no million for sure."""
_LETTERS = ("k", "m", "mm", "b", "tr", "ng", "ngh", "ti", "ty", "d")
"""Words that mean a multiplier or money only beside another word that does."""
_CURRENCIES = {
    **dict.fromkeys(("dong", "vnd", "d", "₫", "vnđ"), "VND"),
    **dict.fromkeys(("usd", "us$"), "USD"),
    **dict.fromkeys(("$", "dollar", "dollars"), "$"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "EUR"),
    **dict.fromkeys(("£", "gbp", "pound", "pounds", "sterling"), "GBP"),
    **dict.fromkeys(("¥", "jpy", "yen"), "JPY"),
    **dict.fromkeys(("₹", "inr", "rupee", "rupees", "rs"), "INR"),
    **{c.casefold(): c for c in ("AUD", "CAD", "NZD", "SGD", "HKD", "BRL", "CNY", "CHF", "KRW")},
    **{c.casefold(): c for c in ("THB", "MYR", "IDR", "PHP", "ZAR", "SEK", "NOK", "DKK", "PLN")},
}
DOLLARS = ("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN", "JMD", "FJD")
_MINOR = ("cent", "cents", "pence", "xu", "hao")
_FILLERS = {
    *("of", "the", "in", "viet", "nam", "vn", "chan", "s", "de", "tien", "don", "vi", "tinh"),
    *("x", "×"),
}
_PER = re.compile(r"\s*/\s*|\bper\b|\btren\b|\bmoi\b|\bcho mot\b|\bfor each\b")
_EACH = {
    *("bo", "cai", "chiec", "may", "goi", "don vi", "unit", "item", "each", "san pham", "sp"),
    *("thiet bi", "he thong", "truong", "school", "lop", "class", "phong", "room", "user"),
    *("nguoi", "ban quyen", "license", "licence", "device", "piece", "pc", "pcs", "set", "met"),
    *("hoc sinh", "pupil", "student", "tai khoan", "account", "may tinh", "computer", "dvt"),
    *("don vi tinh", "ban", "bo may", "cong trinh", "diem", "hang muc", "nguoi dung"),
}
"""What a price may be for one of."""
_SOMEBODY = {
    *("truong", "school", "lop", "clas", "class", "phong", "room", "nguoi", "hoc sinh", "pupil"),
    *("student", "nguoi dung", "user", "diem"),
}
"""Of these, what is no unit of a device by itself: 15 million a class are not 15 million a PC."""
_TAX = re.compile(
    r"(da )?(bao )?(co|gom|including|incl\.?|inc\.?|with)( ca)? (thue )?(vat|gtgt|thue|tax|taxes)"
)
_COUNTED = {
    *("nguoi", "hs", "hoc sinh", "em", "tre", "chau", "pupils", "pupil", "students", "student"),
    *("persons", "people", "heads", "headcount", "lop", "nhom", "nhom/lop", "nhom, lop"),
    *("lop hoc", "classes", "class", "gv", "giao vien", "teachers", "teacher", "nv", "nhan vien"),
    *("staff", "cb", "can bo", "phong", "phong hoc", "rooms", "room", "classrooms", "bo", "cai"),
    *("chiec", "may", "goi", "unit", "units", "items", "item", "pcs", "pieces", "each", "qty"),
    *("so luong", "don vi", "thiet bi", "lan", "times", "copies", "ban", "diem", "points"),
    *("point", "truong", "schools", "he thong", "licences", "licenses", "tai khoan", "count"),
    *("number", "no.", "so"),
}
_REMARKS = {
    *("*", "bat buoc", "required", "khong bat buoc", "tuy chon", "optional", "neu co", "if any"),
    *("if known", "so nguyen", "whole number", "integer", "du kien", "uoc tinh", "estimate"),
    *("estimated", "lam tron", "rounded", "nhap so", "name", "code"),
    *("fte", "ftes", "full-time equivalent", "full-time equivalents"),
}
_SHARES = {
    **dict.fromkeys(("%", "percent", "per cent", "pct", "phan tram", "percentage"), 100),
    **dict.fromkeys(("‰", "per mille", "permille", "phan nghin", "phan ngan"), 1000),
    **dict.fromkeys(("bps", "basis points"), 10_000),
}
_PLAIN_SHARES = {*("0-1", "0–1", "share", "ratio", "ty le", "fraction", "tu 0 den 1", "0 - 1")}
_OF_PRICE = re.compile(
    r"(of|cua|theo|x)?\s*(the )?(unit )?(don gia|nguyen gia|gia tri|gia|price|value|cost)"
    r"( mua)?( thiet bi)?"
)
_YEARLY = re.compile(r"(/|per|moi|hang|a|mot|trong|each)?\s*(nam|year|yr|annum|annually|yearly)")
_TIMES = {
    **dict.fromkeys(("nam", "year", "years", "yr", "yrs", "so nam"), 1),
    **dict.fromkeys(("quy", "quarter", "quarters"), 4),
    **dict.fromkeys(("thang", "month", "months", "mth", "mths", "so thang"), 12),
}
_AREAS = {
    **dict.fromkeys(("m2", "m²", "met vuong", "sqm", "sq m", "sq. m", "m^2"), Decimal(1)),
    **dict.fromkeys(("square metres", "square meters", "square metre"), Decimal(1)),
    **dict.fromkeys(("ha", "hecta", "hectare", "hectares"), Decimal(10_000)),
    **dict.fromkeys(("km2", "km²"), Decimal(1_000_000)),
    **dict.fromkeys(("sq ft", "sqft", "ft2", "ft²", "square feet"), Decimal("0.09290304")),
}
_DATES = re.compile(r"(nam( hoc)? )?(\d{1,2}/)?(\d{1,2}/)?(19|20)\d\d(\s*[-–/]\s*((19|20)?\d\d))?")
_CALENDAR = {
    *("nam", "year", "yyyy", "dd/mm/yyyy", "mm/yyyy", "yyyy-mm-dd", "ngay", "date", "fiscal year"),
    *("nam ngan sach", "nam tai chinh", "duong lich", "ngay/thang/nam", "thang/nam"),
}
_COLUMN_NUMBER = re.compile(r"[a-z]|\d{1,2}|\d{1,2}\s*=[\d\s+*x×/:().-]+")
_NUMBERS = re.compile(
    r"'?000(?:[.,' ]?000)*s?|10\s?\^\s?[369]|10[³⁶⁹]|10{1,2}(?![\d.,])|1(?:[., ]?000)+"
)
_LEAD = re.compile(
    r"^(?:(?:tat ca |all )?(?:so lieu|so tien|figures|amounts|values|money|prices|costs)?\s*"
    r"(?:don vi tinh|don vi tien te|don vi tien|don vi|dvt|d\.v\.t|dv tinh|units?|currency"
    r"|are|is|la|tinh bang|tinh theo|expressed|shown|given|in|bang|theo)\s*[:=]?\s*)+"
)
_OPEN, _CLOSE = "([{（［", ")]}）］"
_TOKENS = re.compile(rf"{_NUMBERS.pattern}|[a-z]+\$?|[$€£¥₫₹]|\S")
_POWERS = {"³": 3, "⁶": 6, "⁹": 9}


def plain(text: str) -> str:
    """Lower case without accents, marks at the ends, double spaces: ``Tr. Đồng`` → ``tr. dong``."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c)).replace("đ", "d")
    return " ".join(bare.split()).strip(" .,:;-–—|_")


def read(text: str, measures: str, currency: str) -> Unit | None:
    """What a remark says of a column that measures ``measures``.

    A :class:`Unit`, :data:`HARMLESS`, or ``None`` where it is neither; units of another
    measure, or of other money than ``currency``, are ``None`` too.
    """
    found = HARMLESS
    for part in re.split(r"(?<!\d)[,;]|[,;](?!\d)|\s[-–—|]\s", text):
        if not plain(part) and part.strip(" *.,:;-–—|_"):
            return None
        unit = _part(part, measures, currency) if plain(part) else HARMLESS
        if unit is None:
            return None
        if unit.kind == "harmless" or found.kind == "harmless":
            found = found if unit.kind == "harmless" else unit
            continue
        # «VND, millions»: money and its multiplier.
        named, power = sorted((found, unit), key=lambda u: not u.currency)
        plain_money = named.currency and named.times == Decimal(10) ** minor_digits(currency)
        if not plain_money or power.kind or measures != MONEY:
            return None
        found = Unit(text.strip(), MONEY, power.times, currency=named.currency)
    return found


def _bare(text: str) -> str:
    """A remark without brackets around it and without what leads up to a unit."""
    simple = plain(text.strip().strip(_OPEN + _CLOSE))
    if re.fullmatch("t[ỷỉ]", unicodedata.normalize("NFC", simple_case(text))):
        return "bn"
    return _LEAD.sub("", simple) or simple


def simple_case(text: str) -> str:
    """Lower case with accents, without marks at the ends."""
    return text.casefold().strip(" .,:;-–—|_" + _OPEN + _CLOSE)


def _part(text: str, measures: str, currency: str) -> Unit | None:
    """A part of a remark between commas."""
    bare = _bare(text)
    if bare in _REMARKS or (_COLUMN_NUMBER.fullmatch(bare) and bare not in ("k", "m", "b")):
        return HARMLESS if not (bare == "d" and measures != MONEY) else None
    if measures == TEXT:  # which has no unit of figures
        money = _money(text, bare, currency)
        foreign = (money is not None and money.kind == MONEY) or bare in _SHARES
        return None if foreign else HARMLESS
    match measures:
        case "money":
            return _money(text, bare, currency)
        case "share":
            return _share(text, bare)
        case "years":
            over = _TIMES.get(bare)
            return None if over is None else Unit(text.strip(), YEARS, over=over)
        case "year":
            return HARMLESS if bare in _CALENDAR else None
        case "area":
            return _area(text, bare)
        case _:
            return _count(text, bare, measures)


def _area(text: str, bare: str) -> Unit | None:
    power, rest = _multiplier(bare)
    times = _AREAS.get(rest)
    return None if times is None else Unit(text.strip(), AREA, times.scaleb(power))


def _share(text: str, bare: str) -> Unit | None:
    for word in sorted((*_SHARES, *_PLAIN_SHARES), key=len, reverse=True):
        if not bare.startswith(word):
            continue
        rest = bare[len(word) :].strip()
        rest = re.sub(r"^/\s*(?!nam|year|yr)", "", rest)
        rest = _OF_PRICE.sub("", rest, count=1).strip() if rest else rest
        if not rest or _YEARLY.fullmatch(rest):
            return Unit(text.strip(), SHARE, over=_SHARES.get(word, 1))
    return HARMLESS if _OF_PRICE.fullmatch(bare) or _YEARLY.fullmatch(bare) else None


def _count(text: str, bare: str, measures: str) -> Unit | None:
    """Counted things, dates of counting, multipliers; shares of figures of any kind."""
    if bare in _COUNTED or _DATES.fullmatch(bare):
        return HARMLESS
    if bare in ("dozen", "dozens", "ta"):
        return Unit(text.strip(), measures, Decimal(12))
    if measures == NUMBER and bare in _SHARES:
        return Unit(text.strip(), SHARE, over=_SHARES[bare])
    if measures == NUMBER and _AREAS.get(bare) == 1:
        return HARMLESS
    power, rest = _multiplier(bare)
    if power and (not rest or rest in _COUNTED):
        return Unit(text.strip(), "", Decimal(10) ** power)
    return None


def _multiplier(bare: str) -> tuple[int, str]:
    """A power of ten at the beginning, and what follows."""
    power, rest, found = 0, bare, True
    while found and rest:
        token = _TOKENS.match(rest)
        exponent = _exponent(token[0]) if token and token[0] not in (*_LETTERS, _MIL) else None
        found = exponent is not None
        if token and exponent is not None:
            power += exponent
            rest = rest[token.end() :].strip()
    return power, re.sub(r"^(of|cac)\s+", "", rest)


def _exponent(token: str) -> int | None:
    """The power of ten that a word or a figure stands for."""
    if token == _MIL:
        return 6
    if token in _MULTIPLIERS:
        return _MULTIPLIERS[token]
    if not _NUMBERS.fullmatch(token):
        return None
    if token[-1:] in _POWERS or "^" in token:
        return _POWERS.get(token[-1]) or int(token[-1])
    return token.count("0")


def _money(text: str, bare: str, currency: str) -> Unit | None:
    """``nghìn đồng/bộ``, ``tr.đ``, ``VND million``, ``$000``, ``đã có VAT``."""
    if _TAX.fullmatch(bare):
        return HARMLESS
    amount, *each = _PER.split(bare)
    if not {e.strip() for e in each if e.strip()} <= _EACH | {f"{word}s" for word in _EACH}:
        return None
    amount = re.sub(r"\s*\(?(da )?(bao )?(co|gom|incl\.?) (thue|vat)\)?$", "", amount).strip()
    if not amount:
        return HARMLESS if each else None
    power, named, minor = 0, "", False
    tokens = [t for t in _TOKENS.findall(_apart(amount)) if t not in ".,'’-"]
    words = [t for t in tokens if t not in _FILLERS]
    if _MIL in words and currency in _THOUSAND_MIL:
        return None
    for token in words:
        exponent = _exponent(token)
        if token.casefold() == currency.casefold() or token in _CURRENCIES:
            said = currency if token == currency.casefold() else _CURRENCIES[token]
            if named and named != said and "$" not in (named, said):
                return None
            named = said if named in ("", "$") else named
        elif exponent is not None:
            power += exponent
        elif token in _MINOR or token == "minor":
            minor = True
        else:
            return None
    if not words or (len(words) == 1 and words[0] in _LETTERS and words[0] != "d"):
        return None
    if named and named != currency and not (named == "$" and currency in DOLLARS):
        return None
    digits = 0 if minor else minor_digits(currency)
    kind = MONEY if named or minor else ""
    per = next((e.strip().removesuffix("s") for e in each if e.strip()), "")
    per = per if per in _SOMEBODY or per.removesuffix("e") in _SOMEBODY else ""
    return Unit(text.strip(), kind, Decimal(10) ** (power + digits), currency=named, per=per)


def _apart(amount: str) -> str:
    """Words that are written as one, apart: ``trd`` → ``tr d``, ``kvnd`` → ``k vnd``."""
    compact = re.sub(r"^(tr|ng|ngh|k|m|mm|b|bn|ty|ti)\s*\.?\s*(d|vnd|dong)$", r"\1 \2", amount)
    compact = re.sub(r"^(us\$|\$|€|£)\s*(k|m|mm|bn|b|mn|000s?)$", r"\1 \2", compact)
    compact = re.sub(r"^(k|m|mm|bn|b)\s*(vnd|us\$|\$|€|£|usd|eur|gbp)$", r"\1 \2", compact)
    return re.sub(r"^(vnd|usd|eur|gbp)\s*(k|m|mm|bn|b|mn)$", r"\1 \2", compact)


_SIGNED = re.compile(
    r"(US\$|[$€£¥₫₹]|[A-Z]{3}(?= ?[\d+-]))?\s*([+-]?(?:\d[\d.,'’ ]*[^\d.,'’ +-]\D*)+)", re.I
)
_FIGURE = re.compile(r"([+-]?\d[\d.,'’ ]*?)\s*([^\d.,'’ +-]\D*)")


@lru_cache(maxsize=65536)
def in_cell(cell: str, currency: str) -> tuple[tuple[str, Unit], ...]:
    """The figures of a cell of money with the units that it names itself, largest first: «1.500
    triệu», «$1.2M», «1 tỷ 200 triệu»; nothing where it names none, or one that is not known."""
    if cell[:1] in values.MARKS or len(cell) > values.TEXT_LIMIT or cell.isdigit():
        return ()
    match = _SIGNED.fullmatch(values.clean(cell).replace("−", "-").rstrip("*†‡ "))
    found: list[tuple[str, Unit]] = []
    for figure, said in _FIGURE.findall(match[2]) if match else ():
        sign = f"{match[1]} " if match and match[1] else ""
        amount = _PER.split(plain(said))[0]
        texts = (f"{sign}{said}",) if sign else (said, f"{currency} {said}")
        read_as = (_money(said.strip(), _bare(t), currency) for t in texts)
        unit = next((u for u in read_as if u is not None), None)
        if unit is None or unit.kind == "harmless" or not _names_money(amount):
            return ()
        found.append((figure.strip(), unit))
    larger = all(a.times > b.times for (_, a), (_, b) in pairwise(found))
    return tuple(found) if larger else ()


def _groups(unit: Unit) -> str:
    """The mark that groups thousands in the language of a unit's own words."""
    return "." if _VIETNAMESE & set(_TOKENS.findall(_apart(plain(unit.text)))) else ","


_VIETNAMESE = {*("nghin", "ngan", "ng", "ngh", "trieu", "tr", "ty", "ti", "dong", "d")}


def of_line(text: str, currency: str) -> tuple[Unit | None, bool]:
    """The unit that a cell above a table states, and whether the cell claims to state one.

    ``ĐVT: nghìn đồng`` and ``(in thousands)`` do; ``Đơn vị: Trường A`` names an office.
    """
    inside = text.strip().strip(_OPEN + _CLOSE).strip()
    bare = plain(inside)
    rest = _LEAD.sub("", bare)
    unit = _money(inside, _bare(inside), currency)
    if unit is not None and unit.kind != "harmless" and not rest.replace(".", "").isdigit():
        return unit, True
    sure = re.match(r"(dvt|d\.v\.t|don vi tinh|don vi tien|dv tinh|currency)\b", bare)
    foreign = rest != bare and _names_money(rest)
    return None, bool((sure and not known_count(rest)) or foreign)


def known_count(bare: str) -> bool:
    """Whether a line's unit is of counted things, which are kept as they are counted."""
    return bare in _COUNTED or bare in _TIMES or bare in _AREAS or bare in _EACH


def _names_money(bare: str) -> bool:
    """Whether a text speaks of money in words that are known, of whatever currency."""
    found = _TOKENS.findall(_apart(bare))
    tokens = [t for t in found if t not in ".,'’-" and t not in _FILLERS]
    return bool(tokens) and all(
        t in _CURRENCIES or t in _MINOR or _exponent(t) is not None for t in tokens
    )


def in_title(text: str, currency: str) -> Unit | None:
    """The unit of money that stands in brackets, or after «ĐVT», within a title."""
    for aside in brackets(text)[1]:
        unit, _ = of_line(aside, currency)
        if unit is not None:
            return unit
    for part in re.split(r"[:*=]|\s[-–—]\s|^\s*[-–—]", text)[::-1]:
        unit, _ = of_line(part, currency)
        if unit is not None and len(plain(part)) > 1:
            return unit
    return None


@lru_cache(maxsize=4096)
def ends(tail: str, measures: str) -> bool:
    """Whether the last words of a header without brackets are a unit: «Đơn giá, nghìn đồng».

    Figures and lone letters are none: «Lớp 10», «Trường B».
    """
    bare = plain(tail)
    if not bare or re.fullmatch(r"[\d .,]*|[a-z]", bare):
        return False
    match measures:
        case "money":
            return _names_money(_LEAD.sub("", bare) or bare)
        case "years":
            return bare in _TIMES
        case "share":
            return any(bare.startswith(w) for w in _SHARES) and _share(tail, bare) is not None
        case "area":
            return _area(tail, bare) is not None
        case "count" | "number":
            bare = _LEAD.sub("", bare) or bare
            found = _count(tail, bare, measures)
            return found is not None and found.kind != "harmless" and not bare[0].isdigit()
    return False


def brackets(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without what stands in brackets (an open one reaches to the end), and the rest."""
    if not any(c in text for c in _OPEN):
        return " ".join(text.split()), ()
    outside: list[str] = []
    inside: list[str] = []
    depth = 0
    for c in text:
        if c in _OPEN:
            depth += 1
            if depth == 1:
                inside.append("")
                outside.append(" ")
                continue
        elif c in _CLOSE and depth:
            depth -= 1
            if depth == 0:
                continue
        if depth:
            inside[-1] += c
        else:
            outside.append(c)
    return " ".join("".join(outside).split()), tuple(t.strip() for t in inside if t.strip())


def are_units(texts: Iterable[str]) -> bool:
    """Whether texts are nothing but units, as in a row of units below a header."""
    said = [t.strip() for t in texts]
    real = [t for t in said if any(ends(t.strip(_OPEN + _CLOSE), k) for k in (MONEY, SHARE, AREA))]
    years = [t for t in said if plain(t.strip(_OPEN + _CLOSE)) in _TIMES]
    if not real and not years:
        return False
    counted = [t for t in said if t[:1] in _OPEN and _bare(t) in _COUNTED | _REMARKS]
    tax = [t for t in said if t[:1] in _OPEN and _TAX.fullmatch(_bare(t))]
    return len({*real, *years, *counted, *tax}) == len(set(said))


def leads(text: str) -> bool:
    """Whether a cell only announces a unit that stands in the next one: «ĐVT:»."""
    return bool(_LEAD.fullmatch(plain(text))) and len(plain(text)) > 2


def speaks(text: str) -> bool:
    """Whether a remark is in the words of units, whatever they measure and of whatever money."""
    bare = _bare(text)
    amount = _PER.split(bare)[0].strip()
    known = bare in _TIMES or any(bare.startswith(w) for w in _SHARES) or _multiplier(bare)[0]
    return bool(known or _names_money(amount)) and not re.fullmatch(r"[\d .,]*|[a-z]", bare)


def states_unit(note: str) -> bool:
    """Whether a note says in which unit the figures of a table are."""
    bare = plain(note)
    said = re.search(
        r"\b(dvt|don vi tinh|don vi tien|tinh bang|tinh theo|units?|figures in|amounts in"
        r"|prices in|values in|shown in|expressed in)\b\s*[:=]?\s*(.*)$",
        bare,
    )
    if said:
        words = re.split(r"[;,)\]]|\s[-–—]\s", said[2])[0]
        return _names_money(_bare(words)) or _bare(words) in _SHARES or _bare(words) in _TIMES
    return any(speaks(part) and _names_money(_bare(part)) for part in re.split(r"[:;(),]", note))


_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:([.,' ’])[0-9]{3})(?:\1[0-9]{3})*")
_MARK = re.compile(r"[0-9]([.,])[0-9]+$")
BILLION = Decimal(10) ** 9


class Scale:
    """Reads the cells of one column whose figures are in a unit of their own.

    With ``currency`` (ISO code; of columns of money alone), a cell may name its own unit, which
    stands in the place of the column's: «2,5 tỷ». ``mark`` is the decimal mark where it is known.
    """

    def __init__(
        self, column: Column, unit: Unit, found: Iterable[str], currency: str = "", mark: str = ""
    ) -> None:
        self.column, self.unit = column, unit
        self.currency, self.mark = currency, mark
        self.share = unit.kind == SHARE
        self.whole = column.kind == "int" or (column.kind == "text" and not self.share)
        texts: list[str] = []
        self.own: list[str] = []
        """Cells that name a multiplier of their own."""
        for cell in found:
            parts = in_cell(cell, currency) if currency else ()
            texts += [figure for figure, _ in parts]
            if any(u.times != Decimal(10) ** minor_digits(currency) for _, u in parts):
                self.own.append(cell)
            if not parts and cell[:1] not in values.MARKS and cell.strip():
                texts.append(values.clean(cell))
        self.decimal_marks = {
            m[1] for t in texts if not _GROUPED.fullmatch(t) and (m := _MARK.search(t))
        }
        self.example: tuple[str, str] | None = None
        """A cell and what it was read as, for the sentence; grouped digits come first."""
        self._grouped = False

    def read(self, cell: str) -> values.Reading:
        """The figure of a cell in the column's own unit; parts of a list one by one."""
        if problem := values.trouble(cell):
            return values.Reading(problem=problem)
        if self.column.kind == "list":
            reading = values.listed(cell, self._one)
        else:
            reading = self._one(cell)
        grouped = reading.note == "read_thousands"
        first = self.example is None or (grouped and not self._grouped)
        if not reading.problem and first and not (self.currency and in_cell(cell, self.currency)):
            value = reading.value
            read = "; ".join(map(str, value)) if isinstance(value, tuple) else value
            self.example = (values.shown(cell), read)
            self._grouped = grouped
        return reading

    def _one(self, cell: str) -> values.Reading:
        if self.currency and (parts := in_cell(cell, self.currency)):
            return self._own(parts)
        if self.mark:
            cell = values.decided(cell, self.mark)
        text = values.clean(cell)
        if not self.share and (grouped := _GROUPED.fullmatch(text)):
            if grouped[1] in self.decimal_marks or self.unit.times >= BILLION:
                return values.Reading(problem="number_ambiguous")
            digits = re.sub(r"[ .,'’]", "", text)
            return self._scaled(Decimal(digits), "read_thousands")
        if self.share or not (reading := values.whole(cell)).problem:
            reading = values.decimal(cell, ratio=True) if self.share else reading
        else:
            first = reading
            reading = values.decimal(cell)
            if reading.problem:
                kept = reading.problem == "number_ambiguous"
                return reading if kept else first
        if reading.problem:
            return reading
        if reading.note == "read_percent":
            return reading if self.share else values.Reading(problem="unit_beside_percent")
        return self._scaled(Decimal(reading.value), reading.note)

    def _own(self, parts: Sequence[tuple[str, Unit]]) -> values.Reading:
        """The sum of figures that name their own units; one that could be thousands or decimals is
        thousands where the unit's language groups so, unless the column shows otherwise."""
        total, major = Decimal(0), Decimal(10) ** minor_digits(self.currency)
        for text, unit in parts:
            if unit.times == major and self.unit.times not in (1, major):
                return values.Reading(problem="unit_beside_cell")
            figure, mark = text, self.mark
            if values.open_figures(text):
                here, other = (".", ",") if "." in text else (",", ".")
                small = unit.times / major < BILLION
                small = small and (unit.times == major or _groups(unit) == here)
                if not mark and (here in self.decimal_marks or not (small or self.decimal_marks)):
                    return values.Reading(problem="number_ambiguous")
                figure = values.decided(text, mark or other)
            reading = values.decimal(figure)
            if reading.problem:
                return reading
            total += reading.value * unit.times
        if self.whole and total != total.to_integral_value():
            return values.Reading(problem="unit_not_whole")
        return values.Reading(int(total) if self.whole else total, "read_thousands")

    def _scaled(self, value: Decimal, note: str) -> values.Reading:
        times = value * self.unit.times
        figure = times / self.unit.over
        if self.whole:
            if times % self.unit.over or figure != figure.to_integral_value():
                return values.Reading(problem="unit_not_whole")
            return values.Reading(int(figure), note)
        return values.Reading(Decimal(values.plain_number(str(figure))), note)

    def cell(self, cell: str) -> str:
        """The cell as a number in the column's own unit; as it stands where it cannot be read."""
        if not cell.strip() or (reading := self.read(cell)).problem:
            return cell
        if isinstance(reading.value, tuple):
            return "; ".join("" if v is None else values.safe_number(v) for v in reading.value)
        return values.NUMBER + values.plain_number(str(reading.value))

    def say(self, place: Place, text: str, log: Log) -> None:
        """Says of a column headed ``text`` that its figures were brought to its own unit."""
        read = ((c, self.read(c)) for c in self.own)
        shown = next(((values.shown(c), r.value) for c, r in read if not r.problem), None)
        if shown is not None:
            said: dict[str, Any] = {"value": shown[0], "read": shown[1], "count": len(self.own)}
            log.warn("unit_in_cells", place, name=text, **said)
        if self.example is None or self.unit.same:
            return
        unit, (value, read_as) = self.unit, self.example
        divided = unit.over != 1 and unit.times == 1
        factor = Decimal(unit.over) if divided else unit.times / unit.over
        times = int(factor) if factor == int(factor) else factor
        code = "unit_divided" if divided else "unit_applied"
        log.warn(code, place, name=text, unit=unit.text, times=times, value=value, read=read_as)


def scaled(
    column: Column,
    unit: Unit,
    found: Sequence[str],
    place: Place,
    text: str,
    log: Log,
    currency: str = "",
    mark: str = "",
) -> Scale:
    """How the cells ``found`` of a column headed ``text`` are read; of money in ``currency``.

    A column headed «%» may hold shares all the same, since a workbook shows 0.05 as 5% where the
    cell is formatted so; a finding says it where no figure of the column passes 1.
    """
    if unit.kind == SHARE and not unit.same:
        parts = (q for c in found for q in ([c] if c[:1] in values.MARKS else c.split(";")))
        read_parts = [values.decimal(q, ratio=True) for q in parts if q.strip()]
        plain_parts = [r for r in read_parts if r.problem or r.note != "read_percent"]
        small = all(not r.problem and abs(r.value) <= 1 for r in plain_parts)
        if small and any(r.value for r in plain_parts):
            log.error("unit_percent_doubtful", place, name=text, unit=unit.text)
    return Scale(column, unit, found, currency if unit.kind in (MONEY, "") else "", mark)
