"""The bundled program that a double click starts: the window."""

import sys

from minzheng_desktop.cli import run

sys.exit(run(["gui", *sys.argv[1:]]))
