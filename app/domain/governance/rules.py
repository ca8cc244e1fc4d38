"""Decisions about decisions, pure: no session, no clock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.groups.permissions import GRANTS, Permission
from app.domain.groups.views import ApprovalRule
from app.kit.errors import InvalidInput
from app.kit.text import tidy

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """How many must sign, and the roles and offices of those who may. `needed` 0: carried out by who proposes."""

    needed: int
    signers: tuple[str, ...]


def terms_of(rule: ApprovalRule, amount_minor: int, *, is_own: bool, may_propose: bool) -> Terms:
    """The rule for this amount. Nobody is alone with what is their own; what a member asks for, one officer gives."""
    if amount_minor > rule.alone_minor:
        return Terms(rule.needed, rule.signers)
    if is_own:
        return Terms(1, tuple(sorted(GRANTS[Permission.PROPOSE_DECISIONS] | set(rule.signers))))
    return Terms(0 if may_propose else 1, tuple(sorted(GRANTS[Permission.PROPOSE_DECISIONS])))


def outcome(needed: int, approved: int, still_may: int) -> str:
    """`open`, `carried`, or `refused` as soon as those who are left can't make it any more."""
    if approved >= needed:
        return "carried"
    return "open" if approved + still_may >= needed else "refused"


def who_may_sign(
    holders: Collection[UUID], *, proposer: UUID, member: UUID | None, barred: Collection[UUID] = ()
) -> set[UUID]:
    """Of those who hold the roles: neither who proposed it nor whom it pays, nor whoever is barred."""
    return set(holders) - {proposer, member, *barred}


def most_signers(signers: Collection[str], held: Mapping[UUID, set[str]], *, askable: bool) -> int:
    """How many can sign at most: who proposes doesn't, unless she holds none of these offices or a member asks."""
    may = {who for who, roles in held.items() if roles & set(signers)}
    proposers = {who for who, roles in held.items() if roles & GRANTS[Permission.PROPOSE_DECISIONS]}
    return len(may) if askable or proposers - may else len(may) - 1


def check_text(text: str, *, field: str, empty: str = "") -> str:
    """Tidied; with `empty`, that is what is wrong with none. Raises InvalidInput."""
    note = tidy(text)
    if empty and not note:
        raise InvalidInput(field, empty)
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(field, "reason_too_long", limit=LONGEST_NOTE)
    return note
