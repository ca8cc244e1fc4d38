"""Errors are facts: a code for machines, a message key for people, parameters for both."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from types import MappingProxyType


class DomainError(Exception):
    """A refusal that a person can be told about.

    `code` is stable and machine-readable; `message_key` names a sentence in `app/locales`, filled with `params`
    (display-ready strings, integers and dates, never personal data). `field` names the input at fault, if one is.
    """

    code = "error"
    http_status = 400

    def __init__(self, *, field: str | None = None, **params: str | int | date) -> None:
        super().__init__(self.code)
        self.field = field
        self.params: Mapping[str, str | int | date] = MappingProxyType(params)

    @property
    def message_key(self) -> str:
        return f"error.{self.code}"


class NotFound(DomainError):
    """Missing, or another group's: the two are told apart by nobody."""

    code = "not_found"
    http_status = 404


class NotPermitted(DomainError):
    """A member of the group without the right to do this."""

    code = "not_permitted"
    http_status = 403


class SignedOut(DomainError):
    """No valid session."""

    code = "signed_out"
    http_status = 401


class InvalidInput(DomainError):
    """A value that can't be taken; `field` and `why` (a message key suffix) say which and for what cause.

    `others` are the faults of the same form at other fields.
    """

    code = "invalid_input"
    http_status = 422

    def __init__(self, field: str, why: str, **params: str | int) -> None:
        super().__init__(field=field, **params)
        self.why = why
        self.others: tuple[InvalidInput, ...] = ()

    @property
    def message_key(self) -> str:
        return f"invalid.{self.why}"


class Faults:
    """The faults of one form, gathered field by field and raised together."""

    def __init__(self) -> None:
        self._found: list[InvalidInput] = []

    @contextmanager
    def gather(self) -> Iterator[None]:
        """An InvalidInput raised inside is kept with its `others`, and what stands below goes on."""
        try:
            yield
        except InvalidInput as error:
            self._found += (error, *error.others)

    def raise_found(self) -> None:
        """Raises the first InvalidInput with all `others`; nothing when there is none."""
        if self._found:
            first, *others = self._found
            first.others = tuple(others)
            raise first


class ReadOnly(DomainError):
    """The installation is a public demo: whatever would be recorded isn't."""

    code = "read_only"
    http_status = 403


class IdempotencyConflict(DomainError):
    """The same idempotency key came with another request."""

    code = "idempotency_conflict"
    http_status = 409


class DecidedFirst(DomainError):
    """Somebody else was first; `state` says what became of it, and each state has its own sentence."""

    http_status = 409

    def __init__(self, state: str) -> None:
        super().__init__(state=state)

    @property
    def message_key(self) -> str:
        return f"{super().message_key}.{self.params['state']}"


class TooManyRequests(DomainError):
    """A limit is reached; `wait_s` says when to try again."""

    code = "too_many_requests"
    http_status = 429


class CodeJustSent(TooManyRequests):
    """A one-time code is on its way; `wait_s` says when another can be had."""

    code = "code_just_sent"
