"""The page's frame: who is let in, what is refused, jobs, and that pages answer at once."""

from __future__ import annotations

import html
import json
import os
import random
import shlex
import shutil
import signal
import socket
import string
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from page_room import Room, room_of

from planner.errors import InputError
from planner.messages import say, sentences
from planner.web import guard, pages, work
from planner.web.guard import Gate
from planner.web.jobs import Job, Jobs
from planner.web.opened import NowhereError, Opened, file_name, folder_name
from planner.web.pages import Ask, page
from planner.web.serve import LOCK, LockedError, Served
from planner.web.shortcut import write_shortcut

SCENARIO = "three-schools/scenario.yaml"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    yield from room_of(tmp_path, monkeypatch, "three-schools")


def everything(root: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {p.as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


# ---- Who is let in.


def test_beginning_lists_scenarios(room: Room) -> None:
    """What is in the folder is listed, and each row says what it is."""
    assert SCENARIO in room.get("/").text
    row = room.get("/row/scenario", of=SCENARIO).text
    assert ">3<" in row
    assert "2025–2026" in row


def test_link_works_once(room: Room) -> None:
    """A link that was used lets nobody else in; a page without its cookie is refused."""
    link = room.served.gate.link()
    first, second = room.browser(), room.browser()
    assert first.get(link).status_code == 303
    assert first.get("/").status_code in (200, 202)
    assert second.get(link).status_code == 403
    assert second.get("/").status_code == 403


def test_two_browsers_have_cookies_of_their_own(room: Room) -> None:
    """Each link gives another cookie, and both go on working."""
    one, two = room.browser(), room.browser()
    one.get(room.served.gate.link())
    two.get(room.served.gate.link())
    name = room.served.gate.cookie
    assert one.cookies[name] != two.cookies[name]
    assert {one.get("/").status_code, two.get("/").status_code} <= {200, 202}


def test_cookie_is_out_of_reach(room: Room) -> None:
    """Scripts do not see it and other sites' requests do not carry it."""
    said = room.browser().get(room.served.gate.link()).headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said


@pytest.mark.parametrize("key", ["", "x", "é", "0" * 4000, "../..", "%00"])
def test_guessed_links_are_refused(room: Room, key: str) -> None:
    """A link is not to be guessed; whatever stands in it, the answer is a sentence."""
    answer = room.browser().get("/enter", params={"key": key})
    assert answer.status_code == 403
    assert "đã dùng rồi" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil:80"])
def test_other_names_are_refused(room: Room, host: str) -> None:
    """A name of the web that was made to point to this machine (DNS rebinding) gets nothing, though
    the browser sends what it has."""
    assert room.http.get("/", headers={"host": host}).status_code == 421


def test_localhost_is_its_other_name(room: Room) -> None:
    """People type it; a guard that knows one name alone would shut them out."""
    headers = {"host": f"localhost:{room.served.port}"}
    assert room.http.get("/", headers=headers).status_code in (200, 202)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_forms_of_other_pages_are_refused(room: Room, origin: str) -> None:
    """A form of another page, sent by the browser that was let in, changes nothing."""
    answer = room.http.post("/end", headers={"origin": origin})
    assert answer.status_code == 403
    assert not room.served.server.should_exit


def test_form_without_origin_is_refused(room: Room) -> None:
    """Nothing says where it comes from: it is not the page."""
    del room.http.headers["origin"]
    assert room.http.post("/end").status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(room: Room, method: str) -> None:
    """There are pages and forms, nothing else."""
    assert room.http.request(method, "/").status_code == 405


def test_large_bodies_are_refused_unread(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the length that is told, and where none is told by counting."""
    monkeypatch.setattr(guard, "LARGEST", 1000)
    told = room.http.post("/end", content=b"x" * 1001)

    def untold() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100

    address = "/job/keep"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    counted = room.http.post(address, content=untold(), headers=kind)
    assert (told.status_code, counted.status_code) == (413, 413)
    assert not room.served.server.should_exit


@pytest.mark.parametrize("length", ["-1", "1e9", "99999999999999999999", "x"])
def test_lengths_that_are_none_are_refused(length: str) -> None:
    """A length that is not a number, or is beyond the limit, is refused before anything is read."""
    gate = Gate(80)
    head = {"host": "127.0.0.1:80", "origin": "http://127.0.0.1:80", "content-length": length}
    scope: Any = {
        "type": "http", "method": "POST", "path": "/end",
        "headers": [(k.encode(), v.encode()) for k, v in head.items()],
    }  # fmt: skip
    refused = gate.refuse(scope)
    assert refused is not None
    assert refused[0] == 413


def test_every_answer_forbids_what_is_not_used(room: Room) -> None:
    """Pages, redirects, files, refusals: scripts and styles of others, frames, guessed types."""
    answers = [
        room.http.get("/"), room.http.get("/static/page.css"), room.http.get("/nowhere"),
        room.http.get("/job?id=none"), room.browser().get("/"),
        room.browser().get(room.served.gate.link()),
    ]  # fmt: skip
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


# ---- The folder, and nothing but the folder.

OUTSIDE = [
    "..", "../x", "a/../../x", "/etc/passwd", "C:/Windows", "C:", "a\\..\\b", "..\\x", "a//b", ".",
    ".git/config", "a/.hidden", "a\0b", "x\n", "", "a/", "x" * 2000, "\\\\server\\share",
    "three-schools/link/secret.txt",
]  # fmt: skip


@pytest.mark.parametrize("given", OUTSIDE)
def test_paths_out_of_the_folder_lead_nowhere(tmp_path: Path, given: str) -> None:
    """By dots, drives, backslashes, hidden names or a link: nothing outside is there."""
    root = tmp_path / "room"
    (root / "three-schools").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (root / "three-schools" / "link").symlink_to(tmp_path)
    with pytest.raises(NowhereError):
        Opened(root).there(given)


@pytest.mark.parametrize("path", ["/row/scenario", "/row/plan"])
@pytest.mark.parametrize("of", ["../../etc/passwd", "", "three-schools", "none.yaml"])
def test_pages_of_nothing_say_so(room: Room, path: str, of: str) -> None:
    """A path that leads to no scenario or plan is answered by a sentence, never by a traceback."""
    answer = room.get(path, of=of)
    assert answer.status_code in (200, 404, 422)
    assert "Traceback" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("bảng.xlsx", "bảng.xlsx"),
        ("../../etc/x.csv", "x.csv"),
        ("..\\..\\Windows\\x.csv", "x.csv"),
        ("C:\\x.xlsx", "x.xlsx"),
        ("a\u202exslx.csv", "a xslx.csv"),
        ("con.csv", "_con.csv"),
        ("LPT1.xlsx", "_LPT1.xlsx"),
        (" .x .csv", "x.csv"),
        ("a<b>|c?.csv", "a b c.csv"),
        ("n" * 300 + ".csv", "n" * 116 + ".csv"),
    ],
)
def test_names_of_handed_in_files(given: str, name: str) -> None:
    """The last part of the path, of either kind of slashes, without what systems stumble over."""
    assert file_name(given) == name


@pytest.mark.parametrize("given", ["", "x", "x.exe", "..", "x.html", ".csv", "a/b/.xlsx", "x.svg"])
def test_kinds_that_are_not_read_are_refused(given: str) -> None:
    """What is no table, scenario or letter is not taken."""
    with pytest.raises(InputError):
        file_name(given)


def test_folders_are_named_plainly() -> None:
    """As people call it, in letters that every system knows."""
    assert folder_name("Hiện trạng Ba Đình 2026/../") == "hien-trang-ba-dinh-2026"
    assert folder_name("CON") == "con-1"


def test_parameters_may_have_any_name(room: Room) -> None:
    """One that is called as an argument of the page's own functions is a parameter like others,
    and stays in the addresses of the page."""
    names = "&".join(f"{name}=x" for name in ("path", "self", "template", "status", "code"))
    for address in ("/", "/check", "/try", "/frontier"):
        answer = room.get(f"{address}?of={SCENARIO}&{names}")
        assert answer.status_code == 200, (address, answer.text[:500])
        assert "path=x" in answer.text


def test_titles_are_escaped(room: Room) -> None:
    """A title with a script in it is text."""
    path = room.root / SCENARIO
    text = path.read_text(encoding="utf-8")
    title = "Ba trường giải bằng tay (dữ liệu minh họa)"
    assert title in text
    hostile = "'<script>alert(1)</script><img src=x onerror=alert(1)>'"
    path.write_text(text.replace(title, hostile), encoding="utf-8")
    row = room.get("/row/scenario", of=SCENARIO).text
    assert "<script>" not in row
    assert "<img" not in row
    assert "&lt;script&gt;" in row


def test_random_requests_leave_nothing(room: Room) -> None:
    """200 requests that somebody without a right, or with too much fantasy, would send: an answer
    each, no traceback, and the folder and what lies around it as before."""
    draw = random.Random(18)
    before = everything(room.root.parent)
    addresses = sorted({a for _, a in pages.PAGES})
    pieces = [
        "../" * 3, "\\..\\", "%2e%2e/", "\0", "<script>", "'--", "${7*7}", "{{7*7}}", "a" * 999,
        "🏫", "CON", "file:///etc/passwd", "three-schools", SCENARIO, "-1", "1e999",
    ]  # fmt: skip
    own = room.base.removeprefix("http://")
    hosts = [own, own, own, "evil.example", ""]
    stranger = room.browser()
    odd = ["/static/../../x", "/%2e%2e/%2e%2e/etc/passwd", "//evil"]
    seen = set()
    for _ in range(200):
        address = "/" if draw.random() < 0.2 else draw.choice([*addresses, *odd])
        fields = {draw.choice(["of", "id", "school", "with", "page", "lang", "q", "sort"]):
                  draw.choice(pieces) + draw.choice(pieces) for _ in range(3)}  # fmt: skip
        headers = {"host": draw.choice(hosts), "origin": draw.choice([room.base, "null"])}
        headers["x" + draw.choice(string.ascii_lowercase)] = "y" * draw.randrange(2000)
        http = draw.choice([room.http, stranger])
        sent = {k: v.replace("\0", "%00") for k, v in headers.items()}
        if address == "/end":
            continue
        kind = draw.choice(["get", "post", "files"])
        if kind == "get":
            answer = http.get(address, params=fields, headers=sent)
        elif kind == "post":
            answer = http.post(address, data=fields, headers=sent)
        else:
            name = draw.choice(["../../evil.exe", "..\\..\\x.html", "\0.exe", "x.exe"])
            answer = http.post(address, files={"file": (name, b"<script>")}, headers=sent)
        seen.add(answer.status_code)
        assert answer.status_code < 500, (address, kind, fields, answer.text[:2000])
        assert "Traceback" not in answer.text
        if answer.headers.get("content-type", "").startswith("text/"):
            assert "49" not in answer.text or "7*7" not in str(fields)
    assert everything(room.root.parent) == before
    assert {403, 421} <= seen
    assert seen & {200, 202}


# ---- One folder, one server.


def test_second_server_gets_a_link_from_the_first(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them would each believe that they know the folder; the secret is for its owner."""
    known = json.loads((room.root / LOCK).read_text())
    if os.name == "posix":
        assert (room.root / LOCK).stat().st_mode & 0o077 == 0
    wrong = room.browser().get("/again", headers={"x-planner-secret": "guess"})
    right = room.browser().get("/again", headers={"x-planner-secret": known["secret"]})
    assert (wrong.status_code, wrong.text) == (403, "")
    assert room.browser().get(right.text).status_code == 303


def test_second_server_on_a_running_one(tmp_path: Path) -> None:
    """The real thing over a socket: the second finds the first, and says its link."""
    import threading

    links: list[str] = []
    served = Served(tmp_path)
    thread = threading.Thread(target=served.run, args=(links.append,), daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not links and time.monotonic() < until:
        time.sleep(0.02)
    with pytest.raises(LockedError) as found:
        Served(tmp_path)
    assert found.value.link.startswith(f"http://127.0.0.1:{served.port}/enter?key=")
    served.server.should_exit = True
    thread.join(20)
    assert not (tmp_path / LOCK).exists()


def test_mark_of_a_dead_server_is_no_hindrance(tmp_path: Path) -> None:
    """The power went off: the mark is still there, nobody answers."""
    import socket

    dead = {"port": 1, "pid": 1, "host": socket.gethostname(), "secret": "x"}
    (tmp_path / LOCK).write_text(json.dumps(dead))
    served = Served(tmp_path)
    assert json.loads((tmp_path / LOCK).read_text())["port"] == served.port
    served.close()


def test_mark_of_another_machine_is_respected(tmp_path: Path) -> None:
    """On a shared disk nobody can tell whether the other one still runs: a finding says which."""
    (tmp_path / LOCK).write_text('{"port": 1, "pid": 1, "host": "elsewhere", "secret": "x"}')
    with pytest.raises(InputError) as found:
        Served(tmp_path)
    assert found.value.findings[0].params["host"] == "elsewhere"
    assert "elsewhere" in (tmp_path / LOCK).read_text()


# ---- In time, and in the reader's language.


@pytest.fixture
def slow() -> Iterator[list[int]]:
    """A page that needs longer than people wait."""
    made: list[int] = []

    @page("/slow")
    def body(ask: Ask) -> Any:
        time.sleep(0.6)
        made.append(1)
        return pages.html("<p>done</p>")

    yield made
    del pages.PAGES["GET", "/slow"]


def test_slow_page_answers_at_once(
    slow: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser gets a page that comes back for it; it is made once, not once a question."""
    for room in room_of(tmp_path, monkeypatch):
        began = time.monotonic()
        first = room.http.get("/slow")
        assert time.monotonic() - began < 0.5
        assert (first.status_code, first.headers["refresh"]) == (202, "1")
        assert room.get("/slow").text == "<p>done</p>"
        assert slow == [1]


def test_language_is_kept(room: Room) -> None:
    """Asked for once, it stays; each browser has its own."""
    assert "Bắt đầu" in room.get("/").text
    assert "Beginning" in room.get("/", lang="en").text
    assert "Beginning" in room.get("/").text
    other = room.browser()
    other.get(room.served.gate.link())
    assert "Bắt đầu" in other.get("/").text


def test_defects_are_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that fails says one sentence with the error's name."""
    monkeypatch.delenv("PLANNER_DEBUG", raising=False)

    @page("/broken")
    def body(ask: Ask) -> Any:
        raise ZeroDivisionError("secret path")

    try:
        for room in room_of(tmp_path, monkeypatch):
            answer = room.get("/broken")
            assert answer.status_code == 500
            assert "ZeroDivisionError" in answer.text
            assert "File" not in answer.text
    finally:
        del pages.PAGES["GET", "/broken"]


def test_every_page_opens(room: Room) -> None:
    """Each registered page, of a scenario and of a plan, in both languages: shown, or said in words
    why there is nothing to show; none fails."""
    job = room.served.jobs.start("run", {"of": SCENARIO}, "vi", "/")
    while job.live:
        time.sleep(0.02)
    seen = {}
    for method, address in sorted(pages.PAGES):
        if method != "GET":
            continue
        for of in (SCENARIO, "plans/scenario"):
            for lang in ("vi", "en"):
                answer = room.get(address, of=of, school="A", id=job.id, lang=lang)
                assert answer.status_code < 500, (address, of, answer.text[:3000])
                seen[address] = min(seen.get(address, 999), answer.status_code)
    assert {a for a, status in seen.items() if status != 200} <= WITH_MORE


WITH_MORE = {
    "/file", "/figure", "/papers.zip", "/adopt", "/decision", "/drawn", "/plan/file",
    "/prices/workbook", "/table",
}  # fmt: skip
"""Addresses of what is not there yet, or needs another parameter."""


# ---- The worker.


def test_plan_of_the_page_is_that_of_the_command(room: Room, tmp_path: Path) -> None:
    """The job writes the folder that ``planner run`` writes, where it writes it."""
    import planner

    job = room.served.jobs.start("run", {"of": SCENARIO}, "vi", "/")
    while job.live:
        time.sleep(0.02)
    assert job.outcome is not None
    assert job.outcome.code == 0, job.outcome
    assert job.outcome.go == "/plan?of=plans%2Fscenario"
    assert planner.audit(room.root / "plans" / "scenario").empty


def test_a_killed_worker_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the real worker process: one job cancelled, the next one is done by a new worker; what
    was cancelled has written nothing."""
    for room in room_of(tmp_path, monkeypatch, "three-schools", worker=True):
        jobs = room.served.jobs
        before = everything(room.root)
        first = jobs.start("run", {"of": SCENARIO}, "vi", "/")
        jobs.cancel(first)
        assert (first.state, jobs.busy) == ("cancelled", False)
        assert everything(room.root) == before
        second = jobs.start("run", {"of": SCENARIO}, "vi", "/")
        until = time.monotonic() + 60
        while second.live and time.monotonic() < until:
            time.sleep(0.05)
        assert second.outcome is not None
        assert second.outcome.code == 0, second.outcome


def test_errors_of_jobs_are_said_as_the_command_line_says_them() -> None:
    """Findings stay findings, what the disk refused is a sentence, a defect names itself."""
    full = work.failed(OSError(28, "No space left on device", "plan.csv"), "vi")
    assert full.code == 3
    assert full.findings[0].where.file == "plan.csv"
    odd = work.failed(KeyError("x"), "en")
    assert odd.code == 1
    assert "KeyError" in odd.sentence


def test_whatever_a_job_does_has_words() -> None:
    """Each phase that a verb may tell, each kind of job, and what a stop keeps of it: a job whose
    page cannot say one fails while it runs."""
    work.furnish()
    codes = [f"web.phase.{phase}" for phase in work.PHASES]
    codes += [f"web.job.{kind}" for kind, keeps in work.KEEPS.items() if kind != "estimate"]
    codes += [f"web.job.keeps.{keeps}" for keeps in work.KEEPS.values()]
    assert [code for code in codes if code not in sentences()] == []


# ---- The shortcut.

AWKWARD = [
    "plain",
    "Máy tính phòng",
    "it's 100% $HOME `x`",
    'a "quote" \\ back',
    "a&b;c|d",
    "%TEMP%",
]


def read_exec(text: str) -> list[str]:
    """The arguments of an Exec key, by a reader of the specification: the value's own escapes
    first, then quotes, in which a backslash keeps the next sign; ``%%`` is one per cent sign."""
    line = next(x for x in text.splitlines() if x.startswith("Exec="))
    value = line.removeprefix("Exec=").replace("\\\\", "\0").replace("\0", "\\")
    found, inside, kept, taken = [], False, False, ""
    for sign in value:
        if kept:
            taken, kept = taken + sign, False
        elif sign == "\\" and inside:
            kept = True
        elif sign == '"':
            if inside:
                found.append(taken.replace("%%", "%"))
            inside, taken = not inside, ""
        elif inside:
            taken += sign
    return found


@pytest.mark.parametrize("name", AWKWARD)
def test_shortcuts_name_the_folder(tmp_path: Path, name: str) -> None:
    """Whatever signs its name has, a click opens this very folder with this very Python."""
    root = tmp_path / name
    root.mkdir()
    wanted = [sys.executable, "-m", "planner", "open", str(root)]
    made = {s: write_shortcut(root, tmp_path, "vi", s) for s in ("linux", "darwin", "win32")}
    assert {p.suffix for p in made.values()} == {".desktop", ".command", ".bat"}
    shell = made["darwin"].read_text(encoding="utf-8")
    assert shlex.split(shell.splitlines()[1])[1:] == wanted
    assert read_exec(made["linux"].read_text(encoding="utf-8")) == wanted
    batch = made["win32"].read_bytes().decode()
    assert batch.splitlines()[2] == " ".join(f'"{w}"' for w in wanted).replace("%", "%%")
    if os.name == "posix":
        assert made["darwin"].stat().st_mode & 0o100


def test_shortcut_replaces_nothing(tmp_path: Path) -> None:
    """A file that is there already may be somebody's own; no folder to write into is said too."""
    write_shortcut(tmp_path, tmp_path, "vi")
    with pytest.raises(InputError):
        write_shortcut(tmp_path, tmp_path, "vi")
    with pytest.raises(InputError):
        write_shortcut(tmp_path, tmp_path / "none", "vi")


# ---- What others left lying about is no hindrance.


def test_cookies_of_other_programs_are_no_hindrance(room: Room) -> None:
    """Browsers send the cookies of every port of this machine: one that is no cookie by the book
    must not hide ours, which would lock the reader out."""
    own = f"{room.served.gate.cookie}={room.http.cookies[room.served.gate.cookie]}"
    for other in ('prefs={"a":1,"b":2}', "a b=c", "a@b=c,d", "tên=giá trị", "="):
        header = f"{other}; {own}; {other}".encode()
        answer = room.browser().get("/", headers={"cookie": header})
        assert answer.status_code in (200, 202), other


@pytest.mark.parametrize("reply", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n\r\n<html>"])
def test_another_program_on_the_old_port(tmp_path: Path, reply: bytes) -> None:
    """A dead server's port may be anybody's now: whatever it says is neither a link to open nor a
    failure."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        body = {"port": other.getsockname()[1], "pid": 1, "secret": "x"}
        body["host"] = socket.gethostname()
        (tmp_path / LOCK).write_text(json.dumps(body))

        def talk() -> None:
            caller, _ = other.accept()
            with caller:
                caller.recv(2000)
                caller.sendall(reply)

        threading.Thread(target=talk, daemon=True).start()
        served = Served(tmp_path)
        served.close()
    assert not (tmp_path / LOCK).exists()


def test_names_that_are_no_text(room: Room) -> None:
    """A file whose name is in an old encoding: the beginning and the check still open."""
    for place in (room.root, room.root / "three-schools"):
        try:
            Path(os.fsdecode(os.fsencode(place) + b"/tr\xed\xadng.xlsx")).write_bytes(b"x")
        except OSError:
            pytest.skip("this file system takes text alone")
    assert SCENARIO in room.get("/").text
    assert room.get("/check", of=SCENARIO).status_code == 200


def test_damaged_plans_say_so_and_spoil_no_other_page(room: Room) -> None:
    """``plan.json`` is a file that anybody can write: of whatever kind its entries are, the row of
    the plan says that it is damaged, and rows of scenarios and other plans stand."""
    import planner

    scenario = planner.load(room.root / SCENARIO)
    planner.write(planner.solve(scenario), room.root / "plans/scenario", figures=False)
    good = json.loads((room.root / "plans/scenario/plan.json").read_text(encoding="utf-8"))
    shutil.copytree(room.root / "plans/scenario", room.root / "plans/bad")
    for odd in (
        {"gap": "abc"}, {"status": "<script>"}, {"inputs": ["a"]}, {"people": "x"},
        {"kind": "futures", "cases": [{}]}, {"kind": "futures", "cases": "abc"},
        {"scenario": ["scenario"]},
    ):  # fmt: skip
        text = json.dumps(good | odd)
        (room.root / "plans/bad/plan.json").write_text(text, encoding="utf-8")
        assert room.get("/row/plan", of="plans/bad").status_code == 422, odd
        assert room.get("/row/scenario", of=SCENARIO).status_code == 200, odd
        for address in ("/", "/compare", "/futures", "/plan"):
            of = SCENARIO if address == "/futures" else "plans/scenario"
            assert room.get(address, of=of).status_code == 200, (address, odd)
        for address in ("/plan", "/decision", "/edit", "/papers"):
            assert room.get(address, of="plans/bad").status_code < 500, (address, odd)


def test_a_folder_that_is_gone_is_not_an_empty_one(room: Room) -> None:
    """Moved away while it is open: the page says so, and makes no new one in its place."""
    os.rename(room.root, room.root.with_name("moved"))
    for answer in (room.get("/"), room.post("/new", kind="starter", schools="2", name="x")):
        assert answer.status_code == 404
        assert say("web.folder_gone", "vi", folder=room.root) in html.unescape(answer.text)
    assert not room.root.exists()
    os.rename(room.root.with_name("moved"), room.root)
    assert SCENARIO in room.get("/").text


@pytest.mark.parametrize("name", ["plans", "handed-in", "ha-noi-report"])
def test_what_is_made_is_found_again(room: Room, name: str) -> None:
    """A scenario in a folder of a name that means plans, papers or raw tables would never be
    listed."""
    made = room.post("/new", kind="starter", schools="2", name=name).headers["location"]
    assert made.partition("of=")[2] in room.get("/").text


# ---- Never out of date.


def test_a_page_that_nobody_came_back_for_is_made_anew(
    slow: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made for a browser that left is not shown later, when the folder is another: nor
    what was begun before something was changed."""
    for room in room_of(tmp_path, monkeypatch, "three-schools"):
        assert room.http.get("/slow").status_code == 202
        time.sleep(0.7)
        room.post("/new", kind="starter", schools="2", name="x")
        assert room.http.get("/slow").status_code == 202  # made anew
        assert room.get("/slow").text == "<p>done</p>"
        assert slow == [1, 1]
        monkeypatch.setattr(pages, "COMES_BACK", 0.1)
        room.http.get("/slow")
        time.sleep(0.8)
        assert room.http.get("/slow").status_code == 202


def test_a_part_of_a_page_is_not_given_for_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same address asked for by a part of a page and by a browser at once: an answer each."""

    @page("/both")
    def body(ask: Ask) -> Any:
        time.sleep(0.3)
        return pages.html("part" if ask.partial else "page")

    try:
        for room in room_of(tmp_path, monkeypatch):
            assert room.http.get("/both", headers={"hx-request": "true"}).status_code == 202
            assert room.get("/both").text == "page"
    finally:
        del pages.PAGES["GET", "/both"]


# ---- Workers that are gone.


class Idle:
    """A pool that is given nothing to do; the first of its kind is broken."""

    made = 0

    def __init__(self, *_: Any) -> None:
        Idle.made += 1
        self.broken = Idle.made == 1

    def submit(self, body: Any, *args: Any) -> Any:
        if self.broken and body is work.perform:
            raise BrokenProcessPool
        done: Future[Any] = Future()
        done.set_result(work.Outcome(sentence="done"))
        return done

    def kill(self) -> None:
        """Nobody is there."""


def test_workers_that_are_gone_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each job that is ended takes a worker with it: its pipe and who listens to it go too, or a
    long day ends with no descriptors left. A worker that died idle is replaced for a short answer
    as it is for a job."""
    monkeypatch.setattr(Idle, "made", 0)
    monkeypatch.setattr("planner.web.jobs.WorkerPool", Idle)
    jobs = Jobs(tmp_path)
    before = threading.active_count()
    jobs.begin()
    outcome = jobs.quick("estimate", {}, "vi", 1.0)
    assert outcome is not None
    assert outcome.sentence == "done"
    for _ in range(20):
        jobs._fresh()
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.02)
    assert threading.active_count() <= before


def test_forms_that_are_too_long_are_said_in_the_readers_words(room: Room) -> None:
    """No word of the library's own English on a Vietnamese page."""
    many = [("files", (f"{k}.csv", b"x")) for k in range(pages.FILES + 1)]
    answer = room.http.post("/hand-in", files=many)
    assert answer.status_code == 400
    assert "Too many" not in answer.text
    assert f"{pages.FILES} tệp" in answer.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_on_demand_without_a_word(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C is how it is ended: raised again afterwards, it would print a traceback."""
    served = Served(tmp_path)
    try:
        with served.server.capture_signals():
            signal.raise_signal(number)
    finally:
        served.close()
    assert served.server.should_exit
    assert not served.server.force_exit


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """In words of ports: what the system says of disks and paths helps nobody here."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError) as refused:
            Served(tmp_path, port)
    assert [(f.code, f.params) for f in refused.value.findings] == [
        ("web.open.port", {"port": str(port)})
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "phase", "code"),
    [
        ("prices", "pricing", "web.job.cancelled"),
        ("prices", "writing", "web.job.cancelled.late"),
        ("prices", "drawing", "web.job.cancelled.late"),
        ("report", "reporting", "web.job.cancelled.late"),
        ("run", "solving", "web.job.cancelled"),
        ("run", "writing", "web.job.cancelled.writing"),
        ("run", "drawing", "web.job.cancelled.drawing"),
        ("frontier", "tracing", "web.job.points"),
    ],
)
def test_what_is_cancelled_says_no_more_than_is_known(
    room: Room, kind: str, phase: str, code: str
) -> None:
    """Where something was being written, "nothing was written" may be false."""
    job = Job(kind, {"of": SCENARIO}, "vi", "/", state="cancelled", phase=phase)
    room.served.jobs.jobs[job.id] = job
    assert say(code, "vi") in html.unescape(room.get("/job", id=job.id).text)
