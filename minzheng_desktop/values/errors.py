"""Problems found in data, and the one exception that people are meant to read.

Two kinds of error exist. The user's or the world's is a `UserError`: its message is a Chinese sentence that
says what happened, what was kept and what to do. Ours is any other exception.
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong, doubtful or worth knowing about a value.

    `path` names the field ("apply_date", "members.2.id_number") or a part of it, `level` is
    "error", "warning" or "info", `code` a stable English word for programs.
    """

    path: str
    message: str
    level: str = "error"
    code: str = ""

    @property
    def is_error(self) -> bool:
        """True when the value may not be used as it stands."""
        return self.level == "error"


class UserError(Exception):
    """An error that the user can understand and mend.

    `code` is a stable English word, `message` a Chinese sentence, `problems` the fields at fault.
    """

    def __init__(self, code: str, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = problems

    def __reduce__(self) -> tuple[type[UserError], tuple[str, str, tuple[Problem, ...]]]:
        return type(self), (self.code, self.message, self.problems)


class RefusedFile(UserError):
    """A file was not read: `message` begins with its name, its sender and its number, `reason` is the rest.

    `sender` is the division code that the file claims ("" when it cannot be read), `letter` the laptop's.
    """

    file: Path | None = None
    sender: str = ""
    letter: str = ""
    number: int | None = None
    reason: str = ""
