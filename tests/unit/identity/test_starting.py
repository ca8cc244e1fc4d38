"""What keeps a configuration from serving."""

from pathlib import Path

import pytest

from app import wiring
from app.kit.config import Settings


def test_production_refuses_the_development_sender_and_plain_http(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(wiring, "settings", lambda: Settings(env="production", key_folder=tmp_path))
    with pytest.raises(wiring.CannotStart) as caught:
        wiring.wire()
    for words in ("DATABASE_URL", "SANDUK_OTP=console", "https://"):
        assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []
