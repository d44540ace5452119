"""Rows that sum up or head others: by their words, their counter, or their figures.

Three kinds of evidence: words («Tổng cộng (I+II)», «Ward 1 subtotal»), a counter that only
headings bear (I, II beside 1, 2), and figures that are the sum of the rows beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.scenario import cells
from planner.scenario.units import plain

SUMMED = ("pupils", "classes", "teachers", "staff", "rooms")
"""Figures of schools that a subtotal sums."""
FEW = 200
"""Rows of a table in which figures that are the sum of others are no coincidence."""
_WORD = re.compile(r"t[oổ]|c[oộ]ng|sum|to[aà]n|all schools|overall|l[uũ]y|tc", re.IGNORECASE)
_SUB = r"(?:sub[- ]?totals?|grand totals?|sum totals?)"
_EXACT = re.compile(
    rf"(?:tong(?: cong| so| kinh phi| hop| chung)?|cong(?: don| lai)?|totals?|sum|{_SUB}|tc"
    r"|toan (?:quan|huyen|phuong|xa|thanh pho|tinh|nganh|bo|dia ban|truong)|all schools|overall"
    r"|luy ke|total general|ensemble)"
)
_ROMAN_WORD = r"(?:[ivx]{1,5}\b|[(:\d])"
_BEGINS = re.compile(
    r"tong (?:cong|so|kinh phi|khoi|toan|chung|cac|phuong|xa|quan|huyen|nhom|cap|bac|muc|phan"
    rf"|truong|hop|{_ROMAN_WORD}).*"
    r"|tong\s*[-(:–].*"
    r"|cong\s*[-(:–].*|cong (?:khoi|phuong|xa|quan|huyen|nhom|cap|bac|cac|toan|muc|phan|lai|don"
    rf"|chung|truong|tieu hoc|mam non|thcs|thpt|{_ROMAN_WORD}).*"
    rf"|{_SUB}\b.*|totals?\s*[-(:–].*"
    r"|totals? (?:of|for|all|in|ward|group|primary|secondary|schools?|pupils|students|number"
    r"|district|cluster|preschool|level|area|zone|[ivx]{1,5}|[a-z]|\d+)\b.*"
    r"|sum of .*|toan (?:quan|huyen|phuong|xa|thanh pho|tinh|nganh) .*"
)
_ENDS = re.compile(rf".+\b(?:{_SUB}|totals?|tong cong|tong so)(?:\s*\(.*\))?")
_GROUPS = re.compile(
    r"(?:khoi|cap|bac|nhom|cum|cac truong|phuong|xa|quan|huyen|ward|district|cluster|group|zone"
    r"|all|tong|total|sum|toan|level|schools)\b.*"
)
_HEADED = re.compile(r"[IVX]{1,5}\s*[.)/:–-]\s*\S.*")
_ROMAN = re.compile(r"\(?[IVXLC]{1,6}[.)]?")
_LETTER = re.compile(r"\(?[A-ZĐ][.)]?")
_ARABIC = re.compile(r"\(?\d+[.)]?")
_CHILD = re.compile(r"(\d+)(?:[.,-]\d+)+[.)]?")


def is_total(cell: str) -> bool:
    """Whether a cell says «Tổng cộng» or the like, and nothing else."""
    return bool(_WORD.search(cell)) and bool(_EXACT.fullmatch(plain(cell)))


def like_total(cell: str) -> bool:
    """Whether a cell begins or ends like a total: «Tổng cộng (I+II)», «Ward 1 subtotal»."""
    if not _WORD.search(cell):
        return False
    text = plain(cell.lstrip(cells.MARKS))
    return bool(_EXACT.fullmatch(text) or _BEGINS.fullmatch(text) or _ENDS.fullmatch(text))


def like_group(cell: str) -> bool:
    """Whether a cell may name several schools: «Khối tiểu học», «Ward 1», «I. Mầm non»."""
    text = cells.clean(cell)
    return bool(_HEADED.fullmatch(text) or _GROUPS.fullmatch(plain(text)))


def is_headed(cell: str) -> bool:
    """Whether a name begins with a roman counter: «I. Khối tiểu học»."""
    return bool(_HEADED.fullmatch(cells.clean(cell)))


def heading_counters(counters: Iterable[str]) -> set[str]:
    """Those entries of a column of counters that only headings bear, beside plain ones."""
    found = {cells.clean(c.lstrip(cells.MARKS)) for c in counters} - {""}
    parents = {m[1] for c in found if (m := _CHILD.fullmatch(c))}
    heads = {c for c in found if c.strip("().") in parents and _ARABIC.fullmatch(c)}
    arabic = {c for c in found if _ARABIC.fullmatch(c) or _CHILD.fullmatch(c)} - heads
    if arabic:
        return heads | {c for c in found if _ROMAN.fullmatch(c) or _LETTER.fullmatch(c)}
    roman = {c for c in found if _ROMAN.fullmatch(c)}
    letters = {c for c in found if _LETTER.fullmatch(c)} - roman
    return letters if any(len(c.strip("().")) > 1 for c in roman) else set()


@dataclass(frozen=True)
class Sum:
    """A row whose figures are the sum of a run of others."""

    row: int
    members: tuple[int, ...]
    """The rows that it sums, in order."""
    whole: bool
    """Whether it sums all other rows that are no sums."""


def sums(figures: np.ndarray, rows: Sequence[int]) -> list[Sum]:
    """Rows that are the sum of two or more rows right below or above them, or of all others;
    beside such, rows that repeat one row.

    ``figures`` is ``[row, column]``; at least two columns are more than 0 and all agree. Sums
    that are found are left out before the next round, so that totals of subtotals are found.
    """
    left, found = list(rows), []
    for _ in range(4):
        new = _round(figures, left)
        if not new:
            break
        found += new
        gone = {s.row for s in new}
        left = [r for r in left if r not in gone]
    return found


def _round(figures: np.ndarray, left: list[int]) -> list[Sum]:
    """Sums among the rows that are left, none of which is a member of another."""
    if len(left) < 3:
        return []
    part = figures[left]
    prefix = np.vstack([np.zeros((1, part.shape[1]), dtype=part.dtype), part.cumsum(axis=0)])
    all_rows = tuple(prefix[-1].tolist())
    places: dict[tuple[int, ...], list[int]] = {}
    for place, key in enumerate(map(tuple, prefix.tolist())):
        places.setdefault(key, []).append(place)
    found: list[Sum] = []
    taken: set[int] = set()
    for place, row in enumerate(left):
        value = part[place]
        if row in taken or (value > 0).sum() < 2:
            continue
        if tuple((2 * value).tolist()) == all_rows:
            members: tuple[int, ...] = tuple(r for r in left if r != row)
            return [Sum(row, members, True)]
        run = _run(prefix, places, place, value)
        members = tuple(left[p] for p in run)
        full = [m for m in members if (figures[m] > 0).any()]
        if len(full) > 1 and not taken & set(members):
            found.append(Sum(row, members, False))
            taken |= {row, *members}
    return found + _over_one(figures, left, found, taken) if found else found


def _over_one(figures: np.ndarray, left: list[int], found: list[Sum], taken: set[int]) -> list[Sum]:
    """Beside sums of several: rows that repeat the one row on the side where the others sum."""
    above = sum(s.row < s.members[0] for s in found) * 2 >= len(found)
    lone: list[Sum] = []
    for first, second in zip(left, left[1:], strict=False):
        same = (figures[first] == figures[second]).all() and (figures[first] > 0).sum() > 1
        if same and not taken & {first, second}:
            row, member = (first, second) if above else (second, first)
            lone.append(Sum(row, (member,), False))
            taken |= {first, second}
    return lone


def _run(
    prefix: np.ndarray, places: Mapping[tuple[int, ...], list[int]], place: int, value: np.ndarray
) -> range:
    """The rows right below, or right above, that ``value`` is the sum of."""
    below = places.get(tuple((prefix[place + 1] + value).tolist()), [])
    if ends := [p for p in below if p > place + 1]:
        return range(place + 1, ends[0])
    above = places.get(tuple((prefix[place] - value).tolist()), [])
    if begins := [p for p in above if p < place]:
        return range(begins[-1], place)
    return range(0)
