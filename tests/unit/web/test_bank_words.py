"""Whose statement came, how well a line fits, and what came in and went out, in words."""

from uuid import UUID

from app.domain.groups.views import GroupView
from app.domain.reconciliation.bank.views import BankStatementView
from app.web.presenters.amounts import amount
from app.web.presenters.bank import other_number
from app.web.presenters.matches import fit_words, in_and_out

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


def test_what_came_and_what_went_are_never_one_sum() -> None:
    words = in_and_out("matching.confirmed_many", [500_00, 20_00], "KES")
    assert words == f"2 lines are in the books, {amount(520_00, 'KES')} in"
    both = in_and_out("matching.confirmed_many", [500_00, -700_00], "KES")
    assert both == f"2 lines are in the books, {amount(500_00, 'KES')} in, {amount(700_00, 'KES')} out"
