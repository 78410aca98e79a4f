"""设置: users, keys, standards, the audit, and at the county the laptops of its townships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QLineEdit

from ..gateway import settings as settings_gateway
from ..kit.basics import WrapLabel
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..settings import SettingsPage
from .arrivals import ask_places
from .papers import key_source
from .preview import PreviewRoom
from .room import Room

if TYPE_CHECKING:
    from ..window import Window


class SettingsRoom(Room):
    """Binds ``SettingsPage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.page = SettingsPage(county=desk.is_county)
        self.page.keys = {"F5": self.refresh}
        self.page.arrived = self.refresh
        self.page.add_user_wanted.connect(self.add_user)
        self.page.change_password_wanted.connect(self.change_password)
        self.page.remove_user_wanted.connect(self.ask_remove)
        self.page.new_key_wanted.connect(self.ask_new_key)
        self.page.backup_wanted.connect(desk.ask_backup)
        self.page.restore_wanted.connect(
            lambda: desk.say("退出后在登录页选“从备份恢复”，会建一份新的台账，不动这一份。", "info")
        )
        self.page.rates_wanted.connect(self.ask_rates)
        self.page.down_wanted.connect(desk.open_down)
        self.page.single_post_wanted.connect(self.set_single_post)
        self.page.verify_audit_wanted.connect(self.verify_audit)
        self.page.enrolment_wanted.connect(self.ask_enrolment)
        self.page.revoke_wanted.connect(self.ask_revoke)
        self.page.lock_wanted.connect(self.ask_lock)
        self.page.resume_wanted.connect(self.ask_resume)

    def refresh(self) -> None:
        """Everything as it is now."""
        self.run_latest("settings", settings_gateway.view, self.page.show_settings)

    def _done(self, sentence: str) -> Any:
        def done(_result: object) -> None:
            self.desk.saved(sentence)
            self.refresh()

        return done

    def add_user(self, name: str, role: str, password: str) -> None:
        """One more person may open the database."""
        self.run(
            lambda office: settings_gateway.add_user(office, name, role, password),
            self._done(f"已加用户 {name}"),
        )

    def set_single_post(self, on: bool) -> None:
        """One person makes and checks, or not any more."""
        words = "已登记单人岗" if on else "已改为两人岗"
        self.run(lambda office: settings_gateway.set_single_post(office, on), self._done(words))

    def change_password(self, old: str, new: str) -> None:
        """Another password for oneself."""
        self.run(lambda office: settings_gateway.change_password(office, old, new), self._done("已改密码"))

    def ask_remove(self, name: str) -> None:
        """Removing changes the key of the database."""
        dialog = ConfirmDialog(
            title=f"移除用户 {name}？", icon="person", danger=True, verb="移除", verb_icon="check",
            sentence=f"{name}以后不能打开这份台账，台账会换一把密钥。做过的事都留着。",
        )  # fmt: skip
        dialog.agreed.connect(
            lambda: self.run(
                lambda office: settings_gateway.remove_user(office, name), self._done(f"已移除 {name}")
            )
        )
        dialog.open_over(self.desk.layer_parent())

    def ask_new_key(self) -> None:
        """The recovery key on paper becomes void."""
        dialog = ConfirmDialog(
            title="换新的恢复密钥？", icon="shield", verb="换新的", quiet="不换", verb_icon="check",
            sentence="旧的那张纸马上作废。新的密钥只出现一次：打印出来签字封存，不拍照、不存进电脑。",
        )  # fmt: skip
        dialog.agreed.connect(self.new_key)
        dialog.open_over(self.desk.layer_parent())

    def new_key(self) -> None:
        """Make a new recovery key and show its sheet, to be printed now."""
        self.run(
            settings_gateway.new_recovery_key, lambda made: PreviewRoom(self.desk, key_source(made)).open()
        )

    def ask_enrolment(self, division: str) -> None:
        """Ask for the stick."""
        ask_places(
            self, self.page, title="登记文件写到哪里？", verb="写登记文件", several=False,
            sentence="文件交给乡镇，口令打电话告诉，不要放在一起。写到哪个盘记进拷贝登记。",
            then=lambda folders: self.issue_enrolment(division, folders[0]),
        )  # fmt: skip

    def issue_enrolment(self, division: str, folder: Path) -> None:
        """Write an enrolment file and show its phrase once."""

        def done(issued: Any) -> None:
            dialog = ConfirmDialog(
                title="登记文件写好了", icon="shield", sentence=f"{issued.file.name} 交给乡镇，口令打电话告诉：",
                verb="记下了", quiet="关闭", verb_icon="check",
            )  # fmt: skip
            phrase = QLineEdit(issued.phrase)
            phrase.setReadOnly(True)
            dialog.body.addWidget(Field("口令", phrase))
            if issued.root_key:
                root = QLineEdit(issued.root_key)
                root.setReadOnly(True)
                hint = "县局根密钥只显示这一次，抄在纸上锁进柜子"
                dialog.body.addWidget(Field("根密钥", root, hint=hint))
            dialog.open_over(self.desk.layer_parent())
            self.desk.saved(f"已写出 {issued.file.name}")
            self.refresh()

        self.run(lambda office: settings_gateway.issue_enrolment_file(office, division, folder), done)

    def ask_resume(self, line: Any) -> None:
        """What is wrong with a laptop's chain; the county confirms that it goes on."""
        dialog = ConfirmDialog(
            title=f"让 {line.town} {line.letter} 接着上报？", icon="shield", verb="确认续接", verb_icon="check",
            sentence="先打电话核对：就是这台电脑，恢复过备份或用回过旧的台账，而且没有另一台在用同一份台账。"
            "续接回执交给乡镇读入，程序自己与县库比对，只补报不同的。",
        )  # fmt: skip
        for words in line.troubles:
            dialog.body.addWidget(WrapLabel(words))
        dialog.agreed.connect(lambda: self._resume(line))
        dialog.open_over(self.desk.layer_parent())

    def _resume(self, line: Any) -> None:
        ask_places(
            self, self.page, title="续接回执写到哪里？", verb="写续接回执", several=False,
            sentence="写完读回核对，记进拷贝登记；交给乡镇在“上报与下发”里读入。",
            then=lambda folders: self.run(
                lambda office: settings_gateway.resume(office, line.id, folders[0]),
                lambda file: (self.desk.saved(f"已写续接回执 {file.name}，交给{line.town}读"), self.refresh()),
            ),
        )  # fmt: skip

    def ask_revoke(self, line: Any) -> None:
        """Why a laptop is revoked."""
        dialog = ConfirmDialog(
            title=f"停用 {line.town} {line.letter}？", icon="lock", danger=True, verb="停用", verb_icon="check",
            sentence="这台电脑以后写的数据包一律拒收。已经收的不变。",
        )  # fmt: skip
        reason = QLineEdit()
        dialog.body.addWidget(Field("理由", reason, required=True))
        dialog.require(lambda: "" if reason.text().strip() else "写明理由。")
        dialog.agreed.connect(
            lambda: self.run(
                lambda office: settings_gateway.revoke(office, line.id, reason.text().strip()),
                self._done(f"已停用 {line.town} {line.letter}"),
            )
        )
        dialog.open_over(self.desk.layer_parent())

    def ask_lock(self, line: Any) -> None:
        """The right to lock months goes to another laptop."""
        dialog = ConfirmDialog(
            title=f"把锁定权移到 {line.town} {line.letter}？", icon="lock", verb="移过去", quiet="不移",
            verb_icon="check",
            sentence="原来那台此后封的账先存着、不入库。给两台各写一份回执或下发包，读到后生效。",
        )  # fmt: skip
        text = QLineEdit()
        dialog.body.addWidget(Field("为什么", text, required=True))
        dialog.require(lambda: "" if text.text().strip() else "写明为什么。")
        dialog.agreed.connect(
            lambda: self.run(
                lambda office: settings_gateway.move_lock(office, line.division, line.id, text.text()),
                self._done(f"锁定权已移到 {line.town} {line.letter}，写回执或下发包告诉两台电脑"),
            )
        )
        dialog.open_over(self.desk.layer_parent())

    def ask_rates(self) -> None:
        """Ask for a rates file of the county."""
        name, _ = QFileDialog.getOpenFileName(
            self.page, "读入标准文件", str(self.desk.folder), "标准 (*.toml)"
        )
        if name:
            self.read_rates(Path(name))

    def read_rates(self, file: Path) -> None:
        """Read a rates file."""

        def done(found: tuple[bool, int]) -> None:
            changed, count = found
            self.desk.saved(f"已读入 {count} 项标准" if changed else "和现行的标准一样，没有变化")
            self.desk.catalog_changed()
            self.refresh()

        self.run(lambda office: settings_gateway.read_rates(office, file), done)

    def verify_audit(self) -> None:
        """Walk the audit chain."""
        self.run(
            settings_gateway.verify_audit,
            lambda found: self.desk.say(found[1], "ok" if found[0] else "error"),
        )
