"""Our canonical JSON of texts and whole numbers against the package that writes RFC 8785 for every value."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.kit import canonical

KEYS = st.text(st.characters(max_codepoint=127))
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    TEXTS | NUMBERS | st.booleans() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES))
def test_texts_and_numbers_have_the_bytes_of_rfc_8785(value: dict[str, object]) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_half_a_surrogate_pair_has_no_bytes() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical.encode({"idem": "\ud800"})


@pytest.mark.parametrize("value", [0.5, 1.0, float("nan"), 2**53, -(2**53)])
def test_other_numbers_are_not_signed(value: float) -> None:
    for nested in (value, [value], {"lines": [{"amount_minor": value}]}):
        with pytest.raises(ValueError, match="whole numbers"):
            canonical.require_exact({"v": 1, "x": nested})
    canonical.require_exact({"v": 2**53 - 1, "x": ["a", None, True, {"y": -(2**53) + 1}]})
