"""One process serves several users at a time: nothing of one reaches another."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
import report_plans
import stand_in

import planner
from planner.present import figures
from planner.present.papers.package import write_report
from planner.present.papers.view import View

MANY = 8
THREE = Path(__file__).parent.parent / "scenarios" / "three-schools"


@pytest.fixture(autouse=True)
def _language_comes_back() -> Iterator[None]:
    before = planner.language()
    yield
    planner.language(before)


def at_once(work: Callable[[int], Any], count: int = MANY) -> list[Any]:
    """What ``count`` threads give that begin together, in order."""
    gate = threading.Barrier(count)

    def begun(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begun, range(count)))


def complaint() -> str:
    """What is said of a misspelt key in the language of whoever asks."""
    try:
        planner.load(THREE, {"tial_years": 2})
    except planner.InputError as error:
        return str(error)
    raise AssertionError


def test_two_users_read_their_own_language() -> None:
    """Proves for threads that choose, wait for all others to choose, and then read: cards, tables
    of findings and errors are in each one's own language. One variable of the process gave all
    of them the last choice."""
    words = {lang: (planner.language(lang), complaint())[1] for lang in ("vi", "en")}
    assert words["vi"] != words["en"]
    gate = threading.Barrier(6)

    def user(number: int) -> tuple[str, str, str]:
        lang = ("vi", "en")[number % 2]
        planner.language(lang)
        gate.wait()
        found = planner.check(THREE, {"tial_years": 2})["message"].iloc[0]
        return planner.language(), complaint(), str(found)

    told = at_once(user, 6)
    for number, (lang, error, found) in enumerate(told):
        assert lang == ("vi", "en")[number % 2]
        assert error == words[lang]
        assert found in words[lang]


def test_two_tasks_read_their_own_language() -> None:
    """Proves the same for the tasks of one thread, as a web server has them; and that their
    choice does not outlive them."""
    planner.language("vi")

    async def user(lang: str) -> str:
        planner.language(lang)
        await asyncio.sleep(0.01)
        return planner.language()

    async def server() -> list[str]:
        return list(await asyncio.gather(*(user(x) for x in ("en", "vi", "en"))))

    assert asyncio.run(server()) == ["en", "vi", "en"]
    assert planner.language() == "vi"
    assert at_once(lambda _: planner.language(), 2) == ["vi", "vi"]


def test_threads_that_choose_nothing_read_the_scripts_language() -> None:
    """Proves that ``planner.language("en")`` at the top of a script or notebook holds in the
    threads that it starts, and that what such a thread chooses changes nothing for others."""
    planner.language("en")
    assert at_once(lambda _: planner.language(), 2) == ["en", "en"]
    at_once(lambda _: planner.language("vi"), 2)
    assert planner.language() == "en"
    assert at_once(lambda _: planner.language(), 2) == ["en", "en"]


def test_a_notebooks_cells_share_a_language() -> None:
    """Proves that where every cell is a task of its own (IPython), a choice holds in the next."""
    code = """
import asyncio, sys, types
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: object())
import planner
async def cell(lang=None):
    return planner.language(lang)
async def kernel():
    await asyncio.create_task(cell("en"))
    return await asyncio.create_task(cell())
print(asyncio.run(kernel()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "en"


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def draw_two(plan: Any, folder: Path, lang: str) -> None:
    """Two figures of a plan, in letters and bars, as SVG and PNG."""
    folder.mkdir()
    figures.save_one(plan, "coverage", folder, lang, ("svg",))
    figures.save_one(plan, "obligations", folder, lang, ("png",))


@pytest.mark.slow
def test_figures_of_many_threads_are_those_of_one(tmp_path: Path) -> None:
    """Proves that eight threads drawing at once give the bytes of one that draws alone, and that
    matplotlib's settings are the user's own afterwards. Settings changed side by side came back
    in any order: figures differed, and the process kept ours."""
    plan = stand_in.plan(5)
    for lang in ("vi", "en"):
        draw_two(plan, tmp_path / lang, lang)
    due = {lang: digests(tmp_path / lang) for lang in ("vi", "en")}
    before = dict(mpl.rcParams.copy())

    def draw(number: int) -> bool:
        lang = ("vi", "en")[number % 2]
        place = tmp_path / str(number)
        draw_two(plan, place, lang)
        return digests(place) == due[lang]

    assert at_once(draw) == [True] * MANY
    assert dict(mpl.rcParams.copy()) == before


@pytest.mark.slow
def test_papers_of_many_threads_are_those_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves the same for eight packages at once, in two languages, page by page in pieces: html
    with its figures, and pdf, whose library must not be called by two threads at a time."""
    monkeypatch.setattr("planner.present.papers.pdf.LIMIT", 8)
    plan = report_plans.plan_folder()
    forms = ("html", "pdf")
    for lang in ("vi", "en"):
        write_report(View(plan, lang), tmp_path / lang, forms)
    due = {lang: digests(tmp_path / lang) for lang in ("vi", "en")}
    assert len(due["vi"]) == 2

    def report(number: int) -> bool:
        lang = ("vi", "en")[number % 2]
        place = tmp_path / str(number)
        write_report(View(plan, lang), place, forms)
        return digests(place) == due[lang]

    assert at_once(report) == [True] * MANY


def test_solves_of_many_threads_are_those_of_one() -> None:
    """Proves that threads that solve at once, on different numbers of cores, each get the plan
    of a solve alone: the engine's pool of threads is one for the process."""
    alone = planner.solve(THREE, gap=0, threads=1)

    def solve(number: int) -> Any:
        found = planner.solve(THREE, gap=0, threads=1 + number % 2)
        return found.value, found.plan.spent

    assert at_once(solve, 6) == [(alone.value, alone.plan.spent)] * 6
