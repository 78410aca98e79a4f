"""设置: office, users, backup, rates, audit."""

from __future__ import annotations

from pathlib import Path

from ...catalog.rates import words_of
from ...county.keys.enrolments import Issued, LaptopInfo, issue_enrolment, list_laptops, revoke_laptop
from ...county.replies.lock_rights import move_lock_right
from ...county.replies.receipts import write_resume
from ...documents.batch_prints import Made
from ...documents.key_sheet import make_key_sheet
from ...store import audit, backup, overview, rate_files, users
from ...store.store import ROLES
from ...values.dates import stamp_text
from ..kit.cells import Cell, CellValue, Chip, Link, Mark
from ..settings import EXAMPLE, IN_USE, AuditLine, LaptopLine, RateLine, Settings, UserLine
from .office import Office, short_time


def view(office: Office) -> Settings:
    """Everything on the page."""
    store = office.store
    site = store.site
    with store.reading() as r:
        tail = overview.audit_tail(r)
        last = overview.last_done(r, "backup")
        laptops = list_laptops(r) if office.is_county else []
    catalog = store.catalog
    rates = _rates(office)
    villages = len(office.villages())
    lines = (
        ("单位", office.title()),
        ("区划代码", site.division),
        ("用途", "县民政局" if office.is_county else "乡镇（街道）民政办公室"),
        ("本机", f"{site.letter} 机，{'有' if site.may_lock else '没有'}锁定权"),
        ("村（社区）", f"{villages} 个"),
        ("台账文件" if store.path else "县库服务器", store.place),
        ("演示台账", "是，打印带水印" if site.demonstration else "不是"),
        (
            "岗位",
            "单人岗：经办与审核是一个人，会标在打印和核查里" if store.single_post else "经办与审核是两个人",
        ),
        ("业务表单", f"{len(catalog.forms)} 种，用得上的 {len(catalog.forms)} 种"),
    )
    examples = sum(1 for one in rates if one.example)
    return Settings(
        office=lines,
        users=tuple(_user(office, one) for one in users.list_users(store)),
        rates=rates,
        rates_hint=f"{len(rates)} 项，其中 {examples} 项是示例" if examples else f"{len(rates)} 项",
        audit=tuple(_entry(row) for row in tail),
        audit_hint=f"最近 {len(tail)} 条，新的在上",
        backups=(("ok", f"上次备份 {short_time(last)}，打开校验通过"),)
        if last
        else (("warn", "还没有备份过"),),
        single_post=store.single_post,
        may_choose_post=not office.is_county and sum(one.active for one in users.list_users(store)) > 1,
        problems=tuple(p.sentence() for p in catalog.problems),
        laptops=tuple(_laptop(one) for one in laptops),
        towns=tuple((t.code, t.name) for t in catalog.divisions.towns) if office.is_county else (),
    )


_LAPTOPS = {
    "issued": ("已发登记文件", "info", "out"),
    "registered": ("在用", "ok", "ok"),
    "revoked": ("已停用", "neutral", "dash"),
}


def _laptop(one: LaptopInfo) -> LaptopLine:
    last = f"第 {one.last_number:04d} 号包 {short_time(one.last_at)}" if one.last_number else "还没有收到包"
    state = Chip(*_LAPTOPS.get(one.state, (one.state, "neutral", "dot")))
    wrong = [*(trouble.said for trouble in one.troubles), *one.alarms]
    return LaptopLine(
        town=one.division_name, letter=f"{one.letter} 机", state=state,
        last=last, serial=one.serial[-6:], alarm=Cell("；".join(wrong), "error") if wrong else "",
        link="" if one.state == "revoked" else Link("停用"), id=one.id,
        lock=_lock(one), division=one.division,
        resume=Link("确认续接") if one.state == "registered" and one.last_number else "",
        troubles=tuple(f"{trouble.said}{trouble.way}" for trouble in one.troubles),
    )  # fmt: skip


def _lock(one: LaptopInfo) -> CellValue:
    if one.state != "registered":
        return ""
    return Mark("可锁定", "ok", "lock") if one.may_lock else Link("给锁定权")


def move_lock(office: Office, division: str, laptop: str, text: str) -> str:
    """Let another laptop of a township lock months, and no other."""
    return move_lock_right(office.store, division=division, laptop=laptop, text=text)


def resume(office: Office, laptop: str, folder: Path) -> Path:
    """Confirm that a laptop goes on in a new epoch, and write the receipt that says so."""
    return write_resume(office.store, laptop, folder)


def issue_enrolment_file(office: Office, division: str, folder: Path) -> Issued:
    """Write an enrolment file for one laptop of a township; the phrase is told by phone."""
    name = office.store.catalog.divisions.name(division)
    return issue_enrolment(
        office.store, division=division, out=folder / f"{name}.mzenrol", today=office.today
    )


def revoke(office: Office, laptop: str, reason: str) -> None:
    """Packages of this laptop are refused from now on."""
    revoke_laptop(office.store, laptop, reason=reason)


def _user(office: Office, one: users.User) -> UserLine:
    roles = "、".join(ROLES.get(role, role) for role in one.roles)
    me = one.name == office.store.user
    state = IN_USE if me else Mark("可以登录", "ok", "ok") if one.active else Cell("已移除", "ink-3")
    return UserLine(one.name, roles, "", state, "" if me or not one.active else Link("移除"))


def _rates(office: Office) -> tuple[RateLine, ...]:
    book, today = office.store.catalog.rates, office.today
    lines = []
    for code in book.codes:
        rate = book.at(code, today, area=office.store.site.division)
        if rate is None:
            continue
        words = words_of(rate)
        lines.append(
            RateLine(
                rate.title or code,
                words,
                rate.valid_from,
                rate.doc or "",
                EXAMPLE if rate.example else "",
                code,
            )
        )
    return tuple(lines)


_ACTIONS = {
    "sign_in": "登录", "create_database": "建立台账", "save_record": "保存记录", "take_step": "办理步骤",
    "step": "办理步骤",
    "add_person": "登记人员", "register_death": "登记死亡", "lock_batch": "锁定发放", "import_roster": "导入花名册",
    "map_columns": "记住列对应", "enter_grid": "成批录入",
    "undo_import": "撤销导入", "reveal": "查看全号", "reveal_amount": "查看算式", "reveal_people": "查找人员",
    "reveal_record": "查看记录", "print": "打印", "export": "写数据包", "export_again": "再复制数据包",
    "copy": "拷贝登记", "receipt": "读回执", "bulletin": "读下发包", "write_bulletins": "写下发包",
    "publish_catalog": "下发表单、标准", "accept_catalog": "启用下发的表单、标准", "run_checks": "核查",
    "answer_findings": "答复核查结果", "answer_county_findings": "答复县局的核查问题",
    "backup": "备份", "restore": "恢复", "add_user": "加用户", "remove_user": "移除用户", "receive": "接收数据包",
    "refuse_package": "拒收数据包", "decide": "县级决定", "decision_taken": "县级决定落地",
    "decision_dismissed": "搁置县级决定",
    "enrol": "登记", "issue_enrolment": "发登记文件", "revoke_laptop": "停用电脑", "county_keys": "建县局密钥",
    "confirm_restored": "确认恢复", "rekey": "换密钥", "show_ledger": "查看花名册全号", "import_rates": "读入标准",
    "change_password": "改密码", "open_recoveries": "登记追回", "bank_return": "登记退票",
    "bank_return_dropped": "退票不再发放", "bank_return_withdrawn": "撤销退票登记", "reissue_returns": "退票重发",
    "print_reissue": "再写重发文件", "repayment": "登记还款", "write_errors": "写问题清单",
    "write_template": "写空表",
    "attach": "附上附件", "open_attachment": "查看附件",
    "settings": "改设置", "batch_print": "打印",
}  # fmt: skip


_DETAILS = {
    "form": "业务", "month": "月份", "number": "编号", "items": "笔数", "user": "用户", "file": "文件", "name": "姓名",
    "step": "步骤", "field": "字段", "count": "件数", "undone": "撤销", "kind": "种类", "code": "原因",
    "division": "单位",
    "package": "包号", "changes": "条数", "wrong_passwords": "错过的密码",
}  # fmt: skip
"""Details of an entry that are shown, by name; digests and ids stay in the entry."""


def _entry(row: dict[str, object]) -> AuditLine:
    detail = row["detail"] if isinstance(row["detail"], dict) else {}
    words = "，".join(
        f"{_DETAILS.get(k, k)} {v}"
        for k, v in detail.items()
        if v not in (None, "", [], {}) and k in _DETAILS
    )
    action = str(row["action"])
    return AuditLine(
        str(row["at"])[:19].replace("T", " "),
        str(row["user"] or ""),
        _ACTIONS.get(action, action),
        words[:160],
    )


def set_single_post(office: Office, on: bool) -> None:
    """Maker and checker may be one person here, and are marked so; or not any more."""
    with office.store.writing("settings", {"single_post": on}) as w:
        office.store.change_site(w, single_post=on)
    vars(office.store).pop("single_post", None)


def add_user(office: Office, name: str, role: str, password: str) -> None:
    """Let one more person open the database."""
    users.add_user(office.store, name=name, password=password, roles=(role,))


def remove_user(office: Office, name: str) -> None:
    """Close a person's way in; the database is encrypted anew."""
    users.remove_user(office.store, name=name)


def change_password(office: Office, old: str, new: str) -> None:
    """Another password for the one who is signed in."""
    users.change_password(office.store, old=old, new=new)


def make_backup(office: Office, target: Path) -> int:
    """One file of the whole database, opened again and checked; returns how many attachments lie beside it."""
    return backup.write_backup(office.store, target).attachments


def read_rates(office: Office, file: Path) -> tuple[bool, int]:
    """Read a rates file of the county: whether it changed anything, and how many versions it holds."""
    done = rate_files.import_rates(office.store, file)
    return done.changed, len(done.rates)


def verify_audit(office: Office) -> tuple[bool, str]:
    """Walk the whole chain of the audit."""
    with office.store.reading() as r:
        verdict = audit.verify(r.connection)
    if verdict.broken_at:
        return False, f"审计链在第 {verdict.broken_at:,} 条对不上：{verdict.reason}"
    return True, f"审计链完整，共 {verdict.entries:,} 条"


def new_recovery_key(office: Office) -> Made:
    """Make the old recovery key void and draw the new one's sheet."""
    key = users.new_recovery_key(office.store)
    return make_key_sheet(office.store, key, printed_at=stamp_text())
