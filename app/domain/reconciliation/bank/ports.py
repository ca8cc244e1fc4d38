"""What reading statements needs from outside: a format whose grammar a library knows better."""

from typing import Protocol

from app.domain.reconciliation.bank.types import BankStatement


class Mt940Reader(Protocol):
    def read(self, text: str) -> tuple[BankStatement, ...]:
        """Every statement of the file. Raises InvalidInput(file) with the line."""
        ...


_readers: list[Mt940Reader] = []


def register_mt940(reader: Mt940Reader) -> None:
    """Called by wiring; the last one counts."""
    _readers[:] = [reader]


def mt940_reader() -> Mt940Reader:
    return _readers[0]
