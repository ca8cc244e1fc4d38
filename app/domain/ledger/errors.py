"""What the ledger refuses, and the translation of the database's refusals (SQLSTATEs LG0xx)."""

from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy.exc import DBAPIError

from app.kit.errors import DomainError, IdempotencyConflict, NotFound


class EntryRefused(DomainError):
    """The database's own checks refused the entry; `check` is the SQLSTATE."""

    code = "entry_refused"
    http_status = 409


class AppendOnly(DomainError):
    """Something tried to change or remove what is recorded."""

    code = "append_only"
    http_status = 409


class EntryUnbalanced(DomainError):
    """The lines of a currency don't sum to zero."""

    code = "entry_unbalanced"
    http_status = 422


class EntryLinesInvalid(DomainError):
    """Not 2 to 1,000 lines, an amount of zero, or an account twice."""

    code = "entry_lines"
    http_status = 422


class BatchInvalid(DomainError):
    """No entry, more than 500, more than 5,000 lines in all, or entries of two groups."""

    code = "batch_invalid"
    http_status = 422


class PeriodClosedAlready(DomainError):
    """A close never goes back; `through` is the last closed day."""

    code = "period_closed_already"
    http_status = 409


class GroupCleared(DomainError):
    """The group was for practice and is closed: it can be read, and nothing is written in it any more."""

    code = "group_cleared"
    http_status = 409


class LedgerNotOpen(DomainError):
    """The group has no chain yet."""

    code = "ledger_not_open"
    http_status = 409


class PeriodClosed(DomainError):
    """The effective date lies in a closed period; `through` is its last day."""

    code = "period_closed"
    http_status = 409


class AccountUnknown(DomainError):
    """No account of that code in the group; `account` is the control code."""

    code = "account_unknown"
    http_status = 422


class AccountMismatch(DomainError):
    """The account or the chain is open with another class or currency."""

    code = "account_mismatch"
    http_status = 409


class BalanceOutOfBounds(DomainError):
    """The entry would take an account below its floor or above its ceiling."""

    code = "balance_out_of_bounds"
    http_status = 409


class EntryAlreadyReversed(DomainError):
    """An entry is reversed once."""

    code = "entry_already_reversed"
    http_status = 409


class ReversalNotReversible(DomainError):
    """A reversal stands; post anew instead."""

    code = "reversal_not_reversible"
    http_status = 409


class ReversalNotExact(DomainError):
    """The lines aren't the exact negation of the reversed entry's."""

    code = "reversal_not_exact"
    http_status = 422


_BY_STATE: dict[str, type[DomainError]] = {
    "LG001": AppendOnly,
    "LG003": EntryUnbalanced,
    "LG010": LedgerNotOpen,
    "LG011": IdempotencyConflict,
    "LG013": EntryLinesInvalid,
    "LG015": NotFound,
    "LG016": AccountMismatch,
    "LG017": NotFound,
    "LG018": ReversalNotReversible,
    "LG019": EntryAlreadyReversed,
    "LG020": ReversalNotExact,
    "LG021": PeriodClosedAlready,
    "LG022": BalanceOutOfBounds,
}
_BY_CONSTRAINT: dict[str, type[DomainError]] = {
    "balance_floor": BalanceOutOfBounds,
    "balance_ceiling": BalanceOutOfBounds,
    "journal_entry_reversed_once": EntryAlreadyReversed,
    "posting_account_once": EntryLinesInvalid,
    "posting_amount_minor_check": EntryLinesInvalid,
}


def translate(exc: BaseException) -> DomainError | None:
    """The refusal in a database error (SQLAlchemy's or psycopg's), None when the ledger didn't cause it.

    Doors call it for errors at COMMIT, when the deferred check speaks; on Citus that arrives as "could not commit
    transaction" without the SQLSTATE of the worker.
    """
    raw: Any = exc.orig if isinstance(exc, DBAPIError) else exc
    state: str = getattr(raw, "sqlstate", None) or ""
    if state == "GR001":
        return GroupCleared()
    if state.startswith("LG0"):
        return _from_state(state, getattr(raw.diag, "message_detail", None) or "")
    if state.startswith("23") and raw.diag.schema_name == "ledger":
        found = _BY_CONSTRAINT.get(raw.diag.constraint_name or "")
        return found() if found else EntryRefused(check=state)
    if "could not commit transaction for shard" in str(raw):
        return EntryRefused(check=state or "commit")
    return None


def refused_entry(exc: BaseException) -> int | None:
    """Which entry of a batch the database refused, from 1; None when it doesn't say."""
    raw: Any = exc.orig if isinstance(exc, DBAPIError) else exc
    hint = getattr(getattr(raw, "diag", None), "message_hint", None) or ""
    return int(hint) if hint.isdecimal() else None


def name_entry(refusal: DomainError, entry: int, key: str) -> None:
    """Say which entry of a batch is at fault: its place, from 1, and its idempotency key."""
    refusal.params = MappingProxyType({**refusal.params, "entry": entry, "key": key})


def _from_state(state: str, detail: str) -> DomainError:
    if state == "LG012" and detail:
        return PeriodClosed(through=date.fromisoformat(detail))
    if state == "LG021" and detail:
        return PeriodClosedAlready(through=date.fromisoformat(detail))
    if state == "LG014":
        return AccountUnknown(account=detail.partition(".")[0])
    found = _BY_STATE.get(state)
    return found() if found else EntryRefused(check=state)
