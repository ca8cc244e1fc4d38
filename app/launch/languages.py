"""One build, every language: the built pages hold `@@key@@` where a text stands, and are written out once for each.

English lies at the root, another language in a folder of its code. Nothing of it runs in the browser: a page in Swahili
is as small and as prerendered as one in English.
"""

import gzip
import re
import shutil
from html import escape
from pathlib import Path

import brotli

from app.kit.i18n import DEFAULT, LANGUAGES, MARKED, t

TEXTS = (".html", ".js")
PACKED = (".css", ".json", ".svg")
BROTLI_QUALITY = 10  # a ninth smaller than gzip's best, in half a second; 11 takes four times that
_SCRIPTS = re.compile(r"(?<=[\"'`])(/?)assets/(?=[^\"'`]*\.js)")
_SPECIAL = re.compile(r"[\"'`\\$<\n]")


def write_out(client: Path) -> None:
    """Turn the build in `client` into all languages. Raises KeyError for a text that one of them lacks."""
    marked = client.with_name("marked")
    client.rename(marked)
    shutil.copytree(marked, client, ignore=lambda _, names: [name for name in names if _is_text(name)])
    for code in LANGUAGES:
        folder = client if code == DEFAULT else client / code
        for path in (path for path in sorted(marked.rglob("*")) if path.suffix in TEXTS):
            target = folder / path.relative_to(marked)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = translated(path.read_text("utf-8"), code, path.suffix)
            target.write_text(text, "utf-8")
            _pack(target)
    for path in (path for path in sorted(client.rglob("*")) if path.suffix in PACKED):
        _pack(path)
    shutil.rmtree(marked)


def _pack(path: Path) -> None:
    """Beside the file what browsers are sent: brotli over https and on this machine, gzip elsewhere."""
    content = path.read_bytes()
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, mtime=0))
    path.with_name(f"{path.name}.br").write_bytes(brotli.compress(content, quality=BROTLI_QUALITY))


def _is_text(name: str) -> bool:
    return name.removesuffix(".gz").removesuffix(".br").endswith(TEXTS)


def translated(text: str, code: str, suffix: str) -> str:
    """A built file in one language; scripts and pages of other languages load their own scripts."""
    if code != DEFAULT:
        text = _SCRIPTS.sub(rf"\1{code}/assets/", text)
    quoted = _in_html if suffix == ".html" else _in_script
    return MARKED.sub(lambda found: quoted(t(found[1], code)), text)


def _in_html(text: str) -> str:
    return escape(text)


def _in_script(text: str) -> str:
    """Safe inside each of JavaScript's three kinds of quotes."""
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
