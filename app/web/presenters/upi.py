"""UPI's link: it opens the payer's own app with what to pay filled in, and proves nothing."""

from urllib.parse import quote, urlencode

from app.web.presenters.amounts import digits

NOTE = 50


def upi_link(pay_to: str, name: str, amount_minor: int, currency: str, reference: str, note: str) -> str:
    """NPCI's `upi://pay`: payee, name, reference, note, amount, currency, percent-encoded."""
    fields = {"pa": pay_to, "pn": name[:NOTE], "tr": reference, "tn": note[:NOTE], "am": digits(amount_minor, currency)}
    return "upi://pay?" + urlencode(fields | {"cu": currency}, quote_via=quote, safe="@")
