"""The command line's door: `minzheng …`. The commands themselves stand in `commands/`, one module per noun.

Exit codes: 0 the command judged its input (a refused package is a result); 1 it did nothing, for a reason
that the user can mend; 2 wrong usage. A fault of ours also ends with 1, under the code "internal".
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from minzheng_desktop.commands import (
    batches,
    bulletins,
    catalog,
    checks,
    conflicts,
    copies,
    county,
    county_desk,
    county_keys,
    demo,
    desks,
    discover,
    duplicates,
    findings,
    frame,
    gui,
    handover,
    moving,
    papers,
    peers,
    people,
    publishing,
    records,
    recoveries,
    reports,
    returns,
    reviews,
    rosters,
    site,
    transfers,
    users,
)
from minzheng_desktop.faults import record_fault
from minzheng_desktop.store.files import disk_error
from minzheng_desktop.values.errors import UserError

app = frame.new_app("民政台账：登记、发放、打印、上报下发，不用窗口的做法。选项写在子命令之后。")
frame.command(app, "init")(site.init)
app.add_typer(rosters.app, name="roster")
frame.command(app, "template")(rosters.template)
app.add_typer(people.app, name="people")
app.add_typer(records.app, name="record")
app.add_typer(catalog.rates_app, name="rates")
app.add_typer(batches.app, name="batch")
frame.command(app, "export")(handover.export)
frame.command(app, "receive")(handover.receive)
app.add_typer(county.app, name="county")
frame.command(county.app, "board")(county_desk.board)
frame.command(county.app, "radar")(county_desk.radar)
frame.command(county.app, "sample")(county_desk.sample)
county.app.add_typer(duplicates.app, name="duplicates")
county.app.add_typer(county_keys.app, name="keys")
county.app.add_typer(transfers.county_app, name="transfers")
frame.command(county.app, "bulletin")(bulletins.write)
frame.command(county.app, "report")(reports.annual)
frame.command(county.app, "fact")(reports.fact)
frame.command(county.app, "move")(moving.move)
app.add_typer(reports.app, name="report")
app.add_typer(handover.receipt_app, name="receipt")
app.add_typer(handover.app, name="handover")
app.add_typer(bulletins.app, name="bulletin")
app.add_typer(findings.app, name="finding")
frame.command(county.app, "answers")(findings.answers)
app.add_typer(copies.app, name="copies")
app.add_typer(site.audit_app, name="audit")
app.add_typer(site.app, name="site")
app.add_typer(peers.app, name="peer")
app.add_typer(conflicts.app, name="conflicts")
app.add_typer(catalog.forms_app, name="forms")
frame.command(catalog.forms_app, "publish")(publishing.publish)
frame.command(catalog.forms_app, "offered")(publishing.offered)
frame.command(catalog.forms_app, "accept")(publishing.accept)
frame.command(app, "check")(checks.check)
frame.command(app, "document")(papers.document)
frame.command(app, "list")(papers.list_print)
frame.command(app, "notice")(papers.notice)
app.add_typer(recoveries.app, name="recovery")
app.add_typer(returns.app, name="returns")
app.add_typer(reviews.app, name="review")
app.add_typer(discover.app, name="discover")
app.add_typer(desks.decision_app, name="decision")
app.add_typer(desks.key_app, name="key")
app.add_typer(transfers.app, name="transfer")
app.add_typer(users.app, name="user")
app.add_typer(papers.certificate_app, name="certificate")
frame.command(app, "backup")(site.backup)
frame.command(app, "restore")(site.restore)
frame.command(app, "gui")(gui.gui)
frame.command(app, "demo")(demo.demo)


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a rare character must not fail
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command, writes its answer or its error, and returns the exit code."""
    as_json = "--json" in arguments
    try:
        code = app(list(arguments), prog_name="minzheng", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except UserError as error:
        return _refuse(error, as_json=as_json)
    except typer.TyperException as error:
        return _explain_usage(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _refuse(UserError("interrupted", "操作被中断，没有改动。"), as_json=as_json)
    except BrokenPipeError:
        # The reader (head, a pager) has seen enough; keep Python from complaining at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        trouble = disk_error(error, Path(error.filename or "."), kept="没有完成的改动都已退回")
        return _refuse(trouble, as_json=as_json)
    except Exception as error:
        if os.environ.get("MINZHENG_DEBUG"):
            raise
        return _refuse(_fault(error), as_json=as_json)


def _refuse(error: UserError, *, as_json: bool) -> int:
    typer.echo("\n".join([error.message, *frame.problem_lines(error.problems)]), err=True)
    if as_json:
        body: dict[str, object] = {"error": frame.error_data(error)}
        if error.problems:
            body["problems"] = frame.problems_data(error.problems)
        frame.write_json(body)
    return 1


def _explain_usage(error: typer.TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    message = _usage_sentence(error)
    hint = f"用 {context.command_path} --help 看用法。" if context is not None else ""
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
    else:
        typer.echo(f"{message}{hint}", err=True)
    if as_json:
        frame.write_json({"error": {"code": "usage", "message": message}})
    return 2


# What the library says about wrong usage, in its words and in ours.
_USAGE = (
    (r"No such command '(.+?)'", r"没有子命令 \1"),
    (r"Got unexpected extra argument\S* \((.+)\)", r"多出了参数 \1"),
    (r"Option '(.+?)' requires an argument", r"选项 \1 后面缺少内容"),
    (r"(?:Value error, )?'(.*)' is not one of (.+)", r"“\1”不在可选的 \2 之中"),
    (r"Input should be a valid integer.*", r"这里要填整数"),
    (r"Input should be greater than or equal to (\d+)", r"至少是 \1"),
    (r"\. Did you mean (.+?)\?", r"；是不是 \1"),
)


def _usage_sentence(error: typer.TyperException) -> str:
    """The usage error in Chinese; the library's own words where it has a case that we did not foresee."""
    parameter = getattr(error, "param", None)
    name = parameter.opts[0] if parameter is not None and parameter.opts else ""
    if parameter is not None and getattr(parameter, "param_type_name", "") == "argument":
        name = (parameter.metavar or parameter.name or "").upper()
    match type(error).__name__:
        case "MissingParameter":
            return f"用法不对：缺少 {name}。"
        case "NoSuchOption":
            return f"用法不对：没有选项 {getattr(error, 'option_name', '')}。"
        case "NoArgsIsHelpError":
            return "用法不对：缺少子命令。"
    words = error.message.rstrip(".")
    for theirs, ours in _USAGE:
        words = re.sub(theirs, ours, words)
    return f"用法不对{f'（{name}）' if name else ''}：{words}。"


def _fault(error: Exception) -> UserError:
    log: Path | None = record_fault(error)
    where = f"经过已记入 {log}（不含个人信息）。" if log else ""
    kind = type(error).__name__
    return UserError("internal", f"程序自身出了错（{kind}），没有完成的改动都已退回。{where}请交给维护人员。")
