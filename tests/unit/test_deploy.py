"""What `deploy/` and the pages about running say, held against the settings that there are."""

import re
from pathlib import Path

import pytest

from app.kit.config import PLACEHOLDER, Settings
from app.launch.paths import ROOT

DEPLOY = ROOT / "deploy"
KNOWN = {f"SANDUK_{name}".upper() for name in Settings.model_fields} | {
    "DATABASE_URL",
    "DATABASE_ADMIN_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
}
ELSEWHERE = {"SANDUK_SITE", "SANDUK_WEB"}
"""Read by the Caddyfile."""
NAME = re.compile(r"\b(?:SANDUK|DATABASE)_[A-Z_]+\b|\bREDIS_URL\b")


def example() -> dict[str, str]:
    lines = (DEPLOY / "env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.parametrize("file", ["deploy/env.example", "deploy/compose.yaml", "deploy/Caddyfile"])
def test_every_setting_that_is_named_exists(file: str):
    assert set(NAME.findall((ROOT / file).read_text())) - KNOWN - ELSEWHERE == set()


def test_the_readme_names_every_setting():
    told = (ROOT / "README.md").read_text().replace("`_SECRET`", "SANDUK_TWILIO_SECRET")
    told = told.replace("`_SERVICE`", "SANDUK_TWILIO_SERVICE")
    missing = {one for one in KNOWN if one not in told}
    outside = ("DATABASE", "DATABASE_ADMIN", "DATABASE_LISTEN", "DATABASE_OWNER", "REDIS")
    assert missing == {f"SANDUK_{name}_URL" for name in outside}


def test_the_example_does_not_start_until_it_is_filled_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SANDUK_ENV", "production")
    for name, value in example().items():
        monkeypatch.setenv(name, value)
    found = Settings().refusals()
    assert any(PLACEHOLDER in one for one in found)
    filled = {
        "DATABASE_URL": "postgresql://sanduk_app:right@database/sanduk",
        "SANDUK_TWILIO_KEY": "SK" + "0" * 32,
        "SANDUK_TWILIO_SECRET": "s" * 32,
        "SANDUK_TWILIO_SERVICE": "VA" + "0" * 32,
        "SANDUK_METRICS_TOKEN": "m" * 32,
    }
    for name, value in filled.items():
        assert PLACEHOLDER in example()[name]
        monkeypatch.setenv(name, value)
    assert Settings().refusals() == []


def test_secrets_stay_out_of_the_image_and_the_repository():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"deploy/*.env", "deploy/.env", "deploy/keys", ".git"} <= set(ignored)
    assert {".env", "deploy/*.env", "deploy/keys/"} <= set((ROOT / ".gitignore").read_text().split())
    assert not [one for one in Path(DEPLOY).iterdir() if one.suffix == ".env" or one.name in (".env", "keys")]
