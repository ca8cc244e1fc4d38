"""The matrix of roles and permissions, written out a second time: a change here is a decision."""

import pytest

from app.domain.groups.permissions import GRANTS, MEMBER, OFFICES, ROLES, Permission, allows

MATRIX = {
    #                    member admin treasurer auditor
    "read_own":         (True,  True,  True,  True),
    "read_group":       (False, True,  True,  True),
    "read_books":       (False, True,  True,  True),
    "confirm_payments": (False, True,  True,  False),
    "record_cash":      (False, True,  True,  False),
    "reverse_payments": (False, True,  True,  False),
    "count_money":      (False, True,  True,  False),
    "close_periods":    (False, True,  True,  False),
    "open_calls":       (False, True,  True,  False),
    "import_members":   (False, True,  True,  False),
    "manage_members":   (False, True,  True,  False),
    "manage_roles":     (False, True,  False, False),
    "manage_group":     (False, True,  False, False),
    "propose_decisions": (False, True, True,  False),
    "sign_decisions":   (False, True,  True,  False),
}  # fmt: skip
COLUMNS = (MEMBER, *ROLES)


def test_the_matrix_names_every_permission_and_role() -> None:
    assert set(MATRIX) == {permission.value for permission in Permission}
    assert set(GRANTS) == set(Permission)
    assert COLUMNS == ("member", "admin", "treasurer", "auditor")
    assert set().union(*GRANTS.values()) <= {*COLUMNS, *OFFICES}


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", COLUMNS)
def test_the_table_is_the_matrix(permission: Permission, role: str) -> None:
    expected = MATRIX[permission.value][COLUMNS.index(role)]
    assert allows(frozenset({MEMBER, role}), permission) is expected


@pytest.mark.parametrize("office", OFFICES)
def test_an_office_signs_and_nothing_else(office: str) -> None:
    for permission in Permission:
        is_right = permission in (Permission.READ_OWN, Permission.SIGN_DECISIONS)
        assert allows(frozenset({MEMBER, office}), permission) is is_right


def test_nobody_has_no_right() -> None:
    assert not any(allows(frozenset(), permission) for permission in Permission)
