"""The layout of an old .xls file: the records of its BIFF8 stream inside an OLE2 container.

Sources: [MS-CFB] for the container, [MS-XLS] for the records. Only what rosters need is read: date epoch,
encryption, hidden rows and columns, formulas. Anything unexpected leaves the layout empty rather than failing:
values are read elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from minzheng_desktop.exchange.rosters.layout import BookLayout, SheetLayout

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_BOF, _EOF, _FORMULA, _DATEMODE, _FILEPASS = 0x0809, 0x000A, 0x0006, 0x0022, 0x002F
_COLINFO, _BOUNDSHEET, _ROW = 0x007D, 0x0085, 0x0208


class Container:
    """The streams of an OLE2 file by name. Raises ValueError or struct.error for a broken one."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(SIGNATURE) or len(data) < 512:
            raise ValueError("not an OLE2 container")
        self._data = data
        self._size = 1 << struct.unpack_from("<H", data, 30)[0]
        first_directory = struct.unpack_from("<I", data, 48)[0]
        self._cutoff, first_mini, _, first_difat, _ = struct.unpack_from("<5I", data, 56)
        self._fat = self._read_fat(first_difat)
        directory = b"".join(self._chain(first_directory))
        self._entries: dict[str, tuple[int, int]] = {}
        root = (0, 0)
        for place in range(0, len(directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", directory, place + 64)
            start, size = struct.unpack_from("<II", directory, place + 116)
            name = directory[place : place + max(length - 2, 0)].decode("utf-16-le", "replace")
            if kind == 5:
                root = (start, size)
            elif kind in (1, 2):
                self._entries[name] = (start, size)
        mini_fat = b"".join(self._chain(first_mini)) if first_mini < _END else b""
        self._mini_fat = struct.unpack(f"<{len(mini_fat) // 4}I", mini_fat)
        self._mini = b"".join(self._chain(root[0])) if root[0] < _END and root[1] else b""

    @property
    def names(self) -> frozenset[str]:
        """Names of streams and storages at any depth."""
        return frozenset(self._entries)

    def stream(self, name: str) -> bytes:
        """One stream's bytes."""
        start, size = self._entries[name]
        if size >= self._cutoff:
            return b"".join(self._chain(start))[:size]
        parts, seen = [], 0
        while start < _END and seen <= len(self._mini_fat):
            parts.append(self._mini[start * 64 : start * 64 + 64])
            start, seen = self._mini_fat[start], seen + 1
        return b"".join(parts)[:size]

    def _sector(self, number: int) -> bytes:
        place = (number + 1) * self._size
        return self._data[place : place + self._size]

    def _read_fat(self, next_difat: int) -> tuple[int, ...]:
        sectors = [s for s in struct.unpack_from("<109I", self._data, 76) if s < _END]
        seen = 0
        while next_difat < _END and seen * self._size < len(self._data):
            numbers = struct.unpack(f"<{self._size // 4}I", self._sector(next_difat))
            sectors += [s for s in numbers[:-1] if s < _END]
            next_difat, seen = numbers[-1], seen + 1
        table = b"".join(self._sector(s) for s in sectors)
        return struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])

    def _chain(self, start: int) -> Iterator[bytes]:
        seen = 0
        while start < _END and seen <= len(self._fat):
            if start >= len(self._fat):
                raise ValueError("broken chain of sectors")
            yield self._sector(start)
            start, seen = self._fat[start], seen + 1


def book_stream(container: Container) -> bytes | None:
    """The workbook's stream, or None when the container holds something else."""
    for name in ("Workbook", "Book", "WORKBOOK"):
        if name in container.names:
            return container.stream(name)
    return None


def has_macros(container: Container) -> bool:
    """Whether a macro project lies in the container."""
    return any(name.upper() in ("_VBA_PROJECT_CUR", "_VBA_PROJECT") for name in container.names)


def is_encrypted(stream: bytes) -> bool:
    """Whether the stream asks for a password (a FILEPASS record among its first records)."""
    for _, kind, _ in _records(stream, 0):
        if kind == _FILEPASS:
            return True
        if kind in (_EOF, _BOUNDSHEET):
            break
    return False


def read_xls_layout(stream: bytes) -> BookLayout:
    """Hidden rows and columns, formulas and the date epoch of a BIFF8 stream."""
    book = BookLayout()
    for _, kind, body in _records(stream, 0):
        if kind == _DATEMODE and len(body) >= 2:
            book.epoch1904 = struct.unpack_from("<H", body)[0] == 1
        elif kind == _BOUNDSHEET and len(body) >= 8:
            start, _, _, length, wide = struct.unpack_from("<IBBBB", body)
            raw = body[8 : 8 + length * (2 if wide & 1 else 1)]
            book.sheets[raw.decode("utf-16-le" if wide & 1 else "latin-1", "replace")] = _sheet(stream, start)
        elif kind == _EOF:
            break
    return book


def _sheet(stream: bytes, start: int) -> SheetLayout:
    sheet = SheetLayout()
    for _, kind, body in _records(stream, start):
        if kind == _ROW and len(body) >= 16:
            row, options = struct.unpack_from("<H", body)[0], struct.unpack_from("<I", body, 12)[0]
            if options & 0x20:
                sheet.hidden_rows.add(row + 1)
        elif kind == _COLINFO and len(body) >= 10:
            first, last, _, _, options = struct.unpack_from("<5H", body)
            if options & 1 and last - first < 200:
                sheet.hidden_columns.update(range(first, last + 1))
        elif kind == _FORMULA and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            sheet.formulas.add((row + 1, column))
        elif kind == _EOF:
            break
    return sheet


def _records(stream: bytes, place: int) -> Iterator[tuple[int, int, bytes]]:
    depth = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        body = stream[place + 4 : place + 4 + length]
        depth += kind == _BOF
        if depth <= 1:  # charts inside a sheet bring records of their own
            yield place, kind, body
        if kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        place += 4 + length
