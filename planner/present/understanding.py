"""What ``planner check`` understood of a scenario, as figures and as text, and what is to be done
first about what it found; it waits for nothing that plans are made with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.errors import ExitCode, Finding, Place, Severity
from planner.messages import Term, render, say, sentences
from planner.messages import language as spoken
from planner.messages.numbers import percent, trimmed
from planner.money import half_up
from planner.present.content import Block, Cells, Paragraph
from planner.present.rule_words import (
    locks_in_words,
    rule_called,
    rule_in_words,
    skipped_in_words,
    stated_in_words,
    thresholds_in_words,
    value_in_words,
)
from planner.present.terminal import UNBROKEN, Screen, blocks, clean, wrap
from planner.scenario import contracts
from planner.scenario.cases import named_cases
from planner.scenario.contracts import TABLES
from planner.scenario.new import adopt as adopting
from planner.scenario.new import starter
from planner.scenario.new.adopt import Adoption, column_term, columns_taken, fields_of, kind_term
from planner.scenario.new.grids import KINDS
from planner.scenario.new.mapping import Stated
from planner.scenario.new.synthetic import CATALOGUE
from planner.scenario.reading.sources import Log, letter
from planner.scenario.scenario import Scenario
from planner.scenario.schema import GROUPS, LEVELS, LegalBasis, TailAim, tier_on
from planner.solving.solution import Sink, Stop, stoppable
from planner.system.disk import refusals_as_findings
from planner.vocabulary.axes import (
    Axes,
    amounts,
    general_funds,
    need_array,
    stock_array,
    unit_price,
    upkeep_payer,
    usable,
)

if TYPE_CHECKING:
    from planner.analysis.conflict import Possible

# ---- Findings as a table.


def findings_frame(findings: Iterable[Finding], lang: str) -> pd.DataFrame:
    """Findings as a table, a row each: severity, code, where and message as people read them, then
    the place by its parts (``row``: ``Int64``)."""
    rows = []
    for f in findings:
        at, told = f.where, say(f.code, lang, **f.params)
        place = (at.file, at.sheet, at.row, at.column, at.cell, at.key)
        rows.append((str(f.severity), f.code, str(at), told, *place))
    names = ["severity", "code", "where", "message", *PLACE]
    kinds = {name: "Int64" if name == "row" else "str" for name in names}
    return pd.DataFrame(rows, columns=names).astype(kinds)


PLACE = ("file", "sheet", "row", "column", "cell", "key")
"""Parts of a finding's place."""


def lettered(findings: Iterable[Finding], tables: Mapping[str, pd.DataFrame]) -> Iterator[Finding]:
    """Findings on a plan's tables (``allocation.csv``, or its sheet) with the letters of their
    columns."""
    for finding in findings:
        at = finding.where
        known = tables.get(at.sheet or at.file.removesuffix(".csv"))
        names = [] if known is None else [str(name) for name in known.columns]
        named = at.column or at.key
        if named in names and not at.letter:
            at = replace(at, letter=letter(names.index(named)))
        yield replace(finding, where=at)


# ---- What is to be done first about findings.

STEPS = 3
"""Things to do that lead a list of findings."""
HIDES = (
    "path_", "file_", "scenario_", "workbook_", "encoding_", "yaml_", "extends_", "table_", "csv_",
    "header_", "column_missing", "column_twice", "sheet_too_wide", "sheet_twice", "sheet_unknown",
    "text_hidden_character",
)  # fmt: skip
"""Begins of the codes of what keeps a whole file or table from being read: until it is mended,
nothing else in there has been looked at, and what refers to it may be called unknown."""
COUNTED = "more_of_the_same"


@dataclass(frozen=True)
class Step:
    """Findings that one change mends or one look settles: of one code in one column."""

    first: Finding
    """The first of them, which says what to do."""
    count: int
    """How many places have it, those included that are only counted."""

    def text(self, lang: str) -> str:
        """The first finding, and how many more like it there are."""
        said = f"{say(f'check_{self.first.severity}', lang)}: {render(self.first, lang)}"
        if self.count == 1:
            return said
        return f"{said} {say('check_more_places', lang, count=self.count - 1)}"

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Plain JSON values."""
        return {**self.first.as_dict(), "count": self.count, "text": self.text(lang)}


def next_steps(findings: Sequence[Finding]) -> list[Step]:
    """The three things to do next, in order: errors that keep whole files or tables from being
    read, then the errors that most places share, then warnings, most places first; of equals the
    one that was found first."""
    steps: dict[tuple[Severity, str, Place], Step] = {}
    for finding in findings:
        where, code, more = finding.where, finding.code, 1
        if code == COUNTED:
            code, more = str(finding.params["like"]), int(finding.params["count"])
        column = where.column if where.row is not None or finding.code == COUNTED else where.key
        key = (finding.severity, code, Place(where.file, where.sheet, None, column))
        if finding.code == COUNTED:
            # Those that it counts are errors or warnings, as those are that are listed.
            key = next((k for k in steps if k[1:] == key[1:]), key)
        known = steps.get(key, Step(finding, 0))
        steps[key] = Step(known.first, known.count + more)

    def rank(step: Step) -> tuple[int, int]:
        if step.first.severity is Severity.WARNING:
            return 2, -step.count
        return int(not step.first.code.startswith(HIDES)), -step.count

    return sorted(steps.values(), key=rank)[:STEPS]


def steps_text(findings: Sequence[Finding], lang: str) -> str:
    """What to do first, as it leads a list of findings; empty where they are few: each says it."""
    return "\n".join(_steps(findings, lang))


def steps_blocks(findings: Sequence[Finding], lang: str) -> list[Block]:
    """The same as paragraphs."""
    lines = [clean(line) for line in _steps(findings, lang)]
    ends = (0, len(lines) - 1)
    return [Paragraph(t, "heading" if at in ends else "item") for at, t in enumerate(lines)]


def _steps(findings: Sequence[Finding], lang: str) -> list[str]:
    if len(findings) <= STEPS:
        return []
    steps = (step.text(lang) for step in next_steps(findings))
    told = [f"{number}. {text}" for number, text in enumerate(steps, start=1)]
    return [say("check_next", lang), *told, say("check_all", lang)]


@dataclass(frozen=True)
class Understood:
    """Counts and sums a planner checks against the files at hand; money in minor units."""

    schools: pd.DataFrame
    """group, level, schools, pupils."""
    items: pd.DataFrame
    """item, name, need, stock, short, cost: units in the first plan year, cost at its price."""
    money: pd.DataFrame
    """fund, year, amount, usable."""
    upkeep: pd.DataFrame
    """fund, year, amount: yearly upkeep of what exists already ("" = nobody pays)."""
    unverified: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Table → rows not marked as verified, all rows."""
    rules: tuple[str, ...] = ()
    """Names of the scenario's own rules."""
    futures: pd.DataFrame = field(default_factory=pd.DataFrame)
    """future, weight (0–1), differs (what it changes, as written); empty where there are none."""
    decide_until: int | None = None
    """The last year that is decided now for all futures."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        tables = {
            n: getattr(self, n).to_dict("records") for n in ("schools", "items", "money", "upkeep")
        }
        unverified = {t: {"unverified": n, "rows": m} for t, (n, m) in self.unverified.items()}
        told = {**tables, "unverified": unverified, "rules": list(self.rules)}
        futures = self.futures.to_dict("records")
        return told | {"futures": futures, "decide_until": self.decide_until}


def understood(scenario: Scenario) -> Understood:
    """The figures of a sound scenario."""
    axes = Axes(scenario)
    need, stock = need_array(scenario, axes), stock_array(scenario, axes)
    grouped = scenario.schools.groupby(["group", "level"], sort=False)["pupils"]
    table = grouped.agg(schools="size", pupils="sum").reset_index()
    order = table["group"].map(GROUPS.index) * len(LEVELS) + table["level"].map(LEVELS.index)
    money = [
        (name, year, amount, usable(amount, fund))
        for name, fund in general_funds(scenario).items()
        for year, amount in sorted(amounts(scenario, fund).items())
        if year in scenario.settings.all_years
    ]
    items, owed = [], dict[tuple[str, int], int]()
    for i, item in enumerate(scenario.items.values()):
        # Units in the first plan year, summed over schools; a surplus covers no other school.
        due, have = need[:, i, 0], stock[:, i, 0]
        short = int(np.maximum(due - have, 0).sum())
        cost = short * unit_price(scenario, item, axes.first)
        items.append((item.item, item.name, int(due.sum()), int(have.sum()), short, cost))
        # Upkeep of stock by payer and year, rounded per school and item as the plan does.
        payers = upkeep_payer(scenario, item)
        for t, year in enumerate(scenario.settings.all_years):
            unit = half_up(unit_price(scenario, item, year) * item.upkeep)
            for payer in sorted(set(payers)) if unit else ():
                units = int(stock[payers == payer, i, t].sum())
                owed[str(payer), year] = owed.get((str(payer), year), 0) + unit * units
    upkeep = [(fund, year, amount) for (fund, year), amount in sorted(owed.items()) if amount]
    verified = {t: scenario.table(t)["verified"] for t in ("norms", "catalogue")}
    return Understood(
        schools=table.iloc[order.argsort(kind="stable")].reset_index(drop=True),
        items=pd.DataFrame(items, columns=["item", "name", "need", "stock", "short", "cost"]),
        money=pd.DataFrame(money, columns=["fund", "year", "amount", "usable"]),
        upkeep=pd.DataFrame(upkeep, columns=["fund", "year", "amount"]),
        unverified={t: (int((~v).sum()), len(v)) for t, v in verified.items()},
        rules=tuple(scenario.settings.rules),
        futures=_futures(scenario),
        decide_until=until.decide_until if (until := scenario.settings.futures) else None,
    )


@dataclass(frozen=True)
class Understanding:
    """What was understood of a sound scenario, to be held against the files at hand.

    ``tables``: by name, money in minor units:

    - ``schools``: group, level, schools, pupils;
    - ``items``: item, name, need, stock, short (units in the first plan year), cost;
    - ``money``: fund, year, amount, usable; ``upkeep``: fund, year, amount;
    - ``unverified``: table, unverified, rows; ``futures``: future, weight (0–1), differs.
    """

    figures: Understood
    tables: Mapping[str, pd.DataFrame]
    text: str
    """All of it with the rules in words, as ``planner check`` says it."""
    notes: pd.DataFrame
    """What was interpreted while reading, as findings; empty where nothing was, and of a scenario
    that was loaded already."""

    def table(self, name: str) -> pd.DataFrame:
        """One of ``tables``; raises ``KeyError`` where there is none of that name."""
        return self.tables[name]


def understanding(scenario: Scenario, notes: Iterable[Finding], lang: str) -> Understanding:
    """What was understood of a sound scenario, with what was interpreted on the way."""
    figures = understood(scenario)
    counts = [(table, *numbers) for table, numbers in figures.unverified.items()]
    tables = {n: getattr(figures, n) for n in ("schools", "items", "money", "upkeep", "futures")}
    tables["unverified"] = pd.DataFrame(counts, columns=["table", "unverified", "rows"])
    text = understood_text(figures, scenario, lang)
    return Understanding(figures, tables, text, findings_frame(notes, lang))


def _futures(scenario: Scenario) -> pd.DataFrame:
    """The futures with their shares of all weights, and what each changes."""
    futures = scenario.settings.futures
    named = [] if futures is None else named_cases(futures)
    if not named or isinstance(named, str):
        return pd.DataFrame(columns=["future", "weight", "differs"])
    total = sum(case.weight for case in named)
    rows = []
    for case in named:
        parts = [part.scenario for part in case.parts if part.scenario]
        parts += [f"{key}: {value}" for part in case.parts for key, value in part.set.items()]
        rows.append((case.name, float(case.weight / total), "; ".join(parts)))
    return pd.DataFrame(rows, columns=["future", "weight", "differs"])


def understood_text(found: Understood, scenario: Scenario, lang: str, width: int = 100) -> str:
    """What ``planner check`` understood of a scenario, and its rules in words."""
    return "\n".join(_lines(found, Screen(scenario, lang, width)))


def understood_blocks(found: Understood, scenario: Scenario, lang: str) -> list[Block]:
    """The same as tables and paragraphs."""
    return blocks(_lines(found, Screen(scenario, lang, UNBROKEN)))


def _lines(found: Understood, s: Screen) -> list[str]:
    """The lines of what was understood."""
    scenario, settings, lang = s.scenario, s.scenario.settings, s.lang
    parts = [s.word("check_sound", title=settings.title.say(lang))]
    if settings.illustrative:
        parts.append(s.word("check_illustrative"))
    parts += _tables(found, s)
    if told := futures_lines(scenario, lang, s.width):
        parts += ["", *told]
    # What the office's points are multiplied by, where any group's weight is not 1.
    asking = scenario.schools["school"].isin(scenario.table("requests")["school"])
    weights = settings.priority.weights
    multiplied = [
        f"{value_in_words(group, lang)} × {trimmed(weights[group], lang)}"
        for group in dict.fromkeys(scenario.schools.loc[asking, "group"])
        if weights.get(group, 1) != 1
    ]
    if multiplied:
        parts += ["", *s.say("check_request_points", "", weights=", ".join(multiplied))]
    if useful := thresholds_in_words(scenario, lang):
        parts += ["", s.word("check_useful"), *(x for line in useful for x in wrap(line, s.width))]
    rules = [rule_in_words(scenario, name, lang) for name in settings.rules]
    rules += skipped_in_words(scenario, lang) + stated_in_words(scenario, lang)
    if rules:
        parts += ["", s.word("check_rules"), *(x for rule in rules for x in wrap(rule, s.width))]
    if locks := locks_in_words(scenario, lang):
        parts += ["", locks[0], *(f"  {line}" for line in locks[1:])]
    norms, all_norms = found.unverified["norms"]
    prices, all_prices = found.unverified["catalogue"]
    if norms or prices:
        counts = {"norms": norms, "all_norms": all_norms, "prices": prices}
        parts += ["", s.word("check_unverified", **counts, all_prices=all_prices)]
    if told := bases_told(scenario, lang):
        parts += ["", *wrap(told[0], s.width, "")]
        parts += [x for line in told[1:] for x in wrap(line, s.width)]
    return parts


def bases_told(scenario: Scenario, lang: str, date: str = "") -> list[str]:
    """What the letter makes of its legal bases on its day (or the ``date`` given) for its level of
    government: how many it prints, how many of them nobody has checked, and why it leaves out the
    others; of the letters of budget owners what differs. Nothing where no bases are given."""
    said = dict[str, None]()
    whole, first = scenario.settings.proposal, f"{scenario.settings.years[0]}-01-01"
    for head in (whole, *whole.owners.values()):
        bases = head.legal_bases or whole.legal_bases
        day = date or head.date or whole.date or first
        level = tier_on(day, head.level or whole.level)
        codes = [basis.left_out(day, level) for basis in bases]
        printed = [basis for basis, code in zip(bases, codes, strict=True) if not code]
        if bases:
            own = say(f"label.tier.{level}", lang)
            doubted = [_called(basis) for basis in printed if not basis.verified]
            counts: dict[str, Any] = {"count": len(bases), "printed": len(printed)}
            counts |= {"doubted": len(doubted) or None, "names": "; ".join(doubted)}
            said[say("check_bases", lang, day=day, own=own, **counts)] = None
        for basis, code in zip(bases, codes, strict=True):
            if code:
                theirs = say(f"label.tier.{basis.level}", lang) if basis.level else ""
                days = {"first": basis.in_force_from or basis.date, "last": basis.in_force_to}
                said[
                    say(code, lang, name=_called(basis), day=day, level=theirs, own=own, **days)
                ] = None
    return [*said]


def _called(basis: LegalBasis) -> str:
    """A legal basis by its number, else by its text."""
    return clean(basis.number or basis.text.rstrip(" ;."))


def futures_lines(scenario: Scenario, lang: str, width: int = 100) -> list[str]:
    """How many futures there are, up to when all are decided alike, by what aim; a row a future.
    Nothing where there are none."""
    found, futures = _futures(scenario), scenario.settings.futures
    s = Screen(scenario, lang, width)
    if futures is None or found.empty:
        return []
    part = percent(1 - futures.aim.cvar, 0, lang) if isinstance(futures.aim, TailAim) else None
    aim = s.word(
        f"futures.aim.{'cvar' if part else futures.aim}", **({"part": part} if part else {})
    )
    how = {"count": len(found), "until": str(futures.decide_until)}
    lines = s.say("check_futures", "", aim=aim[:1].lower() + aim[1:], **how)
    rows: list[Cells] = [
        (r.future, r.differs or s.word("check_futures_same"), r.weight)
        for r in found.itertuples(index=False)
    ]
    shape = "futures.col.case check_head_differs futures.col.weight:percent"
    return [*lines, *s.table("", shape, rows)]


def _tables(found: Understood, s: Screen) -> list[str]:
    """Schools, needs, money, upkeep."""
    rows: list[Cells] = [
        (*(value_in_words(v, s.lang) for v in (r.group, r.level)), int(r.schools), int(r.pupils))
        for r in found.schools.itertuples(index=False)
    ]
    own = found.schools[found.schools["level"] != "office"]
    sums = (int(own[c].sum()) for c in ("schools", "pupils"))
    rows.append((s.word("check_head_total"), s.word("check_without_offices"), *sums))
    shape = "column.group column.level check_head_schools:minor column.pupils:minor"
    lines = ["", s.word("check_schools"), *s.table("", shape, rows)]
    if not found.items.empty:
        codes = ("need", "stock", "short", "cost")
        rows = [
            (s.scenario.items[r.item].label(s.lang), *(int(getattr(r, c)) for c in codes))
            for r in found.items.itertuples(index=False)
        ]
        shape = " ".join(["table.catalogue", *(f"check_head_{c}:minor" for c in codes)])
        title = s.word("check_items", year=str(s.scenario.settings.years[0]))
        lines += ["", title, *s.table("", shape, rows)]
    for key, columns in (("money", ("amount", "usable")), ("upkeep", ("amount",))):
        frame = getattr(found, key)
        if key == "upkeep" and frame.empty:
            continue
        rows = [
            (s.fund(r.fund) if r.fund else s.word("check_nobody"), str(r.year),
             *(int(getattr(r, c)) for c in columns))
            for r in frame.itertuples(index=False)
        ]  # fmt: skip
        shape = "table.funds column.year:number column.amount:minor"
        shape += " check_head_usable:minor" * ("usable" in columns)
        lines += ["", s.word(f"check_{key}"), *s.table("", shape, rows)]
    return lines


# ---- Whether futures have a plan at all, proven before any is made.


def possible_lines(
    proofs: Iterable[Possible], lang: str = "vi", scenario: Scenario | None = None
) -> list[str]:
    """Which futures have a plan, and whether all have with one decision; rules as the
    ``scenario``'s readers call them, without one by their names."""

    def called(name: str) -> str:
        if scenario is None:
            return name
        every = (*dict(scenario.cases).values(), scenario)
        own = next((one for one in every if name in one.settings.rules), scenario)
        return rule_called(name, own, lang)

    lines = []
    for proof in proofs:
        answer = {True: "yes", False: "no", None: "open"}[proof.answer]
        code_of = f"possible.{'all' if not proof.case else 'one'}_{answer}"
        told = say(code_of, lang, case=proof.case)
        if proof.rules:
            which = "possible.lifted" if not proof.case else "possible.rules"
            told += " " + say(which, lang, rules="; ".join(map(called, proof.rules)))
        lines.append(told)
    return lines


def possible_code(proofs: Iterable[Possible]) -> int:
    """The exit code of what was proven of futures: infeasible before not decided."""
    answers = [p.answer for p in proofs]
    undecided = ExitCode.STOPPED if None in answers else ExitCode.OK
    return int(ExitCode.INFEASIBLE if False in answers else undecided)


def possible_blocks(
    proofs: Iterable[Possible], lang: str = "vi", scenario: Scenario | None = None
) -> list[Block]:
    """The same as paragraphs."""
    return blocks(possible_lines(proofs, lang, scenario))


# ---- What raw files were taken for, to be looked through and changed.


@dataclass(frozen=True)
class AdoptedFiles:
    """Raw files as a first scenario, or what keeps them from being one.

    ``findings``, ``notes`` and ``gaps`` are tables as of :func:`planner.check`.
    """

    findings: pd.DataFrame
    """What is wrong or doubtful in the files and in what was said of them."""
    notes: pd.DataFrame
    """What was interpreted."""
    questions: pd.DataFrame
    """What only a person can say: option (``--column``, ``--value``, ``--sheet``: the argument
    that takes the answer), key, sentence, choices (a tuple, empty where anything may be said),
    then file, sheet, row, column, cell; an answer is ``values={key: answer}`` and so on."""
    mapping: pd.DataFrame
    """A row a column of the raw tables: file, sheet, column (its letter), header, samples (a tuple
    of its first different cells), kind (of the sheet; empty: none was recognised), field (what the
    column was taken for; empty: left out), label (of the field), how (``stated``, ``header``,
    ``device``, ``year``, ``grade``, ``attribute``, ``aside``, ``left``, ``open``, ``none``), said
    (how, in words)."""
    fields: pd.DataFrame
    """What columns may be taken for: kind, kind_label, key (of ``columns={key: header}``), label,
    required (of a table's own fields), for the kinds that were recognised, or all."""
    folder: Path | None
    """Where the scenario stands; ``None`` where findings stop it or none was asked for."""
    workbook: Path | None
    """Its workbook."""
    gaps: pd.DataFrame
    """What a check of the new scenario finds."""


def adopted_files(
    adoption: Adoption, written: tuple[Path, Sequence[Finding]] | None, lang: str
) -> AdoptedFiles:
    """What was read and, where a scenario was ``written``, its workbook and gaps, as tables."""
    log = adoption.log
    asked = [
        (q.option.lstrip("-"), q.key, say(q.finding.code, lang, **q.finding.params), q.choices)
        for q in log.questions
    ]
    questions = pd.DataFrame(asked, columns=["option", "key", "sentence", "choices"])
    where = findings_frame([q.finding for q in log.questions], lang)
    taken = columns_taken(adoption)
    rows = [
        (c.place.file, c.place.sheet, c.place.letter or c.place.column, c.header, c.samples, c.kind,
         c.name, _label(c.name, c.how, lang), c.how, say(f"adopt_how.{c.how}", lang))
        for c in taken
    ]  # fmt: skip
    names = [
        "file",
        "sheet",
        "column",
        "header",
        "samples",
        "kind",
        "field",
        "label",
        "how",
        "said",
    ]
    kinds = dict.fromkeys(c.kind for c in taken if c.kind) or dict.fromkeys(k.name for k in KINDS)
    table = {k.name: k.table for k in KINDS}
    fields = []
    for kind in kinds:
        own = contracts.columns(TABLES[table.get(kind, kind)]) if _is_table(kind) else {}
        for name in fields_of(kind):
            needed = name in own and own[name].required
            called = _label(name, "header", lang)
            fields.append((kind, _said(kind_term(kind), lang), f"{kind}.{name}", called, needed))
    return AdoptedFiles(
        findings_frame(log.findings, lang),
        findings_frame(log.notes, lang),
        pd.concat([questions, where[list(PLACE[:-1])]], axis=1),
        pd.DataFrame(rows, columns=names),
        pd.DataFrame(fields, columns=["kind", "kind_label", "key", "label", "required"]),
        written[0].parent if written else None,
        written[0] if written else None,
        findings_frame(written[1] if written else (), lang),
    )


def _is_table(kind: str) -> bool:
    """Whether the fields of a kind of sheet are those of a table."""
    return kind in TABLES or kind in ("schools", "stock", "prices")


def _said(term: Term, lang: str) -> str:
    return say(term.code, lang)


def _label(name: str, how: str, lang: str) -> str:
    """What people call a field, a role or an item; an attribute by its own header."""
    if not name or how in ("attribute", "year"):
        return name
    if how == "device":
        return next((c.name_en if lang == "en" else c.name for c in CATALOGUE if c.item == name),
                    name)  # fmt: skip
    term = column_term(name)
    return _said(term, lang) if term.code in sentences() else name


@stoppable
def adopt(  # noqa: PLR0913
    files: str | Path | Sequence[str | Path],
    folder: str | Path | None,
    *,
    columns: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    sheets: Sequence[str] = (),
    encoding: str | None = None,
    mapping: str | Path | None = None,
    dry: bool = False,
    language: str | None = None,
    progress: Sink | None = None,
    stop: Stop | None = None,
    lang: str | None = None,
) -> AdoptedFiles:
    """A first scenario around an office's own files, as ``planner new FOLDER --from FILES``.

    Parameters
    ----------
    files : str, Path or sequence of them
        CSV files and workbooks.
    folder : str, Path or None
        Where the scenario is written, complete or not at all; new or empty. ``None``: nowhere.
    columns : mapping, optional
        Field, or ``kind.field``, to the header of the column that holds it (``--column``).
    values : mapping, optional
        Field to one value for every row; ``field:entry`` to what an entry means (``--value``).
    sheets : sequence of str
        Sheets that alone are read, or ``kind=sheet`` (``--sheet``).
    encoding : str, optional
        ``tcvn3`` or ``vni``: the old encoding that texts are in.
    mapping : str or Path, optional
        The ``mapping.yaml`` of an earlier time; what is said here comes before it.
    dry : bool, default False
        Write nothing, as with ``folder=None``.
    language : str, optional
        Of the workbook, ``vi`` or ``en``; default: ``lang``.
    progress, stop, lang
        As for :func:`planner.load`; sentences and labels are in this language.

    Returns
    -------
    AdoptedFiles
        ``findings``, ``notes``, ``questions`` (what only a person can say), ``mapping`` (a row a
        column), ``fields`` (what columns may be taken for), and the ``folder`` and ``workbook``
        that were written with their ``gaps``; ``folder`` is ``None`` where findings stop it.

    Raises
    ------
    InputError
        The folder holds something already, or cannot be written.

    Examples
    --------
    >>> import planner
    >>> found = planner.adopt("scenarios/ba-dinh/schools.csv", None, lang="en")
    >>> found.mapping[["header", "field", "label", "how"]].head(2).values.tolist()
    [['school', 'school', 'School', 'header'], ['name', 'name', 'School name', 'header']]
    >>> len(found.questions), found.folder
    (0, None)
    """
    told_in = spoken()
    paths = [Path(f) for f in ([files] if isinstance(files, (str, Path)) else files)]
    target = None if folder is None or dry else Path(folder)
    if target is not None:
        starter.vacant(target)
    before = Log()
    stated = Stated(dict(columns or {}), dict(values or {}), tuple(sheets))
    stated = adopting.stated_by(stated, mapping, encoding, before)
    read_as = adopting.read_raw(paths, stated, before)
    written = None
    if target is not None and not read_as.log.failed:
        with refusals_as_findings():
            written = adopting.written_into(read_as, target, language or told_in)
    return adopted_files(read_as, written, told_in)
