"""Makes `assets/sanduk.css` of the tokens and the hand-written rules: `python -m app.web.theme.styles`."""

import re
from pathlib import Path

from app.web.theme.tokens import DARK, LIGHT

RULES = Path(__file__).with_name("sanduk.css")
MADE = Path(__file__).parents[3] / "assets" / "sanduk.css"


def _variables(tokens: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in tokens.items())


def stylesheet() -> str:
    """Dark by the system's preference, unless the page carries the class `light` or `dark`."""
    head = "/* Made by app/web/theme/styles.py; change the sources. */\n"
    light = f":root {{ color-scheme: light; {_variables(LIGHT)} }}\n"
    rules = f"{{ color-scheme: dark; {_variables(DARK)} }}"
    dark = f"@media (prefers-color-scheme: dark) {{ :root:not(.light) {rules} }}\n:root.dark {rules}\n"
    return head + packed(light + dark + RULES.read_text("utf-8"))


def packed(css: str) -> str:
    """Without comments and needless spaces; a rule per line, so that a change can be read."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    bare = re.sub(r"\s+", " ", bare)
    return re.sub(r" ?([{};,>]) ?|: ", lambda found: found[1] or ":", bare).replace("}", "}\n").strip() + "\n"


if __name__ == "__main__":
    MADE.write_text(stylesheet(), "utf-8")
