"""A process of its own that sets one page into PDF: ``python typeset.py TEMPLATE``, data in, PDF out.

Setting takes a tenth of a second of pure computing; in the web process every caller's screen would wait for it. What
people typed comes in as data and is never read as markup. Run as a plain script, so that it starts without the house.
"""

from __future__ import annotations

import sys


def main(template: str) -> None:
    """Read JSON from standard input and write the PDF to standard output; fonts are typst's own, embedded."""
    import typst

    data = sys.stdin.buffer.read().decode("utf-8")
    sys.stdout.buffer.write(
        typst.compile(template, sys_inputs={"data": data}, format="pdf", ignore_system_fonts=True)
    )


if __name__ == "__main__":
    main(sys.argv[1])
