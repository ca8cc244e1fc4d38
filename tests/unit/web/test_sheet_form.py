"""What a browser sends as a filled sheet: read, or refused whatever it is."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.payments.commands import Part
from app.kit.errors import InvalidInput
from app.web.presenters.sheet import LONGEST, filled_sheet

MEMBER, DUE, OTHER = (str(UUID(int=n)) for n in (1, 2, 3))
SHEET: dict[str, Any] = {
    "day": "2026-11-21",
    "key": "0" * 31 + "9",
    "marks": {MEMBER: "late"},
    "paid": [[MEMBER, DUE, 500], [MEMBER, OTHER, 50]],
    "counted": 550,
}


def test_a_members_amounts_are_one_row() -> None:
    found = filled_sheet(json.dumps(SHEET))
    (row,) = found.rows
    assert (row.member_id, row.parts) == (UUID(int=1), (Part(UUID(int=2), 500), Part(UUID(int=3), 50)))
    assert (found.held_on, found.attendance, found.counted_minor) == (date(2026, 11, 21), {UUID(int=1): "late"}, 550)
    assert found.key == f"sheet:{UUID(int=9)}"


@pytest.mark.parametrize(
    "change",
    [
        {"day": "21 Nov"},
        {"day": 5},
        {"key": "short"},
        {"key": None},
        {"marks": []},
        {"marks": {"me": "late"}},
        {"paid": [[MEMBER, DUE, 5.5]]},
        {"paid": [[MEMBER, DUE, None]]},
        {"paid": [[MEMBER, DUE, True]]},
        {"paid": [[MEMBER, DUE, -1]]},
        {"paid": [[MEMBER, DUE]]},
        {"paid": 7},
        {"counted": 10**16},
        {"counted": "550"},
    ],
)
def test_what_is_no_sheet_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        filled_sheet(json.dumps(SHEET | change))


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "[" * 5000, "9" * 5000, " " * (LONGEST + 1)])
def test_nor_is_another_text(text: str) -> None:
    with pytest.raises(InvalidInput):
        filled_sheet(text)


JSON = st.none() | st.booleans() | st.integers() | st.text()
DEEP = st.recursive(JSON, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*SHEET]), inner))


@given(DEEP)
def test_anything_else_is_refused_and_breaks_nothing(value: Any) -> None:
    with pytest.raises(InvalidInput):
        filled_sheet(json.dumps(value))
