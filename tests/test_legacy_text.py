"""Texts of Vietnamese fonts of the nineties: recognised, shown in letters, converted on request."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner
from other_workbooks import write_other
from scenario_workbooks import write_book

from planner.cli.commands import new
from planner.errors import Finding
from planner.messages import render
from planner.scenario.load import inspect
from planner.scenario.reading import sources, xlsx_rows
from planner.scenario.reading.sources import Log, converted, legacy_of

TABLES = tomllib.loads(Path(sources.__file__).with_name("legacy.toml").read_text(encoding="utf-8"))
VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
ALPHABET = [unicodedata.normalize("NFC", v + t) for v in VOWELS for t in TONES] + ["đ"]
"""Every letter of Vietnamese that is none of English, and the plain vowels."""
PAIRS = [
    ("tcvn3", "Tr­êng TiÓu häc Hoa Sen", "Trường Tiểu học Hoa Sen"),
    ("tcvn3", "TR¦êNG THCS NGUYÔN TR·I", "TRƯỜNG THCS NGUYỄN TRÃI"),
    ("tcvn3", "QuËn Ba §×nh, thµnh phè Hµ Néi", "Quận Ba Đình, thành phố Hà Nội"),
    ("tcvn3", "M¸y vi tÝnh ®Ó bµn, ®ang sö dông", "Máy vi tính để bàn, đang sử dụng"),
    ("tcvn3", "§· cò, háng, kh«ng söa ®­îc n÷a", "Đã cũ, hỏng, không sửa được nữa"),
    ("vni", "Tröôøng Tieåu hoïc Hoa Sen", "Trường Tiểu học Hoa Sen"),
    ("vni", "TRÖÔØNG THCS NGUYEÃN TRAÕI", "TRƯỜNG THCS NGUYỄN TRÃI"),
    ("vni", "Quaän Ba Ñình, thaønh phoá Haø Noäi", "Quận Ba Đình, thành phố Hà Nội"),
    ("vni", "Maùy vi tính ñeå baøn, ñang söû duïng", "Máy vi tính để bàn, đang sử dụng"),
    ("vni", "Ñaõ cuõ, hoûng, khoâng söûa ñöôïc nöõa", "Đã cũ, hỏng, không sửa được nữa"),
]
"""What such files hold, written down from the published tables, and what people read."""


@pytest.mark.parametrize(("encoding", "held", "read"), PAIRS)
def test_what_files_hold_is_what_people_read(encoding: str, held: str, read: str) -> None:
    """Proves the tables against texts that were not made with them; the encoding is recognised,
    and the other one gives something else."""
    assert converted(held, encoding) == read
    assert legacy_of([held]) == encoding
    other = "vni" if encoding == "tcvn3" else "tcvn3"
    assert converted(held, other) != read


@pytest.mark.parametrize("encoding", ["tcvn3", "vni"])
def test_the_whole_alphabet_there_and_back(encoding: str) -> None:
    """Proves that every letter has its own characters and comes back from them, capitals too: where
    TCVN3 has none with a tone, in a word of capitals. A letter that lacked, or two that shared a
    character, would be lost."""
    table = TABLES[encoding]
    special = [letter for letter in ALPHABET if not letter.isascii()]
    assert set(special) <= set(table)
    assert len(set(table.values())) == len(table)
    for letter in special:
        assert converted(table[letter], encoding) == letter
        if encoding == "vni":
            assert converted(table[letter].upper(), encoding) == letter.upper()
        assert converted("BC" + table.get(letter.upper(), table[letter]), encoding) in (
            "BC" + letter.upper(), "BC" + letter,
        )  # fmt: skip
    if encoding == "tcvn3":
        assert converted("BC" + "".join(table[x] for x in special), encoding) == "BC" + "".join(
            x.upper() for x in special
        )
    text = "".join(table[letter] + "-" for letter in special)
    assert converted(text, encoding) == "-".join(special) + "-"


@pytest.mark.parametrize(
    "texts",
    [
        ["Trường Tiểu học Hoa Sen", "Bé", "Hà", "Số", "là Mĩ", "Lý"],
        ["Système éducatif français, où l'été", "année à côté", "École élémentaire Voltaire"],
        ["Año escolar, niños y señoritas", "Málaga, Cádiz, León", "¿Qué más?"],
        ["Müller", "Köln", "Straße", "Björn Åkesson", "Malmö", "Größe"],
        ["Microsoft® Office©", "10µm", "20 m²", "½", "1½ inch", "±5°", "A»B", "§ 4", "l·i"],
        ["12·5", "a", "", "Trường"],
        ["«;»", "mã: «_», «.»", "«m", "«m", "« bonjour »", "®, ©", "± ½"],
        ["São Paulo, educação", "Conceição, avó e avô", "não"],
    ],
)
def test_other_languages_and_signs_are_no_old_font(texts: list[str]) -> None:
    """Proves that what is in order is left alone, whatever the language."""
    assert legacy_of(texts) == ""
    assert legacy_of(texts * 20) == ""


def test_a_text_in_unicode_beside_others_stays() -> None:
    """Proves that of a sheet where some cells were typed anew these are not converted again."""
    assert converted("Trường Tiểu học", "tcvn3") == "Trường Tiểu học"
    assert converted("Lớp é", "tcvn3") == "Lớp é"


def codes(findings: list[Finding]) -> list[str]:
    return [f.code for f in findings]


HEADER = ["M· tr­êng", "Tªn tr­êng", "CÊp häc", "Häc sinh"]
ROW = ["a", "Tr­êng TiÓu häc Hoa Sen", "TiÓu häc", 120]


def test_every_kind_of_file_is_recognised_and_never_shown_as_it_is(tmp_path: Path) -> None:
    """Proves CSV as bytes of 1252 and as UTF-8, XLSX and XLS alike: one finding, in letters, with
    what to say; and nothing else that is said holds the signs of the font."""
    lines = [",".join(map(str, row)) for row in (HEADER, ROW)]
    text = "\n".join(lines)
    for name, data in (("a.csv", text.encode("cp1252")), ("b.csv", text.encode("utf-8"))):
        log = Log()
        sheet = sources.read(data, name, log)
        assert sheet is not None
        assert codes(log.findings) == ["text_legacy"]
        assert sheet.rows[1][1] == "Trường Tiểu học Hoa Sen"
        said = render(log.findings[0], "vi")
        assert "TCVN3 (.VnTime), ở đây là «Mã trường»" in said
        assert "--encoding tcvn3" in said
        confirmed = Log(encoding="tcvn3")
        again = sources.read(data, name, confirmed)
        assert again is not None
        assert (again.rows, codes(confirmed.findings)) == (sheet.rows, [])
    for path in (
        write_book(tmp_path / "c.xlsx", {"Truong": [HEADER, ROW]}),
        write_other(tmp_path / "d.xls", {"Truong": [HEADER, ROW]}),
    ):
        opened = xlsx_rows.sheets(path.read_bytes(), path.name, Log())
        assert opened is not None
        assert codes(opened[0][1].findings) == ["text_legacy"]
        assert opened[0][0].rows[1][1] == "Trường Tiểu học Hoa Sen"
        assert opened[0][0].rows[1][3] == "\x01120"


@pytest.mark.parametrize(
    ("encoding", "rows"),
    [
        ("tcvn3", [HEADER, ROW, ["b", "Tr­êng TiÓu häc S¬n T©y", "TiÓu häc", 80]]),
        (
            "vni",
            [
                ["Maõ tröôøng", "Teân tröôøng", "Caáp hoïc", "Hoïc sinh"],
                ["a", "Tröôøng Tieåu hoïc Hoa Sen", "Tieåu hoïc", 120],
                ["b", "Tröôøng Tieåu hoïc Sôn Taây", "Tieåu hoïc", 80],
            ],
        ),
    ],
)
def test_new_asks_and_converts_when_it_is_confirmed(
    encoding: str, rows: list[list[object]], tmp_path: Path
) -> None:
    """Proves the way that a user goes: refused with the option to add, then a workbook in Unicode,
    and no sign of the font in anything that is said."""
    source = write_other(tmp_path / "ds.xls", {"Truong": rows})
    given = [str(tmp_path / "s"), "--from", str(source), "--lang", "vi"]
    first = CliRunner().invoke(new, given)
    assert first.exit_code == 3, first.output
    assert f"--encoding {encoding}" in first.output
    assert not set("­ªÓ©äøï") & set(first.output)
    assert not (tmp_path / "s").exists()
    values = [f"{field}={value}" for field, value in (("group", "completed"), ("classes", 4),
                                                      ("teachers", 8))]  # fmt: skip
    values = ["--column", "pupils=Học sinh", *(w for v in values for w in ("--value", v))]
    second = CliRunner().invoke(new, [*given, *values, "--encoding", encoding])
    assert second.exit_code == 0, second.output
    scenario, _, _ = inspect(tmp_path / "s")
    assert scenario is not None
    names = ["Trường Tiểu học Hoa Sen", "Trường Tiểu học Sơn Tây"]
    assert scenario.schools["name"].tolist() == names
    assert scenario.schools["level"].tolist() == ["primary", "primary"]
    assert scenario.schools["pupils"].tolist() == [120, 80]


def test_the_option_goes_with_raw_tables(tmp_path: Path) -> None:
    """Proves that an option without effect is a slip, not a wish."""
    made = CliRunner().invoke(new, [str(tmp_path / "s"), "--encoding", "vni"])
    assert made.exit_code == 2
