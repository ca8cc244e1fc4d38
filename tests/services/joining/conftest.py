"""The clock that tests move."""

from tests.services.identity.conftest import base, clock

__all__ = ["base", "clock"]
