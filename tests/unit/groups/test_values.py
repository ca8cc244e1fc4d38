"""Names and numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.groups.members import check_member_no, check_name, tidy
from app.domain.groups.templates import TEMPLATES, region_kind
from app.domain.ledger.recipes import CONTROL
from app.kit.errors import InvalidInput


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Grace   Akinyi ", "Grace Akinyi"),
        ("Grace\tAkinyi\r\n", "Grace Akinyi"),
        ("Gra\x00ce", "Grace"),
        ("\u202eecarG\u202c", "ecarG"),
        ("Gra\u200bce\ufeff", "Grace"),
        ("\ud800Grace", "Grace"),
        ("क्\u200dष", "क्\u200dष"),
        ("ന്\u200d", "ന്\u200d"),
        ("می\u200cشود", "می\u200cشود"),
        ("Jep\u200dkosgei", "Jepkosgei"),
        ("\u200d\u200d", ""),
        ("\u3164", ""),
        ("\u2800 \ufe0f", ""),
        ("\u0301", ""),
        ("", ""),
    ],
)
def test_tidy_leaves_what_can_be_read(written: str, kept: str) -> None:
    assert tidy(written) == kept


@given(st.text(st.characters(codec=None)))
def test_what_is_tidy_can_be_stored_and_stays(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert "\x00" not in once
    once.encode()


@pytest.mark.parametrize(("check", "longest", "what"), [(check_member_no, 20, "member_no"), (check_name, 120, "name")])
def test_bounds_are_counted_after_tidying(check: type, longest: int, what: str) -> None:
    assert check(" " + "x" * longest + " ") == "x" * longest
    for text, why in (("x" * (longest + 1), f"{what}_long"), ("", f"{what}_empty"), (" \x00\u200b", f"{what}_empty")):
        with pytest.raises(InvalidInput) as caught:
            check(text)
        assert (caught.value.field, caught.value.why) == (what, why)


def test_templates_open_accounts_of_the_chart() -> None:
    for template in TEMPLATES.values():
        assert set(template.accounts) <= set(CONTROL)
        assert "4010" not in template.accounts, "members' own accounts are opened with their first entry"


def test_regions_have_a_word() -> None:
    assert (region_kind("KE"), region_kind("IN"), region_kind("UG")) == ("county", "district", "region")
