"""Users by the command line: who is there, who comes, who goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSWORD, Run

SECOND = "另一个口令-22"


@pytest.fixture
def two(run: Run, town: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINZHENG_NEW_PASSWORD", SECOND)
    made = run(
        "user", "add", "谭书记", "--role", "town_leader", "--title", "镇长", "--user", "王主任", db=town
    )
    assert made == {"name": "谭书记", "roles": ["town_leader"]}
    return town


def refused(run: Run, *words: Any, db: Path) -> str:
    code = run(*words, db=db, code=1)["error"]["code"]
    assert isinstance(code, str)
    return code


def test_a_second_user_opens_with_a_password_of_his_own(
    run: Run, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINZHENG_PASSWORD", SECOND)
    found = run("user", "list", "--user", "谭书记", db=two)["users"]
    assert found == [
        {
            "name": "王主任",
            "roles": ["town_clerk", "town_leader"],
            "title": "",
            "active": True,
            "signed_in": False,
        },
        {"name": "谭书记", "roles": ["town_leader"], "title": "镇长", "active": True, "signed_in": True},
    ]
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    assert refused(run, "user", "list", "--user", "谭书记", db=two) == "wrong_password"


def test_one_changes_his_own_password(run: Run, town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_NEW_PASSWORD", "七个字不够吗")
    assert refused(run, "user", "password", db=town) == "password_short"
    monkeypatch.setenv("MINZHENG_NEW_PASSWORD", SECOND)
    assert run("user", "password", db=town) == {"user": "王主任"}
    assert refused(run, "user", "list", db=town) == "wrong_password"
    monkeypatch.setenv("MINZHENG_PASSWORD", SECOND)
    assert run("audit", "verify", db=town)["intact"]


def test_who_is_removed_opens_nothing_and_stays_in_the_list(
    run: Run, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("user", "remove", "谭书记", "--user", "王主任", db=two) == {"removed": "谭书记"}
    assert [(u["name"], u["active"]) for u in run("user", "list", db=two)["users"]] == [
        ("王主任", True),
        ("谭书记", False),
    ]
    monkeypatch.setenv("MINZHENG_PASSWORD", SECOND)
    assert refused(run, "user", "list", "--user", "谭书记", db=two) == "wrong_password"


def test_the_last_user_oneself_and_strangers_stay(run: Run, two: Path) -> None:
    assert refused(run, "user", "remove", "王主任", "--user", "王主任", db=two) == "own_user"
    assert refused(run, "user", "remove", "谁", "--user", "王主任", db=two) == "no_such_user"
    run("user", "remove", "谭书记", "--user", "王主任", db=two)
    assert refused(run, "user", "remove", "王主任", db=two) == "last_user"
    assert refused(run, "user", "remove", "谭书记", db=two) == "no_such_user"


def test_nobody_is_added_twice_nameless_or_with_the_countys_role(run: Run, two: Path) -> None:
    def add(name: str, role: str) -> str:
        return refused(run, "user", "add", name, "--role", role, "--user", "王主任", db=two)

    assert add("谭书记", "town_clerk") == "user_exists"
    assert add(" ", "town_clerk") == "user_name_missing"
    assert add("丁", "county_reviewer") == "unknown_role"
    assert add("丁", "boss") == "unknown_role"
    assert len(run("user", "list", "--user", "王主任", db=two)["users"]) == 2


def test_the_county_adds_its_own_roles(run: Run, county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINZHENG_NEW_PASSWORD", SECOND)
    assert refused(run, "user", "add", "丁", "--role", "town_clerk", db=county) == "unknown_role"
    assert run("user", "add", "丁", "--role", "county_reviewer", db=county)["roles"] == ["county_reviewer"]
