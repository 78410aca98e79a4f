"""`python -m minzheng_desktop …`: the command line without the installed script."""

from minzheng_desktop.cli import main

if __name__ == "__main__":
    main()
