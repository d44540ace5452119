"""Where things are written: tried before anybody waits, whole or not at all, remnants swept."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import tiny

from planner.errors import InputError
from planner.run import folder
from planner.run.optimize import optimize
from planner.system import disk as beside

ROOT = Path(__file__).parent.parent
THREE = str(ROOT / "scenarios" / "three-schools")
POSIX = pytest.mark.skipif(os.name == "nt", reason="limits and signals need POSIX")


def planner(
    *words: str, before: Callable[[], None] | None = None, **how: object
) -> tuple[int, str, str]:
    """Runs the command line in a process of its own: exit code, stdout, stderr.

    Under a limit Python keeps nothing that it compiled: it takes half a file for a whole one.
    """
    kept = {"PYTHONDONTWRITEBYTECODE": "1"} if before else {}
    ended = subprocess.run(
        [sys.executable, "-m", "planner", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | kept,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
        preexec_fn=before,
        **how,  # type: ignore[call-overload]
    )
    assert "Traceback" not in ended.stderr
    assert "Internal error" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small plan folder."""
    place = tmp_path_factory.mktemp("disk") / "plan"
    folder.write(optimize(tiny(cap=10), gap=0, threads=1), place)
    return str(place)


def verbs(plan: str) -> dict[str, list[str]]:
    """Every verb that writes, all but where to."""
    return {
        "run": ["run", THREE],
        "relax": ["run", THREE, "--relax"],
        "report": ["report", plan],
        "compare": ["compare", plan, plan],
        "frontier": ["frontier", THREE, "--points", "3", "--workers", "0"],
        "explain": ["explain", plan, "--policies"],
        "school": ["explain", plan, "--school", "a"],
        "plot": ["plot", plan],
        "status": ["status", plan],
    }


VERBS = list(verbs(""))
USUAL = {"run", "new"}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("obstacle", ["file", "file/in/the/way", "n" * 300])
def test_out_is_tried_first(
    verb: str, obstacle: str, plan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the way, or a name that is too long: exit 3 before anything is read or solved,
    nothing is made. A verb that only writes at its end would first have worked for minutes."""
    from planner.cli import main

    def never(*_: object, **__: object) -> None:
        raise AssertionError("worked before it knew where to write")

    for name in ("planner.cli.run.optimize", "planner.cli.futures.traced",
                 "planner.cli.futures.read", "planner.cli.folders.read",
                 "planner.cli.folders.status_of", "planner.cli.futures.compared"):  # fmt: skip
        monkeypatch.setattr(name, never)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main([*verbs(plan)[verb], "--out", str(tmp_path / obstacle), "--lang", "en"])
    assert ended.value.code == 3
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("number", sorted(beside.KINDS))
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_refusal_has_its_sentence(number: int, lang: str) -> None:
    """What the system refuses is said with the path and what to do, in both languages."""
    from planner.messages import render

    said = render(beside.finding_of(OSError(number, "X", "/there")), lang)
    assert "/there" in said
    assert ";" in said  # what is wrong; what to do
    other = render(beside.finding_of(OSError(9999, "strange", "/there")), lang)
    assert "strange" in other


@POSIX
@pytest.mark.parametrize(
    "verb", [v if v in USUAL else pytest.param(v, marks=pytest.mark.slow) for v in VERBS]
)
def test_a_limit_on_files_is_named(verb: str, plan: str, tmp_path: Path) -> None:
    """Files of at most 5 kB (as with a full disk, writing fails in the middle): exit 3, the path
    and the limit are named, and no half of anything stands there.

    Where the tables fit and only the figure beside them does not, the tables stand: exit 0 with
    a warning that names the figure and its path, and no half of it.
    """
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))

    out = tmp_path / "out"
    words = [*verbs(plan)[verb], "--out", str(out), "--lang", "en"]
    code, _, err = planner(*words, before=limited)
    left = {p.name for p in tmp_path.rglob("*")}
    if verb in ("frontier", "explain", "status"):
        assert code == 0
        figure = out / ("policies" if verb == "explain" else verb)
        assert f"Warning: figures that could not be drawn: {figure.as_posix()} (" in err
        assert "File too large" in err
        tables = {"frontier": {"frontier.csv", "kinks.csv", "frontier.jsonl"},
                  "explain": {"policies.json", "policies.csv"},
                  "status": {"funds.csv", "lines.csv", "lapsing.csv"}}  # fmt: skip
        assert left - {"out"} >= tables[verb]
        assert not any(name.endswith((".png", ".svg")) for name in left)
        return
    if code == 0:  # all that it writes is small
        assert verb in ("relax", "school")
        return
    assert code == 3
    assert f"{out}" in err
    assert "ulimit -f" in err
    assert left == set()


@POSIX
@pytest.mark.parametrize("verb", ["run", "check", pytest.param("show", marks=pytest.mark.slow)])
def test_a_reader_who_leaves_ends_nothing(verb: str, tmp_path: Path) -> None:
    """``planner run | head -1``: quiet, exit 0, and the plan stands there all the same."""
    out = ["--out", str(tmp_path / "plan"), "--no-figures"] if verb == "run" else []
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "planner", verb, THREE, *out],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=writing,
        stderr=writing if verb == "show" else subprocess.PIPE,
        timeout=240,
        check=False,
    )
    os.close(writing)
    assert ended.returncode == 0
    assert b"rror" not in (ended.stderr or b"")
    if verb == "run":
        assert folder.prove(tmp_path / "plan")[0] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_results_that_cannot_be_said_are_told() -> None:
    """Stdout on a full disk: exit 3 and a sentence, not exit 0 and not a traceback."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "planner", "show", THREE, "--lang", "en"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
    assert ended.returncode == 3
    assert ended.stderr.startswith("<stdout>: the disk is full")


@POSIX
def test_a_link_is_written_through(tmp_path: Path) -> None:
    """``--out`` on a link: the plan stands where it leads, again and again, and the link stays.

    A swap of names would leave the new plan in the link's place and the link behind as a remnant.
    """
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/plan")
    for cap in (10, 20):
        folder.write(optimize(tiny(cap=cap), gap=0, threads=1), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "there"]
    assert [p.name for p in (tmp_path / "there").iterdir()] == ["plan"]
    assert folder.read(tmp_path / "link").claims["value"] == pytest.approx(50)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError):
        folder.refuse_foreign(tmp_path / "loop")


WRITER = """
import os, signal, sys
from pathlib import Path
from planner.system.disk import beside
with beside(Path(sys.argv[1]), ".out.new-") as place:
    (place / "half").write_text("x")
    print(place.name, flush=True)
    sys.stdin.read()
"""


@POSIX
def test_only_remnants_of_the_dead_go(tmp_path: Path) -> None:
    """Two writers stand beside; one is killed. The next one removes what that one left, not what
    the living one is writing, nor what only looks alike."""
    path = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [
        subprocess.Popen(command, stdin=-1, stdout=-1, encoding="utf-8", env=path) for _ in "ab"
    ]
    dead, living = (w.stdout.readline().strip() for w in writers if w.stdout is not None)
    strangers = [".out.new-notours", ".out.new-12345678x", ".other.new-12345678"]
    for name in strangers[1:]:
        (tmp_path / name).mkdir()
    (tmp_path / ".link").symlink_to(tmp_path)
    os.symlink(tmp_path / ".link", tmp_path / ".out.new-abcdefgh")
    writers[0].send_signal(signal.SIGKILL)
    writers[0].wait(timeout=60)
    assert (tmp_path / dead / "half").exists()
    with beside.beside(tmp_path, ".out.new-") as place:
        assert place.is_dir()
        assert not (tmp_path / dead).exists()
        assert (tmp_path / living / "half").exists()
    kept = {living, *strangers[1:], ".link", ".out.new-abcdefgh"}
    assert {p.name for p in tmp_path.iterdir()} == kept
    writers[1].communicate("", timeout=60)
    assert not (tmp_path / living).exists()


@POSIX
@pytest.mark.parametrize(
    "name", [pytest.param("plan", marks=pytest.mark.slow), "kế-hoạch-" + "đ" * 100]
)
def test_a_killed_run_leaves_nothing_to_the_next(tmp_path: Path, name: str) -> None:
    """A writer killed before its swap leaves its folder; the next run of the same plan takes it
    away, whatever the length of the name."""
    code = (
        "import os, sys; from planner.run import folder\n"
        "from planner.run.optimize import optimize\n"
        "from tiny import tiny\n"
        "folder.publish = lambda *_: os.kill(os.getpid(), 9)\n"
        "folder.write(optimize(tiny(cap=20), gap=0, threads=1), sys.argv[1])\n"
    )
    places = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / name)],
        env=os.environ | {"PYTHONPATH": places},
        check=False,
        timeout=120,
    )
    assert [p.name.startswith(".") for p in tmp_path.iterdir()] == [True]
    folder.write(optimize(tiny(cap=10), gap=0, threads=1), tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_papers_of_dead_writers_go_and_nobody_elses(tmp_path: Path) -> None:
    """«.report-archived» is a user's folder that only looks like a remnant."""
    from planner.present.papers.package import _papers_alone

    for name, file in ((".report-a1b2c3d4", "to-trinh.docx"), (".report-archived", "notes.txt")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("x", encoding="utf-8")
    with beside.whole(tmp_path, prefix=".report-", ours=_papers_alone) as place:
        (place / "to-trinh.docx").write_text("new", encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".report-archived", "to-trinh.docx"]


def test_files_stand_together_or_not_at_all(tmp_path: Path) -> None:
    """A disk that fills up after the first of two files: the old pair stays, no new folder."""
    for part in ("a", "b"):
        (tmp_path / part).write_text("old", encoding="utf-8")
    for target in (tmp_path, tmp_path / "new" / "place"):
        with pytest.raises(OSError) as failed, beside.whole(target) as place:  # noqa: PT011, PT012
            (place / "a").write_text("new", encoding="utf-8")
            raise OSError(errno.ENOSPC, "No space left on device")
        assert failed.value.filename == str(target)
    assert {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()} == {
        "a": "old",
        "b": "old",
    }


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_replaces_nothing(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands there stays, also where it came in between and where the file system has no
    links; else the file is there, whole, and nothing beside it. A writer that looks first and then
    replaces loses what came between the two."""
    path = tmp_path / "what-if.yaml"
    link = os.link

    def late(made: Path, target: Path) -> None:
        path.write_text("theirs", encoding="utf-8")
        if not links:
            raise OSError(errno.EPERM, "no links here")
        link(made, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", late)
        with pytest.raises(FileExistsError):
            beside.write_file(path, b"mine", new=True)
    assert path.read_bytes() == b"theirs"
    path.unlink()
    if not links:

        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
    beside.write_file(path, b"mine", new=True)
    with pytest.raises(FileExistsError):
        beside.write_file(path, b"again", new=True)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"mine"
