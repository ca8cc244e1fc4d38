"""MT940 by the mt-940 library, a tag at a time: it knows the fields as dozens of banks write them.

Cutting the file into statements and tags is done here, so that a fault has its line, a repeated tag stands by itself,
and nothing in a file is ever taken for the name of another file (the library's own `parse` opens such).
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from app.domain.reconciliation.bank.chain import check_total
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.types import MAX_LINES, MAX_STATEMENTS, Balance, BankLine, BankStatement
from app.kit.money import MAX_MINOR
from app.kit.money import exponent as exponent_of

_TAG = re.compile(r"^:(\d{2}[A-Z]?|NS):")
_WRAPPED = re.compile(r"(?m)^:\n(?=\d{2}[A-Z]?:)")
"""A tag that was broken by a fixed width."""
_END = re.compile(r"^-(?:\}|XXX|\s*$)")
_STRUCTURED = re.compile(r"\?(\d{2})")
_NO_REFERENCE = {"", "NONREF", "NOTPROVIDED"}
LONGEST, MOST_TAGS = 4_000, 5 * MAX_LINES
"""Characters of one tag; tags of a file."""


@dataclass(slots=True)
class _Block:
    line: int
    tags: list[tuple[str, str, int]] = field(default_factory=list)


class Mt940:
    """See `app.domain.reconciliation.bank.ports.Mt940Reader`."""

    def read(self, text: str) -> tuple[BankStatement, ...]:
        blocks = [block for block in _blocks(text) if any(tag[:2] in ("60", "61", "62") for tag, _, _ in block.tags)]
        if not blocks:
            raise refused("bank_no_lines")
        if len(blocks) > MAX_STATEMENTS:
            raise refused("bank_many_statements", limit=MAX_STATEMENTS)
        if sum(tag == "61" for block in blocks for tag, _, _ in block.tags) > MAX_LINES:
            raise refused("bank_too_many_lines", limit=MAX_LINES)
        last = blocks[-1].tags
        if any(tag.startswith("60") for tag, _, _ in last) and not any(tag.startswith("62") for tag, _, _ in last):
            raise refused("bank_truncated", last[-1][2])
        return tuple(_statement(block) for block in blocks)


def _blocks(text: str) -> Iterator[_Block]:
    """Tags with their lines, a statement from :20: to the next. Text outside of tags is an envelope's."""
    block = _Block(1)
    is_open, count = False, 0
    text = _WRAPPED.sub(":", text.replace("\r\n", "\n").replace("\r", "\n"))
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip()
        found = _TAG.match(line)
        if found:
            if found[1] == "20" and block.tags:
                yield block
                block = _Block(number)
            block.tags.append((found[1], line[found.end() :][:LONGEST], number))
            is_open, count = True, count + 1
            if count > MOST_TAGS:
                raise refused("bank_too_many_lines", limit=MAX_LINES)
        elif _END.match(line):
            is_open = False
        elif is_open and line:
            tag, value, at = block.tags[-1]
            if len(value) < LONGEST:
                block.tags[-1] = (tag, f"{value}\n{line[:LONGEST]}", at)
    if block.tags:
        yield block


def _statement(block: _Block) -> BankStatement:
    opening = next((_balance(value, at) for tag, value, at in block.tags if tag in ("60F", "60M")), None)
    closing = next((_balance(value, at) for tag, value, at in reversed(block.tags) if tag in ("62F", "62M")), None)
    currency = next((found[1] for found in (opening, closing) if found), None)
    exponent = _exponent(currency)
    lines: list[BankLine] = []
    for index, (tag, value, at) in enumerate(block.tags):
        if tag == "61":
            details = []
            for behind in range(index + 1, len(block.tags)):
                other, words, _ = block.tags[behind]
                if other in ("61", "62F", "62M", "60F", "60M"):
                    break
                if other in ("86", "NS"):
                    details.append(words)
            lines.append(_line(len(lines) + 1, value, "\n".join(details), at, exponent))
    first, last = (found[0] if found else None for found in (opening, closing))
    account = next((value for tag, value, _ in block.tags if tag in ("25", "25P")), "")
    return BankStatement(
        account=account.splitlines()[0].strip() or None if account else None,
        currency=currency,
        exponent=exponent,
        opening=first,
        closing=last,
        lines=tuple(lines),
        chain=check_total(
            [line.amount_minor for line in lines], first and first.amount_minor, last and last.amount_minor
        ),
        first_break=None,
    )


def _exponent(currency: str | None) -> int:
    try:
        return exponent_of(currency) if currency else 2
    except (KeyError, ValueError):
        return 2


@cache
def _grammars() -> dict[str, Any]:
    """The library's tags by our names; it is loaded when the first such file comes."""
    from mt940 import tags

    logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)  # it would write down what it can't read
    return {"balance": tags.FinalClosingBalance(), "line": tags.Statement(), "long line": tags.StatementGLS()}


def _fields(grammar: str, value: str) -> dict[str, Any]:
    """What the library reads in a tag's value. Raises ValueError."""
    from mt940.models import Transactions

    try:
        return _grammars()[grammar].parse(Transactions(), value)
    except (RuntimeError, ValueError, TypeError) as error:
        raise ValueError(value) from error


def _minor(text: str, exponent: int) -> int:
    """`212,39`, `0,4`, `27,`: always a comma, decimals may be missing. Raises ValueError."""
    whole, _, fraction = text.replace(".", ",").partition(",")
    if fraction[exponent:].strip("0") or not (whole or fraction):
        raise ValueError(text)
    found = int((whole or "0") + fraction[:exponent].ljust(exponent, "0"))
    if found > MAX_MINOR:
        raise ValueError(text)
    return found


def _balance(value: str, at: int) -> tuple[Balance, str]:
    try:
        found = _fields("balance", value.strip())
        currency = str(found["currency"]).upper()
        amount = _minor(found["amount"], _exponent(currency))
        on = _day(found["year"], found["month"], found["day"])
    except ValueError:
        raise refused("bank_balance", at) from None
    return Balance(on, -amount if found["status"].upper() == "D" else amount), currency


def _day(year: str, month: str, day: str) -> date:
    """Some banks end February on the 30th: the month's last day is meant, as the library has it."""
    if int(month) == 2 and int(day) in (29, 30):
        try:
            return date(2000 + int(year), 2, int(day))
        except ValueError:
            return date(2000 + int(year), 2, 28)
    return date(2000 + int(year), int(month), int(day))


def _line(n: int, value: str, details: str, at: int, exponent: int) -> BankLine:
    head, _, more = value.partition("\n")
    try:
        found, more = _first_that_reads(head.strip(), more)
        on_value = _day(found["year"], found["month"], found["day"])
        amount = _minor(found["amount"], exponent)
    except ValueError:
        raise refused("bank_line", at) from None
    sign = {"C": 1, "D": -1, "RC": -1, "RD": 1}[found["status"].upper()]
    reference = (found.get("customer_reference") or "").strip()
    bank_id = (found.get("bank_reference") or "").strip()
    counterparty, words = _details(details)
    supplement = " ".join(f"{(found.get('extra_details') or '').strip()} {more}".split())
    return BankLine(
        n=n,
        date=_entry_day(found, on_value),
        value_date=on_value,
        amount_minor=sign * amount,
        reference=None if reference.upper() in _NO_REFERENCE else reference,
        bank_id=None if bank_id.upper() in _NO_REFERENCE else bank_id,
        counterparty=counterparty or None,
        description=" ".join(word for word in (words, supplement) if word)[:2_000],
        balance_minor=None,
    )


def _first_that_reads(head: str, more: str) -> tuple[dict[str, Any], str]:
    """By the standard's widths, else with references of any length, else with the amount on a second line; and what is
    left of the second line. Raises ValueError."""
    for grammar, value, left in (
        ("line", head, more),
        ("long line", head, more),
        ("line", f"{head}\n{more}", ""),
    ):
        try:
            return _fields(grammar, value), left
        except ValueError:
            continue
    raise ValueError(head)


def _entry_day(found: dict[str, Any], value: date) -> date:
    """The day of booking; it has no year of its own, and may be missing or blank."""
    month, day = (str(found.get(part) or "").strip() for part in ("entry_month", "entry_day"))
    if not month or not day:
        return value
    near = []
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            near.append(_day(f"{year % 100:02d}", month, day))
        except ValueError:
            continue
    return min(near, key=lambda one: abs((one - value).days), default=value)


def _details(text: str) -> tuple[str, str]:
    """Counterparty and words of :86:, structured (?20...?32) or worded (/NAME/.../REMI/...) or free."""
    flat = text.replace("\n", "")
    if len(_STRUCTURED.findall(flat)) > 1:
        parts: dict[str, str] = {}
        pieces = _STRUCTURED.split(flat)
        for code, words in zip(pieces[1::2], pieces[2::2], strict=True):
            parts[code] = parts.get(code, "") + words
        name = " ".join(f"{parts.get('32', '')}{parts.get('33', '')}".split())
        purpose = "".join(parts.get(f"{code}", "") for code in (*range(20, 30), *range(60, 64)))
        return name, " ".join(f"{parts.get('00', '')} {purpose}".split())
    if match := re.search(r"/(?:NAME|NM)/([^/\n]+(?:\n[^/:\n]+)?)", text):
        return " ".join(match[1].split()), " ".join(flat.split())
    return "", " ".join(text.split())
