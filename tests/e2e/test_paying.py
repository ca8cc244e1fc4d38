"""What a member does around a payment, and what a form does when the same mistake comes twice."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, running_site

SignIn = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def send(page: Page, code: str, amount: str = "") -> None:
    page.get_by_label("M-Pesa code").fill(code)
    if amount:
        page.get_by_label(re.compile("Amount you paid")).fill(amount)
    page.get_by_role("button", name="I have paid").click()


def test_part_of_a_due_taken_back_and_sent_again(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(site.address, PHONE)
    sign_in(page, "0700000103")
    page.get_by_role("link", name=re.compile("Pay now")).click()
    for _ in range(2):  # the same mistake twice: the button answers each time
        send(page, "ABC")
        expect(page.get_by_text("This has 3.")).to_be_visible()
        expect(page.get_by_role("button", name="I have paid")).not_to_have_attribute("aria-busy", "true", timeout=3000)
        expect(page.get_by_label("M-Pesa code")).to_be_focused()
    before = datetime.now(UTC).date() - timedelta(days=1)
    on = f"{before.day}/{before.month}/{before:%y}"
    message = "QGH7K2M4PA Confirmed. Ksh{}.00 sent to BUSIA SELF HELP on {} at 3:12 PM. New balance is Ksh0.00."
    send(page, message.format(501, on))
    expect(page.get_by_text(re.compile("Your message says KES.501 on"))).to_be_visible()
    expect(page.get_by_label(re.compile("Amount you paid"))).to_have_value("501")
    expect(page.get_by_label(re.compile("Amount you paid"))).to_be_focused()
    expect(page.get_by_label("Paid on")).to_have_value(before.isoformat())
    page.get_by_role("button", name="I have paid").click()
    expect(page.get_by_text(re.compile("Only KES.500.00 is still to be paid here"))).to_be_visible()
    expect(page.get_by_label(re.compile("Amount you paid"))).to_be_focused()
    expect(page.get_by_label("M-Pesa code")).to_have_value("QGH7K2M4PA")
    send(page, message.format(200, on), "200")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sent")
    expect(page.get_by_role("button", name="I have paid")).to_have_count(0)
    page.get_by_role("link", name=re.compile("Welfare|contribution", re.I)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Pay KES.300.00"))
    send(page, "QGH7K2M4PB", "301")
    expect(page.get_by_text(re.compile("KES.200.00 of the KES.500.00 owed was sent"))).to_be_visible()
    waiting = page.get_by_role("listitem").filter(has_text="QGH7K2M4PA")
    expect(waiting).to_contain_text("200.00")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    waiting.get_by_role("button", name="Take it back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Pay KES.500.00"))
    send(page, "QGH7K2M4PA")
    expect(page.get_by_text("To be confirmed")).to_be_visible()
    expect(page.get_by_role("button", name="I have paid")).to_have_count(0)


def test_two_dues_are_chosen_from(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    treasurer = open_page(site.address, DESK)
    sign_in(treasurer, "0700000102")
    treasurer.goto("/collections")
    opener = treasurer.get_by_role("button", name="Open a contribution").first
    for title in ("Welfare contribution, second", "Welfare contribution, SECOND"):
        opener.click()
        treasurer.get_by_label("Name", exact=True).fill(title)
        treasurer.get_by_label(re.compile("Amount each")).fill("200")
        treasurer.get_by_label("Due on").fill((datetime.now(UTC).date() + timedelta(days=20)).isoformat())
        treasurer.get_by_role("button", name="Next", exact=True).click()
        treasurer.get_by_role("button", name="Open it for every member").click()
        expect(treasurer.get_by_text(re.compile("is open"))).to_be_visible()
    expect(treasurer.get_by_text("Give this one another name")).to_be_visible()
    treasurer.get_by_role("button", name="Cancel", exact=True).click()
    treasurer.get_by_label(re.compile("Find a name")).fill("zzzz")
    expect(treasurer.get_by_text("Nobody here is called that")).to_be_visible()
    member = open_page(site.address, PHONE)
    sign_in(member, "0700000104")
    member.get_by_role("link", name="Pay", exact=True).click()
    expect(member.get_by_role("heading", name="What do you pay for?")).to_be_visible()
    assert_accessible(member)
    member.get_by_role("link", name=re.compile("second")).click()
    expect(member.get_by_role("heading", level=1)).to_have_text(re.compile("Pay KES.200.00"))

    # both at once, from home
    member.goto("/home")
    member.get_by_role("link", name=re.compile("Pay now KES.700.00")).click()
    expect(member.get_by_text("2 dues together")).to_be_visible()
    expect(member.get_by_role("heading", level=1)).to_have_text(re.compile("Pay KES.700.00"))
    for scheme in ("light", "dark"):
        member.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(member)
    assert_no_sideways_scroll(member)
    member.get_by_label("M-Pesa code").fill("UKL7X4P9ZZ")
    member.get_by_role("button", name="I have paid").click()
    expect(member.get_by_role("heading", name="To be confirmed")).to_be_visible()
    member.goto("/home")
    expect(member.get_by_text("700.00 sent, to be confirmed")).to_be_visible()
