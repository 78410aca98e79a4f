"""Starting the window: first start or sign-in, then the office."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from .. import __version__, paths
from ..store import vault
from ..store.postgres import is_url, parse_url, shown, with_password
from ..store.shelf import shipped_divisions
from ..store.store import Store
from ..values.dates import stamp_text
from ..values.errors import UserError
from . import theme
from .first_start import FirstStartPage, NewSite, Towns
from .kit.dialog import ConfirmDialog
from .kit.fields import Field
from .page import Page
from .shell import Fact, Shell, Tab
from .signin import SignInFacts, SignInPage
from .worker import Worker, WorkerBase

if TYPE_CHECKING:
    from .gateway.office import Office
    from .window import Opened, Window


def run(db: str | Path | None = None) -> int:
    """Open the window on a database (a file, or the URL of a county's server; default: the file of this user) and
    return the exit code.

    With ``MINZHENG_PASSWORD`` set the sign-in is done for whoever started the program that way.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("民政台账")
    app.setApplicationVersion(__version__)
    theme.apply_theme(app)
    start = Start(db or paths.default_database(), Worker())
    start.begin(password=os.environ.get("MINZHENG_PASSWORD"), user=os.environ.get("MINZHENG_USER"))
    return app.exec()


class Start(QObject):
    """What stands before the office: sign-in or first start, in the same window frame."""

    def __init__(
        self, place: str | Path, worker: WorkerBase, *, clock: Callable[[], date] = date.today
    ) -> None:
        super().__init__()
        self.url = str(place) if is_url(str(place)) else ""
        self.path = paths.default_database() if self.url else Path(place)
        self.worker, self._clock = worker, clock
        self.window: Window | None = None
        self.shell: Shell | None = None
        self.page: Page | None = None
        worker.unhandled.connect(self._failed)

    def begin(self, *, password: str | None = None, user: str | None = None) -> None:
        """Sign in where a database stands or a server was named, else make one."""
        if not self.url and not self.path.is_file():
            self.show_first_start()
            return
        self.show_sign_in()
        if password:
            self.sign_in(self.url or str(self.path), user or "", password)

    # -- sign-in -----------------------------------------------------------------------------------

    def show_sign_in(self) -> None:
        """The sign-in card."""
        page = SignInPage()
        page.show_facts(server_facts(self.url) if self.url else sign_in_facts(self.path))
        page.server_wanted.connect(self._ask_server)
        page.open_wanted.connect(self.sign_in)
        page.browse_wanted.connect(self._browse)
        page.recover_wanted.connect(self._ask_recovery)
        page.restore_wanted.connect(self._ask_restore)
        page.new_wanted.connect(self.show_first_start)
        self._show(page)

    def sign_in(self, path: str, user: str, password: str) -> None:
        """Open the database, a file or a server's; a refusal is said under the password."""
        page = self.page
        assert isinstance(page, SignInPage)
        page.refuse("")
        page.wait("正在打开台账")

        def job() -> Any:
            if is_url(path):
                return self._opened(Store.open_server(path, user=user or None, password=password))
            return self._opened(Store.open(Path(path), user=user or None, password=password))

        self.worker.run(job, self._enter, failed=self._refused)

    def _refused(self, error: Exception) -> None:
        if isinstance(self.page, SignInPage):
            self.page.ready()
            self.page.refuse(error.message if isinstance(error, UserError) else f"没有打开：{error}")
        else:
            self._failed(error)

    def _browse(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self.shell, "选台账文件", str(self.path.parent), "台账 (*.db);;全部文件 (*)"
        )
        if name and isinstance(self.page, SignInPage):
            self.path, self.url = Path(name), ""
            self.page.show_facts(sign_in_facts(self.path))

    def _ask_server(self) -> None:
        dialog = ConfirmDialog(
            title="县库在哪台服务器上？", icon="link",
            sentence="照服务器管理员给的写：postgresql://账号@服务器:5432/库名。数据库密码只用这一次，不存在本机。",
            verb="用这个县库", quiet="不了", verb_icon="check",
        )  # fmt: skip
        address, secret = QLineEdit(remembered_server()), QLineEdit()
        secret.setEchoMode(QLineEdit.EchoMode.Password)
        dialog.body.addWidget(Field("地址", address, required=True))
        dialog.body.addWidget(Field("数据库密码", secret))
        dialog.require(lambda: _address_trouble(address.text()))
        dialog.agreed.connect(lambda: self.use_server(address.text(), secret.text()))
        assert self.shell is not None
        dialog.open_over(self.shell.layer_parent())

    def use_server(self, address: str, secret: str) -> None:
        """Sign in to the county's database of a server from now on; its address is kept, its password is not."""
        self.url = with_password(address, secret)
        remember_server(self.url)
        if isinstance(self.page, SignInPage):
            self.page.show_facts(server_facts(self.url))
            self.page.take_focus()

    def _ask_recovery(self) -> None:
        dialog = ConfirmDialog(
            title="用恢复密钥打开？", icon="shield",
            sentence="把封存的恢复密钥照着写（没有了就请县局写根密钥），打开以后马上设一个新密码。",
            verb="打开台账", quiet="不了", verb_icon="unlock",
        )  # fmt: skip
        key, new = QLineEdit(), QLineEdit()
        new.setEchoMode(QLineEdit.EchoMode.Password)
        user = QLineEdit()
        dialog.body.addWidget(Field("恢复密钥", key, required=True))
        dialog.body.addWidget(Field("用户", user, required=True))
        dialog.body.addWidget(Field("新密码", new, required=True))
        missing = "三项都要填，密码至少 8 位。"
        dialog.require(lambda: "" if key.text() and user.text() and len(new.text()) >= 8 else missing)
        dialog.agreed.connect(lambda: self.recover(key.text().strip(), user.text().strip(), new.text()))
        assert self.shell is not None
        dialog.open_over(self.shell.layer_parent())

    def recover(self, key: str, user: str, password: str) -> None:
        """Open with the recovery key, set a password, sign in with it."""

        def job() -> Any:
            from ..county.keys.rescue import rescue_on_server
            from ..exchange.rescue import rescue

            if self.url:
                rescue_on_server(self.url, key=key, user=user, password=password)
                return self._opened(Store.open_server(self.url, user=user, password=password))
            rescue(self.path, key=key, user=user, password=password)
            return self._opened(Store.open(self.path, user=user, password=password))

        self.worker.run(job, self._enter, failed=self._refused)

    def _ask_restore(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self.shell, "从备份恢复", str(self.path.parent), "备份 (*.mzbak)"
        )
        if not name:
            return
        target, _ = QFileDialog.getSaveFileName(
            self.shell, "恢复成哪一份新台账", str(self.path.with_name("restored.db")), "台账 (*.db)"
        )
        if target and isinstance(self.page, SignInPage):
            password = self.page.password.text()
            self.restore(Path(name), Path(target), password)

    def restore(self, source: Path, target: Path, password: str) -> None:
        """Make a new database from a backup with the password in the field."""
        from ..store import backup

        self.worker.run(
            lambda: self._opened(backup.restore(source, target, user=None, password=password)),
            self._enter,
            failed=self._refused,
        )

    # -- first start ---------------------------------------------------------------------------------

    def show_first_start(self) -> None:
        """Four steps, nothing written before the third is confirmed."""
        divisions = shipped_divisions()
        county = divisions.county
        towns = Towns(
            (county.code, county.name) if county else ("", ""),
            tuple((t.code, t.name) for t in divisions.towns),
        )
        path = self.path
        at = 1
        while path.exists():
            path, at = self.path.with_name(f"{self.path.stem}-{at}{self.path.suffix}"), at + 1
        page = FirstStartPage(towns, str(path))
        page.villages_wanted.connect(
            lambda town: page.show_villages(
                tuple((v.code, divisions.short_name(v.code)) for v in divisions.villages(town))
            )
        )
        page.create_wanted.connect(self.create)
        page.back_wanted.connect(self._back_to_sign_in)
        page.finished.connect(self._finish)
        self._show(page)

    def _back_to_sign_in(self) -> None:
        if self.url or self.path.is_file():
            self.show_sign_in()

    def create(self, site: NewSite) -> None:
        """Make the database; the recovery key is shown once."""

        def job() -> tuple[Any, str, bytes]:
            from ..documents.key_sheet import make_key_sheet

            store, key = Store.create(
                Path(site.path),
                role=site.role,
                division=site.division,
                user=site.user,
                password=site.password,
                demonstration=site.demonstration,
                villages=site.villages,
            )
            sheet = make_key_sheet(store, key, printed_at=stamp_text())
            return self._opened(store), key, sheet.data

        def done(found: tuple[Any, str, bytes]) -> None:
            self._waiting, key, sheet = found
            assert isinstance(self.page, FirstStartPage)
            self.page.show_key(key, sheet)

        def failed(error: Exception) -> None:
            if isinstance(error, UserError) and isinstance(self.page, FirstStartPage):
                self.page.refuse(error.message)
            else:
                self._failed(error)

        self.worker.run(job, done, failed=failed)

    def _finish(self) -> None:
        self._enter(self._waiting)

    # -- into the office ----------------------------------------------------------------------------------

    def _opened(self, store: Store) -> tuple[Office, Opened]:
        from .gateway.office import Office
        from .window import Opened

        office = Office(store, self._clock)
        return office, Opened(office)

    def _enter(self, found: tuple[Office, Opened]) -> None:
        from .window import Window

        office, opened = found
        self.window = Window(office, self.worker, opened)
        shell = self.window.shell
        shell.resize(self.shell.size() if self.shell is not None else shell.size())
        shell.showMaximized()
        if self.shell is not None:
            self.shell.hide()
            self.shell.deleteLater()
            self.shell = None

    def _show(self, page: Page) -> None:
        before = self.shell
        shell = Shell((Tab("in", "登录", lambda: page),), user="")
        shell.hide_header()
        shell.show_facts(
            (Fact(f"民政台账 {__version__} · {'只连县库服务器' if self.url else '不连接网络'}"),)
        )
        shell.show_tab("in")
        shell.resize(1366, 768)
        shell.closing.connect(self.worker.stop)
        shell.help_wanted.connect(shell.show_help)
        shell.show()
        self.shell, self.page = shell, page
        QTimer.singleShot(0, _warm)
        if before is not None:
            before.closing.disconnect()
            before.hide()
            before.deleteLater()

    def _failed(self, error: Exception) -> None:
        if self.window is None and self.shell is not None:
            self.shell.say(error.message if isinstance(error, UserError) else f"程序出了错：{error}", "error")


def _warm() -> None:
    """Read the rest of the window's code while the password is being typed; the card stands already."""
    importlib.import_module(f"{__package__}.window")


def sign_in_facts(path: Path) -> SignInFacts:
    """What is known of a database without its password: where it is and how many may open it."""
    try:
        users = sum(1 for slot in vault.list_slots(path) if slot.kind == "user")
    except (UserError, OSError, AttributeError):
        users = 0
    who = (("", "唯一的用户"),) if users == 1 else (("", "写上你的姓名"),)
    return SignInFacts(
        title="民政台账",
        line=path.name,
        files=((str(path), f"{path.name} · {path.parent}"),),
        users=who,
        facts=(
            ("doc", "ink-2", f"{users} 个用户可以打开这份台账" if users else "还没有选台账文件"),
            ("shield", "ink-2", "台账已加密。密码连错 5 次后要等待，等待会逐次加长"),
        ),
    )


def server_facts(url: str) -> SignInFacts:
    """What is known of a server before anybody signed in: its address."""
    place = shown(url)
    return SignInFacts(
        title="民政台账",
        line=place.rpartition("/")[2],
        files=((url, place),),
        users=(("", "写上你的姓名"),),
        facts=(
            ("doc", "ink-2", "县库在服务器上，几个人可以同时办理"),
            ("shield", "ink-2", "备份由服务器管理员做。口令连错 5 次后要等待，等待会逐次加长"),
        ),
    )


def _address_trouble(address: str) -> str:
    try:
        parse_url(address)
    except UserError as error:
        return error.message
    return ""


def _server_file() -> Path:
    return paths.user_data_dir() / "server.txt"


def remembered_server() -> str:
    """The address of the server that was used last on this computer, without a password."""
    file = _server_file()
    return file.read_text("utf-8").strip() if file.is_file() else ""


def remember_server(url: str) -> None:
    """Keep a server's address for the next time; a folder that cannot be written only costs the typing."""
    with contextlib.suppress(OSError):
        _server_file().parent.mkdir(parents=True, exist_ok=True)
        _server_file().write_text(shown(url), "utf-8")
