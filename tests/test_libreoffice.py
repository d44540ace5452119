"""The template filled in LibreOffice as a person would, and read back.

Needs LibreOffice Calc and its Python bridge (`apt-get install libreoffice-calc python3-uno`); run
with `pytest -m slow tests/test_libreoffice.py`. Without them these tests fail: they are asked
for by name.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from planner.cli.commands import check, new
from planner.scenario.load import inspect

pytestmark = pytest.mark.slow
TYPIST = Path(__file__).with_name("type_in_libreoffice.py")
BRIDGE = "/usr/bin/python3"
"""The system's Python, which has ``uno``."""
LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>LANG</value></prop></item>
</oor:items>
"""
TYPED = {
    "vi-VN": {"pupils": "1.234", "price": "15.450.750", "upkeep": "12,5%", "weight": "1234,5"},
    "en-GB": {"pupils": "1,234", "price": "15,450,750", "upkeep": "12.5%", "weight": "1234.5"},
}
"""The same figures as two countries type them."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Any]:
    """Runs LibreOffice in a profile of its own, in a language."""

    def run(lang: str, *arguments: str) -> subprocess.Popen[bytes]:
        user = tmp_path / f"profile-{lang}" / "user"
        user.mkdir(parents=True, exist_ok=True)
        (user / "registrymodifications.xcu").write_text(LOCALE.replace("LANG", lang))
        command = ["soffice", f"-env:UserInstallation=file://{user.parent}", "--headless"]
        started.append(
            subprocess.Popen(
                [*command, "--norestore", *arguments],
                env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        return started[-1]

    started: list[subprocess.Popen[bytes]] = []
    assert shutil.which("soffice"), "apt-get install libreoffice-calc python3-uno"
    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, 9)


def _typed(office: Any, lang: str, source: Path, cells: list[list[str]]) -> Path:
    """``source`` with ``cells`` typed into it, saved by LibreOffice."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    office(lang, f"--accept=socket,host=127.0.0.1,port={port};urp;")
    target = source.with_name("typed.xlsx")
    subprocess.run(
        [BRIDGE, str(TYPIST), str(port), str(source), str(target)],
        input=json.dumps(cells).encode(),
        check=True,
        timeout=120,
    )
    return target


def _cells(figures: dict[str, str]) -> list[list[str]]:
    """A school, a line of the catalogue, a norm, stock and money, below the examples."""
    rows = {
        ("Trường", 9): {
            "A": "0071",
            "B": "Trường Tiểu học Hòa Bình, cơ sở 2",
            "C": "Tiểu học",
            "D": "Đang thực hiện đầu tư",
            "E": "2027",
            "F": figures["pupils"],
            "G": "30",
            "H": "45",
            "J": "phuong-1",
        },
        ("Danh mục", 17): {
            "A": "tablet",
            "B": "Máy tính bảng",
            "C": "chiếc",
            "D": "Hạ tầng",
            "E": "Chi đầu tư",
            "F": figures["price"],
            "L": figures["upkeep"],
            "Q": figures["weight"],
            "R": "lan; wifi",
        },
        ("Định mức", 40): {"A": "tablet", "B": "Tiểu học", "C": "pupils", "D": "40"},
        ("Hiện trạng", 38): {"A": "0071", "B": "tablet", "C": "7", "D": "2024"},
    }
    return [[s, f"${c}${r}", t] for (s, r), row in rows.items() for c, t in row.items()]


@pytest.mark.parametrize("lang", sorted(TYPED))
@pytest.mark.parametrize("through_ods", [False, True])
def test_what_is_typed_is_what_is_read(
    lang: str, through_ods: bool, office: Any, tmp_path: Path
) -> None:
    """Proves figures, ids and names typed in LibreOffice, in Vietnamese or English, come back
    exactly, also after a detour through ODS; a reader that trusts the text would take
    `1.234` pupils for 1.234."""
    made = CliRunner().invoke(new, [str(tmp_path / "s"), "--schools", "20"])
    assert made.exit_code == 0, made.output
    source = tmp_path / "s" / "so-lieu.xlsx"
    book = _typed(office, lang, source, _cells(TYPED[lang]))
    if through_ods:
        for kind in ("ods", "xlsx"):
            out = tmp_path / kind
            done = office(lang, "--convert-to", kind, "--outdir", str(out), str(book))
            assert done.wait(timeout=120) == 0
            book = out / f"typed.{kind}"
    shutil.copy(book, source)
    (tmp_path / "s" / "typed.xlsx").unlink()
    scenario, findings, _ = inspect(tmp_path / "s")
    assert findings == []
    assert scenario is not None
    school = scenario.schools.iloc[-1]
    names = ["school", "name", "level", "group", "ready", "pupils", "classes", "teachers", "owner"]
    assert [school[n] for n in names] == [
        *("0071", "Trường Tiểu học Hòa Bình, cơ sở 2", "primary", "under_construction"),
        *(2027, 1234, 30, 45, "phuong-1"),
    ]
    item = scenario.items["tablet"]
    assert (item.name, item.price, item.upkeep) == ("Máy tính bảng", 15_450_750, Decimal("0.125"))
    assert (item.weight, item.requires) == (Decimal("1234.5"), ("lan", "wifi"))
    stock = scenario.table("inventory").iloc[-1]
    assert [stock[n] for n in ("school", "item", "quantity")] == ["0071", "tablet", 7]


def test_the_untouched_template_survives_libreoffice(office: Any, tmp_path: Path) -> None:
    """Proves opening and saving alone changes nothing, by `planner check --strict`."""
    made = CliRunner().invoke(new, [str(tmp_path / "s"), "--schools", "20"])
    assert made.exit_code == 0, made.output
    before = inspect(tmp_path / "s")[0]
    source = tmp_path / "s" / "so-lieu.xlsx"
    done = office("vi-VN", "--convert-to", "ods", "--outdir", str(tmp_path / "o"), str(source))
    assert done.wait(timeout=120) == 0
    ods = tmp_path / "o" / "so-lieu.ods"
    done = office("vi-VN", "--convert-to", "xlsx", "--outdir", str(source.parent), str(ods))
    assert done.wait(timeout=120) == 0
    assert inspect(tmp_path / "s")[0] == before
    checked = CliRunner().invoke(check, [str(tmp_path / "s"), "--strict"])
    assert checked.exit_code == 0, checked.output
