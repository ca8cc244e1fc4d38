"""Settings from the environment, read once. Production refuses development variants."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting of the product; the README's table lists them."""

    model_config = SettingsConfigDict(env_prefix="SANDUK_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    database_owner_url: str = Field(default="", validation_alias="DATABASE_OWNER_URL")
    public_url: str = "http://127.0.0.1:8000"
    key_folder: Path = Path("keys")
    otp: Literal["console"] = "console"
    database_pool: int = 10

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        return "__Host-sanduk" if self.is_https else "sanduk"

    def refusals(self) -> list[str]:
        """What keeps this configuration from starting, one sentence each; empty when it may."""
        found = []
        if not self.database_url:
            found.append("DATABASE_URL is not set.")
        if self.is_production:
            if self.otp == "console":
                found.append("SANDUK_OTP=console shows sign-in codes on the screen: development only.")
            if not self.is_https:
                found.append("SANDUK_PUBLIC_URL must start with https:// in production.")
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
    return name if name.startswith("DATABASE_") and name.endswith("URL") else f"SANDUK_{name}"


@cache
def settings() -> Settings:
    """The environment as it was at the first call. Raises BadSettings."""
    return read_settings()
