"""`siaga ...` and `python -m siaga ...`."""

from __future__ import annotations

import sys

from siaga.commands import build
from siaga.commands.terminal import complain, language
from siaga.processes.trouble import Trouble
from siaga.settings import SettingInvalid

EXIT_TROUBLE = 1
# Something on this machine must be put right first; the text says what. Wrong usage is 2, as everywhere.


def main() -> None:
    """Run the command line. Expected troubles are one sentence; anything else is a traceback, on purpose."""
    try:
        build(sys.argv[1:])(prog_name="siaga")
    except Trouble as trouble:
        complain(trouble.words.spoken(language()))
        sys.exit(EXIT_TROUBLE)
    except SettingInvalid as wrong:
        complain(str(wrong))
        sys.exit(EXIT_TROUBLE)


if __name__ == "__main__":
    main()
