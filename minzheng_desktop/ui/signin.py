"""登录: which file, who, the password; and below it the last session, backup and encryption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from .kit.basics import (
    ElideLabel,
    WrapLabel,
    button,
    clear,
    column,
    frame,
    icon_button,
    icon_label,
    label,
    row,
    rule,
    set_tone,
)
from .page import Hint, Page


@dataclass(frozen=True)
class SignInFacts:
    """What is known before the password: no personal data, only from the pair's public part."""

    title: str
    line: str
    """修齐镇民政办公室 · A 机"""
    files: tuple[tuple[str, str], ...]
    """(path, words)"""
    users: tuple[tuple[str, str], ...]
    """(name, words)"""
    facts: tuple[tuple[str, str, str], ...]
    """(icon, tone, sentence)"""


class SignInPage(Page):
    """One card 440 wide; Enter opens."""

    manual = "signin"

    open_wanted = Signal(str, str, str)
    file_changed = Signal(str)
    browse_wanted = Signal()
    recover_wanted = Signal()
    restore_wanted = Signal()
    new_wanted = Signal()
    server_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.hints = (Hint("Enter", "打开"), Hint("Tab", "下一格"), Hint("F1", "帮助"))
        self._title, self._line = label("民政台账", "title"), ElideLabel("", "hint")
        head = row(icon_label("brand", "accent", 28), column(self._title, self._line, spacing=2), spacing=14)
        head.setStretch(1, 1)
        self._files, self._users = QComboBox(), QComboBox()
        self._users.setEditable(True)
        self._users.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._files.setMinimumWidth(60)
        self._files.activated.connect(lambda at: self.file_changed.emit(self._files.itemData(at)))
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.returnPressed.connect(self._open)
        self.password.installEventFilter(self)
        self._caps = frame(
            "scrollbody",
            row(
                icon_label("warn", "warn", 16),
                label("大写锁定（Caps Lock）开着", "hint", "warn"),
                None,
                spacing=6,
            ),
        )
        self._caps.hide()
        self._problem_icon = icon_label("error", "error", 16)
        self._problem_icon.setFixedHeight(18)
        self._problem = WrapLabel("", "hint", "error")
        self._problem_box = QWidget()
        box = row(self._problem_icon, self._problem, spacing=6)
        box.setStretch(1, 1)
        self._problem_box.setLayout(box)
        self._problem_box.hide()
        self._go = button("打开台账", "primary", key="Enter", on=self._open)
        self._go.setProperty("large", "true")
        files = row(self._files, icon_button("doc", "选另一个台账文件", self.browse_wanted.emit))
        files.setStretch(0, 1)
        links = row(
            button("忘记密码，用恢复密钥", "inline", on=self.recover_wanted.emit),
            None,
            button("新建台账", "inline", on=self.new_wanted.emit),
            button("从备份恢复", "inline", on=self.restore_wanted.emit),
            spacing=16,
        )
        server = row(button("县库在服务器上", "inline", on=self.server_wanted.emit), None)
        card = frame(
            "card",
            column(
                head, 4, rule(), 4, label("台账文件", "label"), files, label("用户", "label"), self._users,
                label("密码", "label"), self.password, self._caps, self._problem_box, 2, self._go, links, server,
                spacing=6, margins=(32, 24, 32, 14),
            ),
        )  # fmt: skip
        card.setFixedWidth(440)
        self._facts = column(spacing=3, margins=(16, 8, 16, 8))
        ghost = frame("ghost", self._facts)
        ghost.setFixedWidth(440)
        self.setLayout(column(None, row(None, card, None), 16, row(None, ghost, None), None, spacing=0))

    def show_facts(self, facts: SignInFacts) -> None:
        """Replace what is known."""
        self._title.setText(facts.title)
        self._line.setText(facts.line)
        _fill(self._files, facts.files)
        _fill(self._users, facts.users)
        clear(self._facts)
        for icon, tone, sentence in facts.facts:
            holder = QWidget()
            line = row(icon_label(icon, tone, 16), ElideLabel(sentence, "hint"), spacing=8)
            line.setStretch(1, 1)
            holder.setLayout(line)
            self._facts.addWidget(holder)

    def refuse(self, sentence: str) -> None:
        """Wrong password, waiting time, foreign file: said under the password."""
        self._problem.setText(sentence)
        self._problem_box.setVisible(bool(sentence))
        set_tone(self.password, "error" if sentence else "", "state")
        self._go.setEnabled(True)
        self.password.setFocus()
        self.password.selectAll()

    def wait(self, sentence: str) -> None:
        """Opening: the button says so and cannot be pressed twice."""
        self._go.setEnabled(False)
        self._go.setText(sentence)

    def ready(self) -> None:
        """The button is itself again."""
        self._go.setEnabled(True)
        self._go.setText("打开台账  Enter")

    @property
    def file(self) -> str:
        """The path chosen."""
        return self._files.currentData() or ""

    def _open(self) -> None:
        if self._go.isEnabled():
            self.open_wanted.emit(self.file, self._user(), self.password.text())

    def _user(self) -> str:
        """The name typed, '' where the one user of the file is meant."""
        at = self._users.currentIndex()
        shown = self._users.currentText().strip()
        return (self._users.itemData(at) or "") if at >= 0 and shown == self._users.itemText(at) else shown

    def take_focus(self) -> None:
        self.password.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = event.text()
            if len(text) == 1 and text.isalpha() and text.isascii():
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self._caps.setVisible(text.isupper() != shift)
        return False


def _fill(box: QComboBox, items: Sequence[tuple[str, str]]) -> None:
    kept = box.currentData()
    box.clear()
    for key, words in items:
        box.addItem(words, key)
    box.setCurrentIndex(max(box.findData(kept), 0))
