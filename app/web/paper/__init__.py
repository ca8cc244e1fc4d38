"""Documents on paper: receipts and statements as HTML that a printer behind the port turns into PDF, and as tables."""

from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
