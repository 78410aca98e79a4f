"""The county's command over a stick full of wrong packages: each judged by itself, none stops another.

What each kind of forgery is refused for stands in tests/county/test_receive; here all of them arrive at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from minzheng_desktop.commands.frame import today
from minzheng_desktop.exchange.files import payload
from minzheng_desktop.exchange.files.envelope import Party
from minzheng_desktop.exchange.files.keys import new_private_keys
from minzheng_desktop.exchange.files.package import Count
from minzheng_desktop.exchange.first_start import start_office
from minzheng_desktop.store.store import Store
from tests.exchange.forgery import forge, person_line
from tests.exchange.offices import Town
from tests.faults.commandline import PASSWORD, CommandLine, plain, refused
from tests.faults.conftest import CHEAP, TOWN, Office
from tests.faults.contents import contents_of

At = Callable[[str], Office]


def forgeries(office: Office, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[bytes, str]]:
    """Packages that no honest program writes, made with the township's own keys, and why each is refused."""
    flood = (payload.encode_line(person_line(TOWN, "p1")) + b"\n") * 100_000
    with Store.open(office.town, password=PASSWORD) as store:
        town = Town(store, office.stick)
        other = Party("500230", "")
        made = {
            "给别的县.mzpkg": (forge(town, envelope={"to": other}, head={"to": other}), "other_county"),
            "打不开.mzpkg": (forge(town, recipients=[new_private_keys().public.age]), "not_for_us"),
            "别人签的.mzpkg": (forge(town, sign_key=new_private_keys().sign), "bad_signature"),
            "坏行.mzpkg": (
                forge(town, raw=[b"{"], head={"counts": {"people": Count(1, 0)}}),
                "payload_damaged",
            ),
        }
        with monkeypatch.context() as patch:
            patch.setattr(
                payload,
                "pack_lines",
                lambda lines: zstandard.ZstdCompressor().compress(next(iter(lines)) + b"\n" + flood),
            )
            bomb = forge(town, head={"counts": {"people": Count(100_000, 0)}})
    return {**made, "炸弹.mzpkg": (bomb, "bomb")}


def test_a_stick_full_of_wrong_packages(
    minzheng: CommandLine, at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve wrong files beside one right one: exit 0, each with its sentence, and only the right one is in."""
    office, unsent = at("packed"), at("locked")
    whole = office.package.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    wrong: dict[str, tuple[bytes | None, str]] = {
        **forgeries(unsent, monkeypatch),
        "改过.mzpkg": (bytes(flipped), ""),
        "剪断.mzpkg": (whole[:-300], ""),
        "空.mzpkg": (b"", ""),
        "照片.mzpkg": (b"\x89PNG\r\n\x1a\n" * 99, "not_a_package"),
        "压缩包.mzpkg": (b"PK\x03\x04" + bytes(400), ""),
        "没有.mzpkg": (None, ""),
    }
    files = [office.package]
    for name, (content, _) in wrong.items():
        files.append(tmp_path / name)
        if content is not None:
            files[-1].write_bytes(content)
    (tmp_path / "文件夹.mzpkg").mkdir()  # looked through like any folder; it is empty
    replay = Path(shutil.copy(office.package, tmp_path / "再来.mzpkg"))
    command = (
        "county",
        "receive",
        *files,
        tmp_path / "文件夹.mzpkg",
        replay,
        "--receipts",
        tmp_path / "回执",
    )
    results = {Path(p["file"]).name: p for p in minzheng.do(*command, db=office.county)["packages"]}
    assert len(results) == len(wrong) + 2
    assert {results[n]["status"] for n in (office.package.name, replay.name)} == {"applied", "already"}
    for name, (_, code) in wrong.items():
        result = results[name]
        assert result["status"] == "refused", result
        assert not code or result["code"] == code, result
        assert (result["new"], result["receipt"]) == (0, None)
        assert "没有读入" in result["reason"]
        plain(result["reason"])
    alone = at("packed")
    minzheng.do("county", "receive", alone.package, db=alone.county)
    assert contents_of(office.county) == contents_of(alone.county)


def test_one_enrolment_used_twice_is_seen_as_theft(minzheng: CommandLine, at: At, tmp_path: Path) -> None:
    """From `county enrol` to `county laptops`, each laptop with a database of its own."""
    office = at("joined")
    issued = minzheng.do(
        "county", "enrol", "--division", TOWN, "--out", tmp_path / "a.mzenrol", db=office.county
    )
    statuses = []
    for name in ("真", "盗"):
        database, stick = tmp_path / f"{name}.db", tmp_path / f"{name}盘"
        store, _ = start_office(
            database,
            role="township",
            division=TOWN,
            user="甲",
            password=PASSWORD,
            today=today(),
            demonstration=True,
            enrolment=Path(issued["file"]),
            phrase=issued["phrase"],
            cost=CHEAP,
        )
        store.close()
        minzheng.do("roster", "import", office.roster, "--form", "dibao", db=database)
        package = minzheng.do("export", "--out", stick, db=database)["file"]
        before = contents_of(office.county)
        (result,) = minzheng.do("county", "receive", package, db=office.county)["packages"]
        statuses.append((result["status"], result["code"]))
        if result["status"] == "refused":
            plain(result["reason"])
            assert contents_of(office.county) == before
    assert statuses == [("applied", ""), ("refused", "enrolment_reused")]
    laptops = minzheng.do("county", "laptops", db=office.county)["laptops"]
    (seen,) = (one for one in laptops if one["alarms"])
    assert "盗用" in seen["alarms"][0]


def test_a_stolen_enrolment_without_its_phrase_opens_nothing(
    minzheng: CommandLine, at: At, tmp_path: Path
) -> None:
    office = at("joined")
    init = ("init", "--role", "township", "--division", TOWN, "--user", "甲", "--demonstration")
    stolen = office.folder / "a.mzenrol"
    for phrase in ("春风 明月 高山 流水 白云 青松", "x", ""):
        done = minzheng.run(
            *init, "--enrolment", stolen, db=tmp_path / "贼.db", env={"MINZHENG_PHRASE": phrase}
        )
        assert done.code == 1, done.out.decode()
        plain(done.data["error"]["message"])
    assert not list(tmp_path.glob("贼.db*"))


def test_a_receipt_is_no_package_and_a_package_no_receipt(minzheng: CommandLine, at: At) -> None:
    office = at("packed")
    command = ("county", "receive", office.package, "--receipts", office.stick)
    receipt = minzheng.do(*command, db=office.county)["packages"][0]["receipt"]
    (result,) = minzheng.do("county", "receive", receipt, db=office.county)["packages"]
    assert result["status"] == "refused"
    plain(result["reason"])
    before = contents_of(office.town)
    for wrong in (office.package, office.roster, office.folder, office.folder / "无.mzret"):
        done = minzheng.run("receipt", "apply", wrong, db=office.town)
        assert done.code == 1, done.out.decode()
        plain(done.data["error"]["message"])
    cut = office.folder / "断.mzret"
    cut.write_bytes(Path(receipt).read_bytes()[:-40])
    refused_codes = {minzheng.run("receipt", "apply", cut, db=office.town).data["error"]["code"]}
    assert refused_codes <= {"truncated", "not_a_receipt", "altered"}
    assert contents_of(office.town) == before
    # The county's own database takes no receipt, a township's no package.
    for words, database, code in (
        (("receipt", "apply", receipt), office.county, ""),
        (("county", "receive", office.package), office.town, "not_a_county"),
    ):
        done = minzheng.run(*words, db=database)
        refused(done, code or done.data["error"]["code"])
