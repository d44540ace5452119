"""A plan folder is complete or not there at all, whenever its writer is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import tiny

from planner.errors import InputError
from planner.run import folder
from planner.run.optimize import optimize

HERE = Path(__file__).parent
CHILD = """
import os, signal, sys
from planner.run import folder
from planner.run.optimize import optimize
from tiny import tiny

step, target = sys.argv[1:]
result = optimize(tiny(cap=20), gap=0, threads=1)

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def dying_after(work):
    def done(*given):
        work(*given)
        die()
    return done

if step == "first file":
    folder.write_csv = dying_after(folder.write_csv)
elif step == "before the seal":
    folder.seal = die
elif step == "sealed":
    folder.seal = dying_after(folder.seal)
elif step == "before the swap":
    folder._exchange = die
elif step == "swapped":
    folder._exchange = dying_after(folder._exchange)
else:
    folder._exchange = lambda *_: False
    rename, count = os.rename, [0]
    def renamed(*given):
        rename(*given)
        count[0] += 1
        if count[0] == int(step[-1]):
            die()
    os.rename = renamed
folder.write(result, target)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL needs POSIX")
@pytest.mark.parametrize(
    ("step", "value"),
    [
        pytest.param("first file", 25, marks=pytest.mark.slow),
        pytest.param("before the seal", 25, marks=pytest.mark.slow),
        pytest.param("sealed", 25, marks=pytest.mark.slow),
        ("before the swap", 25),
        ("swapped", 50),
        ("without a swap, renamed 1", 25),
        pytest.param("without a swap, renamed 2", 50, marks=pytest.mark.slow),
    ],
)
def test_killed_writer_leaves_the_old_plan_or_the_new(
    tmp_path: Path, step: str, value: float
) -> None:
    """Killed at any step, what stands there is proven: the old plan (25) or the new one (50).

    A writer that filled the folder in place would leave half of each, which no proof accepts.
    """
    target = tmp_path / "plan"
    folder.write(optimize(tiny(cap=10), gap=0, threads=1), target)
    path = os.pathsep.join([str(HERE.parent), str(HERE)])
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, step, str(target)],
        env=os.environ | {"PYTHONPATH": path},
        check=False,
        timeout=120,
    )
    assert ended.returncode == -9
    assert folder.read(target).claims["value"] == pytest.approx(value)


def test_foreign_folders_are_refused(tmp_path: Path) -> None:
    """A folder with somebody's files is no place for a plan: nothing in it is touched."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError):
        folder.write(optimize(tiny(cap=10), gap=0, threads=1), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    """Written twice, every file but plan.json (its seconds) has the same hash."""
    first, second = (
        folder.write(optimize(tiny(cap=20), gap=0, threads=1), tmp_path / name) for name in "ab"
    )
    assert folder.hashes(first) == folder.hashes(second)


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    """One byte more in a table: the proof names that file, whatever the table says."""
    target = folder.write(optimize(tiny(cap=20), gap=0, threads=1), tmp_path / "plan")
    with (target / "schools.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    findings, _, _ = folder.prove(target)
    assert "folder_file_changed" in {f.code for f in findings}


@pytest.mark.parametrize(
    "name",
    ["ledger", *(pytest.param(n, marks=pytest.mark.slow) for n in ("allocation", "coverage"))],
)
def test_spoiling_a_cell_is_found_with_hashes_renewed(tmp_path: Path, name: str) -> None:
    """Every cell of a table's first row in turn gets another value, and the folder a fresh seal.

    Hashes prove nothing then; the audit must name file, row and column from the numbers.
    """
    target = folder.write(optimize(tiny(cap=20), gap=0, threads=1), tmp_path / "plan")
    head = folder.read_claims(target)
    tables, _ = folder.read_text_tables(target)
    for column in tables[name].columns:
        table = tables[name].astype("str")
        before = table.loc[0, column]
        table.loc[0, column] = "7" if before != "7" else "8"
        folder.write_csv(table, target / f"{name}.csv")
        own = {k: v for k, v in head.items() if k not in ("versions", "inputs", "files")}
        folder.seal(target, own, head["inputs"])
        findings, _, _ = folder.prove(target)
        places = {f.where.file for f in findings}
        assert any(name in place or "plan" in place for place in places), (name, column)
        folder.write_csv(tables[name], target / f"{name}.csv")
