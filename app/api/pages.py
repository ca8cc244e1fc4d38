"""Where the built pages lie."""

import os
from pathlib import Path


def built_pages() -> Path:
    return Path(os.environ.get("REFLEX_WEB_WORKDIR", ".web")) / "build" / "client"
