"""Page 3, trying: money, priority and rules of a scenario moved by hand, with an estimate;
solved as ``planner run --set`` solves them, or saved as a scenario of their own.

What is moved stands in the address, as it was typed: reload, back and bookmarks keep it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from starlette.responses import Response

from planner import api, questions
from planner.errors import Finding, FoundError, InputError, Place, errors_in
from planner.messages import say
from planner.messages.numbers import minor_digits, percent, pupil_years, rounded, signed
from planner.present.content import fund_name
from planner.present.moves import moves
from planner.present.rule_words import rule_title
from planner.scenario.scenario import Scenario
from planner.web.opened import folder_name, state_of
from planner.web.pages import Ask, go, html, link, page
from planner.web.planning import place_of
from planner.web.start import known, saved_whole
from planner.web.work import Outcome, Task, job

PREFIX = "m."
"""Before a move's key in an address."""
LONGEST = 60
"""Characters of a number."""
FARTHEST = 30
"""Digits before or after the point of a number."""
QUICK = 20.0
"""Seconds that an estimate may take."""
MOST_SCHOOLS = 3000
"""Schools up to which there is an estimate on the way."""
LEAST_SHARE = 0.00005
"""Part of the value below which a difference is not told as a part."""
NUMBERS = ("money", "share", "points", "units", "count")
GONE = "null"
"""What a rule that is switched off is set to."""


@dataclass(frozen=True)
class Field:
    """One thing that can be moved, as it stands on the page.

    Attributes
    ----------
    row
        The entry of :func:`planner.moves`.
    text
        What the field shows: what was typed, else what is now.
    value
        What ``--set`` takes; nothing where it is as it was, or is no value.
    finding
        What is wrong with it.
    """

    row: Mapping[str, Any]
    number: int
    text: str
    now: str
    least: str
    most: str
    step: str
    unit: str
    value: str | None = None
    finding: Finding | None = None

    @property
    def name(self) -> str:
        """Its name in forms and addresses."""
        return PREFIX + str(self.row["key"])

    def label(self, head: str) -> str:
        """What it is, under a heading that its own label begins with."""
        words = str(self.row["label"]).removeprefix(f"{head}: ")
        return words[:1].upper() + words[1:]

    @property
    def moved(self) -> bool:
        """Whether it differs from the scenario."""
        return self.value is not None or self.finding is not None


@dataclass(frozen=True)
class Tried:
    """A scenario with what is moved of it."""

    of: str
    scenario: Scenario
    fields: Sequence[Field]
    overrides: Mapping[str, str]
    findings: Sequence[Finding]
    changed: Scenario | None
    """The scenario with it; nothing where something is wrong."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What is moved, as it was typed, by name."""

    def address(self, **more: Any) -> str:
        """The page's address with what is moved."""
        return link("/try", of=self.of, **self.texts, **more)


def sound(ask: Ask, of: str) -> Scenario:
    """The scenario of a path; raises :class:`InputError` where it cannot be used."""
    found = known(ask, of)
    if found.scenario is None:
        raise InputError(errors_in(found.findings))
    return found.scenario


def divisor(unit: str, scenario: Scenario) -> Decimal:
    """By what a value is divided to be shown: đồng in millions, shares in percent."""
    currency = scenario.settings.currency
    if unit == "money":
        return Decimal(10) ** (6 if currency == "VND" else minor_digits(currency))
    return Decimal("0.01") if unit == "share" else Decimal(1)


def unit_word(unit: str, scenario: Scenario, lang: str) -> str:
    """What a number of the page counts."""
    currency = scenario.settings.currency
    if unit == "money":
        power = "vnd.6" if currency == "VND" else "other.0"
        return say(f"label.money.{power}", lang, currency=currency)
    return {"share": "%", "points": say("web.try.points", lang)}.get(unit, "")


def plain(value: Any, by: Decimal) -> str:
    """A number as a field of numbers takes it; empty where there is none."""
    if value is None or value is pd.NA:
        return ""
    shown = Decimal(str(value)) / by
    return f"{shown.normalize():f}" if shown else "0"


def read_number(text: str, unit: str, by: Decimal) -> tuple[Decimal | None, str]:
    """The value that was typed, in the scenario's own unit, or the code of what is wrong."""
    typed = text.strip().replace("−", "-")
    if typed.count(",") == 1 and "." not in typed:
        typed = typed.replace(",", ".")
    try:
        number = Decimal(typed if len(typed) <= LONGEST and "_" not in typed else "")
    except InvalidOperation:
        return None, "web.try.no_number"
    if not number.is_finite() or abs(number.adjusted()) > FARTHEST:
        return None, "web.try.no_number"
    value = number * by
    if unit == "money" and value != value.to_integral_value():
        return None, "web.try.too_fine"
    return value, ""


def fields_of(ask: Ask, of: str, scenario: Scenario, texts: Mapping[str, str]) -> list[Field]:
    """Every thing that can be moved, with what was typed for it (``texts``, by name)."""
    state = (dict(scenario.inputs), ask.lang)
    table = ask.opened.remember(
        f"moves {of}", state, lambda: moves(scenario, lang=ask.lang).to_dict("records")
    )
    return [_field(row, k, scenario, texts, ask.lang) for k, row in enumerate(table)]


def _field(
    row: Mapping[str, Any], number: int, scenario: Scenario, texts: Mapping[str, str], lang: str
) -> Field:
    unit, kind = str(row["unit"]), str(row["kind"])
    by = divisor(unit, scenario)
    typed = texts.get(PREFIX + str(row["key"]))
    place = Place(key=str(row["key"]))
    if kind == "rule_on":
        off = typed == "off"
        return Field(
            row, number, "off" if off else "on", "on", "", "", "", "", GONE if off else None
        )
    if unit not in NUMBERS:
        now = str(row["now"])
        text = now if typed is None else typed
        wrong = None
        if text not in row["choices"]:
            wrong = Finding("web.try.no_choice", place, {"text": text[:LONGEST]})
        value = None if text == now or wrong else text
        return Field(row, number, text, now, "", "", "", "", value, wrong)
    now = plain(row["now"], by)
    least, most, step = (plain(row[k], by) for k in ("least", "most", "step"))
    told = (least, most, step, unit_word(unit, scenario, lang))
    if typed is None or typed == now:
        return Field(row, number, now, now, *told)
    if not typed.strip() and not now:
        return Field(row, number, "", now, *told)
    read, code = read_number(typed, unit, by)
    if read is None:
        wrong = Finding(code, place, {"text": typed[:LONGEST]})
        return Field(row, number, typed[:LONGEST], now, *told, None, wrong)
    same = now and read == Decimal(str(row["now"]))
    text = now if same else typed.strip()
    return Field(row, number, text, now, *told, None if same else f"{read.normalize():f}")


def tried(ask: Ask, texts: Mapping[str, str]) -> Tried:
    """The scenario of an address with what is moved of it, checked as ``--set`` is."""
    of = ask.get("of")
    scenario = sound(ask, of)
    fields = fields_of(ask, of, scenario, texts)
    off = {f.row["rule"] for f in fields if f.value == GONE and f.row["kind"] == "rule_on"}
    still = [f for f in fields if f.row["rule"] not in off or f.row["kind"] == "rule_on"]
    overrides = {str(f.row["key"]): f.value for f in still if f.value is not None}
    findings = [f.finding for f in still if f.finding is not None]
    kept = {f.name: f.text for f in fields if f.moved}
    changed = None
    if not findings:
        state = (dict(scenario.inputs), overrides)
        changed, found = ask.opened.remember(
            f"moved {of}", state, lambda: with_moves(scenario, overrides)
        )
        findings = list(found)
    return Tried(of, scenario, fields, overrides, findings, changed, kept)


def with_moves(
    scenario: Scenario, overrides: Mapping[str, str]
) -> tuple[Scenario | None, Sequence[Finding]]:
    """The scenario with what is moved, or what is wrong with that."""
    try:
        return scenario.with_(overrides) if overrides else scenario, ()
    except InputError as error:
        return None, errors_in(list(error.findings))


def typed_in(ask: Ask) -> dict[str, str]:
    """What a form, or an address, says of what is moved, by name; a rule whose switch was not sent
    with its form is off."""
    sent = ask.form if ask.method == "POST" else ask.query
    texts = {k: v for k, v in sent.items() if k.startswith(PREFIX) and isinstance(v, str)}
    rules = [v for v in ask.form.getlist("rule") if isinstance(v, str)]
    return texts | {name: "off" for name in rules if name not in texts}


# ---- The page.


@page("/try")
def show_try(ask: Ask) -> Response:
    """What can be moved of a scenario, with what is moved."""
    if known(ask, ask.get("of")).scenario is None:
        return go(link("/check", of=ask.get("of")))
    return shown_try(ask, tried(ask, typed_in(ask)))


def shown_try(
    ask: Ask, now: Tried, more: Mapping[str, Finding] | None = None, **typed: str
) -> Response:
    """The page; ``more``: what is wrong with other fields of it, by name, and what they say."""
    limits = {k: ask.query.get(k, "") for k in ("gap", "seconds", "all", "name", "title")} | typed
    wrong = dict(more or {}) | limits_of(limits)[1]
    beside = {f.number: _beside(f, now) for f in now.fields}
    placed = {found.where for found in beside.values() if found is not None}
    loose = [f for f in now.findings if f.where not in placed]
    target = None
    if now.changed is not None:
        target = ask.opened.name(place_of(ask.opened.root, now.changed))
    scenario = now.scenario
    return ask.show(
        "try.html", 422 if now.findings or wrong else 200,
        of=now.of, scenario=scenario, parts=parts_of(now, ask.lang), moved=now, beside=beside,
        loose=loose, wrong=wrong, typed=limits, target=target, free=f"plans/{scenario.id}",
        solve=scenario.settings.solve, small=len(scenario.schools) <= MOST_SCHOOLS,
        gap=plain(scenario.settings.solve.gap, Decimal("0.01")),
        seconds=plain(scenario.settings.solve.time_limit, Decimal(1)),
    )  # fmt: skip


def _beside(one: Field, now: Tried) -> Finding | None:
    """What is wrong with a field, in the units that it shows."""
    if one.finding is not None:
        return one.finding
    key, rule = str(one.row["key"]), one.row["kind"] == "rule_on"
    at = [f for f in now.findings if f.where.key == key]
    at += [f for f in now.findings if rule and f.where.key.startswith(f"{key}.")]
    if not at:
        return None
    by = divisor(str(one.row["unit"]), now.scenario)
    params = dict(at[0].params)
    if one.row["unit"] in NUMBERS and {"value", "bound"} <= params.keys():
        for name in ("value", "bound"):
            with suppress(InvalidOperation):
                params[name] = f"{plain(params[name], by)} {one.unit}".strip()
    return replace(at[0], params=params)


def parts_of(now: Tried, lang: str) -> dict[str, list[tuple[str, list[Field]]]]:
    """The fields by part of the page: money by fund, priority, rules, the rest; each with what its
    fields are about."""
    of_funds = [f for f in now.fields if f.row["fund"]]
    of_rules = [f for f in now.fields if f.row["rule"]]
    others = [f for f in now.fields if not f.row["fund"] and not f.row["rule"]]
    ranks = [f for f in others if f.row["kind"] in ("priority", "weight")]
    funds = [
        (fund_name(now.scenario, str(fund), lang), list(mine))
        for fund, mine in groupby(of_funds, lambda f: f.row["fund"])
    ]
    rules = [
        (rule_title(now.scenario, str(rule), lang), list(mine))
        for rule, mine in groupby(of_rules, lambda f: f.row["rule"])
    ]
    rest = [f for f in others if f not in ranks]
    return {"funds": funds, "ranks": [("", ranks)], "rules": rules, "rest": [("", rest)]}


def limits_of(typed: Mapping[str, str]) -> tuple[dict[str, float], dict[str, Finding]]:
    """Gap (0–1) and seconds that are asked for, and what is wrong with them."""
    asked: dict[str, float] = {}
    wrong: dict[str, Finding] = {}
    for name, key, least, most in (
        ("gap", "gap", 0.0, 100.0),
        ("seconds", "time_limit", 0.01, 1e7),
    ):
        text = typed.get(name, "").strip()
        if not text:
            continue
        number, code = read_number(text, "", Decimal(1))
        said = {"text": text[:LONGEST]}
        if number is None:
            wrong[name] = Finding(code, Place(key=name), said)
        elif not least <= float(number) <= most:
            bounds = {"least": plain(least, Decimal(1)), "most": plain(int(most), Decimal(1))}
            wrong[name] = Finding("web.try.outside", Place(key=name), said | bounds)
        else:
            asked[key] = float(number) / 100 if name == "gap" else float(number)
    return asked, wrong


@page("/try", "POST", reads=True)
def move(ask: Ask) -> Response:
    """Takes what was moved into the address; solves or saves it where that was asked for."""
    texts, do = typed_in(ask), ask.get("do")
    typed = {k: ask.get(k)[:200] for k in ("gap", "seconds", "all", "name", "title")}
    now = tried(ask, texts)
    if do == "all":
        return scaled(ask, now, typed["all"])
    asked, wrong = limits_of(typed)
    here = now.address(gap=typed["gap"], seconds=typed["seconds"])
    if now.changed is None or wrong or do not in ("solve", "save"):
        return go(here)
    if do == "solve":
        return ask.start("run", here, of=now.of, overrides=dict(now.overrides), **asked)
    return saved(ask, now, typed)


def scaled(ask: Ask, now: Tried, text: str) -> Response:
    """All money moved by so many per cent of what the page shows."""
    number, code = read_number(text, "", Decimal(1))
    if number is None or not -100 <= number <= 1000:
        said = {"text": text[:LONGEST], "least": "-100", "most": "1000"}
        found = Finding(code or "web.try.outside", Place(key="all"), said)
        return shown_try(ask, now, {"all": found}, all=text)
    texts = dict(now.texts)
    for one in now.fields:
        if one.row["kind"] != "money" or one.finding is not None:
            continue
        amount = Decimal(one.value if one.value is not None else str(one.row["now"]))
        whole = (amount * (100 + number) / 100).quantize(Decimal(1), "ROUND_HALF_UP")
        texts[one.name] = plain(whole, divisor("money", now.scenario))
    return go(tried(ask, texts).address())


def saved(ask: Ask, now: Tried, typed: Mapping[str, str]) -> Response:
    """Saves what is moved as a scenario of its own beside the old one, and shows it."""
    ask.writing()
    name = folder_name(typed["name"].removesuffix(".yaml").removesuffix(".yml"))
    if not name:
        found = Finding("web.try.no_name", Place(key="name"))
        return shown_try(ask, now, {"name": found}, **typed)
    source = ask.opened.there(now.of)
    title = typed["title"].strip() or None
    try:
        if ask.opened.sealed(source):  # a file within a plan folder would spoil it
            path = saved_whole(ask, now.scenario, name, now.overrides, title)
        else:
            target = source.parent / f"{name}.yaml"
            path = api.save(source, target, dict(now.overrides), title=title)
    except FoundError as error:
        return shown_try(ask, now, {"name": error.findings[0]}, **typed)
    return go(link("/try", of=ask.opened.name(path)))


# ---- The estimate.


class Queue:
    """Whose turn it is to be estimated: one at a time, and of those that wait only the last."""

    def __init__(self) -> None:
        self.last = 0
        self.asking = threading.Lock()

    def turn(self) -> int:
        """A number; whoever has an earlier one is out of date."""
        self.last += 1
        return self.last


QUEUE = Queue()


@page("/estimate", "POST", reads=True)
def show_estimate(ask: Ask) -> Response:
    """What the linear relaxation says of what is moved: no plan, and at once."""
    now = tried(ask, typed_in(ask))
    said: dict[str, Any] = {}
    if now.changed is None:
        said["sentence"] = ask.say("web.try.estimate.wrong")
    elif len(now.scenario.schools) > MOST_SCHOOLS:
        said["sentence"] = ask.say("web.try.estimate.large", most=MOST_SCHOOLS)
    else:
        turn = QUEUE.turn()
        with QUEUE.asking:
            if turn != QUEUE.last:  # something newer was asked meanwhile
                return html("", 204)
            busy = ask.jobs.busy
            args = {"of": now.of, "overrides": dict(now.overrides)}
            outcome = None if busy else ask.jobs.quick("estimate", args, ask.lang, QUICK)
        if outcome is None:
            said["sentence"] = ask.say(f"web.try.estimate.{'busy' if busy else 'slow'}")
        elif outcome.sentence or outcome.findings:
            said["sentence"] = outcome.sentence
            said["findings"] = outcome.findings
        else:
            said["data"] = outcome.data
    template = "try_estimate.html" if ask.partial else "try_estimated.html"
    here = now.address(gap=ask.get("gap")[:200], seconds=ask.get("seconds")[:200])
    shown = {"sentence": "", "findings": (), "data": {}} | said
    response = ask.show(template, of=now.of, back=here, **shown)
    if ask.partial:  # reload and bookmarks keep what is moved
        response.headers["hx-replace-url"] = here
    return response


_kept: dict[str, Any] = {}
"""In the worker: the session of the scenario that is tried, and what it is unmoved."""


@job("nothing")
def estimate(task: Task) -> Outcome:
    """The value of the relaxation with what is moved (``overrides``) of a scenario (``of``), and
    unmoved, from a session that is kept warm."""
    path = task.path("of")
    state = (str(path), files_beside(path))
    if _kept.get("state") != state:
        _kept.clear()
        session = questions.session(api.load(path))
        before = session.solve(relax=True)
        reached = before.relaxation.people if before.relaxation is not None else math.nan
        _kept.update(state=state, session=session, value=before.value, people=reached)
    session, unmoved = _kept["session"], float(_kept["value"])
    changed = session.scenario.with_(dict(task.args["overrides"]))
    result = session.solve_scenario(changed, relax=True)
    if result.relaxation is None:
        said = say(f"door_status_{result.status}", task.lang)
        return Outcome(int(result.status.exit_code), sentence=said)
    lang, more = task.lang, result.value - unmoved
    part = abs(more) / unmoved if unmoved > 0 else 0.0
    share = signed(more, percent(part, 2, lang)) if part >= LEAST_SHARE else ""
    data = {
        "value": rounded(result.value, 1, lang), "unmoved": rounded(unmoved, 1, lang),
        "more": signed(more, rounded(abs(more), 1, lang)), "share": share,
        "moved": bool(task.args["overrides"]),
    }  # fmt: skip
    people, served = result.relaxation.people, result.relaxation.people - float(_kept["people"])
    data["people"] = pupil_years(people, lang)
    if math.isfinite(served):
        data["more_people"] = signed(served, pupil_years(abs(served), lang))
    return Outcome(data=data)


def files_beside(path: Path) -> tuple[Any, ...]:
    """Changes whenever a file beside a scenario does."""
    return tuple(state_of(p) for p in sorted(path.parent.iterdir()) if p.is_file())
