"""Rows that sum up or head others: by their words, their counter, or their figures.

Three kinds of evidence: words («Tổng cộng (I+II)», «Ward 1 subtotal»), a counter that only
headings bear (I, II beside 1, 2), and figures that are the sum of the rows beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.scenario import cells
from planner.scenario.units import plain

SUMMED = ("pupils", "classes", "teachers", "staff", "rooms")
"""Figures of schools that a subtotal sums."""
FEW = 200
"""Rows of a table in which figures that are the sum of others are no coincidence."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_WORD = re.compile(
    r"t[oổ]|c[oộ]ng|sum|to[aà]n|all schools|overall|l[uũ]y|tc|qu[aâ]n|trung b|trong"
    r"|average|mean|l[eệ]|percent|share|which|ensemble",
    re.IGNORECASE,
)
_SUB = r"(?:sub[- ]?totals?|grand totals?|sum totals?)"
_EXACT = re.compile(
    rf"(?:tong(?: cong| so| kinh phi| hop| chung)?|cong(?: don| lai)?|totals?|sum|{_SUB}|tc"
    r"|toan (?:quan|huyen|phuong|xa|thanh pho|tinh|nganh|bo|dia ban|truong)|all schools|overall"
    r"|luy ke|total general|ensemble|binh quan( chung)?|trung binh( chung)?|average|mean|ty le"
    r"|percentage|share|trong do|of which)"
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
    r"|sum of .*|averages? (?:of|for|per|\().*|trong do\b.*|of which\b.*"
    r"|toan (?:quan|huyen|phuong|xa|thanh pho|tinh|nganh) .*"
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
    if " " not in text and "(" not in text:
        return bool(_EXACT.fullmatch(text))
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

    ``figures`` is ``[row, column]``; all columns agree, at least two of several are above 0. Sums
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
    weights = np.cumprod(np.full(part.shape[1], _MIX, dtype=np.uint64), dtype=np.uint64)
    marks = (part.astype(np.uint64) * weights).sum(axis=1, dtype=np.uint64)
    # Marks wrap around but stay sums of marks: equal sums of rows have equal marks, so that only
    # few rows are looked at closely.
    prefix = np.concatenate([np.zeros(1, dtype=np.uint64), marks.cumsum(dtype=np.uint64)])
    filled = (part > 0).sum(axis=1) >= min(2, part.shape[1])
    whole = np.flatnonzero(filled & (marks * np.uint64(2) == prefix[-1]))
    for place in map(int, whole):
        if (2 * part[place] == part.sum(axis=0)).all():
            members: tuple[int, ...] = tuple(r for r in left if r != left[place])
            return [Sum(left[place], members, True)]
    below, above = prefix[1:] + marks, prefix[:-1] - marks
    near = filled & (np.isin(below, prefix) | np.isin(above, prefix))
    places: dict[int, list[int]] = {}
    for place, key in enumerate(prefix.tolist() if near.any() else []):
        places.setdefault(key, []).append(place)
    found: list[Sum] = []
    taken: set[int] = set()
    for place in map(int, np.flatnonzero(near)):
        runs = [
            *(range(place + 1, p) for p in places.get(int(below[place]), []) if p > place + 1),
            *(range(p, place) for p in places.get(int(above[place]), [])[::-1] if p < place),
        ]
        for run in runs:
            members = tuple(left[p] for p in run)
            several = (part[run.start : run.stop] > 0).any(axis=1).sum() > 1
            same = (part[run.start : run.stop].sum(axis=0) == part[place]).all()
            if several and same and not taken & {left[place], *members}:
                found.append(Sum(left[place], members, False))
                taken |= {left[place], *members}
                break
    return found + _over_one(figures, left, found, taken) if found else found


def _over_one(figures: np.ndarray, left: list[int], found: list[Sum], taken: set[int]) -> list[Sum]:
    """Beside sums of several: rows that repeat the one row on the side where the others sum."""
    above = sum(s.row < s.members[0] for s in found) * 2 >= len(found)
    lone: list[Sum] = []
    for first, second in zip(left, left[1:], strict=False):
        same = (figures[first] == figures[second]).all() and (figures[first] > 0).any()
        if same and not taken & {first, second}:
            row, member = (first, second) if above else (second, first)
            lone.append(Sum(row, (member,), False))
            taken |= {first, second}
    return lone
