"""Collecting findings, with a ceiling for each kind so that a ruined file stays readable."""

from __future__ import annotations

from collections import Counter
from typing import Any

from planner.errors import Finding, Place

CEILING = 500
"""Findings of one code in one file that are listed; the rest are counted."""


class Report:
    """The findings of one audit, in the order they were made."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        code: str,
        file: str,
        row: int | None = None,
        column: str = "",
        key: str = "",
        **params: Any,
    ) -> None:
        """Note a finding at ``file``, ``row`` (the header is row 1) and ``column``."""
        self._seen[code, file] += 1
        if self._seen[code, file] <= CEILING:
            place = Place(file=file, row=row, column=column, key=key)
            self._findings.append(Finding(code, place, params))

    def findings(self) -> list[Finding]:
        """All findings; kinds beyond the ceiling end with how many more there are."""
        more = [
            Finding("audit_more", Place(file=file), {"code": code, "count": count - CEILING})
            for (code, file), count in self._seen.items()
            if count > CEILING
        ]
        return [*self._findings, *more]


def rule_key(rule: str, *parts: object) -> str:
    """The row key of a rule: ``fund_within_budget[district,2024]``; alone where it has one row."""
    key = ",".join(str(p) for p in parts)
    return f"{rule}[{key}]" if key else rule
