"""What the approval desk asks: number and text of a decision, the result of a re-check."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit

from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field


class DecisionDialog(ConfirmDialog):
    """The number and the text of a decision."""

    def __init__(self, kind: str, words: str, count: int) -> None:
        super().__init__(
            title=f"{words} {count} 件？",
            icon="flag",
            sentence="决定写进县库，随回执带给乡镇。乡镇读了回执，记录的状态才变。",
            verb=words,
            quiet="再看看",
            danger=kind != "confirm",
            verb_icon="check",
        )
        self._kind = kind
        self._number, self._text = QLineEdit(), QLineEdit()
        self._number.setPlaceholderText("如：城民发〔2026〕12 号")
        self.body.addWidget(Field("文号", self._number, required=kind == "confirm"))
        self.body.addWidget(Field("意见", self._text, required=kind != "confirm"))
        self.require(self._missing)

    def _missing(self) -> str:
        if self._kind == "confirm" and not self.number:
            return "写上批准的文号。"
        if self._kind != "confirm" and not self.text:
            return "写明退回或不予确认的理由，乡镇会看到。"
        return ""

    @property
    def number(self) -> str:
        """Document number."""
        return self._number.text().strip()

    @property
    def text(self) -> str:
        """What the township will read."""
        return self._text.text().strip()


class RecheckDialog(ConfirmDialog):
    """抽查结果: how, when, by whom, whether it holds, and what was seen."""

    def __init__(self, who: str) -> None:
        super().__init__(
            title="登记抽查结果",
            icon="flag",
            sentence=f"{who}。结果写进县库，同意时随决定带给乡镇。",
            verb="登记",
            quiet="不了",
            verb_icon="check",
        )
        self._way, self._result = QComboBox(), QComboBox()
        for key, words in (("visit", "入户"), ("phone", "电话")):
            self._way.addItem(words, key)
        for key, words in (("holds", "属实"), ("differs", "不属实")):
            self._result.addItem(words, key)
        self._on, self._by, self._note = QLineEdit(), QLineEdit(), QLineEdit()
        self._on.setPlaceholderText("今天，或写 6-17")
        self._by.setPlaceholderText("不写就是登录的人")
        self._note.setPlaceholderText("看到什么；不属实必须写哪里不符")
        for words, editor, required in (
            ("方式", self._way, True), ("日期", self._on, False), ("谁去核的", self._by, False),
            ("结果", self._result, True), ("说明", self._note, False),
        ):  # fmt: skip
            self.body.addWidget(Field(words, editor, required=required))
        self.require(self._missing)

    def _missing(self) -> str:
        differs = self._result.currentData() == "differs"
        return "写明哪里不符，乡镇会看到。" if differs and not self._note.text().strip() else ""

    @property
    def answers(self) -> dict[str, str]:
        """way, on, by, result, note as they were entered."""
        return {
            "way": self._way.currentData(), "on": self._on.text().strip(), "by": self._by.text().strip(),
            "result": self._result.currentData(), "note": self._note.text().strip(),
        }  # fmt: skip
