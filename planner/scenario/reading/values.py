"""Cells as offices type them → exact values, or the reason why not. Nothing is guessed.

A cell is text. Cells that a workbook or a YAML file holds as a number, a date, yes/no or an
error carry a *mark*, a control character in front, so that ``15.450`` typed as text and the
number 15.45 are never confused (control characters in the data itself are findings).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from planner.messages import WORDS, spellings

NUMBER, DATE, TRUTH, ERROR, FORMULA = "\x01", "\x02", "\x03", "\x04", "\x05"
MARKS = NUMBER + DATE + TRUTH + ERROR + FORMULA
TEXT_LIMIT = 200
"""Characters in a name or title."""
LONG_TEXT_LIMIT = 5000
"""Characters in any other text."""
EXCEL_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!")
FORMULA_STARTS = tuple("=+-@＝＋－＠")
"""What a formula begins with in spreadsheets, full-width forms included."""
DIGITS_LIMIT = 40
"""Digits in a number."""


class Reading(NamedTuple):
    """What a cell says: a value, perhaps interpreted (``note``), or a ``problem``."""

    value: Any = None
    note: str = ""
    problem: str = ""


_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009\u2007\u2002\u2003", " "))
_WIDE = str.maketrans("０１２３４５６７８９．，％－", "0123456789.,%-")
"""Digits and marks of full width, which some keyboards type."""
_FOOTNOTE = re.compile(r"(?<=[0-9])\s?[*†‡]+$")
"""Marks of a footnote behind a figure; one alone stands for a figure that is missing."""
_PLAIN = re.compile(r"[+-]?[0-9]+")
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+|(?:[ '’][0-9]{3})+)")
_ONE_MARK = re.compile(r"([+-]?[0-9]+)[.,]([0-9]+)")
_TWO_MARKS = re.compile(
    r"([+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+),([0-9]+)"
    r"|([+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+)\.([0-9]+)"
    r"|([+-]?[1-9][0-9]{0,2}(?:[ '’][0-9]{3})+)[.,]([0-9]+)"
)
_BARE_FRACTION = re.compile(r"([+-]?)[.,]([0-9]+)")
_THOUSANDS_OR_DECIMALS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_WITH_TEXT = re.compile(r"[+-]?[0-9][0-9.,' ]*\s*[^\W\d_].*|[^\W\d_].*?[0-9].*", re.S)
_DATES = (
    re.compile(r"(?P<d>[0-9]{1,2})[/.-](?P<m>[0-9]{1,2})[/.-](?P<y>[0-9]{4})"),
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})(?:[T ][0-9:.]+)?"),
)
_SIGNED = re.compile(r"[+-][0-9][0-9.,]*")
_TRUE, _FALSE = frozenset(WORDS["truth"]["yes"]), frozenset(WORDS["truth"]["no"])
_PART_OF_YEAR = re.compile(
    r"(?:qu[ýyí]|quarter|q)\.?\s*(?:[1-4]|i{1,3}|iv)\s*[/,. –-]?\s*(?:năm\s*)?((?:19|20)[0-9]{2})"
    r"|(?:tháng|thg|t|month)?\.?\s*(?:0?[1-9]|1[0-2])\s*[/.-]\s*((?:19|20)[0-9]{2})"
    r"|(?:năm|fy|year)\s*((?:19|20)[0-9]{2})",
    re.IGNORECASE,
)
"""«Quý III/2026», «Q3 2026», «tháng 9/2026», «9/2026»."""


def clean(cell: str) -> str:
    """A text cell in Unicode's composed form, ends trimmed."""
    return unicodedata.normalize("NFC", cell).translate(_SPACES).strip()


def trouble(cell: str, limit: int = LONG_TEXT_LIMIT) -> str:
    """Why a cell cannot be read whatever its column: an Excel error, hidden characters, length."""
    if len(cell) <= limit and cell[:1] != "#" and cell.isascii() and cell.isprintable():
        return ""
    if cell[:1] == ERROR or cell in EXCEL_ERRORS:
        return "cell_error"
    if cell[:1] == FORMULA:
        return "cell_formula_without_value"
    if len(cell) > limit:
        return "text_too_long"
    if any(
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and c not in "\n\r\t"
        for c in cell.lstrip(MARKS)
    ):
        return "text_hidden_character"
    return ""


def like_formula(cell: str) -> str:
    """The code of the finding for a text that a spreadsheet takes for a formula, or nothing.

    The texts of a scenario stand in the CSV files of plan folders as they are, and a spreadsheet
    calculates what begins with ``=``, ``+``, ``-`` or ``@``, also after a tab. Numbers are safe.
    """
    if cell[:1] in MARKS and cell[:1]:
        return ""
    text = clean(cell)
    if cell[:1] not in ("\t", "\r") and text[:1] not in FORMULA_STARTS:
        return ""
    return "" if not text or _SIGNED.fullmatch(text) else "text_like_formula"


def shown(cell: str) -> str:
    """A cell as a person would recognise it, short enough for a sentence."""
    text = cell.lstrip(MARKS + "\0")
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:60])
    return safe + ("…" if len(text) > 60 else "")


def plain_number(text: str) -> str:
    """A number's canonical text: no exponent, no superfluous zeros."""
    value = Decimal(text)
    whole = value.to_integral_value()
    return f"{whole:f}" if value == whole else f"{value.normalize():f}"


def safe_number(value: Decimal) -> str:
    """A decimal that no reader takes for thousands: ``1.234`` is written ``1.2340``."""
    text = f"{value:f}"
    return text + "0" if _THOUSANDS_OR_DECIMALS.fullmatch(text) else text


def open_figures(cell: str) -> list[str]:
    """The figures of a cell that could be thousands or decimals: ``1.234``."""
    return [p for p in _figures(cell) if _THOUSANDS_OR_DECIMALS.fullmatch(p)]


def decimal_mark(cells: Iterable[str]) -> tuple[str, str]:
    """The decimal mark that figures of a column leave no doubt of, and the first cell that shows
    it: ``2.31``, ``0.315`` and ``1,234.5`` show a point, ``1.234.567`` a comma. Nothing where none
    shows any, or two of them show different ones."""
    found: dict[str, str] = {}
    for cell in cells:
        for figure in _figures(cell):
            marks = [c for c in figure if c in ".,"]
            if not marks or _THOUSANDS_OR_DECIMALS.fullmatch(figure):
                continue
            if _GROUPED.fullmatch(figure):
                found.setdefault("," if marks[0] == "." else ".", cell)
            elif any(p.fullmatch(figure) for p in (_TWO_MARKS, _ONE_MARK, _BARE_FRACTION)):
                found.setdefault(marks[-1], cell)
    return next(iter(found.items())) if len(found) == 1 else ("", "")


def decided(cell: str, mark: str) -> str:
    """A cell whose figures could be thousands or decimals, as the decimal mark has them; any other
    cell as it stands."""
    if not open_figures(cell):
        return cell

    def plain(part: str) -> str:
        text = clean(part).replace("−", "-")
        if not _THOUSANDS_OR_DECIMALS.fullmatch(text):
            return part
        # With a 0 behind it, no figure can be thousands.
        return text.replace(mark, ".") + "0" if mark in text else re.sub("[.,]", "", text)

    return ";".join(map(plain, cell.split(";")))


def _figures(cell: str) -> list[str]:
    """What was typed with a point or a comma, part by part of a list; no percentages, whose mark is
    never open."""
    if cell[:1] in MARKS or not ("." in cell or "," in cell):
        return []
    return [t for p in cell.split(";") if not (t := clean(p).replace("−", "-")).endswith("%")]


def number_cell(text: str) -> str:
    """A number that a file holds as such, marked; one of absurd size stays text."""
    try:
        value = Decimal(text.replace("_", ""))
    except ArithmeticError:
        return text
    if not value.is_finite() or abs(value.adjusted()) > DIGITS_LIMIT or len(text) > DIGITS_LIMIT:
        return text
    return NUMBER + str(value)


def whole(cell: str) -> Reading:
    """A whole number; full groups of three are thousands, anything else is a problem."""
    if cell[:1] == NUMBER:
        value = Decimal(cell[1:])
        if value != value.to_integral_value():
            return Reading(problem="number_not_whole")
        return Reading(int(value))
    if cell[:1] in (DATE, TRUTH):
        return Reading(problem="number_unreadable")
    text = clean(cell).replace("−", "-").translate(_WIDE)
    if len(text) > DIGITS_LIMIT:
        return Reading(problem="number_unreadable")
    if (unmarked := _FOOTNOTE.sub("", text)) != text:
        return whole(unmarked)._replace(note="read_footnote")
    if _PLAIN.fullmatch(text):
        return Reading(int(text))
    if _GROUPED.fullmatch(text):
        return Reading(int(re.sub(r"[ .,'’]", "", text)), "read_thousands")
    return Reading(problem=_why_not_number(text, "number_not_whole"))


def decimal(cell: str, ratio: bool = False) -> Reading:
    """An exact decimal without superfluous zeros. In a ratio one mark is the decimal mark;
    elsewhere ``1.234`` could be either and is a problem."""
    reading = _decimal(cell, ratio)
    if reading.problem:
        return reading
    return Reading(Decimal(plain_number(str(reading.value))), reading.note)


def _decimal(cell: str, ratio: bool) -> Reading:
    if cell[:1] == NUMBER:
        return Reading(Decimal(cell[1:]))
    if cell[:1] in (DATE, TRUTH):
        return Reading(problem="number_unreadable")
    text = clean(cell).replace("−", "-").translate(_WIDE)
    if len(text) > DIGITS_LIMIT:
        return Reading(problem="number_unreadable")
    if (unmarked := _FOOTNOTE.sub("", text)) != text:
        return _decimal(unmarked, ratio)._replace(note="read_footnote")
    if text.count("%") > 1:
        return Reading(problem="number_unreadable")
    if text.endswith("%"):
        inner = _decimal(text[:-1].strip(), ratio=True)
        return inner if inner.problem else Reading(inner.value.scaleb(-2), "read_percent")
    if _PLAIN.fullmatch(text):
        return Reading(Decimal(text))
    if one := _ONE_MARK.fullmatch(text):
        if not ratio and _THOUSANDS_OR_DECIMALS.fullmatch(text):
            return Reading(problem="number_ambiguous")
        note = "read_decimal_comma" if "," in text else ""
        return Reading(Decimal(f"{one[1]}.{one[2]}"), note)
    if bare := _BARE_FRACTION.fullmatch(text):
        return Reading(Decimal(f"{bare[1]}0.{bare[2]}"), "read_bare_fraction")
    if _GROUPED.fullmatch(text):
        return Reading(Decimal(re.sub(r"[ .,'’]", "", text)), "read_thousands")
    if two := _TWO_MARKS.fullmatch(text):
        head, tail = [g for g in two.groups() if g is not None]
        joined = re.sub(r"[ .,'’]", "", head) + "." + tail
        return Reading(Decimal(joined), "read_thousands")
    return Reading(problem=_why_not_number(text, "number_unreadable"))


def threshold(cell: str) -> Reading:
    """Units as ``18``, or a share of the need as ``50%``, which a workbook keeps as 0.5.

    A bare 1 is no threshold: a workbook keeps 100% so, and coverage begins with one unit anyway.
    """
    reading = decimal(cell, ratio=True)
    if reading.problem:
        return reading
    value = reading.value
    if clean(cell).endswith("%") or 0 < value < 1:
        text = f"{plain_number(str(value.scaleb(2)))}%"
        if not 0 < value <= 1:
            return Reading(problem="threshold_unclear")
        return Reading(text, "" if clean(cell) == text else "read_threshold")
    if value < 2 or value != value.to_integral_value():
        return Reading(problem="threshold_unclear")
    return Reading(str(int(value)))


def _why_not_number(text: str, numeric: str) -> str:
    if _SCIENTIFIC.fullmatch(text):
        return "number_scientific"
    if _WITH_TEXT.fullmatch(text):
        return "number_with_text"
    if re.fullmatch(r"[+-]?[0-9 .,'’%]*[0-9][0-9 .,'’%]*", text):
        return numeric
    return "number_unreadable"


def year(cell: str) -> Reading:
    """A year; a date counts as its year."""
    if cell[:1] == DATE:
        day = date.fromisoformat(cell[1:11])
        serial = (day - date(1899, 12, 30)).days
        if 1990 <= serial <= 2100:
            return Reading(problem="year_shown_as_date")
        return Reading(day.year, "read_date_as_year")
    if cell[:1] in MARKS and cell[:1]:
        return whole(cell)
    text = clean(cell)
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            try:
                date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return Reading(problem="year_unreadable")
            return Reading(int(match["y"]), "read_date_as_year")
    if part := _PART_OF_YEAR.fullmatch(text):
        return Reading(int(next(g for g in part.groups() if g)), "read_date_as_year")
    reading = whole(cell)
    return reading if not reading.problem else Reading(problem="year_unreadable")


def day(cell: str) -> Reading:
    """A day: a date of a workbook, ``2024-03-15`` or ``15/03/2024``."""
    if cell[:1] == DATE:
        return Reading(date.fromisoformat(cell[1:11]))
    matches = (pattern.fullmatch(clean(cell)) for pattern in _DATES if cell[:1] not in MARKS)
    for match in (m for m in matches if m):
        with suppress(ValueError):
            return Reading(date(int(match["y"]), int(match["m"]), int(match["d"])))
    return Reading(problem="date_unreadable")


def truth(cell: str) -> Reading:
    """Yes or no, in Vietnamese or English."""
    text = plain_number(cell[1:]) if cell[:1] == NUMBER else clean(cell.lstrip(TRUTH))
    word = text.casefold()
    if word in _TRUE:
        return Reading(True)
    if word in _FALSE:
        return Reading(False)
    return Reading(problem="truth_unreadable")


def words(cell: str) -> Reading:
    """Text as it is meant: composed, trimmed; a number's canonical digits."""
    if cell[:1] == NUMBER:
        return Reading(plain_number(cell[1:]))
    if cell[:1] == DATE:
        return Reading(cell[1:11], "read_date_as_text")
    if cell[:1] == TRUTH:
        return Reading(cell[1:].lower())
    text = clean(cell)
    note = "read_composed" if not unicodedata.is_normalized("NFC", cell) else ""
    return Reading(text, note)


def choice(cell: str, names: dict[str, str]) -> Reading:
    """One of a closed list: its id, or one of the labels in ``names`` (folded → id)."""
    text = words(cell).value
    found = names.get(folded(text))
    if found is None:
        return Reading(problem="value_not_listed")
    return Reading(found, "" if text == found else "read_label")


LABELLED = ("group", "group_short", "level", "pillar", "nature", "firmness", "mode", "kind")
"""Families of our own labels in papers and screens, which offices copy back."""


@cache
def choice_names(choices: tuple[str, ...]) -> dict[str, str]:
    """Folded ids and labels of a closed list → its ids."""
    names: dict[str, str] = {}
    for choice in choices:
        labels = (label for family in LABELLED for label in spellings(f"label.{family}.{choice}"))
        for label in (choice, *spellings(f"value.{choice}"), *labels):
            names.setdefault(folded(label), choice)
    return names


def folded(text: str) -> str:
    """Text for comparing labels: composed, case and spacing ignored."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def listed(cell: str, element: Callable[[str], Reading]) -> Reading:
    """A ``;``-separated list; an empty part is ``None``."""
    if not cell.lstrip(MARKS).strip():
        return Reading(())
    parts = [cell] if cell[:1] in MARKS else cell.split(";")
    readings = [element(p.strip()) if p.strip() else Reading() for p in parts]
    for reading in readings:
        if reading.problem:
            return reading
    note = next((r.note for r in readings if r.note), "")
    return Reading(tuple(r.value for r in readings), note)


_WRONG = {
    "greater_than_equal": ("value_below", "ge"),
    "greater_than": ("value_not_above", "gt"),
    "less_than_equal": ("value_above", "le"),
    "less_than": ("value_not_below", "lt"),
}


def explained(error: Any) -> tuple[str, dict[str, Any]]:
    """Pydantic's complaint as a code of ours with its parameters."""
    context = error.get("ctx", {})
    kind = error["type"]
    given = error.get("input", "")
    value = shown(f"{given:f}" if isinstance(given, Decimal) else str(given))
    if kind in _WRONG:
        code, name = _WRONG[kind]
        bound = context[name]
        if abs(bound) < 10000:
            bound = f"{bound:f}" if isinstance(bound, Decimal) else str(bound)
        return code, {"value": value, "bound": bound}
    if kind == "too_fine":
        return "value_too_fine", {"value": value, "bound": str(context["places"])}
    if kind == "too_small":
        return "value_too_small", {"value": value, "bound": f"{context['least']:f}"}
    if kind == "string_pattern_mismatch":
        return "id_malformed", {"value": value}
    if kind == "string_too_long":
        return "text_too_long", {"value": value}
    if kind == "missing":
        return "key_missing", {"name": error["loc"][-1] if error["loc"] else ""}
    return "value_wrong_kind", {"value": value}
