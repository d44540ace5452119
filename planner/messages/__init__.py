"""Every sentence that people read, in Vietnamese and English, beside the codes it belongs to.

The sentences are data: a file a topic in ``sentences/``, a table a code, with ``vi`` and ``en``
beside each other; ``also`` are further spellings that the readers understand. :func:`say` finds
the sentence of a code and fills in its parameters, formatted for the language (``1.234.567,8``
in Vietnamese). Words that are no sentences stand in ``headers.toml`` (headers beside a table's
columns) and ``meanings.toml`` (what columns and settings mean).

A sentence is a template. ``{count}`` is a parameter; ``[[… {count} …]]`` is left out where the
parameter is unknown; ``{count:school is|schools are}`` is the one word or the other, as the
parameter is one or not (``1 school is``, ``0 schools are``, ``2 schools are``). Vietnamese needs
no such choice; each language has its own, beside each other in the pair.
"""

from __future__ import annotations

import re
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from planner.messages.numbers import shown

TOPICS = Path(__file__).parent / "sentences"
"""Folder of the sentences, a file a topic."""
LANGUAGES = ("vi", "en")


class Pair(NamedTuple):
    """One sentence in both languages."""

    vi: str
    en: str


class Sentences(Mapping[str, Pair]):
    """All sentences by code; each is parsed when it is first asked for.

    A topic's file is only cut at its tables: who says ten sentences does not wait for thousands.
    """

    def __init__(self, topics: Path) -> None:
        """The sentences of a folder; a code defined twice is a defect (``RuntimeError``)."""
        self._tables: dict[str, str] = {}
        self._read: dict[str, dict[str, Any]] = {}
        for path in sorted(topics.glob("*.toml")):
            _, *parts = _TABLE.split(path.read_text(encoding="utf-8"))
            for code, table in zip(parts[::2], parts[1::2], strict=True):
                if code in self._tables:
                    raise RuntimeError(f"sentence defined twice: {code}")
                self._tables[code] = table

    def entry(self, code: str) -> dict[str, Any]:
        """The table of a code, further spellings included; raises ``KeyError`` without one."""
        if code not in self._read:
            self._read[code] = tomllib.loads(self._tables[code])
        return self._read[code]

    def __getitem__(self, code: str) -> Pair:
        entry = self.entry(code)
        return Pair(entry["vi"], entry["en"])

    def __contains__(self, code: object) -> bool:
        return code in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


_TABLE = re.compile(r'^\["?([^"\]\n]+)"?\] *$', re.MULTILINE)
"""Where a table begins in a topic's file."""


@cache
def sentences() -> Sentences:
    """All sentences by code."""
    return Sentences(TOPICS)


def spellings(code: str) -> tuple[str, ...]:
    """How people write what a code names: its words in both languages, then further spellings;
    none for an unknown code."""
    if code not in sentences():
        return ()
    entry = sentences().entry(code)
    return (entry["vi"], entry["en"], *entry.get("also", ()))


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


_PLURAL = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")


def say(code: str, lang: str = "vi", /, **params: Any) -> str:
    """The sentence of ``code`` with its parameters; numbers in the language's format.

    Raises ``KeyError`` for an unknown code or a missing parameter: tests walk all codes.
    """
    pair = sentences()[code]
    if _page.get():
        pair = sentences().get(f"{ON_PAGE}{code}", pair)
    template = pair.en if lang == "en" else pair.vi
    texts = {k: _text(v, lang) for k, v in params.items()}

    def chosen(part: re.Match[str]) -> str:
        # Whether a number, as it is shown, is one; its sign does not matter.
        return part[2] if str(texts[part[1]]).lstrip("+-−") == "1" else part[3]

    def if_known(part: re.Match[str]) -> str:
        names = re.findall(r"\{(\w+)\}", part[1])
        return (
            ""
            if any(texts.get(n) is None or str(texts[n]) in ("", "-") for n in names)
            else part[1]
        )

    return _OPTIONAL.sub(if_known, _PLURAL.sub(chosen, template)).format(**texts)


ON_PAGE = "web.said."
"""Begins the codes of what the page says where the sentence names what is typed on a command
line."""
_page: ContextVar[bool] = ContextVar("planner_page", default=False)


@contextmanager
def on_page() -> Iterator[None]:
    """Says all inside as the page does, for this thread or task alone: of its fields and buttons
    instead of the command line's options (:data:`ON_PAGE`)."""
    token = _page.set(True)
    try:
        yield
    finally:
        _page.reset(token)


def _text(value: Any, lang: str, between: str = "; ") -> Any:
    """A parameter as people of a language read it; tuples one after the other, those inside them
    as alternatives."""
    if isinstance(value, Term):
        return say(value.code, lang)
    if isinstance(value, tuple):
        return between.join(str(_text(v, lang, "/")) for v in value)
    return shown(value, lang)


class Somewhere(Protocol):
    """What :func:`placed` says: a place, or what is shaped like one."""

    @property
    def file(self) -> str:
        """Its file, or the option that set it."""

    @property
    def key(self) -> str:
        """Its key in the settings."""


class Found(Protocol):
    """What :func:`render` says: a finding, or what is shaped like one."""

    @property
    def code(self) -> str:
        """The key of its sentence."""

    @property
    def params(self) -> Mapping[Any, Any]:
        """What its sentence names."""

    @property
    def where(self) -> Somewhere:
        """Its place; its text may be empty."""


def render(finding: Found, lang: str = "vi") -> str:
    """One line for a finding: ``place: sentence``."""
    text = say(finding.code, lang, **{str(k): v for k, v in finding.params.items()})
    place = placed(finding.where)
    return f"{place}: {text}" if place else text


def placed(where: Somewhere) -> str:
    """A finding's place; on the page, where nothing is typed by ``--set``, its key alone."""
    return where.key if _page.get() and where.file.startswith("--") else str(where)


@cache
def _read(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name(name)
    return tomllib.loads(path.read_text(encoding="utf-8"))


COUNTERS: tuple[str, ...] = tuple(_read("headers.toml")["counters"])
"""Headers of columns that only count rows; left out of every table."""
REMARKS: tuple[str, ...] = tuple(_read("headers.toml")["remarks"])
"""Headers of remarks; left out of every table but ``schools``, where they are attributes."""
NAMED: dict[str, list[str]] = _read("headers.toml")["named"]
"""Headers of names beside the ids that they belong to: the id counts, the name is left out."""
WORDS: dict[str, dict[str, list[str]]] = _read("headers.toml")["words"]
"""Words by which a file that no contract describes is understood: family → meaning → spellings."""


def key_meaning(key: str) -> str:
    """What a dotted settings key means, in Vietnamese: its own, that of a key above it, or of one
    that turns a rule on what the rule asks."""
    keys: dict[str, str] = _read("meanings.toml")["keys"]
    steps = key.split(".")
    known = (".".join(steps[:k]) for k in range(len(steps), 0, -1))
    asked = sentences().get(f"stated.{key}")
    return next((keys[k] for k in known if k in keys), f"«có»: {asked.vi}." if asked else "")


def meaning(table: str, header: str) -> str:
    """What a column of a table means, in Vietnamese: there, or in every table."""
    columns: dict[str, str] = _read("meanings.toml")["columns"]
    return columns.get(f"{table}.{header}") or columns.get(header, "")


# --------------------------------------------------------------------------------------------------
# The language that notebooks read, and where they find the card of a scenario or a result.

_chosen: ContextVar[str | None] = ContextVar("planner_language", default=None)
"""What this thread or task has chosen."""
_process = ["vi"]
"""What reads whoever has chosen nothing: what the owner of the process chose last."""


def language(lang: str | None = None) -> str:
    """The language that notebooks show cards and figures in; sets it where one is given.

    What a thread or an ``asyncio`` task chooses is its own: two users whom one process serves
    do not get each other's. What a script or a notebook chooses holds for the threads that it
    starts as well, as long as they choose nothing themselves.

    Parameters
    ----------
    lang
        ``"vi"`` or ``"en"``; nothing: leave it.

    Examples
    --------
    >>> import planner
    >>> planner.language("en")
    'en'
    """
    if lang is not None:
        _chosen.set(known_language(lang))
        if _owns_process():
            _process[:] = [lang]
    return _chosen.get() or _process[0]


def known_language(lang: str) -> str:
    """The language; raises ``ValueError`` where it is none of :data:`LANGUAGES`."""
    if lang not in LANGUAGES:
        raise ValueError(f"language must be 'vi' or 'en', not {lang!r}")
    return lang


@contextmanager
def speaking(lang: str | None) -> Iterator[None]:
    """Says all inside in a language (``None``: in the one chosen), for this thread or task alone;
    afterwards everything is as it was."""
    if lang is None:
        yield
        return
    token = _chosen.set(known_language(lang))
    try:
        yield
    finally:
        _chosen.reset(token)


def _owns_process() -> bool:
    """Whether the caller is the one for whom the process runs: the main thread outside of any
    task, or a notebook (whose every cell may be a task of its own)."""
    if threading.current_thread() is not threading.main_thread():
        return False
    # Nothing is imported to find out.
    shell, asyncio = (sys.modules.get(name) for name in ("IPython", "asyncio"))
    if asyncio is None or (shell is not None and shell.get_ipython() is not None):
        return True
    try:
        return asyncio.current_task() is None
    except RuntimeError:
        return True


def card(subject: Any) -> str:
    """The HTML by which a notebook shows a subject.

    The door says which room makes it (``planner.CARDS``), and it is imported when a notebook asks:
    a scenario and a result stand below the room that presents them, and know nothing of it.
    """
    card_of: Callable[[Any], str] = import_module(import_module("planner").CARDS).card_of
    return card_of(subject)
