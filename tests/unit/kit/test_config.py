"""Which configurations must not serve, and that a refusal never says a secret."""

import pytest

from app.kit.config import PLACEHOLDER, Settings

SECRET = "s" * 32
PRODUCTION = {
    "SANDUK_ENV": "production",
    "DATABASE_URL": "postgresql://sanduk_app:secret@db/sanduk",
    "SANDUK_PUBLIC_URL": "https://sanduk.example",
    "SANDUK_OTP": "twilio",
    "SANDUK_TWILIO_KEY": "SK" + "1a" * 16,
    "SANDUK_TWILIO_SECRET": SECRET,
    "SANDUK_TWILIO_SERVICE": "VA" + "2b" * 16,
    "SANDUK_METRICS_TOKEN": "m" * 24,
    "REDIS_URL": "redis://redis:6379/0",
}


def refused(monkeypatch: pytest.MonkeyPatch, **changed: str) -> list[str]:
    for name, value in (PRODUCTION | changed).items():
        monkeypatch.setenv(name, value)
    found = Settings().refusals()
    assert SECRET not in " ".join(found)
    return found


def test_production_with_all_it_needs_starts(monkeypatch: pytest.MonkeyPatch):
    assert refused(monkeypatch) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDUK_OTP", "console"),
        ("SANDUK_PUBLIC_URL", "http://sanduk.example"),
        ("SANDUK_TWILIO_URL", "http://verify.example"),
        ("SANDUK_TWILIO_URL", "http://127.0.0.1:8850"),
        ("SANDUK_TWILIO_KEY", ""),
        ("SANDUK_TWILIO_KEY", "XX" + "1a" * 16),
        ("SANDUK_TWILIO_KEY", f"SK{PLACEHOLDER}"),
        ("SANDUK_TWILIO_SECRET", ""),
        ("SANDUK_TWILIO_SECRET", f"{PLACEHOLDER}-{PLACEHOLDER}"),
        ("SANDUK_TWILIO_SERVICE", "SK" + "1a" * 16),
        ("SANDUK_METRICS_TOKEN", "short"),
        ("SANDUK_METRICS_TOKEN", f"{PLACEHOLDER}-{PLACEHOLDER}"),
        ("SANDUK_OTP_CHANNELS", "pigeon"),
        ("SANDUK_OTP_CHANNELS", ""),
        ("SANDUK_OTP_COUNTRIES", "Kenya"),
        ("SANDUK_OTP_COUNTRIES", ""),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", f"postgresql://sanduk_app:{PLACEHOLDER}@db/sanduk"),
        ("REDIS_URL", "memcached://redis"),
        ("REDIS_URL", f"redis://:{PLACEHOLDER}@redis:6379/0"),
    ],
)
def test_production_refuses(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    found = refused(monkeypatch, **{name: value})
    assert len(found) == 1
    assert "example's" in found[0] or name in found[0]


def test_development_may_have_its_own(monkeypatch: pytest.MonkeyPatch):
    mine = {"SANDUK_ENV": "development", "SANDUK_OTP": "console", "SANDUK_PUBLIC_URL": "http://127.0.0.1:8850"}
    assert refused(monkeypatch, **mine) == []
    local = {"SANDUK_ENV": "development", "SANDUK_TWILIO_URL": "http://127.0.0.1:8851", "SANDUK_OTP": "twilio"}
    assert refused(monkeypatch, **local) == []
    far = local | {"SANDUK_TWILIO_URL": "http://verify.example"}
    assert refused(monkeypatch, **far) == ["SANDUK_TWILIO_URL must start with https://."]


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SANDUK_OTP_CHANNELS", "whatsapp, sms")
    monkeypatch.setenv("SANDUK_OTP_COUNTRIES", "IN,KE,")
    chosen = Settings()
    assert (chosen.otp_channels, chosen.otp_countries) == (("whatsapp", "sms"), ("IN", "KE"))


def test_a_setting_never_shows_its_secret():
    assert SECRET not in repr(Settings(twilio_secret=SECRET, metrics_token=SECRET, sentry_dsn=SECRET))  # pyright: ignore[reportArgumentType]
