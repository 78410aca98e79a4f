"""设置: this office, users and passwords, backup, rates in force, printers."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QStackedWidget, QWidget

from .kit.basics import body, button, clear, column, frame, row, scroll
from .kit.cards import Card, Entry, EntryList, FootProgress, link, notice
from .kit.cells import CellValue, Chip, Mark
from .kit.dialog import ConfirmDialog
from .kit.fields import Field, fact
from .kit.table import Column, Table
from .page import Hint, Page


@dataclass(frozen=True)
class UserLine:
    """One user of this database."""

    name: str
    role: str
    since: str
    state: CellValue
    link: CellValue = ""


@dataclass(frozen=True)
class RateLine:
    """One rate in force."""

    title: str
    value: str
    since: str
    document: str
    example: CellValue = ""
    code: str = ""


@dataclass(frozen=True)
class AuditLine:
    """One entry of the audit."""

    at: str
    by: str
    action: str
    detail: str


@dataclass(frozen=True)
class LaptopLine:
    """One laptop that the county has enrolled."""

    town: str
    letter: str
    state: CellValue
    last: str
    serial: str
    alarm: CellValue = ""
    link: CellValue = ""
    id: str = ""
    resume: CellValue = ""
    troubles: tuple[str, ...] = ()
    lock: CellValue = ""
    division: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything on the page."""

    office: tuple[tuple[str, str], ...]
    users: tuple[UserLine, ...]
    rates: tuple[RateLine, ...]
    rates_hint: str
    audit: tuple[AuditLine, ...]
    audit_hint: str
    backups: tuple[tuple[str, str], ...]
    """(tone, sentence)"""
    single_post: bool = False
    may_choose_post: bool = True
    """Where nobody else works it is a single post anyway."""
    problems: tuple[str, ...] = ()
    """Form files that were refused."""
    laptops: tuple[LaptopLine, ...] = ()
    towns: tuple[tuple[str, str], ...] = ()


class SettingsPage(Page):
    """A rail of rooms, one card each."""

    manual = "settings"

    add_user_wanted = Signal(str, str, str)
    change_password_wanted = Signal(str, str)
    remove_user_wanted = Signal(str)
    new_key_wanted = Signal()
    backup_wanted = Signal()
    restore_wanted = Signal()
    rates_wanted = Signal()
    down_wanted = Signal()
    verify_audit_wanted = Signal()
    single_post_wanted = Signal(bool)
    enrolment_wanted = Signal(str)
    revoke_wanted = Signal(object)
    resume_wanted = Signal(object)
    lock_wanted = Signal(object)

    ROOMS = (
        ("office", "本单位"),
        ("users", "用户与密码"),
        ("backup", "备份与恢复"),
        ("rates", "标准"),
        ("audit", "审计"),
    )

    def __init__(self, *, county: bool = False) -> None:
        super().__init__()
        self._county = county
        self.rooms = (*self.ROOMS, ("laptops", "乡镇电脑")) if county else self.ROOMS
        self.hints = (Hint("↑↓", "选一项"), Hint("F5", "刷新"), Hint("Ctrl+K", "查找人员"))
        self._towns: tuple[tuple[str, str], ...] = ()
        self._rail = EntryList()
        self._rail.show_entries([Entry(key, title) for key, title in self.rooms])
        self._rooms = QStackedWidget()
        self._places = {key: at for at, (key, _title) in enumerate(self.rooms)}
        self._rail.chosen.connect(lambda key: self._rooms.setCurrentIndex(self._places[key]))
        rail = frame("rail", column(12, scroll(body(column(self._rail, spacing=0))), spacing=0))
        rail.setFixedWidth(152)
        for made in (
            self._office(),
            self._users_room(),
            self._backup_room(),
            self._rates_room(),
            self._audit_room(),
        ):
            self._rooms.addWidget(made)
        self._rooms.addWidget(self._laptops_room())
        self.progress = FootProgress()
        right = column(self._rooms, self.progress, spacing=0)
        right.setStretch(0, 1)
        whole = row(rail, right, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def _office(self) -> QWidget:
        self._office_lines = column(spacing=6, margins=(16, 0, 16, 16))
        card = Card("本单位")
        card.inside.addLayout(self._office_lines)
        self._single = QCheckBox("单人岗：经办和审核是一个人（会标在屏幕、打印和核查里）")
        self._single.clicked.connect(self.single_post_wanted)
        card.inside.addLayout(row(self._single, None, margins=(16, 0, 16, 12)))
        self._problems = column(spacing=8)
        return body(column(card, self._problems, None, margins=(16, 16, 16, 16)))

    def _users_room(self) -> QWidget:
        card = Card(
            "用户",
            "经办与审核默认是两个人",
            [
                link("加用户", "plus", self._ask_user),
                link("改我的密码", "", self._ask_password),
                link("换新的恢复密钥…", "shield", self.new_key_wanted.emit),
            ],
        )
        self._users = Table(
            (
                Column("name", "姓名", 140, bold=True),
                Column("role", "岗位", 160),
                Column("since", "加入", 140),
                Column("state", "状态", 0),
                Column("link", "", 72),
            )
        )
        self._users.link_followed.connect(lambda item, _key: self.remove_user_wanted.emit(item.name))
        card.add(self._users, 1)
        return body(column(card, margins=(16, 16, 16, 16)))

    def _backup_room(self) -> QWidget:
        card = Card("备份", "一个文件，打开校验通过才算成功")
        self._backups = column(spacing=6, margins=(16, 0, 16, 12))
        card.inside.addLayout(self._backups)
        buttons = row(
            button("备份到…", icon="usb", on=self.backup_wanted.emit),
            button("从备份恢复到新的台账…", icon="history", on=self.restore_wanted.emit),
            None,
            margins=(16, 0, 16, 16),
        )
        card.inside.addLayout(buttons)
        return body(column(card, None, margins=(16, 16, 16, 16)))

    def _rates_room(self) -> QWidget:
        self._rates_card = Card(
            "现行标准",
            "",
            [
                link("读入标准文件…", "in", self.rates_wanted.emit),
                *([link("下发…", "out", self.down_wanted.emit)] if self._county else []),
            ],
        )
        self._rates = Table(
            (
                Column("title", "标准", 0, bold=True),
                Column("value", "数额", 150, "right"),
                Column("since", "从何时起", 110),
                Column("document", "文号", 0),
                Column("example", "", 110),
            )
        )
        self._rates.set_empty("还没有标准。")
        self._rates_card.add(self._rates, 1)
        return body(column(self._rates_card, margins=(16, 16, 16, 16)))

    def _audit_room(self) -> QWidget:
        self._audit_card = Card("审计", "", [link("核对整条链", "shield", self.verify_audit_wanted.emit)])
        self._audit = Table(
            (
                Column("at", "时间", 150),
                Column("by", "谁", 100, bold=True),
                Column("action", "做了什么", 180),
                Column("detail", "细节", 0),
            ),
            row_height=28,
        )
        self._audit.set_empty("还没有记录。")
        self._audit_card.add(self._audit, 1)
        return body(column(self._audit_card, margins=(16, 16, 16, 16)))

    def _laptops_room(self) -> QWidget:
        card = Card(
            "乡镇电脑",
            "一份登记文件只能登记一台；口令打电话告诉",
            [link("发登记文件…", "plus", self._ask_enrolment)],
        )
        self._laptops = Table(
            (
                Column("town", "乡镇", 140, bold=True),
                Column("letter", "电脑", 60),
                Column("state", "状态", 150),
                Column("last", "收到", 190),
                Column("serial", "登记号", 110),
                Column("lock", "锁定权", 104),
                Column("alarm", "要查的", 0),
                Column("resume", "", 84),
                Column("link", "", 72),
            )
        )
        self._laptops.set_empty("还没有发过登记文件。")
        self._laptops.link_followed.connect(self._laptop_link)
        card.add(self._laptops, 1)
        return body(column(card, margins=(16, 16, 16, 16)))

    def _laptop_link(self, item: object, key: str) -> None:
        wanted = {"resume": self.resume_wanted, "lock": self.lock_wanted}
        wanted.get(key, self.revoke_wanted).emit(item)

    def _ask_enrolment(self) -> None:
        dialog = ConfirmDialog(
            title="发登记文件？", icon="shield", verb="发登记文件", quiet="不发", verb_icon="out",
            sentence="文件用 U 盘交给乡镇，六个词的口令打电话告诉，不要和文件放在一起。",
        )  # fmt: skip
        towns = QComboBox()
        for code, name in self._towns:
            towns.addItem(name, code)
        dialog.body.addWidget(Field("乡镇", towns))
        dialog.agreed.connect(lambda: self.enrolment_wanted.emit(towns.currentData()))
        dialog.open_over(self.window().centralWidget())  # type: ignore[attr-defined]

    def show_settings(self, data: Settings) -> None:
        """Replace everything on the page."""
        clear(self._office_lines)
        for name, value in data.office:
            self._office_lines.addWidget(fact(name, value, 120))
        self._single.setChecked(data.single_post)
        self._single.setEnabled(data.may_choose_post)
        clear(self._problems)
        for sentence in data.problems:
            self._problems.addWidget(notice("error", sentence))
        self._users.show_rows(data.users)
        self._rates.show_rows(data.rates)
        self._rates_card.hint.setText(data.rates_hint)
        self._audit.show_rows(data.audit)
        self._audit_card.hint.setText(data.audit_hint)
        self._laptops.show_rows(data.laptops)
        self._towns = data.towns
        clear(self._backups)
        for tone, sentence in data.backups:
            self._backups.addWidget(notice(tone, sentence))

    def choose(self, room: str) -> None:
        """Open a room."""
        self._rail.choose(room)

    def _ask_user(self) -> None:
        dialog = PasswordDialog(
            title="加一个用户？",
            sentence="新用户用自己的姓名和密码登录，做的每件事都记在他名下。",
            verb="加用户",
            with_name=True,
            county=self._county,
        )
        dialog.agreed.connect(lambda: self.add_user_wanted.emit(dialog.name, dialog.role, dialog.password))
        dialog.open_over(self.window().centralWidget())  # type: ignore[attr-defined]

    def _ask_password(self) -> None:
        dialog = PasswordDialog(
            title="改密码？", sentence="改好以后，旧密码不能再打开这份台账。", verb="改密码", with_old=True
        )
        dialog.agreed.connect(lambda: self.change_password_wanted.emit(dialog.old, dialog.password))
        dialog.open_over(self.window().centralWidget())  # type: ignore[attr-defined]


class PasswordDialog(ConfirmDialog):
    """A new password twice; with a name and a post for a new user, with the old one for a change."""

    LEAST = 8
    POSTS = (("town_clerk", "经办人"), ("town_leader", "分管领导"))
    COUNTY_POSTS = (("county_reviewer", "县局审核员"), ("county_admin", "县局管理员"))

    def __init__(
        self,
        *,
        title: str,
        sentence: str,
        verb: str,
        with_name: bool = False,
        with_old: bool = False,
        county: bool = False,
    ) -> None:
        super().__init__(
            title=title, icon="person", sentence=sentence, verb=verb, quiet="不了", verb_icon="check"
        )
        self._name, self._old, self._first, self._again = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self._post = QComboBox()
        for key, words in self.COUNTY_POSTS if county else self.POSTS:
            self._post.addItem(words, key)
        for edit in (self._old, self._first, self._again):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        if with_name:
            self.body.addWidget(Field("姓名", self._name, required=True))
            self.body.addWidget(Field("岗位", self._post))
        if with_old:
            self.body.addWidget(Field("现在的密码", self._old, required=True))
        self.body.addWidget(Field("新密码", self._first, required=True))
        self.body.addWidget(Field("再写一次", self._again, required=True))
        self._with_name = with_name
        self.require(self._missing)

    def _missing(self) -> str:
        if self._with_name and not self._name.text().strip():
            return "写上姓名。"
        if len(self._first.text()) < self.LEAST:
            return f"密码至少 {self.LEAST} 位。"
        if self._first.text() != self._again.text():
            return "两次写的密码不一样。"
        return ""

    @property
    def name(self) -> str:
        """The new user's name."""
        return self._name.text().strip()

    @property
    def role(self) -> str:
        """The post chosen."""
        return self._post.currentData()

    @property
    def old(self) -> str:
        """The password so far."""
        return self._old.text()

    @property
    def password(self) -> str:
        """The new password."""
        return self._first.text()


EXAMPLE = Chip("〔例〕示例", "warn", "warn")
"""Marks a rate that is only an example."""
IN_USE = Mark("现在登录", "ok", "ok")
