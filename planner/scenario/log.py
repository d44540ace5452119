"""The list of what a reading found: findings, and notes on what was interpreted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from planner.errors import Finding, Place, Severity

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
