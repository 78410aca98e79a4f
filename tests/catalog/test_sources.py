"""Reading files as clerks' editors write them, and saying where TOML went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng_desktop.catalog.lines import LineMap
from minzheng_desktop.catalog.problems import CatalogProblem
from minzheng_desktop.catalog.seeds import folder_sources
from minzheng_desktop.catalog.sources import Source, decode_text
from minzheng_desktop.catalog.toml_errors import TomlFile, parse_toml

TEXT = 'title = "低保"\n'


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r\n").encode("gb18030"),
    ],
)
def test_reads_any_encoding_of_a_chinese_windows(data: bytes) -> None:
    assert decode_text(data) == TEXT


def test_a_picture_is_no_text() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode_text(b"\x89PNG\r\n\x1a\n\x00\xff\xff\xff")


def test_a_folder_tells_the_kind_of_each_file(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    files = {
        "area.toml": 'title = "x"',
        "released.toml": "",
        "shared/case.toml": "[[section]]\n",
        "more.toml": 'extends = "dibao"\nversion = 1\n',
        "loose_form.toml": 'key = "a"\nworkflow = "w"\n',
        "money.toml": '[rate."a"]\nunit = "days"\n',
        "flow.toml": "[state]\n[step]\n",
        "lists.toml": '[a]\n[a.items]\n1 = "x"\n',
        "places.csv": "code,name,level,parent\n",
        "picture.toml": None,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.write_bytes(b"\x89PNG\xff\xff\x00" if text is None else text.encode("gb18030"))
    sources, problems = folder_sources(tmp_path)
    assert {s.name: s.kind for s in sources} == {
        "area.toml": "area",
        "released.toml": "released",
        "shared/case.toml": "shared",
        "more.toml": "form",
        "loose_form.toml": "form",
        "money.toml": "rates",
        "flow.toml": "workflow",
        "lists.toml": "codes",
        "places.csv": "divisions",
    }
    assert [(p.file, p.message) for p in problems] == [
        ("picture.toml", "不是文字文件，或编码既非 UTF-8 也非 GB18030")
    ]


def test_lines_of_dotted_paths() -> None:
    lines = LineMap(
        "\n".join(
            [
                'key = "a"',
                "[[section]]",
                "[section.field]",
                'x = { label = "a" }',
                "[[section]]",
                'note = """',
                'x = "not a key"',
                '"""',
                "columns = [",
                '  "a = b",',
                "]",
                "[section.field]",
                'times = { label = "b" }',
                "[section.field.long]",
                'label = "c"',
                '[rate."dibao.rural"]',
                "unit = 1",
            ]
        )
    )
    assert lines.line_of("key") == 1
    assert lines.line_of("section.0.field.x") == 4
    assert lines.line_of("section.1.field.times") == 13
    assert lines.line_of("section.1.field.long.label") == 15
    assert lines.line_of("section.1.columns") == 9
    assert lines.line_of("section.1.field.times.constraint") == 13, "inside one line: the line of its key"
    assert lines.line_of("rate.dibao.rural.unit") == 17
    assert lines.line_of("section.1.field.x") == 12, "an unknown key: the nearest thing around it"
    assert lines.line_of("nothing") == 0


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('a = 1\nb = { label = "x"， type = "text" }', 2, "全角符号，要写半角“,”"),
        ("a = “x”", 1, '全角符号，要写半角“"”'),
        ("a ＝ 1", 1, "全角符号，要写半角“=”"),
        ('a = { label： "x" }', 1, "全角符号，要写半角“:”"),
        ('a = { label = "x }', 1, "引号没有成对"),
        ('a = { label = "x"', 1, "花括号"),
        ('子 = "1"', 1, "中文的键要加引号"),
        ('a = "x', 1, "引号没有成对"),
        ("a = 1\na = 2", 2, "同一个键写了两次"),
        ("[a]\n[a]", 2, "同一个段名写了两次"),
        ("a = True", 1, "真假写 true、false"),
        ("a = 2024-9-1", 1, "多余"),
        ('a = "^\\d"', 1, "反斜杠"),
        ("just words", 1, "等号"),
        ("f.a = { x = 1 }\n[f.a]\ny = 2", 2, "一行 {…}"),
        ('a = [ "x" "y" ]', 1, "方括号"),
    ],
)
def test_syntax_mistakes_in_a_clerks_words(text: str, line: int, said: str) -> None:
    problem = parse_toml(Source("form", "f", "forms/f.toml", text))
    assert isinstance(problem, CatalogProblem)
    assert problem.line == line
    assert said in problem.message
    assert problem.file == "forms/f.toml"


def test_full_width_signs_inside_quotes_are_fine() -> None:
    assert isinstance(parse_toml(Source("form", "f", "f", 'a = "村（社区），“甲”"')), TomlFile)
