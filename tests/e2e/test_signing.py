"""Savings are paid out: proposed by the treasurer, signed in two browsers, the same in the books and the passbook."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, running_site

ADMIN, TREASURER, MEMBER, PRESIDENT = (f"+91980000020{n}" for n in (1, 2, 3, 4))
SOON_MS = 3000
SignIn = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def sign(page: Page, site: Site, phone: str) -> None:
    page.get_by_role("button", name=re.compile("Sign for INR.5,000")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("code").wait_for()
    assert_accessible(page)
    dialog.get_by_label("code").fill(site.codes(phone)[-1])
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Signed: Pay out savings to Meena Gaikwad")).to_be_visible()


def test_a_withdrawal_from_the_proposal_to_the_passbook(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    treasurer, admin = open_page(site.address, DESK), open_page(site.address, DESK)
    president, member = open_page(site.address, PHONE), open_page(site.address, PHONE)
    sign_in(treasurer, TREASURER)
    treasurer.goto("/members")
    treasurer.get_by_role("link", name="Meena Gaikwad").click()
    treasurer.get_by_role("link", name=re.compile("^Pay out up to ")).click()
    expect(treasurer.get_by_label("Member")).to_have_value(re.compile("."))
    expect(treasurer.locator("#member option:checked")).to_contain_text("Meena Gaikwad")
    treasurer.get_by_label("Amount").fill("99,000")
    treasurer.get_by_role("button", name="Propose it").click()
    expect(treasurer.get_by_role("alert")).to_contain_text("That is more than is held")
    treasurer.get_by_label("Amount").fill("5,000")
    treasurer.get_by_label("Remark").fill("School fees")
    treasurer.get_by_role("button", name="Propose it").click()
    expect(treasurer.get_by_text("Proposed: Pay out savings to Meena Gaikwad")).to_be_visible()
    expect(treasurer.get_by_text("0 of 2 signed")).to_be_visible()
    assert_accessible(treasurer)

    treasurer.goto("/to-sign")
    expect(treasurer.get_by_text("Pay out savings to Meena Gaikwad")).to_be_visible()
    expect(treasurer.get_by_role("button", name=re.compile("Sign for"))).to_have_count(0)
    expect(treasurer.get_by_role("button", name=re.compile("Refuse"))).to_have_count(0)
    treasurer.goto("/money-out")

    sign_in(admin, ADMIN)
    admin.get_by_role("link", name=re.compile("To sign.*1 waits")).click()
    sign(admin, site, ADMIN)
    expect(treasurer.get_by_text("1 of 2 signed")).to_be_visible(timeout=SOON_MS)
    expect(treasurer.get_by_text("Sunita Pawar, admin: signed")).to_have_count(4)

    sign_in(member, MEMBER)
    member.get_by_role("link", name=re.compile("The group holds for me")).click()
    expect(member.get_by_text("1 of 2 signed")).to_be_visible()
    expect(member.get_by_text("INR\u00a018,000.00")).to_be_visible()
    assert_accessible(member)
    assert_no_sideways_scroll(member)

    sign_in(president, PRESIDENT)
    president.get_by_role("link", name=re.compile("1 waits for your signature")).click()
    assert_no_sideways_scroll(president)
    sign(president, site, PRESIDENT)
    expect(treasurer.get_by_text("Signed and done")).to_have_count(4, timeout=SOON_MS)  # three are loans of the demo
    expect(member.get_by_text("INR\u00a013,000.00")).to_be_visible(timeout=SOON_MS)
    member.goto("/passbook")
    line = member.get_by_role("listitem").filter(has_text="Savings paid out")
    expect(line).to_contain_text("5,000.00")
    expect(line).to_contain_text("13,000.00")
    treasurer.get_by_role("link", name=re.compile("Entry")).click()
    expect(treasurer.get_by_text("Savings paid out").first).to_be_visible()
    treasurer.goto("/books")
    expect(treasurer.get_by_role("row", name=re.compile("2010 Members' savings Members"))).to_contain_text(
        "2,11,000.00"
    )
    treasurer.goto("/audit")
    expect(
        treasurer.get_by_text(re.compile("Carried out for Meena Gaikwad, signed last by Lata Shinde: Pay out savings"))
    ).to_be_visible()


def test_a_member_asks_and_an_officer_refuses(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    member, president, admin = (open_page(site.address, PHONE) for _ in range(3))
    sign_in(member, MEMBER)
    member.goto("/savings")
    member.get_by_label("Amount").fill("1,000")
    member.get_by_label("What for").fill("Seeds")
    member.get_by_role("button", name="Ask for it").click()
    expect(member.get_by_text("Asked. Those who must sign have been told.")).to_be_visible()
    assert_accessible(member)
    for page, phone, path, reason in (
        (president, PRESIDENT, "/sign", "Not in this month"),
        (admin, ADMIN, "/to-sign", "Too soon"),
    ):
        sign_in(page, phone)
        page.goto(path)
        card = page.get_by_role("listitem").filter(has_text="Seeds")
        card.get_by_role("button", name=re.compile("Refuse")).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Refuse", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("Give a reason")
        assert_accessible(page)
        dialog.get_by_label("Reason").fill(reason)
        dialog.get_by_role("button", name="Refuse", exact=True).click()
        expect(page.get_by_text("Refused: Pay out savings")).to_be_visible()
    # secretary and treasurer could still make it two
    expect(member.get_by_text("Lata Shinde: Not in this month")).to_be_visible(timeout=SOON_MS)
    expect(member.get_by_text("0 of 2 signed")).to_be_visible()
    member.get_by_role("button", name="Take it back").click()
    expect(member.get_by_text("Taken back", exact=True)).to_be_visible()
