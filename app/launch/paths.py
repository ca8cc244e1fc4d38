"""Where things are in the checkout, and how the launcher talks."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = ROOT / ".sanduk"
"""Made by the launcher: builds of the front end, its own tools. May be deleted at any time while nothing runs."""
BIN = Path(sys.prefix) / "bin"


def say(text: str) -> None:
    """Words for the person at the terminal, on stderr: stdout belongs to results.

    What a file brought into them can't move the cursor: symbols that don't print stand as question marks.
    """
    plain = "".join(symbol if symbol.isprintable() or symbol == "\n" else "?" for symbol in text)
    sys.stderr.write(f"{plain}\n")
    sys.stderr.flush()


class Refusal(Exception):
    """The command can't go on; the text is for a person. `code` is the exit status: 1 differs, 2 bad input."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code
