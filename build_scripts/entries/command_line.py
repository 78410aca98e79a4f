"""The bundled command line."""

from minzheng_desktop.cli import main

main()
