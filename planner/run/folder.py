"""Plan folders: complete or not at all, self-contained, proven again from what is written.

A folder is written beside its place and then swapped in, so that whoever looks finds the old
plan or the new one. ``plan.json`` holds the SHA-256 of every other file.

``plan.xlsx`` holds the plan's tables as one workbook, which offices open and edit
(:mod:`planner.run.workbook`); :mod:`planner.run.edits` reads what comes back.
"""

from __future__ import annotations

import codecs
import ctypes
import errno
import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from planner.errors import Finding, InputError, Place, errors_in
from planner.plan import TABLES, Plan
from planner.plan.contract import FEW, few_texts
from planner.plan.tables import typed_plan
from planner.proof import audit, audit_decision
from planner.proof.chain import BEFORE, audit_amendment
from planner.run.optimize import claims, number
from planner.run.result import Decided, Result, as_texts
from planner.run.workbook import workbook_findings, write_tables
from planner.scenario import write as scenario_files
from planner.scenario.load import inspect
from planner.scenario.scenario import Scenario
from planner.scenario.write import csv_lines
from planner.solving.solution import Status
from planner.system.disk import (
    INSIDE,
    beside,
    name_beside,
    naming,
    standing,
    sweep,
    through,
    try_folder,
)
from planner.system.process import phase, version_of

CLAIMS = "plan.json"
KIND = "futures"
"""What ``plan.json`` says of a folder that holds one decision for several futures; under a folder
of that name stands a whole plan folder for each."""
WORKBOOK = "plan.xlsx"
AMENDED = ("changes.csv", "executed.csv")
"""What an amended plan's folder holds beside the plan and the plans before it (``amends/``): what
changed, and what had happened."""
BLOCK = 200_000
"""Rows of a table that are read as texts at a time."""
LIBRARIES = ("planner", "pulp", "highspy", "pandas", "numpy")


@dataclass(frozen=True)
class PlanFolder:
    """A plan folder that was read and found right.

    Attributes
    ----------
    path : Path
        Where it stands.
    scenario : Scenario
        The scenario, from the folder's own copy.
    plan : Plan
        The tables, as a fresh plan has them.
    claims : mapping
        What ``plan.json`` says: ``status``, ``value`` and ``bound`` (points), ``gap`` (0–1),
        ``people`` (equipped pupil-years), ``seconds``, ``settings``, ``versions``, hashes.

    Examples
    --------
    >>> import planner, tempfile
    >>> result = planner.solve("scenarios/three-schools", gap=0)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     again = planner.read(planner.write(result, f"{place}/plan", figures=False))
    >>> again.claims["status"], again.plan.spent
    ('optimal', 160000000)
    """

    path: Path
    scenario: Scenario
    plan: Plan
    claims: Mapping[str, Any]


BESIDE = "relaxation/"
"""What ``run --relax`` writes into a plan folder; it is no part of the plan."""
RELAXED = ("columns", "rows", "floors")
"""Its tables."""


@phase("writing")
def write(result: Result | Decided, path: Path | str) -> Path:
    """Writes a plan folder (of a decision for several futures: with one of each future in it);
    raises :class:`InputError` where ``path`` is something else or cannot
    be written, :class:`OSError` (with a path) where the disk fails on the way. A link is written
    through. What killed runs left beside it goes."""
    if isinstance(result, Decided):
        return _write_decided(result, path)
    target = through(path)
    refuse_foreign(target)
    with naming(target), standing(target.parent):
        recover(target)
        with beside(target.parent, name_beside(target.name)) as new:
            new.chmod(0o755)
            tables = result.plan.coded_tables()
            for name, table in tables.items():
                write_csv(table, new / f"{name}.csv")
            write_tables(
                tables, new / WORKBOOK, result.scenario.settings.illustrative, result.scenario
            )
            scenario_files.write(result.scenario, new / "inputs")
            for name, body in (result.amended.files if result.amended else {}).items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_bytes(body)
            seal(
                new, claims(result) | {"seconds": round(result.seconds, 3)}, result.scenario.inputs
            )
            publish(new, target)
    return Path(path).absolute()


def add(target: Path, made: Path, head: Mapping[str, Any]) -> None:
    """Adds the files under ``made`` (figures) to the plan that stands already and says ``head``.

    The folder with them, sealed anew, takes the place of the one without in one step: whoever
    looks finds a plan that is proven, with its figures or without. Nothing else is changed: what
    somebody did to the folder meanwhile stays, and is found as before. Raises
    :class:`InputError` where another plan stands there by now, :class:`FileNotFoundError` where
    nothing was made.
    """
    target = through(target)
    files = hashes(made)
    if not files:
        raise FileNotFoundError(made.name)
    if read_claims(target) != head:
        raise InputError([Finding("folder_other_plan", Place(file=target.name))])
    with workplace(target) as new:
        _copied(target, new, without=CLAIMS)
        _copied(made, new)
        sealed_files = sorted((head["files"] | files).items(), key=lambda f: Path(f[0]))
        _write_claims(new, dict(head) | {"files": dict(sealed_files)})
        publish(new, target)


@contextmanager
def workplace(target: Path) -> Iterator[Path]:
    """A folder beside a plan's for what is made on the way to it; gone afterwards."""
    target = through(target)
    with (
        naming(target),
        standing(target.parent),
        beside(target.parent, name_beside(target.name)) as new,
    ):
        new.chmod(0o755)
        yield new


def _copied(source: Path, to: Path, without: str = "") -> None:
    """The files of a folder in another one: the same files where the disk can name one twice."""
    for path in sorted(source.rglob("*")):
        place = to / path.relative_to(source)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif path != source / without:
            place.unlink(missing_ok=True)
            try:
                os.link(path, place)
            except OSError:
                shutil.copy2(path, place)


def refuse_foreign(target: Path) -> None:
    """Raises :class:`InputError` where a plan may not or cannot be written, so that nothing is
    lost; a link stands for where it leads."""
    target = through(target)
    try_folder(target, inside=False)
    names = [p.name for p in target.iterdir()] if target.is_dir() else None
    if not target.exists() or names == []:
        return
    if names == [BESIDE.rstrip("/")]:  # nothing but what run --relax wrote where no plan was yet
        sweep(target / BESIDE, INSIDE)
        if {p.name for p in (target / BESIDE).glob("*")} <= {f"{name}.csv" for name in RELAXED}:
            return
    if not is_plan_folder(target):
        raise InputError([Finding("folder_foreign", Place(file=target.name))])
    written, path = read_claims(target)["files"].get(WORKBOOK), target / WORKBOOK
    if path.is_file() and digest(path) != written:
        tables, unreadable = read_text_tables(target)
        if not unreadable and workbook_findings(path, tables):
            place = Place(file=f"{target.name}/{WORKBOOK}")
            raise InputError([Finding("edit_would_be_lost", place)])


def is_plan_folder(path: Path) -> bool:
    """Whether a folder was written by this program."""
    try:
        head = _json(path / CLAIMS)
    except (OSError, ValueError):
        return False
    return isinstance(head, dict) and "schema" in head and "files" in head


def _json(path: Path) -> Any:
    """The content of a JSON file; ``ValueError`` where it is none, or is nested beyond reason."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("nested too deep") from None


def plan_id(source: Result | PlanFolder) -> str:
    """What tells a plan from any other: SHA-256 of its tables, its inputs, and what it reached in
    each stage; figures, versions and seconds are no part of it."""
    if isinstance(source, PlanFolder):
        files, head = dict(source.claims["files"]), source.claims
    else:
        with beside(Path(tempfile.gettempdir()), "planner-id-") as place:
            for name, table in source.plan.coded_tables().items():
                write_csv(table, place / f"{name}.csv")
            scenario_files.write(source.scenario, place / "inputs")
            files, head = hashes(place), json.loads(json.dumps(claims(source)))
    tables = {f"{name}.csv" for name in TABLES}
    own = {k: v for k, v in files.items() if k in tables or k.startswith("inputs/")}
    body = [sorted(own.items()), head["stages"], (head.get("tidy") or {}).get("stages_before")]
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A text table as CSV: UTF-8 with BOM (Excel reads it), comma, LF."""
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        file.writelines(csv_lines(table))


def seal(folder: Path, head: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
    """Writes ``plan.json``: claims, versions and the hash of every other file."""
    versions = {name: version_of(name) for name in LIBRARIES}
    versions["python"] = platform.python_version()
    body = dict(head) | {"versions": versions, "inputs": dict(inputs), "files": hashes(folder)}
    _write_claims(folder, body)


def _write_claims(folder: Path, body: Mapping[str, Any]) -> None:
    text = json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / CLAIMS).write_text(text + "\n", encoding="utf-8", newline="\n")


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file except ``plan.json``, by path with forward slashes."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / CLAIMS)
    return {p.relative_to(folder).as_posix(): digest(p) for p in files}


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish(new: Path, target: Path) -> None:
    """Swaps the new folder in; in one step where the system can, else with a way back."""
    if not target.exists():
        os.rename(new, target)
        return
    if _exchange(new, target):
        return  # what is left beside is the old plan, which the caller removes
    aside = target.with_name(f".{target.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    os.rename(target, aside)
    try:
        os.rename(new, target)
    except OSError:
        os.rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def recover(target: Path) -> None:
    """Puts an old plan back that a killed process had moved aside (see :func:`publish`)."""
    target = through(target)
    aside = target.with_name(f".{target.name}.old")
    if aside.is_dir() and not target.exists():
        os.rename(aside, target)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two names atomically (Linux ``renameat2``, macOS ``renamex_np``)."""
    if sys.platform not in ("linux", "darwin"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = libc.renamex_np(*names, 2)
        else:
            failed = libc.renameat2(-100, names[0], -100, names[1], 2)
    except AttributeError:
        return False
    if failed and ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(ctypes.get_errno(), "cannot swap the plan folder in", str(other))
    return not failed


def read_claims(path: Path) -> dict[str, Any]:
    """``plan.json``; a finding where the folder is none of ours or it is damaged."""
    recover(path)
    try:
        head = _json(path / CLAIMS)
    except FileNotFoundError:
        raise InputError([Finding("folder_not_a_plan", Place(file=path.name))]) from None
    except (OSError, ValueError) as error:
        place = Place(file=f"{path.name}/{CLAIMS}")
        raise InputError([Finding("folder_damaged", place, {"detail": str(error)})]) from None
    if not isinstance(head, dict) or not isinstance(head.get("files"), dict):
        raise InputError([Finding("folder_not_a_plan", Place(file=path.name))])
    return head


def read_text_tables(path: Path) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """The CSV tables as categoricals of texts, and findings for those that cannot be read."""
    tables: dict[str, pd.DataFrame] = {}
    findings = []
    for name in TABLES:
        file = path / f"{name}.csv"
        try:
            tables[name] = _read_coded(file)
        except (OSError, ValueError) as error:
            params = {"detail": str(error).splitlines()[0]}
            findings.append(Finding("folder_unreadable", Place(file=file.name), params))
    return tables, findings


def _read_coded(file: Path) -> pd.DataFrame:
    """A CSV file of texts, block by block: a country's coverage is 50 million cells."""
    options: dict[str, Any] = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
    with pd.read_csv(file, chunksize=BLOCK, **options) as blocks:
        parts = [_coded(block) for block in blocks]
    if len(parts) == 1:
        return parts[0]
    columns = [
        union_categoricals([part.iloc[:, k] for part in parts]) for k in range(parts[0].shape[1])
    ]
    table = pd.concat([pd.Series(c) for c in columns], axis=1)
    table.columns = parts[0].columns
    return table


def _coded(block: pd.DataFrame) -> pd.DataFrame:
    """Columns of texts as categoricals, their categories sorted."""
    if len(block) > FEW or block.isna().to_numpy().any():  # a row may lack cells
        return block.astype("category")
    texts = {n: cells.tolist() for n, cells in block.items()}
    return pd.DataFrame({n: few_texts(t, sorted(set(t))) for n, t in texts.items()}, block.index)


def differing_files(folder: Path, head: Mapping[str, Any]) -> list[Finding]:
    """Files that are missing, extra or changed since a folder was sealed."""
    now, written = hashes(folder), head["files"]
    differing = {
        "folder_file_missing": written.keys() - now,
        "folder_file_extra": {name for name in now.keys() - written if not name.startswith(BESIDE)},
        "folder_file_changed": {
            name for name in now.keys() & written.keys() if now[name] != written[name]
        },
    }
    return [
        Finding(code, Place(file=name))
        for code, names in differing.items()
        for name in sorted(names)
    ]


def prove(path: Path | str) -> tuple[list[Finding], Scenario | None, dict[str, pd.DataFrame]]:
    """Proves a folder from what is written: hashes, tables, workbook. Needs no solver."""
    folder = Path(path).absolute()
    head = read_claims(folder)
    if head.get("kind") == KIND:
        return _prove_decided(folder, head)
    findings = differing_files(folder, head)
    findings += [
        Finding("audit_claim_kind", Place(file=CLAIMS, column=key), {"found": "–"})
        for key in ("seconds", "versions", "inputs")
        if key not in head
    ]
    tables, unreadable = read_text_tables(folder)
    scenario, faults, _ = inspect(folder / "inputs" / "scenario.yaml")
    findings += unreadable
    if scenario is None:
        return findings + [f for f in faults if f.severity == "error"], None, tables
    scenario = replace(scenario, id=str(head.get("scenario", "")))
    if not unreadable:
        with phase("audit"):
            findings += audit(scenario, tables, head)
            findings += workbook_findings(folder / WORKBOOK, tables, scenario)
        if "amend" in head and not findings:
            names = [n for n in head["files"] if n.startswith(BEFORE) or n in AMENDED]
            files = {name: (folder / name).read_bytes() for name in names}
            findings += audit_amendment(scenario, tables, head, files)
    return findings, scenario, tables


def sealed(path: Path | str) -> PlanFolder:
    """A plan as it was sealed, whatever has happened to its workbook and figures since.

    Raises :class:`InputError` where its tables or inputs are not what was written.
    """
    folder = Path(path).absolute()
    _refuse_decided(folder)
    head = read_claims(folder)
    now = hashes(folder)
    proof = [f"{name}.csv" for name in TABLES]
    proof += [name for name in head["files"] if name.startswith("inputs/")]
    findings = [
        Finding("folder_file_changed" if name in now else "folder_file_missing", Place(file=name))
        for name in proof
        if now.get(name) != head["files"].get(name)
    ]
    tables, unreadable = read_text_tables(folder)
    scenario, faults, _ = inspect(folder / "inputs" / "scenario.yaml")
    if scenario is None or unreadable or findings:
        raise InputError([*findings, *unreadable, *errors_in(faults)])
    scenario = replace(scenario, id=str(head.get("scenario", "")))
    if wrong := audit(scenario, tables, head):
        raise InputError(wrong)
    return PlanFolder(folder, scenario, _plan(scenario, tables, head), head)


def read(path: Path | str) -> PlanFolder:
    """A proven plan folder; raises :class:`InputError` with every finding otherwise."""
    folder = Path(path).absolute()
    _refuse_decided(folder)
    findings, scenario, tables = prove(folder)
    if findings or scenario is None:
        raise InputError(findings)
    head = read_claims(folder)
    return PlanFolder(folder, scenario, _plan(scenario, tables, head), head)


def _plan(scenario: Scenario, tables: Mapping[str, pd.DataFrame], head: Mapping[str, Any]) -> Plan:
    """The plan of a folder that was proven, with the sizes of its lines before it was tidied."""
    sizes = dict(head.get("tidy") or {}).get("sizes_before")
    known = None if sizes is None else {int(size): n for size, n in sizes.items()}
    return replace(typed_plan(scenario, tables), sizes_before=known)


# --------------------------------------------------------------------------------------------------
# One decision for several futures: ``plan.json``, its own tables, and a whole plan folder for each
# future under ``futures/``.

DECIDED_TABLES = ("decision", "futures", "waiting")
"""Its own tables."""
OF_BASE = ("base_least", "base_most", "base_people", "base_people_less")
"""Columns of ``futures`` that are NaN where there is no plan under the first future's decision."""


def decided_claims(decided: Decided) -> dict[str, object]:
    """What is said of a decision: the checked part of ``plan.json``."""
    aim = decided.settings
    best = {
        s.name: [_stage_best(decided, case, s.name) for case in decided.results]
        for s in decided.stages
    }  # fmt: skip
    regret = aim["aim"] == "regret"
    return {
        "schema": 1,
        "kind": KIND,
        "scenario": decided.scenario.id,
        "status": str(decided.status),
        **{k: number(getattr(decided, k)) for k in ("value", "bound", "gap")},
        "stages": [
            {"name": s.name, "status": str(s.status)}
            | {k: number(getattr(s, k)) for k in ("value", "bound", "gap")}
            | {"before": number(max(decided.before.get(s.name, s.value), s.value))}
            | ({"best": best[s.name]} if regret else {})
            for s in decided.stages
        ],
        "decide_until": decided.until,
        "aim": {"kind": aim["aim"], "tail": aim["tail"]},
        "cases": [
            {"name" if k == "case" else str(k): _plain(v) for k, v in row.items()}
            for row in decided.futures.to_dict("records")
        ],
        "worth": {k: [number(v) for v in pair] for k, pair in decided.worth.items()},
        "worth_people": {k: number(v) for k, v in decided.worth_people.items()},
        "regret": [number(v) for v in decided.regret],
        "settings": decided.settings,
        "illustrative": decided.scenario.settings.illustrative,
    }


def _stage_best(decided: Decided, case: str, stage: str) -> float:
    return float(decided.best[case].get(stage, 0.0))


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(value, float):
        return number(value)
    return value.item() if hasattr(value, "item") else value


def _write_decided(decided: Decided, path: Path | str) -> Path:
    """The folder of a decision and its futures."""
    target = through(path)
    refuse_foreign(target)
    with workplace(target) as new:
        recover(target)
        for name, result in decided.results.items():
            (new / KIND).mkdir(exist_ok=True)
            write(result, new / KIND / name)
        for name in DECIDED_TABLES:
            write_csv(as_texts(getattr(decided, name)), new / f"{name}.csv")
        head = decided_claims(decided) | {"seconds": round(decided.seconds, 3)}
        seal(new, head, decided.scenario.inputs)
        publish(new, target)
    return Path(path).absolute()


def _prove_decided(
    place: Path, head: Mapping[str, Any]
) -> tuple[list[Finding], Scenario | None, dict[str, pd.DataFrame]]:
    """Proves such a folder from what is written: hashes, every future's plan, and that all hold the
    same decision."""
    findings, every = differing_files(place, head), dict[str, pd.DataFrame]()
    futures = {}
    for name in _futures_of(head):
        own = place / KIND / name
        if not is_plan_folder(own):
            findings.append(Finding("folder_file_missing", Place(file=f"{KIND}/{name}/plan.json")))
            continue
        found, scenario, tables = prove(own)
        every |= {f"{name}/{table}": rows for table, rows in tables.items()}
        findings += [replace(f, where=replace(f.where, file=f"{KIND}/{name}/{f.where.file}"))
                     for f in found]  # fmt: skip
        if scenario is not None and not found:
            futures[name] = (scenario, tables, read_claims(own))
    if not findings:
        texts = {name: _text_table(place / f"{name}.csv") for name in DECIDED_TABLES}
        findings += audit_decision(futures, texts, head)
    return findings, None, every


def _text_table(path: Path) -> pd.DataFrame:
    """A table of the folder as texts."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _refuse_decided(folder: Path) -> None:
    """Raises :class:`InputError` where a folder holds a decision for several futures, and so no
    plan of its own."""
    head = read_claims(folder)
    if head.get("kind") == KIND:
        example = f"{folder.name}/{KIND}/{''.join(_futures_of(head)[:1])}"
        place = Place(file=folder.name)
        raise InputError([Finding("folder_of_futures", place, {"example": example})])


def _futures_of(head: Mapping[str, Any]) -> list[str]:
    """The names of the futures that ``plan.json`` speaks of; none where it is of one plan."""
    cases = head.get("cases") if head.get("kind") == KIND else None
    return [str(c.get("name")) for c in cases or [] if isinstance(c, Mapping)]


def future_in(path: Path | str) -> tuple[Path, str] | None:
    """The folder of a decision and the name of one of its futures, where ``path`` is that folder
    (the first future, which is the one expected) or the future's own in it; else nothing."""
    folder = Path(path).absolute()
    for place, name in ((folder, ""), (folder.parent.parent, folder.name)):
        if is_plan_folder(place) and (names := _futures_of(read_claims(place))):
            if not name:
                return place, names[0]
            if folder.parent.name == KIND and name in names:
                return place, name
    return None


def read_decided(path: Path | str) -> Decided:
    """A decision's folder once it is proven, without the results of its futures (their plans stand
    in folders of their own); the scenario is that of its first future.

    Raises :class:`InputError` with every finding otherwise.
    """
    place = Path(path).absolute()
    head = read_claims(place)
    findings, _, _ = prove(place)
    if findings:
        raise InputError(findings)
    first, _, _ = inspect(place / KIND / _futures_of(head)[0] / "inputs" / "scenario.yaml")
    assert first is not None
    whole = {"decision": ("year", "optima", "amount"), "waiting": ("amount_most",)}
    real = {"decision": ("quantity",), "waiting": ("units_least", "units_most")}
    tables = {
        name: _text_table(place / f"{name}.csv")
        .replace({column: {"": "nan"} for column in real[name]})
        .astype(dict.fromkeys(whole[name], "int64") | dict.fromkeys(real[name], "float64"))
        for name in whole
    }
    futures = pd.DataFrame([{"case" if k == "name" else k: v for k, v in c.items()}
                            for c in head["cases"]])  # fmt: skip
    return Decided(
        replace(first, id=str(head["scenario"])), Status(head["status"]),
        float(head["value"]), float(head["bound"]),
        futures=futures.astype(dict.fromkeys(OF_BASE, "float64")),
        worth={k: tuple(v) for k, v in head["worth"].items()}, regret=tuple(head["regret"]),
        before={s["name"]: float(s["before"]) for s in head["stages"]},
        settings={**head["settings"], "decide_until": head["decide_until"],
                  "aim": head["aim"]["kind"]}, **tables,
    )  # fmt: skip
