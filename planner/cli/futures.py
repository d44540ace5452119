"""Verbs on several futures: ``planner alternatives``, ``compare``, ``explain``, ``frontier``.

Figures come last, after all else stands and was said: one that cannot be drawn is a warning.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from planner.analysis.alternatives import alternatives as looked
from planner.analysis.answers import beside_of
from planner.analysis.compare import compare as compared
from planner.analysis.conflict import repairs
from planner.analysis.explain import Proven, explain_school, prices
from planner.analysis.frontier import frontier as traced
from planner.analysis.resolve import cluster
from planner.messages import say
from planner.present import comparison, explanation
from planner.present.explanation import repairs_dict, repairs_text
from planner.present.painting import tried, undrawn_in_words
from planner.present.summary import files_written
from planner.present.terminal import Listener
from planner.run import folder as folder_of
from planner.run.deciding import decide_futures
from planner.run.folder import PlanFolder, read
from planner.run.folder import write as write_plan
from planner.run.result import Decided
from planner.scenario.load import load
from planner.scenario.reading.sources import nearest
from planner.scenario.scenario import Scenario
from planner.system.disk import try_folder, whole, write_file


def _draw(draw: Callable[[Any], object], stem: Path, lang: str) -> None:
    """Draws ``stem`` with the module of these verbs' figures; says what could not be drawn."""
    if undrawn := tried(draw, stem.as_posix()):
        click.echo(undrawn_in_words(undrawn, lang), err=True)


REPAIR_SECONDS = 60.0
"""Time for conflict and repairs unless a longer ``--time-limit`` was given."""


def shown_path(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def decide(loaded: Scenario, given: dict[str, Any]) -> int:
    """Decides now for all futures of a scenario; the exit code."""
    odd = [n for n in ("relax", "lock", "lock_all", "plan", "apply_repair") if given[n]]
    if odd:
        raise click.UsageError(
            say("futures.no_option", given["lang"], name=odd[0].replace("_", "-"))
        )
    lang, out = given["lang"], Path(given["out"] or Path("plans") / loaded.id)
    folder_of.refuse_foreign(out.absolute())
    listener = Listener(lang)
    with listener:
        asked = ("gap", "time_limit", "threads", "solver", "method", "cluster", "tidy")
        found = decide_futures(
            loaded, progress=listener.progress, stop=listener.stop, chosen=listener.chosen,
            **{k: given[k] for k in asked},
        )  # fmt: skip
        # a first Ctrl-C keeps what was found until it is there
        written = folder_of.write(found, out.absolute()) if found.results else None
    if written is not None:
        shown = shown_path(written)
        if given["as_json"]:
            body = folder_of.decided_claims(found) | {"folder": shown}
            click.echo(json.dumps(body, ensure_ascii=False))
        else:
            click.echo(comparison.decided_text(found, lang))
            click.echo(files_written([shown, f"{shown}/decision.csv"], lang))
        if not given["no_figures"]:
            _draw_decided(found, written, lang)
        return int(found.status.exit_code)
    blocked = loaded.cases.get(found.blocked)
    click.echo(say(f"door_status_{found.status}", lang), err=True)
    if blocked is not None:
        click.echo(say("futures.blocked", lang, case=found.blocked), err=True)
    elif str(found.status) == "infeasible":
        click.echo(say("futures.none_for_all", lang), err=True)
    body = {"scenario": loaded.id, "status": str(found.status), "blocked": found.blocked}
    if blocked is not None:
        seconds = max(given["time_limit"] or 0.0, REPAIR_SECONDS)
        click.echo(say("repair.searching", lang, seconds=round(seconds)), err=True)
        mended = repairs(blocked, seconds=seconds)
        body |= repairs_dict(mended, blocked)
        if not given["as_json"]:
            click.echo(repairs_text(mended, blocked, lang))
    if given["as_json"]:
        click.echo(json.dumps(body, ensure_ascii=False))
    return int(found.status.exit_code)


def _draw_decided(found: Decided, written: Path, lang: str) -> None:
    """The figure of a decision, added to its folder; what cannot be drawn is a warning."""
    head = folder_of.read_claims(written)
    with folder_of.workplace(written) as made:

        def draw(figures: Any) -> None:
            figures.save_decided(found, made / "figures", lang)
            folder_of.add(written, made, head)

        _draw(draw, written, lang)


def compare(plans: tuple[str, ...], given: dict[str, Any]) -> None:
    """Says what differs between plans, and why."""
    lang = given["lang"]
    out = Path(given["out"]) if given["out"] else None
    if len(plans) < 2:
        raise click.UsageError("compare needs at least two plans")
    if out is not None:
        try_folder(out, inside=True)
    for path in plans:
        click.echo(say("compare.reading", lang, path=path), err=True)
    found = compared(*plans)
    if out is not None:
        with whole(out) as place:
            comparison.write_xlsx(found, place / "compare.xlsx", lang)
            (place / "compare.md").write_text(comparison.markdown(found, lang), encoding="utf-8")
            (place / "compare.json").write_text(comparison.as_json(found) + "\n", encoding="utf-8")
        click.echo(say("compare.written", lang, folder=out.as_posix()), err=True)
    if given["as_json"] or given["shape"] == "json":
        click.echo(comparison.as_json(found))
    elif given["shape"] == "markdown":
        click.echo(comparison.markdown(found, lang), nl=False)
    else:
        click.echo(comparison.text(found, lang), nl=False)
    if out is not None and not given["no_figures"]:
        _draw(lambda figures: figures.save_all(found, out / "figures", lang), out, lang)


def explain(folder: str, given: dict[str, Any]) -> int:
    """Says what each policy of a plan costs, and why a school got what it got; the exit code."""
    if not given["policies"] and given["school"] is None:
        raise click.UsageError("explain needs --policies or --school ID")
    lang, school = given["lang"], given["school"]
    out = Path(given["out"]) if given["out"] else None
    if out is not None:
        try_folder(out, inside=True)
    found = read(Path(folder))
    known = list(found.scenario.schools["school"])
    if school is not None and school not in known:
        close = nearest(school, known) or "-"
        raise click.UsageError(say("why.unknown_school", lang, school=school, nearest=close))
    bodies: dict[str, Any] = {}
    listener = Listener(lang, "explain.stopping")
    with listener:
        if given["policies"]:
            _priced(found, given, out, listener, bodies)
        if school is not None and not listener.stopping:
            _looked_into(found, given, out, listener, bodies)
    if given["as_json"]:
        click.echo(json.dumps(bodies, ensure_ascii=False))
    return 5 if listener.stopping else 0


def _priced(
    found: PlanFolder, given: dict[str, Any], out: Path | None, listener: Listener,
    bodies: dict[str, Any],
) -> None:  # fmt: skip
    """What each policy costs, said and written."""
    lang = given["lang"]

    def told(kind: str, name: str) -> None:
        code = "explain.untidied" if kind == "tidy" else "explain.solving"
        click.echo(say(code, lang, name=name), err=True)

    priced = prices(
        found.plan, **asdict(Proven.of(found)), gap=given["gap"], time_limit=given["time_limit"],
        listener=told, stop=listener.stop,
    )  # fmt: skip
    bodies["policies"] = explanation.policies_dict(priced)
    if priced.unanswered:
        bodies["unfinished"] = [name for _, name in priced.unanswered]
    if out is not None:
        with whole(out) as place:
            explanation.write_prices(priced, found, place)
        click.echo(say("explain.written", lang, folder=out.as_posix()), err=True)
    if not given["as_json"]:
        click.echo(explanation.policies_text(priced, lang), nl=False)
    if out is not None and not given["no_figures"]:
        _draw(lambda figures: figures.save_prices(priced, out, lang), out / "policies", lang)


def _looked_into(
    found: PlanFolder, given: dict[str, Any], out: Path | None, listener: Listener,
    bodies: dict[str, Any],
) -> None:  # fmt: skip
    """Why a school got what it got, said and written."""
    lang, school = given["lang"], given["school"]
    explained = explain_school(
        found.plan, school, **asdict(Proven.of(found)), seconds=given["time_limit"] or 20.0,
        listener=lambda item: click.echo(say("why.looking", lang, item=item), err=True),
        stop=listener.stop,
    )  # fmt: skip
    bodies["school"] = explanation.why_dict(explained)
    if explained.unanswered:
        bodies["unfinished"] = list(explained.unanswered)
    if out is not None:
        text = json.dumps(bodies["school"], ensure_ascii=False, indent=1)
        write_file(out / f"school-{school}.json", (text + "\n").encode())
        click.echo(say("explain.written", lang, folder=out.as_posix()), err=True)
    if not given["as_json"]:
        click.echo(explanation.why_text(explained, lang), nl=False)


def alternatives(folder: str, given: dict[str, Any]) -> int:
    """Says which schools' items are sure and which are open; the exit code."""
    lang = given["lang"]
    if not 0 < given["within"] <= 1:
        raise click.UsageError("--within is more than 0 and at most 100%")
    out = Path(given["out"] or beside_of(folder, "alternatives"))
    try_folder(out, inside=True)
    known = read(Path(folder))
    listener = Listener(lang)

    began = time.perf_counter()

    def told(decided: int, every: int) -> None:
        how = {"decided": decided, "every": every, "seconds": round(time.perf_counter() - began)}
        click.echo(say("alternatives.progress", lang, **how), err=True)

    with listener:
        found = looked(
            known, within=given["within"], plans=given["plans"], time_limit=given["time_limit"],
            threads=given["threads"], stop=listener.stop, progress=told,
        )  # fmt: skip
        stopped = listener.stopping
        # a first Ctrl-C keeps what was found until it is there
        with whole(out) as place:
            comparison.write_alternatives(found, place, lang)
        for number, result in enumerate(found.plans, start=1):
            write_plan(result, out / f"plan-{number}")
    if not given["no_figures"] and listener.stopping == stopped:
        _draw(
            lambda figures: figures.save_alternatives(found, out, lang), out / "alternatives", lang
        )
    if given["as_json"]:
        body = comparison.alternatives_dict(found) | {"folder": out.as_posix()}
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        click.echo(comparison.alternatives_text(found, lang) + f"\n  {out.as_posix()}")
    return 5 if stopped else 0


def frontier(scenario: str, given: dict[str, Any]) -> int:
    """Traces value and coverage against money, a rule's bound or fairness; the exit code."""
    lang = given["lang"]
    if sum([bool(given["fund"]), bool(given["rule"]), given["fairness"]]) > 1:
        raise click.UsageError("--fund, --rule and --fairness exclude each other")
    if given["rule"] and (given["start"] is None or given["stop"] is None):
        raise click.UsageError("--rule needs --from and --to")
    loaded = load(scenario, given["overrides"])
    what = given["rule"] or given["fund"] or ("fairness" if given["fairness"] else "money")
    folder = Path(given["out"] or Path("frontiers") / f"{loaded.id}-{what}")
    try_folder(folder, inside=True)
    asked = ("fund", "rule", "fairness", "start", "stop", "points", "gap", "time_limit")
    pool = cluster(given["cluster"]) if given["cluster"] else nullcontext()
    with pool as executor, _bar(given["points"], lang) as progress:
        found = traced(
            loaded, workers=given["workers"], executor=executor, folder=folder,
            progress=progress, **{k: given[k] for k in asked},
        )  # fmt: skip
    with whole(folder) as place:
        comparison.write_frontier(found, place)
    failed = found.table[found.table["error"].astype(bool)]
    for row in failed.to_dict("records"):
        text = say("frontier.failed", lang, point=row["point"] + 1, error=row["error"])
        click.echo(text, err=True)
    if given["as_json"]:
        body = comparison.frontier_dict(found) | {"folder": folder.as_posix()}
        click.echo(json.dumps(body, ensure_ascii=False, allow_nan=False))
    else:
        click.echo(comparison.frontier_text(found, lang) + f"\n  {folder.as_posix()}")

    def draw(figures: Any) -> None:
        with whole(folder) as place:
            figures.save(figures.frontier(found, lang), place / "frontier", ("png", "svg"))

    _draw(draw, folder / "frontier", lang)
    return 0 if failed.empty else 5


@contextmanager
def _bar(points: int, lang: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; Ctrl-C says that nothing finished is lost."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=False) as shown:
            task = shown.add_task("", total=points)
            yield lambda done, _: shown.update(task, completed=done)
    except KeyboardInterrupt:
        click.echo(say("frontier.resume", lang), err=True)
        raise
