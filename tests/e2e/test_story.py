"""The story through the pages: staff open a group, a list comes in, a contribution is paid, checked and reversed."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener
from tests.factories.site import Site

MEMBERS_FILE = Path(__file__).parents[2] / "app" / "demo" / "bss-members.csv"
STAFF, ADMIN, TREASURER = "0700000001", "0700000101", "0700000102"
MEMBERS = ("0700000103", "0700000104", "0700000105")

SignIn = Callable[[Page, str], None]


def expect_figures(page: Page, confirmed: str, pending: str) -> None:
    """The four figures of Today."""
    page.goto("/today")
    figures = {"members": "74", "regions": "14", "confirmed": confirmed, "pending": pending}
    for name, shown in figures.items():
        expect(page.locator(f"[data-figure={name}]")).to_have_text(re.compile(rf"^{shown}$"))


def submit(page: Page, sign_in: SignIn, phone: str, code: str) -> None:
    sign_in(page, phone)
    expect(page.get_by_role("link", name=re.compile("Pay now"))).to_be_visible()
    page.get_by_role("link", name=re.compile("Pay now")).click()
    expect(page.get_by_text("Business number")).to_be_visible()
    page.get_by_label("M-Pesa code").fill(code)
    page.get_by_role("button", name=re.compile("I have paid")).click()
    expect(page.get_by_role("heading", name="To be confirmed")).to_be_visible()


def test_the_story(empty_site: Site, open_page: Opener, sign_in: SignIn) -> None:
    def desk() -> Page:
        return open_page(empty_site.address, DESK)

    def phone() -> Page:
        return open_page(empty_site.address, PHONE)

    staff = desk()
    sign_in(staff, STAFF)
    staff.get_by_role("button", name="Open a group").first.click()
    staff.get_by_label("Full name").first.fill("BSS Welfare Programme")
    staff.get_by_label("Short name").fill("BSS Welfare")
    staff.get_by_label("Where members pay").fill("522533")
    staff.get_by_label("Phone number").fill(ADMIN)
    staff.get_by_label("Member number").fill("BSS/001")
    staff.get_by_label("Full name").last.fill("Hassan Ochieng Owuor")
    staff.get_by_role("button", name="Open the group").click()
    expect(staff.get_by_text("is open. Its code is")).to_be_visible()

    admin = desk()
    sign_in(admin, ADMIN)
    admin.goto("/admin/people")
    admin.locator("#member").select_option(label="Someone who is no member yet")
    admin.get_by_label("Phone number").fill(TREASURER)
    admin.get_by_label("Member number").fill("BSS/002")
    admin.get_by_label("Full name").fill("Njeri Odhiambo Kariuki")
    admin.get_by_role("button", name="Give this role").click()
    shown = admin.get_by_text("Development: the code is").inner_text()
    admin.get_by_label("One-time code").fill(re.findall(r"\d{6}", shown)[0])
    admin.get_by_role("button", name="Confirm the change").click()
    expect(admin.get_by_text("is now treasurer")).to_be_visible()

    treasurer = desk()
    sign_in(treasurer, TREASURER)
    import_members(treasurer)
    treasurer.goto("/collections")
    treasurer.get_by_role("button", name="Open a contribution").first.click()
    treasurer.get_by_label("Name").fill("November welfare contribution")
    treasurer.get_by_label(re.compile("Amount each")).fill("500")
    treasurer.get_by_label("Due on").fill(_in_nine_days(treasurer))
    treasurer.get_by_role("button", name="Next", exact=True).click()
    treasurer.get_by_role("button", name="Open it for every member").click()
    expect(treasurer.get_by_text("is open: 74 dues.")).to_be_visible()
    expect_figures(treasurer, "KES 0", "KES 37,000")

    members = [phone() for _ in MEMBERS]
    for page, number, code in zip(members, MEMBERS, ("UKL7X4P9QA", "UKL7X4P9QB", "UKL7X4P9QC"), strict=True):
        submit(page, sign_in, number, code)

    # one is rejected with a reason, and sent again
    treasurer.goto("/payments")
    expect(treasurer.get_by_text("UKL7X4P9QC")).to_be_visible()
    treasurer.get_by_role("row", name=re.compile("UKL7X4P9QC")).get_by_role("button", name="Reject").click()
    treasurer.get_by_label("Reason").fill("This code is not on the M-Pesa statement")
    treasurer.get_by_role("button", name="Reject with this reason").click()
    expect(treasurer.get_by_text("sees your reason and can send again")).to_be_visible()
    members[2].goto("/home")
    expect(members[2].get_by_text("This code is not on the M-Pesa statement").first).to_be_visible()
    members[2].get_by_role("link", name=re.compile("Pay now")).click()
    members[2].get_by_label("M-Pesa code").fill("UKL7X4P9QD")
    members[2].get_by_role("button", name=re.compile("I have paid")).click()
    expect(members[2].get_by_role("heading", name="To be confirmed")).to_be_visible()

    # one by one, then in bulk
    treasurer.goto("/payments")
    treasurer.get_by_role("row", name=re.compile("UKL7X4P9QA")).get_by_role("button", name="Confirm").click()
    expect(treasurer.get_by_text(re.compile("confirmed, receipt .*-000001"))).to_be_visible()
    treasurer.get_by_label("Tick all").click()
    treasurer.get_by_role("button", name="Confirm 2 payments").click()
    expect(treasurer.get_by_text("2 payments confirmed")).to_be_visible()
    expect_figures(treasurer, "KES 1,500", "KES 35,500")

    # the receipt, on the member's page and for anyone
    members[0].goto("/home")
    members[0].get_by_role("link", name=re.compile("-000001")).click()
    expect(members[0].get_by_role("heading", name="Proof")).to_be_visible()
    address = members[0].get_by_role("link", name="Open the check page").get_attribute("href")
    assert address is not None
    anyone = phone()
    anyone.goto(address)
    expect(anyone.get_by_role("heading", name="This receipt is genuine")).to_be_visible()
    members[0].goto("/passbook")
    expect(members[0].get_by_text("500.00").first).to_be_visible()

    # cash, then a wrong confirmation is reversed
    treasurer.goto("/collections")
    treasurer.get_by_label(re.compile("Find a name")).fill("BSS/010")
    treasurer.get_by_role("button", name="Record cash").first.click()
    treasurer.get_by_role("dialog").get_by_role("button", name="Record cash").click()
    expect(treasurer.get_by_text(re.compile("cash recorded by .* receipt .*-000004"))).to_be_visible()
    expect_figures(treasurer, "KES 2,000", "KES 35,000")
    treasurer.goto("/receipts")
    treasurer.get_by_role("link", name=re.compile(r"^\w+-000001$")).click()
    treasurer.get_by_role("button", name="Reverse this confirmation").click()
    treasurer.get_by_label("Reason").fill("Confirmed for the wrong member")
    treasurer.get_by_role("button", name="Send me a code").click()
    shown = treasurer.get_by_text(re.compile(r"the code is \d{6}")).inner_text()
    treasurer.get_by_label("One-time code").fill(re.search(r"\d{6}", shown)[0])  # type: ignore[index]
    treasurer.get_by_role("button", name="Reverse it").click()
    expect(treasurer.get_by_text("is reversed. The due is open again.")).to_be_visible()
    expect_figures(treasurer, "KES 1,500", "KES 35,500")
    anyone.goto(address)
    expect(anyone.get_by_text(re.compile("reversed", re.IGNORECASE)).first).to_be_visible()
    members[0].goto("/home")
    expect(members[0].get_by_role("link", name=re.compile("Pay now"))).to_be_visible()

    treasurer.goto("/books")
    expect(treasurer.get_by_text("Equal")).to_be_visible()


def import_members(page: Page) -> None:
    """77 rows: two bad and one double, each with line and cause; nothing comes in before they are left out."""
    page.goto("/import")
    page.locator("input[type=file]").set_input_files(MEMBERS_FILE)
    page.get_by_role("button", name=re.compile("Read the file|Upload")).click()
    expect(page.get_by_text(re.compile("BSS/075|07000")).first).to_be_visible()
    while page.get_by_role("button", name="Leave out").count():
        before = page.get_by_role("button", name="Leave out").count()
        page.get_by_role("button", name="Leave out").first.click()
        expect(page.get_by_role("button", name="Leave out")).to_have_count(before - 1)
    page.get_by_role("button", name=re.compile("Import 72 new")).click()
    expect(page.get_by_text(re.compile("72 new members came in. 2 were here already"))).to_be_visible()


def _in_nine_days(page: Page) -> str:
    return page.evaluate("new Date(Date.now() + 9 * 864e5).toISOString().slice(0, 10)")


def test_the_log_of_the_story_names_nobody(empty_site: Site) -> None:
    """Everything that the story's processes wrote on stderr; stdout holds development's codes on purpose."""
    said = empty_site.words.read_text()
    assert '"route": "/session/verify"' in said, "the story was told before"
    with MEMBERS_FILE.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    names = {part for row in rows for part in row["Full Name"].split() if len(part) > 3}
    phones = {re.sub(r"\D", "", row["Phone (M-Pesa)"])[-9:] for row in rows} - {""}
    codes = set(re.findall(r"^code \S+ (\d{6})$", empty_site.out.read_text(), flags=re.MULTILINE))
    assert len(names) > 50
    assert len(phones) > 70
    assert len(codes) >= 6
    found = [one for one in (*names, *phones, *codes, STAFF[1:], "UKL7X4P9Q", "M-Pesa statement") if one in said]
    assert found == []
