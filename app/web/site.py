"""The address that people use."""

from app.kit.config import settings


def public_url() -> str:
    return settings().public_url.rstrip("/")
