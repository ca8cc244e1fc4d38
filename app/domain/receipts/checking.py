"""The public check: anyone with a receipt's code or token asks whether it is genuine and still counts."""

import logging

from sqlalchemy import text
from sqlalchemy.exc import NoResultFound

from app.domain.groups.access import read_group
from app.domain.groups.members import member_cards
from app.domain.ledger import canon
from app.domain.ledger import service as ledger
from app.domain.ledger.views import EntryView
from app.domain.receipts import rules
from app.domain.receipts.store import load_receipt
from app.domain.receipts.views import CheckResult, PublicReceipt, ReceiptView
from app.kit.actor import Actor
from app.kit.db import Session, set_tenant, signer_of

_log = logging.getLogger(__name__)

_BY_CODE = text("SELECT group_id, receipt_id FROM lookup.receipt_by_check_code(:code)")


async def check(session: Session, code_or_token: str) -> CheckResult:
    """The public answer; see CheckResult. Needs no actor: the session's tenant becomes the receipt's group.

    A token is judged by its signature first, then held against the live record, as a code's stored token is: the
    record against the token, the ledger's entry against the record, the entry's own hash against its content.
    """
    typed = rules.read_typed(code_or_token)
    if typed.why:
        return CheckResult("invalid", typed.text, typed.why, typed.wrong_symbols, typed.suggestion)
    if not typed.is_token:
        receipt = await _find(session, typed.text)
        if receipt is None:
            return CheckResult("unknown", typed.text)
        return await _judge(session, receipt, receipt.token, typed.text)
    payload = signer_of(session).verify(typed.text)
    if payload is None or payload.get("typ") != rules.TYPE:
        return CheckResult("invalid", why="signature")
    receipt = await _find(session, str(payload.get("jti", "")))
    if receipt is None:
        return CheckResult("unknown")
    return await _judge(session, receipt, typed.text, "")


async def _find(session: Session, code: str) -> ReceiptView | None:
    """The look-up names the group and the receipt; the rest is read behind that group's wall."""
    row = (await session.execute(_BY_CODE, {"code": code})).one_or_none()
    if row is None:
        return None
    await set_tenant(await session.connection(), Actor(group_id=row.group_id))
    return await load_receipt(session, row.group_id, row.receipt_id)


async def _judge(session: Session, receipt: ReceiptView, token: str, given: str) -> CheckResult:
    payload = signer_of(session).verify(token)
    entry = await ledger.get_entry(session, receipt.group_id, receipt.seq)
    if payload is None or not rules.says_the_same(payload, receipt) or not _is_in_book(receipt, entry):
        _log.error("receipt %s of group %s does not agree with the book", receipt.id, receipt.group_id)
        return CheckResult("invalid", given, "record")
    assert entry is not None
    if (entry.reversed_by_seq is not None) != (
        receipt.state == "reversed"
    ):  # the book decides: its entries are chained
        _log.error("receipt %s of group %s and its entry disagree on a reversal", receipt.id, receipt.group_id)
    try:
        public = await _public(session, receipt, entry)
    except NoResultFound:
        _log.exception("group %s of receipt %s is gone", receipt.group_id, receipt.id)
        return CheckResult("invalid", given, "record")
    return CheckResult("valid" if entry.reversed_by_seq is None else "reversed", given, receipt=public)


def _is_in_book(receipt: ReceiptView, entry: EntryView | None) -> bool:
    """The entry is there, hashes to what the receipt shows, moves its amount, and is on an account of its member."""
    return (
        entry is not None
        and entry.hash == receipt.hash
        and canon.entry_hash(entry) == entry.hash
        and sum(line.amount_minor for line in entry.lines if line.amount_minor > 0) == receipt.amount_minor
        and {line.currency for line in entry.lines} == {receipt.currency}
        and any(line.account.endswith(f".{receipt.member_id}") for line in entry.lines)
    )


async def _public(session: Session, receipt: ReceiptView, entry: EntryView) -> PublicReceipt:
    back = entry.reversed_by_seq and await ledger.get_entry(session, receipt.group_id, entry.reversed_by_seq)
    card = (await member_cards(session, receipt.group_id, [receipt.member_id])).get(receipt.member_id)
    initials = rules.initials(card.name) if card else ""
    group = await read_group(session, receipt.group_id)
    return PublicReceipt(
        number=receipt.number,
        check_code=receipt.check_code,
        group_name=group.name,
        timezone=group.timezone,
        member_initials=initials or None,
        member_no=card.member_no if card and initials else None,
        amount_minor=receipt.amount_minor,
        currency=receipt.currency,
        exponent=receipt.exponent,
        paid_on=receipt.paid_on,
        issued_at=receipt.issued_at,
        method=receipt.method,
        provider_code=rules.hide_middle(receipt.provider_code) if receipt.provider_code else None,
        seq=receipt.seq,
        hash=receipt.hash.hex(),
        token=receipt.token,
        reversed_at=back.recorded_at if back else None,
    )
