"""Puts the seeds (forms/ and resources/) into the wheel, under minzheng_desktop/seeds/."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

SEEDS = ("forms", "resources")


class BuildWithSeeds(build_py):
    """The ordinary build plus a copy of the seeds; an editable install reads them from the checkout."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        root = Path(__file__).resolve().parents[1]
        for name in SEEDS:
            target = Path(self.build_lib) / "minzheng_desktop" / "seeds" / name
            shutil.copytree(root / name, target, dirs_exist_ok=True)
