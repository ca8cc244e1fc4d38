"""Into a group and about in it: an invitation, a second group, roles, devices, a new number, and leaving."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible
from tests.factories.site import Site, running_site

STAFF, ADMIN, TREASURER = "0700000001", "0700000101", "0700000102"
STRANGER = "0711222333"

SignIn = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A demo of its own: these journeys change it."""
    with running_site() as running:
        yield running


def type_code(page: Page) -> None:
    """The code that development shows in the dialog."""
    shown = page.get_by_role("dialog").get_by_text("Development: the code is")
    page.get_by_label("One-time code").fill(re.findall(r"\d{6}", shown.inner_text())[0])


def enter_with_code(page: Page, phone: str) -> None:
    page.get_by_label("Phone number").fill(phone)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Six-digit code").fill(page.locator("[data-code]").inner_text())
    page.get_by_role("button", name="Sign in").click()


def make_link(page: Page) -> str:
    page.goto("/joining")
    page.get_by_role("button", name="Invite people").first.click()
    page.get_by_label("How many people").fill("0")
    page.get_by_role("button", name="Make the invitation").click()
    expect(page.get_by_role("alert")).to_have_text("An invitation is for 1 to 500 people.")
    page.get_by_label("How many people").fill("1")
    page.get_by_role("button", name="Make the invitation").click()
    link = page.get_by_text(re.compile(r"/join/[2-9A-Z]{13}$")).inner_text()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("0 of 1")).to_be_visible()
    return link


def join(page: Page, link: str) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", name="BSS Welfare Programme")).to_be_visible()
    page.get_by_role("link", name="Sign in to join").click()
    enter_with_code(page, STRANGER)
    page.get_by_label("Your full name").fill("Wanjiru Atieno Kamau")
    page.get_by_role("button", name="Ask to join").click()
    expect(page.get_by_text("Your request waits for an answer")).to_be_visible()
    page.goto("/home")
    expect(page).to_have_url(re.compile("/no-group$"))


def test_from_a_link_to_the_home_and_out_again(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    admin, stranger = open_page(site.address, DESK), open_page(site.address, PHONE)
    sign_in(admin, ADMIN)
    link = make_link(admin)
    join(stranger, link)

    admin.goto("/joining")
    expect(admin.get_by_role("link", name=re.compile("Joining.*1 waits"))).to_be_visible()
    admin.get_by_role("button", name="Approve").click()
    expect(admin.get_by_label("Member number")).to_have_value("BSS/075")
    admin.get_by_label("Member number").fill("BSS/001")
    admin.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(admin.get_by_role("alert")).to_have_text("Another member has this number.")
    admin.get_by_label("Member number").fill("BSS/075")
    admin.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(admin.get_by_text("Wanjiru Atieno Kamau is a member now.")).to_be_visible()

    stranger.wait_for_url(re.compile("/home"))  # the page that waited moves on by itself
    stranger.goto(link)
    stranger.get_by_role("button", name="Open BSS Welfare Programme").click()
    stranger.wait_for_url(re.compile("/home"))
    expect(stranger.get_by_role("heading", name="Last receipts")).to_be_visible()
    second = open_page(site.address, PHONE)
    second.goto(link)
    expect(second.get_by_role("alert")).to_contain_text("have used this invitation")

    # another number: two codes, a day's grace
    stranger.goto("/profile")
    stranger.get_by_role("button", name="Change").click()
    stranger.get_by_label("New phone number").fill("0711222444")
    stranger.get_by_role("button", name="Send both codes").click()
    codes = re.findall(r"\d{6}", stranger.get_by_text("Development: no message").inner_text())
    stranger.locator("#old_code").fill(codes[0])
    stranger.locator("#new_code").fill(codes[1])
    stranger.get_by_role("button", name="Change it").click()
    expect(stranger.get_by_text("Until then you can call it off")).to_be_visible()
    assert re.search(r"^notice \+254711222333 Sanduk: ", site.out.read_text(), flags=re.MULTILINE)
    stranger.get_by_role("button", name="Call it off").click()
    expect(stranger.get_by_text("You keep your number")).to_be_visible()

    # out, with what is owed both ways
    admin.goto("/members")
    admin.get_by_label("Find a name").fill("BSS/075")
    admin.get_by_role("link", name="Wanjiru Atieno Kamau").click()
    expect(admin.get_by_text("Hassan Ochieng Owuor approved the request to join")).to_be_visible()
    admin.get_by_role("button", name="Remove from the group").click()
    admin.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(admin.get_by_text("is no member any more")).to_be_visible()
    stranger.wait_for_url(re.compile("/no-group"))
    expect(stranger.get_by_role("heading", name="You are no longer a member of BSS Welfare")).to_be_visible()
    assert_accessible(stranger)
    admin.get_by_role("button", name="Take back").click()
    expect(admin.get_by_text("is a member again")).to_be_visible()


def test_one_person_in_two_groups_and_on_two_devices(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    staff, desk, phone = (open_page(site.address, size) for size in (DESK, DESK, PHONE))
    sign_in(staff, STAFF)
    staff.get_by_role("button", name="Open a group").first.click()
    staff.get_by_label("Full name").first.fill("Umoja Savers of Kisumu")
    staff.get_by_label("Short name").fill("Umoja Savers")
    staff.get_by_label("Phone number").fill(TREASURER)
    staff.get_by_label("Member number").fill("US/001")
    staff.get_by_label("Full name").last.fill("Njeri Odhiambo Kariuki")
    staff.get_by_role("button", name="Open the group").click()
    expect(staff.get_by_text("is open. Its code is")).to_be_visible()

    sign_in(desk, TREASURER)
    desk.locator(".side summary").click()
    desk.get_by_role("group", name="Umoja Savers").get_by_role("button", name="Admin").click()
    expect(desk.locator(".side__place")).to_contain_text("Umoja Savers")
    desk.goto("/members")
    expect(desk.get_by_text("1 member")).to_be_visible()

    sign_in(phone, TREASURER)
    phone.goto("/today")
    phone.locator(".appbar summary").click()
    phone.get_by_role("group", name="Umoja Savers").get_by_role("button", name="Member").click()
    phone.wait_for_url(re.compile("/home"))
    expect(phone.locator(".appbar__group")).to_have_text("Umoja Savers")
    phone.locator(".appbar summary").click()
    phone.get_by_role("group", name="BSS Welfare").get_by_role("button", name="Treasurer").click()
    phone.wait_for_url(re.compile("/today"))
    expect(phone.locator("[data-figure=pending]")).to_be_visible()

    # the desk signs the phone out: nothing more is shown there
    desk.goto("/account")
    desk.get_by_role("button", name=re.compile("Sign out of")).first.click()
    expect(desk.get_by_text("That device is signed out.")).to_be_visible()
    phone.wait_for_url(re.compile("/sign-in"))
    phone.goto("/today")
    phone.wait_for_url(re.compile("/sign-in"))

    desk.get_by_role("button", name="Sign out everywhere").click()
    desk.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    desk.wait_for_url(re.compile("/sign-in"))


def test_a_role_takes_a_fresh_code(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    admin = open_page(site.address, DESK)
    sign_in(admin, ADMIN)
    admin.goto("/admin/people")
    admin.locator("#member").select_option(label="Someone who is no member yet")
    admin.get_by_label("Phone number").fill("0712")
    admin.get_by_role("button", name="Give this role").click()
    expect(admin.get_by_role("alert")).to_contain_text("too short")
    admin.get_by_label("Phone number").fill("0700000104")
    admin.locator("#role").select_option("auditor")
    admin.get_by_role("button", name="Give this role").click()
    admin.get_by_label("One-time code").fill("000000")
    admin.get_by_role("button", name="Confirm the change").click()
    expect(admin.get_by_role("alert")).to_contain_text("does not match")
    type_code(admin)
    admin.get_by_role("button", name="Confirm the change").click()
    expect(admin.get_by_text("is now auditor")).to_be_visible()
    admin.get_by_role("row", name=re.compile("auditor")).get_by_role("button", name="Withdraw").click()
    admin.get_by_role("button", name="Withdraw the role").click()
    type_code(admin)
    admin.get_by_role("button", name="Confirm the change").click()
    expect(admin.get_by_text("is no longer auditor")).to_be_visible()


def test_the_theme_is_kept_on_the_device(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(site.address, PHONE)
    sign_in(page, "0700000103")
    page.goto("/profile")
    page.get_by_role("button", name="Dark").click()
    for path in ("/home", "/join", "/profile"):
        page.goto(path)
        expect(page.locator("html")).to_have_class(re.compile("dark"))
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="System").click()
    expect(page.locator("html")).not_to_have_class(re.compile("dark"))
