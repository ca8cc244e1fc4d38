"""A bereavement from the report to the payout, signed in two browsers; refused, and not signed in time."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, run, running_site
from tests.factories.welfare import PICTURE

ADMIN, TREASURER, MEMBER, PRESIDENT = (f"+91980000020{n}" for n in (1, 2, 3, 4))
PARENT = "Sakhubai Gaikwad"
SOON_MS = 3000
SignIn = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def looked_at(page: Page) -> None:
    """As it should be once it has loaded, in both themes."""
    expect(page.locator(".sk")).to_have_count(0)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(page)
    assert_no_sideways_scroll(page)


def sign(page: Page, site: Site, phone: str) -> None:
    page.get_by_role("button", name=re.compile("Sign for INR.1,000")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("code").wait_for()
    dialog.get_by_label("code").fill(site.codes(phone)[-1])
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Signed: Welfare payout to Meena Gaikwad")).to_be_visible()


def propose(treasurer: Page) -> None:
    treasurer.goto("/claims")
    treasurer.get_by_role("button", name="Propose the payout").click()
    treasurer.get_by_role("dialog").get_by_role("button", name="Propose the payout").click()
    expect(treasurer.get_by_text(re.compile("Proposed: INR.1,000.00 to Meena Gaikwad"))).to_be_visible()


def test_the_admin_sets_the_rules(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    admin = open_page(site.address, DESK)
    sign_in(admin, ADMIN)
    expect(admin.get_by_role("link", name="Welfare", exact=True)).to_have_count(0)  # not before its rules are set
    admin.goto("/claims")
    expect(admin.get_by_text("The group has no welfare rules yet")).to_be_visible()
    looked_at(admin)
    admin.get_by_role("link", name="Set the rules").click()
    admin.get_by_role("button", name="A contribution for each event").click()
    admin.get_by_role("listitem").filter(has_text="Death, parent").get_by_role("button", name="Change").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("one thousand")
    dialog.get_by_role("button", name="Take it over").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    looked_at(admin)
    dialog.get_by_label("Amount").fill("1,000")
    dialog.get_by_role("button", name="Take it over").click()
    expect(admin.get_by_text("Not saved yet: save the rules below.")).to_be_visible()
    admin.get_by_label("Otherwise each gives").fill("200")
    admin.get_by_label("Waiting days after joining").fill("soon")
    admin.get_by_role("button", name="Save the rules").click()
    expect(admin.get_by_role("alert")).to_contain_text("Give a number of days")
    admin.get_by_label("Waiting days after joining").fill("")
    admin.get_by_label("Days in which to report").fill("30")
    admin.get_by_role("button", name="Save the rules").click()
    expect(admin.get_by_text("The rules are in force.")).to_be_visible()
    expect(admin.get_by_text("Death, parent: INR\u00a01,000.00").last).to_be_visible()
    looked_at(admin)
    admin.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_no_sideways_scroll(admin)


def test_a_member_reports_with_a_document(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    member = open_page(site.address, PHONE)
    sign_in(member, MEMBER)
    member.get_by_role("link", name="How this group works").click()
    expect(member.get_by_text("To be reported within 30 days")).to_be_visible()
    member.get_by_role("link", name="My claims, and reporting an event").click()
    member.get_by_role("button", name="Report it").click()
    expect(member.get_by_role("alert")).to_have_text(["Choose one.", "Choose one."])
    member.get_by_label("What happened").select_option("hospital")
    member.get_by_label("To whom").select_option("member")
    expect(member.get_by_label("Name of that person")).to_be_hidden()
    member.get_by_label("What happened").select_option("death")
    member.get_by_label("To whom").select_option("parent")
    member.get_by_label("Name of that person").fill(PARENT)
    looked_at(member)
    member.get_by_role("button", name="Report it").click()
    card = member.get_by_role("listitem").filter(has_text=PARENT)
    expect(card.get_by_text("To be looked at")).to_be_visible()
    expect(card.get_by_text("Covered by the group’s rules")).to_be_visible()
    expect(card.get_by_text("No document here: seen on paper?")).to_be_visible()
    looked_at(member)
    for name, content, says in (
        ("permit.pdf", b"<html><script>alert(1)</script>", "Send a PDF, or a picture as JPEG or PNG."),
        ("permit.pdf", b"%PDF-1.4\n/OpenAction /JavaScript\n%%EOF", "This PDF would run or start something."),
        ("permit.png", PICTURE, "The document has been added."),
    ):
        card.get_by_text("Document, PDF or photo").click()
        card.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        card.get_by_role("button", name="Add it").click()
        expect(member.get_by_text(says)).to_be_visible()
    expect(card.get_by_text("Documents given: 1")).to_be_visible()
    with member.expect_download() as download:
        card.get_by_role("link", name="permit.png").click()
    assert download.value.path().read_bytes() == PICTURE


def test_a_call_from_the_event_to_the_payout(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    treasurer, admin = open_page(site.address, DESK), open_page(site.address, DESK)
    president, member = open_page(site.address, PHONE), open_page(site.address, PHONE)
    sign_in(treasurer, TREASURER)
    treasurer.goto("/claims")
    card = treasurer.get_by_role("listitem").filter(has_text=PARENT)
    expect(card).to_be_visible()
    looked_at(treasurer)
    card.get_by_role("button", name="Accept").click()
    looked_at(treasurer)
    treasurer.get_by_role("dialog").get_by_role("button", name="Accept").click()
    expect(treasurer.get_by_text("Accepted: claim 1")).to_be_visible()
    card.get_by_role("button", name="Ask the members").click()
    dialog = treasurer.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("INR.200.00 from each member within 14 days"))).to_be_visible()
    looked_at(treasurer)
    dialog.get_by_role("button", name="Ask the members").click()
    expect(treasurer.get_by_text(re.compile("Asked: Welfare contribution, claim 1"))).to_be_visible()
    expect(card.get_by_role("button", name="Propose the payout")).to_have_count(0)

    treasurer.goto("/collections")
    expect(treasurer.get_by_role("row", name=re.compile("Meena Gaikwad.*Welfare contribution"))).to_have_count(0)
    for _ in range(6):
        rows = (
            treasurer.get_by_role("row").filter(has_text="Welfare contribution, claim 1").filter(has_text="Record cash")
        )
        others = rows.filter(has_not_text="Kavita Jadhav")  # the treasurer, who takes nothing of her own
        expect(others.first).to_be_visible()
        before = others.count()
        others.first.get_by_role("button", name="Record cash").click()
        treasurer.get_by_role("dialog").get_by_role("button", name="Record cash").click()
        expect(others).to_have_count(before - 1)
    propose(treasurer)
    expect(card.get_by_text("0 of 2 signed")).to_be_visible()
    looked_at(treasurer)
    treasurer.goto("/to-sign")
    expect(treasurer.get_by_text("Welfare payout to Meena Gaikwad")).to_be_visible()
    expect(treasurer.get_by_role("button", name=re.compile("Sign for"))).to_have_count(0)

    sign_in(member, MEMBER)
    member.goto("/sign")
    expect(member.get_by_role("button", name=re.compile("Sign for"))).to_have_count(0)
    member.goto("/welfare")
    sign_in(admin, ADMIN)
    admin.goto("/to-sign")
    sign(admin, site, ADMIN)
    expect(member.get_by_text("Sunita Pawar, admin: signed")).to_be_attached(timeout=SOON_MS)
    expect(member.get_by_text(re.compile("1 of 2 signed"))).to_be_visible()
    looked_at(member)
    sign_in(president, PRESIDENT)
    president.goto("/sign")
    sign(president, site, PRESIDENT)
    expect(member.get_by_text("Paid", exact=True)).to_be_visible(timeout=SOON_MS)
    expect(member.get_by_text("INR\u00a01,000.00").first).to_be_visible()

    treasurer.goto("/claims")
    expect(treasurer.get_by_text("INR\u00a0200.00").first).to_be_visible()  # what the call brought beyond the table
    card.get_by_role("link", name=re.compile("Entry")).click()
    expect(treasurer.get_by_text("Welfare payout").first).to_be_visible()
    treasurer.goto("/audit")
    expect(treasurer.get_by_text(re.compile("asked the members for welfare claim 1"))).to_be_visible()


def test_a_payout_is_refused_and_another_is_not_signed_in_time(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    treasurer, admin, president = (open_page(site.address, DESK) for _ in range(3))
    sign_in(treasurer, TREASURER)
    treasurer.goto("/claims")
    treasurer.get_by_role("button", name="Report for a member").click()
    dialog = treasurer.get_by_role("dialog")
    looked_at(treasurer)
    expect(dialog.get_by_label("Who is paid")).to_be_hidden()
    dialog.get_by_label("Member", exact=True).select_option(label="Meena Gaikwad, S/03")
    dialog.get_by_label("What happened").select_option("death")
    dialog.get_by_label("To whom").select_option("parent")
    dialog.get_by_label("Name of that person").fill("Namdev Gaikwad")
    dialog.get_by_role("button", name="Report it").click()
    card = treasurer.get_by_role("listitem").filter(has_text="Namdev Gaikwad")
    card.get_by_role("button", name="Accept").click()
    dialog.get_by_role("button", name="Accept").click()
    expect(dialog.get_by_text("Look at what must be checked first")).to_be_visible()
    dialog.get_by_label("I have looked at this").check()
    dialog.get_by_role("button", name="Accept").click()
    expect(treasurer.get_by_text("Accepted: claim 2")).to_be_visible()
    card.get_by_role("button", name="Ask the members").click()
    dialog.get_by_role("button", name="Ask the members").click()
    expect(treasurer.get_by_text(re.compile("Asked: Welfare contribution, claim 2"))).to_be_visible()
    treasurer.goto("/collections")
    rows = treasurer.get_by_role("row").filter(has_text="Welfare contribution, claim 2").filter(has_text="Record cash")
    rows.filter(has_not_text="Kavita Jadhav").first.get_by_role("button", name="Record cash").click()
    treasurer.get_by_role("dialog").get_by_role("button", name="Record cash").click()
    expect(treasurer.get_by_text(re.compile("cash recorded by"))).to_be_visible()
    treasurer.goto("/claims")
    treasurer.get_by_role("button", name="Propose the payout").click()
    dialog.get_by_role("button", name="Propose the payout").click()
    for page, phone, path in ((admin, ADMIN, "/to-sign"), (president, PRESIDENT, "/sign")):
        sign_in(page, phone)
        page.goto(path)
        waiting = page.get_by_role("listitem").filter(has=page.get_by_role("button", name=re.compile("Sign for")))
        waiting.get_by_role("button", name=re.compile("Refuse")).click()
        page.get_by_role("dialog").get_by_label("Reason").fill("The other son has asked too")
        page.get_by_role("dialog").get_by_role("button", name="Refuse", exact=True).click()
        expect(page.get_by_text("Refused: Welfare payout to Meena Gaikwad")).to_be_visible()
    expect(card.get_by_text("Payout: Refused")).to_be_visible(timeout=SOON_MS)
    expect(card.get_by_text(re.compile("The other son has asked too")).first).to_be_visible()

    treasurer.get_by_role("button", name="Propose the payout").click()
    dialog.get_by_role("button", name="Propose the payout").click()
    expect(card.get_by_text("Payout: 0 of 2 signed")).to_be_visible()
    run("clock", "+15d", data=site.data)
    treasurer.reload()
    expect(card.get_by_text("Payout: Not signed in time")).to_be_visible()
    expect(card.get_by_role("button", name="Propose the payout")).to_be_visible()
    admin.goto("/to-sign")
    expect(admin.get_by_role("button", name=re.compile("Sign for"))).to_have_count(0)
