"""A bank's file read by a process of its own, with little memory and time: whatever is in it, this one goes on.

A file comes from outside, and a reader may have a fault that nobody has found. The child is this module run by name:
what is asked as a line of JSON and the file on stdin, the answer as JSON on stdout. It gets no environment: nothing of
this installation is its business.
"""

import json
import logging
import resource
import subprocess
import sys
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from app.domain.reconciliation.bank.reading import Said, read_file, read_rows
from app.domain.reconciliation.bank.types import Balance, BankFile, BankLine, BankStatement
from app.integrations.mt940 import Mt940
from app.kit.errors import InvalidInput
from app.kit.memory import unwatched

MEMORY, CPU_SECONDS, SECONDS = 1_200_000_000, 20, 90
"""What the largest file of 200,000 lines needs, and as much again."""
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-B", "-m", "app.integrations.statement_reader"]
log = logging.getLogger("sanduk.statements")
_at_once = BoundedSemaphore(2)


class StatementReader:
    """See `app.domain.reconciliation.bank.ports.StatementReader`."""

    def read(self, data: bytes, said: Said | None = None, *, currency: str | None = None) -> BankFile:
        line, roles = (said.line, dict(said.roles)) if said else (0, {})
        return _unpacked(_ask(data, {"said": [line, roles] if said else None, "currency": currency})["file"])

    def rows(self, data: bytes, most: int) -> list[tuple[int, tuple[str, ...]]]:
        return [(line, tuple(cells)) for line, cells in _ask(data, {"most": most})["rows"]]


def _ask(data: bytes, asked: dict[str, Any]) -> dict[str, Any]:
    with _at_once:
        try:
            done = subprocess.run(  # noqa: S603
                COMMAND,
                input=json.dumps(asked).encode() + b"\n" + data,
                capture_output=True,
                timeout=SECONDS,
                env={},
                cwd=ROOT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InvalidInput("file", "bank_too_heavy") from None
    if done.returncode:
        kind = done.stderr.rstrip().rpartition(b"\n")[2].partition(b":")[0][:40]  # words may be a payer's
        log.error("a statement could not be read: %s %s", done.returncode, kind.decode("ascii", "replace"))
        raise InvalidInput("file", "bank_too_heavy")
    answer = json.loads(done.stdout)
    if "why" in answer:
        raise InvalidInput("file", answer["why"], **answer["params"])
    return answer


def _packed(file: BankFile) -> list[Any]:
    names = [one.name for one in fields(BankStatement)]
    return [file.format, [[getattr(one, name) for name in names] for one in file.statements]]


def _plain(found: object) -> int:
    """A day, as JSON has none."""
    if isinstance(found, date):
        return found.toordinal()
    raise TypeError(found)


def _unpacked(found: list[Any]) -> BankFile:
    return BankFile(found[0], tuple(_statement(BankStatement(*one)) for one in found[1]))


def _statement(found: Any) -> BankStatement:
    """With its days as days again."""
    lines = tuple(BankLine(n, date.fromordinal(on), _day(value), *rest) for n, on, value, *rest in found.lines)
    return replace(found, opening=_balance(found.opening), closing=_balance(found.closing), lines=lines)


def _balance(found: list[Any] | None) -> Balance | None:
    return Balance(_day(found[0]), found[1]) if found else None


def _day(ordinal: int | None) -> date | None:
    return date.fromordinal(ordinal) if ordinal else None


def main() -> None:
    for which, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (least, least))
    asked, data = json.loads(sys.stdin.buffer.readline()), sys.stdin.buffer.read()
    try:
        if "most" in asked:
            answer: dict[str, Any] = {"rows": read_rows(data, asked["most"])}
        else:
            said = Said(*asked["said"]) if asked["said"] else None
            answer = {"file": _packed(read_file(data, Mt940(), said, currency=asked["currency"]))}
    except InvalidInput as error:
        answer = {"why": error.why, "params": dict(error.params)}
    said = json.dumps(answer, default=_plain, ensure_ascii=False)
    sys.stdout.buffer.write(said.encode("utf-8", "surrogatepass"))  # as json.loads reads bytes


if __name__ == "__main__":
    with unwatched():  # what is made is needed until this process ends
        main()
