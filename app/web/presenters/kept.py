"""What is kept for a member, as she reads it."""

from app.kit.i18n import t
from app.web.presenters.amounts import amount


def kept_words(kept_minor: int, currency: str) -> str:
    """A sentence; empty where nothing is kept."""
    return t("kept.mine", amount=amount(kept_minor, currency)) if kept_minor > 0 else ""
