"""What every page is made with: the request as a page reads it, templates, answers in time.

A page is a function of an :class:`Ask` that is registered with :func:`page` under its address. It
runs in a thread; one that is not done within :data:`PATIENCE` seconds goes on, and the browser
gets a page that says so and comes back by itself, so that any page answers at once.
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from planner.errors import Finding, FoundError, InputError, Place
from planner.messages import LANGUAGES, on_page, placed, render, say
from planner.messages.numbers import grouped, money, percent, pupil_years, rounded
from planner.present.content import Block
from planner.present.page import html_blocks
from planner.scenario.schema import GROUPS
from planner.web.guard import TooLargeError, cookie_of
from planner.web.jobs import Job, Jobs
from planner.web.opened import NowhereError, Opened
from planner.web.work import failed

HERE = Path(__file__).parent
PATIENCE = 0.22
"""Seconds after which a page that is not done is waited for in the browser."""
COMES_BACK = 10.0
"""Seconds after which a browser that was told to come back in one is gone: what was made for it
may be out of date when somebody asks for that page again."""
ROWS = 100
"""Rows of a table that are shown at once."""
FIELDS = 5000
"""Fields of a form at most."""
FILES = 40
"""Files handed in at once at most."""
LANGUAGE = "planner_lang"
"""Cookie of the language."""


@dataclass
class Ask:
    """A request, as a page reads it.

    Attributes
    ----------
    opened, jobs
        The opened folder and its long work.
    query
        Parameters of the address, of one that is repeated the last; a form's fields stand in
        ``form``.
    pairs
        Parameters of the address in their order, repeated ones too.
    """

    opened: Opened
    jobs: Jobs
    path: str
    query: Mapping[str, str]
    lang: str
    method: str = "GET"
    form: FormData = field(default_factory=FormData)
    partial: bool = False
    """Asked for by a part of a page, which takes the answer in."""
    pairs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        self.pairs = self.pairs or tuple(self.query.items())

    def get(self, key: str, default: str = "") -> str:
        """A parameter of the address, else a field of the form (a text)."""
        value = self.query.get(key) or self.form.get(key)
        return value if isinstance(value, str) and value else default

    def number(self, key: str, default: int, least: int = 0) -> int:
        """A parameter that is a whole number."""
        text = self.get(key)
        return max(least, int(text)) if text.isdecimal() and len(text) < 10 else default

    def texts(self, key: str) -> list[str]:
        """All values of a form's field, or of the address's parameter."""
        found = [v for v in self.form.getlist(key) if isinstance(v, str)]
        return found or [value for name, value in self.pairs if name == key]

    def files(self, key: str) -> list[UploadFile]:
        """Files of a field that were really chosen."""
        return [v for v in self.form.getlist(key) if isinstance(v, UploadFile) and v.filename]

    def say(self, code: str, **params: Any) -> str:
        """A sentence in the reader's language."""
        return say(code, self.lang, **params)

    @property
    def here(self) -> str:
        """The address of this page."""
        return self.path + (f"?{urlencode(self.pairs)}" if self.pairs else "")

    def moved(self, **changes: Any) -> str:
        """The address of this page with other parameters; those that are empty are left out."""
        kept: dict[str, list[str]] = {}
        for key, value in self.pairs:
            if key not in changes:
                kept.setdefault(key, []).append(value)
        return link(self.path, **kept, **changes)

    def writing(self) -> None:
        """Raises :class:`~planner.errors.InputError` where nothing can be written into the opened
        folder."""
        if self.opened.read_only:
            place = Place(file=self.opened.root.as_posix())
            raise InputError([Finding("web.read_only", place)])

    def start(self, kind: str, back: str, **args: Any) -> Response:
        """Begins a job and shows it."""
        if kind not in ANSWERS:
            self.writing()
        job = self.jobs.start(kind, args, self.lang, back)
        return go(link("/job", id=job.id))

    def show(self, template: str, status: int = 200, /, **context: Any) -> Response:
        """A page from its template."""
        body = environment().get_template(template).render(**words(self.lang), ask=self, **context)
        return html(body, status)


def link(path: str, /, **query: Any) -> str:
    """An address within the page; parameters that are empty are left out, a list is repeated."""
    kept = [
        (key, str(one))
        for key, value in query.items()
        for one in (value if isinstance(value, (list, tuple)) else [value])
        if one not in ("", None)
    ]
    return path + (f"?{urlencode(kept, quote_via=quote, errors='replace')}" if kept else "")


def go(address: str) -> Response:
    """Sends the browser to another page."""
    return RedirectResponse(address, status_code=303)


def html(body: str, status: int = 200) -> Response:
    """A page; what is no character (in a file's name, say) stands there as a question mark."""
    sent = body.encode(errors="replace")
    return Response(sent, status, media_type="text/html; charset=utf-8")


def taken_away(body: bytes, name: str, kind: str = "application/octet-stream") -> Response:
    """A file to be kept under a name, never shown as a page (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    kept = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(body, media_type=kind, headers={"content-disposition": kept})


@cache
def environment() -> jinja2.Environment:
    """The templates; every text of users is escaped, and a name that is not there is an error."""
    loader = jinja2.FileSystemLoader(HERE / "templates")
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=bool(os.environ.get("PLANNER_DEBUG")),
    )  # fmt: skip
    made.globals |= {
        "link": link,
        "finite": math.isfinite,
        "dict": dict,
        "html_blocks": shown_blocks,
    }
    return made


def shown_blocks(parts: Sequence[Block], lang: str, currency: str, level: int = 3) -> Markup:
    """What is presented, as HTML (which is escaped where it is made); ``level``: of headings."""
    return Markup(html_blocks(parts, lang, currency, level))


class Told(dict[str, list[Block]]):
    """What is said of something in each language, made when it is first asked for."""

    def __init__(self, tell: Callable[[str], list[Block]]) -> None:
        super().__init__()
        self.tell = tell

    def __missing__(self, lang: str) -> list[Block]:
        return self.setdefault(lang, self.tell(lang))


def stage_words(stage: str, lang: str) -> str:
    """A stage of the priority (``tier-1:completed``) in words; another name as it is."""
    tier, _, group = stage.rpartition(":")
    number = tier.removeprefix("tier-")
    if group not in GROUPS or not (tier == "" or number.isdigit()):
        return stage
    name = say(f"label.group_short.{group}", lang)
    return say("summary.tier", lang, tier=number, group=name) if tier else name


def words(lang: str) -> dict[str, Any]:
    """What templates say and print with, in a language."""

    def said(sentence: Callable[..., str], *args: Any, **params: Any) -> str:
        with on_page():
            return sentence(*args, **params)

    return {
        "lang": lang,
        "other": next(x for x in LANGUAGES if x != lang),
        "say": lambda code, **params: said(say, code, lang, **params),
        "grouped": lambda number: grouped(int(number), lang),
        "money": lambda amount, currency="VND": money(int(amount), lang, currency),
        "percent": lambda share, digits=1: percent(float(share), digits, lang),
        "people": lambda number: pupil_years(float(number), lang),
        "rounded": lambda number, digits=1: rounded(float(number), digits, lang),
        "stage_words": lambda stage: stage_words(str(stage), lang),
        "finding": lambda found: said(render, found, lang),
        "placed": lambda where: said(placed, where),
    }


# ---- A table of which a hundred rows are shown at a time.


@dataclass(frozen=True)
class Shown:
    """Rows that are shown, of those that were asked for."""

    rows: Sequence[Any]
    count: int
    page: int
    pages: int
    sort: str
    down: bool
    search: str


def shown(
    ask: Ask,
    rows: Sequence[Any],
    text: Callable[[Any], str] = str,
    keys: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Shown:
    """The rows that the address asks for: ``q`` (a text they hold), ``sort`` and ``down``,
    ``page``.

    Parameters
    ----------
    text
        What a row's text is, for the search.
    keys
        By what can be sorted.
    """
    search = ask.get("q")[:200]
    kept = list(rows)
    if search:
        wanted = search.casefold()
        kept = [row for row in kept if wanted in text(row).casefold()]
    sort, down = ask.get("sort"), ask.get("down") == "1"
    if keys and sort in keys:
        kept.sort(key=keys[sort], reverse=down)
    at, pages, part = cut(ask, len(kept))
    return Shown(kept[part], len(kept), at, pages, sort, down, search)


def cut(ask: Ask, count: int) -> tuple[int, int, slice]:
    """Which part of so many rows is shown, of how many parts, and its rows."""
    pages = max(1, -(-count // ROWS))
    at = min(ask.number("page", 1, 1), pages)
    return at, pages, slice((at - 1) * ROWS, at * ROWS)


# ---- Routes.

Page = Callable[[Ask], Response]
PAGES: dict[tuple[str, str], Page] = {}
"""(method, address) → page."""
ANSWERS = ("why", "prove", "estimate")
"""Kinds of job that need to write nothing."""


def page(address: str, method: str = "GET", *, reads: bool = False) -> Callable[[Page], Page]:
    """Registers a page under its address; ``reads``: a form that itself writes nothing into the
    opened folder, so that it is answered where nothing can be."""

    def register(body: Page) -> Page:
        assert (method, address) not in PAGES, f"two pages for {method} {address}"

        def asked(ask: Ask) -> Response:
            ask.writing()
            return body(ask)

        PAGES[method, address] = body if reads or method == "GET" else asked
        return body

    return register


@dataclass
class Making:
    """A page that is being made, or is made and waits for its browser to come back.

    Attributes
    ----------
    state
        What had been changed by then: of what has changed since, it knows nothing.
    asked
        When it was asked for last (monotonic seconds).
    """

    answer: Future[Response]
    state: tuple[int, int]
    asked: float = 0.0

    def is_left(self) -> bool:
        """Whether it is made and nobody has come back for it."""
        return self.answer.done() and time.monotonic() - self.asked > COMES_BACK


class Server:
    """Answers requests with the registered pages.

    Parameters
    ----------
    opened, jobs
        The opened folder and its long work.
    touched
        Called with each request, so that the server ends some time after the last.
    """

    def __init__(self, opened: Opened, jobs: Jobs, touched: Callable[[], None]) -> None:
        self.opened, self.jobs, self.touched = opened, jobs, touched
        self._threads = ThreadPoolExecutor(8, "page")
        self._lane = ThreadPoolExecutor(1, "row")
        self._making: dict[tuple[Any, ...], Making] = {}
        self._lock = threading.Lock()
        self._changes = 0

    def close(self) -> None:
        """Ends its threads; a page that is being made is nobody's any more."""
        for pool in (self._threads, self._lane):
            pool.shutdown(wait=False, cancel_futures=True)

    def routes(self) -> list[Route]:
        """A route an address."""
        by_address: dict[str, list[str]] = {}
        for method, address in PAGES:
            by_address.setdefault(address, []).append(method)
        return [Route(a, self.answer, methods=methods) for a, methods in by_address.items()]

    async def answer(self, request: Request) -> Response:
        """One answer, in time."""
        self.touched()
        method = "GET" if request.method == "HEAD" else request.method
        body = PAGES[method, request.url.path]
        asked = dict(request.query_params)
        ask = Ask(
            self.opened, self.jobs, request.url.path, asked, language_of(request.headers, asked),
            method, partial="hx-request" in request.headers,
            pairs=tuple(request.query_params.multi_items()),
        )  # fmt: skip
        if method == "POST":
            try:
                ask.form = await request.form(max_files=FILES, max_fields=FIELDS)
            except TooLargeError:
                return refusal(413, "web.refused.large", request.headers)
            except HTTPException as wrong:
                return trouble(ask, 400, bad_form(str(wrong.detail), ask.lang))
            try:
                answer = await run_in_threadpool(made, body, ask)
            finally:
                await ask.form.close()
            self._changes += answer.status_code == 303  # so does what has changed something end
            return answer
        if ask.path.startswith("/row/"):  # a list's rows, one after the other
            return await asyncio.wrap_future(self._lane.submit(made, body, ask))
        response = await run_in_threadpool(self._in_time, body, ask)
        if "lang" in asked and asked["lang"] in LANGUAGES:
            response.set_cookie(LANGUAGE, asked["lang"], samesite="strict", httponly=True)
        return response

    def _in_time(self, body: Page, ask: Ask) -> Response:
        """The page, or for now one that comes back for it."""
        key = (ask.here, ask.lang, ask.partial)
        state = (self._changes, self.jobs.over)
        with self._lock:
            for other in [k for k, one in self._making.items() if one.is_left()]:
                del self._making[other]
            making = self._making.get(key)
            if making is None or making.state != state:
                answer = self._threads.submit(made, body, ask)
                making = self._making[key] = Making(answer, state)
            making.asked = time.monotonic()
        if not wait([making.answer], PATIENCE).done:
            waiting = ask.show("waiting.html", 202)
            waiting.headers["refresh"] = "1"
            return waiting
        with self._lock:
            if self._making.get(key) is making:
                del self._making[key]
        return making.answer.result()


def language_of(headers: Headers, query: Mapping[str, str]) -> str:
    """The language that a request asks for, or asked for before."""
    wanted = query.get("lang") or cookie_of(headers, LANGUAGE)
    return wanted if wanted in LANGUAGES else "vi"


def made(body: Page, ask: Ask) -> Response:
    """A page, or what went wrong with it as a page."""
    if not ask.opened.root.is_dir():  # moved away, or a drive that is no longer there
        return trouble(ask, 404, ask.say("web.folder_gone", folder=ask.opened.root))
    try:
        with on_page():
            return body(ask)
    except NowhereError:
        return trouble(ask, 404, ask.say("web.nowhere"))
    except Exception as error:
        if os.environ.get("PLANNER_DEBUG"):
            raise
        if isinstance(error, FoundError):
            return trouble(ask, 422, "", error.findings)
        with on_page():
            outcome = failed(error, ask.lang)
        return trouble(ask, 500, outcome.sentence, outcome.findings)


def bad_form(detail: str, lang: str) -> str:
    """What is wrong with a form that was sent, by what its reader (Starlette) says."""
    limits = {"Too many files": ("files", FILES), "Too many fields": ("fields", FIELDS)}
    for begin, (what, most) in limits.items():
        if detail.startswith(begin):
            return say(f"web.bad_form.{what}", lang, most=most)
    return say("web.bad_form", lang, detail="multipart/form-data")


def trouble(ask: Ask, status: int, sentence: str, findings: Iterable[Finding] = ()) -> Response:
    """A page that says what is wrong."""
    return ask.show("trouble.html", status, sentence=sentence, findings=list(findings))


def refusal(status: int, code: str, headers: Headers) -> Response:
    """The page of a request that the guard refuses."""
    lang = language_of(headers, {})
    body = (
        environment().get_template("refused.html").render(**words(lang), sentence=say(code, lang))
    )
    return html(body, status)


# ---- Long work.


@page("/job")
def show_job(ask: Ask) -> Response:
    """How far a job is; where it has a result, that result's page."""
    job = ask.jobs.jobs.get(ask.get("id"))
    if job is None:
        return trouble(ask, 404, ask.say("web.job.gone"))
    outcome = job.outcome
    if outcome is not None and outcome.go:
        if ask.partial:
            return Response(headers={"HX-Redirect": outcome.go})
        return go(outcome.go)
    if ask.partial and not job.live:
        return Response(headers={"HX-Redirect": link("/job", id=job.id)})
    template = "job_live.html" if ask.partial else "job.html"
    return ask.show(template, job=job, line=gap_line(job), outcome=outcome)


@page("/job/keep", "POST", reads=True)
def keep_job(ask: Ask) -> Response:
    """Stops a job and keeps its best."""
    job = ask.jobs.jobs.get(ask.get("id"))
    if job is not None:
        ask.jobs.keep(job)
    return go(link("/job", id=ask.get("id")))


@page("/job/cancel", "POST", reads=True)
def cancel_job(ask: Ask) -> Response:
    """Ends a job; nothing of it is kept."""
    job = ask.jobs.jobs.get(ask.get("id"))
    if job is None:
        return go("/")
    ask.jobs.cancel(job)
    return go(link("/job", id=job.id))


WIDE, HIGH, LEFT, BELOW = 620, 200, 84, 24
"""Pixels of the gap line's field, and of the room for the labels of its axes."""


def gap_line(job: Job) -> Markup:
    """Value and bound of a search over its seconds as two lines (SVG) between labelled axes;
    empty until there are two points."""
    known = [(s, v, b) for s, v, b in job.points if _real(v) or _real(b)]
    numbers = [x for _, v, b in known for x in (v, b) if x is not None and _real(x)]
    if len(known) < 2 or not numbers:
        return Markup("")
    least, most = min(numbers), max(numbers)
    last = max(job.seconds, known[-1][0], 1e-9)
    latest = [next((p[at] for p in reversed(known) if _real(p[at])), None) for at in (1, 2)]
    known.append((last, latest[0], latest[1]))
    room = (most - least) or 1.0

    def place(second: float, value: float) -> str:
        x = LEFT + second / last * (WIDE - LEFT - 12)
        return f"{x:.1f},{height(value):.1f}"

    def height(value: float) -> float:
        return HIGH - BELOW - 10 - (value - least) / room * (HIGH - BELOW - 24)

    def path(at: int, name: str) -> str:
        marks = " ".join(place(p[0], float(p[at] or 0)) for p in known if _real(p[at]))
        ends = marks.split(" ")[0].split(",")
        begun = f'<circle class="{name}" cx="{ends[0]}" cy="{ends[-1]}" r="3" />' if marks else ""
        return f'{begun}<polyline class="{name}" points="{marks}" />' if marks else ""

    def label(x: float, y: float, text: str, side: str) -> str:
        return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{side}">{escape(text)}</text>'

    lang = job.lang
    digits = 0 if room >= 20 else 2
    ended = f"{rounded(last, 0, lang)} {say('web.job.line.time', lang)}"
    levels = [most] if most == least else [most, (most + least) / 2, least]
    inside = [
        f'<path class="axes" d="M{LEFT} 8V{HIGH - BELOW}H{WIDE - 8}" />', path(2, "bound"),
        path(1, "value"),
        *(label(LEFT - 6, height(y) + 4, rounded(y, digits, lang), "end") for y in levels),
        label(LEFT, HIGH - 6, "0", "middle"),
        label(WIDE - 12, HIGH - 6, ended, "end"),
    ]  # fmt: skip
    keys = "".join(
        f'<span class="key {name}">{escape(say(f"web.job.line.{name}", lang))}</span> '
        for name in ("value", "bound")
    )
    called = escape(say("web.job.line", lang))
    points = escape(say("web.job.line.points", lang))
    return Markup(
        f"<figure><figcaption>{called} ({points})</figcaption>"
        f'<svg class="gap" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{called}">'
        f'{"".join(inside)}</svg><p class="note">{keys}</p></figure>'
    )


def _real(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
