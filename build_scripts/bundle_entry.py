"""What the bundle runs: the command line, or the window when started as `minzheng-window` (a double click)."""

import sys
from pathlib import Path

from minzheng_desktop import cli

if Path(sys.executable).stem == "minzheng-window":
    sys.exit(cli.run(["gui", *sys.argv[1:]]))
cli.main()
