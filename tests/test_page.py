"""The page's frame: who is let in, what is refused, jobs, and that pages answer at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_room import Room, room_of


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    yield from room_of(tmp_path, monkeypatch, "three-schools")


def test_beginning_lists_scenarios(room: Room) -> None:
    """What is in the folder is listed, and each row says what it is."""
    assert "three-schools/scenario.yaml" in room.get("/").text
    row = room.get("/row/scenario", of="three-schools/scenario.yaml").text
    assert ">3<" in row and "2025–2026" in row


def test_link_works_once(room: Room) -> None:
    """A link that was used lets nobody else in; a page without its cookie is refused."""
    link = room.served.gate.link()
    first, second = room.browser(), room.browser()
    assert first.get(link).status_code == 303
    assert first.get("/").status_code == 200
    assert second.get(link).status_code == 403
    assert second.get("/").status_code == 403
