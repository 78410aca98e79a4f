"""`minzheng user …`: who may open the database."""

from __future__ import annotations

from typing import Annotated

import typer

from minzheng_desktop.commands.frame import (
    Answer,
    AsJson,
    Database,
    UserName,
    command,
    new_app,
    opened,
    secret_from,
)

app = new_app("用户：列出、加人、改自己的口令、移除。")

Name = Annotated[str, typer.Argument(metavar="NAME", help="姓名，登录时用的。")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        metavar="ROLE",
        help="角色，可以写多次：town_clerk 经办人，town_leader 分管领导；"
        "县局 county_reviewer 审核员，county_admin 管理员。",
    ),
]
Title = Annotated[str, typer.Option("--title", metavar="T", help="职务，会印在单上。")]
NEW_PASSWORD = "MINZHENG_NEW_PASSWORD"


@command(app, "list")
def list_all(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """列出用户：姓名、角色、职务，移除了的也列。"""
    from minzheng_desktop.store.store import ROLES
    from minzheng_desktop.store.users import list_users

    with opened(db, user) as store:
        found, me = list_users(store), store.user
    data = [
        {
            "name": u.name,
            "roles": list(u.roles),
            "title": u.title,
            "active": u.active,
            "signed_in": u.name == me,
        }
        for u in found
    ]
    lines = [
        f"{u.name}  {'、'.join(ROLES.get(role, role) for role in u.roles)}{f'  {u.title}' if u.title else ''}"
        f"{'' if u.active else '  已移除'}{'  现在登录' if u.name == me else ''}"
        for u in found
    ]
    return Answer({"users": data}, lines)


@command(app, "add")
def add(
    name: Name,
    role: Roles,
    title: Title = "",
    db: Database = None,
    user: UserName = None,
    as_json: AsJson = False,
) -> Answer:
    """加一个用户；新用户的口令在终端里问，或用环境变量 MINZHENG_NEW_PASSWORD 给。"""
    from minzheng_desktop.store.store import ROLES
    from minzheng_desktop.store.users import add_user

    with opened(db, user) as store:
        password = secret_from(NEW_PASSWORD, f"{name}的口令", twice=True)
        made = add_user(store, name=name, password=password, roles=tuple(dict.fromkeys(role)), title=title)
    words = "、".join(ROLES[key] for key in made.roles)
    return Answer({"name": made.name, "roles": list(made.roles)}, [f"已加用户 {made.name}（{words}）。"])


@command(app, "password")
def password(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """改自己的口令；忘了口令用 key rescue。"""
    from minzheng_desktop.store.users import change_password

    old = secret_from("MINZHENG_PASSWORD", "现在的口令")
    with opened(db, user, old) as store:
        change_password(store, old=old, new=secret_from(NEW_PASSWORD, "新口令", twice=True))
        who = store.user
    return Answer({"user": who}, [f"已改 {who} 的口令，旧口令不能再用。"])


@command(app, "reset")
def reset(name: Name, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """服务器上的县库：管理员给忘了口令的人设新口令（单机台账用 key rescue）。"""
    from minzheng_desktop.store.users import reset_password

    with opened(db, user) as store:
        reset_password(store, name=name, password=secret_from(NEW_PASSWORD, f"{name}的新口令", twice=True))
    return Answer({"user": name}, [f"已给 {name} 设新口令，旧口令不能再用。"])


@command(app, "remove")
def remove(name: Name, db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """移除一个用户：他的口令不再能打开，整个台账换密钥重新加密；他做过的事仍记在他名下。"""
    from minzheng_desktop.store.users import remove_user

    with opened(db, user) as store:
        remove_user(store, name=name)
        on_server = store.path is None
    said = (
        f"已移除 {name}，他正开着的窗口也不能再保存。"
        if on_server
        else f"已移除 {name}，台账已换密钥。移除以前的备份仍能用他的口令打开。"
    )
    return Answer({"removed": name}, [said])
