"""Jobs of plans: one of a scenario, as ``planner run`` makes it; its figures; why a school got what
it got."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner import api, questions
from planner.analysis.conflict import Repairs, amended, lock_conflict, moved_keys, repairs
from planner.errors import InputError
from planner.messages import say
from planner.present.content import Block
from planner.present.explanation import (
    change,
    moved_blocks,
    repairs_blocks,
    why_blocks,
)
from planner.present.painting import Painters, add_figures, draw_amended, undrawn_in_words
from planner.present.painting import draw as draw_all
from planner.run import folder as folders
from planner.run.result import Result
from planner.scenario import write as writing
from planner.scenario.load import source_of
from planner.scenario.scenario import Scenario, settings_yaml
from planner.solving.solution import Progress
from planner.system.process import listening
from planner.web.opened import PLANS, Opened, first_place
from planner.web.pages import link
from planner.web.work import Outcome, Parts, Task, job

FIGURES = "figures"
"""The figures' folder within a plan's."""
REPAIR_SECONDS = 60.0
"""For conflict and repairs, as ``planner run`` gives them, unless a longer limit was asked for."""


@job("plan")
def run(task: Task) -> Outcome:
    """Solves a scenario and writes its plan folder; of one that is proven infeasible, its conflict
    and repairs.

    Arguments: ``of`` (scenario), ``overrides`` (as ``--set`` takes them), ``out`` (plan folder;
    default: :func:`place_of`), ``gap``, ``time_limit``, ``tidy``, ``lock`` (an edited workbook),
    ``lock_all``, ``plan`` (the folder it belongs to).
    """
    overrides = task.args.get("overrides") or {}
    scenario = api.load(task.path("of"), overrides, progress=task.teller.progress)
    if scenario.cases:  # a decision for several futures has a page of its own
        return Outcome(go=link("/futures", of=task.args["of"]))
    name = str(task.args.get("out") or "")
    if not name and task.args.get("lock"):
        name = f"{PLANS}/{scenario.id}-locked"
    out = task.root / name if name else place_of(task.root, scenario)
    if task.args.get("lock"):  # another job may have taken that name meanwhile
        out = Opened(task.root).free(out)
    folders.refuse_foreign(out)
    chosen = {
        k: task.args[k] for k in ("gap", "time_limit", "tidy") if task.args.get(k) is not None
    }
    if task.args.get("lock"):
        chosen |= {"lock": task.path("lock"), "lock_all": bool(task.args.get("lock_all"))}
        chosen |= {"plan": task.path("plan")} if task.args.get("plan") else {}
    with Painters(len(scenario.schools)) as painters:  # they get ready while this process solves
        result = api.solve(scenario, **task.listening(), **chosen)
        if result.maybe_plan is None:
            painters.close()
            return without_plan(task, result, overrides)
        with folders.workplace(out) as made:
            drawn = painters.start(result.plan, made / FIGURES, task.lang)
            api.write(result, out, figures=False, progress=task.teller.progress)
            task.teller.tell(phase="drawing")
            add_figures(out, made, drawn, folders.read_claims(out))
    of = out.relative_to(task.root).as_posix()
    return Outcome(int(result.status.exit_code), go=link("/plan", of=of))


def place_of(root: Path, scenario: Scenario) -> Path:
    """Where a scenario's plan belongs: ``plans/<id>``, as ``planner run`` has it, or with a number
    where the plan of another scenario (other schools, money or rules) stands there."""
    return first_place(root, scenario.id, lambda place: asks_the_same(place, scenario))


def place_of_decision(root: Path, scenario: Scenario) -> Path:
    """Where a scenario's decision for its futures belongs: ``plans/<id>``, as ``planner run`` has
    it, or with a number where a plan stands there, or the decision of other futures or schools."""
    return first_place(root, scenario.id, lambda place: decides_the_same(place, scenario))


def decides_the_same(place: Path, scenario: Scenario) -> bool:
    """Whether a plan folder is the decision of a scenario's futures and schools."""
    if not folders.is_plan_folder(place):
        return False
    try:
        head = folders.read_claims(place)
        cases = [str(case["name"]) for case in head["cases"]]
        schools = _schools_in(place / folders.KIND / cases[0])
    except (OSError, InputError, ValueError, KeyError, IndexError, TypeError):
        return False
    own = (head.get("kind"), head.get("scenario"), sorted(cases), schools)
    return own == (folders.KIND, scenario.id, sorted(scenario.cases), _schools_of(scenario))


def _schools_in(place: Path) -> list[tuple[str, str]]:
    """Id and name of the schools of a plan folder's own scenario."""
    path = place / "inputs" / "schools.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["school"], row["name"]) for row in csv.DictReader(file)]


def _schools_of(scenario: Scenario) -> list[tuple[str, str]]:
    return list(scenario.schools[["school", "name"]].itertuples(index=False, name=None))


def asks_the_same(place: Path, scenario: Scenario) -> bool:
    """Whether a plan folder is that of a scenario's own settings and schools, and holds no edits
    by hand."""
    if not folders.is_plan_folder(place):
        return False
    try:
        text = (place / "inputs" / writing.FILE).read_text(encoding="utf-8")
        schools = _schools_in(place)
        written = folders.read_claims(place)["files"][folders.WORKBOOK]
        kept = folders.digest(place / folders.WORKBOOK) == written
    except (OSError, InputError, ValueError, KeyError):
        return False
    # Files of two offices may have one name, and so the scenarios that are made of them.
    settings = settings_yaml(scenario.settings, [])
    return (
        kept and schools == _schools_of(scenario) and _without_data(text) == _without_data(settings)
    )


def _without_data(text: str) -> list[str]:
    """Lines of settings without the names of files."""
    kept, inside = list[str](), False
    for line in text.splitlines():
        inside = line.startswith("data:") or (inside and line.startswith(" "))
        if not inside:
            kept.append(line)
    return kept


def without_plan(task: Task, result: Result, overrides: Mapping[str, Any]) -> Outcome:
    """Why there is no plan: of a scenario that is proven infeasible, the locks that must move, or
    the conflict and its repairs."""
    scenario, lang = result.scenario, task.lang
    said = say(f"door_status_{result.status}", lang)
    code, currency = int(result.status.exit_code), scenario.settings.currency
    if str(result.status) != "infeasible" or task.teller.stop():
        return Outcome(code, sentence=said)
    with all_of_it(task, "repairing") as progress:
        blocks, found = clash(task, scenario, progress)
    if found is None:
        return Outcome(code, sentence=said, blocks=tuple(blocks), currency=currency)
    data = {"template": "job_repairs.html", "repairs": repaired(found, task, overrides)}
    return Outcome(code, sentence=said, blocks=tuple(blocks), currency=currency, data=data)


def clash(
    task: Task, scenario: Scenario, progress: Callable[[Progress], None] | None = None
) -> tuple[list[Block], Repairs | None]:
    """What is said of a scenario that is proven infeasible: the locks that must move, or what
    conflicts, with the repairs; ``progress``: of their search, which then can be stopped too."""
    limit, lang = task.args.get("time_limit"), task.lang
    if not scenario.table("locks").empty:
        seconds = limit or float(scenario.settings.solve.time_limit)
        moved = lock_conflict(scenario, time_limit=seconds)
        if moved is not None:
            return moved_blocks(moved, lang, str(task.args.get("lock") or "")), None
    stop = task.teller.stop if progress is not None else None
    seconds = max(limit or 0.0, REPAIR_SECONDS)
    found = repairs(scenario, seconds=seconds, progress=progress, stop=stop)
    return repairs_blocks(found, scenario, lang, applies=False), found


@contextmanager
def all_of_it(task: Task, phase: str) -> Iterator[Callable[[Progress], None]]:
    """One phase, whatever is read, built and solved in it; who is told how far it is."""

    def told(at: Progress) -> None:
        task.teller.tell(phase=phase, share=at.share, stage=at.subject)

    task.teller.tell(phase=phase)
    with listening(Parts()):
        yield told


def repaired(found: Repairs, task: Task, overrides: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each repair: what it changes in words, and the scenario with it as ``--apply-repair`` would
    write it (its file in the opened folder, its text). Nothing is written into a plan folder: of a
    scenario there, ``whole`` is the folder of a new one, which has ``changes``."""
    source, joint = source_of(task.path("of")), say("repair.and", task.lang)
    opened, told = Opened(task.root), []
    for number, repair in enumerate(found.found, 1):
        words = joint.join(change(c, repair.scenario, task.lang) for c in repair.changes)
        name = f"{source.stem}-repair-{number}"
        if opened.sealed(source):
            changes = {**overrides, **moved_keys(repair)}
            file = {"file": f"{name}/{writing.FILE}", "whole": name, "changes": changes}
        else:
            target = source.with_name(f"{name}.yaml")
            text = amended(repair, source, overrides)
            file = {"file": target.relative_to(task.root).as_posix(), "text": text}
        told.append({"words": words, "of": task.args["of"]} | file)
    return told


@job("nothing")
def draw(task: Task) -> Outcome:
    """Draws the figures of a plan folder and adds them to it, as ``planner run`` does. Argument:
    ``of``."""
    of = str(task.args["of"])
    folder = api.read(task.path("of"))
    head = folders.read_claims(folder.path)
    with folders.workplace(folder.path) as made:

        def drawn() -> list[tuple[str, str]]:
            _, undrawn = draw_all(folder.plan, made / FIGURES, task.lang)
            return undrawn + draw_amended(folder, made / FIGURES, task.lang)[1]

        undrawn = add_figures(folder.path, made, drawn, head)
    if undrawn:
        return Outcome(sentence=undrawn_in_words(undrawn, task.lang, of))
    return Outcome(go=link("/plan", of=of))


@job("part")
def why(task: Task) -> Outcome:
    """Why a school got what it got, and what would meet its needs, as ``planner explain --school``
    says it. Arguments: ``of`` (plan folder), ``school`` (id)."""
    folder = api.read(task.path("of"), progress=task.teller.progress)
    items = folder.scenario.items
    with all_of_it(task, "explaining") as told:

        def named(at: Progress) -> None:
            item = items.get(at.subject)
            told(at if item is None else replace(at, subject=item.label(task.lang)))

        school = str(task.args["school"])
        found = questions.explain(folder, school=school, progress=named, stop=task.teller.stop)
    currency = folder.scenario.settings.currency
    return Outcome(blocks=tuple(why_blocks(found, task.lang)), currency=currency)
