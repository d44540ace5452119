"""The papers in the programs that offices have: LibreOffice and Chromium.

Run by ``.ci/documents``, which installs both; everything here is marked ``office``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser
from report_plans import plan_folder, view
from test_one_page import ROOT, long_names
from test_report import HOSTILE, content, pages

import planner
from planner.present.content import Paragraph, ReportContent
from planner.present.papers.agreement import check_pdf, check_xlsx
from planner.present.papers.docx import write_docx
from planner.present.papers.package import view_content
from planner.present.papers.pdf import write_html, write_pdf
from planner.present.papers.view import View
from planner.present.papers.xlsx import write_xlsx

pytestmark = pytest.mark.office


def converted(path: Path, form: str, filters: str = "") -> Path:
    """A file as LibreOffice opens and writes it; it refuses what would need repair."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "no LibreOffice found"
    out = path.parent / "converted"
    command = [
        office, f"-env:UserInstallation=file://{path.parent}/profile", "--headless",
        "--convert-to", f"{form}{filters}", "--outdir", str(out), str(path),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    assert "rror" not in done.stderr, done.stderr
    return out / f"{path.stem}.{form}"


@pytest.mark.parametrize("hostile", [False, True])
def test_libreoffice_shows_the_document(hostile: bool, tmp_path: Path) -> None:
    """Opened and printed, the docx shows every figure in order, ten sections numbered from 1."""
    write_docx(content(hostile=hostile), tmp_path / "a.docx")
    printed = converted(tmp_path / "a.docx", "pdf")
    check_pdf(printed, content(hostile=hostile))
    # letters that a fallback font draws stand apart in the text: plain ones are looked for
    texts = ["".join(t.split()) for t in pages(printed)]
    firsts = [t for t in texts if "(Kèmtheo" in t]
    assert len(firsts) == len(content().appendices)
    assert not any(t[0].isdigit() for t in [texts[0], *firsts])
    assert all("minhh" in t for t in texts)


def plain_letters(text: str) -> str:
    """Without marked letters, which a fallback font draws apart."""
    return "".join(c for c in text if c.isascii() and c.isalnum())


def begins(path: Path, made: ReportContent) -> None:
    """The first page is the summary alone, to its last words; the second begins the letter."""
    first, second = map(plain_letters, pages(path)[:2])
    assert made.page is not None
    last = made.page.blocks[-1]
    assert isinstance(last, Paragraph)
    assert first.startswith(plain_letters(made.page.title))
    assert plain_letters(last.text) in first
    assert plain_letters(made.country) in second
    assert plain_letters(made.country) not in first


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_summary_is_one_page_of_the_document(lang: str, tmp_path: Path) -> None:
    """Names of hundreds of letters, ten addressees, amounts of fifteen digits: LibreOffice sets the
    summary on the first page and begins the letter on the second, as with short ones."""
    for name, made in (("short", content(lang)), ("long", long_names(lang))):
        write_docx(made.brief(), tmp_path / f"{name}.docx")
        begins(converted(tmp_path / f"{name}.docx", "pdf"), made)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Plan folders of Ba Đình, sixty schools, and of its wards."""
    folders = {}
    for name in ("base", "wards-2026"):
        found = planner.solve(ROOT / f"scenarios/ba-dinh/{name}.yaml", gap=0.02, time_limit=120)
        place = tmp_path_factory.mktemp("plans") / name
        folders[name] = planner.write(found, place, figures=False)
    return folders


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("name", "owner"), [("base", ""), ("wards-2026", "phuong-ngoc-ha")])
def test_papers_of_ba_dinh_in_libreoffice(
    name: str, owner: str, lang: str, district: dict[str, Path], tmp_path: Path
) -> None:
    """Sixty schools: at most 25 pages of the document and of the pdf, the first the summary alone;
    no row of any table is lost on the way (LibreOffice once dropped all rows but the first)."""
    made = view_content(View(planner.read(district[name]), lang, owner)).brief()
    write_docx(made, tmp_path / "a.docx")
    printed = converted(tmp_path / "a.docx", "pdf")
    begins(printed, made)
    check_pdf(printed, made)
    write_pdf(made, tmp_path / "b.pdf")
    assert max(len(pages(printed)), len(pages(tmp_path / "b.pdf"))) <= 25


def without_values(path: Path, target: Path) -> Path:
    """The workbook without the cached values of its formulas: a reader must compute them."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            new.writestr(name, data)
    return target


@pytest.mark.parametrize("hostile", [False, True])
def test_libreoffice_recalculates_the_workbook(hostile: bool, tmp_path: Path) -> None:
    """Opened without any cached value, LibreOffice computes every total as the content says."""
    made = content(hostile=hostile)
    write_xlsx(made, tmp_path / "a.xlsx")
    bare = without_values(tmp_path / "a.xlsx", tmp_path / "bare.xlsx")
    saved = converted(bare, "xlsx", ":Calc MS Excel 2007 XML")
    check_xlsx(saved, made)


@pytest.fixture
def browser() -> Iterator[Browser]:
    one = Browser()
    yield one
    one.close()


def schools(browser: Browser) -> list[str]:
    """Names in the table of schools that are shown, from the top down."""
    rows = "Array.from(document.querySelectorAll('#schools tbody tr'))"
    shown: list[str] = browser.run(
        f"{rows}.filter(r => !r.hidden).map(r => r.cells[0].textContent)"
    )
    return shown


def type_in(browser: Browser, text: str) -> None:
    browser.run(
        f"(f => {{ f.value = {text!r}; f.dispatchEvent(new Event('input')) }})"
        "(document.getElementById('find'))"
    )


def test_the_page_sorts_searches_and_prints(browser: Browser, tmp_path: Path) -> None:
    """In Chromium the schools are sorted by name and by money, both ways, found without marks or
    case, printed with every appendix; nothing is logged, thrown or fetched."""
    made = content()
    write_html(made, view(), tmp_path / "a.html")
    browser.open(tmp_path / "a.html")
    names = [str(r.cells[0]) for r in made.schools.rows]
    assert schools(browser) == names
    heads = "document.querySelectorAll('#schools th')"
    spent = made.schools.at("spent")
    for _ in range(2):
        browser.run(f"{heads}[0].click()")
    assert schools(browser) == names[::-1]
    browser.run(f"{heads}[{spent}].click()")
    assert schools(browser)[0] == "Trường C"
    browser.run(f"{heads}[{spent}].click()")
    assert schools(browser)[0] == "Trường A"
    assert browser.run(f"{heads}[{spent}].getAttribute('aria-sort')") == "descending"
    type_in(browser, "truong d")
    assert schools(browser) == ["Trường D"]
    assert browser.run("document.getElementById('count').textContent") == "1/4"
    type_in(browser, "")
    (tmp_path / "a.pdf").write_bytes(browser.pdf())
    texts = "".join(pages(tmp_path / "a.pdf"))
    for part in made.appendices:
        assert f"{made.labels['appendix']} {part.number}" in texts
    assert "158.330.000" in texts
    assert not browser.complaints()


def test_hostile_names_do_nothing_in_the_page(browser: Browser, tmp_path: Path) -> None:
    """Names that are scripts and formulas are shown as they are; no dialog, no error."""
    made: ReportContent = content(hostile=True)
    write_html(made, View(plan_folder(HOSTILE)), tmp_path / "a.html")
    browser.open(tmp_path / "a.html")
    assert schools(browser) == [str(r.cells[0]) for r in made.schools.rows]
    assert not browser.complaints()


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_a_phone(width: int, tmp_path: Path) -> None:
    """At 360 pixels nothing but the tables' own frames scrolls sideways."""
    made = content(hostile=True)
    write_html(made, View(plan_folder(HOSTILE)), tmp_path / "a.html")
    phone = Browser()
    try:
        phone.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                   deviceScaleFactor=1, mobile=True)  # fmt: skip
        phone.open(tmp_path / "a.html")
        assert phone.run("document.documentElement.scrollWidth") <= width
    finally:
        phone.close()
