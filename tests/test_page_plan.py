"""Pages of trying, jobs, plans and schools: they say what the command line says, in its words."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from click.testing import CliRunner
from page_room import Room, room_of

from planner import api
from planner.analysis import conflict
from planner.cli import commands
from planner.formulation.build import formulate
from planner.messages import say
from planner.run import folder as folders
from planner.solving.solution import Progress, Status
from planner.web.jobs import Job
from planner.web.pages import Ask
from planner.web.showing import source_of

THREE = "three-schools/scenario.yaml"
ODD = "Trường-Á.1"
"""An id as odd as ids may be."""
HOSTILE = "<script>alert(1)</script> & 'Đống' \"Đa\" 100%"
"""A name with all that pages take for something else."""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    yield from room_of(tmp_path, monkeypatch, "three-schools")


@pytest.fixture
def planned(room: Room) -> Room:
    """A room with a plan of the three schools, without figures."""
    api.write(api.solve(room.root / THREE), room.root / "plans" / "three", figures=False)
    return room


def text_of(page: str) -> str:
    """What a person reads of a page."""
    kept = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", kept)).split())


def in_words(line: str) -> bool:
    """Whether a line of a screen is a sentence or a heading; tables stand in cells."""
    return bool(line.strip(" -")) and "  " not in line.strip()


def test_papers_and_check_tell_of_legal_bases(room: Room) -> None:
    """The page where papers are made says which bases the letter leaves out, and why, on the
    scenario's day and, once papers of another day were written, on that; the page of the scenario
    says the first. A page that knew one day only would call the repealed decree printed."""
    bases = [
        {"text": "Căn cứ Nghị định cũ", "number": "1/2019", "in_force_to": "2024-12-31"},
        {"text": "Căn cứ Nghị định mới", "number": "2/2025", "in_force_from": "2025-01-01"},
    ]
    path = room.root / THREE
    more = json.dumps({"date": "2024-06-01", "legal_bases": bases})
    path.write_text(f"{path.read_text(encoding='utf-8')}\nproposal: {more}\n", encoding="utf-8")
    api.write(api.solve(path), room.root / "plans" / "three", figures=False)
    before = "căn cứ «2/2025» có hiệu lực từ 2025-01-01, sau ngày của tờ trình (2024-06-01)"
    after = "căn cứ «1/2019» hết hiệu lực sau ngày 2024-12-31, trước ngày của tờ trình (2025-02-01)"
    for page in (room.get("/check", of=THREE), room.get("/papers", of="plans/three")):
        assert before in text_of(page.text)
        assert "ghi 1, trong đó 1 chưa đối chiếu" in text_of(page.text)
        assert after not in text_of(page.text)
    asked = {"of": "plans/three", "form": "html", "date": "2025-02-01", "detail": "brief"}
    there = room.job(room.post("/papers", **asked)).outcome
    assert there is not None
    shown = text_of(room.get(there.go.partition("#")[0]).text)
    assert after in shown
    assert before not in shown


def test_plan_says_what_the_summary_says(planned: Room) -> None:
    """Every line of words of the command's summary stands on the page, and its total of money: a
    page that made its own sentences would differ in one."""
    from planner.present.summary import stored, summary

    page = planned.get("/plan", of="plans/three")
    assert page.status_code == 200
    read = text_of(page.text)
    folder = api.read(planned.root / "plans" / "three")
    for line in summary(stored(folder), "vi", width=10**6).splitlines():
        if in_words(line):
            assert " ".join(line.split()) in read, line
    assert "160.000.000 đồng" in read
    assert say("label.illustrative", "vi") in read
    assert say("web.plan.no_figures", "vi") in read
    assert "/figure" not in page.text


def test_stale_plan_is_marked(planned: Room) -> None:
    """A plan of files that have changed since says so; the same plan before does not. Of an
    amendment, whose inputs may be another plan's, nothing is said."""
    mark = say("web.start.stale", "vi")
    assert mark not in planned.get("/plan", of="plans/three").text
    with (planned.root / "three-schools" / "schools.csv").open("a") as file:
        file.write("\n")
    assert mark in planned.get("/plan", of="plans/three").text
    ask = Ask(planned.served.opened, planned.served.jobs, "/plan", {}, "vi")
    head = folders.read_claims(planned.root / "plans" / "three")
    assert source_of(ask, "a", head) == (THREE, True)
    assert source_of(ask, "a", head | {"amend": {"base": "x"}}) is None


def test_files_of_a_plan_and_no_others(planned: Room) -> None:
    """What ``plan.json`` lists can be taken, byte for byte; nothing else of the folder, nor above
    it."""
    place = planned.root / "plans" / "three"
    (place / "secret.csv").write_text("x")
    for name in ("plan.xlsx", "allocation.csv"):
        got = planned.get("/plan/file", of="plans/three", name=name)
        assert got.content == (place / name).read_bytes()
        assert "attachment" in got.headers["content-disposition"]
    for name in ("secret.csv", "plan.json", "../three/plan.xlsx", "inputs/scenario.yaml", ""):
        assert planned.get("/plan/file", of="plans/three", name=name).status_code == 404
    for name in ("money", "../plan", "money.png"):
        assert planned.get("/figure", of="plans/three", name=name).status_code == 404


def test_figures_are_drawn_on_demand(planned: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The button draws the figures into the folder, which stays proven; the page then shows
    them. (One figure: the others cost seconds and add nothing here.)"""
    monkeypatch.setattr("planner.present.figures.figure_names", lambda plan: ["money"])
    planned.job(planned.post("/plan/draw", of="plans/three"))
    page = planned.get("/plan", of="plans/three").text
    assert "/figure?of=plans%2Fthree&amp;name=money" in page
    png = planned.get("/figure", of="plans/three", name="money")
    assert png.headers["content-type"] == "image/png"
    assert png.content[:4] == b"\x89PNG"
    assert not folders.prove(planned.root / "plans" / "three")[0]


def test_lines_are_searched_and_sorted(planned: Room) -> None:
    """Lines by the names that people know; sorted by amount, the largest comes first."""
    plan = api.read(planned.root / "plans" / "three").plan
    page = planned.get("/lines", of="plans/three", sort="amount", down="1").text
    amounts = [int(a.replace(".", "")) for a in re.findall(r">([\d.]{5,})</td><td>", page)]
    assert amounts == sorted(plan.allocation["amount"], reverse=True)
    school = plan.schools.loc[plan.schools["school"] == "A", "name"].iloc[0]
    found = planned.get("/lines", of="plans/three", q=school.upper()).text
    assert found.count("<tr>") - 1 == (plan.allocation["school"] == "A").sum()
    assert planned.get("/lines", of="plans/three", q="nobody").text.count("<tr>") == 1


def test_school_page(planned: Room) -> None:
    """What a school got and lacks: C has one lab of the two that it needs; «Vì sao?» gives the
    words of ``planner explain --school``."""
    from planner import questions
    from planner.present.explanation import why_text

    page = planned.get("/school", of="plans/three", school="C")
    assert page.status_code == 200
    read = text_of(page.text)
    assert say("label.reason.no_money", "vi") in read
    assert "20.000.000 đồng" in read
    job = planned.job(planned.post("/school/why", of="plans/three", school="C"))
    answer = text_of(planned.get("/job", id=job.id).text)
    told = why_text(questions.explain(planned.root / "plans" / "three", school="C"), "vi", 10**6)
    for line in told.splitlines():
        if in_words(line):
            assert " ".join(line.split()) in answer, line
    assert planned.get("/school", of="plans/three", school="Z").status_code == 404
    assert planned.post("/school/why", of="plans/three", school="Z").status_code == 404


INFEASIBLE = """extends: three-schools/scenario.yaml
rules:
  everyone: {measure: coverage, where: {item: lab}, for_each: [school], at_least: 1}
"""


def test_odd_ids_and_hostile_names(room: Room) -> None:
    """An id in Vietnamese leads to its school, and a name is text wherever it stands: one page
    that did not escape it would hold the script."""
    for name in ("schools.csv", "inventory.csv"):
        path = room.root / "three-schools" / name
        text = path.read_text(encoding="utf-8-sig").replace("\nA,", f"\n{ODD},")
        quoted = HOSTILE.replace('"', '""')
        text = re.sub(f"\n{ODD},[^,]*,", f'\n{ODD},"{quoted}",', text) if "sch" in name else text
        path.write_text(text, encoding="utf-8")
    api.write(api.solve(room.root / THREE), room.root / "plans" / "odd", figures=False)
    for address in ("/plan", "/lines", "/schools"):
        page = room.get(address, of="plans/odd")
        assert page.status_code == 200
        assert "<script>alert" not in page.text, address
        assert HOSTILE in text_of(page.text), address
    leads = re.search(r'href="(/school\?[^"]*)"', room.get("/schools", of="plans/odd").text)
    assert leads is not None
    page = room.get(html.unescape(leads[1]))
    assert ODD in text_of(page.text)
    assert "<script>alert" not in page.text
    for odd in ("A/../B", "a b", "'\"", "\x00", "?&#", ODD + " "):
        assert room.get("/school", of="plans/odd", school=odd).status_code == 404
    job = room.job(room.post("/school/why", of="plans/odd", school=ODD))
    assert "<script>alert" not in room.get("/job", id=job.id).text


def test_repair_is_applied_once(room: Room) -> None:
    """A scenario without a plan: the sentence, the conflict and the repairs of the command line;
    applying one writes the very file that ``--apply-repair`` writes, a second time it is words."""
    (room.root / "all.yaml").write_text(INFEASIBLE)
    job = room.served.jobs.start("run", {"of": "all.yaml"}, "vi", "/")
    room.job(landing(job.id))
    page = text_of(room.get("/job", id=job.id).text)
    assert say("door_status_infeasible", "vi") in page
    assert not (room.root / "plans").exists()
    said = CliRunner().invoke(commands.run, [str(room.root / "all.yaml"), "--apply-repair", "1"])
    target = room.root / "all-repair-1.yaml"
    assert target.is_file(), said.output
    written = target.read_bytes()
    target.unlink()
    for line in said.stdout.splitlines():
        if line.strip() and "--apply-repair" not in line:
            assert " ".join(line.split()) in page, line
    assert room.post("/repair/apply", id=job.id, number="9").status_code == 404
    assert room.http.get("/repair/apply", params={"id": job.id, "number": "1"}).status_code == 404
    applied = room.post("/repair/apply", id=job.id, number="1")
    assert applied.headers["location"] == "/try?of=all-repair-1.yaml"
    assert target.read_bytes() == written
    again = room.post("/repair/apply", id=job.id, number="1")
    assert again.status_code == 409
    assert "all-repair-1.yaml" in text_of(again.text)
    assert target.read_bytes() == written


def test_search_for_repairs_is_stopped(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is a phase of its own, whatever it builds and solves; «Dừng và giữ» ends it with
    what is proven by then: that there is no plan, and no repair that was not solved in full."""
    (room.root / "all.yaml").write_text(INFEASIBLE)

    def endless(scenario: Any, *, stop: Any, **options: Any) -> Any:
        until = time.monotonic() + 10
        while not stop() and time.monotonic() < until:
            formulate(scenario)
        return conflict.repairs(scenario, stop=stop, **options)

    monkeypatch.setattr("planner.web.planning.repairs", endless)
    job = room.served.jobs.start("run", {"of": "all.yaml"}, "vi", "/")
    until = time.monotonic() + 20
    while job.phase != "repairing" and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.1)
    assert say("web.phase.repairing", "vi") in text_of(room.get("/job", id=job.id).text)
    room.post("/job/keep", id=job.id)
    room.job(landing(job.id))
    page = text_of(room.get("/job", id=job.id).text)
    assert say("door_status_infeasible", "vi") in page
    assert say("web.repair.apply", "vi") not in page


def landing(number: str) -> httpx.Response:
    """An answer that leads to a job."""
    return httpx.Response(303, headers={"location": f"/job?id={number}"})


def test_names_are_told_apart_by_settings(planned: Room) -> None:
    """A plan of the same question takes its place anew; one of other money goes beside it."""
    from planner.web.planning import place_of

    three = planned.root / THREE
    api.write(api.solve(three), planned.root / "plans" / "scenario", figures=False)
    assert place_of(planned.root, api.load(three)).name == "scenario"
    less = api.load(three, {"funds.district.amounts.2025": 80_000_000})
    assert place_of(planned.root, less).name == "scenario-2"
    api.write(api.solve(less), planned.root / "plans" / "scenario-2", figures=False)
    assert place_of(planned.root, less).name == "scenario-2"


def claims_of(folder: Path) -> dict[str, Any]:
    """What ``plan.json`` says, without the time it took and the hashes of files of that."""
    head: dict[str, Any] = json.loads((folder / "plan.json").read_text())
    return {k: v for k, v in head.items() if k != "seconds"}


# ---- Trying.

MOVED = {"m.funds.district.amounts.2025": "80", "m.funds.district.amounts.2026": "60"}
"""Millions: the first differs from the scenario, the second does not."""
YEAR = "funds.district.amounts.2025"


def leads_to(answer: httpx.Response) -> str:
    """Where an answer sends the browser."""
    assert answer.status_code == 303, answer.text[-2000:]
    return str(answer.headers["location"])


def test_plan_equals_the_command_lines(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that «Tính» writes is that of ``planner run --set``, byte for byte but for the
    seconds it took. (One figure: each is drawn by the same functions.)"""
    monkeypatch.setattr("planner.present.figures.figure_names", lambda plan: ["money"])
    job = room.job(room.post("/try", of=THREE, do="solve", gap="1", **MOVED))
    assert job.outcome is not None
    assert job.outcome.go == "/plan?of=plans%2Fscenario", job.outcome
    told = [str(room.root / THREE), "--set", f"{YEAR}=80000000", "--gap", "1%"]
    assert "figures/money.png" in same_plan(room, room.root / "plans" / "scenario", told)
    assert "plans/scenario-2" in room.get("/try", of=THREE).text


def same_plan(room: Room, own: Path, told: list[str]) -> set[str]:
    """The files of a plan folder of the page, which are those that ``planner run`` writes."""
    theirs = room.root / "theirs"
    said = CliRunner().invoke(commands.run, [*told, "--out", str(theirs)])
    assert theirs.is_dir(), said.output
    files = {p.relative_to(theirs).as_posix() for p in theirs.rglob("*") if p.is_file()}
    assert files == {p.relative_to(own).as_posix() for p in own.rglob("*") if p.is_file()}
    for name in files - {"plan.json"}:
        assert (own / name).read_bytes() == (theirs / name).read_bytes(), name
    assert claims_of(own) == claims_of(theirs)
    return files


@pytest.mark.slow
@pytest.mark.parametrize("name", ["capital-budget", "three-schools"])
def test_worker_writes_the_same_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The same of the real worker process, with all figures; and again over the plan that stands
    there, in the same folder."""
    for room in room_of(tmp_path, monkeypatch, name, worker=True):
        of = f"{name}/scenario.yaml"
        for _ in range(2):
            job = room.job(room.post("/try", of=of, do="solve"))
            assert job.outcome is not None
            assert job.outcome.go == "/plan?of=plans%2Fscenario", job.outcome
        files = same_plan(room, room.root / "plans" / "scenario", [str(room.root / of)])
        assert len([f for f in files if f.endswith(".png")]) > 1


def test_what_is_moved_stands_in_the_address(room: Room) -> None:
    """Only what differs is in the address, and the address shows it again."""
    to = leads_to(room.post("/try", of=THREE, do="move", **MOVED))
    assert to == f"/try?of=three-schools%2Fscenario.yaml&m.{YEAR}=80"
    for _ in range(2):
        page = room.get(to).text
        assert re.search(rf'name="m.{YEAR}"[^>]*value="80"', page)
        assert 'name="m.funds.district.amounts.2026" step="any" value="60"' in page
    back = leads_to(room.post("/try", of=THREE, do="move", **MOVED | {f"m.{YEAR}": "100"}))
    assert back == "/try?of=three-schools%2Fscenario.yaml"


def test_all_money_is_scaled_exactly(room: Room) -> None:
    """−12.3457% of 100 and 60 million, each rounded half up to a whole đồng."""
    to = leads_to(
        room.post("/try", of=THREE, do="all", all="-12.34567", **MOVED | {f"m.{YEAR}": "100"})
    )
    assert "amounts.2025=87.65433" in to
    assert "amounts.2026=52.592598" in to
    far = room.post("/try", of=THREE, do="all", all="-101", **MOVED)
    assert far.status_code == 422
    assert "-101" in text_of(far.text)


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        (YEAR, "abc", "web.try.no_number"),
        (YEAR, "1e99999999", "web.try.no_number"),
        (YEAR, "0.0000001", "web.try.too_fine"),
        (YEAR, "-5", "value_below"),
        ("funds.district.reserve", "150", "value_above"),
        ("prices", "dear", "web.try.no_choice"),
    ],
)
def test_wrong_values_are_told_beside(room: Room, key: str, text: str, code: str) -> None:
    """A wrong value is told in words beside its field and stays as typed; nothing is solved."""
    to = leads_to(room.post("/try", of=THREE, do="solve", **{f"m.{key}": text}))
    assert to.startswith("/try?")
    page = room.get(to)
    assert page.status_code == 422
    how = {"text": text, "value": "-5 triệu đồng", "bound": "0 triệu đồng"}
    if code == "value_above":
        how |= {"value": "150 %", "bound": "100 %"}
    said = say(code, "vi", **how)
    beside = re.findall(r'<p class="wrong" id="w\d+">(.*?)</p>', page.text)
    assert [html.unescape(b) for b in beside] == [said]
    assert not room.served.jobs.jobs
    asked = room.post("/estimate", of=THREE, **{f"m.{key}": text})
    assert say("web.try.estimate.wrong", "vi") in text_of(asked.text)


def test_saved_as_a_scenario_of_its_own(room: Room) -> None:
    """A small file that extends the scenario and says what is moved; it is never overwritten."""
    to = leads_to(room.post("/try", of=THREE, do="save", name="Ít tiền", title="Ít", **MOVED))
    assert to == "/try?of=three-schools%2Fit-tien.yaml"
    path = room.root / "three-schools" / "it-tien.yaml"
    assert path.read_text().startswith("extends: scenario.yaml")
    less = api.load(path)
    assert less.settings.amounts(less.settings.funds["district"])[2025] == 80_000_000
    before = path.read_bytes()
    again = room.post("/try", of=THREE, do="save", name="it-tien", title="", **MOVED)
    assert again.status_code == 422
    assert "it-tien.yaml" in text_of(again.text)
    assert path.read_bytes() == before
    assert room.post("/try", of=THREE, do="save", name="../..", **MOVED).status_code == 422


def test_nothing_is_saved_into_a_plan_folder(planned: Room) -> None:
    """A plan's own scenario may be tried and saved, and its repairs applied: as folders beside. One
    more file within would make the plan one that is not shown any more."""
    of = "plans/three/inputs/scenario.yaml"
    to = leads_to(planned.post("/try", of=of, do="save", name="Ít tiền", title="Ít", **MOVED))
    assert to == "/try?of=it-tien%2Fscenario.yaml"
    less = api.load(planned.root / "it-tien")
    assert less.settings.amounts(less.settings.funds["district"])[2025] == 80_000_000
    assert planned.get("/plan", of="plans/three").status_code == 200
    inputs = planned.root / "plans" / "three" / "inputs"
    (inputs / "all.yaml").write_text(INFEASIBLE.replace("three-schools/", ""))
    before = sorted(inputs.iterdir())
    job = planned.served.jobs.start("run", {"of": "plans/three/inputs/all.yaml"}, "vi", "/")
    planned.job(landing(job.id))
    applied = leads_to(planned.post("/repair/apply", id=job.id, number="1"))
    assert applied == "/try?of=all-repair-1%2Fscenario.yaml"
    assert planned.get("/check", of="all-repair-1/scenario.yaml").status_code == 200
    assert sorted(inputs.iterdir()) == before


def test_rule_is_switched_off(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule whose switch is not sent is off: what has no plan with it has one without; and what
    is said of its bound then counts for nothing."""
    (room.root / "all.yaml").write_text(INFEASIBLE)
    to = leads_to(
        room.post("/try", of="all.yaml", do="move", rule="m.rules.everyone",
                  **{"m.rules.everyone.at_least": "90"})
    )  # fmt: skip
    assert "m.rules.everyone=off" in to
    page = room.get(to)
    assert page.status_code == 200
    box = re.search(r'<input type="checkbox"[^>]*name="m.rules.everyone"[^>]*>', page.text)
    assert box is not None
    assert "checked" not in box[0]
    monkeypatch.setattr("planner.present.figures.figure_names", lambda plan: ["money"])
    off = {"rule": "m.rules.everyone", "m.rules.everyone.at_least": "90"}
    job = room.job(room.post("/try", of="all.yaml", do="solve", **off))
    assert job.outcome is not None
    assert job.outcome.go == "/plan?of=plans%2Fall"


def test_estimate_is_the_relaxation(room: Room) -> None:
    """The estimate is the relaxation's value with what is moved, called no plan; where other work
    is done, it says so; where even the relaxation has none, the command line's sentence."""
    from planner.messages.numbers import pupil_years, rounded

    answer = room.http.post(
        "/estimate", data={"of": THREE, **MOVED}, headers={"hx-request": "true"}
    )
    assert "<html" not in answer.text
    assert answer.headers["hx-replace-url"] == f"/try?of=three-schools%2Fscenario.yaml&m.{YEAR}=80"
    for overrides in ({YEAR: 80_000_000}, {}):
        value = api.solve(api.load(room.root / THREE, overrides), relax=True).value
        assert rounded(value, 1, "vi") in text_of(answer.text)
    loose = [api.solve(api.load(room.root / THREE, o), relax=True).relaxation for o in
             ({YEAR: 80_000_000}, {})]  # fmt: skip
    people, more = loose[0].people, loose[1].people - loose[0].people
    assert more > 0
    shown = text_of(answer.text)
    assert f"{pupil_years(people, 'vi')} {say('web.try.estimate.people', 'vi')}" in shown
    assert f"−{pupil_years(more, 'vi')}" in shown
    assert say("web.try.estimate.mark", "vi") in text_of(room.get("/try", of=THREE).text)
    whole = room.post("/estimate", of=THREE, **MOVED)
    assert say("web.try.estimate.mark", "vi") in text_of(whole.text)
    assert room.http.get("/estimate").status_code == 404
    (room.root / "all.yaml").write_text(INFEASIBLE)
    none = room.post("/estimate", of="all.yaml", rule=[], **{"m.rules.everyone": "on"})
    assert say("door_status_infeasible", "vi") in text_of(none.text)
    room.served.jobs.quick = lambda *_: None  # type: ignore[method-assign]
    slow = room.post("/estimate", of=THREE, **MOVED)
    assert say("web.try.estimate.slow", "vi") in text_of(slow.text)


def slow_solve(scenario: Any, *, progress: Any, stop: Any, **options: Any) -> Any:
    """A solve that finds its plan only once it is told to stop, and says how far it is."""
    until = time.monotonic() + 10
    for value in (8000.0, 8633.0):
        progress(Progress("value", 0.1, value, 9000.0))
    while not stop() and time.monotonic() < until:
        time.sleep(0.01)
    return REAL_SOLVE(scenario, **options)


REAL_SOLVE = api.solve


def running(room: Room) -> Job:
    """A job that is in the middle of its search."""
    answer = room.post("/try", of=THREE, do="solve")
    job = room.served.jobs.jobs[leads_to(answer).rpartition("=")[2]]
    until = time.monotonic() + 20
    while len(job.points) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert job.live
    return job


def test_stop_and_keep(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it searches the page tells phase, value, bound, gap and draws both lines between
    labelled axes; an estimate says that other work is done; «Dừng và giữ» ends in a plan."""
    monkeypatch.setattr("planner.present.figures.figure_names", lambda plan: ["money"])
    monkeypatch.setattr(api, "solve", slow_solve)
    job = running(room)
    page = room.get("/job", id=job.id).text
    read = text_of(page)
    for said in ("web.phase.solving", "web.job.keep", "web.job.cancel", "web.job.line.bound"):
        assert say(said, "vi") in read
    assert "8.633,0" in read
    assert "9.000,0" in read
    assert "4,25%" in read
    assert re.search(r"<text[^>]*>9\.000</text>", page)
    assert re.search(r"<text[^>]*>\d+ giây</text>", page)
    busy = room.post("/estimate", of=THREE, **MOVED)
    assert say("web.try.estimate.busy", "vi") in text_of(busy.text)
    assert leads_to(room.post("/job/keep", id=job.id)) == f"/job?id={job.id}"
    room.job(landing(job.id))
    assert leads_to(room.get("/job", follow=False, id=job.id)) == "/plan?of=plans%2Fscenario"
    assert (room.root / "plans" / "scenario" / "plan.json").is_file()


def test_cancelled_work_writes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """«Bỏ» says that nothing was written, and nothing is; the way back leads to what was tried."""
    monkeypatch.setattr(api, "solve", slow_solve)
    job = running(room)
    assert leads_to(room.post("/job/cancel", id=job.id)) == f"/job?id={job.id}"
    page = room.get("/job", id=job.id).text
    assert say("web.job.cancelled", "vi") in text_of(page)
    assert 'href="/try?of=three-schools%2Fscenario.yaml"' in page
    assert not (room.root / "plans").exists()
    assert room.post("/job/cancel", id="none").status_code == 303
    room.served.jobs._stop.set()


def test_stopped_before_a_plan(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that ends without a plan says so in the words of the page, which has a field where
    the command line has an option, and writes nothing."""
    none = replace(REAL_SOLVE(room.root / THREE), maybe_plan=None, status=Status.NO_PLAN)
    monkeypatch.setattr(api, "solve", lambda *_, **__: none)
    job = room.job(room.post("/try", of=THREE, do="solve"))
    assert say("web.said.door_status_no_plan", "vi") in text_of(room.get("/job", id=job.id).text)
    assert not (room.root / "plans").exists()
