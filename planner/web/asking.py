"""Pages 7 to 10, which ask something of plans and scenarios, and their jobs: comparison, prices and
what is sure, frontier, futures.

Each answer stands where the command line writes it: ``<plan>-compare``, ``<plan>-prices`` and
``<plan>-alternatives`` beside the plan, ``frontiers/<scenario>-<what>``, ``plans/<scenario>``; the
page reads it from there, and shows what is of this plan alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from starlette.responses import Response

from planner import api, questions
from planner.analysis.answers import STEM, Alternatives, beside_of, read_answers
from planner.analysis.compare import Comparison, by_weight
from planner.analysis.explain import Prices
from planner.analysis.frontier import Frontier, make_path
from planner.errors import Finding, InputError, Place
from planner.messages import say
from planner.messages.numbers import percent, rounded, trimmed
from planner.present import comparison, explanation, understanding
from planner.present.content import Block, Paragraph, Table, fund_name
from planner.present.painting import tried, undrawn_in_words
from planner.present.rule_words import rule_title
from planner.present.terminal import UNBROKEN, blocks
from planner.run import folder as folders
from planner.run.deciding import futures as decide_futures
from planner.run.result import Decided
from planner.scenario.scenario import Scenario
from planner.scenario.schema import Share
from planner.system.disk import beside, try_folder, whole
from planner.system.process import listening
from planner.web.checking import proof_of
from planner.web.opened import NowhereError, head_of, state_of
from planner.web.pages import Ask, Told, go, link, page, shown, taken_away
from planner.web.planning import clash, place_of_decision
from planner.web.start import sound
from planner.web.work import Outcome, Parts, Task, job

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DRAWN = "drawn.json"
"""Of what figures stand in a folder, and in which language."""
LISTED = 100
"""Plans that a comparison may be made with, the newest first."""
COMPARED = 8
"""Plans that are compared at once at most."""


# ---- What these pages have in common.


def number_of(text: str, name: str, least: float = -math.inf, most: float = math.inf) -> float:
    """``-50%`` or ``-0,5``, as the command line takes it; raises :class:`InputError` that names the
    field where it is none, or not between the least and the most."""
    plain = text.strip().replace("−", "-").replace(",", ".").replace(" ", "")
    try:
        number = float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and least <= number <= most):
        raise InputError([Finding("web.ask.number", Place(key=name), {"text": text[:60]})])
    return number


def chosen_number(
    ask: Ask, key: str, least: float = -math.inf, most: float = math.inf
) -> float | None:
    """A number that a form gives; ``None`` where its field is empty."""
    text = ask.get(key)
    name = ask.say(f"web.ask.{key}")
    return number_of(text, name, least, most) if text.strip() else None


def chosen_count(ask: Ask, key: str, default: int, least: int, most: int) -> int:
    """A whole number that a form gives; half a point is none."""
    number = chosen_number(ask, key, least, most)
    if number is not None and number != int(number):
        name = Place(key=ask.say(f"web.ask.{key}"))
        raise InputError([Finding("web.ask.number", name, {"text": ask.get(key)[:60]})])
    return default if number is None else int(number)


def written(write: Callable[[Path], object], name: str) -> Response:
    """A workbook that is written for this request alone."""
    with beside(Path(tempfile.gettempdir()), "planner-page-") as place:
        write(place / name)
        return taken_away((place / name).read_bytes(), name, WORKBOOK)


def place_of(ask: Ask, of: str, suffix: str) -> Path:
    """Where what is made of a plan folder goes, beside it."""
    return ask.opened.path(ask.opened.name(beside_of(ask.opened.plan(of), suffix)))


def figures_in(ask: Ask, folder: Path, *names: str) -> list[tuple[str, str]]:
    """Address and name of the figures that stand in a folder."""
    there = [name for name in names if (folder / f"{name}.png").is_file()]
    return [(link("/drawn", of=f"{ask.opened.name(folder)}/{n}.png"), n) for n in there]


@page("/drawn")
def drawn(ask: Ask) -> Response:
    """A figure (PNG) of the opened folder."""
    path = ask.opened.there(ask.get("of"))
    if path.suffix != ".png" or not path.is_file():
        raise NowhereError(ask.get("of"))
    return Response(path.read_bytes(), media_type="image/png")


def mark(*parts: str) -> str:
    """What tells the subject of some figures from any other."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def draw(task: Task, folder: Path, subject: str, save: Callable[[Any, Path], object]) -> str:
    """Draws into a folder that stands, and says there of what; what could not be drawn, in
    words."""
    task.teller.tell(phase="drawing")

    def drawing(charts: Any) -> None:
        with whole(folder) as place:
            save(charts, place)
            _json(place / DRAWN, {"of": subject, "lang": task.lang})

    return undrawn_in_words(tried(drawing, folder.name), task.lang)


def ended(task: Task, address: str, undrawn: str, code: int = 0) -> Outcome:
    """How a job ends whose answer stands at an address: there, or where something could not be
    drawn, saying so."""
    if undrawn:
        back = Paragraph(say("web.ask.stands", task.lang), "note")
        return Outcome(code, sentence=undrawn, blocks=(back,))
    return Outcome(code, go=address)


def _json(path: Path, body: Any) -> None:
    text = json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object that this page or a verb has written; empty where it cannot be read."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


# ---- 7: comparison.


@dataclass(frozen=True)
class Compared:
    """A comparison that was made, its lines in the order in which they are shown."""

    found: Comparison
    lines: pd.DataFrame
    texts: list[str]
    subject: str
    told: Told


def plan_folders(ask: Ask) -> list[str]:
    """Folders of one plan each, the newest first: of a decision those of its futures."""
    names: list[str] = []
    for path in ask.opened.plans()[:LISTED]:
        try:
            head = head_of(path)
        except InputError:
            continue
        name = ask.opened.name(path)
        cases = head.get("cases") if head.get("kind") == folders.KIND else None
        inside = [f"{name}/{folders.KIND}/{c['name']}" for c in cases or []]
        names += inside or [name]
    return names


def compared(ask: Ask, plans: Sequence[str]) -> Compared:
    """The comparison of plan folders with the first of them; each is proven first."""
    states = tuple(state_of(ask.opened.plan(of)) for of in plans)

    def make() -> Compared:
        read = [ask.opened.read_plan(of) for of in plans]
        found = questions.compare(*read)
        lines = by_weight(found.lines)
        subject = mark("compare", *plans, *map(folders.plan_id, read))
        told = Told(lambda lang: compared_blocks(found, lang))
        return Compared(found, lines, _line_texts(found, lines), subject, told)

    made: Compared = ask.opened.remember(f"compare {json.dumps(plans)}", states, make)
    return made


def _line_texts(found: Comparison, lines: pd.DataFrame) -> list[str]:
    """What each line can be found by: ids and names, change and cause in both languages."""
    words = {
        (column, code): " ".join(say(f"compare.{column}.{code}", lang) for lang in ("vi", "en"))
        for column in ("change", "cause")
        for code in lines[column].unique()
    }
    columns = ["plan", "school", "item", "request", "change", "cause", "fund", "fund_reference"]
    forms = [lines, *(comparison.named_lines(found, lines, lang) for lang in ("vi", "en"))]
    rows = zip(*(f[columns].itertuples(index=False, name=None) for f in forms), strict=True)
    return [
        " ".join([*ids, *vi, *en, words["change", ids[4]], words["cause", ids[5]]])
        for ids, vi, en in rows
    ]


def compared_blocks(found: Comparison, lang: str) -> list[Block]:
    """What ``planner compare`` says, but its lines, which the page lists in full."""
    told = comparison.comparison_blocks(found, lang)
    head = say("compare.head.lines", lang)
    texts = [p.text if isinstance(p, Paragraph) else "" for p in told]
    return told[: texts.index(head)] if head in texts else told


def part_of_lines(found: Comparison, lines: pd.DataFrame, lang: str) -> Table:
    """Some lines of a comparison, as ``planner compare`` lists them, by the names of schools, items
    and funds."""
    named = replace(found, lines=comparison.named_lines(found, lines, lang))
    part = comparison.lines_table(named, lang, len(lines))
    if len(found.plans) == 2:
        rows = tuple(replace(row, cells=row.cells[1:]) for row in part.rows)
        part = replace(part, columns=part.columns[1:], rows=rows)
    return replace(part, heading="")


def asked_plans(ask: Ask) -> list[str]:
    """The plans that are to be compared, the base first."""
    plans = list(dict.fromkeys([ask.get("of"), *ask.texts("with")]))
    for of in plans:
        ask.opened.plan(of)
    if len(plans) > COMPARED:
        raise InputError([Finding("web.compare.most", Place(), {"most": COMPARED})])
    return plans


@page("/compare")
def compare_page(ask: Ask) -> Response:
    """What differs between a plan and others, and why."""
    plans = asked_plans(ask)
    choices = list(dict.fromkeys([*plans, *plan_folders(ask)]))
    about: dict[str, Any] = {"of": plans[0], "plans": plans, "choices": choices, "made": None}
    if len(plans) < 2:
        return ask.show("compare.html", **about)
    made = compared(ask, plans)
    rows = shown(ask, range(len(made.lines)), made.texts.__getitem__)
    part = part_of_lines(made.found, made.lines.iloc[list(rows.rows)], ask.lang)
    out = place_of(ask, plans[0], "compare")
    figures = [
        "coverage",
        "money",
        *("schools-" + _plain(p.name) for p in made.found.plans[1:]),
    ]
    ours = read_json(out / DRAWN) == {"of": made.subject, "lang": ask.lang}
    return ask.show(
        "compare.html", **about | {"made": made.found}, shown=rows, part=part,
        told=made.told[ask.lang], currency=_currency(made.found.reference.plan),
        figures=figures_in(ask, out / "figures", *figures) if ours else [],
    )  # fmt: skip


def _plain(name: str) -> str:
    """A plan's name in that of its figure."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name)


def _currency(plan: Any) -> str:
    return str(plan.scenario.settings.currency)


@page("/compare/workbook", "POST", reads=True)
def compare_workbook(ask: Ask) -> Response:
    """The tables of a comparison as the workbook that ``planner compare --out`` writes."""
    made = compared(ask, asked_plans(ask))
    return written(lambda path: comparison.write_xlsx(made.found, path, ask.lang), "compare.xlsx")


@page("/compare", "POST")
def draw_comparison(ask: Ask) -> Response:
    """Begins to write a comparison beside its base, with figures."""
    plans = asked_plans(ask)
    if len(plans) < 2:
        return go(link("/compare", of=plans[0]))
    out = ask.opened.name(place_of(ask, plans[0], "compare"))
    back = link("/compare", of=plans[0], **{"with": plans[1:]})
    return ask.start("compare", back, plans=plans, out=out)


@job("nothing")
def compare(task: Task) -> Outcome:
    """Writes what ``planner compare --out`` writes.

    Arguments: ``plans`` (folders, the base first), ``out`` (folder).
    """
    plans, out = list(task.args["plans"]), task.path("out")
    try_folder(out, inside=True)
    read = [folders.read(task.root / of) for of in plans]
    found = questions.compare(*read)
    task.teller.tell(phase="writing")
    with whole(out) as place:
        comparison.write_xlsx(found, place / "compare.xlsx", task.lang)
        text = comparison.markdown(found, task.lang)
        (place / "compare.md").write_text(text, encoding="utf-8")
        (place / "compare.json").write_text(comparison.as_json(found) + "\n", encoding="utf-8")
    subject = mark("compare", *plans, *map(folders.plan_id, read))
    undrawn = draw(
        task, out, subject, lambda charts, at: charts.save_all(found, at / "figures", task.lang)
    )
    return ended(task, link("/compare", of=plans[0], **{"with": plans[1:]}), undrawn)


# ---- 8: the price of promises, and what is sure.


@dataclass(frozen=True)
class Sure:
    """What of a plan is sure, with the diverse plans that stand beside the answer."""

    found: Alternatives
    others: list[str]
    """Their folders, as requests name them."""
    told: list[Block]
    """What ``planner alternatives`` says."""


@page("/prices")
def prices_page(ask: Ask) -> Response:
    """What each promise of a plan costs, and what of it is sure, as far as that was asked."""
    of, lang = ask.get("of"), ask.lang
    base = ask.opened.read_plan(of)
    out, sure = place_of(ask, of, "prices"), place_of(ask, of, STEM)
    priced, known, wrong = None, None, list[Finding]()
    try:
        if (out / explanation.PRICES).is_file():
            priced = explanation.read_prices(out, base)
    except InputError as error:
        wrong += error.findings
    try:
        if (sure / f"{STEM}.json").is_file():
            state = (state_of(base.path), state_of(sure))
            known = ask.opened.remember(
                f"sure {of} {lang}", state, lambda: sure_of(ask, sure, base)
            )
    except InputError as error:
        wrong += error.findings
    return ask.show(
        "prices.html", of=of, findings=wrong, currency=_currency(base.plan), priced=priced,
        told=explanation.policies_blocks(priced, lang) if priced else [], known=known,
        figures=drawn_of(ask, out, explanation.PRICES, "policies"),
        sure_figures=drawn_of(ask, sure, f"{STEM}.json", STEM),
        workbook=(sure / f"{STEM}.xlsx").is_file(),
    )  # fmt: skip


def drawn_of(ask: Ask, folder: Path, answer: str, name: str) -> list[tuple[str, str]]:
    """The figure of an answer in a folder, where it was drawn of this very answer, in the language
    that is read."""
    ours = read_json(folder / DRAWN) == {"of": digest(folder / answer), "lang": ask.lang}
    return figures_in(ask, folder, name) if ours else []


def digest(path: Path) -> str:
    """What tells an answer from any other; empty where there is none."""
    return folders.digest(path) if path.is_file() else ""


def sure_of(ask: Ask, folder: Path, base: folders.PlanFolder) -> Sure:
    """What stands in the folder that ``planner alternatives`` has written, proven to be of a
    plan."""
    found, others, lang = read_answers(folder, base), list[str](), ask.lang
    told = comparison.alternatives_blocks(found, lang)
    for number, said in enumerate(read_json(folder / f"{STEM}.json").get("plans") or [], start=1):
        own = folder / f"plan-{number}"
        head = folders.read_claims(own) if folders.is_plan_folder(own) else {}
        if head and head["value"] == said["value"]:
            others.append(ask.opened.name(own))
            how = {"value": rounded(float(said["value"]), 1, lang)}
            how["share"] = percent(float(head["gap"]), 2, lang, up=True)
            text = say("alternatives.plan", lang, number=number, **how)
            told.append(Paragraph(text, "body"))
    return Sure(found, others, told)


@page("/prices", "POST")
def ask_prices(ask: Ask) -> Response:
    """Begins to price every promise of a plan."""
    of = ask.get("of")
    out = ask.opened.name(place_of(ask, of, "prices"))
    chosen = {"gap": chosen_number(ask, "gap", 0, 1)}
    chosen |= {"time_limit": chosen_number(ask, "seconds", 0.01)}
    return ask.start("prices", link("/prices", of=of), of=of, out=out, **chosen)


@job("part")
def prices(task: Task) -> Outcome:
    """Prices every promise, and writes what ``planner explain --policies --out`` writes.

    Arguments: ``of`` (plan folder), ``out`` (folder), ``gap``, ``time_limit`` (seconds a solve).
    """
    out = task.path("out")
    try_folder(out, inside=True)
    known = folders.read(task.path("of"))
    chosen: dict[str, Any] = {k: task.args.get(k) for k in ("gap", "time_limit")}
    with listening(Parts()):
        found: Prices = questions.explain(known, **chosen, **task.listening())
    task.teller.tell(phase="writing")
    with whole(out) as place:
        explanation.write_prices(found, known, place)
    undrawn = draw_prices(task, out, found)
    code = 5 if found.unanswered else 0
    return ended(task, link("/prices", of=task.args["of"]), undrawn, code)


@page("/prices/sure", "POST")
def ask_alternatives(ask: Ask) -> Response:
    """Begins to look what of a plan is sure."""
    of = ask.get("of")
    out = ask.opened.name(place_of(ask, of, STEM))
    within = chosen_number(ask, "within", 1e-6, 1)
    plans = chosen_count(ask, "plans", 0, 0, 100)
    return ask.start(
        "alternatives", link("/prices", of=of), of=of, out=out,
        within=0.005 if within is None else within, plans=plans,
        time_limit=chosen_number(ask, "seconds", 0.01) or 60.0,
    )  # fmt: skip


@job("part")
def alternatives(task: Task) -> Outcome:
    """Looks what of a plan is sure, and writes what ``planner alternatives`` writes.

    Arguments: ``of`` (plan folder), ``out`` (folder), ``within`` (0–1), ``plans``, ``time_limit``.
    """
    out = task.path("out")
    try_folder(out, inside=True)
    known = folders.read(task.path("of"))
    task.teller.tell(phase="looking")
    chosen = {k: task.args[k] for k in ("within", "plans", "time_limit")}

    def told(decided: int, every: int) -> None:
        task.teller.tell(phase="looking", share=decided / max(1, every))

    with listening(Parts()):
        found = questions.alternatives(known, **chosen, stop=task.teller.stop, progress=told)
    task.teller.tell(phase="writing")
    with whole(out) as place:
        comparison.write_alternatives(found, place, task.lang)
    for number, result in enumerate(found.plans, start=1):
        folders.write(result, out / f"plan-{number}")
    undrawn = draw_sure(task, out, found)
    code = 5 if task.teller.stop() else 0
    return ended(task, link("/prices", of=task.args["of"]), undrawn, code)


def draw_prices(task: Task, out: Path, found: Prices) -> str:
    """Draws a plan's prices beside them; what could not be drawn, in words."""
    lang = task.lang
    subject = digest(out / explanation.PRICES)
    return draw(task, out, subject, lambda c, at: c.save_prices(found, at, lang))


def draw_sure(task: Task, out: Path, found: Alternatives) -> str:
    """Draws what is sure beside it; what could not be drawn, in words."""
    subject = digest(out / f"{STEM}.json")
    return draw(task, out, subject, lambda c, at: c.save_alternatives(found, at, task.lang))


def draw_frontier(task: Task, out: Path, found: Frontier) -> str:
    """Draws a frontier beside it; what could not be drawn, in words."""
    forms = ("png", "svg")
    return draw(
        task, out, digest(out / comparison.FRONTIER),
        lambda c, at: c.save(c.frontier(found, task.lang), at / "frontier", forms),
    )  # fmt: skip


@page("/prices/draw", "POST")
def ask_drawing(ask: Ask) -> Response:
    """Begins to draw the answers of a plan that are there; with ``at`` a scenario's frontier."""
    of, at = ask.get("of"), ask.get("at")
    if at:
        ask.opened.there(of), ask.opened.there(at)
        return ask.start("redraw", link("/frontier", of=of, at=at), of=of, at=at)
    out, sure = (ask.opened.name(place_of(ask, of, name)) for name in ("prices", STEM))
    return ask.start("redraw", link("/prices", of=of), of=of, prices=out, sure=sure)


@job("nothing")
def redraw(task: Task) -> Outcome:
    """Draws answers that stand, in another language.

    Arguments: ``of`` (scenario) and ``at`` (its frontier's folder); or ``of`` (plan folder) and
    ``prices``, ``sure`` (folders): what of them is of this plan.
    """
    of, undrawn = task.args["of"], ""
    if task.args.get("at"):
        scenario, at = api.load(task.path("of")), task.args["at"]
        out = task.path("at")
        undrawn = draw_frontier(task, out, comparison.read_frontier(out, scenario))
        return ended(task, link("/frontier", of=of, at=at), undrawn)
    known, out, sure = (folders.read(task.path("of")), task.path("prices"), task.path("sure"))
    if (out / explanation.PRICES).is_file():
        with suppress(InputError):
            undrawn = draw_prices(task, out, explanation.read_prices(out, known))
    if (sure / f"{STEM}.json").is_file():
        with suppress(InputError):
            undrawn = undrawn or draw_sure(task, sure, read_answers(sure, known))
    return ended(task, link("/prices", of=of), undrawn)


@page("/prices/workbook")
def sure_workbook(ask: Ask) -> Response:
    """The workbook of what is sure."""
    path = place_of(ask, ask.get("of"), STEM) / f"{STEM}.xlsx"
    if not path.is_file():
        raise NowhereError(ask.get("of"))
    return taken_away(path.read_bytes(), path.name, WORKBOOK)


# ---- 9: frontier.

FRONTIERS = "frontiers"
"""Folder of frontiers, as ``planner frontier`` has it by default."""
MOST_POINTS = 1001


def movable(scenario: Scenario, lang: str) -> list[tuple[str, str]]:
    """What a frontier may move, and how it is called: money of all funds, of one, fairness, the
    bound of a rule (with its bound of today)."""
    settings = scenario.settings
    found = [("money", say("frontier.all", lang))]
    found += [
        (f"fund:{name}", fund_name(scenario, name, lang))
        for name, fund in settings.funds.items()
        if fund.role == "general"
    ]
    found.append(("fairness", say("frontier.title.fairness", lang)))
    for name, rule in settings.rules.items():
        bound = next(
            (b for b in (rule.at_most, rule.at_least, rule.exactly) if b is not None), None
        )
        now = bound.share if isinstance(bound, Share) else bound
        if now is not None:
            told = rule_title(scenario, name, lang)
            found.append((f"rule:{name}", f"{told}: {trimmed(now, lang)}"))
    return found


def frontiers_of(ask: Ask, scenario: Scenario) -> list[tuple[str, str]]:
    """Folders of the frontiers of a scenario that were traced, with their titles."""
    place = ask.opened.root / FRONTIERS
    found = list[tuple[str, str]]()
    for path in sorted(place.glob(f"*/{comparison.FRONTIER}")) if place.is_dir() else []:
        body = read_json(path)
        if body.get("scenario") == scenario.id:
            told = comparison.read_frontier(path.parent, scenario)
            title = comparison.frontier_title(told, ask.lang)
            found.append((ask.opened.name(path.parent), title))
    return found


@page("/frontier")
def frontier_page(ask: Ask) -> Response:
    """What to trace of a scenario; with ``at`` (a folder) what was traced."""
    of, at = ask.get("of"), ask.get("at")
    scenario = sound(ask, of)
    about: dict[str, Any] = {"of": of, "at": at, "moves": movable(scenario, ask.lang)}
    about |= {"traced": frontiers_of(ask, scenario), "told": [], "figures": [], "stale": False}
    if at:
        place = ask.opened.there(at)
        found = comparison.read_frontier(place, scenario)
        body = read_json(place / comparison.FRONTIER)
        about |= {
            "told": comparison.frontier_blocks(found, ask.lang),
            "figures": drawn_of(ask, place, comparison.FRONTIER, "frontier"),
            "stale": body.get("inputs") != dict(scenario.inputs),
        }
    return ask.show("frontier.html", **about, currency=scenario.settings.currency)


@page("/frontier", "POST")
def ask_frontier(ask: Ask) -> Response:
    """Begins to trace a frontier."""
    of, what = ask.get("of"), ask.get("what", "money")
    scenario = sound(ask, of)
    kind, _, name = what.partition(":")
    fund, rule = (name if kind == k else None for k in ("fund", "rule"))
    start, stop = (chosen_number(ask, k) for k in ("start", "stop"))
    points = chosen_count(ask, "points", 21, 1, MOST_POINTS)
    if rule and (start is None or stop is None):
        raise InputError([Finding("web.frontier.ends", Place(key=rule))])
    chosen: dict[str, Any] = {"fund": fund, "rule": rule, "fairness": kind == "fairness"}
    default = (0.0, 1.0) if kind in ("fairness", "rule") else (-0.5, 0.5)
    ends = [d if given is None else given for d, given in zip(default, (start, stop), strict=True)]
    make_path(scenario, **chosen, ends=(ends[0], ends[1]), points=points)
    out = ask.opened.path(f"{FRONTIERS}/{scenario.id}-{name or kind}")
    chosen |= {"start": start, "stop": stop, "points": points}
    chosen |= {"gap": chosen_number(ask, "gap", 0, 1)}
    chosen |= {"time_limit": chosen_number(ask, "seconds", 0.01)}
    back = link("/frontier", of=of)
    return ask.start("frontier", back, of=of, out=ask.opened.name(out), **chosen)


@job("points")
def frontier(task: Task) -> Outcome:
    """Traces a frontier into its folder as ``planner frontier`` does; points that were finished
    before are not solved again.

    Arguments: ``of`` (scenario), ``out`` (folder), and as for :func:`planner.frontier` ``fund``,
    ``rule``, ``fairness``, ``start``, ``stop``, ``points``, ``gap``, ``time_limit``.
    """
    out = task.path("out")
    try_folder(out, inside=True)
    scenario = api.load(task.path("of"))
    asked = ("fund", "rule", "fairness", "start", "stop", "points", "gap", "time_limit")
    chosen: dict[str, Any] = {k: task.args.get(k) for k in asked}
    task.teller.tell(phase="tracing")

    def told(done: int, every: int) -> None:
        task.teller.tell(phase="tracing", share=done / every)

    with listening(Parts()):
        found = questions.frontier(
            scenario, folder=out, stopping=task.teller.stop, progress=told, **chosen
        )
    with whole(out) as place:
        comparison.write_frontier(found, place)
    undrawn = draw_frontier(task, out, found)
    failed = found.table["error"].astype(bool).any()
    address = link("/frontier", of=task.args["of"], at=task.args["out"])
    return ended(task, address, undrawn, 5 if failed or not found.finished else 0)


# ---- 10: one decision for several futures.


@page("/futures")
def futures_page(ask: Ask) -> Response:
    """The futures of a scenario in words; where it has none, what futures are."""
    of = ask.get("of")
    if folders.is_plan_folder(ask.opened.there(of)):
        return go(link("/decision", of=of))
    scenario = sound(ask, of)
    told = blocks(understanding.futures_lines(scenario, ask.lang, UNBROKEN))
    place = place_of_decision(ask.opened.root, scenario)
    decided = ask.opened.name(place) if folders.is_plan_folder(place) else ""
    currency = scenario.settings.currency
    funds = scenario.settings.funds
    fund = next((name for name, known in funds.items() if known.role == "general"), "")
    return ask.show(
        "futures.html", of=of, told=told, decided=decided, currency=currency, fund=fund,
        first=scenario.settings.years[0], proof=proof_of(ask, of, scenario),
    )  # fmt: skip


@page("/futures/prove", "POST", reads=True)
def ask_proof(ask: Ask) -> Response:
    """Begins to prove which futures have a plan."""
    of = ask.get("of")
    sound(ask, of)
    seconds = chosen_number(ask, "seconds", 0.01)
    return ask.start(
        "prove", link("/futures", of=of), of=of, time_limit=seconds, keep=not ask.opened.read_only
    )


@page("/futures", "POST")
def ask_decision(ask: Ask) -> Response:
    """Begins to decide for all futures of a scenario."""
    of = ask.get("of")
    sound(ask, of)
    chosen = {"gap": chosen_number(ask, "gap", 0, 1)}
    chosen |= {"time_limit": chosen_number(ask, "seconds", 0.01)}
    return ask.start("decide", link("/futures", of=of), of=of, **chosen)


@job("plan")
def decide(task: Task) -> Outcome:
    """Decides now for all futures and writes the decision's folder as ``planner run`` does.

    Arguments: ``of`` (scenario), ``gap``, ``time_limit``.
    """
    scenario, lang = api.load(task.path("of")), task.lang
    out = place_of_decision(task.root, scenario)
    chosen: dict[str, Any] = {k: task.args.get(k) for k in ("gap", "time_limit")}
    found = decide_futures(scenario, **chosen, **task.listening())
    code = int(found.status.exit_code)
    if found.results:
        place = folders.write(found, out)
        undrawn = add_figure(task, place, lambda charts, at: charts.save_decided(found, at, lang))
        address = link("/decision", of=out.relative_to(task.root).as_posix())
        return ended(task, address, undrawn, code)
    said = say(f"door_status_{found.status}", lang)
    blocked, told = scenario.cases.get(found.blocked), list[Block]()
    if blocked is not None:
        told.append(Paragraph(say("futures.blocked", lang, case=found.blocked), "lead"))
        told += clash(task, blocked)[0]
    elif str(found.status) == "infeasible":
        told.append(Paragraph(say("futures.none_for_all", lang), "lead"))
    currency = scenario.settings.currency
    return Outcome(code, sentence=said, blocks=tuple(told), currency=currency)


def add_figure(task: Task, place: Path, save: Callable[[Any, Path], object]) -> str:
    """Draws figures into a plan folder that stands; what could not be drawn, in words."""
    task.teller.tell(phase="drawing")
    head = folders.read_claims(place)

    def drawing(charts: Any) -> None:
        with folders.workplace(place) as made:
            save(charts, made / "figures")
            folders.add(place, made, head)

    return undrawn_in_words(tried(drawing, place.name), task.lang)


@page("/decision")
def decision_page(ask: Ask) -> Response:
    """One decision for several futures, and the plan of each."""
    of = ask.get("of")
    path = ask.opened.plan(of)
    head = head_of(path)
    if head.get("kind") != folders.KIND:
        return go(link("/plan", of=of))
    found: Decided = ask.opened.remember(
        f"decision {of}", state_of(path), lambda: folders.read_decided(path)
    )
    plans = [(str(case), f"{of}/{folders.KIND}/{case}") for case in found.futures["case"]]
    return ask.show(
        "decision.html", of=of, plans=plans, told=comparison.decided_blocks(found, ask.lang),
        figures=figures_in(ask, path / "figures", "decision"),
        tables=sorted(n for n in head["files"] if n.endswith(".csv") and "/" not in n),
        currency=found.scenario.settings.currency,
    )  # fmt: skip
