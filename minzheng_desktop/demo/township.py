"""The whole job on invented people: roster, records, a month paid and printed, a package, the county, a receipt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from minzheng_desktop.demo import applications, rosters
from minzheng_desktop.demo.population import COUNTY, Household, generate_households
from minzheng_desktop.exchange.first_start import start_office
from minzheng_desktop.values.dates import add_months, age_on, month_of
from minzheng_desktop.values.errors import UserError

if TYPE_CHECKING:
    from minzheng_desktop.benefits.plans import BatchPlan
    from minzheng_desktop.county.keys.enrolments import Issued
    from minzheng_desktop.documents.batch_prints import BatchPrint
    from minzheng_desktop.store.store import Store

TOWN = f"{COUNTY}201"
USER, COUNTY_USER = "向经办", "李审核"
PASSWORD = "minzheng-demo"
"""The password of both demonstration databases; nothing in them is real."""

MARKER = ".minzheng-demo"
SEED = 2026
DIBAO_HOUSEHOLDS, OTHER_HOUSEHOLDS = 150, 150

Say = Callable[[str], None]


class Demonstration(msgspec.Struct, frozen=True):
    """What was made, in the order in which it was made. Amounts are cents."""

    folder: Path
    town: Path
    county: Path
    rosters: tuple[Path, ...]
    errors: Path
    imported: int
    rejected: int
    month: str
    items: int
    total: int
    prints: tuple[Path, ...]
    package: Path
    changes: int
    accepted: int
    receipt: Path
    confirmed: int
    pictures: tuple[Path, ...] = ()


def run_demonstration(folder: Path, *, today: date, say: Say = lambda _: None) -> Demonstration:
    """Make the demonstration in `folder`, replacing an earlier one there. `say` is told each step in Chinese.

    Raises UserError when the folder holds something else.
    """
    prepare_folder(folder)
    town_db, county_db = folder / "龙田乡.db", folder / "城口县.db"
    say("县局建库，给龙田乡发接入文件")
    county, _ = start_office(
        county_db, role="county", division=COUNTY, user=COUNTY_USER, password=PASSWORD, today=today,
        demonstration=True,
    )  # fmt: skip
    with county:
        enrolment = _enrol(county, folder, today)
        say("乡镇用接入文件建库")
        town, _ = start_office(
            town_db, role="township", division=TOWN, user=USER, password=PASSWORD, today=today,
            demonstration=True, enrolment=enrolment.file, phrase=enrolment.phrase,
        )  # fmt: skip
        with town:
            return _work(folder, town, county, today, say)


def prepare_folder(folder: Path) -> None:
    """Empty the folder of an earlier demonstration and mark it. Raises UserError when it holds something else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise UserError(
                "folder_not_empty", f"{folder} 里已有别的文件，没有动它。换一个空文件夹放演示结果。"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("演示数据，可以整个删除。\n", "utf-8")


def demonstration_month(today: date) -> str:
    """The month that the demonstration pays: the one before today's."""
    return add_months(month_of(today), -1)


def _work(folder: Path, town: Store, county: Store, today: date, say: Say) -> Demonstration:
    month = demonstration_month(today)
    before = add_months(month, -1)
    households = _households(town, today)
    say("按手头的样子写出两份花名册，导入，错行另存")
    files = _write_rosters(folder, town, households, month=before, today=today)
    errors = folder / "低保花名册-待改.xlsx"
    imported, rejected = _import(town, files[0], "dibao", today, errors)
    _import(town, files[1], "elder_age", today, None)
    say("登记几件新申请，走到不同的步骤")
    reported = _apply(town, households[DIBAO_HOUSEHOLDS:], today)
    say(f"锁定 {before} 的低保和上一季的高龄津贴；一户退出、一位老人去世；再锁定 {month}")
    _pay(town, "dibao", before)
    _pay(town, "elder_age", last_quarter(month))
    _let_life_go_on(town, households, month=month, today=today)
    paid = _pay(town, "dibao", month)
    say("打印花名册，写银行代发文件")
    prints = _print(folder, town, month)
    say("打上报包；县局接收并回执；乡镇读入回执")
    stick = folder / "U盘"
    package, changes = _export(town, stick)
    receipt, accepted = _receive(county, package, stick, today)
    _read_receipt(town, receipt, today)
    say("县局审批，决定随回执带回乡镇")
    confirmed = _decide(county, reported)
    receipt, _ = _receive(county, package, stick, today)
    _read_receipt(town, receipt, today)
    return Demonstration(
        folder=folder,
        town=folder / "龙田乡.db",
        county=folder / "城口县.db",
        rosters=files,
        errors=errors,
        imported=imported,
        rejected=rejected,
        month=month,
        items=len(paid.items),
        total=paid.total,
        prints=prints,
        package=package,
        changes=changes,
        accepted=accepted,
        receipt=receipt,
        confirmed=confirmed,
    )


def last_quarter(month: str) -> str:
    """The last month of the latest quarter that has ended with `month` or before."""
    return add_months(month, -(int(month[5:]) % 3))


def _households(town: Store, today: date) -> list[Household]:
    villages = [village.code for village in town.catalog.divisions.villages(TOWN)]
    found = generate_households(villages=villages, seed=SEED, today=today)
    return list(islice(found, DIBAO_HOUSEHOLDS + OTHER_HOUSEHOLDS))


def _enrol(county: Store, folder: Path, today: date) -> Issued:
    from minzheng_desktop.county.keys.enrolments import issue_enrolment

    return issue_enrolment(county, division=TOWN, out=folder / "龙田乡.mzenrol", today=today)


def _write_rosters(
    folder: Path, town: Store, households: list[Household], *, month: str, today: date
) -> tuple[Path, Path]:
    from minzheng_desktop.benefits.plan import paid_form
    from minzheng_desktop.benefits.rates import view_rates

    divisions = town.catalog.divisions
    name = divisions.name(TOWN)
    with town.reading() as r:
        rates = view_rates(r, *paid_form(town.catalog, "dibao"))
    lines = rosters.make_dibao_lines(households[:DIBAO_HOUSEHOLDS], rates=rates, month=month, seed=SEED)
    dibao, elder = folder / "农村低保花名册.xlsx", folder / "高龄津贴花名册.xlsx"
    rosters.write_dibao_roster(dibao, lines, town=name, month=month, divisions=divisions)
    rosters.write_elder_roster(elder, households, town=name, today=today, divisions=divisions)
    return dibao, elder


def _import(town: Store, file: Path, form: str, today: date, errors: Path | None) -> tuple[int, int]:
    from minzheng_desktop.exchange.rosters.commit import commit_roster
    from minzheng_desktop.exchange.rosters.hand_back import hand_back_errors
    from minzheng_desktop.exchange.rosters.plan import NEW, REJECTED
    from minzheng_desktop.exchange.rosters.planning import plan_roster

    done = commit_roster(town, plan_roster(town, file, form=form, today=today))
    if errors is not None:
        hand_back_errors(town, done.plan, errors)
    return done.plan.count(NEW), done.plan.count(REJECTED)


def _apply(town: Store, households: list[Household], today: date) -> list[str]:
    """Five applications at five stages; returns the two that were reported to the county."""
    born_before = today - timedelta(days=365)
    grown = (h for h in households if all(m.birth_date < born_before for m in h.members))
    families = [h for h in grown if len(h.members) >= 3][:5]
    records = [
        applications.apply_for_dibao(town, household, on=today - timedelta(days=40 - 8 * n))
        for n, household in enumerate(families)
    ]
    for n, record in enumerate(records[:4]):
        applications.investigate(town, record, on=today - timedelta(days=30 - 8 * n))
    for n, record in enumerate(records[:3]):
        applications.publicize(town, record, on=today - timedelta(days=20 - 6 * n))
    for n, record in enumerate(records[:2]):
        applications.report(town, record, on=today - timedelta(days=20 - 6 * n - applications.PUBLICITY_DAYS))
    return records[:2]


def _let_life_go_on(town: Store, households: list[Household], *, month: str, today: date) -> None:
    """Between two months: a household leaves by its own wish, an old man dies, two certificates run out soon."""
    from minzheng_desktop.store.people import by_id_number, save_person
    from minzheng_desktop.store.records import each_form_record

    with town.reading() as r:
        leaving = next(each_form_record(r, "dibao", "active"))["id"]
        old = [p for h in households for p in h.members if p.sex == "1" and age_on(p.birth_date, today) >= 84]
        dead = by_id_number(r, old[0].id_number)
        disabled = [by_id_number(r, h.head.id_number) for h in households[1:3]]
    with town.writing("save_people") as w:
        if dead is not None:
            died = {"alive_status": "2", "death_date": f"{month}-09", "death_source": "family"}
            save_person(w, {**dead, **died}, today=today)
        for days, person in zip((12, 41), disabled, strict=True):
            if person is not None:
                expires = {"disability_cert_expire": (today + timedelta(days=days)).isoformat()}
                save_person(w, {**person, "more": {**person["more"], **expires}}, today=today)
    applications.leave_dibao(town, leaving, month=month, on=today - timedelta(days=20))


def _pay(town: Store, form: str, month: str) -> BatchPlan:
    from minzheng_desktop.benefits.lock import EVERY, lock_batch
    from minzheng_desktop.benefits.plan import plan_batch

    plan = plan_batch(town, form=form, month=month)
    lock_batch(town, plan, reasons={EVERY: "演示数据，账户随花名册导入"})
    return plan


def _print(folder: Path, town: Store, month: str) -> tuple[Path, ...]:
    from minzheng_desktop.documents.saving import save_batch_print
    from minzheng_desktop.values.dates import stamp_text

    wanted: tuple[tuple[str, str, BatchPrint, str], ...] = (
        ("dibao", month, "pdf", f"低保发放花名册-{month}.pdf"),
        ("dibao", month, "xlsx", f"低保发放花名册-{month}.xlsx"),
        ("dibao", month, "bank-xlsx", f"低保银行代发-{month}.xlsx"),
        ("dibao", month, "bank-csv", f"低保银行代发-{month}.csv"),
        ("elder_age", last_quarter(month), "pdf", f"高龄津贴发放花名册-{last_quarter(month)}.pdf"),
    )
    printed_at = stamp_text()
    for form, period, as_, name in wanted:
        save_batch_print(town, folder / name, form=form, month=period, as_=as_, printed_at=printed_at)
    return tuple(folder / name for _, _, _, name in wanted)


def _export(town: Store, stick: Path) -> tuple[Path, int]:
    from minzheng_desktop.exchange.sending.chain import export

    done = export(town, out=stick)
    assert done.file is not None
    return done.file, done.changes


def _receive(county: Store, package: Path, stick: Path, today: date) -> tuple[Path, int]:
    from minzheng_desktop.county.receiving.receive import receive_files

    (done,) = receive_files(county, [package], today=today, receipts=stick)
    if done.receipt is None:
        raise UserError("demonstration_refused", f"演示的上报包没有被接收：{done.reason}")
    return done.receipt, sum(done.count(outcome) for outcome in ("new", "changed", "same"))


def _read_receipt(town: Store, receipt: Path, today: date) -> None:
    from minzheng_desktop.exchange.down.acknowledge import apply_receipt

    apply_receipt(town, receipt.read_bytes(), today=today)


def _decide(county: Store, records: list[str]) -> int:
    from minzheng_desktop.county.replies.decisions import decide

    made = decide(county, records[:1], kind="confirm", text="符合条件，同意。", number="城民审〔演示〕1号")
    return len(made.ids)


def own_demonstration(folder: Path, *, today: date, say: Say = lambda _: None) -> Path:
    """The township of the demonstration kept in `folder`, made when it is not there; returns its database."""
    town = folder / "龙田乡.db"
    return town if town.exists() else run_demonstration(folder, today=today, say=say).town
