"""The command line's door: `minzheng …`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True)


def main() -> None:
    """Runs the command line; the exit code says how it ended."""
    app()
