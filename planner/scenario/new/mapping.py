"""What a person said of an office's files, what is still asked, and the mapping that keeps both.

An answer is an option (``--column``, ``--value``, ``--sheet``), a line of ``mapping.yaml`` or a
choice in the terminal; all three are the same :class:`Stated`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from planner.errors import Finding, Place
from planner.messages import say
from planner.scenario.reading import values as cells
from planner.scenario.reading.sources import Log

OUT = "-"
"""The answer that leaves something out."""
FILE = "mapping.yaml"
PARTS = ("sheets", "columns", "values", "words")
WORDS = ("item", "status", "school", "level", "group")
"""Fields whose words are kept with what they were taken for."""


@dataclass(frozen=True)
class Stated:
    """What the user said of the raw tables."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Field, or ``kind.field``, → header of the column that holds it."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Field → one value for every row; ``field:old`` → what the entry ``old`` means."""
    sheets: tuple[str, ...] = ()
    """Sheets or files that alone are read, or ``kind=sheet``."""

    def with_answer(self, option: str, key: str, value: str) -> Stated:
        """The same with one more answer."""
        if option == "--column":
            return replace(self, columns={**self.columns, key: value})
        if option == "--sheet":
            return replace(self, sheets=(*self.sheets, f"{key}={value}"))
        return replace(self, values={**self.values, key: value})

    def over(self, below: Stated) -> Stated:
        """The same, with what ``below`` says where this says nothing."""
        return Stated(
            {**below.columns, **self.columns},
            {**below.values, **self.values},
            (*self.sheets, *(s for s in below.sheets if s not in self.sheets)),
        )

    def value(self, name: str) -> str:
        """What was said of a field for every row, or an empty text."""
        return self.values.get(name, "")

    def words(self, name: str) -> dict[str, str]:
        """Entry, folded, → what the user says it means, for a field."""
        found = {}
        for key, value in self.values.items():
            begin, _, old = key.partition(":")
            if begin == name and old:
                found[cells.folded(old)] = value
        return found

    def headers(self, kind: str) -> dict[str, str]:
        """Folded header → field, for sheets of a kind."""
        found = {}
        for key, header in self.columns.items():
            scope, _, name = key.rpartition(".")
            if scope in ("", kind):
                found[cells.folded(header)] = name
        return found

    def sheet_kind(self, file: str, sheet: str) -> str:
        """The kind that the user named a sheet, or an empty text."""
        for text in self.sheets:
            kind, sign, name = text.partition("=")
            if sign and cells.folded(name) in (cells.folded(sheet or file), cells.folded(file)):
                return kind
        return ""


@dataclass(frozen=True)
class Question:
    """What only a person can say."""

    finding: Finding
    option: str
    """``--value``, ``--column`` or ``--sheet``."""
    key: str
    choices: tuple[str, ...]
    """What may be answered; empty where anything may."""


@dataclass
class Inquiry(Log):
    """Findings and notes, and the questions among them."""

    questions: list[Question] = field(default_factory=list)
    found: dict[str, dict[str, Any]] = field(default_factory=lambda: {p: {} for p in PARTS})
    """What became what, for the mapping."""
    closed: dict[str, str] = field(default_factory=dict)
    """Names of schools that were left out as closed, each for itself."""

    def ask(
        self,
        code: str,
        where: Place,
        key: str,
        choices: tuple[str, ...] = (),
        /,
        *,
        option: str = "--value",
        gap: bool = False,
        **params: Any,
    ) -> None:
        """Ask something; with ``gap`` the work goes on, and the workbook has the gap."""
        before = len(self.findings)
        (self.warn if gap else self.error)(code, where, **params)
        self.questions.append(Question(self.findings[before], option, key, choices))

    def keep(self, part: str, scope: str, name: str, value: str) -> None:
        """Note for the mapping that ``name`` became ``value``."""
        self.found[part].setdefault(scope, {})[name] = value


def read(path: Path, log: Log) -> Stated:
    """The answers that a mapping holds; what is wrong with it is a finding."""
    place = Place(path.name)
    try:
        tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        log.error("file_unreadable", place, path=str(path), reason=reason)
        return Stated()
    except (YAMLError, RecursionError, ValueError):
        log.error("mapping_unreadable", place)
        return Stated()
    if not isinstance(tree, dict) or tree.get("mapping") != 1:
        log.error("mapping_unreadable", place)
        return Stated()
    said = Stated()
    for part, content in tree.items():
        whole = part == "mapping" or (part in PARTS and isinstance(content, dict))
        if not whole:
            log.error("mapping_part_unknown", place, name=str(part), parts=", ".join(PARTS))
        for name, inner in content.items() if whole and part != "mapping" else ():
            nested = part in ("columns", "words")
            if nested and not isinstance(inner, dict):
                log.error("mapping_part_unknown", place, name=f"{part}.{name}", parts="{…}")
            else:
                said = _part(str(part), str(name), inner).over(said)
    return said


def _part(part: str, name: str, inner: Any) -> Stated:
    """What one entry of a mapping says."""
    if part == "values":
        return Stated(values={name: _text(inner)})
    if part == "columns":
        return Stated({f"{name}.{old}": _text(new) for old, new in inner.items()})
    if part == "words":
        return Stated(values={f"{name}:{_text(old)}": _text(new) for old, new in inner.items()})
    several = inner if isinstance(inner, list) else [inner]
    return Stated(sheets=tuple(f"{name}={_text(s)}" for s in several))


def _text(value: Any) -> str:
    """A plain value of YAML as people typed it."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def written(inquiry: Inquiry, stated: Stated, lang: str) -> str:
    """The mapping as YAML: what became what, and what was answered."""
    found = {part: {k: v for k, v in inquiry.found[part].items() if v} for part in PARTS}
    for key, value in stated.values.items():
        name, _, old = key.partition(":")
        if old:
            found["words"].setdefault(name, {}).setdefault(old, value)
        else:
            found["values"][name] = value
    buffer = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 10_000
    yaml.dump({"mapping": 1, **{part: found[part] for part in PARTS if found[part]}}, buffer)
    head = say("mapping_head", lang, file=FILE)
    return "".join(f"# {line}\n" for line in head.splitlines()) + buffer.getvalue()
