"""Why a suggestion is made, in words."""

from app.domain.reconciliation.bank.facts import Reason
from app.kit.i18n import t


def reason_words(reason: Reason) -> str:
    return t(f"reason.{reason.key}", **reason.params)
