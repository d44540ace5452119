"""The pages in a real browser (Chromium), on the real program: journeys that a planner makes, the
keyboard alone, small screens, dark ones, and what axe says of every page.

Run with ``.ci/browser``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import found

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
SHOTS = os.environ.get("PLANNER_SHOTS")
"""Folder for a picture of every page, to be looked at."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    executable = found()
    if executable is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


class Program:
    """``planner open`` on a folder, as a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        command = [sys.executable, "-m", "planner", "open", str(root), "--no-browser"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            encoding="utf-8",
        )  # fmt: skip
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found is not None
        self.link = found[0]
        self.base = self.link.partition("/enter")[0]

    def close(self) -> None:
        """Ends it as Ctrl-C would."""
        self.process.terminate()
        self.process.wait(20)


class Walk:
    """One browser in one program."""

    def __init__(self, chromium: Any, program: Program, width: int = 1280, **more: Any) -> None:
        self.program = program
        viewport = {"width": width, "height": 900}
        self.context = chromium.new_context(viewport=viewport, locale="vi-VN", **more)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)
        self.page.goto(program.link)

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def go(self, address: str) -> int:
        """Opens a page, waiting where it is not ready; its status."""
        for _ in range(240):
            answer = self.page.goto(self.program.base + address)
            if answer.status != 202:
                self.page.wait_for_load_state("networkidle")
                return int(answer.status)
            self.page.wait_for_timeout(250)
        raise AssertionError(f"never ready: {address}")

    def settled(self, seconds: float = 240.0) -> str:
        """Waits until no job runs and no page is waited for; the address then."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.page.wait_for_load_state("networkidle")
            if self.page.locator("#live, .busy").count() == 0:
                return str(self.page.url).removeprefix(self.program.base)
            self.page.wait_for_timeout(250)
        raise AssertionError(f"still at work: {self.page.url}: {self.text()[:2000]}")

    def text(self) -> str:
        """What the page says."""
        return str(self.page.locator("main").inner_text())

    def shot(self, name: str) -> None:
        """A picture of the page, where pictures are wanted."""
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A folder with shipped scenarios, a plan of each kind, and the program that shows it."""
    root = tmp_path_factory.mktemp("office")
    for name in ("three-schools", "ba-dinh"):
        shutil.copytree(ROOT / "scenarios" / name, root / name)
    for name in ("three-schools", "ba-dinh/approved.yaml"):
        words = [sys.executable, "-m", "planner", "run", name, "--gap", "1%"]
        subprocess.run(words, cwd=root, check=True, capture_output=True, env=_env())
    made = Program(root)
    yield made
    made.close()


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


PAGES = {
    "start": "/",
    "check": "/check?of=ba-dinh/approved.yaml",
    "try": "/try?of=ba-dinh/approved.yaml",
    "frontier": "/frontier?of=ba-dinh/approved.yaml",
    "futures": "/futures?of=ba-dinh/futures.yaml",
    "no-futures": "/futures?of=three-schools/scenario.yaml",
    "plan": "/plan?of=plans/approved",
    "lines": "/lines?of=plans/approved",
    "schools": "/schools?of=plans/approved",
    "school": "/school?of=plans/approved&school=th-01",
    "compare": "/compare?of=plans/approved&with=plans/scenario",
    "prices": "/prices?of=plans/approved",
    "amend": "/amend?of=plans/approved",
    "papers": "/papers?of=plans/approved",
    "edit": "/edit?of=plans/approved",
    "nowhere": "/plan?of=none",
}
SIZES = [("wide", 1280, "light"), ("small", 390, "dark")]


@pytest.mark.parametrize(("size", "width", "scheme"), SIZES)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_pages_are_for_everybody(
    chromium: Any, program: Program, size: str, width: int, scheme: str, lang: str
) -> None:
    """On each page axe finds nothing, nothing is wider than the screen, nothing is an error in the
    console; on a desk in light and on a telephone in the dark, in both languages."""
    walk = Walk(chromium, program, width, color_scheme=scheme)
    walk.go(f"/?lang={lang}")
    wrong: dict[str, Any] = {}
    for name, address in PAGES.items():
        walk.errors.clear()
        status = walk.go(address)
        walk.page.wait_for_timeout(200)
        walk.shot(f"{name}-{lang}-{size}")
        results = axe.Axe().run(walk.page)
        violations = {v["id"]: v["nodes"][0]["html"][:200] for v in results.response["violations"]}
        wide = walk.page.evaluate("document.documentElement.scrollWidth") > width
        errors = [e for e in walk.errors if not (name == "nowhere" and "404" in e)]
        expected = 404 if name == "nowhere" else 200
        if violations or wide or errors or status != expected:
            wrong[name] = (status, violations, "too wide" if wide else "", errors)
        assert walk.page.evaluate("document.documentElement.lang") == lang
    walk.context.close()
    assert wrong == {}
