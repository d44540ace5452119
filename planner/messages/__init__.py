"""Every sentence that people read, in Vietnamese and English, beside the codes it belongs to.

A catalogue module holds ``SENTENCES: dict[str, Pair]``; :func:`say` finds the sentence of a
code and fills in its parameters, formatted for the language (``1.234.567,8`` in Vietnamese).

A sentence is a template. ``{count}`` is a parameter; ``[[… {count} …]]`` is left out where the
parameter is unknown; ``{count:school is|schools are}`` is the one word or the other, as the
parameter is one or not (``1 school is``, ``0 schools are``, ``2 schools are``). Vietnamese needs
no such choice; each language has its own, beside each other in the pair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.messages.numbers import shown

if TYPE_CHECKING:
    from planner.errors import Finding

CATALOGUES = (
    "inputs",
    "checking",
    "columns",
    "understanding",
    "auditing",
    "summary",
    "labels",
    "figures",
    "doors",
    "report",
    "letters",
    "comparing",
    "locking",
    "explaining",
    "ruling",
    "measures",
)
"""Modules of this package that hold sentences."""
LANGUAGES = ("vi", "en")


class Pair(NamedTuple):
    """One sentence in both languages."""

    vi: str
    en: str


@cache
def sentences() -> dict[str, Pair]:
    """All sentences by code; a code defined twice is a defect."""
    found: dict[str, Pair] = {}
    for name in CATALOGUES:
        for code, pair in import_module(f"planner.messages.{name}").SENTENCES.items():
            if code in found:
                raise RuntimeError(f"sentence defined twice: {code}")
            found[code] = Pair(*pair)
    return found


class Term(str):
    """An id of a table or a column in a finding: people read its label in their language."""

    code: str

    def __new__(cls, name: str, code: str) -> Term:
        """The id ``name``, whose label is the sentence ``code``."""
        term = super().__new__(cls, name)
        term.code = code
        return term

    def __reduce__(self) -> tuple[type[Term], tuple[str, str]]:
        return type(self), (str(self), self.code)


def table_term(table: str) -> Term:
    """A table's id that reads as the name of its sheet."""
    return Term(table, f"table.{table}")


def say(code: str, lang: str = "vi", /, **params: Any) -> str:
    """The sentence of ``code`` with its parameters; numbers in the language's format.

    Raises ``KeyError`` for an unknown code or a missing parameter: tests walk all codes.
    """
    pair = sentences()[code]
    template = pair.en if lang == "en" else pair.vi
    texts = {k: _shown(v, lang) for k, v in params.items()}
    # Whether a number, as it is shown, is one; its sign does not matter.
    template = _PLURAL.sub(
        lambda part: part[2] if (str(texts[part[1]]).lstrip("+-−") == "1") else part[3], template
    )
    return _OPTIONAL.sub(lambda part: _if_known(part[1], texts), template).format(**texts)


def _shown(value: Any, lang: str) -> str:
    if isinstance(value, Term):
        pair = sentences()[value.code]
        return pair.en if lang == "en" else pair.vi
    return shown(value, lang)


_PLURAL = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")


_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")


def _if_known(part: str, texts: Mapping[str, Any]) -> str:
    """A part of a sentence in ``[[…]]``: left out where a parameter of it is unknown."""
    names = re.findall(r"\{(\w+)\}", part)
    return "" if any(str(texts.get(n, "")) in ("", "-") for n in names) else part


def render(finding: Finding, lang: str = "vi") -> str:
    """One line for a finding: ``place: sentence``."""
    text = say(finding.code, lang, **{str(k): v for k, v in finding.params.items()})
    place = str(finding.where)
    return f"{place}: {text}" if place else text
