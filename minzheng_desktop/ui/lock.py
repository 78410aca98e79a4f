"""锁定本月: the one question of the payment page, before what cannot be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QScrollArea, QWidget

from .kit.basics import body, column, frame, icon_label, label, row, scroll
from .kit.cells import Mark
from .kit.delegate import RowStyle
from .kit.dialog import ConfirmDialog
from .kit.table import Column, Table
from .payment import Month, OwnChange


@dataclass(frozen=True)
class LockAnswers:
    """What was answered at the lock; kept when it is asked again."""

    reasons: Mapping[str, str]
    """By key of the own change."""
    name: str = ""
    password: str = ""
    """Of a second person who has looked; empty where nobody did."""


ASKED_AT_ONCE = 3
"""Own changes that stand in the dialog side by side; more are scrolled."""


class LockDialog(ConfirmDialog):
    """锁定本月? The figures, the accounts changed by oneself, the tick that the lists were read."""

    def __init__(self, data: Month) -> None:
        household = data.boxes[-1].line if data.boxes else ""
        super().__init__(
            title=f"{data.lock_word.removesuffix('本月')} {''.join(reversed(data.title.split(' · ')))}？",
            icon="lock",
            sentence=(
                f"锁定以后，这 {household}的姓名、账号和金额不再改变。"
                "发现错误时在以后的批次里补发或扣回，不能改这一批。"
            ),
            verb=data.lock_word,
            foot="锁定后可以打印花名册、出银行文件",
        )
        self._own = data.own
        self.body.addWidget(self._figures(data))
        self._reasons: dict[str, QLineEdit] = {}
        if data.own:
            self.body.addWidget(self._second_person())
        self._many: QScrollArea | None = None
        questions = [self._question(change) for change in data.own]
        if len(questions) > ASKED_AT_ONCE:
            self._many = many = scroll(body(column(*questions, None, spacing=8)))
            many.setFixedHeight(ASKED_AT_ONCE * (questions[0].sizeHint().height() + 8))
            self.body.addWidget(many)
        else:
            for question in questions:
                self.body.addWidget(question)
        self._seen = QCheckBox("我已看过新增、停发、变动和账户变更的名单")
        self.body.addWidget(self._seen)
        self.require(self._missing)

    def _figures(self, data: Month) -> QWidget:
        table = Table(
            (
                Column("title", "", 150),
                Column("count", "户数", 74, "right"),
                Column("amount", "金额（元）", 144, "right"),
                Column("mark", "", 0),
            ),
            row_height=28,
            head_height=28,
            boxed=True,
            marks_selection=False,
        )
        rows = [
            {
                "title": title,
                "count": count,
                "amount": amount,
                "mark": Mark("已核对相等") if last else "",
                "last": last,
            }
            for (title, count, amount), last in (
                (line, at == len(data.figures) - 1) for at, line in enumerate(data.figures)
            )
        ]
        table.rows_model.style_of = lambda line: RowStyle(bold=line["last"])
        table.show_rows(rows)
        table.setFixedHeight(28 * (len(rows) + 1) + 4)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return table

    def _question(self, change: OwnChange) -> QWidget:
        reason = QLineEdit()
        reason.setPlaceholderText("没有第二人时写明理由，会印在花名册上；如：社保卡到期换卡，已看新卡原件")
        self._reasons[change.key] = reason
        head = row(icon_label("warn", "warn", 16), label(change.sentence, tone="warn"), None)
        inside = column(head, row(24, reason, spacing=0), spacing=4, margins=(12, 6, 12, 10))
        return frame("notice", inside, "warn")

    def _second_person(self) -> QWidget:
        self._name, self._password = QLineEdit(), QLineEdit()
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._name.setPlaceholderText("第二人姓名")
        self._password.setPlaceholderText("他的密码")
        words = label("请第二人核对账户，在这里输入姓名和密码；核对过的不用再写理由", "hint")
        return body(column(words, row(self._name, self._password, spacing=8), spacing=4))

    def _missing(self) -> str:
        name, password = self.second
        if bool(name) != bool(password):
            (self._password if name else self._name).setFocus()
            return "第二人的姓名和密码都要填。"
        for change in self._own if not name else ():
            if not self._reasons[change.key].text().strip():
                self._reasons[change.key].setFocus()
                if self._many is not None:
                    self._many.ensureWidgetVisible(self._reasons[change.key])
                return "请第二人核对，或写明理由，理由会印在花名册上。"
        if not self._seen.isChecked():
            return "先看过四张名单，再打上勾。"
        return ""

    @property
    def answers(self) -> LockAnswers:
        """Reasons and second person as they stand in the dialog."""
        reasons = {key: text for key, edit in self._reasons.items() if (text := edit.text().strip())}
        name, password = self.second
        return LockAnswers(reasons, name, password)

    @property
    def second(self) -> tuple[str, str]:
        """Name and password of a second person; empty where nobody looked."""
        return (self._name.text().strip(), self._password.text()) if self._own else ("", "")

    def ask_again(self, given: LockAnswers, problem: str, *, name_wrong: bool = False) -> None:
        """Everything as it was answered but the password, and what was wrong; the focus where it is mended."""
        for key, text in given.reasons.items():
            if key in self._reasons:
                self._reasons[key].setText(text)
        self._seen.setChecked(True)
        if self._own:
            self._name.setText(given.name)
            edit = self._name if name_wrong else self._password
            edit.selectAll()
            edit.setFocus()
        self.say_problem(problem)
