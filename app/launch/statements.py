"""`./sanduk statements parse`: a bank's file as JSON, without a database."""

import json
import sys
from pathlib import Path
from typing import Any

from app.domain.reconciliation.bank.types import MAX_BYTES, Balance, BankFile, BankLine
from app.integrations.statement_reader import StatementReader
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.launch.paths import say


def parse(file: Path, *, as_json: bool) -> tuple[str, int]:
    """What is printed, and 0 for a statement, 2 for what is none."""
    try:
        found = StatementReader().read(_bytes_of(file))
    except InvalidInput as error:
        return _refusal(error.why, t(error.message_key, **error.params), error.params.get("line"), as_json=as_json)
    except OSError as error:
        words = f"{file} can't be read: {error.strerror}."
        return _refusal("file_unreadable", words, None, as_json=as_json)
    return (_json(_file(found)) if as_json else _words(found)), 0


def _bytes_of(file: Path) -> bytes:
    """No more than a statement may have, and one byte to tell that there is more."""
    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _refusal(code: str, message: str, line: object, *, as_json: bool) -> tuple[str, int]:
    if as_json:
        return _json({"error": {"code": code.removeprefix("bank_"), "line": line, "message": message}}), 2
    say(message)
    return "", 2


def _json(found: dict[str, Any]) -> str:
    return f"{json.dumps(found, ensure_ascii=False)}\n"


def _file(found: BankFile) -> dict[str, Any]:
    return {
        "format": found.format,
        "statements": [
            {
                "account": one.account,
                "currency": one.currency,
                "opening_balance": _balance(one.opening),
                "closing_balance": _balance(one.closing),
                "lines": [_line(line) for line in one.lines],
                "chain": one.chain,
                "first_break": one.first_break,
            }
            for one in found.statements
        ],
    }


def _balance(found: Balance | None) -> dict[str, Any] | None:
    return {"on": found.on.isoformat() if found.on else None, "amount_minor": found.amount_minor} if found else None


def _line(line: BankLine) -> dict[str, Any]:
    value = line.value_date.isoformat() if line.value_date else None
    return {**line._asdict(), "date": line.date.isoformat(), "value_date": value}


def _words(found: BankFile) -> str:
    return "".join(
        f"{found.format}  {one.account or '-'}  {one.currency or '-'}  {len(one.lines)} lines  {one.chain}"
        f"{f' at line {one.first_break}' if one.first_break else ''}\n"
        for one in found.statements
    )
