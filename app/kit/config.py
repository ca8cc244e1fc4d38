"""Settings from the environment, read once. Production refuses development variants."""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Words = Annotated[tuple[str, ...], NoDecode]
"""Written with commas between."""
PLACEHOLDER = "change-me"
"""Stands for every secret in deploy/env.example."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """Every setting of the product; the README's table lists them."""

    model_config = SettingsConfigDict(env_prefix="SANDUK_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    database_owner_url: str = Field(default="", validation_alias="DATABASE_OWNER_URL")
    database_listen_url: str = Field(default="", validation_alias="DATABASE_LISTEN_URL")
    public_url: str = "http://127.0.0.1:8000"
    key_folder: Path = Path("keys")
    files_folder: Path = Path("files")
    database_pool: int = 20

    demo: Literal["", "public"] = ""

    otp: Literal["console", "twilio"] = "console"
    otp_channels: Words = ("sms",)
    otp_countries: Words = ("KE", "IN")
    otp_a_day: int = Field(default=1000, ge=1)
    twilio_key: str = ""
    twilio_secret: SecretStr = SecretStr("")
    twilio_service: str = ""
    twilio_url: str = "https://verify.twilio.com"

    checkpoints: str = ""
    s3_url: str = "https://s3.amazonaws.com"
    s3_region: str = "us-east-1"
    s3_key: str = ""
    s3_secret: SecretStr = SecretStr("")

    trusted_proxies: int = Field(default=0, ge=0, le=9)
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    database_admin_url: SecretStr = Field(default=SecretStr(""), validation_alias="DATABASE_ADMIN_URL")
    backup_folder: str = ""
    backup_keys_folder: str = ""
    backup_recipient: str = ""

    log: Literal["", "text", "json"] = ""
    metrics_token: SecretStr = SecretStr("")
    sentry_dsn: SecretStr = SecretStr("")

    @field_validator("otp_channels", "otp_countries", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def is_demo(self) -> bool:
        return self.demo == "public"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        return "__Host-sanduk" if self.is_https else "sanduk"

    @property
    def logs_json(self) -> bool:
        return (self.log or ("json" if self.is_production else "text")) == "json"

    def refusals(self) -> list[str]:
        """What keeps this configuration from starting, one sentence each; empty when it may. Never a secret's value."""
        found = [] if self.database_url else ["DATABASE_URL is not set."]
        found += self._refused_sending()
        found += self._refused_checkpoints()
        if self.redis_url and not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            found.append("REDIS_URL must be the address of a Redis, such as redis://HOST:PORT/N.")
        if 0 < len(self.metrics_token.get_secret_value()) < 16:
            found.append("SANDUK_METRICS_TOKEN is too short: 16 symbols or more.")
        if self.is_production:
            hidden = (self.twilio_secret, self.metrics_token, self.s3_secret, self.database_admin_url)
            secrets = (*(one.get_secret_value() for one in hidden), self.s3_key, self.database_url, self.redis_url)
            if any(PLACEHOLDER in one for one in secrets):
                found.append(f"A secret still holds the example's {PLACEHOLDER!r}.")
            if self.otp == "console" and not self.is_demo:
                found.append("SANDUK_OTP=console shows sign-in codes on the screen: development only.")
            if not self.is_https:
                found.append("SANDUK_PUBLIC_URL must start with https:// in production.")
        return found

    def _refused_checkpoints(self) -> list[str]:
        if not self.checkpoints.startswith("s3:"):
            is_fine = not self.checkpoints or Path(self.checkpoints).is_absolute()
            return [] if is_fine else ["SANDUK_CHECKPOINTS must be a folder's whole path, or s3://BUCKET/PREFIX."]
        found = []
        if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9/_.-]*)?", self.checkpoints):
            found.append("SANDUK_CHECKPOINTS must be a folder's whole path, or s3://BUCKET/PREFIX.")
        if not self.s3_key or not self.s3_secret.get_secret_value():
            found.append("SANDUK_CHECKPOINTS names a bucket: SANDUK_S3_KEY and SANDUK_S3_SECRET must be set.")
        url = urlsplit(self.s3_url)
        if url.scheme != "https" and (self.is_production or url.hostname not in LOOPBACK):
            found.append("SANDUK_S3_URL must start with https://.")
        return found

    def _refused_sending(self) -> list[str]:
        found = []
        if not self.otp_channels or set(self.otp_channels) - {"sms", "whatsapp"}:
            found.append("SANDUK_OTP_CHANNELS must name sms, whatsapp or both, with a comma between.")
        if not self.otp_countries or not all(re.fullmatch("[A-Z]{2}", one) for one in self.otp_countries):
            found.append("SANDUK_OTP_COUNTRIES must name countries by two capital letters, such as KE,IN.")
        if self.otp != "twilio":
            return found
        forms = {"TWILIO_KEY": (self.twilio_key, ("SK", "AC")), "TWILIO_SERVICE": (self.twilio_service, ("VA",))}
        for name, (value, beginnings) in forms.items():
            if len(value) != 34 or not value.startswith(beginnings) or not value.isalnum():
                found.append(f"SANDUK_{name} must be 34 letters and digits that begin with {' or '.join(beginnings)}.")
        if len(self.twilio_secret.get_secret_value()) < 16:
            found.append("SANDUK_TWILIO_SECRET is not set, or too short to be one.")
        url = urlsplit(self.twilio_url)
        if url.scheme != "https" and (self.is_production or url.hostname not in LOOPBACK):
            found.append("SANDUK_TWILIO_URL must start with https://.")
        return found


class BadSettings(Exception):
    """The environment holds a value that no setting can have; the text names the variables, a line each."""


def read_settings() -> Settings:
    """The environment of now. Raises BadSettings."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings("\n".join(f"{_variable(one['loc'])}: {one['msg']}." for one in error.errors())) from None


def _variable(place: tuple[int | str, ...]) -> str:
    name = str(place[0]).upper()
    return name if name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL") else f"SANDUK_{name}"


@cache
def settings() -> Settings:
    """The environment as it was at the first call. Raises BadSettings."""
    return read_settings()
