"""Every refusal of a file, made to happen: on the command line and in `--json` it names file, sender, number, reason
and next step.

The table stands beside the code: a refusal that a reader of files can raise and that no row here makes happen fails.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from minzheng_desktop import cli
from minzheng_desktop.exchange.files import container
from minzheng_desktop.exchange.files.container import Parts, build_container
from minzheng_desktop.exchange.files.keys import new_private_keys
from minzheng_desktop.exchange.judging import early
from minzheng_desktop.paths import PACKAGE
from minzheng_desktop.values.errors import UserError
from tests.exchange.offices import PASSWORD
from tests.faults.fuzzing.sealed import SealedFile
from tests.faults.fuzzing.targets import Range

STRANGER = "018f0000-0000-7000-8000-000000000000"
Make = Callable[[SealedFile], bytes | None]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Range:
    return Range(tmp_path_factory.mktemp("refusals"))


def other_key(file: SealedFile) -> bytes:
    return replace(file, sign_key=new_private_keys().sign).under()


def not_to_us(file: SealedFile) -> bytes:
    return file.holding(file.lines, to=[new_private_keys().public.age])


def flipped(file: SealedFile) -> bytes:
    parts = file.parts
    return build_container(Parts(parts.envelope, parts.signature, parts.payload[:-1] + b"\0"))


def wrong_counts(file: SealedFile) -> bytes:
    head = msgspec.json.decode(file.lines[0])
    table = next(iter(head["counts"]))
    head["counts"][table]["cents"] += 1
    return file.holding([msgspec.json.encode(head), *file.lines[1:]])


def newer_schema(file: SealedFile) -> bytes:
    head = {**msgspec.json.decode(file.lines[0]), "schema": 999}
    return file.holding([msgspec.json.encode(head), *file.lines[1:]])


def sender(file: SealedFile, **changes: Any) -> dict[str, Any]:
    return {**file.envelope["sender"], **changes}


def reused(file: SealedFile, serial: str) -> bytes:
    keys = new_private_keys().public
    signed = {"serial": serial, "keys": {"sign": keys.sign, "age": keys.age}, "signature": "AA=="}
    return file.under(registration=signed)


OF_ANY: dict[str, Make] = {
    "not_found": lambda _: None,
    "not_a_package": lambda _: b"JFIF",
    "truncated": lambda file: file.data[:-9],
    "altered": lambda file: file.data + b"\0",
    "newer_program": lambda file: file.under(version=99),
    "bad_signature": other_key,
    "bad_digest": flipped,
    "not_for_us": not_to_us,
    "head_mismatch": lambda file: file.under(epoch="another"),
    "line_too_long": lambda file: file.holding([*file.lines, b" " * (2**20 + 1)]),
    "payload_damaged": lambda file: file.holding([*file.lines[:-1], b"{"]),
}
"""Whatever reads the file."""

SHARED = {code: OF_ANY[code] for code in ("not_found", "truncated", "bad_signature", "payload_damaged")}
"""The same opening stands behind every reader: enough to see that each names what it refuses."""

OF_PACKAGE: dict[str, Make] = {
    **OF_ANY,
    "other_county": lambda file: file.under(to={"division": "500230", "laptop": ""}),
    "other_division": lambda file: file.under(sender=sender(file, division="500229102")),
    "unregistered": lambda file: file.under(sender=sender(file, laptop=STRANGER)),
    "counts_differ": wrong_counts,
    "gap": lambda file: file.placed(number=file.envelope["number"] + 2, previous="0" * 64),
    "other_epoch": lambda file: file.placed(epoch="another"),
    "broken_chain": lambda file: file.placed(previous="0" * 64),
    "fork": lambda file: file.placed(number=file.envelope["number"] - 1),
}
OF_RECEIPT: dict[str, Make] = {
    **OF_ANY,
    "other_receipt": lambda file: file.under(to={"division": "500229102", "laptop": STRANGER, "letter": "A"}),
    "not_our_county": lambda file: file.under(certificate=None),
}
OF_BULLETIN: dict[str, Make] = {
    **SHARED,
    "other_bulletin": lambda file: file.under(to={"division": "500229102", "laptop": ""}),
    "not_our_county": lambda file: file.under(certificate=None),
}
OF_PEER: dict[str, Make] = {
    **SHARED,
    "other_township": lambda file: file.under(sender=sender(file, division="500229102")),
    "unknown_peer": lambda file: file.under(sender=sender(file, laptop=STRANGER)),
    "counts_differ": wrong_counts,
    "gap": lambda file: file.placed(number=file.envelope["number"] + 2, previous="0" * 64),
    "broken_chain": lambda file: file.placed(previous="0" * 64),
}


@dataclass(frozen=True)
class Reader:
    """A command that reads one kind of file, over its database."""

    words: tuple[str, ...]
    ending: str
    sender: str
    """How the command line calls the sender."""
    codes: dict[str, Make]


READERS = {
    "package": Reader(("county", "receive"), ".mzpkg", "修齐镇", OF_PACKAGE),
    "receipt": Reader(("receipt", "apply"), ".mzret", "城口县", OF_RECEIPT),
    "bulletin": Reader(("bulletin", "read"), ".mzbul", "城口县", OF_BULLETIN),
    "peer": Reader(("peer", "read"), ".mzpkg", "修齐镇", OF_PEER),
}
CASES = [(name, code) for name, reader in READERS.items() for code in reader.codes]
NAMELESS = {"not_found", "not_a_package", "truncated", "altered", "newer_program"}
"""No envelope can be read of these: the sender is said to be unknown, or told by the file's name."""
NEXT = re.compile("请|再|先|下一步|不用")


@pytest.mark.parametrize(("name", "code"), CASES)
def test_a_refused_file_is_named(
    ground: Range,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    code: str,
) -> None:
    reader = READERS[name]
    file: SealedFile = getattr(ground, "package" if name == "peer" else name)
    pristine = {"package": ground.county_file, "peer": ground.peer_file}.get(name, ground.town_file)
    database = Path(shutil.copytree(pristine.parent, tmp_path / "office")) / pristine.name
    path = tmp_path / f"U盘上的{reader.ending}"
    data = reader.codes[code](file)
    if data is not None:
        path.write_bytes(data)
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    told, said = run(capfd, *reader.words, str(path), "--db", str(database))
    assert told["code"] == code, told
    assert Path(told["file"]).name == path.name
    reason = told["reason"]
    assert re.search("[\u4e00-\u9fff]{4}", reason), reason
    assert NEXT.search(reason + told.get("way", "") + told.get("next", "") + said), told
    assert path.name in said
    known = code not in NAMELESS
    if known:
        assert reader.sender in said or "巴山镇" in said, said
        number = told["number"]
        assert number, told
        assert f"{number:04d}" in said or f"第 {number}" in said, said
    else:
        assert "来源不明" in said or path.name in said


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[dict[str, Any], str]:
    """What the command says of the one file, as JSON and in words."""
    cli.run([*words, "--json"])
    told = json.loads(capfd.readouterr().out)
    cli.run(list(words))
    streams = capfd.readouterr()
    one = told["packages"][0] if "packages" in told else told["error"]
    return one, streams.out + streams.err


ELSEWHERE = {
    "impossible_standing": "tests/county/test_keyring.py",
    "before_joining": "tests/exchange/test_peers.py",
    "old_county_key": "tests/county/test_keyring.py",
    "bomb": "tests/county/test_receive.py",
    "wrong_kind": "tests/exchange/test_receipt.py",
    "revoked": "tests/county/test_receive.py",
    "enrolment_expired": "tests/county/test_receive.py",
    "bad_registration": "tests/county/test_receive.py",
    "enrolment_reused": "tests/county/test_receive.py",
    "not_a_county": "tests/county/test_receive.py",
    "own_package": "tests/exchange/test_peers.py",
    "not_enrolled": "tests/exchange/test_chain.py",
    "not_a_township": "tests/exchange/test_chain.py",
    "changed_meanwhile": "tests/county/test_receive.py",
    "already": "tests/county/test_receive.py",
    "file_too_large": "tests/faults/test_refusals.py",
    "no_room": "tests/faults/test_refusals.py",
}
"""Made to happen there: they need another office, another day or a busy one."""

FILE_READERS = (
    *(f"exchange/files/{name}.py" for name in ("container", "envelope", "payload", "package", "bodies")),
    *(f"exchange/down/{name}.py" for name in ("downward", "receipt", "bulletin")),
    *("exchange/peers/reading.py", "exchange/peers/places.py", "exchange/judging/early.py"),
    *(f"county/receiving/{name}.py" for name in ("receive", "chains", "senders", "package_intake")),
)


def refusals_in(text: str) -> list[tuple[str, ast.Call]]:
    """Every (code, call) that makes a refusal with a code written out."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            codes = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
            if name in ("UserError", "NotNext", "UsedEnrolment", "_not_next") and codes:
                found += [(code, node) for code in codes if isinstance(code, str) and code.isidentifier()][
                    -1:
                ]
    return found


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_FILE", 99)
    with pytest.raises(UserError) as error:
        container.read_container(b"PK\x03\x04" + bytes(100))
    assert error.value.code == "file_too_large"


def test_an_early_package_for_which_there_is_no_room(
    ground: Range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is not kept, and the clerk is told to keep the file (`no_room`)."""
    monkeypatch.setattr(early, "MOST_PACKAGES", 0)
    monkeypatch.setenv("MINZHENG_PASSWORD", PASSWORD)
    database = Path(shutil.copytree(ground.county_file.parent, tmp_path / "office")) / ground.county_file.name
    path = tmp_path / "早.mzpkg"
    data = OF_PACKAGE["gap"](ground.package)
    assert data is not None
    path.write_bytes(data)
    told, _ = run(capfd, "county", "receive", str(path), "--db", str(database))
    assert told["code"] == "gap"
    assert "没有存下，请把文件留着" in told["reason"]


def words_of(node: ast.AST) -> str:
    """The text written out in an expression, what is filled in left out."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(words_of(one) for one in node.values if isinstance(one, ast.Constant))
    return "".join(words_of(one) for one in ast.iter_child_nodes(node))


def test_every_refusal_of_a_file_stands_in_the_table() -> None:
    made = {code for _, code in CASES} | ELSEWHERE.keys()
    for name in FILE_READERS:
        for code, _ in refusals_in((PACKAGE / name).read_text("utf-8")):
            assert code in made, f"{name}: nothing here makes the refusal {code} happen"
    for code, where in ELSEWHERE.items():
        assert code in Path(__file__).parents[2].joinpath(where).read_text("utf-8"), (code, where)


def test_every_refusal_says_what_was_not_done_and_what_to_do() -> None:
    """Of all refusals of exchange and county that are written out: Chinese, a whole sentence, a word of what stayed as
    it was, and none of the machine room."""
    for room in ("exchange", "county"):
        for path in sorted((PACKAGE / room).rglob("*.py")):
            for code, call in refusals_in(path.read_text("utf-8")):
                place = next(n for n, one in enumerate(call.args) if getattr(one, "value", "") == code)
                words = "".join(words_of(argument) for argument in call.args[place + 1 : place + 2])
                if re.search("[\u4e00-\u9fff]{6}", words) is None:
                    continue
                assert "！" not in words, (path.name, code)
                assert "您" not in words, (path.name, code)
                assert words.rstrip().endswith(("。", "？", "）", "：")), (path.name, code, words)
