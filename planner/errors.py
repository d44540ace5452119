"""What can go wrong, said once: findings, the exceptions that carry them, exit codes.

A :class:`Finding` holds a stable code, the place it was found at and the parameters of its
sentence; the sentences themselves live in :mod:`planner.messages`, so that one finding reads
in Vietnamese and in English without a second source of truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from planner.messages import language, say


class ExitCode(IntEnum):
    """How a command ended; part of the public contract (README, ``planner schema``)."""

    OK = 0
    """A plan within the gap asked for, or nothing found."""
    INTERNAL = 1
    """A defect of ours."""
    USAGE = 2
    """The command line could not be understood."""
    INPUT = 3
    """The input has findings; nothing was written."""
    INFEASIBLE = 4
    """Proven: no plan satisfies every rule."""
    STOPPED = 5
    """A limit or Ctrl-C stopped the solve; a plan, if any, was written with its true gap."""
    AUDIT = 6
    """The audit found something; no plan was published."""


class Severity(StrEnum):
    """Whether a finding stops the work."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a finding was made. Every part is optional; an empty part is left out of the text.

    ``file`` is relative to the scenario's folder, ``row`` the row a person sees in the file
    (the header of a plain CSV is row 1), ``column`` a header, a spreadsheet letter or, for
    YAML, the character's position from 1.
    """

    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    key: str = ""
    letter: str = field(default="", compare=False, repr=False)
    """The spreadsheet letter of the column where its header stands in ``column``."""

    @property
    def cell(self) -> str:
        """The cell as a spreadsheet names it (``F7``); empty where the row or the column's letter
        is not known."""
        letters = self.letter or (self.column if self.sheet else "")
        known = self.row is not None and letters.isascii() and letters.isalpha()
        return f"{letters}{self.row}" if known and letters.isupper() else ""

    def __str__(self) -> str:
        if self.sheet:
            cell = f"{self.column}{self.row if self.row is not None else ''}"
            text = ":".join(
                p for p in (self.file, "!".join(q for q in (self.sheet, cell) if q)) if p
            )
        else:
            row = "" if self.row is None else str(self.row)
            text = ":".join(p for p in (self.file, row, self.column) if p)
        return f"{text} [{self.key}]" if text and self.key else (text or self.key)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (or doubtful): a stable code, its place, its parameters."""

    code: str
    where: Place = field(default_factory=Place)
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = Severity.ERROR

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values (``--json``)."""
        place = {k: getattr(self.where, k) for k in ("file", "sheet", "row", "column", "key")}
        return {
            "code": self.code,
            "severity": str(self.severity),
            "where": {k: v for k, v in place.items() if v not in ("", None)},
            "params": {k: str(v) for k, v in self.params.items()},
        }


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Those findings that stop the work."""
    return [f for f in findings if f.severity is Severity.ERROR]


class PlannerError(Exception):
    """Base of every error that a user may meet; each knows the exit code it ends with.

    Examples
    --------
    >>> import planner
    >>> int(planner.InputError.exit_code), int(planner.SolverError.exit_code)
    (3, 1)
    """

    exit_code: ExitCode = ExitCode.INTERNAL


class FoundError(PlannerError):
    """An error that carries findings; its text says each in the chosen language."""

    lang: str | None = None
    """The language of the call that raised it; ``None``: the one chosen when it is read."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("; ".join(f"{f.where} {f.code}".strip() for f in self.findings))

    def __str__(self) -> str:
        lines, lang = [], self.lang or language()
        for finding in self.findings:
            known = f"{finding.where} {finding.code}".strip()
            try:
                lines.append(f"{known}: {say(finding.code, lang, **finding.params)}")
            except KeyError:
                lines.append(known)  # no sentence belongs to the code
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.findings,), {} if self.lang is None else {"lang": self.lang}


class InputError(FoundError):
    """The input cannot be used; carries *all* findings, errors and warnings alike.

    Examples
    --------
    >>> import planner
    >>> try:
    ...     planner.load("scenarios/three-schools", {"tial_years": 2})
    ... except planner.InputError as error:
    ...     [finding.code for finding in error.findings]
    ['key_unknown']
    """

    exit_code = ExitCode.INPUT


class AuditError(FoundError):
    """A plan was computed, but the audit does not agree with it: it is not published.

    Examples
    --------
    >>> import planner
    >>> issubclass(planner.AuditError, planner.PlannerError)
    True
    """

    exit_code = ExitCode.AUDIT


class SolverError(PlannerError):
    """The engine is missing, crashed or reported what cannot be (``detail`` says which).

    Examples
    --------
    >>> import planner
    >>> try:
    ...     planner.solve("scenarios/three-schools", solver="abacus")
    ... except planner.SolverError as error:
    ...     error.code
    'solver_unknown'
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.detail)


class NoPlanError(PlannerError):
    """A plan was asked for where none exists; ``status`` says why.

    Examples
    --------
    >>> import planner
    >>> result = planner.solve("scenarios/three-schools", relax=True)
    >>> try:
    ...     result.plan
    ... except planner.NoPlanError as error:
    ...     error.status
    'optimal'
    """

    def __init__(self, status: str, exit_code: ExitCode) -> None:
        self.status = status
        self.exit_code = exit_code
        super().__init__(f"there is no plan: {status}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.status, self.exit_code)


class StoppedError(PlannerError):
    """Somebody wanted the work to end (``stop``) where there is nothing yet to keep: nothing was
    written, and nothing is given back.

    Examples
    --------
    >>> import planner
    >>> try:
    ...     planner.check("scenarios/three-schools", stop=lambda: True)
    ... except planner.StoppedError as error:
    ...     int(error.exit_code)
    5
    """

    exit_code = ExitCode.STOPPED

    def __init__(self, phase: str = "") -> None:
        self.phase = phase
        super().__init__(f"stopped: {phase}" if phase else "stopped")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.phase,)
