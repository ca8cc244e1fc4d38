"""Fees and penalties that are a percentage of an instalment."""

from collections.abc import Iterable

from app.domain.loans.exact import Rounding, round_ratio
from app.domain.loans.terms import PPM, Charge, ChargeBasis, ChargeKind


def charge_instalment(charges: Iterable[Charge], principal: int, interest: int, rounding: Rounding) -> tuple[int, int]:
    """Fees and penalties of one instalment, each charge rounded: round(percent x basis)."""
    fees = penalties = 0
    for charge in charges:
        basis = 0 if charge.basis is ChargeBasis.INTEREST else principal
        basis += 0 if charge.basis is ChargeBasis.PRINCIPAL else interest
        amount = round_ratio(basis * charge.rate_ppm, PPM, rounding)
        if charge.kind is ChargeKind.FEE:
            fees += amount
        else:
            penalties += amount
    return fees, penalties
