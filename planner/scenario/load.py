"""Read a scenario: ``load`` gives it or raises every finding at once, ``inspect`` never raises."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from planner.errors import Finding, InputError, Place, errors_in
from planner.messages import table_term
from planner.scenario import cases as cases_of
from planner.scenario import checks as checks_all
from planner.scenario.checks import across
from planner.scenario.contracts import REQUIRED_TABLES, TABLES
from planner.scenario.reading import settings, sources, typed_rows, values, xlsx_rows
from planner.scenario.reading.sources import Folder, Log, Node, Rows, Sheet, shortened
from planner.scenario.scenario import Scenario, empty_table
from planner.scenario.write import layer_lines
from planner.system.disk import refusals_as_findings, through, write_file
from planner.system.process import phase, reached

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers")
"""Suffixes of workbooks; what is none that can be read has a finding that says so."""
TABLES_ALONE = (".csv", ".tsv", ".txt")
DEFAULT_NAMES = ("scenario.yaml", "base.yaml")
"""What is loaded when a folder is named."""


def load(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario at ``path`` (YAML file, XLSX workbook or a folder that holds one).

    ``overrides`` maps dotted settings keys to values (``{"tail_years": 2}``); texts are read as
    YAML, ``None`` removes. Raises :class:`~planner.errors.InputError` with all findings.
    """
    scenario, findings, _ = inspect(path, overrides)
    if scenario is None:
        raise InputError(findings)
    return scenario


@phase("reading")
def inspect(
    path: str | Path, overrides: Mapping[str, Any] | None = None
) -> tuple[Scenario | None, list[Finding], list[Finding]]:
    """The scenario if it is sound, all findings, and notes on what was interpreted."""
    log = Log()
    # Millions of cells are made and kept; looking through them for cycles halves the speed.
    running = gc.isenabled()
    gc.disable()
    try:
        scenario = _read(Path(path), overrides or {}, log)
    finally:
        if running:
            gc.enable()
    findings = shortened(log.findings)
    return (None if log.failed else scenario), findings, shortened(log.notes)


def _read(path: Path, overrides: Mapping[str, Any], log: Log) -> Scenario | None:
    located = _entry(path, log)
    if located is None:
        return None
    folder = Folder(located.parent, log)
    tree = _tree(located, folder, log)
    if tree is None:
        return None
    written = tree
    tree = sources.overridden(tree, overrides, folder, log)
    scenario = _scenario(tree, written, overrides, folder, log)
    if scenario is None:
        return None
    scenario = replace(scenario, id=located.stem)

    def laid_over(files: Sequence[str]) -> tuple[Scenario | None, list[Finding]]:
        own = Log()
        apart = Folder(folder.root, own)
        above = tree
        for name in files:
            at = apart.locate(name, located.name, tree.at(("futures", "cases")).place)
            layer = None if at is None else sources.layers(at, apart, own, alone=True)
            if layer is None:
                return None, own.findings
            above = sources.over(above, layer)
        inside = above.value if isinstance(above.value, dict) else {}
        above = Node({k: v for k, v in inside.items() if k != "futures"}, above.place)
        found = _scenario(above, written, overrides, apart, own)
        folder.inputs.update(apart.inputs)
        return found, errors_in(own.findings)

    scenario = _with_cases(scenario, tree, laid_over, log)
    return replace(scenario, inputs=dict(sorted(folder.inputs.items())))


LaidOver = Callable[[Sequence[str]], tuple[Scenario | None, list[Finding]]]
"""The scenario with files laid over it, and what is wrong with that."""


def _with_cases(scenario: Scenario, tree: Node, laid_over: LaidOver, log: Log) -> Scenario:
    """The scenario with its futures, where it has any and is sound."""
    if scenario.settings.futures is None or log.failed:
        return scenario

    def stands(key: str) -> Place:
        return replace(tree.at(tuple(key.split("."))).place, key=key)

    cases, findings = cases_of.read_cases(scenario, laid_over, stands)
    log.findings += findings
    return replace(scenario, cases=cases)


def _tree(located: Path, folder: Folder, log: Log) -> Node | None:
    """The settings that a file holds or, of a workbook, that name it."""
    if located.suffix.lower() in WORKBOOKS:
        place = Place(located.name)
        data = Node({"workbook": Node(located.name, place)}, place)
        return Node({"schema": Node("1", place), "data": data}, place)
    if located.suffix.lower() in (".yaml", ".yml"):
        return sources.layers(located.name, folder, log)
    alone = located.suffix.lower() in TABLES_ALONE
    code = "scenario_is_table" if alone else "scenario_unknown_kind"
    log.error(code, Place(located.name), file=str(located))
    return None


def _scenario(
    tree: Node,
    written: Node,
    overrides: Mapping[str, Any],
    folder: Folder,
    log: Log,
    sheets: Mapping[str, Sheet] | None = None,
) -> Scenario | None:
    """The scenario of a tree of settings and the tables it names, or of raw ``sheets`` by table,
    checked."""
    reader = Reader(folder, log)
    reader.sheets = dict(sheets or {})
    whole = reader.with_workbook(tree)
    if whole is None:
        return None
    declared = settings.names_in(written, reader.below)
    if not settings.overrides_name_what_is_there(overrides, declared, "--set", log):
        return None
    typed_settings = settings.validated(whole, log)
    tree = sources.pruned(whole)
    if typed_settings is not None:
        before = sources.over(reader.below, written) if reader.below is not None else written
        kept = settings.overrides_keep_the_envelope(overrides, before, typed_settings, log)
        typed_settings = kept
    frames, places = reader.tables(tree)
    unread = frozenset((reader.named | folder.refused) - set(places))
    if typed_settings is None:
        checks_all.run_on_tables(frames, places, log)
        return None
    checks_all.run(across.Checked(typed_settings, frames, places, tree, log, unread))
    return Scenario(
        id="",
        settings=typed_settings,
        tables=frames,
        origins=sources.origins(tree),
        inputs=dict(sorted(folder.inputs.items())),
    )


def _entry(path: Path, log: Log) -> Path | None:
    """The file that is meant by ``path``."""
    try:
        if not path.exists():
            like = Folder(path.parent, log).nearest_to(path)
            log.error("file_missing", Place(path.name), path=path.name, nearest=like)
            return None
        if not path.is_dir():
            return path
        for name in DEFAULT_NAMES:
            if (path / name).is_file():
                return path / name
        kinds = (".yaml", ".yml", *WORKBOOKS)
        found = sorted(p for p in path.iterdir() if p.suffix.lower() in kinds)
    except (OSError, ValueError) as error:
        log.error("file_unreadable", Place(str(path)), path=str(path), reason=type(error).__name__)
        return None
    if len(found) == 1:
        return found[0]
    names = ", ".join(p.name for p in found) or "-"
    log.error("scenario_not_named", Place(str(path)), found=names)
    return None


# --------------------------------------------------------------------------------------------------
# A scenario of DataFrames, read as if they stood in CSV files: the same rows, the same findings.

SETTINGS = "settings"
"""The place that findings and origins name for settings given as a mapping."""


def of_frames(
    given: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], name: str
) -> tuple[Scenario | None, list[Finding]]:
    """The scenario of a mapping of settings and a DataFrame a table if it is sound, and all
    findings: at the table, the row (the first of the frame is 2, below its header) and the header.
    """
    log = Log()
    for table in tables:
        if table not in TABLES:
            like = sources.nearest(table, TABLES) or "-"
            log.error("frame_unknown", Place(table), name=table, nearest=like)
    if "data" in given:
        log.error("frame_data", Place(SETTINGS, key="data"))
    tree = _settings_node(given, "")
    sheets = {t: _sheet_of(t, frame, log) for t, frame in tables.items() if t in TABLES}
    scenario = _scenario(tree, tree, {}, Folder(Path(), log), log, sheets)

    def laid_over(_: Sequence[str]) -> tuple[Scenario | None, list[Finding]]:
        return None, [Finding("frame_futures", Place(SETTINGS, key="futures"))]

    if scenario is not None:
        scenario = _with_cases(replace(scenario, id=name), tree, laid_over, log)
    return (None if log.failed else scenario), shortened(log.findings)


def _settings_node(value: Any, key: str) -> Node:
    """A value of settings as a tree whose every part knows its dotted key."""
    place = Place(SETTINGS, key=key)
    if isinstance(value, Mapping):
        inside = {str(k): _settings_node(v, f"{key}.{k}" if key else str(k))
                  for k, v in value.items()}  # fmt: skip
        return Node(inside, place, place)
    if isinstance(value, (list, tuple, range)):
        return Node([_settings_node(v, key) for v in value], place, place)
    cell = value if isinstance(value, str) else cell_of(value)
    if isinstance(value, str) or cell is None:
        return replace(sources.node_of(str(value), place), key_place=place)
    return Node(cell or None, place, place)


def _sheet_of(table: str, frame: pd.DataFrame, log: Log) -> Sheet:
    """A frame as the raw rows of a CSV file, its header first; a named index counts as columns."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    header = [str(name) for name in frame.columns]
    sheet = Sheet(table, "", [])
    columns = [_cells_of(frame.iloc[:, k], k, header[k], sheet, log) for k in range(len(header))]
    rows = [header, *map(list, zip(*columns, strict=True))]
    return sources.as_meant(replace(sheet, rows=rows), log)


def _cells_of(
    column: pd.Series[Any], position: int, header: str, sheet: Sheet, log: Log
) -> list[str]:
    """A column's values as cells; what is no value of a table is a finding."""
    known: dict[Any, str] = {}
    cells: list[str] = []
    for row, value in enumerate(column.astype(object)):
        plain = isinstance(value, (str, int, float))
        # True, 1 and 1.0 are equal, but not the same cell.
        cell = known.get((type(value), value)) if plain else None
        if cell is None:
            read = cell_of(value)
            place = sheet.place(row + 1, position, header)
            if read is None:
                log.error("frame_value", place, kind=type(value).__name__)
            elif isinstance(value, str) and any(c in values.MARKS + "\0" for c in value):
                log.error("text_hidden_character", place, value=values.shown(value))
                read = ""
            cell = read or ""
            if plain:
                known[type(value), value] = cell
        cells.append(cell)
    return cells


def cell_of(value: Any) -> str | None:
    """A value of Python, numpy or pandas as a cell (:mod:`~planner.scenario.reading.values`): what
    is missing is empty, numbers keep every digit; ``None``: no cell can hold it."""
    if isinstance(value, (list, tuple)):
        parts = [cell_of(v) for v in value]
        texts = [p and (values.plain_number(p[1:]) if p[:1] == values.NUMBER else p) for p in parts]
        return None if None in texts else ";".join(str(t) for t in texts)
    if hasattr(value, "item") and not isinstance(value, (date, str)):  # of numpy
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return values.TRUTH + str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return values.number_cell(f"{exact:f}" if exact.is_finite() else str(exact))
    return values.DATE + value.isoformat()[:10] if isinstance(value, date) else None


# --------------------------------------------------------------------------------------------------
# A what-if as a small file that extends the scenario it came from.


def source_of(path: str | Path) -> Path:
    """The file that is meant by ``path``; raises :class:`InputError` where there is none."""
    log = Log()
    located = _entry(Path(path), log)
    if located is None:
        raise InputError(log.findings)
    return located


def layer_over(source: Path, folder: Path, changes: Mapping[str, Any]) -> str:
    """YAML of a file in ``folder`` that is the scenario of the file ``source`` (a YAML file or a
    workbook there or below) with dotted settings keys changed as :func:`load` changes them.

    Raises :class:`InputError` where ``source`` lies elsewhere, or the changes cannot be said so.
    """
    log, root = Log(), through(folder)
    near = Folder(source.parent, log)
    tree = _tree(source, near, log)
    if tree is None:
        raise InputError(log.findings)
    if not through(source).is_relative_to(root):
        said = {"source": source.as_posix(), "folder": folder.as_posix()}
        raise InputError([Finding("save_elsewhere", Place(folder.as_posix()), said)])
    wanted, layer = sources.with_layer(tree, changes, near, log)
    name = through(source).relative_to(root).as_posix()
    place = Place(source.name)
    named = Node(name, place)
    if source.suffix.lower() in WORKBOOKS:
        below = Node({"schema": Node(values.NUMBER + "1", place),
                      "data": Node({"workbook": named}, place)}, place)  # fmt: skip
    else:
        below = Node({"extends": named}, place)
    data = layer.at(("data",)).value
    for node in data.values() if data is not layer.value and isinstance(data, dict) else ():
        if isinstance(node.value, str):  # files lie beside the source
            node.value = (PurePosixPath(name).parent / node.value).as_posix()
    text = "\n".join(layer_lines(sources.over(below, layer))) + "\n"
    # What is written must say what was asked for: read again, it gives the same settings.
    own = Log()
    again = sources.parse(text, source.name, own)
    if again is not None and isinstance(again.value, dict):
        again.value.pop("extends", None)
        again = sources.over(tree, again)
    for tree_of in (again, wanted):  # the files themselves are named anew
        if tree_of is not None and isinstance(tree_of.value, dict):
            tree_of.value = {k: v for k, v in tree_of.value.items() if k not in ("data", "schema")}
    if log.failed or again is None or _meaning(again) != _meaning(wanted):
        keys = ", ".join(changes)
        lost = [Finding("save_not_sayable", Place(source.name), {"keys": keys})]
        raise InputError([*log.findings, *own.findings] or lost)
    return text


def _meaning(node: Node) -> Any:
    """What a tree says, numbers by their value; what was removed left out."""
    if isinstance(node.value, dict):
        return {k: _meaning(v) for k, v in node.value.items() if v.value is not None}
    if isinstance(node.value, list):
        return [_meaning(child) for child in node.value]
    text = node.value or ""
    number = text[:1] == values.NUMBER
    return Decimal(text[1:]) if number else text.lstrip("\0")


def save_over(
    path: str | Path,
    target: Path,
    changes: Mapping[str, Any],
    title: str | None = None,
) -> Path:
    """A new file that extends the scenario at ``path`` and changes dotted settings keys of it; the
    file.

    Raises :class:`InputError` where the changed scenario is not sound, a file stands at ``target``,
    or it is not in the folder of the scenario or above it.
    """
    source = source_of(path)
    target = target if target.suffix else target.with_name(f"{target.name}.yaml")
    name = target.as_posix()
    if target.suffix.lower() not in (".yaml", ".yml"):
        raise InputError([Finding("save_yaml", Place(name), {"file": name})])
    futures = load(source, changes).settings.futures
    if (
        futures is not None
        and futures.reads_files
        and through(target).parent != through(source).parent
    ):
        raise InputError([Finding("save_futures", Place(name, key="futures"))])
    if title is not None:
        changes = {**changes, "title": {"vi": title, "en": None}}
    text = layer_over(source, target.parent, changes)
    try:
        with refusals_as_findings():
            write_file(target, text.encode(), new=True)
    except InputError as error:
        if isinstance(error.__cause__, FileExistsError):
            raise InputError([Finding("save_exists", Place(name), {"file": name})]) from error
        raise
    return target


def currency_of(tree: Node, default: str = "VND") -> str:
    """The code of the currency that a tree of settings names."""
    node = tree.value.get("currency") if isinstance(tree.value, dict) else None
    return node.value if node is not None and isinstance(node.value, str) else default


def decimal_mark_of(tree: Node) -> str:
    """The decimal mark that a tree of settings states."""
    node = tree.at(("numbers", "decimal"))
    return node.value if node.value in (".", ",") else ""


class Reader:
    """Finds the tables of a scenario in its CSV files and its workbook."""

    def __init__(self, folder: Folder, log: Log) -> None:
        self.folder = folder
        self.log = log
        self.named: set[str] = set()
        self.sheets: dict[str, Sheet] = {}
        self.below: Node | None = None
        """The settings that the workbook holds, if there is one."""

    def with_workbook(self, tree: Node) -> Node | None:
        """The tree over the settings that the workbook itself holds; ``None`` if it is unsound."""
        node = tree.at(("data", "workbook"))
        if node.value is None or not isinstance(node.value, str):
            return tree
        raw = self.folder.read(node.value, node.place)
        sheets = xlsx_rows.read(raw, node.value, self.log) if raw is not None else None
        if sheets is None:
            return None
        self.sheets = sheets
        alone = isinstance(tree.value, dict) and set(tree.value) <= {"schema", "data"}
        if alone and not set(sheets) & set(xlsx_rows.SETTING_SHEETS):
            self.log.error("workbook_without_settings", node.place, file=node.value)
            return None
        below = settings.tree(sheets, node.value, self.log, currency_of(tree, ""))
        settings.amounts_of_declared_funds(below, tree, sheets.get("fund_amounts"), self.log)
        below.place = tree.place
        self.below = below
        return sources.over(below, tree)

    def tables(self, tree: Node) -> tuple[dict[str, pd.DataFrame], dict[str, Rows]]:
        """The typed tables that the scenario names, and where their rows came from."""
        frames: dict[str, pd.DataFrame] = {}
        places: dict[str, Rows] = {}
        data = tree.value.get("data") if isinstance(tree.value, dict) else None
        named: dict[str, typed_rows.Names] = {}
        first = [*typed_rows.DECLARED.values()]
        for number, table in enumerate(sorted(TABLES, key=lambda t: t not in first)):
            reached(number / len(TABLES))
            sheet, currency = self._sheet(table, data), currency_of(tree)
            decimal = decimal_mark_of(tree)
            found = (
                typed_rows.typed(table, sheet, self.log, named, currency, decimal)
                if sheet
                else None
            )
            if found:
                frames[table], places[table] = found
            if table == first[-1]:
                declared = ((c, t) for c, t in typed_rows.DECLARED.items() if t in frames)
                named = {c: typed_rows.names_in(frames[t], c) for c, t in declared}
        for table in REQUIRED_TABLES:
            if table not in frames and not self.log.failed:
                where = data.place if data is not None else tree.place
                self.log.error("table_missing", where, name=table_term(table))
        empty = {name: empty_table(name) for name in TABLES if name not in frames}
        return {name: (frames | empty)[name] for name in TABLES}, places

    def _sheet(self, table: str, data: Node | None) -> Sheet | None:
        """The raw rows of a table: its CSV file where one is named, else its sheet."""
        node = data.value.get(table) if data is not None and isinstance(data.value, dict) else None
        if node is not None and isinstance(node.value, str):
            self.named.add(table)
            if table in self.sheets:
                self.log.warn("read_csv_not_sheet", node.place, name=table)
            raw = self.folder.read(node.value, node.place)
            return sources.read(raw, node.value, self.log) if raw is not None else None
        sheet = self.sheets.get(table)
        if sheet is None or not any(any(c.strip() for c in row) for row in sheet.rows):
            return None
        self.named.add(table)
        return sheet
