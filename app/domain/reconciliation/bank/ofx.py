"""OFX 1 and 2: SGML without closing tags and XML are read alike, tag by tag.

Only aggregates need closing; every other tag holds what follows it up to the next one.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.reconciliation.bank.amounts import has_decimal_comma, to_minor
from app.domain.reconciliation.bank.chain import check_total
from app.domain.reconciliation.bank.days import packed_day
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.types import MAX_LINES, MAX_STATEMENTS, Balance, BankLine, BankStatement
from app.kit.money import exponent as exponent_of

_TOKEN = re.compile(
    r"(?P<quoted><!\[CDATA\[)|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9_.]*+)(?P<rest>[^<>]*+)>"
    r"|<(?P<note>[!?])[^<>]*+>|(?P<words>[^<]++)|<"
)
"""Nothing is looked at twice, however long it is and however it ends."""
_STATEMENT, _ACCOUNT = {"STMTRS", "CCSTMTRS"}, {"BANKACCTFROM", "CCACCTFROM"}
_OTHER = {
    "INVSTMTRS",
    "STATUS",
    "PAYEE",
    "BANKACCTTO",
    "CCACCTTO",
    "CURRENCY",
    "ORIGCURRENCY",
    "AVAILBAL",
    "BALLIST",
    "BAL",
}
DEEPEST, MOST_LONELY = 50, 10_000
"""Aggregates in aggregates, and angles that begin no tag."""
LONGEST, MOST_LEAVES = 4_000, 200
"""Characters of a leaf, and leaves of an aggregate."""
_AGGREGATES = {"OFX", "BANKTRANLIST", "STMTTRN", "LEDGERBAL", *_STATEMENT, *_ACCOUNT, *_OTHER}


@dataclass(slots=True)
class _Found:
    """A statement while it is read: leaves by aggregate, and the transactions."""

    line: int
    leaves: dict[str, dict[str, str]] = field(default_factory=dict)
    transactions: list[tuple[int, dict[str, str]]] = field(default_factory=list)


def read_ofx(text: str) -> tuple[BankStatement, ...]:
    """Raises InvalidInput: bank_doctype, bank_truncated, bank_no_lines, bank_amount, bank_date, bank_too_many_lines."""
    found = _collect(text)
    if not found:
        raise refused("bank_no_lines")
    return tuple(_statement(one) for one in found)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """(open | close | text, name or words, position)."""
    lonely = at = 0
    while match := _TOKEN.match(text, at):
        at, start = match.end(), match.start()
        if name := match["name"]:
            name = name.upper()
            yield ("close" if match["close"] else "open"), name, start
            if match["rest"].endswith("/"):
                yield "close", name, start
        elif match["quoted"]:
            end = text.find("]]>", at)
            if end < 0:
                raise refused("bank_truncated", text.count("\n") + 1)
            yield "text", text[at:end], start
            at = end + 3
        elif words := match["words"]:
            yield "text", html.unescape(words) if "&" in words else words, start
        elif text[start : start + 9].upper() in ("<!DOCTYPE", "<!ENTITY "):
            raise refused("bank_doctype", text.count("\n", 0, start) + 1)
        elif not match["note"]:
            lonely += 1
            if lonely > MOST_LONELY:
                raise refused("bank_heavy", text.count("\n", 0, start) + 1)
            yield "text", "<", start


def _collect(text: str) -> list[_Found]:
    found: list[_Found] = []
    stack: list[str] = []
    leaf, count, has_begun = "", 0, False
    line, seen = 1, 0
    for kind, word, at in _tokens(text):
        if kind == "text":
            if leaf and found and stack and (words := word.strip()):
                _put(found[-1], stack, leaf, words[:LONGEST], line)
            continue
        if kind == "open":
            line, seen = line + text.count("\n", seen, at), at
            leaf = "" if word in _AGGREGATES else word
            if leaf:
                continue
            has_begun = has_begun or word == "OFX"
            if word == "STMTTRN" and "STMTTRN" in stack:  # the one before was never closed
                del stack[stack.index("STMTTRN") :]
            stack.append(word)
            if len(stack) > DEEPEST:
                raise refused("bank_heavy", line)
            count += _begin(found, stack, line)
            if count > MAX_LINES:
                raise refused("bank_too_many_lines", limit=MAX_LINES)
        else:
            leaf = ""
            if word in stack:
                del stack[len(stack) - 1 - stack[::-1].index(word) :]
    if stack or not has_begun:
        raise refused("bank_truncated", text.count("\n") + 1)
    return found


def _begin(found: list[_Found], stack: list[str], line: int) -> bool:
    """An aggregate opens; whether it is a transaction."""
    if stack[-1] in _STATEMENT:
        found.append(_Found(line))
        if len(found) > MAX_STATEMENTS:
            raise refused("bank_many_statements", limit=MAX_STATEMENTS)
    is_one = stack[-1] == "STMTTRN" and bool(found) and _is_within(stack)
    if is_one:
        found[-1].transactions.append((line, {}))
    return is_one


def _is_within(stack: list[str]) -> bool:
    """Whether what is read belongs to the account's statement: not to an investment's."""
    return any(name in _STATEMENT for name in stack) and "INVSTMTRS" not in stack


def _put(found: _Found, stack: list[str], leaf: str, words: str, line: int) -> None:
    if not _is_within(stack):
        return
    inner = stack[-1]
    if "STMTTRN" in stack and found.transactions:
        name = leaf if inner == "STMTTRN" else f"{inner}.{leaf}"
        leaves = found.transactions[-1][1]
    else:
        name, leaves = leaf, found.leaves.setdefault(inner, {})
    if len(leaves) >= MOST_LEAVES:
        raise refused("bank_heavy", line)
    if len(before := leaves.get(name, "")) < LONGEST:
        leaves[name] = f"{before}{words}"


def _statement(found: _Found) -> BankStatement:
    of_statement = next((found.leaves[name] for name in _STATEMENT if name in found.leaves), {})
    account = next((found.leaves[name] for name in _ACCOUNT if name in found.leaves), {})
    currency = (of_statement.get("CURDEF") or "").upper() or None
    exponent = _exponent(currency)
    comma = has_decimal_comma(leaves.get("TRNAMT", "") for _, leaves in found.transactions)
    lines = tuple(_line(n, at, leaves, exponent, comma=comma) for n, (at, leaves) in enumerate(found.transactions, 1))
    closing = _balance(found, exponent, comma=comma)
    return BankStatement(
        account=account.get("ACCTID") or None,
        currency=currency,
        exponent=exponent,
        opening=None,
        closing=closing,
        lines=lines,
        chain=check_total([], None, None),
        first_break=None,
    )


def _exponent(currency: str | None) -> int:
    try:
        return exponent_of(currency) if currency else 2
    except (KeyError, ValueError):
        return 2


def _balance(found: _Found, exponent: int, *, comma: bool) -> Balance | None:
    leaves = found.leaves.get("LEDGERBAL", {})
    if not leaves.get("BALAMT"):
        return None
    try:
        amount = to_minor(leaves["BALAMT"], exponent, comma=comma)
    except ValueError:
        raise refused("bank_amount", found.line) from None
    try:
        return Balance(packed_day(leaves.get("DTASOF", "")), amount)
    except ValueError:
        return Balance(None, amount)


def _line(n: int, at: int, leaves: dict[str, str], exponent: int, *, comma: bool) -> BankLine:
    try:
        amount = to_minor(leaves.get("TRNAMT", ""), exponent, comma=comma)
    except ValueError:
        raise refused("bank_amount", at) from None
    try:
        on = packed_day(leaves.get("DTPOSTED", "") or leaves.get("DTUSER", ""))
    except ValueError:
        raise refused("bank_date", at) from None
    try:
        value = packed_day(leaves.get("DTAVAIL", "") or leaves.get("VALUEDATE", ""))
    except ValueError:
        value = None
    check = leaves.get("CHECKNUM", "").strip("0") and leaves["CHECKNUM"]
    name = " ".join((leaves.get("NAME") or leaves.get("PAYEE.NAME") or "").split())
    memo = " ".join(leaves.get("MEMO", "").split())
    return BankLine(
        n=n,
        date=on,
        value_date=value,
        amount_minor=amount,
        reference=leaves.get("REFNUM") or check or None,
        bank_id=leaves.get("FITID") or None,
        counterparty=name or None,
        description=(memo or name)[:2_000],
        balance_minor=None,
    )
