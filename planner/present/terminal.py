"""Screens: the content as plain text that lines up on any console.

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
from dataclasses import dataclass
from typing import Any

import click

from planner.messages import say
from planner.names import AMEND_STAGE, KEEP_STAGE, TIDY_STAGE
from planner.present.content import Cell, MoneyScale, Table, fund_name, listing, money_scale
from planner.scenario.scenario import Scenario


def clean(text: str) -> str:
    """NFC, on one line, without control characters (no escape code reaches a console)."""
    kept = (
        c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(kept).split())


def display_width(text: str) -> int:
    """Columns that a text takes on a console."""
    return sum(_columns(c) for c in text)


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
    """Lines of a table of the content; ``words``: columns flush left, unless those before the
    first figure."""
    heads = [c.head for c in part.columns]
    totals = sum(row.kind == "total" for row in part.rows)
    texts = [part.texts(row, lang, currency) for row in part.rows]
    return table(heads, texts, width, words=words or part.words(), totals=totals)


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
        """Lines of a table of :func:`listing`."""
        part = listing(family, shape, rows, self.lang, scale=scale, totals=totals)
        return table_lines(part, self.lang, self.currency, self.width)


class Listener:
    """Progress on stderr and Ctrl-C: the first stops the engine, the second the program."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.stopping = False
        self.last = 0.0
        self.tidying = self.keeping = False
        self.before: Any = None

    def __enter__(self) -> Listener:
        try:
            self.before = signal.signal(signal.SIGINT, self._pressed)
        except ValueError:
            self.before = None  # not the main thread: Ctrl-C is somebody else's
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _pressed(self, number: int, frame: Any) -> None:
        if self.stopping and callable(self.before):
            self.before(number, frame)
        elif self.stopping:
            raise KeyboardInterrupt
        self.stopping = True
        line = say("door_stopping", self.lang)
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
        as soon as that begins, its lines."""
        now, tidying = time.monotonic(), at.stage in (TIDY_STAGE, AMEND_STAGE)
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
