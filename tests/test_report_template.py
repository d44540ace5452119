"""An office's own letter: it fills in what it is given, and can do nothing else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from report_plans import plan_folder, view

from planner.cli import main
from planner.cli.commands import report as report_door
from planner.errors import InputError
from planner.present.papers.agreement import check_docx, read_docx
from planner.present.papers.docx import DOCUMENT, shipped
from planner.present.papers.package import write_report

ATTACKS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ letter.__init__.__globals__ }}",
    "{{ letter.superior.format.__self__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "{% for a in letter.subject %}{% for b in letter.subject %}x{% endfor %}{% endfor %}",
    "{{ 'x' * 999999999 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ letter.subject|center(999999999) }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}",
    "{{ unknown }}",
    "{{ letter.superior",
]


def edited(text: str, path: Path, *, instead: str = "{{ letter.number }}") -> Path:
    """The shipped template with other text in one place."""
    with zipfile.ZipFile(io.BytesIO(shipped())) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == DOCUMENT:
                escaped = text.replace("&", "&amp;").replace("<", "&lt;")
                before = data.decode()
                assert instead in before
                data = before.replace(instead, escaped).encode()
            new.writestr(name, data)
    return path


def texts(path: Path) -> list[str]:
    return [s.texts[0] for s in read_docx(path) if s.kind == "text"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_a_finding_and_nothing_is_written(attack: str, tmp_path: Path) -> None:
    """Whatever a template tries, it is refused with a sentence, at once; no form is left."""
    template = edited(attack, tmp_path / "mine.docx")
    with pytest.raises(InputError) as error:
        write_report(view(), tmp_path / "out", ["html", "docx"], template)
    (finding,) = error.value.findings
    assert (finding.code, finding.where.file) == ("report_template", "mine.docx")
    assert not (tmp_path / "out").exists()


def test_the_door_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3 with file and reason, on one line."""
    template = edited("{{ nothing }}", tmp_path / "mine.docx")
    words = ["report", plan_folder().path, "--template", template, "--out", tmp_path / "out"]
    with pytest.raises(SystemExit) as ended:
        main([str(w) for w in words])
    assert ended.value.code == 3
    (said,) = (line for line in capsys.readouterr().err.splitlines() if "mine.docx" in line)
    assert "nothing" in said
    assert not (tmp_path / "out").exists()


def added(name: str, data: bytes, path: Path) -> Path:
    """The shipped template with a part more (or another one of that name)."""
    with zipfile.ZipFile(io.BytesIO(shipped())) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


OUTSIDE = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r1" TargetMode="External" Target="file://server/x.dotm" Type="http://'
    b'schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/>'
    b"</Relationships>"
)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("word/vbaProject.bin", b"x", "report_template_macros"),
        ("word/_rels/settings.xml.rels", OUTSIDE, "report_template_outside"),
        ("word/media/bomb.bin", b"\0" * (65 * 2**20), "report_template_size"),
    ],
)
def test_what_a_template_may_not_hold(name: str, data: bytes, code: str, tmp_path: Path) -> None:
    template = added(name, data, tmp_path / "mine.docx")
    with pytest.raises(InputError) as error:
        write_report(view(), tmp_path / "out", ["docx"], template)
    assert [f.code for f in error.value.findings] == [code]


def test_not_a_document(tmp_path: Path) -> None:
    (tmp_path / "mine.docx").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(InputError) as error:
        write_report(view(), tmp_path / "out", ["docx"], tmp_path / "mine.docx")
    assert [f.code for f in error.value.findings] == ["report_template"]


def test_a_template_without_the_appendices_is_refused(tmp_path: Path) -> None:
    """The letter refers to its appendices: a template that drops them makes a false document."""
    template = edited("", tmp_path / "mine.docx", instead="{{ appendices }}")
    with pytest.raises(InputError) as error:
        write_report(view(), tmp_path / "out", ["docx"], template)
    assert [f.code for f in error.value.findings] == ["report_template_mark"]


def test_an_office_writes_its_own_letter(tmp_path: Path) -> None:
    """The shipped template, written out, edited and given back; its words and conditions hold,
    a letter without the generated body is the office's right, the appendices are compared."""
    door = CliRunner().invoke(report_door, ["--write-template", str(tmp_path / "t.docx")])
    assert door.exit_code == 0
    assert (tmp_path / "t.docx").read_bytes() == shipped()
    again = CliRunner().invoke(report_door, ["--write-template", str(tmp_path / "t.docx")])
    assert again.exit_code == 2
    words = "{% if owner %}riêng{% else %}Mã: {{ letter.subject|upper }}{% endif %}"
    template = edited(words, tmp_path / "mine.docx", instead="{{ letter.kind }}")
    (path,) = write_report(view(), tmp_path / "out", ["docx"], template)
    assert any(t.startswith("Mã: VỀ VIỆC PHÊ DUYỆT") for t in texts(path))
    bare = edited("Như đã trao đổi.", tmp_path / "bare.docx", instead="{{p letter_body }}")
    (path,) = write_report(view(), tmp_path / "out", ["docx"], bare)
    assert "Như đã trao đổi." in texts(path)
    from planner.present.papers.package import view_content

    check_docx(path, view_content(view()).brief(), whole=False)
