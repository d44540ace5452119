"""Pages that ask something of plans and scenarios: they say what the command line says, from the
folders that it writes, and refuse what it refuses."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from page_room import ROOT, Room, room_of

import planner
from planner.analysis.conflict import Possible
from planner.analysis.status import status
from planner.errors import InputError
from planner.messages import say
from planner.present import amendment, comparison, executing, explanation, understanding
from planner.present.content import Block, Paragraph
from planner.run import folder as folders
from planner.web import adjusting, asking, work
from planner.web.pages import Ask
from planner.web.planning import place_of_decision

SCENARIO = "three-schools/scenario.yaml"
FUTURES = "three-schools/futures.yaml"
HOSTILE = "Trường <script>alert(1)</script> & Co"
FEWER = {"measure": "spend", "where": {"school": "A"}, "at_most": 40_000_000}
"""A policy that halves school A's money (4 labs of 20 million in the best plan)."""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three plans of three schools, one with a hostile name, and two scenarios."""
    root = tmp_path_factory.mktemp("shelf")
    source = shutil.copytree(ROOT / "scenarios" / "three-schools", root / "three-schools")
    table = source / "schools.csv"
    text = table.read_text(encoding="utf-8-sig")
    assert "Trường A (đã xây xong)" in text
    named = text.replace("Trường A (đã xây xong)", HOSTILE)
    table.write_text(named, encoding="utf-8-sig")
    (root / FUTURES).write_text(
        "extends: scenario.yaml\nfutures:\n  decide_until: 2025\n  cases:\n    same: {weight: 3}\n"
        "    less: {set: {funds.district.amounts.2026: 10000000}}\n",
        encoding="utf-8",
    )
    base = planner.load(root / SCENARIO)
    for name, scenario in {
        "a": base.with_("rules.fewer", FEWER),
        "b": base.with_("funds.district.amounts.2025", 80_000_000),
        "c": base,
    }.items():
        planner.write(planner.solve(scenario, gap=0), root / "plans" / name, figures=False)
    return root


@pytest.fixture
def room(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """The folder, opened; jobs draw nothing and start no processes."""
    monkeypatch.setattr("planner.analysis.resolve.WORKERS", 0)
    monkeypatch.setattr(asking, "draw", lambda *_: "")
    monkeypatch.setattr(asking, "add_figure", lambda *_: "")
    monkeypatch.setattr(adjusting, "draw", lambda *_: "")
    monkeypatch.setattr(adjusting, "draw_amended", lambda *_: ([], []))
    monkeypatch.setattr(adjusting, "add_figures", lambda *_: [])
    for opened in room_of(tmp_path, monkeypatch):
        shutil.copytree(shelf, opened.root, dirs_exist_ok=True)
        yield opened


def words_of(parts: list[Block], lang: str = "vi") -> list[str]:
    """Every text of some blocks as the page has it."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, Paragraph):
            found.append(part.text)
        else:
            found += [t for row in part.rows for t in part.texts(row, lang, "VND")]
    return [escape(text) for text in found if text]


def says(page: Any, parts: list[Block]) -> bool:
    """Whether a page has every text of some blocks."""
    assert page.status_code == 200, page.text[:3000]
    lacking = [text for text in words_of(parts) if text not in page.text]
    assert not lacking, lacking
    return bool(parts)


def everything(root: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


# ---- 7


def test_comparison_says_what_compare_says(room: Room) -> None:
    """Two plans beside the base: all tables of ``planner compare``, both plans in them, the lines
    by names in the place of ids; a page that reads the last of repeated parameters alone would
    leave the first out."""
    page = room.get("/compare?of=plans/c&with=plans/a&with=plans/b")
    plans = [room.root / "plans" / name for name in "cab"]
    found = planner.compare(*plans)
    assert says(page, comparison.comparison_blocks(found)[:-2])
    schools = {"A": HOSTILE, "B": "Trường B (xây xong năm 2026)",
               "C": "Trường C (không có dự án)"}  # fmt: skip
    called = {"school": schools, "item": {"lab": "Phòng máy tính"}}
    called |= {key: {"district": "Ngân sách quận"} for key in ("fund", "fund_reference")}
    named = replace(found, lines=found.lines.replace(called))
    assert says(page, [comparison.lines_table(named, "vi", 100)])
    assert page.text.count('<th scope="row">b</th>') > 1
    other = re.search(r'class="lang"[^>]*href="([^"]*)"', page.text)
    assert other
    assert other[1].count("with=") == 2


def test_lines_of_a_comparison_are_searched_and_paged(room: Room, monkeypatch: Any) -> None:
    """A search keeps the lines with the text; of two lines one a page, the second page has the
    second, and the address of the next page keeps what is compared."""
    page = room.get("/compare?of=plans/c&with=plans/b&q=Trường B").text
    assert ">Trường B (xây xong năm 2026)</th>" in page
    assert ">Trường C (không có dự án)</th>" not in page
    monkeypatch.setattr("planner.web.pages.ROWS", 1)
    page = room.get("/compare?of=plans/c&with=plans/b").text
    onward = re.search(r'rel="next" href="([^"]*)"', page)
    assert onward
    page = room.get(onward[1].replace("&amp;", "&")).text
    assert ">Trường B (xây xong năm 2026)</th>" not in page
    assert ">Trường C (không có dự án)</th>" in page


def test_comparison_as_a_workbook(room: Room, tmp_path: Path) -> None:
    """The download has the cells of what ``compare --out`` writes."""
    answer = room.post("/compare/workbook", of="plans/c", **{"with": "plans/b"})
    own = tmp_path / "own.xlsx"
    found = planner.compare(*(room.root / "plans" / name for name in "cb"))
    comparison.write_xlsx(found, own, "vi")
    told = [
        [[cell.value for cell in row] for sheet in openpyxl.load_workbook(file) for row in sheet]
        for file in (io.BytesIO(answer.content), own)
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 10


@pytest.mark.parametrize(
    ("asked", "status_code"),
    [
        ("/compare?of=plans/c&with=../x", 404),
        ("/compare?of=three-schools", 404),
        ("/compare?of=plans/c&" + "&".join(f"with=plans/{n}" for n in "aabbc"), 200),
        ("/drawn?of=plans/c/plan.json", 404),
        ("/drawn?of=../x.png", 404),
        ("/prices?of=nothing", 404),
        ("/frontier?of=three-schools/scenario.yaml&at=plans", 422),
        ("/amend?of=plans/c&at=yesterday", 422),
        ("/amend?of=plans/c&executed=../x.csv", 404),
        ("/decision?of=plans", 404),
    ],
)
def test_what_is_not_there_is_refused(room: Room, asked: str, status_code: int) -> None:
    """Paths that lead nowhere are 404, what cannot be read is a finding; one plan named twice is
    one plan. Nothing is written by looking."""
    before = everything(room.root)
    assert room.get(asked, follow=False).status_code == status_code
    assert everything(room.root) == before


# ---- 8


def test_prices_are_kept_and_read_back(room: Room) -> None:
    """The page says of the folder what ``explain --policies`` says of the solves: dropping the
    policy is worth two labs at A. Of another plan, nothing is shown but why."""
    assert room.job(room.post("/prices", of="plans/a")).outcome.go == "/prices?of=plans%2Fa"
    base = planner.read(room.root / "plans" / "a")
    found = planner.explain(base)
    assert says(room.get("/prices?of=plans/a"), explanation.policies_blocks(found))
    kept = explanation.read_prices(room.root / "plans" / "a-prices", base)
    seconds = {"seconds": 0.0}
    assert kept.table.assign(**seconds).equals(found.table.assign(**seconds))
    cost = found.table.set_index("name").loc["fewer"]
    assert cost["points_low"] > 0
    shutil.copytree(room.root / "plans/a-prices", room.root / "plans/b-prices")
    page = room.get("/prices?of=plans/b").text
    assert escape(say("prices_other_plan", "vi", plan="b")) in page
    assert escape(say("explain.policies.head", "vi")) not in page


def test_what_is_sure_is_kept_for_papers(room: Room) -> None:
    """The page says of the folder what ``alternatives`` says of the search, the plans that it
    wrote too; a number that is none writes nothing."""
    before = everything(room.root)
    wrong = room.post("/prices/sure", of="plans/c", within="half")
    assert wrong.status_code == 422
    assert "half" in wrong.text
    assert everything(room.root) == before
    job = room.job(room.post("/prices/sure", of="plans/c", within="20%", plans="1", seconds="30"))
    assert job.outcome.go
    found = planner.alternatives(room.root / "plans/c", within=0.2, plans=1)
    assert found.counts == {"always": 1, "open": 2, "never": 0, "undecided": 0}
    page = room.get(job.outcome.go)
    assert says(page, comparison.alternatives_blocks(found, "vi"))
    assert "plans%2Fc-alternatives%2Fplan-1" in page.text


# ---- 9


def test_frontier_is_kept_and_read_back(room: Room) -> None:
    """The page says of the folder what ``frontier`` says, the next tỷ too; a changed scenario
    makes it stale."""
    asked = {"what": "fund:district", "start": "-50%", "stop": "50%", "points": "3"}
    job = room.job(room.post("/frontier", of=SCENARIO, **asked))
    assert job.outcome.go.endswith("at=frontiers%2Fscenario-district")
    how = {"fund": "district", "start": -0.5, "stop": 0.5, "points": 3, "workers": 0}
    found = planner.frontier(room.root / SCENARIO, **how)
    assert found.table["value"].round(2).tolist() == [5400.0, 8633.33, 8900.0]
    page = room.get(job.outcome.go)
    assert says(page, comparison.frontier_blocks(found, "vi"))
    assert say("web.start.stale", "vi") not in page.text
    path = room.root / SCENARIO
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert say("web.start.stale", "vi") in room.get(job.outcome.go).text


@pytest.mark.parametrize(
    "asked",
    [
        {"what": "fund:nothing"},
        {"what": "rule:nothing", "start": "0", "stop": "1"},
        {"what": "rule:nothing"},
        {"what": "money", "points": "0"},
        {"what": "money", "start": "few"},
        {"what": "money", "points": "2,5"},
        {"what": "money", "stop": "1e300"},
    ],
)
def test_frontier_of_nothing_is_refused(room: Room, asked: dict[str, str]) -> None:
    """What cannot be traced is a finding before any work begins, and nothing is written."""
    before = everything(room.root)
    assert room.post("/frontier", of=SCENARIO, **asked).status_code == 422
    assert everything(room.root) == before
    assert not room.served.jobs.jobs


def test_stopped_frontier_keeps_points(room: Room) -> None:
    """A frontier that is stopped ends with 5 and what it has; asked again it is whole."""
    teller = work.Teller("")
    args = {"of": SCENARIO, "out": "frontiers/x", "points": 2, "fairness": False}
    task = work.Task(room.root, args, "vi", teller)
    teller.stop = lambda: True  # type: ignore[method-assign]
    assert asking.frontier(task).code == 5
    scenario = planner.load(room.root / SCENARIO)
    assert not comparison.read_frontier(room.root / "frontiers/x", scenario).finished
    again = work.Task(room.root, args, "vi", work.Teller(""))
    assert asking.frontier(again).code == 0
    assert len(comparison.read_frontier(room.root / "frontiers/x", scenario).table) == 2


# ---- 10


def test_what_is_proven_infeasible_leads_to_its_repairs(room: Room) -> None:
    """The proof alone leaves people before a closed door: the way on is the page that solves, which
    says what clashes; of a scenario that has a plan no such way is shown. The answer stands on the
    scenario's page until its files change; a second scenario of the same name has its own."""
    path = room.root / "three-schools" / "more.yaml"
    rules = "rules:\n  more: {measure: spend, at_least: 999999999999}\n"
    path.write_text(f"extends: scenario.yaml\n{rules}", encoding="utf-8")
    shown = {}
    for of in ("three-schools/more.yaml", SCENARIO):
        job = room.job(room.post("/check/prove", of=of))
        assert job.outcome.go.endswith("#proof")
        room.served.jobs.jobs.clear()  # as after a new start
        shown[of] = room.get("/check", of=of).text
    assert say("possible.one_no", "vi", case="more") in shown["three-schools/more.yaml"]
    assert say("web.prove.next", "vi") in shown["three-schools/more.yaml"]
    assert say("web.check.proof", "vi") in shown[SCENARIO]
    assert say("web.prove.next", "vi") not in shown[SCENARIO]
    with path.open("a", encoding="utf-8") as file:
        file.write("discount: 0.9\n")
    assert say("web.check.proof", "vi") not in room.get("/check", of="three-schools/more.yaml").text
    twin = room.root / "other" / "scenario.yaml"
    shutil.copytree(room.root / "three-schools", twin.parent)
    room.job(room.post("/check/prove", of="other/scenario.yaml"))
    assert say("web.check.proof", "vi") in room.get("/check", of=SCENARIO).text


def test_futures_in_words_proven_and_decided(room: Room) -> None:
    """A scenario with futures: in words, their proof, and one decision with its plans; one
    without: what futures are, and no button."""
    page = room.get("/futures", of=SCENARIO)
    assert say("web.futures.none", "vi") in page.text
    assert 'action="/futures"' not in page.text
    page = room.get("/futures", of=FUTURES)
    scenario = planner.load(room.root / FUTURES)
    assert "less" in "\n".join(understanding.futures_lines(scenario, "vi"))
    assert "funds.district.amounts.2026: 10000000" in page.text
    proof = room.job(room.post("/futures/prove", of=FUTURES)).outcome
    every = [Possible("same", True), Possible("less", True), Possible("", True)]
    lines = understanding.possible_lines(every, "vi")
    assert [part.text for part in proof.blocks] == lines
    assert proof.go == "/futures?of=three-schools%2Ffutures.yaml#proof"
    kept = room.get("/futures", of=FUTURES).text
    assert all(escape(line, quote=False) in kept for line in lines)
    decided = room.job(room.post("/futures", of=FUTURES, gap="0")).outcome
    assert decided.go == "/decision?of=plans%2Ffutures"
    page = room.get(decided.go)
    found = folders.read_decided(room.root / "plans/futures")
    assert says(page, comparison.decided_blocks(found, "vi"))
    assert "8.408,3" in page.text
    assert "of=plans%2Ffutures%2Ffutures%2Fless" in page.text
    assert room.get("/futures", of="plans/futures").url.path == "/decision"
    taken = re.search(r'href="(/plan/file[^"]*decision.csv)"', page.text)
    assert taken
    csv = (room.root / "plans/futures/decision.csv").read_bytes()
    assert room.get(taken[1].replace("&amp;", "&")).content == csv
    assert "plans/futures/futures/same" in room.get("/compare", of="plans/c").text
    assert room.get("/compare", of="plans/futures", **{"with": "plans/c"}).status_code == 422


def test_a_decision_replaces_no_plan_and_no_other_decision(room: Room) -> None:
    """A plan at ``plans/<id>`` stays, and so does the decision of other schools; that of these
    futures is decided again in its place."""
    plans, scenario = room.root / "plans", planner.load(room.root / FUTURES)
    shutil.copytree(plans / "c", plans / "futures")
    assert place_of_decision(room.root, scenario) == plans / "futures-2"
    for case in ("same", "less"):
        shutil.copytree(plans / "c", plans / "futures-2" / "futures" / case)
    head = {"schema": 1, "kind": "futures", "scenario": "futures", "files": {}}
    head |= {"cases": [{"name": "same"}, {"name": "less"}]}
    (plans / "futures-2" / "plan.json").write_text(json.dumps(head))
    assert place_of_decision(room.root, scenario) == plans / "futures-2"
    table = plans / "futures-2/futures/same/inputs/schools.csv"
    table.write_text(table.read_text(encoding="utf-8-sig").replace("script", "x"), "utf-8-sig")
    assert place_of_decision(room.root, scenario) == plans / "futures-3"


# ---- 11


def sheet(*rows: str) -> dict[str, Any]:
    """A file of what has happened."""
    lines = ["line,status,quantity,amount,date,document", *rows]
    return {"sheet": ("../a b.csv", "\n".join(lines).encode())}


def test_sheet_to_fill_in(room: Room) -> None:
    """The download is what ``new-executed`` writes, named as there, and nothing is written."""
    before = everything(room.root)
    answer = room.post("/amend/sheet", of="plans/c")
    assert 'filename="c-executed.xlsx"' in answer.headers["content-disposition"]
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
    assert [row[0] for row in rows[1:4]] == [1, 2, 3]
    assert any(HOSTILE in map(str, row) for row in rows)
    assert everything(room.root) == before


def test_sheet_with_faults_is_not_kept(room: Room) -> None:
    """Every fault of a sheet that is handed in is said with its cell; nothing is kept of it."""
    before = everything(room.root)
    wrong = sheet("1,contracted,9x,1,2025-03-01,", "7,delivered,1,,2025-03-02,")
    answer = room.post("/amend/executed", files=wrong, of="plans/c")
    assert answer.status_code == 422
    assert "9x" in answer.text
    assert "a b.csv:2" in answer.text
    assert "a b.csv:3" in answer.text
    assert everything(room.root) == before


def test_amendment_by_what_has_happened(room: Room) -> None:
    """School A's four labs were bought for 88 million, so C's lab no longer fits into 2025: the
    status by the sheet, then the amendment, say what the command line says; names are escaped."""
    said = room.post(
        "/amend/executed", files=sheet("1,contracted,4,88000000,2025-03-01,HĐ 1"), of="plans/c"
    )
    address = said.headers["location"]
    kept = room.root / "plans/c-executed/a b.csv"
    assert kept.is_file()
    page = room.get(address)
    stood = status(room.root / "plans/c", kept)
    assert says(page, executing.status_blocks(stood, "vi"))
    assert "<script>" not in page.text
    assert escape(HOSTILE) in page.text
    assert room.get("/amend", of="plans/c", executed="own").text.count("88,0") == 0
    (room.root / "plans/c-amended").mkdir()  # what stands there already is left alone
    job = room.job(room.post("/amend", of="plans/c", within="5%", points="0"))
    assert job.args["executed"] == "plans/c-executed/a b.csv"
    assert job.outcome.go == "/amend?of=plans%2Fc-amended-2"
    page = room.get(job.outcome.go)
    found = planner.read(room.root / "plans/c-amended-2")
    assert says(page, amendment.amendment_blocks(found, "vi"))
    known = amendment.amendment_of(found)
    assert known is not None
    assert known.amended.changed == 1
    assert says(page, [adjusting.changed_table(known, known.changes(), "vi")])


def test_two_amendments_asked_for_at_once_are_two(room: Room) -> None:
    """When both were asked for, the same name was free: the second must not replace the first."""
    asked = [room.post("/amend", of="plans/c", points="0") for _ in range(2)]
    gone = [room.job(one).outcome.go for one in asked]
    assert gone == ["/amend?of=plans%2Fc-amended", "/amend?of=plans%2Fc-amended-2"]


@pytest.mark.slow
def test_amendment_that_cannot_be_says_why(room: Room) -> None:
    """Contracts above the money there is: no plan, which fund lacks how much in which year, and
    nothing is written."""
    room.post("/amend/executed", files=sheet("1,contracted,4,300000000,2025-03-01,"), of="plans/c")
    before = everything(room.root)
    job = room.job(room.post("/amend", of="plans/c", points="0"))
    assert job.outcome.code == 4
    assert any("200.000.000" in part.text for part in job.outcome.blocks if part.text)
    assert everything(room.root) == before


# ---- Numbers


@pytest.mark.parametrize(
    ("text", "number"), [("-50%", -0.5), ("−0,5 %", -0.005), ("0.25", 0.25), ("+50%", 0.5)]
)
def test_numbers_as_the_command_line_takes_them(text: str, number: float) -> None:
    """Percent and plain, with the comma and the minus of people."""
    assert asking.number_of(text, "x") == number


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "1e999", "2", "-1%", "1,000,000"])
def test_what_is_no_number_is_a_finding(text: str) -> None:
    """Also a number out of the range 0 to 1."""
    with pytest.raises(InputError):
        asking.number_of(text, "x", 0, 1)


# ---- Figures


def test_figures_of_an_earlier_answer_are_not_shown(room: Room) -> None:
    """A figure belongs to the bytes of the answer beside it and to a language: once either is
    another, it is not shown (a solve again whose figure failed would show the old one)."""
    folder = room.root / "plans/c-prices"
    folder.mkdir()
    answer, figure = folder / "prices.json", folder / "policies.png"
    answer.write_text("{}", encoding="utf-8")
    figure.write_bytes(b"\x89PNG")
    said = {"of": asking.digest(answer), "lang": "vi"}
    (folder / asking.DRAWN).write_text(json.dumps(said), encoding="utf-8")
    served = room.served
    vi, en = (Ask(served.opened, served.jobs, "/prices", {}, lang) for lang in ("vi", "en"))
    shown = [("/drawn?of=plans%2Fc-prices%2Fpolicies.png", "policies")]
    assert asking.drawn_of(vi, folder, "prices.json", "policies") == shown
    assert asking.drawn_of(en, folder, "prices.json", "policies") == []
    answer.write_text("[]", encoding="utf-8")
    assert asking.drawn_of(vi, folder, "prices.json", "policies") == []


@pytest.mark.slow
def test_figures_are_drawn_of_what_is_shown(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures are shown of the very subject that is asked for, in the language that is spoken: of
    another comparison with the same base, or in English, they are asked for anew."""
    for room in room_of(tmp_path, monkeypatch):
        shutil.copytree(shelf, room.root, dirs_exist_ok=True)
        job = room.job(room.http.post("/compare", data={"of": "plans/c", "with": ["plans/b"]}))
        page = room.get(job.outcome.go).text
        drawn = re.findall(r'src="(/drawn[^"]*)"', page)
        assert len(drawn) == 3
        answer = room.get(drawn[0])
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")
        assert "/drawn" not in room.get("/compare?of=plans/c&with=plans/a").text
        assert "/drawn" not in room.get(job.outcome.go + "&lang=en").text
        room.get("/", lang="vi")
        for address, form in {
            "/prices": {"of": "plans/c"},
            "/prices/sure": {"of": "plans/c", "within": "20%"},
            "/frontier": {"of": SCENARIO, "points": "2"},
            "/futures": {"of": FUTURES},
            "/amend/status": {"of": "plans/c"},
            "/amend": {"of": "plans/b"},
        }.items():
            done = room.job(room.post(address, **form), 300)
            assert done.outcome.go, (address, done.outcome)
            assert "/drawn" in room.get(done.outcome.go).text, address
        room.get("/", lang="en")
        for address, form in {
            "/prices?of=plans/c": {"of": "plans/c"},
            f"/frontier?of={SCENARIO}&at=frontiers/scenario-money": {
                "of": SCENARIO, "at": "frontiers/scenario-money",
            },
        }.items():  # fmt: skip
            assert "/drawn" not in room.get(address).text
            assert room.job(room.post("/prices/draw", **form)).outcome.go
            assert "/drawn" in room.get(address).text
