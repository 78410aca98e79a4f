"""The command line's manners: exit codes, one JSON object, Chinese sentences, no personal data in the log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from minzheng_desktop import cli, faults


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "缺少子命令"),
        (["nonsense"], "没有子命令 nonsense"),
        (["people", "find"], "缺少 TEXT"),
        (["people", "find", "张三", "李四"], "多出了参数 李四"),
        (["people", "find", "张三", "--colour"], "没有选项 --colour"),
        (["people", "find", "张三", "--limit", "many"], "这里要填整数"),
        (["people", "find", "张三", "--limit"], "选项 --limit 后面缺少内容"),
        (["init", "--role", "village"], "“village”不在可选的"),
    ],
)
def test_wrong_usage_is_explained_in_chinese_with_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err or (not arguments and "minzheng" in err)
    assert cli.run([*arguments, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


def test_a_missing_database_is_refused_before_a_password_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINZHENG_PASSWORD", raising=False)
    assert cli.run(["people", "find", "张三", "--db", str(tmp_path / "none.db"), "--json"]) == 1
    out, err = capsys.readouterr()
    body = json.loads(out)
    assert set(body) == {"error"}
    assert body["error"]["message"] == err.strip()


def test_without_a_password_nothing_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINZHENG_PASSWORD", raising=False)
    db = tmp_path / "a.db"
    arguments = ["init", "--role", "township", "--division", "500229001", "--user", "甲", "--db", str(db)]
    assert cli.run(arguments) == 1
    assert "MINZHENG_PASSWORD" in capsys.readouterr().err
    assert not db.exists()


def test_the_installed_command_answers_in_utf8_whatever_the_locale(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "minzheng_desktop",
            "people",
            "find",
            "甲",
            "--db",
            str(tmp_path / "x"),
            "--json",
        ],
        capture_output=True,
        env={"PATH": "", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 1
    assert "找不到台账文件" in json.loads(done.stdout.decode("utf-8"))["error"]["message"]


def test_the_fault_log_holds_places_but_no_messages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MINZHENG_DATA", str(tmp_path))

    def fail() -> None:
        try:
            raise KeyError("500229196503122217")
        except KeyError as cause:
            raise RuntimeError("张三的证号 500229196503122217") from cause

    try:
        fail()
    except RuntimeError as error:
        log = faults.record_fault(error)
    assert log is not None
    text = log.read_text("utf-8")
    assert "builtins.KeyError" in text
    assert "builtins.RuntimeError" in text
    assert "test_usage.py" in text
    assert "500229" not in text
    assert "张三" not in text
