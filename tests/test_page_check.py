"""The pages of the beginning, the check, papers and plans edited by hand: they show what the
command line says, keep everything that is there, and write nothing half. All schools and figures
are invented."""

from __future__ import annotations

import html
import io
import os
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from office_texts import office_list
from openpyxl import load_workbook
from page_room import Room, room_of

import planner
from planner.cli.commands import report
from planner.errors import InputError
from planner.messages import render
from planner.present.explanation import judged_text
from planner.run.edits import read_edited
from planner.scenario.load import inspect
from planner.scenario.write import with_cells
from planner.web.planning import place_of

CHECK = "three-schools/scenario.yaml"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    yield from room_of(tmp_path, monkeypatch, "three-schools")


def everything(root: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def handed(room: Room, file: str, body: bytes, **form: str) -> str:
    """Where the page leads after a file was handed in."""
    answer = room.post("/hand-in", files=[("files", (file, body))], **form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


# ---- An office's own tables.


def test_a_raw_list_becomes_a_scenario_by_clicks(room: Room, tmp_path: Path) -> None:
    """Proves the way from a raw list to a sound scenario: what is open is asked as the command
    asks, but without its options; an answer that is of no use is shown again; nothing is made
    before, and the folder is that of ``planner.adopt`` with the same
    answers, to the byte."""
    body = office_list()
    address = handed(room, "Hiện trạng 2026.xlsx", body)
    of = "handed-in/hien-trang-2026"
    assert (room.root / of / "Hiện trạng 2026.xlsx").read_bytes() == body
    shown = room.get(address)
    path = room.root / of / "Hiện trạng 2026.xlsx"
    asked = planner.adopt(path, None, lang="vi").questions
    assert asked["key"].tolist() == ["acquired", "teachers"]
    for sentence in asked["sentence"]:  # its begin; what is to be typed elsewhere is left out
        assert html.escape(sentence.partition(";")[0]) in shown.text
    assert "--value" not in shown.text.partition("<form")[2].partition("<h2")[0].replace(
        'name="option" value="--value"', ""
    )
    assert "Tạo kịch bản" not in shown.text
    form = {"of": of, "option": ["--value"] * 2, "key": ["acquired", "teachers"]}
    room.post("/adopt", **form, value=["năm ngoái", ""], do="again")
    assert "«năm ngoái» không dùng được" in room.get(address).text
    again = room.post("/adopt", **form, value=["2020", ""], do="make")
    assert again.headers["location"].startswith("/adopt?"), "one question is open still"
    assert [p.name for p in room.root.iterdir() if p.is_dir()] == ["three-schools", "handed-in"]
    assert room.post("/adopt", **form, value=["2020", "30"], do="again").status_code == 303
    assert "Tạo kịch bản" in room.get("/adopt", of=of).text
    made = room.post("/adopt", of=of, do="make", language="vi", name="Quận Mẫu")
    assert made.headers["location"].startswith("/check?of=quan-mau%2Fscenario.yaml&")
    answers = {"acquired": "2020", "teachers": "30"}
    planner.adopt(path, tmp_path / "other", values=answers, lang="vi")
    assert everything(room.root / "quan-mau") == everything(tmp_path / "other")
    checked = room.get(made.headers["location"]).text
    assert "0 lỗi, 0 cảnh báo" in checked
    assert "hãy thay bằng số liệu thật: Danh mục, Định mức" in checked
    assert "/try?of=quan-mau" in checked


def test_a_column_is_said_to_be_another(room: Room) -> None:
    """Classes said to be the pupils, and the other way round; only what was said stands in the
    mapping, and a column goes back to how it was read. A mapping that also kept what was found
    would call every column the user's choice."""
    of = "handed-in/ds"
    address = handed(room, "ds.xlsx", office_list())
    plain = room.get(address).text
    assert "theo chỉ định của người dùng" not in plain
    said = {"kind": ["schools"] * 2, "header": ["Số lớp", "Số HS"]}
    room.post("/adopt", of=of, **said, field=["schools.pupils", "schools.classes"])
    text = (room.root / of / "mapping.yaml").read_text(encoding="utf-8")
    assert "pupils: Số lớp" in text
    assert "Tên trường" not in text
    assert room.get(address).text.count("theo chỉ định của người dùng") == 2
    room.post("/adopt", of=of, **said, field=["", ""])
    assert room.get(address).text == plain
    # devices: left out, and what was answered can be taken back
    room.post("/adopt", of=of, device=["Máy tính"], item=["-"])
    assert "Máy tính: '-'" in (room.root / of / "mapping.yaml").read_text(encoding="utf-8")
    room.post("/adopt", of=of, device=["Máy tính"], item=[""])
    assert room.get(address).text == plain


def test_names_of_others_are_text(room: Room) -> None:
    """A header and a file name that are markup are shown as text, and a name that is a path leads
    nowhere but into the folder of what was handed in."""
    evil = "<script>alert(1)</script>"
    address = handed(room, f"../../{evil}.xlsx", office_list(evil))
    assert address == "/adopt?of=handed-in%2Fscript"
    text = room.get(address).text
    assert html.escape(evil) in text
    assert "<script>alert" not in text
    names = [p.name for p in (room.root / "handed-in/script").iterdir()]
    assert names == ["script.xlsx"]
    assert not list(room.root.parent.glob("*.xlsx"))


def test_nothing_is_overwritten(room: Room) -> None:
    """The same name twice is two folders, of files and of scenarios; a file of no known kind stops
    all that came with it."""
    first, second = (handed(room, "a.csv", b"Foo,Bar\n1,2\n") for _ in range(2))
    assert (first, second) == ("/adopt?of=handed-in%2Fa", "/adopt?of=handed-in%2Fa-2")
    before = everything(room.root)
    files = [("files", ("a.csv", b"x")), ("files", ("run.exe", b"x"))]
    wrong = room.post("/hand-in", files=files)
    assert wrong.status_code == 422
    assert "run.exe" in wrong.text
    assert room.post("/hand-in").status_code == 422
    for address in ("/adopt?of=three-schools", "/adopt?of=handed-in", "/adopt?of=..%2F.."):
        assert room.get(address).status_code == 404
    assert everything(room.root) == before


def test_a_file_is_left_out_and_comes_back(room: Room) -> None:
    """A file that is not to be read is put aside, not deleted; the last one cannot be."""
    files = [("files", ("a.xlsx", office_list())), ("files", ("b.csv", b"Foo,Bar\n1,2\n"))]
    of = "handed-in/a"
    room.post("/hand-in", files=files)
    assert room.post("/adopt/leave", of=of, file="b.csv").status_code == 303
    assert (room.root / of / "left-out/b.csv").is_file()
    assert room.post("/adopt/leave", of=of, file="a.xlsx").status_code == 404
    assert room.post("/adopt/leave", of=of, file="../a/a.xlsx").status_code == 404
    room.post("/adopt/leave", of=of, file="b.csv", back="1")
    assert sorted(p.name for p in (room.root / of).iterdir() if p.is_file()) == ["a.xlsx", "b.csv"]


def test_what_is_lacking_is_handed_in_later(room: Room) -> None:
    """Two lists of the same make one question of one answer; a list that is added to those that are
    there stands beside them, and one of the same name does not replace the first."""
    lists = "id,Tên trường,Cấp học,Số HS,Số lớp,Số giáo viên\n{},TH Mẫu,Tiểu học,300,10,20\n"
    one, two = (lists.format(k).encode() for k in ("a", "b"))
    of = "handed-in/one"
    address = handed(room, "one.csv", one)
    for name in ("one.csv", "three.csv"):
        sent = room.post("/adopt/more", files=[("files", (name, two))], of=of)
        assert sent.status_code == 303
    names = sorted(p.name for p in (room.root / of).iterdir())
    assert names == ["one-2.csv", "one.csv", "three.csv"]
    assert (room.root / of / "one.csv").read_bytes() == one
    text = room.get(address).text
    assert text.count('name="key" value="schools"') == 1
    asked = {"option": ["--sheet"], "key": ["schools"], "value": ["three.csv"]}
    room.post("/adopt", of=of, **asked)
    assert 'value="make"' in room.get(address).text
    assert room.post("/adopt/more", files=[("files", ("a.docx", b"x"))], of=of).status_code == 422
    room.post("/adopt", of=of, option=["--sheet"], key=["no such kind"], value=["one.csv"])
    wrong = room.get(address)
    assert wrong.status_code == 200
    assert "không có loại bảng «no such kind»" in wrong.text


# ---- Scenarios.


def test_a_new_workbook_comes_back_as_a_scenario(room: Room, tmp_path: Path) -> None:
    """The starter is that of ``planner.starter``, a number outside the limits of the command makes
    nothing, and the workbook handed in again goes to its check, not to the columns."""
    assert room.post("/new", kind="starter", schools="0").status_code == 422
    assert room.post("/new", kind="invented", schools="200001", seed="1").status_code == 422
    made = room.post("/new", kind="starter", schools="5", language="en", name="Đợt 1")
    assert made.headers["location"] == "/check?of=dot-1%2Fscenario.yaml"
    planner.starter(tmp_path / "same", language="en", schools=5)
    assert everything(room.root / "dot-1") == everything(tmp_path / "same")
    book = room.get("/file", of="dot-1/data.xlsx")
    assert book.content == (room.root / "dot-1/data.xlsx").read_bytes()
    assert handed(room, "data.xlsx", book.content, name="again") == "/check?of=again%2Fdata.xlsx"
    start = room.get("/").text
    assert "dot-1/scenario.yaml" in start
    assert "dot-1/data.xlsx" not in start, "it is its scenario's"
    assert "again/data.xlsx" in start


def test_the_check_says_what_the_command_says(room: Room) -> None:
    """Every finding stands there in the words of ``planner check``, with its cell; filters keep
    those of a sheet, a kind, a text alone. The page of a sound scenario asks for no mending."""
    sound = room.get("/check", of=CHECK).text
    assert "0 lỗi, 0 cảnh báo" in sound
    for line in planner.understood(room.root / CHECK, lang="vi").text.splitlines()[:1]:
        assert html.escape(line) in sound
    path = room.root / "three-schools/schools.csv"
    lines = path.read_text("utf-8").replace("none", "nope<b>").splitlines()
    lines[1] = lines[1].replace("primary", "lycée<b>")
    path.write_text("\n".join(lines), encoding="utf-8")
    found = inspect(room.root / CHECK)[1]
    assert len(found) > 1
    text = room.get("/check", of=CHECK).text
    for finding in found:
        assert html.escape(str(finding.where)) in text
        assert html.escape(render(finding, "vi").removeprefix(f"{finding.where}: ")) in text
    assert "nope<b>" not in text
    assert "/try?" not in text.split("<main")[1]
    one = html.escape(str(found[-1].where))
    only = room.get("/check", of=CHECK, q=str(found[0].where)).text
    assert html.escape(str(found[0].where)) in only
    assert one not in only
    assert '<td class="place">' not in room.get("/check", of=CHECK, kind="warning").text


def test_a_mended_file_takes_the_place_of_the_old_one(room: Room) -> None:
    """The old file stays beside it under a name that is no table's; a file that the scenario does
    not have changes nothing."""
    folder = room.root / "three-schools"
    before = everything(folder)
    stray = room.post("/check/mended", files=[("files", ("x.csv", b"a"))], of=CHECK)
    assert stray.status_code == 422
    assert everything(folder) == before
    body = before["schools.csv"].replace(b",3", b",4")
    assert body != before["schools.csv"]
    done = room.post("/check/mended", files=[("files", ("SCHOOLS.csv", body))], of=CHECK)
    assert done.status_code == 303
    now = everything(folder)
    new = {n for n in now if n not in before}
    assert len(new) == 1
    assert now["schools.csv"] == body
    assert now[new.pop()] == before["schools.csv"]
    assert "three-schools/schools.csv." not in room.get("/").text


def test_a_change_in_a_folder_below_is_seen(room: Room) -> None:
    """A scenario may extend one in a folder below and read tables there: what was read is not
    shown again once those have changed."""
    above = room.root / "above.yaml"
    above.write_text('extends: "three-schools/scenario.yaml"\n', encoding="utf-8")
    assert "0 lỗi" in room.get("/check", of="above.yaml").text
    path = room.root / "three-schools/schools.csv"
    path.write_bytes(path.read_bytes().replace(b",300,", b",three,"))
    assert "1 lỗi" in room.get("/check", of="above.yaml").text


def test_whether_there_is_a_plan(room: Room) -> None:
    """The job's words are those of ``planner check --prove``."""
    job = room.job(room.post("/check/prove", of=CHECK))
    assert job.outcome is not None
    assert job.outcome.code == 0
    said = room.get("/job", id=job.id).text
    assert "có kế hoạch giữ được mọi quy tắc (đã tìm thấy)" in said


def test_files_are_given_out_and_never_shown(room: Room) -> None:
    """A page that was handed in as a file comes as an attachment of no kind that a browser shows;
    what is hidden, outside, a folder or of another kind does not come at all."""
    (room.root / 'tờ "1".html').write_text("<script>1</script>", encoding="utf-8")
    answer = room.get("/file", of='tờ "1".html')
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''t%E1")
    (room.root / ".hidden.csv").write_text("x")
    (room.root.parent / "outside.csv").write_text("x")
    os.symlink(room.root.parent / "outside.csv", room.root / "link.csv")
    (room.root / "plan.json").write_text("{}")
    for of in (".hidden.csv", "../outside.csv", "link.csv", "three-schools", "plan.json", ""):
        assert room.get("/file", of=of).status_code == 404, of


# ---- Papers, and plans edited by hand.


@pytest.fixture
def plan(room: Room) -> str:
    """A plan of three schools in the opened folder."""
    result = planner.solve(planner.load(room.root / CHECK), gap=0)
    planner.write(result, room.root / "plans/scenario", figures=False)
    return "plans/scenario"


def test_a_plan_is_shown_with_its_own_scenario(room: Room, plan: str) -> None:
    """The list shows a plan with the scenario that it was made of, and says when that has changed
    since; another scenario whose file has the same name has no plan of its own. One that goes by
    the name alone calls the first one's plan an outdated plan of the second."""
    row = room.get("/row/scenario", of=CHECK).text
    assert plan in row
    assert "dữ liệu đã đổi" not in row
    made = room.post("/new", kind="invented", schools="3", seed="1", name="other")
    assert made.headers["location"] == "/check?of=other%2Fscenario.yaml"
    assert plan not in room.get("/row/scenario", of="other/scenario.yaml").text
    path = room.root / "three-schools/schools.csv"
    path.write_bytes(path.read_bytes().replace(b",300,", b",301,"))
    changed = room.get("/row/scenario", of=CHECK).text
    assert plan in changed
    assert "dữ liệu đã đổi" in changed


def test_a_plan_of_other_schools_is_not_replaced(room: Room, plan: str) -> None:
    """Lists of two offices under one file name become scenarios of one name, title and money: the
    plan of the second stands beside that of the first. One that goes by settings alone replaces
    it; the same schools with other figures are planned anew in their own place."""
    scenario = planner.load(room.root / CHECK)
    assert place_of(room.root, scenario) == room.root / plan
    path = room.root / "three-schools/schools.csv"
    body = path.read_bytes()
    path.write_bytes(body.replace(b",300,", b",301,"))
    assert place_of(room.root, planner.load(room.root / CHECK)) == room.root / plan
    path.write_bytes(body.replace("Trường A".encode(), "Trường Z".encode()))
    assert place_of(room.root, planner.load(room.root / CHECK)) == room.root / "plans/scenario-2"


def test_papers_are_those_of_the_command(room: Room, plan: str, tmp_path: Path) -> None:
    """The page writes beside the plan what ``planner report`` writes, with a plan considered
    besides and the office's reason, gives it as one file, and says when the plan is newer."""
    less = planner.load(room.root / CHECK).with_("funds.district.amounts.2025", 80_000_000)
    planner.write(planner.solve(less, gap=0), room.root / "plans/less", figures=False)
    asked = {"of": plan, "papers_lang": "vi", "date": "2026-03-01", "addressee": "<b>Phòng</b>"}
    asked |= {"with": "plans/less", "choice_reason": "<i>Theo họp</i>"}
    form = room.get("/papers", of=plan).text
    assert 'name="with" value="plans/less"' in form
    assert f'name="with" value="{plan}"' not in form
    assert room.post("/papers", **asked).status_code == 422, "no form was chosen"
    assert room.post("/papers", **asked | {"date": "1/3"}, form="html").status_code == 422
    assert not (room.root / "plans/scenario-report").exists()
    job = room.job(room.post("/papers", **asked, form=["html"]))
    assert job.outcome is not None
    assert job.outcome.code == 0, job.outcome
    text = room.get("/papers", of=plan).text
    assert "to-trinh.html" in text
    assert "to-trinh.pdf" not in text
    assert "cũ hơn phương án" not in text
    out = str(tmp_path / "out")
    args = ["--out", out, "--format", "html", "--date", "2026-03-01"]
    args += ["--addressee", "<b>Phòng</b>", "--lang", "vi", "--choice-reason", "<i>Theo họp</i>"]
    args += ["--compare", str(room.root / "plans/less")]
    done = CliRunner().invoke(report, [str(room.root / plan), *args])
    assert done.exit_code == 0, done.output
    mine = (room.root / "plans/scenario-report/to-trinh.html").read_bytes()
    assert mine == (tmp_path / "out/to-trinh.html").read_bytes()
    assert "«less»" in mine.decode()
    assert "&lt;i&gt;Theo họp&lt;/i&gt;" in mine.decode()
    packed = zipfile.ZipFile(io.BytesIO(room.get("/papers.zip", of=plan).content))
    assert packed.namelist() == ["to-trinh.html"]
    assert packed.read("to-trinh.html") == mine
    head = room.root / plan / "plan.json"
    os.utime(head, (head.stat().st_mtime + 60,) * 2)
    assert room.get("/papers", of=plan).text.count("cũ hơn phương án") == 1
    assert room.get("/papers/template").content[:2] == b"PK"


def test_an_edited_workbook_is_judged_and_kept(
    room: Room, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One unit more than the money allows: the page says what ``planner audit`` says of it; kept,
    the new plan has the edited number, and the old one is as it was."""
    assert room.get("/edit", of=plan).status_code == 200
    book = load_workbook(room.root / plan / "plan.xlsx")
    sheet = book["Phân bổ"]
    head = [c.value for c in sheet[2]]
    at = {name: head.index(name) + 1 for name in ("kind", "quantity")}
    row = next(r for r in range(3, 99) if sheet.cell(r, at["kind"]).value == "Mua sắm")
    units = sheet.cell(row, at["quantity"]).value
    sheet.cell(row, at["quantity"]).value = units - 1
    key = [sheet.cell(row, head.index(n) + 1).value for n in ("school", "item", "fund", "year")]
    body = io.BytesIO()
    book.save(body)
    before = everything(room.root / plan)
    sent = room.post("/edit", files=[("files", ("plan.xlsx", body.getvalue()))], of=plan)
    of = "handed-in/edited/scenario/plan.xlsx"
    assert sent.headers["location"] == f"/edit?of=plans%2Fscenario&book={of.replace('/', '%2F')}"
    assert "/adopt?" not in room.get("/").text, "no office's list"
    text = room.get(sent.headers["location"]).text
    judged = planner.analysis.verdicts.judge(read_edited(room.root / of, room.root / plan))
    for line in judged_text(judged, "vi").splitlines():
        if line.strip().endswith("."):
            assert html.escape(line.strip()) in text
    undrawn = partial(planner.write, figures=False)
    monkeypatch.setattr("planner.api.write", undrawn)
    job = room.job(room.post("/edit/keep", of=plan, book=of))
    assert job.outcome is not None
    assert job.outcome.go == "/plan?of=plans%2Fscenario-locked", job.outcome
    lines = planner.read(room.root / "plans/scenario-locked").plan.allocation
    mine = lines[(lines[["school", "item", "fund"]] == key[:3]).all(axis=1)]
    bought = mine[(mine["year"] == key[3]) & (mine["kind"] == "purchase")]
    assert bought["quantity"].sum() == units - 1
    assert everything(room.root / plan) == before
    sheet.cell(row, at["quantity"]).value = "many"
    body = io.BytesIO()
    book.save(body)
    sent = room.post("/edit", files=[("files", ("plan.xlsx", body.getvalue()))], of=plan)
    wrong = room.get(sent.headers["location"])
    assert wrong.status_code == 422
    assert "Phân bổ!" in wrong.text
    assert room.post("/edit/keep", of=plan, book="three-schools/schools.csv").status_code == 404


# ---- Cells that are typed anew.


def test_a_faulty_cell_is_mended_on_the_page(room: Room) -> None:
    """The finding leads to its cell, what is typed there mends it, everything else in the file
    stays byte for byte, and the old file stays beside it; the next check is sound."""
    path = room.root / "three-schools/schools.csv"
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b",300,", b",three hundred,"))
    faulty = path.read_bytes()
    text = room.get("/check", of=CHECK).text
    address = re.search(r'href="(/table\?[^"#]+)#([A-Z]+\d+)"', text)
    assert address is not None
    assert address[2] == "F3"
    shown = room.get(html.unescape(address[1])).text
    assert re.search(r'id="F3"[^>]*value="three hundred"[^>]*aria-invalid="true"', shown)
    digest = re.search(r'name="digest" value="(\w+)"', shown)
    assert digest is not None
    form = {"of": CHECK, "file": "schools.csv", "sheet": "", "digest": digest[1]}
    untouched = {"cell.A2": "A", "cell.B2": "Trường A (đã xây xong)"}
    old = room.post("/table", **form | {"digest": "0", "cell.F3": "300"})
    assert old.status_code == 422, "the file is another than the page showed"
    for wrong in ({"cell.F3": "=1+1"}, {"cell.x": "1"}, {"cell.F3": "a\x01"}):
        assert room.post("/table", **form, **wrong).status_code == 422, wrong
    assert room.post("/table", **form, **untouched).headers["location"] == link_to(CHECK)
    assert path.read_bytes() == faulty
    done = room.post("/table", **form, **untouched, **{"cell.F3": "300"})
    assert done.status_code == 303
    assert path.read_bytes() == sound
    kept = [p for p in path.parent.iterdir() if p.suffix == ".old"]
    assert [p.read_bytes() for p in kept] == [faulty]
    assert "0 lỗi, 0 cảnh báo" in room.get(done.headers["location"]).text
    # The old file comes back, and the mended one is kept in turn; what is no old file does not.
    for name in ("schools.csv", "../three-schools/schools.csv", ""):
        assert room.post("/check/back", of=CHECK, file=name).status_code == 404
    assert room.post("/check/back", of=CHECK, file=kept[0].name).status_code == 303
    assert path.read_bytes() == faulty
    kept = [p for p in path.parent.iterdir() if p.suffix == ".old"]
    assert sorted(p.read_bytes() for p in kept) == sorted([sound, faulty])


def link_to(of: str) -> str:
    """The address of a scenario's check."""
    return f"/check?of={of.replace('/', '%2F')}"


def test_a_sealed_scenario_is_not_changed(room: Room, plan: str) -> None:
    """What a plan was made of stands in its folder, sealed: it can be looked at, not typed into."""
    of = f"{plan}/inputs/scenario.yaml"
    before = everything(room.root / plan)
    assert "niêm phong" in room.get("/check", of=of).text
    assert room.get("/table", of=of, file="schools.csv").status_code == 404
    sent = room.post("/check/mended", files=[("files", ("schools.csv", b"x"))], of=of)
    assert sent.status_code == 404
    assert everything(room.root / plan) == before
    assert planner.audit(room.root / plan).empty
    # Nor is what a link in the folder leads to, outside of it.
    outside = room.root.parent / "outside.csv"
    outside.write_bytes(b"school\n")
    os.symlink(outside, room.root / "three-schools/more.csv")
    sent = room.post("/check/mended", files=[("files", ("more.csv", b"x"))], of=CHECK)
    assert sent.status_code == 422
    assert room.get("/table", of=CHECK, file="more.csv").status_code == 404
    assert outside.read_bytes() == b"school\n"


def test_cells_of_a_workbook_are_set_alone(tmp_path: Path) -> None:
    """Numbers, texts with marks of XML, an emptied cell, one beyond all rows and one in a row that
    was empty: a reader of another make finds these and nothing else changed; a formula stays."""
    made = planner.starter(tmp_path / "new", language="en", schools=3)
    book = load_workbook(made)
    book["Schools"]["N3"] = "=1+1"
    book.save(made)
    data = made.read_bytes()
    typed = {"F3": "700", "B3": 'A & <b> "x"', "C3": "", "Z999": "far", "D500": "0,5"}
    after = load_workbook(io.BytesIO(with_cells(data, made.name, "Schools", typed)))
    for sheet in load_workbook(made):
        names = {c.coordinate for row in sheet for c in row}
        names |= set(typed) if sheet.title == "Schools" else set()
        for name in names:
            now, was = after[sheet.title][name].value, sheet[name].value
            if sheet.title == "Schools" and name in typed:
                assert now == {"F3": 700, "C3": None}.get(name, typed[name]), name
            else:
                assert now == was, (sheet.title, name)
    far = {"XFD1048576": "1"}  # a million rows of ten thousand cells, to whoever reads it
    for cells in ({"N3": "5"}, {"F0": "1"}, {"f3": "1"}, {"F3": "a\x02b"}, far):
        with pytest.raises(InputError, match="cells_unwritable"):
            with_cells(data, made.name, "Schools", cells)
    with pytest.raises(InputError, match="cells_unwritable"):
        with_cells(data, made.name, "No such sheet", {"A1": "x"})


@pytest.mark.parametrize(
    ("data", "typed", "wanted"),
    [
        (b"\xef\xbb\xbfa;b\r\n1;2\r\n", {"B2": "x;y"}, b'\xef\xbb\xbfa;b\r\n1;"x;y"\r\n'),
        (b'a,b\n"1\n2",3\n4,5\n', {"A3": "6"}, b'a,b\n"1\n2",3\n6,5\n'),
        (b"a,b\n1,2\n", {"C2": "3"}, b"a,b\n1,2,3\n"),
    ],
    ids=["semicolons", "a cell of two lines", "a further column"],
)
def test_cells_of_a_list_are_set_alone(data: bytes, typed: dict[str, str], wanted: bytes) -> None:
    """A list keeps its mark, its signs and its ends of lines; a row is a record, whatever lines it
    takes."""
    assert with_cells(data, "a.csv", "", typed) == wanted


def test_who_meets_a_fault_elsewhere_is_led_to_the_check(room: Room) -> None:
    """A page that cannot read its scenario names the page on which its faults are mended; the way
    to the first page alone would leave people to look for it."""
    path = room.root / "three-schools" / "fault.yaml"
    path.write_text("extends: scenario.yaml\nnothing: 1\n", encoding="utf-8")
    shown = room.get("/frontier?of=three-schools/fault.yaml")
    assert shown.status_code == 422
    assert 'href="/check?of=three-schools%2Ffault.yaml"' in shown.text
