"""Which column of a bank's sheet is which, by the words above it; pure."""

import re
from collections.abc import Sequence
from functools import lru_cache

_WORDS: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "txn date", "transaction date", "tran date", "trans date", "trn date", "trx date", "posting date",
        "post date", "posted date", "posted on", "posted", "booking date", "book date", "entry date", "date time",
        "date and time", "datetime", "transaction time", "completion time", "completed time", "completion date",
        "date of transaction", "timestamp", "tarehe", "siku", "tarehe ya muamala", "buchungstag", "buchungsdatum",
    ),
    "value_date": (
        "value date", "val date", "value dt", "value", "effective date", "valuta", "valutadatum", "wertstellung",
    ),
    "description": (
        "description", "narration", "narrative", "particulars", "details", "transaction details", "remarks", "remark",
        "memo", "transaction remarks", "transaction description", "transaction particulars", "transaction narrative",
        "payment details", "description of transaction", "additional information", "maelezo", "verwendungszweck",
    ),
    "reference": (
        "reference", "ref", "ref no", "reference no", "reference number", "ref number", "chq ref no", "chq ref number",
        "ref no cheque no", "cheque ref no", "cheque no", "cheque number", "chq no", "cheque", "chq", "chq ref",
        "instrument no", "instrument number", "instrument id", "your reference", "customer reference", "customer ref",
        "payment reference", "transaction reference", "payer reference", "bill ref", "bill ref number", "kumbukumbu",
    ),
    "bank_id": (
        "receipt no", "receipt number", "receipt", "transaction id", "txn id", "tran id", "trans id",
        "transaction no", "transaction number", "txn no", "trans no", "bank reference", "bank reference number",
        "bank ref", "bank ref no", "utr", "utr no", "utr number", "rrn", "core ref", "mpesa code", "mpesa receipt",
    ),
    "debit": (
        "debit", "debits", "debit amount", "debit amt", "amount debit", "debit dr", "dr", "dr amount", "withdrawal",
        "withdrawals", "withdrawal amt", "withdrawal amount", "withdrawal dr", "withdrawals dr", "withdrawn",
        "withdrawn amount", "money out", "paid out", "amount out", "out", "payments", "payment", "zilizotoka", "toka",
        "kutoka",
    ),
    "credit": (
        "credit", "credits", "credit amount", "credit amt", "amount credit", "credit cr", "cr", "cr amount", "deposit",
        "deposits", "deposit amt", "deposit amount", "deposit cr", "deposits cr", "paid in", "money in", "amount in",
        "in", "receipts", "lodgement", "lodgements", "zilizoingia", "ingia", "kuingia",
    ),
    "amount": (
        "amount", "amt", "transaction amount", "txn amount", "trans amount", "net amount", "kiasi", "betrag",
    ),
    "flag": (
        "dr cr", "cr dr", "d c", "c d", "dc", "cd", "drcr", "crdr", "debit credit", "credit debit", "dr cr indicator",
        "cr dr indicator", "debit credit indicator", "type", "txn type", "transaction type", "indicator", "sign",
    ),
    "balance": (
        "balance", "running balance", "closing balance", "book balance", "account balance", "ledger balance",
        "running bal", "bal", "balance amt", "balance amount", "salio", "saldo",
    ),
    "counterparty": (
        "other party info", "other party", "counterparty", "counter party", "counterparty name", "beneficiary", "payee",
        "payer", "payer name", "sender", "sender name", "customer name", "party name", "remitter", "name", "paid by",
        "received from",
    ),
    "currency": ("currency", "ccy", "curr", "currency code"),
    "status": ("transaction status", "status"),
    "bill_ref": ("a c no", "account reference", "bill reference"),
}  # fmt: skip
ROLES = {spelling: role for role, spellings in _WORDS.items() for spelling in spellings}
_HINTS = (
    (re.compile(r"\bvalue (?:date|dt)\b|\bvalue dat\b"), "value_date"),
    (re.compile(r"\bdate\b"), "date"),
    (re.compile(r"\bbal(?:ance)?\b"), "balance"),
    (re.compile(r"\b(?:withdraw\w*|debits?)\b"), "debit"),
    (re.compile(r"\b(?:deposits?|credits?)\b"), "credit"),
    (re.compile(r"\b(?:narration|narrative|descriptions?|particulars?|details?|remarks?)\b"), "description"),
    (re.compile(r"\b(?:reference|ref|cheque|chq)\b"), "reference"),
    (re.compile(r"\bamount\b"), "amount"),
)
"""What a longer header is likely about, where no other column says so plainly."""
_MONEY = ("amount", "debit", "credit")
_CODES = re.compile(r"\b(?:inr|kes|ksh|kshs|tzs|ugx|usd|eur|gbp|rs|rwf)\b")
_SIGNS = {"₹": "INR", "$": "USD", "€": "EUR", "£": "GBP"}
_SHORT = {"ksh": "KES", "kshs": "KES", "rs": "INR"}


@lru_cache(4_096)
def role_of(cell: str) -> str | None:
    """What a header names; `Withdrawal Amt.(INR)` and `DEBIT (KES)` with their currencies left out."""
    plain = " ".join("".join(c if c.isalnum() else " " for c in cell.casefold()).split())
    for words in (plain, " ".join(_CODES.sub(" ", plain).split())):
        if words in ROLES:
            return ROLES[words]
    return None


@lru_cache(4_096)
def hint_of(cell: str) -> str | None:
    """What a header of at most four words is likely about."""
    plain = " ".join("".join(c if c.isalnum() else " " for c in cell.casefold()).split())
    if not 2 <= len(plain.split()) <= 4:
        return None
    return next((role for words, role in _HINTS if words.search(plain)), None)


def roles_of(cells: Sequence[str]) -> dict[str, int]:
    """Role to column; of two columns of one role the first counts."""
    found: dict[str, int] = {}
    for look in (role_of, hint_of):
        for index, cell in enumerate(cells):
            if index not in found.values() and len(cell) < 60 and (role := look(cell)) is not None:
                found.setdefault(role, index)
    return found


def is_header(roles: dict[str, int]) -> bool:
    """A day and an amount: less is no statement. A sheet without a day of booking has one of value."""
    return ("date" in roles or "value_date" in roles) and any(role in roles for role in _MONEY)


def is_mpesa(cells: Sequence[str]) -> bool:
    plain = {" ".join(cell.casefold().replace(".", " ").split()) for cell in cells}
    return {"receipt no", "completion time", "withdrawn"} <= plain


def currency_in(text: str) -> str | None:
    """The currency that a header or a preamble names."""
    if found := _CODES.search(text.casefold()):
        return _SHORT.get(found[0], found[0].upper())
    return next((code for sign, code in _SIGNS.items() if sign in text), None)
