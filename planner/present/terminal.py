"""Screens: the content as plain text that lines up on any console, and the same as typed blocks.

A screen is a list of lines, of which one may be a whole table (:class:`TableText`): joined they
are the text, and :func:`blocks` makes tables and paragraphs of them for other layouts.

Text is normalised to NFC first, so that a Vietnamese letter takes one column whatever way it
was typed; combining marks take none, East Asian wide characters two.
"""

from __future__ import annotations

import math
import os
import signal
import time
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import click

from planner.messages import say
from planner.names import AMEND_STAGE, KEEP_STAGE, TIDY_STAGE
from planner.present.content import (
    Block,
    Cell,
    MoneyScale,
    Paragraph,
    Style,
    Table,
    fund_name,
    listing,
    money_scale,
)
from planner.scenario.scenario import Scenario
from planner.solving.solution import telling

UNBROKEN = 10**6
"""A width in which every paragraph is one line."""
INDENT = "  "
"""Before what stands under a heading."""


class Heading(str):
    """A line that heads what follows, whatever that is."""


class TableText(str):
    """A table as it is read on a console, and the table that it is."""

    part: Table

    def __new__(cls, lines: Iterable[str], part: Table) -> TableText:
        """The lines, joined."""
        made = super().__new__(cls, "\n".join(lines))
        made.part = part
        return made


def clean(text: str) -> str:
    """NFC, on one line, without control characters (no escape code reaches a console)."""
    kept = unicodedata.normalize("NFC", text)
    if not kept.isprintable():
        kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in kept)
    return " ".join(kept.split())


def display_width(text: str) -> int:
    """Columns that a text takes on a console."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(maxsize=4096)
def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with ``…`` where something was cut."""
    if display_width(text) <= width:
        return text
    kept, used = "", 0
    for char in text:
        used += _columns(char)
        if used > width - 1:
            break
        kept += char
    return kept.rstrip(" ,;(") + "…"


def pad(text: str, width: int, right: bool = False) -> str:
    """``text`` filled with spaces to ``width`` columns."""
    space = " " * max(0, width - display_width(text))
    return space + text if right else text + space


def wrap(text: str, width: int, indent: str = "  ") -> list[str]:
    """Lines of at most ``width`` columns, broken between words, each after ``indent``."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split(" "):
        longer = f"{line} {word}" if line else word
        if line and display_width(indent + longer) > width:
            lines.append(indent + line)
            line = word
        else:
            line = longer
    return [*lines, indent + line] if line else lines


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    width: int,
    *,
    words: int = 1,
    totals: int = 0,
    indent: str = "  ",
) -> list[str]:
    """Lines of a table: the first ``words`` columns flush left, the numbers flush right.

    A heading longer than its column is broken into lines, which end on the same one. Where the
    table is wider than ``width``, the widest column of words is cut. A row of one cell is a
    heading over the full width. A rule is drawn above the last ``totals`` rows.
    """
    cells = [[clean(c) for c in row] for row in rows]
    full = [row for row in cells if len(row) == len(header)]
    widths = [max([0, *(display_width(r[k]) for r in full)]) for k in range(len(header))]
    heads = [(wrap(clean(h), max(widths[k], 7), "") or [""]) for k, h in enumerate(header)]
    widths = [max(w, *map(display_width, h)) for w, h in zip(widths, heads, strict=True)]
    gaps = 2 * (len(widths) - 1)
    spare = width - len(indent) - gaps - sum(widths)
    while spare < 0 and max(widths[:words]) > 8:
        widths[max(range(words), key=lambda k: widths[k])] -= 1
        spare += 1

    def line(row: Sequence[str]) -> str:
        if len(row) == 1 < len(widths):
            return indent + cut(row[0], sum(widths) + gaps)
        texts = [
            pad(cut(c, w), w, right=k >= words)
            for k, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        return (indent + "  ".join(texts)).rstrip()

    height = max(len(h) for h in heads)
    over = [[""] * (height - len(h)) + h for h in heads]
    ruler = indent + "-" * (sum(widths) + gaps)
    body = [line(row) for row in cells]
    if totals:
        body[len(body) - totals : len(body) - totals] = [ruler]
    return [*(line([h[k] for h in over]) for k in range(height)), ruler, *body]


def table_lines(
    part: Table, lang: str, currency: str, width: int, words: int | None = None
) -> list[str]:
    """A table of the content as the one line that a screen is told (:class:`TableText`); ``words``:
    columns flush left, unless those before the first figure."""
    heads = [c.head for c in part.columns]
    totals = sum(row.kind == "total" for row in part.rows)
    texts = [part.texts(row, lang, currency) for row in part.rows]
    lines = table(heads, texts, width, words=words or part.words(), totals=totals)
    return [TableText(lines, part)]


def blocks(lines: Sequence[str]) -> list[Block]:
    """The tables and paragraphs of a screen whose lines are :data:`UNBROKEN`, in the same words.

    A line at the edge is a ``heading`` where something deeper follows it, or a ``note``; of the
    deeper ones a ``lead`` is followed by deeper ones still, ``body`` stands at the first depth and
    ``item`` below it. A table that says the heading before it again has none.
    """
    found: list[Block] = []
    for at, line in enumerate(lines):
        if isinstance(line, TableText):
            before, part = found[-1] if found else None, line.part
            said = isinstance(before, Paragraph) and before.text == clean(part.heading)
            found.append(replace(part, heading="") if said else part)
        elif text := clean(line):
            found.append(Paragraph(text, _style(line, lines[at + 1 :])))
    return found


def _style(line: str, after: Sequence[str]) -> Style:
    """What a line is, by its depth and what comes after it."""
    near = after[0] if after else ""
    following = next((other for other in after if other.strip()), "")
    depth, deeper = _depth(line), _depth(following) > _depth(line)
    if isinstance(line, Heading):
        return "heading"
    if not depth:
        headed = isinstance(following, TableText) or (bool(near) and deeper)
        return "heading" if headed else "note"
    if deeper and not isinstance(following, TableText):
        return "lead"
    return "item" if depth > len(INDENT) or line.lstrip().startswith("- ") else "body"


def _depth(line: str) -> int:
    """Columns before its first word; of a table, of all its rows."""
    return len(INDENT) if isinstance(line, TableText) else len(line) - len(line.lstrip())


@dataclass(frozen=True)
class Screen:
    """The language and the width of what is read on a console, and the scenario it is about."""

    scenario: Scenario
    lang: str
    width: int = 100

    @property
    def currency(self) -> str:
        """Code of the currency."""
        return self.scenario.settings.currency

    def word(self, code: str, **params: Any) -> str:
        """A sentence or heading, on one line."""
        return say(code, self.lang, **params)

    def say(self, code: str, indent: str = "  ", **params: Any) -> list[str]:
        """A sentence, wrapped and indented."""
        return wrap(say(code, self.lang, **params), self.width, indent)

    def prose(self, amount: int) -> str:
        """One amount in the unit it reads best in."""
        return money_scale([amount], self.currency, self.lang).text(amount)

    def scale(self, amounts: Iterable[int]) -> MoneyScale:
        """The unit of a table's amounts."""
        return money_scale(amounts, self.currency, self.lang, most=6)

    def fund(self, name: str) -> str:
        """A fund by its name."""
        return fund_name(self.scenario, name, self.lang)

    def table(
        self,
        family: str,
        shape: str,
        rows: Iterable[Sequence[Cell]],
        *,
        scale: MoneyScale | None = None,
        totals: int = 0,
    ) -> list[str]:
        """A table of :func:`listing`, as one line."""
        part = listing(family, shape, rows, self.lang, scale=scale, totals=totals)
        return table_lines(part, self.lang, self.currency, self.width)


class Listener:
    """Progress on stderr and Ctrl-C: the first stops the engine, the second the program.

    ``kept``: the sentence that says what is kept.
    """

    def __init__(self, lang: str, kept: str = "door_stopping") -> None:
        self.lang, self.kept = lang, kept
        self.stopping = False
        self.last = 0.0
        self.tidying = self.keeping = False
        self.before: Any = None
        self.phases = ExitStack()

    def __enter__(self) -> Listener:
        self.phases.enter_context(telling(self.progress))
        try:
            self.before = signal.signal(signal.SIGINT, self._pressed)
        except ValueError:
            self.before = None  # not the main thread: Ctrl-C is somebody else's
        return self

    def __exit__(self, *_: object) -> None:
        self.phases.close()
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _pressed(self, number: int, frame: Any) -> None:
        if self.stopping and callable(self.before):
            self.before(number, frame)
        elif self.stopping:
            raise KeyboardInterrupt
        self.stopping = True
        line = say(self.kept, self.lang)
        try:
            click.echo(line, err=True)
        except RuntimeError:  # a line of progress is half-way out
            os.write(2, f"{line}\n".encode())

    def stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self.stopping

    def chosen(self, choice: Any) -> None:
        """Says which method is used and why; nothing where it was asked for."""
        if choice.why == "asked":
            return
        counted = {k: getattr(choice, k) for k in ("columns", "blocks", "linking")}
        line = say(f"door_method_{choice.method}_{choice.why}", self.lang, **counted)
        click.echo(line, err=True)

    def progress(self, at: Any) -> None:
        """One line a second at most: stage, seconds, value, bound, gap; while a plan is tidied, and
        as soon as that begins, its lines; how far the model is, where building it takes long."""
        now, tidying = time.monotonic(), at.stage in (TIDY_STAGE, AMEND_STAGE)
        if not at.stage:  # a phase
            if at.phase == "building" and at.share and at.seconds >= 1.0 and now - self.last >= 1.0:
                self.last = now
                built = {"seconds": f"{at.seconds:.0f}", "share": f"{at.share:.0%}"}
                click.echo(say("door_progress_build", self.lang, **built), err=True)
            return
        if at.stage == KEEP_STAGE and not self.keeping:
            self.last, self.keeping = now, True
            click.echo(say("door_progress_keep", self.lang), err=True)
            return
        if now - self.last < 1.0 and self.tidying == tidying:
            return
        self.last, self.tidying = now, tidying
        if at.stage == AMEND_STAGE:
            known = at.bound is not None and math.isfinite(at.bound)
            least = say("amend.least", self.lang, least=math.ceil(at.bound)) if known else ""
            lines = "–" if at.value is None else str(round(at.value))
            seconds = f"{at.seconds:.0f}"
            said = say("door_progress_amend", self.lang, seconds=seconds, lines=lines, least=least)
            click.echo(said, err=True)
            return
        if tidying:
            how = {"seconds": f"{at.seconds:.0f}", "lines": int(at.value)}
            click.echo(say("door_progress_tidy", self.lang, **how), err=True)
            return

        def text(value: float | None, form: str) -> str:
            return "–" if value is None else format(value, form)

        line = say(
            "door_progress", self.lang, stage=at.stage, seconds=f"{at.seconds:.0f}",
            value=text(at.value, ".6g"), bound=text(at.bound, ".6g"), gap=text(at.gap, ".3%"),
        )  # fmt: skip
        click.echo(line, err=True)
