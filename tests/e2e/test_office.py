"""What a treasurer and an admin do besides payments: contributions side by side, members by hand, settings."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, running_site

TREASURER, ADMIN, MEMBER, NASHIK = "0700000102", "0700000101", "0700000103", "+919800000202"
SignIn = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def office() -> Iterator[Site]:
    """The demo, to be changed."""
    with running_site() as site:
        yield site


def test_two_contributions_stand_apart_and_one_is_closed(office: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(office.address, DESK)
    sign_in(page, TREASURER)
    page.goto("/collections")
    page.get_by_role("button", name="Open a contribution").click()
    page.get_by_label("Name", exact=True).fill("Typed wrong")
    page.get_by_label(re.compile("Amount each")).fill("5000")
    page.get_by_label("Due on").fill((datetime.now(UTC).date() + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Open it for every member").click()
    expect(page.get_by_text("Typed wrong is open")).to_be_visible()
    page.goto("/today")
    choose = page.get_by_label("Which contribution")
    expect(page.get_by_text("0 of 148 dues paid in full")).to_be_visible()
    choose.select_option(index=1)
    expect(page.get_by_text("0 of 74 paid in full")).to_be_visible()
    expect(page.locator("[data-figure=pending]")).to_contain_text("370,000")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.goto("/collections")
    page.get_by_role("row", name=re.compile("Typed wrong")).get_by_role("button", name="Change").click()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("74 members have not paid all of it")).to_be_visible()
    page.get_by_role("button", name="Close the contribution").click()
    expect(page.get_by_text("Typed wrong is closed")).to_be_visible()
    page.goto("/today")
    expect(page.locator("[data-figure=pending]")).to_contain_text("37,000")
    expect(choose).to_have_count(0)


def test_a_member_by_hand_and_her_page(office: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(office.address, PHONE)
    sign_in(page, TREASURER)
    page.goto("/members")
    page.get_by_role("button", name="Add a member").click()
    page.get_by_label("Full name").fill("Zawadi Were")
    page.get_by_label("Number", exact=True).fill("BSS/001")
    page.get_by_label("County", exact=True).select_option("Siaya")
    page.get_by_role("button", name="Add the member").click()
    expect(page.get_by_role("alert")).to_contain_text("Another member has this number")
    page.get_by_label("Number", exact=True).fill("BSS/099")
    page.get_by_role("button", name="Add the member").click()
    expect(page.get_by_text("Zawadi Were is now a member, number BSS/099")).to_be_visible()
    page.get_by_label("Find a name").fill("zawadi were")
    expect(page.get_by_text("1 of 75 members")).to_be_visible()
    page.get_by_role("link", name="Zawadi Were").click()
    page.get_by_role("button", name="Change the profile").click()
    page.get_by_label("Remarks").fill("Pays by her sister")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Pays by her sister")).to_be_visible()
    assert_accessible(page)
    page.goto("/member?id=zzz")
    expect(page.get_by_text("This does not exist, or is not yours to see.")).to_be_visible()


def test_an_admin_changes_the_groups_name(office: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(office.address, DESK)
    sign_in(page, ADMIN)
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_label("M-Pesa paybill number").fill("12")
    save = page.locator("form", has=page.get_by_label("M-Pesa paybill number")).get_by_role("button", name="Save")
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("5 to 7 digits")
    page.get_by_label("M-Pesa paybill number").fill("400200")
    page.get_by_label("Short name").fill("Umoja Ustawi")
    save.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Take payments on 400200 from now on?")).to_be_visible()
    assert_accessible(page)
    dialog.get_by_label("code").fill("000000")
    dialog.get_by_role("button", name="Confirm the change").click()
    expect(dialog.locator(".field__error")).to_be_visible()
    type_the_code(page, office)
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator(".side__place")).to_contain_text("Umoja Ustawi")


def type_the_code(page: Page, site: Site) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("code").fill(site.codes("+254700000101")[-1])
    dialog.get_by_role("button", name="Confirm the change").click()


def test_the_books_of_a_day_and_of_a_moment(office: Site, open_page: Opener, sign_in: SignIn) -> None:
    """The group in Nashik, whose year was recorded at once: by the date of the money it grew month by month."""
    page = open_page(office.address, DESK)
    sign_in(page, NASHIK)
    page.goto("/books")
    total = page.locator("tfoot .num").first
    expect(total).to_have_text("2,17,612.22")
    page.get_by_label("On", exact=True).fill("2026-03-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("What is known today of 31 Mar 2026")).to_be_visible()
    expect(total).not_to_have_text("2,17,612.22")
    page.get_by_label("Balances").select_option("moment")
    expect(page.get_by_label("At", exact=True)).to_be_visible()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("What the books said at 31 Mar 2026")).to_be_visible()
    expect(total).to_have_text("0.00")
    page.get_by_label("On", exact=True).fill("2099-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("This date has not come yet.")).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    expect(total).to_have_text("2,17,612.22")


def test_counted_cash_stands_beside_the_books(office: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(office.address, PHONE)
    sign_in(page, NASHIK)
    page.goto("/books")
    page.get_by_role("tab", name="Counted").click()
    expect(page.get_by_text("Nothing was counted yet.")).to_be_visible()
    page.get_by_label("Amount, INR").fill("plenty")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("Write the amount in digits")).to_be_visible()
    page.get_by_label("Amount, INR").fill("1,88,197.47")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text(re.compile("Recorded. INR.1,000.00 missing"))).to_be_visible()
    expect(page.get_by_text("The books say INR\u00a01,89,197.47.")).to_be_visible()
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.goto("/audit")
    expect(page.get_by_text(re.compile("recorded what was there, Cash in the box"))).to_be_visible()


def test_one_code_pays_two_dues_and_a_member_leaves(office: Site, open_page: Opener, sign_in: SignIn) -> None:
    desk = open_page(office.address, DESK)
    sign_in(desk, TREASURER)
    desk.goto("/collections")
    desk.get_by_role("button", name="Open a contribution").click()
    desk.get_by_label("Name", exact=True).fill("Harambee")
    desk.get_by_label(re.compile("Amount each")).fill("250")
    desk.get_by_label("Due on").fill((datetime.now(UTC).date() + timedelta(days=20)).isoformat())
    desk.get_by_role("button", name="Next", exact=True).click()
    desk.get_by_role("button", name="Open it for every member").click()
    expect(desk.get_by_text("Harambee is open")).to_be_visible()
    phone = open_page(office.address, PHONE)
    sign_in(phone, MEMBER)
    phone.goto("/pay")
    phone.get_by_role("link", name=re.compile("Welfare contribution")).click()
    phone.get_by_role("checkbox", name=re.compile("Harambee")).click()
    expect(phone.get_by_role("heading", name=re.compile(r"Pay KES\s750"))).to_be_visible()
    assert_accessible(phone)
    phone.get_by_label(re.compile("code", re.IGNORECASE)).fill("UKL7X4P9QD")
    phone.get_by_role("button", name="I have paid").click()
    expect(phone.get_by_text("Welfare contribution, Harambee")).to_be_visible()
    phone.goto("/profile")
    phone.get_by_role("button", name="Leave the group").click()
    expect(phone.get_by_text("A payment of yours waits to be confirmed")).to_be_visible()
    phone.get_by_role("button", name="Close").click()
    desk.goto("/payments")
    desk.get_by_role("row", name=re.compile("UKL7X4P9QD")).get_by_role("button", name="Confirm").click()
    expect(desk.get_by_text(re.compile("confirmed", re.IGNORECASE)).first).to_be_visible()
    phone.goto("/passbook")
    expect(phone.get_by_text(re.compile("750")).first).to_be_visible()
    phone.goto("/profile")
    phone.get_by_role("button", name="Leave the group").click()
    phone.get_by_role("button", name="Leave", exact=True).click()
    phone.wait_for_url(re.compile("no-group|start|sign-in"))
    desk.goto("/members")
    desk.get_by_label("Find a name").fill("BSS/003")
    expect(desk.get_by_text("Nobody is called that")).to_be_visible()
