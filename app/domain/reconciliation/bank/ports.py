"""What reading statements needs from outside: a format whose grammar a library knows, and a place where a file may be
opened without harm."""

from typing import Protocol

from app.domain.reconciliation.bank.types import BankFile, BankStatement, Said


class Mt940Reader(Protocol):
    def read(self, text: str) -> tuple[BankStatement, ...]:
        """Every statement of the file. Raises InvalidInput(file) with the line."""
        ...


class StatementReader(Protocol):
    """Reads as `reading` does, whatever the file is made to do to its reader: bank_too_heavy."""

    def read(self, data: bytes, said: Said | None = None, *, currency: str | None = None) -> BankFile: ...

    def rows(self, data: bytes, most: int) -> list[tuple[int, tuple[str, ...]]]: ...


_readers: list[StatementReader] = []


def register_reader(reader: StatementReader) -> None:
    """Called by wiring; the last one counts."""
    _readers[:] = [reader]


def statement_reader() -> StatementReader:
    return _readers[0]
