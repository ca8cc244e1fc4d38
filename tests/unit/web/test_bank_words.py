"""Whose statement came: said where it names another number than members are told to pay to; how well a line fits."""

from uuid import UUID

from app.domain.groups.views import GroupView
from app.domain.reconciliation.bank.views import BankStatementView
from app.web.presenters.bank import other_number
from app.web.presenters.matches import fit_words

ID = UUID(int=1)


def group(*, way: str = "mpesa", pay_to: str | None = "522533") -> GroupView:
    return GroupView(ID, "BSSKEN", "BSS", "BSS", "welfare", "KES", "Africa/Nairobi", "KE", pay_to, way, "county")


def statement(held_at: str, account: str = "1020") -> BankStatementView:
    return BankStatementView(ID, ID, account, held_at, "KES", None, None, None, None, 1, "ok")


def test_another_number_is_said() -> None:
    assert other_number([statement("522533"), statement("400222")], group()) == (
        "This statement is of 400222. Members are told to pay to 522533. Is it your group’s?"
    )


def test_the_groups_own_and_what_says_nothing_are_not() -> None:
    fine = [statement("522533"), statement(""), statement("BSS Welfare"), statement("400222", "1030")]
    assert other_number(fine, group()) == ""
    assert other_number([statement("400222")], group(pay_to=None)) == ""
    assert other_number([statement("400222")], group(way="upi", pay_to="a@b")) == ""


def test_only_what_needs_no_guess_fits_well():
    assert [fit_words(score) for score in (100, 99, 60, 59, 0)] == ["Fits well", "Likely", "Likely", "Possible", ""]
