"""What to do about a file that was not taken: a next step for every reason, for those who received it and for the
laptop that wrote it, and one sentence that names file, sender, number, reason and next step."""

from __future__ import annotations

import re

_AGAIN = "请乡镇再上报一次：程序会把存底里的原包补抄到 U 盘上，内容一模一样，不会重复。"
_SOURCE = "先查明文件的来路，打电话问清是谁、用哪台电脑写的；查清以前不要再收。"
_TWO = (
    "打电话问清：是旧的台账文件拷了回来，就在电脑登记表里“确认续接”，乡镇读入续接回执后程序自己比对补报；"
    "是两台电脑在用同一份台账，就停用其中一台，另发接入文件。"
)
_STICK = "检查盘是否插好、文件能不能打开，再收一次；还不行就换一个盘，请乡镇补抄。"
_FOLLOW = {
    "gap": "请乡镇再上报一次：缺的包会自动补抄到 U 盘上。",
    "no_room": "把文件留着；缺的包到了，再收这一个。",
    "other_epoch": "打电话核对：确是这台电脑恢复过备份，就“确认续接”，把续接回执交给乡镇读入；不是，就停用它。",
    "fork": _TWO,
    "broken_chain": _TWO,
    "audit_shorter": "打电话问清台账是不是被换回过旧的；是，就“确认续接”。",
    "clock_back": "请乡镇校准电脑的日期和时间，并核对这段时间里写的日期、月份。",
    "clock_ahead": "核对县局和乡镇电脑的日期和时间。",
    "county_older": "有较新的县库或备份，请先换回来；没有，请各乡镇再上报一次，缺的包会自动补抄。",
    "impossible_standing": "先核对县局电脑的日期，不对就改对再收；日期没错，问清包是什么程序写的，查清前不要再收。",
    "newer_program": "把本机的程序升级到同一版本，再收一次这个包；乡镇不用重做。",
    "unregistered": "是本县的电脑，就为它发接入文件；不是，查明文件的来路。",
    "revoked": "这台电脑已停用，不要再收它的包；要重新使用，另发接入文件。",
    "enrolment_expired": "为这台电脑重新发接入文件，乡镇读入后再上报。",
    "enrolment_reused": "打电话核对是哪一台；必要时停用这台电脑，重新发接入文件。",
    "bad_registration": _SOURCE,
    "bad_signature": _SOURCE,
    "head_mismatch": _SOURCE,
    "bomb": _SOURCE,
    "other_division": _SOURCE,
    "other_county": "这个包不是给本县的，退给送来的乡镇。",
    "wrong_kind": "选 .mzpkg 的上报包；回执、下发包是给乡镇读的。",
    "not_a_package": "这不是上报包，不用收；该有包的，" + _AGAIN,
    "not_for_us": "县局的密钥换过或不是给本县的：先给这台电脑一份新回执，读入后再上报。",
    "changed_meanwhile": "再收一次。",
    "no_county_keys": "先为乡镇发接入文件，或用根密钥恢复县局的密钥。",
    "not_found": _STICK,
    "no_permission": _STICK,
    "disk_error": _STICK,
    "not_a_file": "选文件，不是文件夹；要收整个文件夹，用“读取 U 盘”。",
    "person_exists": "与乡镇核对是谁的证号重了，请乡镇改好后再上报。",
    "duplicate": "与乡镇核对哪一条重了，请乡镇改好后再上报。",
    "not_unique": "与乡镇核对哪一条重了，请乡镇改好后再上报。",
}
_STOP = "上报先停下，打电话给县局核对；县局确认后写一份续接回执，读入后程序自己比对，只补报不同的。"
_REWRITE = "再上报一次，程序会把存底里的原包补抄到 U 盘上；盘不牢靠就换一个。"
_TOLD = {
    "fork": _STOP,
    "broken_chain": _STOP,
    "other_epoch": "打电话请县局在电脑登记表里“确认续接”，读入续接回执后再上报。",
    "impossible_standing": "上报先停下，打电话给县局：两边核对电脑的日期，再核对本机的程序是从哪里来的。",
    "newer_program": "本机不用重做；请县局升级程序后再收一次。",
    "not_for_us": "读入县局最新的回执或下发包，再上报一次。",
    "revoked": "这台电脑已被县局停用；要继续使用，请县局另发接入文件。",
    "enrolment_expired": "请县局重新发接入文件。",
    "enrolment_reused": "打电话给县局核对：接入文件可能被别的电脑用过。",
    "bad_signature": "不是本机写的，就告诉县局有人冒名；是本机写的，再上报一次。",
    "person_exists": "看清是谁的证号重了，改好后再上报。",
    "duplicate": "看清哪一条重了，改好后再上报。",
}
_KEPT = re.compile(r"(没有读入[^。]*。).*", re.DOTALL)
"""What a reason adds after that nothing was taken is advice; the next step says it better."""
_NAME = re.compile(r"^(\d{9})([A-Z])(?:续\w+)?_(\d{4,9})\b")


def next_step(code: str) -> str:
    """What the office that did not take a file does next; there is one for every code."""
    return _FOLLOW.get(code, _AGAIN)


def next_step_of_sender(code: str) -> str:
    """What the laptop that wrote the file does next, as its receipt tells it."""
    return _TOLD.get(code, _REWRITE)


def claimed_by_name(name: str) -> tuple[str, str, int] | None:
    """Division, letter and number that a package's file name claims, None for a name of another kind."""
    found = _NAME.match(name)
    return (found[1], found[2], int(found[3])) if found else None


def refusal_words(*, file: str, sender: str, number: int | None, reason: str, way: str) -> str:
    """One sentence about a file that was not taken. `sender` in words, "" where nothing proved says who."""
    whose = f"（{sender or '来源不明'}{f'第 {number:04d} 号包' if number is not None else ''}）"
    what = _KEPT.sub(r"\1", reason)
    stop = "" if what.endswith("。") else "。"
    return f"{file}{whose}：{what}{stop}下一步：{way}"
