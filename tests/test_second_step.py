"""Figures come second: whatever keeps them from being drawn, the plan stands and is proven."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny import tiny

import planner
from planner.cli.commands import compare, explain, frontier, plot, run
from planner.present.figures import canvas
from planner.run import folder
from planner.run.optimize import optimize

THREE = Path(__file__).parent.parent / "scenarios" / "three-schools"


def full_disk(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Saving the figures of these names (none: of all) ends as on a full disk, half written."""
    save = canvas.save

    def saved(figure, stem: Path, formats):  # type: ignore[no-untyped-def]
        if names and stem.name not in names:
            return save(figure, stem, formats)
        stem.with_name(f"{stem.name}.png").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    for room in ("", ".canvas", ".comparison_charts"):
        monkeypatch.setattr(f"planner.present.figures{room}.save", saved)


def ran(*words: object) -> Result:
    done = CliRunner().invoke(run, [*map(str, words), "--lang", "en"])
    assert done.exit_code == 0, done.output
    return done


def names_in(place: Path) -> set[str]:
    return {p.name for p in place.iterdir()} if place.is_dir() else set()


def test_a_figure_that_fails_loses_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves for one figure on a full disk: exit 0, the summary, a warning that names the figure
    and the way out, a folder that is proven, all other figures in it and no half of this one."""
    full_disk(monkeypatch, "money")
    done = ran(THREE, "--out", tmp_path / "plan")
    assert "160" in done.stdout
    said = [line for line in done.stderr.splitlines() if line.startswith("Warning")]
    assert len(said) == 1
    assert "money (OSError: [Errno 28] No space left on device)" in said[0]
    assert f"planner plot {(tmp_path / 'plan').as_posix()}" in said[0]
    assert folder.prove(tmp_path / "plan")[0] == []
    drawn = names_in(tmp_path / "plan" / "figures")
    assert "coverage.png" in drawn
    assert not any(name.startswith("money") for name in drawn)
    assert set(os.listdir(tmp_path)) == {"plan"}


@pytest.mark.slow
def test_without_any_figure_the_plan_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves for all of them: no figures, no claim of figures, a plan that is proven; and the
    remedy that is named draws them once there is room."""
    with monkeypatch.context() as patch:
        full_disk(patch)
        done = ran(THREE, "--out", tmp_path / "plan")
    assert "coverage-map" in done.stderr
    assert "/figures" not in done.stdout
    assert not (tmp_path / "plan" / "figures").exists()
    assert planner.audit(tmp_path / "plan").empty
    drawn = CliRunner().invoke(plot, [str(tmp_path / "plan")])
    assert drawn.exit_code == 0
    assert "money.png" in names_in(tmp_path / "plan-figures")


@pytest.mark.slow
def test_the_summary_is_said_when_the_tables_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves the order: tables, summary, figures. When the first word is said the folder is
    proven already; a summary before it would speak of a plan that a full disk then loses."""
    seen: list[tuple[bool, bool]] = []
    summary = planner.present.summary.summary  # type: ignore[attr-defined]

    def heard(*given: object) -> str:
        place = tmp_path / "plan"
        seen.append((folder.prove(place)[0] == [], (place / "figures").exists()))
        return str(summary(*given))

    monkeypatch.setattr("planner.cli.run.summary", heard)
    ran(THREE, "--out", tmp_path / "plan")
    assert seen == [(True, False)]
    assert (tmp_path / "plan" / "figures" / "money.svg").is_file()


def test_figures_are_sealed_with_the_plan(tmp_path: Path) -> None:
    """Proves that ``plan.json`` holds the hash of every file though figures come second: one
    pixel changed, or a figure more or less, is a finding."""
    ran(THREE, "--out", tmp_path / "plan")
    head = folder.read_claims(tmp_path / "plan")
    assert head["files"] == folder.hashes(tmp_path / "plan")
    assert list(head["files"]) == list(folder.hashes(tmp_path / "plan"))
    picture = tmp_path / "plan" / "figures" / "money.png"
    picture.write_bytes(picture.read_bytes() + b"x")
    (picture.parent / "new.png").write_bytes(b"x")
    (picture.parent / "coverage.png").unlink()
    codes = {f.code for f in folder.prove(tmp_path / "plan")[0]}
    assert codes == {"folder_file_changed", "folder_file_extra", "folder_file_missing"}


def test_figures_join_only_their_own_plan(tmp_path: Path) -> None:
    """Proves that figures drawn for one plan are not sealed into another that has taken its
    place meanwhile, and that what somebody has put beside the tables by then is not lost."""
    place = folder.write(optimize(tiny(cap=10), gap=0, threads=1), tmp_path / "plan")
    head = folder.read_claims(place)
    (tmp_path / "made" / "figures").mkdir(parents=True)
    (tmp_path / "made" / "figures" / "money.png").write_bytes(b"drawn")
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    folder.add(place, tmp_path / "made", head)
    assert (place / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert [f.code for f in folder.prove(place)[0]] == ["folder_file_extra"]
    folder.write(optimize(tiny(cap=20), gap=0, threads=1), place)
    with pytest.raises(planner.InputError, match="folder_other_plan"):
        folder.add(place, tmp_path / "made", head)
    assert folder.prove(place)[0] == []


def test_python_warns_and_keeps_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves the same for ``planner.write``: a warning, and the folder is read and proven."""
    full_disk(monkeypatch, "fairness")
    result = planner.solve(THREE)
    with pytest.warns(UserWarning, match="fairness"):
        written = planner.write(result, tmp_path / "plan")
    assert planner.read(written).plan.spent == 160_000_000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        planner.write(result, tmp_path / "bare", figures=False)


def test_what_other_verbs_found_is_told_before_it_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves for ``frontier``, ``compare`` and ``explain``, whose solves may have taken hours:
    tables and text come out, and the figure that fails is a warning."""
    plan = folder.write(planner.solve(THREE), tmp_path / "plan")
    full_disk(monkeypatch)
    asked = (
        (frontier, [THREE, "--points", "3", "--workers", "0", "--out", tmp_path / "f"],
         ["frontier.csv", "kinks.csv"]),
        (compare, [plan, plan, "--out", tmp_path / "c"], ["compare.xlsx", "compare.md"]),
        (explain, [plan, "--policies", "--out", tmp_path / "e"], ["policies.json"]),
    )  # fmt: skip
    for verb, words, files in asked:
        done = CliRunner().invoke(verb, [*map(str, words), "--lang", "en"])
        assert done.exit_code == 0, (verb.name, done.output)
        assert len(done.stdout.splitlines()) > 2, verb.name
        assert "Warning: figures that could not be drawn" in done.stderr, verb.name
        assert set(files) <= names_in(Path(words[-1])), verb.name  # type: ignore[arg-type]


INLINE = "module://matplotlib_inline.backend_inline"


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend",
    ["bogus", *(pytest.param(b, marks=pytest.mark.slow) for b in (INLINE, "module://no.such"))],
)
def test_the_environments_backend_draws_nothing_of_ours(backend: str, tmp_path: Path) -> None:
    """Proves that what a notebook leaves in ``MPLBACKEND`` for the programs that it starts does
    not keep a figure from being drawn. A bogus name ends ``import matplotlib`` itself."""
    done = subprocess.run(
        [sys.executable, "-m", "planner", "run", str(THREE), "--out", str(tmp_path / "plan")],
        env=os.environ | {"MPLBACKEND": backend}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "matplotlib" not in done.stderr
    assert len(names_in(tmp_path / "plan" / "figures")) == 16


@pytest.mark.slow
def test_notebook_figures_survive_a_backend_that_is_not_here() -> None:
    """Proves that ``planner.plots`` draws in a Python that a notebook started, and leaves a
    backend that works alone."""
    code = (
        "import planner, sys;"
        f"ax = planner.plots.coverage(planner.solve({str(THREE)!r}));"
        "import matplotlib; print(ax.has_data(), matplotlib.get_backend())"
    )
    for named, used in (("bogus", "agg"), ("module://no.such", "agg"), ("svg", "svg")):
        done = subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"MPLBACKEND": named, "DISPLAY": ""},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout.split() == ["True", used], (named, done.stderr)


FROZEN = """
import importlib.metadata as metadata, json, sys
from pathlib import Path

def absent(name):
    raise metadata.PackageNotFoundError(name)

sys.frozen, sys.executable = True, sys.argv[1]
metadata.version = metadata.distribution = absent
import multiprocessing.spawn
multiprocessing.spawn.set_executable(sys.argv[1])
import subprocess
def refused(*given, **more):
    raise AssertionError(f"a process was started: {given}")
subprocess.Popen.__init__ = refused
multiprocessing.process.BaseProcess.start = refused
from planner.present.papers import pdf
pdf.LIMIT = 3  # so that the papers are set in many pieces
from planner.cli import main
try:
    main(sys.argv[2:])
except SystemExit as ended:
    print("ended", ended.code)
"""


def frozen(tmp_path: Path, *words: object) -> str:
    """The command line in a Python as a frozen program has it: what it said."""
    command = [sys.executable, "-c", FROZEN, str(tmp_path / "app.exe"), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.stdout.rstrip().endswith("ended 0"), done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("papers", [False, True])
def test_a_frozen_python_plans_and_sets_papers(papers: bool, tmp_path: Path) -> None:
    """Proves that without metadata of packages, and with an executable that is no Python, a plan
    is written and proven, papers of many pieces are set, a frontier is traced, and not one
    process is started: it would be the program itself once more."""
    assert "version 0.1.0" in frozen(tmp_path, "--version")
    plan = tmp_path / "plan"
    frozen(tmp_path, "run", THREE, "--out", plan)
    versions = json.loads((plan / "plan.json").read_text(encoding="utf-8"))["versions"]
    assert versions["planner"] == "0.1.0"
    assert all(text[0].isdigit() for text in versions.values()), versions
    assert folder.prove(plan)[0] == []
    if papers:
        frozen(tmp_path, "report", plan, "--out", tmp_path / "papers")
        assert "to-trinh.pdf" in names_in(tmp_path / "papers")
        frozen(tmp_path, "frontier", THREE, "--points", "3", "--out", tmp_path / "frontier")


def test_the_version_said_without_metadata_is_that_of_the_project() -> None:
    """Proves that the fallback and the project's file say the same."""
    import tomllib

    with (Path(__file__).parent.parent / "pyproject.toml").open("rb") as file:
        assert planner.__version__ == tomllib.load(file)["project"]["version"]
