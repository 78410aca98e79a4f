"""The program opens no socket; only the PostgreSQL driver of a county may, by explicit address (design §5)."""

from __future__ import annotations

import ast
from pathlib import Path

NETWORK = {
    "aiohttp",
    "asyncio",
    "ftplib",
    "http",
    "httpx",
    "imaplib",
    "poplib",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "telnetlib",
    "urllib3",
    "websockets",
    "xmlrpc",
}
NETWORK_PARTS = {
    "urllib.request",
    "PySide6.QtNetwork",
    "multiprocessing.connection",
    "multiprocessing.managers",
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_no_module_imports_a_way_to_the_network(root: Path) -> None:
    offenders = {}
    for path in (root / "minzheng_desktop").rglob("*.py"):
        names = imported(path)
        bad = {
            n for n in names if n.partition(".")[0] in NETWORK or any(n.startswith(p) for p in NETWORK_PARTS)
        }
        if bad:
            offenders[str(path.relative_to(root))] = sorted(bad)
    assert offenders == {}
