"""What every command shares: its options, opening the database, and how results and errors come out.

A command is a function that returns an `Answer`: the object that `--json` prints, and the lines that a person
reads. Nothing else writes to stdout. Money leaves as text ("1234.50"), paths as absolute text.
"""

from __future__ import annotations

import functools
import getpass
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import msgspec
import typer
import typer.core

from minzheng_desktop.paths import default_database
from minzheng_desktop.values.errors import Problem, RefusedFile, UserError

if TYPE_CHECKING:
    from minzheng_desktop.exchange.folder import Listed
    from minzheng_desktop.store.store import Store

P = ParamSpec("P")
Returned = TypeVar("Returned")

DATABASE = "MINZHENG_DB"
Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="FILE|URL",
        help="台账文件，或县库服务器的地址 postgresql://…；不写则用环境变量 MINZHENG_DB，再没有就用本机默认的台账。",
    ),
]
UserName = Annotated[
    str | None, typer.Option("--user", metavar="NAME", help="用户名；台账只有一个用户时可以不写。")
]
AsJson = Annotated[bool, typer.Option("--json", help="只在标准输出写一个 JSON 对象。")]


class Answer(msgspec.Struct, frozen=True):
    """What a command found or did: `data` for programs, `lines` for people."""

    data: dict[str, Any]
    lines: Sequence[str] = ()


_HEADINGS = (
    ("Usage:", "用法："),
    ("Options:", "选项："),
    ("Commands:", "子命令："),
    ("Arguments:", "参数："),
    ("[OPTIONS] COMMAND [ARGS]...", "子命令 …"),
    ("[OPTIONS]", "[选项]"),
    ("[required]", "[必填]"),
    ("Show this message and exit.", "显示这段说明。"),
)


def _in_chinese(help_text: str) -> str:
    for english, chinese in _HEADINGS:
        help_text = help_text.replace(english, chinese)
    return help_text


class _Group(typer.core.TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return _in_chinese(super().get_help(ctx))


class _Command(typer.core.TyperCommand):
    def get_help(self, ctx: Any) -> str:
        return _in_chinese(super().get_help(ctx))


def new_app(help_text: str) -> typer.Typer:
    """A group of commands in our manner: plain help, no shell completion, errors left to `cli.run`."""
    return typer.Typer(
        cls=_Group,
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def command(app: typer.Typer, name: str) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """Adds a function that returns an Answer to the group, under this name."""

    def add(function: Callable[P, Answer]) -> Callable[P, Answer]:
        @functools.wraps(function)
        def answering(*args: P.args, **kwargs: P.kwargs) -> None:
            _tell(function(*args, **kwargs), as_json=bool(kwargs.get("as_json")))

        app.command(name, cls=_Command)(answering)
        return function

    return add


def default_command(
    app: typer.Typer,
) -> Callable[[Callable[P, Answer | None]], Callable[P, Answer | None]]:
    """What the group does by its bare name; the function returns None where a subcommand was named."""

    def add(function: Callable[P, Answer | None]) -> Callable[P, Answer | None]:
        @functools.wraps(function)
        def answering(*args: P.args, **kwargs: P.kwargs) -> None:
            answer = function(*args, **kwargs)
            if answer is not None:
                _tell(answer, as_json=bool(kwargs.get("as_json")))

        app.callback(cls=_Group, invoke_without_command=True, no_args_is_help=False)(answering)
        return function

    return add


def _tell(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        write_json(answer.data)
        return
    for line in answer.lines:
        typer.echo(line)


def write_json(data: Any) -> None:
    """One JSON object and a line end on stdout, in UTF-8 whatever the console's code page."""
    encoded = msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(encoded.decode())
    else:
        stream.write(encoded)
    sys.stdout.flush()


def absolute(path: Path | str) -> str:
    """The path as the JSON names it."""
    return str(Path(path).expanduser().absolute())


def today() -> date:
    """The day on which the command runs, here."""
    return datetime.now().astimezone().date()


def typed_day(text: str) -> str:
    """A typed date as ISO text; today where nothing was typed."""
    from minzheng_desktop.values.date_text import parse_date

    return parse_date(text, today=today()).text if text else today().isoformat()


def error_data(error: UserError) -> dict[str, Any]:
    """A refusal as the JSON names it; of a file also its name, the division that wrote it, its number, the reason."""
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, RefusedFile) and error.file is not None:
        told |= {
            "file": absolute(error.file),
            "from": error.sender or None,
            "letter": error.letter or None,
            "number": error.number,
            "reason": error.reason,
        }
    return told


def problems_data(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Field problems as the JSON names them."""
    return [{"path": p.path, "message": p.message, "level": p.level, "code": p.code} for p in problems]


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Field problems for people, one a line."""
    return [f"  {p.path}：{p.message}" if p.path else f"  {p.message}" for p in problems]


def yield_all(steps: Generator[Any, None, Returned]) -> Returned:
    """Run a stepwise job to its end; what it showed on the way is for a window."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            done: Returned = end.value
            return done


def left_data(listed: Sequence[Listed]) -> dict[str, Any]:
    """What was left alone in folders, as the JSON names it."""
    return {
        "seen": sum(one.seen for one in listed),
        "half": [{"file": absolute(half.path), "why": half.why} for one in listed for half in one.half],
        "other": [absolute(path) for one in listed for path in one.other],
    }


def secret_from(variable: str, prompt: str, *, twice: bool = False) -> str:
    """A password or phrase from the environment, or asked for at a terminal without showing it.

    `twice` asks again and compares, for a password that is being set. Raises UserError `password_missing` when
    there is neither environment nor terminal, `passwords_differ`.
    """
    given = os.environ.get(variable)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UserError(
            "password_missing", f"没有给出{prompt}，什么也没有做。请在终端里运行，或设置环境变量 {variable}。"
        )
    typed = getpass.getpass(f"{prompt}：", stream=sys.stderr)
    if twice and getpass.getpass(f"再输一遍{prompt}：", stream=sys.stderr) != typed:
        raise UserError("passwords_differ", f"两遍{prompt}不一样，什么也没有做。请重新运行。")
    return typed


def chosen(db: str | None) -> str:
    """What a command works on, as it was named: --db, MINZHENG_DB, or this computer's own database."""
    return db or os.environ.get(DATABASE) or str(default_database())


def database_path(db: str | None) -> Path:
    """The database file that a command works on, always absolute. Raises UserError ``not_on_server`` for a URL."""
    from minzheng_desktop.store.postgres import is_url

    named = chosen(db)
    if is_url(named):
        raise UserError("not_on_server", "这个命令只用于台账文件，不用于服务器上的县库。没有改动。")
    return Path(named).expanduser().absolute()


@contextmanager
def opened(db: str | None, user: str | None, password: str | None = None) -> Iterator[Store]:
    """The database, open as this user for the length of one command; `password` where it was asked for already.

    Raises UserError for a wrong password, a foreign, newer or busy database (store.Store.open, open_server).
    """
    from minzheng_desktop.store import postgres
    from minzheng_desktop.store.places import require_file
    from minzheng_desktop.store.store import Store

    named = chosen(db)
    on_server = postgres.is_url(named)
    if on_server:
        postgres.parse_url(named)
    else:
        require_file(database_path(named))  # before a password is asked for
    secret = secret_from("MINZHENG_PASSWORD", "口令") if password is None else password
    store = (
        Store.open_server(named, user=user, password=secret)
        if on_server
        else Store.open(database_path(named), user=user, password=secret)
    )
    try:
        yield store
    finally:
        store.close()
