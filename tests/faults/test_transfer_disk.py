"""A household's move meets a stick that is cut short, full or pulled out, and a full disk under the new township.

The receipt carries the rows and a scan of 300 kB. Whatever fails, nothing of the household is half there, both
townships stay as they were, and the same file goes in once the trouble is over.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minzheng_desktop.benefits.plan import plan_batch
from minzheng_desktop.exchange.arriving import apply_receipt_file
from minzheng_desktop.exchange.moving_out import start_transfer
from minzheng_desktop.store import attachments, sealed_files
from minzheng_desktop.store.store import Store
from minzheng_desktop.values.errors import UserError
from tests.exchange.moving import MONTHLY, make_move, pay, rows_of, stranger
from tests.exchange.offices import BASHAN, PASSWORD, TODAY, XIUQI, County, Town
from tests.exchange.sides import whole_digest
from tests.faults.commandline import plain
from tests.faults.disks import Disk
from tests.faults.test_transfer_crashes import BESIDE, MOVED, PNG, packed, path_of, receipt_of

Offices = Callable[..., tuple[Town, County, Path]]


@pytest.fixture(scope="module")
def confirmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A move that the county confirmed, both townships' packages in, no receipt read since; everything closed."""
    folder = tmp_path_factory.mktemp("confirmed")
    move = make_move(folder / "offices")
    scan = folder / "申请书.png"
    scan.write_bytes(PNG)
    attachments.attach(move.old.store, scan, record=move.record, kind="apply", title="申请书")
    assert pay(move.old, "2026-08") == MONTHLY
    start_transfer(
        move.old.store, move.household, to=BASHAN, moved_on="2026-10-20", reason="搬迁", today=TODAY
    )
    move.send(move.old)
    move.confirm()
    stranger(move.new, {"name": "别人", "id_number": None})
    (folder / "包").write_text(str(packed(move.new)), "utf-8")
    assert plan_batch(move.old.store, form="dibao", month="2026-09", today=TODAY).items == ()
    move.close()
    return folder


@pytest.fixture
def offices(confirmed: Path, tmp_path: Path) -> Iterator[Offices]:
    """offices(folder) → the new township and the county, copied there, and the township's package."""
    made: list[Town | County] = []

    def offices(folder: Path, *, warm: bool = True) -> tuple[Town, County, Path]:
        shutil.copytree(confirmed / "offices" / "new", folder / "new")
        shutil.copytree(confirmed / "offices" / "county", tmp_path / "county")
        town = Town(Store.open(folder / "new" / "乡镇.mz", password=PASSWORD), folder / "new" / "U盘")
        county = County(Store.open(tmp_path / "county" / "县局.mz", password=PASSWORD), tmp_path / "county")
        made.extend((town, county))
        if warm:
            assert town.store.catalog.forms, (
                "it is kept beside the rows, as in any township that has worked a day"
            )
        (package,) = town.stick.glob(Path((confirmed / "包").read_text("utf-8")).name)
        return town, county, package

    yield offices
    for office in made:
        office.store.close()


def standing(store: Store) -> str:
    return whole_digest(store, but=BESIDE)


def taken_over(town: Town, receipt: Path) -> None:
    """The receipt goes in whole: the new township owns every row, has the scan, and pays from 2026-09."""
    assert len(apply_receipt_file(town.store, receipt, today=TODAY).rulings.taken) == 1
    for table in MOVED:
        assert XIUQI not in {row["owner"] for row in rows_of(town.store, table)}
    (scan,) = rows_of(town.store, "attachments")
    assert attachments.read(town.store, scan["digest"]) == PNG
    plan = plan_batch(town.store, form="dibao", month="2026-09", today=TODAY)
    assert [item.total for item in plan.items] == [MONTHLY]
    before = standing(town.store)
    path = path_of(town.store)
    town.store.close()
    town.store = Store.open(path, password=PASSWORD)
    assert standing(town.store) == before


def test_a_receipt_cut_short_on_the_stick(offices: Offices, tmp_path: Path) -> None:
    town, county, package = offices(tmp_path)
    county.receive(package)
    receipt = receipt_of(county.folder / "回执", package)
    whole, before = receipt.read_bytes(), standing(town.store)
    assert len(whole) > len(PNG)
    for length in (0, 7, 600, 64_000, len(whole) // 2, len(whole) - 1):
        receipt.write_bytes(whole[:length] + bytes(len(whole) - length) * (length == 64_000))
        with pytest.raises(UserError) as refused:
            apply_receipt_file(town.store, receipt, today=TODAY)
        assert refused.value.code == "truncated", length
        plain(refused.value.message)
        assert standing(town.store) == before, length
    receipt.write_bytes(whole)
    taken_over(town, receipt)


def test_the_stick_with_the_receipt_is_pulled_out_before_it_is_read(
    offices: Offices, disk: Disk, tmp_path: Path
) -> None:
    town, county, package = offices(tmp_path)
    (result,) = county.receive(package)
    assert result.receipt is not None
    carried = Path(shutil.copy(result.receipt, disk.folder))
    before = standing(town.store)
    disk.suffer("gone")
    with pytest.raises(UserError) as refused:
        apply_receipt_file(town.store, carried, today=TODAY)
    assert refused.value.code == "not_found"
    plain(refused.value.message)
    assert standing(town.store) == before
    taken_over(town, result.receipt)


@pytest.mark.parametrize("trouble", ["full", "gone"])
def test_the_stick_fails_while_the_county_writes_the_receipt(
    offices: Offices, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """Half of it fits, or the stick is pulled when the bytes are on it and the name is not. The package is in."""
    town, county, package = offices(tmp_path)
    receipts = disk.folder / "回执"
    receipts.mkdir()
    if trouble == "full":
        disk.fill(leave=len(PNG) // 2)
    flush = os.fsync

    def pulled(handle: int) -> None:
        flush(handle)
        if str(disk.folder) in os.readlink(f"/proc/self/fd/{handle}"):
            monkeypatch.setattr(os, "fsync", flush)
            disk.suffer("gone")

    if trouble == "gone":
        monkeypatch.setattr(os, "fsync", pulled)
    county_folder, county.folder = county.folder, disk.folder
    (result,) = county.receive(package)
    assert (result.status, result.receipt) == ("applied", None)
    assert "回执" in result.reason
    plain(result.reason)
    before = standing(county.store)
    disk.recover(trouble)
    assert [name for name in disk.files() if not Path(name).name.startswith(".")] == []
    (again,) = county.receive(package)
    assert again.status == "already"
    assert again.receipt is not None
    assert standing(county.store) == before
    county.folder = county_folder
    taken_over(town, again.receipt)


@pytest.mark.parametrize("leave", [60_000, 400_000])
def test_the_disk_is_full_while_the_new_township_takes_over(
    offices: Offices, disk: Disk, tmp_path: Path, leave: int
) -> None:
    """The scan does not fit, or the scan does and the rows do not."""
    town, county, package = offices(disk.folder)
    (result,) = county.receive(package)
    assert result.receipt is not None
    before = standing(town.store)
    disk.fill(leave=leave)
    with pytest.raises(UserError) as refused:
        apply_receipt_file(town.store, result.receipt, today=TODAY)
    assert refused.value.code == "disk_full"
    plain(refused.value.message)
    assert rows_of(town.store, "households") == []
    assert len(sealed_files.names_there(town.store)) == (leave == 400_000)
    disk.free()
    assert standing(town.store) == before
    taken_over(town, result.receipt)


def test_a_disk_without_room_for_what_is_only_kept_handy(offices: Offices, disk: Disk) -> None:
    """The proved catalogue of a new program does not fit into the database: it is proved again, and work goes on."""
    town, _, _ = offices(disk.folder, warm=False)
    before = standing(town.store)
    disk.fill(leave=60_000)
    assert town.store.catalog.forms
    assert rows_of(town.store, "cache") == []
    assert standing(town.store) == before
