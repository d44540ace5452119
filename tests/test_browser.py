"""The pages in a real browser (Chromium), on the real program: journeys that a planner makes, the
keyboard alone, small screens, dark ones, and what axe says of every page.

Run with ``.ci/browser``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from browser import found

import planner
from planner.messages import say

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
]  # fmt: skip
SHOTS = os.environ.get("PLANNER_SHOTS")
"""Folder for a picture of every page, to be looked at."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    executable = found()
    if executable is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=FLAGS, timeout=WAIT * 1000)
        yield browser
        browser.close()


class Program:
    """``planner open`` on a folder, as a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        command = [sys.executable, "-m", "planner", "open", str(root), "--no-browser"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            encoding="utf-8",
        )  # fmt: skip
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found is not None
        self.link = found[0]
        self.base = self.link.partition("/enter")[0]

    def close(self) -> None:
        """Ends it as Ctrl-C would: nothing but the hint was said."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=WAIT)
        assert (self.process.returncode, "Traceback" in said) == (0, False), said


WAIT = 120.0
"""Seconds that anything may take: a busy machine takes many times what it takes alone."""
READY = """() => !window.leaving && document.readyState === "complete" && !document.querySelector(
    "#live, .busy, .htmx-request, [hx-trigger^=load] .quiet-text")"""
"""Whether a page is whole: it is not left, no job runs, it does not come back by itself, nothing is
being filled in."""
LEFT = (
    "Execution context was destroyed", "interrupted by another navigation", "net::ERR_ABORTED",
    "Cannot find context",
)  # fmt: skip
"""What Playwright says where a page goes on to another one just while it is asked or opened: jobs
end, and pages that are not ready come back, at moments of their own."""


def steady(ask: Callable[[], Any]) -> Any:
    """What a page answers; one that went on meanwhile is asked again."""
    until = time.monotonic() + WAIT
    while True:
        try:
            return ask()
        except playwright.Error as error:
            if time.monotonic() > until or not any(words in str(error) for words in LEFT):
                raise
            time.sleep(0.1)


class Walk:
    """One browser in one program."""

    def __init__(self, chromium: Any, program: Program, width: int = 1280, **more: Any) -> None:
        self.program = program
        viewport = {"width": width, "height": 900}
        self.context = chromium.new_context(viewport=viewport, locale="vi-VN", **more)
        self.context.set_default_timeout(WAIT * 1000)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)
        self.page.goto(program.link)
        self.settled()

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def go(self, address: str) -> int:
        """Opens a page and waits until it is whole; its status."""
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            answer = steady(lambda: self.page.goto(self.program.base + address))
            self.settled()
            if answer is not None and answer.status != 202:  # 202: it came back by itself
                return int(answer.status)
        raise AssertionError(f"never ready: {address}")

    def settled(self, seconds: float = 2 * WAIT) -> str:
        """Waits until the page is whole and stays where it is; the address then."""
        until = time.monotonic() + seconds
        quiet, before = 0, ""
        while time.monotonic() < until:
            whole = steady(lambda: self.page.evaluate(READY))
            quiet = quiet + 1 if whole and self.page.url == before else 0
            before = self.page.url
            if quiet == 2:
                return str(before).removeprefix(self.program.base)
            self.page.wait_for_timeout(100)
        raise AssertionError(f"still at work: {self.page.url}: {self.text()[:2000]}")

    def sent(self, send: Callable[[], Any]) -> str:
        """Does what must lead to another page; the address after all is done. The page that is left
        is marked: however fast others follow, or take the place of each other, none is missed."""
        steady(lambda: self.page.evaluate("() => { window.leaving = true }"))
        send()
        return self.settled()

    def tab_to(self, target: Any, most: int = 400) -> None:
        """Presses Tab until a control has the focus; it must be reachable so."""
        target = target.first
        for _ in range(most):
            if steady(lambda: target.evaluate("e => e === document.activeElement")):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached by Tab: {target}")

    def press(self, role: str, name: str | re.Pattern[str]) -> str:
        """Goes to a button or a link by Tab and presses Enter; the address after all is done."""
        self.tab_to(self.page.get_by_role(role, name=name))
        return self.sent(lambda: self.page.keyboard.press("Enter"))

    def field(self, label: str) -> Any:
        """A control by its label."""
        return self.page.locator("input, select, textarea").and_(self.page.get_by_label(label))

    def type_into(self, label: str, text: str) -> None:
        """Goes to a field by Tab and types."""
        self.tab_to(self.field(label))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose_file(self, label: str, path: Path) -> None:
        """Goes to a field for files by Tab, and presses Enter to choose one."""
        self.tab_to(self.field(label))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(str(path))

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
    for name, *more in (("three-schools",), ("ba-dinh/approved.yaml", "--no-figures")):
        words = [sys.executable, "-m", "planner", "run", name, "--gap", "5%", *more]
        subprocess.run(words, cwd=root, check=True, capture_output=True, env=_env())
    made = Program(root)
    yield made
    made.close()


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


PAGES = {
    "start": "/",
    "check": "/check?of=ba-dinh/approved.yaml",
    "notes": "/check?of=three-schools/scenario.yaml&show=notes",
    "table": "/table?of=three-schools/scenario.yaml&file=schools.csv",
    "try": "/try?of=ba-dinh/approved.yaml",
    "frontier": "/frontier?of=ba-dinh/approved.yaml",
    "futures": "/futures?of=ba-dinh/futures.yaml",
    "no-futures": "/futures?of=three-schools/scenario.yaml",
    "plan": "/plan?of=plans/approved",
    "figures": "/plan?of=plans/scenario",
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
"""A desk in light and a telephone in the dark; axe reads the first in English, the second in
Vietnamese."""


def looked_at(walk: Walk, name: str, lang: str) -> dict[str, Any]:
    """What is wrong with the page that is shown, by size: what axe finds, whether it is wider than
    the screen, errors in the console, another language than was asked for."""
    wrong: dict[str, Any] = {}
    for size, width, scheme in SIZES:
        walk.page.set_viewport_size({"width": width, "height": 900})
        walk.page.emulate_media(color_scheme=scheme)
        walk.shot(f"{name}-{lang}-{size}")
        found = {}
        if (size == "wide") == (lang == "en"):
            violations = axe.Axe().run(walk.page).response["violations"]
            found = {v["id"]: v["nodes"][0]["html"][:200] for v in violations}
        wide = walk.page.evaluate("document.documentElement.scrollWidth") > width
        errors = [e for e in walk.errors if not (name == "nowhere" and "404" in e)]
        asked = walk.page.evaluate("document.documentElement.lang") == lang
        if found or wide or errors or not asked:
            wrong[f"{name} {size}"] = (found, "too wide" if wide else "", errors, asked)
    walk.errors.clear()
    return wrong


def test_pages_are_for_everybody(chromium: Any, program: Program) -> None:
    """On each page axe finds nothing, nothing is wider than the screen, nothing is an error in the
    console; on a desk in light and on a telephone in the dark, in both languages."""
    walk = Walk(chromium, program)
    wrong: dict[str, Any] = {}
    for lang in ("vi", "en"):
        walk.go(f"/?lang={lang}")
        for name, address in PAGES.items():
            status = walk.go(address)
            wrong |= looked_at(walk, name, lang)
            if status != (404 if name == "nowhere" else 200):
                wrong[name] = status
    walk.context.close()
    assert wrong == {}


def test_answers_are_for_everybody(
    chromium: Any, office: Callable[..., Program], tmp_path: Path
) -> None:
    """What comes after a button is for everybody, too: what is asked of a raw list, a scenario that
    cannot be kept and its repairs, a frontier, prices, what is certain, an amended plan, an edited
    workbook, a scenario with faults."""
    program = office("three-schools")
    of = program.root / "three-schools"
    more = "extends: scenario.yaml\nrules:\n  more: {measure: spend, at_least: 999999999999}\n"
    (of / "more.yaml").write_text(more, encoding="utf-8")
    (of / "fault.yaml").write_text("extends: scenario.yaml\nnothing: 1\n", encoding="utf-8")
    planner.write(planner.solve(of), program.root / "plans" / "three", figures=False)
    book = next((program.root / "plans" / "three").glob("plan.xlsx"))
    walk = Walk(chromium, program)
    wrong: dict[str, Any] = {}

    def answer(name: str, address: str, button: str, **typed: str) -> None:
        walk.go(address)
        for label, text in typed.items():
            walk.page.locator(f"[name={label}]").first.fill(text)
        walk.sent(walk.page.get_by_role("button", name=button, exact=True).first.click)
        wrong.update(looked_at(walk, name, "vi"))

    walk.page.set_input_files("input[name=files]", str(raw_list(tmp_path / "ds.xlsx")))
    sent = walk.sent(walk.page.get_by_role("button", name="Nộp", exact=True).click)
    assert sent.startswith("/adopt?")
    wrong |= looked_at(walk, "adopt", "vi")
    answer("infeasible", "/try?of=three-schools/more.yaml", "Tính")
    answer("prove", "/check?of=three-schools/more.yaml", "Có phương án không?")
    answer("priced", "/prices?of=plans/three", "Tính giá")
    answer("sure", "/prices?of=plans/three", "Xét")
    answer("amended", "/amend?of=plans/three", "Điều chỉnh", points="0")
    scenario = "three-schools/scenario.yaml"
    answer("frontier-made", f"/frontier?of={scenario}", "Tính đường biên", points="2")
    walk.go("/edit?of=plans/three")
    walk.page.set_input_files("input[type=file]", str(book))
    assert "book=" in walk.sent(walk.page.get_by_role("button", name=re.compile("phá vỡ")).click)
    wrong |= looked_at(walk, "edited", "vi")
    walk.go("/check?of=three-schools/fault.yaml")
    wrong |= looked_at(walk, "fault", "vi")
    walk.context.close()
    assert wrong == {}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Makes programs on folders of their own."""
    made: list[Program] = []

    def begin(*scenarios: str) -> Program:
        root = tmp_path / "phòng giáo dục"
        root.mkdir()
        for name in scenarios:
            shutil.copytree(ROOT / "scenarios" / name, root / name)
        made.append(Program(root))
        return made[0]

    yield begin
    for program in made:
        program.close()


def raw_list(path: Path) -> Path:
    """A list as an office keeps it: a title, headers of two rows, wards as headings, a total, money
    in millions; three invented schools, marked as such."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tổng hợp"
    rows = [
        ["BIỂU TỔNG HỢP HIỆN TRẠNG THIẾT BỊ CNTT (số liệu mẫu, bịa ra để thử)"], [],
        [None, None, "Đơn vị tính: triệu đồng"],
        ["TT", "Tên trường", "Cấp học", "Số lớp", "Số HS", "Máy tính", None, "Dự toán"],
        [None, None, None, None, None, "Hiện có", "Hỏng", None],
        ["I", "Phường A"],
        [1, "TH Hoa Sen (mẫu)", "Tiểu học", 20, 680, 25, 5, 850.5],
        [2, "THCS Hoa Mai (mẫu)", "THCS", 24, 1020, 40, 12, 1240.75],
        ["II", "Phường B"],
        [3, "MN Hoa Hồng (mẫu)", "MN", 12, 310, 2, None, 120],
        [None, "Tổng cộng", None, 56, 2010, 67, 17, 2211.25],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_from_a_raw_list_to_papers_by_keyboard(
    chromium: Any, office: Callable[..., Program], tmp_path: Path
) -> None:
    """What an office has, the questions answered, a plan, four papers: with Tab, Enter and typing
    alone, in a folder whose name has a space and marks. The papers are those of ``planner report``
    of the plan that ``planner run`` finds."""
    program = office()
    walk = Walk(chromium, program)
    walk.choose_file("Tệp", raw_list(tmp_path / "Hiện trạng.xlsx"))
    assert walk.press("button", "Nộp").startswith("/adopt")
    walk.type_into("Năm mua", "2020")
    walk.type_into("Số giáo viên", "30")
    walk.press("button", "Đọc lại với các câu trả lời")
    assert walk.press("button", "Tạo kịch bản").startswith("/check")
    assert "0 lỗi" in walk.text()
    assert walk.press("link", "Thử và tính phương án").startswith("/try")
    assert walk.press("button", "Tính").startswith("/plan"), walk.text()
    walk.shot("journey-plan")
    walk.press("link", "Giấy tờ")
    walk.press("button", "Viết")
    walk.shot("journey-papers")
    with walk.page.expect_download() as download:
        walk.tab_to(walk.page.get_by_role("link", name="Tải tất cả (zip)"))
        walk.page.keyboard.press("Enter")
    names = {Path(n).suffix for n in zipfile.ZipFile(download.value.path()).namelist()}
    assert names == {".docx", ".xlsx", ".pdf", ".html"}
    assert walk.errors == []
    (plan,) = (p for p in (program.root / "plans").iterdir() if (p / "plan.json").is_file())
    assert planner.audit(plan).empty
    scenario = next(p for p in program.root.glob("*/scenario.yaml"))
    again = planner.write(planner.solve(scenario), tmp_path / "again", figures=False)
    for table in sorted(p.name for p in again.glob("*.csv")):
        assert (plan / table).read_bytes() == (again / table).read_bytes(), table


def test_faults_are_mended(chromium: Any, office: Callable[..., Program], tmp_path: Path) -> None:
    """A fault is shown with its file, row and column; the mended file takes the place of the old
    one, which is kept; then there is nothing to complain about."""
    program = office("three-schools")
    schools = program.root / "three-schools" / "schools.csv"
    sound = schools.read_text(encoding="utf-8-sig")
    header, first, *rest = sound.splitlines()
    cells = first.split(",")
    cells[header.split(",").index("pupils")] = "nhiều"
    schools.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    walk = Walk(chromium, program)
    walk.go("/check?of=three-schools/scenario.yaml")
    walk.shot("fault")
    assert "schools.csv:2" in walk.text()
    assert "nhiều" in walk.text()
    mended = tmp_path / "schools.csv"
    mended.write_text(sound, encoding="utf-8")
    walk.choose_file("Tệp đã sửa", mended)
    walk.press("button", "Nộp tệp đã sửa")
    assert "0 lỗi" in walk.text()
    assert [p for p in schools.parent.iterdir() if "schools" in p.name and p != schools]
    assert walk.errors == []


def test_an_infeasible_scenario_is_repaired(chromium: Any, office: Callable[..., Program]) -> None:
    """Who promises more than there is reads which rules clash, applies a repair, and has a plan."""
    program = office("three-schools")
    more = program.root / "three-schools" / "more.yaml"
    rule = "{measure: spend, at_least: 999999999999}"
    more.write_text(f"extends: scenario.yaml\nrules:\n  more: {rule}\n", encoding="utf-8")
    walk = Walk(chromium, program)
    walk.go("/try?of=three-schools/more.yaml")
    walk.press("button", "Tính")
    walk.shot("infeasible")
    assert say("door_status_infeasible", "vi") in walk.text()
    assert not (program.root / "plans").exists()
    assert "repair" in walk.press("button", re.compile("Áp dụng"))
    assert walk.press("button", "Tính").startswith("/plan"), walk.text()
    assert walk.errors == []


def test_a_solve_is_stopped_and_kept(chromium: Any, office: Callable[..., Program]) -> None:
    """800 schools: *Stop and keep* while the plan is looked for gives an audited plan with its true
    gap; a second solve, cancelled, leaves nothing."""
    program = office()
    planner.starter(program.root / "huyện", synthetic=800, seed=3)
    walk = Walk(chromium, program)

    def begun() -> None:
        """A gap of nothing is never proven here: it would go on until its time is over."""
        walk.go("/try?of=huyện/scenario.yaml")
        walk.type_into("Sai số cho phép", "0")
        walk.tab_to(walk.page.get_by_role("button", name="Tính", exact=True))
        walk.page.keyboard.press("Enter")
        live = walk.page.locator("#live")
        live.get_by_text(re.compile("Lập mô hình|Tìm phương án")).first.wait_for()

    begun()
    walk.shot("solving")
    assert walk.press("button", "Dừng và giữ").startswith("/plan"), walk.text()
    (plan,) = (program.root / "plans").iterdir()
    head = json.loads((plan / "plan.json").read_text(encoding="utf-8"))
    assert head["status"] == "stopped"
    assert planner.audit(plan).empty
    walk.shot("stopped")
    begun()
    walk.press("button", "Bỏ")
    assert list((program.root / "plans").iterdir()) == [plan]
    assert walk.errors == []


def test_the_chairman_changes_a_number(
    chromium: Any, office: Callable[..., Program], tmp_path: Path
) -> None:
    """One quantity more in the workbook: the page says what it costs and breaks, as ``planner
    audit`` does, and the rest is planned around it."""
    program = office("three-schools")
    planner.write(planner.solve("scenarios/three-schools"), program.root / "plans" / "three")
    walk = Walk(chromium, program)
    walk.go("/edit?of=plans/three")
    with walk.page.expect_download() as download:
        walk.tab_to(walk.page.get_by_role("link", name="plan.xlsx"))
        walk.page.keyboard.press("Enter")
    path = tmp_path / "plan.xlsx"
    download.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = next(s for s in book if s.title == "Phân bổ")
    column = next(c.column for row in sheet.iter_rows(max_row=3) for c in row
                  if c.value == "quantity")  # fmt: skip
    row = next(r for r in range(3, sheet.max_row + 1) if sheet.cell(r, column).fill.fgColor.rgb
               not in ("00000000", None))  # fmt: skip
    cell = sheet.cell(row, column)
    cell.value = cell.value - 1
    book.save(path)
    walk.choose_file("Sổ đã sửa", path)
    walk.press("button", "Xem sổ đã sửa phá vỡ và tốn gì")
    walk.shot("edited")
    assert walk.press("button", "Giữ các ô đã sửa và lập phần còn lại").startswith("/plan")
    made = [p for p in (program.root / "plans").iterdir() if p.name != "three"]
    assert len(made) == 1
    assert planner.audit(made[0]).empty
    assert walk.errors == []
