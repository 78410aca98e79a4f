"""退票: what the bank sent back is registered, sent again or left to the treasury."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit

from ...benefits import bank_returns
from ...benefits.reissues import Again
from ...values.money import format_money_grouped
from ..gateway import returns as gateway
from ..kit.basics import label
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column
from ..listing import Line
from .desks import Actions, ListRoom, typed_day

if TYPE_CHECKING:
    from ...documents.reissue_file import Reissued
    from ...exchange.bank_results import Matched
    from ..gateway.office import Office
    from ..window import Window

RESULTS = "银行结果文件 (*.xlsx *.xls *.et *.csv *.txt)"
FILES = "Excel 工作簿 (*.xlsx);;CSV 文本 (*.csv)"
_SHOWN = 8


class ReturnsRoom(ListRoom):
    """Pills: what waits, what was sent again, what is left to the treasury, everything, and what one batch sent."""

    COLUMNS: Sequence[Column] = (
        Column("name", "姓名", 136, bold=True), Column("village", "村", 88), Column("form", "业务", 116),
        Column("month", "月份", 72), Column("amount", "金额", 92, "right"), Column("reason", "退票原因", 150),
        Column("on", "退回", 92), Column("from", "退回的账户", 96), Column("to", "现在的账户", 96),
        Column("state", "状态", 0),
    )  # fmt: skip
    ACTIONS: Actions = (
        ("withdraw", "撤销登记", "undo", ""), ("drop", "不再发放", "dash", ""), ("again", "文件、交接单", "doc", ""),
        ("register", "登记退票", "return", "F4"), ("read", "读结果文件", "in", "F6"), ("send", "重发", "bank", "F8"),
    )  # fmt: skip
    EMPTY = "没有退票。按 F6 读银行的结果文件，或在“发出的”里选一行按 F4 登记。"
    MANY = True
    WITHOUT_LINES = frozenset({"read"})

    def __init__(self, desk: Window, send: str = "") -> None:
        if desk.is_county:  # the townships' returns, to look at
            self.COLUMNS = tuple(
                Column("village", "乡镇", 88) if one.key == "village" else one for one in self.COLUMNS
            )
            self.ACTIONS = ()
            self.EMPTY = "各乡镇没有退票。"
        super().__init__(desk)
        self.batch = send
        self.page.manual = "payment"

    def refresh(self) -> None:
        """The lines as they are now."""
        pill, send = self.pill, self.batch
        self.run_latest("listing", lambda office: gateway.view(office, pill, send), self.page.show_listing)

    def open_line(self, line: Line) -> None:
        if self.pill != gateway.SENT:
            self.desk.open_record(line.target[0].record, line.target[0].form)

    # -- registering -----------------------------------------------------------------------------

    def register(self, lines: list[Line]) -> None:
        """A reason and a day for the payments chosen."""
        items = [line.target.items[0] for line in lines]
        total = sum(line.target.amount for line in lines)
        self.run(
            gateway.reasons,
            lambda known: self._ask_reason(
                known, items, f"{len(items)} 笔，{format_money_grouped(total)} 元"
            ),
        )

    def _ask_reason(self, known: dict[str, str], items: list[str], words: str) -> None:
        dialog = ConfirmDialog(
            title=f"登记退票：{words}？", icon="return", verb="登记", quiet="不了", verb_icon="check",
            sentence="已锁定的批次不变，以后各月的计划也不变；改好账户以后重发。",
        )  # fmt: skip
        box, day, said = QComboBox(), QLineEdit(self.desk.today.isoformat()), QLineEdit()
        for code, title in known.items():
            box.addItem(title, code)
        for widget in (
            Field("退票原因", box), Field("退回日期", day, required=True),
            Field("银行的原话", said, hint="可以空着"),
        ):  # fmt: skip
            dialog.body.addWidget(widget)
        dialog.require(lambda: "" if day.text().strip() else "填上退回日期。")

        def job(office: Office) -> int:
            on = typed_day(day.text(), self.desk)
            return gateway.register(office, items, reason=box.currentData(), words=said.text(), on=on)

        dialog.agreed.connect(lambda: self.run(job, self._registered))
        dialog.open_over(self.desk.layer_parent())

    def _registered(self, count: int) -> None:
        self.pill = ""
        self.done(f"已登记 {count} 笔退票")(None)

    def read(self, _lines: list[Line]) -> None:
        """Ask for the bank's result file."""
        name, _ = QFileDialog.getOpenFileName(self.page, "选择银行的结果文件", str(self.desk.folder), RESULTS)
        if name:
            self.read_file(Path(name))

    def read_file(self, file: Path) -> None:
        """Read it, and ask which batch it is of."""
        self.run(lambda office: gateway.read(office, file), self._ask_batch)

    def _ask_batch(self, found: gateway.Read) -> None:
        dialog = ConfirmDialog(
            title=f"“{found.results.file}”是哪一批的结果？", icon="in", verb="对照", quiet="不了", verb_icon="check",
            sentence=f"读到 {len(found.results.rows)} 行。按账号、户名、金额对照，三样都相同的才登记。",
        )  # fmt: skip
        box, day = QComboBox(), QLineEdit(self.desk.today.isoformat())
        for send in found.sends:
            box.addItem(f"{send.title}　{send.number}　{format_money_grouped(send.total)} 元", send.key)
        box.setCurrentIndex(max(box.findData(found.best), 0))
        dialog.body.addWidget(Field("批次", box))
        dialog.body.addWidget(Field("退回日期", day, required=True))
        dialog.require(
            lambda: (
                "还没有发出过批次。" if not found.sends else "" if day.text().strip() else "填上退回日期。"
            )
        )

        def job(office: Office) -> tuple[Matched, str]:
            on = typed_day(day.text(), self.desk)
            return gateway.match(office, found.results, box.currentData()), on

        dialog.agreed.connect(lambda: self.run(job, lambda made: self._ask_register(*made)))
        dialog.open_over(self.desk.layer_parent())

    def _ask_register(self, matched: Matched, on: str) -> None:
        """What the file says came back, and what does not match."""
        count = len(matched.returned)
        unmatched = f"；{len(matched.unmatched)} 行对不上，不登记" if matched.unmatched else ""
        dialog = ConfirmDialog(
            title=f"{matched.send.title}：{count} 笔退票，{format_money_grouped(matched.total)} 元",
            icon="return", verb=f"登记 {count} 笔" if count else "知道了", quiet="不了", verb_icon="check",
            sentence=f"成功 {matched.paid} 笔{unmatched}。",
        )  # fmt: skip
        shown = [
            f"{one.row.who}　{format_money_grouped(one.sent.amount)} 元　{one.row.words or one.row.result}"
            for one in matched.returned[:_SHOWN]
        ]
        shown += [f"还有 {count - _SHOWN} 笔退票"] if count > _SHOWN else []
        for text in shown:
            dialog.body.addWidget(label(text))
        for text in matched.unmatched[:_SHOWN]:
            dialog.body.addWidget(label(text, tone="warn"))
        if len(matched.unmatched) > _SHOWN:
            dialog.body.addWidget(label(f"还有 {len(matched.unmatched) - _SHOWN} 行对不上", tone="warn"))
        if count:
            dialog.agreed.connect(
                lambda: self.run(lambda office: gateway.register_file(office, matched, on), self._registered)
            )
        dialog.open_over(self.desk.layer_parent())

    # -- sending again ---------------------------------------------------------------------------

    def send(self, lines: list[Line]) -> None:
        """The lines chosen go into a bank file of their own."""
        chosen: list[Again] = [line.target[1] for line in lines if line.target[1] is not None]
        plans = [one for one in chosen if not one.blocked]
        if not plans:
            why = f"{chosen[0].line.name}：{chosen[0].blocked}。" if chosen else "选未重发的退票。"
            self.desk.say(f"不能重发。{why}", "warn")
            return
        left = f"另有 {len(chosen) - len(plans)} 笔账户没有改好，不在内。" if len(chosen) > len(plans) else ""
        ids = [one.line.id for one in plans]
        total = format_money_grouped(sum(one.line.amount for one in plans))
        own = [line.target[1] for line in lines if line.target[2] and not line.target[1].blocked]
        dialog = ConfirmDialog(
            title=f"重发 {len(ids)} 笔，共 {total} 元？", icon="bank", verb="写银行文件", quiet="不了",
            verb_icon="check",
            sentence="写一份只有这几笔的银行文件，记为已重发；账户冻结成现在的样子。不是补发，以后的月份不受影响。"
            + left,
        )  # fmt: skip
        name, password, reason = QLineEdit(), QLineEdit(), QLineEdit()
        password.setEchoMode(QLineEdit.EchoMode.Password)
        if own:
            names = "、".join(dict.fromkeys(one.line.name for one in own[:5]))
            dialog.body.addWidget(label(f"{len(own)} 笔的账户改过，还没有第二人核对：{names}", tone="warn"))
            for words, edit, hint in (
                ("第二人姓名", name, "看过新账户的人"), ("他的密码", password, ""),
                ("理由", reason, "没有第二人时写明，如：单人岗，已看新卡原件"),
            ):  # fmt: skip
                dialog.body.addWidget(Field(words, edit, hint=hint))

        def missing() -> str:
            if bool(name.text().strip()) != bool(password.text()):
                return "第二人的姓名和密码都要填。"
            if own and not name.text().strip() and not reason.text().strip():
                return "请第二人核对，或写明理由。"
            return ""

        dialog.require(missing)
        dialog.agreed.connect(
            lambda: self._ask_target(ids, (name.text().strip(), password.text()), reason.text().strip())
        )
        dialog.open_over(self.desk.layer_parent())

    def _ask_target(self, ids: list[str], second: tuple[str, str], reason: str) -> None:
        def ask(proposed: str) -> None:
            target = self._target(proposed)
            if target is not None:
                self.write(target, ids, second, reason)

        self.run(gateway.proposed_name, ask)

    def _target(self, proposed: str, kinds: str = FILES) -> Path | None:
        path = str(self.desk.folder / f"{proposed}.xlsx")
        name, chosen = QFileDialog.getSaveFileName(self.page, "重发文件存到哪里", path, kinds)
        if not name:
            return None
        return Path(name).with_suffix("." + chosen.partition("*.")[2].rstrip(")"))

    def write(
        self, target: Path, ids: list[str], second: tuple[str, str] = ("", ""), reason: str = ""
    ) -> None:
        """Write the file that the clerk named, and note what it holds as sent again."""
        self.run(
            lambda office: gateway.send(office, target, ids, second=second, reason=reason), self._written
        )

    def _written(self, made: Reissued) -> None:
        name = Path(made.file).name
        self.done(f"已写出 {name}：{made.count} 笔，{format_money_grouped(made.total)} 元，读回核对相同")(
            None
        )

    def again(self, lines: list[Line]) -> None:
        """The same file once more, or the sheet that goes to the bank with it."""
        one: bank_returns.ReturnLine = lines[0].target[0]
        if not one.reissue:
            self.desk.say("选一笔已经重发的。", "info")
            return
        target = self._target(gateway.file_name(one.reissue), f"{FILES};;银行交接单 (*.pdf)")
        if target is not None:
            self.run(lambda office: gateway.send_again(office, target, one.reissue), self._written)

    # -- what is not sent again ------------------------------------------------------------------

    def drop(self, lines: list[Line]) -> None:
        """The money stays with the treasury."""
        ids = [line.id for line in lines]
        total = format_money_grouped(sum(line.target[0].amount for line in lines))
        self.ask(
            f"{len(ids)} 笔共 {total} 元不再发放？", "钱退回财政；这几个月的钱以后也不会再补发。", "不再发放",
            (("reason", "理由", ""), ("on", "日期", self.desk.today.isoformat())),
            lambda a: self.run(
                lambda office: bank_returns.drop_returns(
                    office.store, ids, reason=a["reason"], on=typed_day(a["on"], self.desk), today=office.today
                ),
                self.done("已退回财政，不再发放"),
            ),
            danger=True,
        )  # fmt: skip

    def withdraw(self, lines: list[Line]) -> None:
        """Registered in error."""
        ids = [line.id for line in lines]
        self.ask(
            f"撤销 {len(ids)} 笔退票的登记？", "登记错了才撤销；已经重发的不能撤销。", "撤销",
            (("reason", "理由", ""),),
            lambda a: self.run(
                lambda office: bank_returns.withdraw_returns(office.store, ids, reason=a["reason"]),
                self.done("已撤销登记"),
            ),
            danger=True,
        )  # fmt: skip
