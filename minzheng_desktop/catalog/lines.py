"""Line numbers of TOML keys: tomllib keeps none, and a message without a line helps nobody."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*(\]\]?)")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'")


class LineMap:
    """Dotted path (``section.1.field.times``; lists count from 0) to line number (from 1)."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        counts: dict[str, int] = {}
        prefix = ""
        depth = 0
        fence = ""
        for number, line in enumerate(text.split("\n"), start=1):
            if fence:
                if fence in line:
                    fence = ""
                continue
            if depth == 0:
                header = _HEADER.match(line)
                if header:
                    prefix = self._enter(header, counts, number)
                    continue
                key = _KEY.match(line)
                if key:
                    path = ".".join(filter(None, (prefix, *_parts(key.group(1)))))
                    self._lines.setdefault(path, number)
            fence = _open_fence(line)
            depth = max(0, depth + _bracket_balance(line)) if not fence else depth

    def _enter(self, header: re.Match[str], counts: dict[str, int], number: int) -> str:
        path: list[str] = []
        parts = _parts(header.group(2))
        for at, part in enumerate(parts):
            path.append(part)
            dotted = ".".join(path)
            last = at == len(parts) - 1
            if last and header.group(1) == "[[":
                counts[dotted] = counts.get(dotted, -1) + 1
            if dotted in counts:
                path.append(str(counts[dotted]))
        dotted = ".".join(path)
        self._lines.setdefault(dotted, number)
        return dotted

    def line_of(self, path: str) -> int:
        """Line of the path, or of its nearest known ancestor; 0 when none is known."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path.rpartition(".")[0]
        return 0


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _open_fence(line: str) -> str:
    for fence in ('"""', "'''"):
        if line.count(fence) % 2:
            return fence
    return ""


def _bracket_balance(line: str) -> int:
    bare = _STRING.sub("", line).partition("#")[0]
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
