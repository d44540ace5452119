"""The summary after a run: what a planner would read aloud, as plain text.

Every section is a function from the plan's tables to lines; nothing is computed here that the
tables do not already say, except sums and means of their rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.errors import NoPlanError
from planner.messages import say
from planner.messages.numbers import percent
from planner.phases import phase
from planner.present.locks import locks_in_words
from planner.present.ruled import request_lines, rule_lines
from planner.present.shortfalls import after_lines, fairness_lines, unmet_lines, worst_lines
from planner.present.style import MoneyScale, illustrative
from planner.present.telling import Text, Told
from planner.present.text_table import wrap
from planner.scenario.schema import GROUPS, PILLARS

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.result import Result

WITH_PLAN = ("optimal", "within_gap", "stopped")


@phase("summary")
def summary(
    result: Result,
    lang: str = "vi",
    *,
    width: int = 100,
    files: Sequence[str | Path] = (),
) -> str:
    """The summary of a run as text of at most ``width`` columns.

    ``files`` are the paths named at the end (the plan's folder, tables, figures), as given.
    Without a plan only the status is told.
    """
    text = Text(lang, width)
    lines = [*_title(result, text), "", *_status(result, text)]
    plan = _plan_of(result)
    if plan is not None:
        told = Told(plan, lang)
        sections = [_locks(plan, text), _money(told, text)]
        if plan.coverage.empty:
            sections += [_money_groups(told, text), request_lines(told, text)]
        else:
            sections += [
                _groups(told, result, text),
                request_lines(told, text),
                fairness_lines(told, text),
                worst_lines(told, text),
                unmet_lines(told, text),
                after_lines(told, text),
            ]
        sections.append(rule_lines(told, text))
        for section in filter(None, sections):
            lines += ["", *section]
    if files:
        lines += ["", *_files(files, text)]
    return "\n".join(lines) + "\n"


def files_written(files: Sequence[str | Path], lang: str = "vi", *, width: int = 100) -> str:
    """What was written where, as the end of a summary that was told before."""
    return "\n".join(_files(files, Text(lang, width))) + "\n"


def _files(files: Sequence[str | Path], text: Text) -> list[str]:
    return [text.head("summary.head.files"), *(f"  {path}" for path in files)]


def _locks(plan: Plan, text: Text) -> list[str]:
    """What was decided beforehand, where anything was."""
    head, *lines = locks_in_words(plan.scenario, text.lang, most=10) or [""]
    if not head:
        return []
    told = [line for lock in lines for line in wrap(lock, text.width, "    ")]
    return [text.head("summary.head.locks"), *wrap(head, text.width), *told]


def _plan_of(result: Result) -> Plan | None:
    """The plan, where there is one (a relaxation has values but none)."""
    try:
        return result.plan if result.status in WITH_PLAN else None
    except NoPlanError:
        return None


def _title(result: Result, text: Text) -> list[str]:
    scenario = result.scenario
    settings = scenario.settings
    first, last = settings.years
    lines = wrap(settings.title.say(text.lang), text.width, "")
    about = say(
        "summary.scenario",
        text.lang,
        scenario=scenario.id,
        first=str(first),
        last=str(last),
        prices=say(f"label.prices.{settings.prices}", text.lang),
        mode=say(f"label.mode.{settings.priority.mode}", text.lang),
    )
    if settings.tail_years:
        end = str(settings.all_years[-1])
        about += " " + say("summary.tail", text.lang, year=end)
    if settings.illustrative and illustrative(settings.title.say(text.lang), text.lang):
        about += f" {illustrative(settings.title.say(text.lang), text.lang)}."
    return [*lines, *wrap(about, text.width, "")]


def _status(result: Result, text: Text) -> list[str]:
    code = f"summary.status.{result.status}"
    if result.status == "stopped" and not _known(result.gap):
        code = "summary.status.stopped_unbounded"
    lines = [text.head("summary.head.status"), *text.say(code, gap=_gap(result.gap, text))]
    if result.status not in WITH_PLAN or not _known(result.value):
        return lines
    params = {"value": text.number(result.value, 1), "seconds": text.number(result.seconds, 1)}
    if not _known(result.bound):
        lines += text.say("summary.points_only", **params)
    else:
        lines += text.say("summary.points", bound=text.at_most(result.bound), **params)
    return [*lines, *_stages(result.stages, text)]


def _known(value: Any) -> bool:
    """Whether there is such a number (a missing bound is infinite or empty)."""
    return value is not None and bool(np.isfinite(float(value)))


def _gap(gap: Any, text: Text) -> str:
    """A gap in words, rounded up: what is said is proven, and only a gap of nought is «0%»."""
    if not _known(gap):
        return "–"
    hundredths = Decimal(str(float(gap))).quantize(Decimal("0.0001"), rounding=ROUND_CEILING)
    return percent(hundredths, 2, text.lang)


def _stages(stages: Sequence[Any], text: Text) -> list[str]:
    """The stages of a strict or maxmin solve; a single stage says nothing new, nor does one in
    which there is nothing to gain."""
    told_ = [s for s in stages if not _idle(s)]
    if len(told_) < 2:
        return []
    rows = []
    for stage in told_:
        name, status, value, bound, gap = (
            _part(stage, key) for key in ("name", "status", "value", "bound", "gap")
        )
        shown = [text.number(float(v), 1) if _known(v) else "–" for v in (value, bound)]
        word = say(f"label.status.{status}", text.lang)
        rows.append([_stage_name(str(name), text.lang), word, *shown, _gap(gap, text)])
    columns = [f"summary.col.{c}" for c in ("stage", "status", "value", "bound", "gap")]
    return [*text.say("summary.stages", count=len(rows)), *text.table(columns, rows, words=2)]


def _idle(stage: Any) -> bool:
    """Whether a stage has nothing that any plan could gain or lose."""
    return _part(stage, "value") == 0 and _part(stage, "bound") == 0


def _stage_name(name: str, lang: str) -> str:
    """``tier-1:completed`` or ``completed`` in words; other names as they are."""
    tier, _, group = name.rpartition(":")
    if group not in GROUPS or not (tier == "" or tier.removeprefix("tier-").isdigit()):
        return name
    word = say(f"label.group_short.{group}", lang)
    return say("summary.tier", lang, tier=tier.removeprefix("tier-"), group=word) if tier else word


def _part(stage: Any, key: str) -> Any:
    return stage.get(key) if isinstance(stage, Mapping) else getattr(stage, key)


MONEY = ("amount", "reserve", "carried_in", "usable", "spent", "left", "carried_out", "lapsed")


def _money(told: Told, text: Text) -> list[str]:
    ledger = told.plan.ledger
    years = list(told.plan.scenario.settings.plan_years)
    rows = ledger[(ledger["school"].fillna("") == "") & ledger["year"].isin(years)]
    if rows.empty:
        scale = told.columns([])
        return [
            text.head("summary.head.money", unit=scale.unit),
            *text.say("summary.no_money"),
        ]
    rows = rows.assign(
        usable=rows["usable"] + rows["carried_in"],
        left=rows["usable"] + rows["carried_in"] - rows["spent"],
    )
    total = {c: int(rows[c].sum()) for c in MONEY}
    scale = told.columns([int(v) for c in MONEY for v in rows[c]])
    columns = [c for c in MONEY if c not in ("carried_in", "carried_out") or total[c]]
    shown, named = [], ""
    for row in rows.to_dict("records"):
        name = told.fund(row["fund"])
        if name != named:
            shown.append([name])
        shown.append([str(row["year"]), *(scale.number(row[c]) for c in columns)])
        named = name
    shown.append([say("label.total", text.lang), *_totals(total, columns, scale)])
    heads = {"amount": "summary.col.given", "left": "summary.col.left"}
    header = ["label.column.year"]
    header += [heads.get(c, f"label.column.{c}") for c in columns]
    return [
        text.head("summary.head.money", unit=scale.unit),
        *_money_sentence(told, text, total, rows),
        *text.table(header, shown, totals=1),
        *text.say("summary.carried_note"),
    ]


def _totals(total: Mapping[str, int], columns: Sequence[str], scale: MoneyScale) -> list[str]:
    """The row of totals; what moves between years is not summed over them."""
    moving = ("carried_in", "carried_out", "usable", "left") if total["carried_in"] else ()
    return ["" if c in moving else scale.number(total[c]) for c in columns]


def _money_sentence(
    told: Told, text: Text, total: Mapping[str, int], rows: pd.DataFrame
) -> list[str]:
    """Money of the whole plan; carried money is counted once, at the end."""
    last = rows[rows["year"] == told.last_year]
    left = total["lapsed"] + int(last["carried_out"].sum())
    given = total["amount"]
    return text.say(
        "summary.money",
        spent=told.prose(total["spent"]),
        amount=told.prose(given),
        share=text.percent(total["spent"] / given if given else float("nan")),
        reserve=told.prose(total["reserve"]),
        left=told.prose(left),
        lapsed=told.prose(total["lapsed"]),
    )


def _groups(told: Told, result: Result, text: Text) -> list[str]:
    schools = told.plan.schools
    funded = schools[schools["group"] != "preparing"]
    proposed = schools[schools["group"] == "preparing"]
    scale = told.columns([int(v) for v in (funded["spent"].sum(), proposed["proposed"].sum())])
    rows = []
    for group in GROUPS:
        chosen = funded[funded["group"] == group]
        if len(chosen):
            label = say(f"label.group_short.{group}", text.lang)
            rows.append(_group_row(told, text, scale, label, group, chosen["spent"].sum()))
    label = say("summary.funded_total", text.lang)
    rows.append(_group_row(told, text, scale, label, "all", funded["spent"].sum()))
    if len(proposed):
        label = say("summary.proposal_row", text.lang)
        amount = proposed["proposed"].sum()
        rows.append(_group_row(told, text, scale, label, "preparing", amount))
    header = ["label.column.group", "summary.col.schools"]
    header += [say("summary.col.money", text.lang, unit=scale.unit)]
    header += ["summary.col.before", "summary.col.after", "summary.col.people"]
    return [
        text.head("summary.head.groups"),
        *_coverage_sentence(told, text),
        *_people(told, result, text),
        *text.table(header, rows, totals=2 if len(proposed) else 1),
        *_proposals(told, result, proposed, text),
    ]


def _money_groups(told: Told, text: Text) -> list[str]:
    """Money by group, where nothing is needed and requests are all there is."""
    schools = told.plan.schools
    sums = schools.groupby("group")[["spent", "proposed"]].sum().sum(axis=1)
    scale = told.columns([int(v) for v in sums])
    rows = [
        [
            say(f"label.group_short.{group}", text.lang),
            text.number(float((schools["group"] == group).sum())),
            scale.number(int(sums[group])),
        ]
        for group in GROUPS
        if group in sums.index
    ]
    header = ["label.column.group", "summary.col.schools"]
    header.append(say("summary.col.money", text.lang, unit=scale.unit))
    return [text.head("summary.head.money_groups"), *text.table(header, rows)]


def _group_row(
    told: Told, text: Text, scale: MoneyScale, label: str, group: str, amount: Any
) -> list[str]:
    schools = told.plan.schools["group"]
    count = (schools != "preparing").sum() if group == "all" else (schools == group).sum()
    people = told.people.drop("preparing", errors="ignore").sum()
    if group != "all":
        people = told.people.get(group, 0.0)
    spread = told.fairness.get(group, {})
    return [
        label,
        text.number(float(count)),
        scale.number(int(amount)),
        text.percent(float(spread.get("mean_before", float("nan")))),
        text.percent(float(spread.get("mean_after", float("nan")))),
        text.people(float(people)),
    ]


def _coverage_sentence(told: Told, text: Text) -> list[str]:
    if "all" not in told.fairness:
        return []
    row = told.fairness["all"]
    return text.say(
        "summary.coverage",
        year=str(told.last_year),
        before=text.percent(float(row["mean_before"])),
        after=text.percent(float(row["mean_after"])),
    )


def _people(told: Told, result: Result, text: Text) -> list[str]:
    """Equipped pupil-years, then by pillar."""
    funded = float(result.people or 0)
    lines = text.say("summary.people", people=text.people(funded))
    for pillar in PILLARS:
        people = float(result.people_by_pillar.get(pillar, 0))
        if people:
            part = say(
                "summary.pillar",
                text.lang,
                pillar=say(f"label.pillar.{pillar}", text.lang),
                people=text.people(people),
                share=text.percent(people / funded if funded else float("nan")),
            )
            lines += wrap(part, text.width, "    ")
    return lines


def _proposals(told: Told, result: Result, proposed: pd.DataFrame, text: Text) -> list[str]:
    if proposed.empty:
        return []
    return text.say(
        "summary.proposals",
        schools=len(proposed),
        amount=told.prose(int(proposed["proposed"].sum())),
        people=text.people(float(result.people_proposed or 0)),
    )
