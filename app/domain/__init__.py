"""One package per capability; the order of who may import whom is in pyproject.toml."""
