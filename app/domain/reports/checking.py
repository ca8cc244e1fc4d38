"""The public check of statements: anyone with a code or token asks whether we signed it and the book still agrees."""

import logging
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domain.groups.access import read_group
from app.domain.groups.members import member_cards
from app.domain.ledger import service as ledger
from app.domain.receipts import rules
from app.domain.reports.issuing import TYPE, token_payload
from app.domain.reports.models import Statement
from app.domain.reports.statement import account_of
from app.domain.reports.views import PublicStatement, StatementCheck
from app.kit.actor import Actor
from app.kit.db import Session, set_tenant, signer_of

_log = logging.getLogger(__name__)

_BY_CODE = text("SELECT group_id, statement_id FROM lookup.statement_by_check_code(:code)")


async def check_statement(session: Session, code_or_token: str) -> StatementCheck:
    """The public answer; see StatementCheck. Needs no actor: the session's tenant becomes the statement's group.

    The signature first, then the row against the token, then the book's sums at the signed entry against the row.
    """
    typed = rules.read_typed(code_or_token)
    if typed.why:
        return StatementCheck("invalid", typed.text, typed.why, typed.wrong_symbols, typed.suggestion)
    if not typed.is_token:
        row = await _find(session, typed.text)
        return await _judge(session, row, row.token, typed.text) if row else StatementCheck("unknown", typed.text)
    payload = signer_of(session).verify(typed.text)
    if payload is None or payload.get("typ") != TYPE:
        return StatementCheck("invalid", why="signature")
    row = await _find(session, str(payload.get("jti", "")))
    return await _judge(session, row, typed.text, "") if row else StatementCheck("unknown")


async def _find(session: Session, code: str) -> Statement | None:
    found = (await session.execute(_BY_CODE, {"code": code})).one_or_none()
    if found is None:
        return None
    await set_tenant(await session.connection(), Actor(group_id=found.group_id))
    return await session.get(Statement, (found.group_id, found.statement_id))


async def _judge(session: Session, row: Statement, token: str, given: str) -> StatementCheck:
    payload = signer_of(session).verify(token)
    if payload is None or not _says_the_same(payload, row) or not await _is_in_book(session, row):
        _log.error("statement %s of group %s does not agree with the book", row.id, row.group_id)
        return StatementCheck("invalid", given, "record")
    now = await ledger.head(session, row.group_id)
    is_current = await _balances(session, row, now.seq) == (row.opening_minor, row.closing_minor)
    return StatementCheck("valid" if is_current else "outdated", given, statement=await _public(session, row))


def _says_the_same(payload: dict[str, Any], row: Statement) -> bool:
    return {**payload, "iss": ""} == token_payload(row, issuer="")


async def _is_in_book(session: Session, row: Statement) -> bool:
    """The signed entry is there with its hash, and the entries up to it give both balances."""
    if row.head_seq:
        entry = await ledger.get_entry(session, row.group_id, row.head_seq)
        if entry is None or entry.hash != row.head_hash:
            return False
    return await _balances(session, row, row.head_seq) == (row.opening_minor, row.closing_minor)


async def _balances(session: Session, row: Statement, upto: int) -> tuple[int, int]:
    """What the member had given before the period and at its end, as the entries up to `upto` say."""
    account = account_of(await read_group(session, row.group_id), row.member_id)
    before = await ledger.balance_before(session, row.group_id, account, day=row.from_on, upto=upto)
    movement = await ledger.period_sum(session, row.group_id, account, since=row.from_on, until=row.until_on, upto=upto)
    return -before, -before - movement


async def _public(session: Session, row: Statement) -> PublicStatement:
    group_id: UUID = row.group_id
    card = (await member_cards(session, group_id, [row.member_id])).get(row.member_id)
    initials = rules.initials(card.name) if card else ""
    group = await read_group(session, group_id)
    return PublicStatement(
        check_code=row.check_code,
        group_name=group.name,
        timezone=group.timezone,
        member_initials=initials or None,
        member_no=card.member_no if card and initials else None,
        from_on=row.from_on,
        until_on=row.until_on,
        opening_minor=row.opening_minor,
        in_minor=row.in_minor,
        out_minor=row.out_minor,
        closing_minor=row.closing_minor,
        currency=row.currency,
        exponent=row.exponent,
        lines=row.lines,
        made_at=row.made_at,
        head_seq=row.head_seq,
        digest=row.digest.hex(),
        token=row.token,
    )
