"""`minzheng county keys …`: the county's keys shown, changed, taken up on another computer, or with a new root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from minzheng_desktop.catalog.divisions import Divisions
    from minzheng_desktop.county.keys.keyring import KeyState

app = new_app("县局的密钥：看指纹、换工作密钥、换电脑后恢复、根密钥丢了另换。")
ROOT_KEY = "MINZHENG_ROOT_KEY"


def _told(state: KeyState, names: Divisions) -> tuple[dict[str, Any], list[str]]:
    data = {
        "root": state.root,
        "working": state.working,
        "issued_at": state.issued_at,
        "earlier": state.earlier,
        "not_enrolled": [{"division": one, "letter": letter} for one, letter in state.not_enrolled],
    }
    lines = [
        f"根密钥指纹 {state.root}，工作密钥指纹 {state.working}（{state.issued_at[:10]} 起）。",
        f"以前的读包密钥还留着 {state.earlier} 把，路上的包照样打得开。",
    ]
    if state.not_enrolled:
        whose = "、".join(f"{names.name(one)} {letter} 机" for one, letter in state.not_enrolled)
        lines.append(f"还没有按新根密钥接入的电脑：{whose}。逐台发接入文件，电话核对根密钥指纹。")
    return data, lines


@command(app, "show")
def show(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """看县局密钥的指纹，和还没有按现在的根密钥接入的电脑。"""
    from minzheng_desktop.county.keys.keyring import key_state
    from minzheng_desktop.county.receiving.senders import require_county

    with opened(db, user) as store:
        require_county(store)
        with store.reading() as r:
            data, lines = _told(key_state(r), store.catalog.divisions)
    return Answer(data, lines)


@command(app, "rotate")
def rotate(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """换一对工作密钥（要输入纸上的根密钥）；乡镇读到下一份回执或下发包就认新的，不用重新接入。"""
    from minzheng_desktop.county.keys.keyring import rotate_keys

    with opened(db, user) as store:
        state = rotate_keys(store, secret_from(ROOT_KEY, "纸上的县局根密钥"))
        data, lines = _told(state, store.catalog.divisions)
    return Answer(data, ["已换工作密钥。", *lines])


@command(app, "recover")
def recover(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """县局换了电脑、恢复了备份或密钥丢了：用纸上的根密钥另做工作密钥，接着收包、写回执。"""
    from minzheng_desktop.county.keys.enrolments import list_laptops
    from minzheng_desktop.county.keys.keyring import recover_keys

    with opened(db, user) as store:
        state = recover_keys(store, secret_from(ROOT_KEY, "纸上的县局根密钥"))
        data, lines = _told(state, store.catalog.divisions)
        with store.reading() as r:
            known = sum(one.state == "registered" for one in list_laptops(r))
    next_line = (
        f"登记着 {known} 台电脑，都接着用：请各乡镇读一份新回执，再上报一次，县库缺的包会自动补抄。"
        if known
        else "这是新的县库，没有登记的电脑：为每台电脑发接入文件，乡镇接入后全部重新上报一遍，内容不会丢。"
    )
    return Answer({**data, "laptops": known}, ["已用根密钥恢复。", *lines, next_line])


@command(app, "new-root")
def new_root(db: Database = None, user: UserName = None, as_json: AsJson = False) -> Answer:
    """纸上的根密钥丢了：另做一把，只显示这一次；每个乡镇都要重新接入，电话核对新指纹。"""
    from minzheng_desktop.county.keys.keyring import replace_root

    with opened(db, user) as store:
        made = replace_root(store)
        data, lines = _told(made.state, store.catalog.divisions)
    told = f"新的根密钥（只显示这一次，抄写或打印后锁进柜子）：{made.root_key}"
    return Answer({**data, "root_key": made.root_key}, [told, *lines])
