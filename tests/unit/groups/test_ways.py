"""Where members pay, by country."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.groups.ways import check_place, way_of
from app.kit.errors import InvalidInput
from app.web.presenters.upi import upi_link


def test_the_way_is_the_countrys() -> None:
    assert [way_of(country) for country in ("KE", "TZ", "IN")] == ["mpesa", "mpesa", "upi"]


@pytest.mark.parametrize(
    ("way", "text"), [("mpesa", "522533"), ("upi", "Savitri.SHG@demobank"), ("upi", ""), ("mpesa", "")]
)
def test_places_that_can_be(way: str, text: str) -> None:
    check_place(way, text)


@pytest.mark.parametrize(
    ("way", "text"),
    [("mpesa", "1234"), ("mpesa", "a@bank"), ("upi", "522533"), ("upi", "a b@bank"), ("upi", "x@"), ("upi", "x@1")],
)
def test_places_that_can_not(way: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_place(way, text)
    assert (caught.value.field, caught.value.why) == ("pay_to", f"pay_to_{way}")


def test_the_link_opens_a_payers_app_with_everything_filled_in() -> None:
    link = upi_link("savitri.shg@demobank", "Savitri & Co", 50_050, "INR", "K7M2Q9XM", "K7M2Q9XM November & more")
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("upi", "pay")
    assert "+" not in link
    assert {name: value for name, (value,) in parse_qs(parts.query).items()} == {
        "pa": "savitri.shg@demobank",
        "pn": "Savitri & Co",
        "tr": "K7M2Q9XM",
        "tn": "K7M2Q9XM November & more",
        "am": "500.50",
        "cu": "INR",
    }
