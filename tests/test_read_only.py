"""A folder into which the system lets nothing be written: a share, a CD, somebody else's folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_room import Room, room_of

from planner import api
from planner.messages import say
from planner.web import pages
from planner.web.serve import LOCK, Served

THREE = "three-schools/scenario.yaml"


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing named as the mark of an open folder can be made, as on a medium that is read only."""
    opening = os.open

    def refusing(path: Any, flags: int, *more: Any, **how: Any) -> int:
        if flags & os.O_CREAT and Path(os.fsdecode(path)).name == LOCK:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return opening(path, flags, *more, **how)

    monkeypatch.setattr("planner.web.serve.os.open", refusing)


@pytest.fixture
def room(sealed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    yield from room_of(tmp_path, monkeypatch, "three-schools")


def everything(root: Path) -> dict[str, int]:
    return {p.as_posix(): p.stat().st_mtime_ns for p in root.rglob("*")}


def test_it_opens_and_refuses_what_would_write(room: Room) -> None:
    """Pages show what is there and say that nothing can be written; every form that would write is
    answered with that finding, none with a trace, and nothing in the folder changes. A form that a
    new page adds is refused unless it says that it only reads."""
    api.write(api.solve(room.root / THREE), room.root / "plans" / "three", figures=False)
    before = everything(room.root)
    assert room.served.opened.read_only
    for address in ("/", "/check", "/try", "/plan", "/papers"):
        of = "plans/three" if address in ("/plan", "/papers") else THREE
        shown = room.get(address, of=of)
        assert shown.status_code == 200, address
        assert say("web.read_only.why", "vi") in shown.text
    reading = {"/amend/sheet", "/compare/workbook", "/futures/prove", "/check/prove", "/job/keep",
               "/job/cancel", "/school/why", "/try", "/estimate"}  # fmt: skip
    writing = {a for m, a in pages.PAGES if m == "POST"} - reading
    assert {"/new", "/hand-in", "/papers", "/table", "/repair/apply", "/amend"} <= writing
    for address in sorted(writing):
        answer = room.post(address, of=THREE, kind="starter", name="a", form="html")
        assert answer.status_code == 422, address
        assert say("web.read_only", "vi") in answer.text, address
    for do in ("solve", "save"):
        answer = room.post("/try", of=THREE, do=do, name="a")
        assert answer.status_code == 422
        assert say("web.read_only", "vi") in answer.text
    assert everything(room.root) == before


def test_what_only_reads_is_answered(room: Room) -> None:
    """The proof that a plan exists needs nothing to be written."""
    job = room.job(room.post("/check/prove", of=THREE))
    assert job.outcome is not None
    assert job.outcome.code == 0
    assert say("web.ask.not_kept", "vi") in room.get("/job", id=job.id).text
    assert not (room.root / "plans").exists()
    assert not (room.root / LOCK).exists()


def test_a_mark_that_cannot_be_removed_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that was open when it was made read only keeps the mark of a server that is gone;
    what the system refuses for other reasons (no room) is not taken for that."""
    (tmp_path / LOCK).write_text("{}", encoding="utf-8")

    def refuse(number: int) -> None:
        def unlink(self: Path, missing_ok: bool = False) -> None:
            raise OSError(number, os.strerror(number), str(self))

        monkeypatch.setattr(Path, "unlink", unlink)

    refuse(errno.EACCES)
    served = Served(tmp_path)
    assert served.opened.read_only
    served.close()
    refuse(errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        Served(tmp_path)
