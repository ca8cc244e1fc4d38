"""CAMT.053, versions 2 to 12, by the names of its elements: what differs between versions is where some of them stand.

A batch whose parts each say an amount becomes a line per part; otherwise the entry is the line.
"""

from collections import Counter
from datetime import date

from app.domain.reconciliation.bank.amounts import to_minor
from app.domain.reconciliation.bank.chain import check_total
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.types import MAX_LINES, MAX_STATEMENTS, Balance, BankLine, BankStatement
from app.kit.markup import BadMarkup, Element, read_xml
from app.kit.money import exponent as exponent_of

OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_MARKUP = {
    "broken": "bank_broken",
    "truncated": "bank_truncated",
    "doctype": "bank_doctype",
    "heavy": "bank_heavy",
}
_NOTHING = {"notprovided", "not provided", "nonref", "na", "n/a"}


def read_camt(data: bytes) -> tuple[BankStatement, ...]:
    """Raises InvalidInput: bank_broken, bank_truncated, bank_doctype, bank_heavy, bank_unknown, bank_no_lines,
    bank_amount, bank_date, bank_too_many_lines; each with its line."""
    lines: dict[int, list[BankLine]] = {}
    currencies: dict[int, str | None] = {}
    left_out: Counter[int] = Counter()
    statements: list[Element] = []
    count = 0

    def take_entry(entry: Element, around: list[Element]) -> None:
        """Into lines at once: a file may hold more elements than there is room for."""
        nonlocal count
        if around[-1].name != "Stmt":
            return
        currencies.setdefault(id(around[-1]), _currency(entry))
        so_far = lines.setdefault(id(around[-1]), [])
        if _is_booked(entry):
            so_far += _entry(entry, around[-1], len(so_far) + 1)
        else:
            left_out[id(around[-1])] += 1
        count += 1
        if count > MAX_LINES or len(so_far) > MAX_LINES:
            raise refused("bank_too_many_lines", limit=MAX_LINES)

    def take_statement(statement: Element, _: list[Element]) -> None:
        statements.append(statement)
        if len(statements) > MAX_STATEMENTS:
            raise refused("bank_many_statements", limit=MAX_STATEMENTS)

    try:
        space, root = read_xml(data, {"Ntry": take_entry, "Stmt": take_statement})
    except BadMarkup as error:
        raise refused(_MARKUP[error.why], error.line) from None
    if "camt.053" not in space and root.one("BkToCstmrStmt") is None:
        raise refused("bank_unknown")
    if not statements:
        raise refused("bank_no_lines")
    return tuple(
        _statement(one, lines.get(id(one), []), currencies.get(id(one)), left_out[id(one)]) for one in statements
    )


def _statement(found: Element, lines: list[BankLine], of_entries: str | None, left_out: int) -> BankStatement:
    """`of_entries` is the currency of the first entry, for an account that names none."""
    opening, closing = _balances(found)
    stated = next((ccy for one in (opening, closing) if one and (ccy := _currency(one))), of_entries)
    currency = found.text("Acct/Ccy") or stated
    exponent = _exponent(currency)
    first, last = (_balance(one, exponent) if one else None for one in (opening, closing))
    return BankStatement(
        account=found.text("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN") or None,
        currency=currency,
        exponent=exponent,
        opening=first,
        closing=last,
        lines=tuple(lines),
        chain=check_total(
            [line.amount_minor for line in lines], first and first.amount_minor, last and last.amount_minor
        ),
        first_break=None,
        left_out=left_out,
    )


def _balances(found: Element) -> tuple[Element | None, Element | None]:
    """The booked ones before and after; of several of a kind the first."""
    balances: dict[str, Element] = {}
    for balance in found.all("Bal"):
        balances.setdefault(balance.text("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd"), balance)
    opening, closing = (
        next((balances[code] for code in codes if code in balances), None) for codes in (OPENING, CLOSING)
    )
    return opening, closing


def _is_booked(entry: Element) -> bool:
    return (entry.text("Sts/Cd", "Sts/Prtry", "Sts") or "BOOK").upper() not in ("PDNG", "INFO", "FUTR")


def _entry(entry: Element, statement: Element, n: int) -> list[BankLine]:
    """Its lines. Balances stand before the entries: the currency is known."""
    return _lines(entry, statement, _exponent(statement.text("Acct/Ccy") or _currency(entry)), n)


def _currency(found: Element) -> str | None:
    amount = found.one("Amt")
    return amount.attributes.get("Ccy") if amount else None


def _exponent(currency: str | None) -> int:
    try:
        return exponent_of(currency) if currency else 2
    except (KeyError, ValueError):
        return 2


def _signed(found: Element, exponent: int) -> int:
    try:
        amount = to_minor(found.text("Amt"), exponent)
    except ValueError:
        raise refused("bank_amount", found.line) from None
    return -amount if found.text("CdtDbtInd") == "DBIT" else amount


def _balance(found: Element, exponent: int) -> Balance:
    return Balance(_day(found.text("Dt/Dt", "Dt/DtTm")), _signed(found, exponent))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _lines(entry: Element, statement: Element, exponent: int, n: int) -> list[BankLine]:
    whole = _signed(entry, exponent)
    booked, value = (_day(entry.text(f"{kind}/Dt", f"{kind}/DtTm")) for kind in ("BookgDt", "ValDt"))
    on = booked or value or _day(statement.text("CreDtTm"))
    if on is None:
        raise refused("bank_date", entry.line)
    parts = list(entry.all("NtryDtls/TxDtls"))
    amounts = [_part_amount(part, entry, exponent) for part in parts]
    if len(parts) < 2 or None in amounts or sum(amount or 0 for amount in amounts) != whole:
        return [_line(entry, parts, whole, on, value, n)]
    return [
        _line(entry, [part], amount or 0, on, value, n + index)
        for index, (part, amount) in enumerate(zip(parts, amounts, strict=True))
    ]


def _part_amount(part: Element, entry: Element, exponent: int) -> int | None:
    """A part's amount in the account's currency, with the entry's sign unless it has its own."""
    found = part.one("Amt") or part.one("AmtDtls/TxAmt/Amt") or part.one("AmtDtls/InstdAmt/Amt")
    if found is None or found.attributes.get("Ccy") != _currency(entry):
        return None
    try:
        amount = to_minor(found.own_text, exponent)
    except ValueError:
        raise refused("bank_amount", found.line) from None
    side = part.text("CdtDbtInd") or entry.text("CdtDbtInd")
    return -amount if side == "DBIT" else amount


def _line(entry: Element, parts: list[Element], amount: int, on: date, value: date | None, n: int) -> BankLine:
    only = parts[0] if len(parts) == 1 else None
    who = ("Dbtr", "UltmtDbtr", "InitgPty") if amount >= 0 else ("Cdtr", "UltmtCdtr")
    reference = bank_id = counterparty = ""
    if only is not None:
        reference = _said(only.text("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")) or _said(
            only.text("Refs/EndToEndId")
        )
        bank_id = _said(only.text("Refs/AcctSvcrRef")) or _said(only.text("Refs/TxId", "Refs/UETR", "Refs/InstrId"))
        counterparty = only.text(
            *(f"RltdPties/{one}/{name}" for one in who for name in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm"))
        )
    words = [
        *(" ".join(found.own_text.split()) for part in parts for found in part.all("RmtInf/Ustrd")),
        *(part.text("AddtlTxInf") for part in parts),
        entry.text("AddtlNtryInf"),
    ]
    return BankLine(
        n=n,
        date=on,
        value_date=value,
        amount_minor=amount,
        reference=reference or None,
        bank_id=bank_id or _said(entry.text("AcctSvcrRef")) or _said(entry.text("NtryRef")) or None,
        counterparty=counterparty or None,
        description=" ".join(dict.fromkeys(word for word in words if word))[:2_000],
        balance_minor=None,
    )


def _said(text: str) -> str:
    return "" if text.casefold() in _NOTHING else text
