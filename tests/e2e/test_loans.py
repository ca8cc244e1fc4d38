"""A loan from the terms to the last payment: two guarantors, a committee in browsers of its own, late and on time."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, run, running_site

ADMIN, TREASURER, MEMBER, PRESIDENT, REKHA, SHOBHA = (f"+91980000020{n}" for n in (1, 2, 8, 4, 6, 7))
SOON_MS = 4000
SHOTS = os.environ.get("SANDUK_TEST_SHOTS", "")
"""A folder for pictures of every screen of the journey."""
SignIn = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def look(page: Page, name: str) -> None:
    """No violation in either theme, at both widths; with SHOTS a picture of each."""
    expect(page.locator(".sk")).to_have_count(0)
    own = page.viewport_size or PHONE
    for size in (own, DESK if own == PHONE else PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert_accessible(page)
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}.{size['width']}.{scheme}.png", full_page=True)
        assert_no_sideways_scroll(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(own)


def sign(page: Page, site: Site, phone: str, amount: str = "12,000", no: int = 4) -> None:
    page.get_by_role("button", name=re.compile(f"Sign for INR.{amount}")).click()
    prove(page, site, phone, "Sign")
    expect(page.get_by_text(f"Signed: Loan L-{no} to Vandana Kale")).to_be_visible()


def prove(page: Page, site: Site, phone: str, button: str) -> None:
    """By a fresh code."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("code").wait_for()
    dialog.get_by_label("code").fill(site.codes(phone)[-1])
    dialog.get_by_role("button", name=button, exact=True).click()


def agree(page: Page, amount: str = "12,000") -> None:
    page.goto("/loans")
    expect(page.get_by_text(re.compile(f"Vandana Kale: INR.{amount}.00"))).to_be_visible()
    page.get_by_role("button", name="I stand for it").click()
    page.get_by_role("button", name="Yes, stand for it").click()
    expect(page.get_by_text("You stand for it. The borrower was told.")).to_be_visible()


def take(page: Page, amount: str) -> None:
    """Cash at the treasurer's."""
    page.get_by_label("Cash received").fill(amount)
    expect(page.get_by_text("Principal").first).to_be_visible()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text(re.compile("Recorded, with receipt"))).to_be_visible()


def first_on(page: Page) -> str:
    """A day of the next month that every month has, by the page's own clock."""
    today = date.fromisoformat(page.get_by_label("First instalment on").get_attribute("min") or "")
    return (today.replace(day=28) + timedelta(days=20)).isoformat()


def test_a_loan_from_the_terms_to_the_last_payment(
    site: Site, open_page: Opener, sign_in: SignIn, tmp_path: Path
) -> None:
    admin, treasurer = open_page(site.address, DESK), open_page(site.address, DESK)
    member, president = open_page(site.address, PHONE), open_page(site.address, PHONE)
    guarantors = [open_page(site.address, PHONE) for _ in range(2)]

    sign_in(admin, ADMIN)
    admin.goto("/lending")
    expect(admin.get_by_text("Repair of the roof")).to_be_visible()
    look(admin, "lending")
    admin.get_by_role("link", name="Terms of lending").click()
    admin.get_by_role("button", name="A new kind of loan").first.click()
    admin.get_by_label("Name").fill("School fees")
    admin.get_by_label("Interest a year, %").fill("many")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("alert")).to_contain_text("Write a percentage")
    admin.get_by_label("Interest a year, %").fill("24")
    admin.get_by_label("Penalty for lateness, %").fill("1")
    admin.get_by_label("Days without penalty").fill("2")
    admin.get_by_label("Penalty", exact=True).select_option("day")
    look(admin, "terms")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("24 % a year on what is owed")).to_be_visible()
    expect(admin.get_by_text("18 % a year on what is owed")).to_be_visible()

    sign_in(member, MEMBER)
    member.get_by_role("link", name="Loans").click()
    expect(member.get_by_role("link", name="Ask for a loan")).to_be_visible()
    look(member, "loans-none")
    member.get_by_role("link", name="Ask for a loan").click()
    member.get_by_label("Kind of loan").select_option(label="School fees")
    member.get_by_label("How much").fill("99,000")
    expect(member.get_by_text("By your savings, and what you owe already, the most is")).to_be_visible()
    member.get_by_label("How much").fill("12,000")
    for _ in range(6):
        member.get_by_role("button", name="Fewer payments").click()
    expect(member.get_by_text("6 months", exact=True)).to_be_visible()
    expect(member.get_by_text("INR\u00a02,142.31").first).to_be_visible()
    expect(member.get_by_text("It costs INR\u00a0853.86 in all")).to_be_visible()
    expect(member.get_by_text(re.compile("it costs 26.82 % a year"))).to_be_visible()
    member.get_by_label("What for").fill("A sewing machine")
    member.get_by_label("Guarantor 1").select_option(label="Rekha Wagh, S/06")
    member.get_by_label("Guarantor 2").select_option(label="Shobha More, S/07")
    look(member, "apply")
    member.get_by_role("button", name="Save and go on").click()
    expect(member.get_by_text("Draft")).to_be_visible()
    member.goto("/loans/apply")
    expect(member.get_by_label("How much")).to_have_value("12000")
    expect(member.get_by_label("Guarantor 2").locator("option:checked")).to_have_text("Shobha More, S/07")
    member.goto("/loans")
    member.get_by_role("link", name=re.compile("School fees")).click()
    member.get_by_role("button", name="Ask the guarantors").click()
    expect(member.get_by_text("They have been asked.")).to_be_visible()
    look(member, "asked")

    for page, phone in zip(guarantors, (REKHA, SHOBHA), strict=True):
        sign_in(page, phone)
        page.goto("/loans")
        if phone == REKHA:
            expect(page.get_by_text(re.compile("you may have to pay up to INR.6,000.00"))).to_be_visible()
            look(page, "stand-for")
        agree(page)
    expect(member.get_by_role("button", name="Send it to be signed")).to_be_visible(timeout=SOON_MS)
    guarantors[0].goto("/savings")
    guarantors[0].get_by_label("Amount").fill("18,000")
    guarantors[0].get_by_role("button", name="Ask for it").click()
    expect(guarantors[0].get_by_role("alert")).to_contain_text("stands for loans of others")

    member.get_by_role("button", name="Send it to be signed").click()
    expect(member.get_by_text("Sent. Those who sign have been told.")).to_be_visible()
    expect(member.get_by_text("0 of 2 signed")).to_be_visible()
    sign_in(treasurer, TREASURER)
    treasurer.get_by_role("link", name="Loans").click()
    treasurer.get_by_role("link", name="Vandana Kale").click()
    treasurer.get_by_label("Conditions").fill("The quotation of the shop")
    treasurer.get_by_role("button", name="Set the conditions").click()
    expect(treasurer.get_by_text("The conditions are set.")).to_be_visible()
    look(treasurer, "application")
    admin.goto("/to-sign")
    admin.get_by_role("link", name="Open the application").click()
    expect(admin.get_by_text("The member's record")).to_be_visible()
    admin.goto("/to-sign")
    expect(admin.get_by_text("INR\u00a02,142.31, 6 times")).to_be_visible()
    expect(admin.get_by_text("26.82 %")).to_be_visible()
    expect(admin.get_by_text("The quotation of the shop")).to_be_visible()
    look(admin, "to-sign")
    sign(admin, site, ADMIN)
    sign_in(president, PRESIDENT)
    president.goto("/sign")
    president.get_by_role("link", name="Open the application").click()
    expect(president.get_by_text("The member's record")).to_be_visible()
    look(president, "file-on-phone")
    president.goto("/sign")
    sign(president, site, PRESIDENT)
    expect(member.get_by_text("Approved")).to_be_visible(timeout=SOON_MS)

    expect(treasurer.get_by_role("button", name="Pay out")).to_be_visible(timeout=SOON_MS)
    treasurer.get_by_role("button", name="Pay out").click()
    expect(treasurer.get_by_text("Say that the conditions are met first.")).to_be_visible()
    treasurer.get_by_label("The conditions are met").check()
    treasurer.get_by_role("button", name="Pay out").click()
    prove(treasurer, site, TREASURER, "Pay out")
    expect(treasurer.get_by_text("Paid out. The borrower was told.")).to_be_visible()
    look(treasurer, "paid-out")
    expect(member.get_by_text("INR\u00a012,853.86", exact=True)).to_be_visible(timeout=SOON_MS)
    look(member, "my-loan")

    # on time, by the member's own word
    run("clock", "--", "+28d", data=site.data)
    member.reload()
    expect(member.get_by_text(re.compile(r"Next, .* in [1-4] days"))).to_be_visible()
    member.get_by_label("Amount").fill("2,142.31")
    member.get_by_label("UTR").fill("123456789012")
    member.get_by_role("button", name="I have paid").click()
    expect(member.get_by_text("INR\u00a02,142.31 sent, not confirmed yet")).to_be_visible()
    treasurer.goto("/payments")
    treasurer.get_by_role("button", name=re.compile("Confirm")).first.click()
    expect(member.get_by_text("1 of 6 paid")).to_be_visible(timeout=SOON_MS)

    # late: the night charges, and the payment finds it
    run("clock", "--", "+40d", data=site.data)
    treasurer.goto("/lending")
    expect(treasurer.get_by_text(re.compile("days late")).first).to_be_visible()
    look(treasurer, "lending-late")
    treasurer.get_by_role("link", name="Vandana Kale").click()
    treasurer.wait_for_url("**/lending/loan**")
    expect(treasurer.get_by_role("heading", name=re.compile("Vandana Kale, loan of"))).to_be_visible()
    expect(treasurer.get_by_text(re.compile(r"^\d+ days late$"))).to_be_visible()
    take(treasurer, "2,400")
    expect(treasurer.get_by_text(re.compile(r"\+ 107.12"))).to_be_visible()
    expect(treasurer.get_by_text("2 paid, 1 late")).to_be_visible()
    look(treasurer, "late")
    member.reload()
    look(member, "my-late-loan")
    member.get_by_role("link", name=re.compile(r"^\d+ \w+ \d{4}, \w{6}-\d{6}$")).first.click()
    member.wait_for_url("**/receipt?id=**")
    member.go_back()

    # a new schedule for what is left; then a new loan closes this one
    member.get_by_role("group").filter(has_text="Ask for a new schedule").locator("summary").click()
    member.get_by_label("First instalment on").fill(first_on(member))
    expect(member.get_by_text(re.compile("instalments of INR"))).to_be_visible()
    look(member, "reschedule")
    member.get_by_label("Why").fill("The harvest was late")
    member.get_by_role("button", name="Ask for it").click()
    expect(member.get_by_text(re.compile("A new schedule is being signed"))).to_be_visible()
    treasurer.reload()
    expect(treasurer.get_by_text(re.compile("A new schedule is being signed"))).to_be_visible()
    admin.goto("/to-sign")
    expect(admin.get_by_text(re.compile("New schedule for loan L-4 of Vandana Kale"))).to_be_visible()
    admin.get_by_role("button", name=re.compile("Sign for INR")).click()
    prove(admin, site, ADMIN, "Sign")
    expect(member.get_by_text("What changed")).to_be_visible(timeout=SOON_MS)
    look(member, "rescheduled")
    treasurer.reload()
    expect(treasurer.get_by_text(re.compile("^New schedule: "))).to_be_visible()
    look(treasurer, "rescheduled-desk")
    treasurer.goto("/lending")
    expect(treasurer.get_by_text(re.compile("counted apart from lateness"))).to_be_visible()
    look(treasurer, "lending-changed")
    treasurer.go_back()
    member.get_by_role("link", name="Refinance or top up").click()
    expect(member.get_by_text("This loan closes L-4")).to_be_visible()
    member.get_by_label("How much").fill("10,000")
    expect(member.get_by_text(re.compile("settle it today; .* come to you"))).to_be_visible()
    member.get_by_label("What for").fill("A second machine")
    member.get_by_label("Guarantor 1").select_option(label="Rekha Wagh, S/06")
    member.get_by_label("Guarantor 2").select_option(label="Shobha More, S/07")
    look(member, "refinance")
    member.get_by_role("button", name="Save and go on").click()
    member.get_by_role("button", name="Ask the guarantors").click()
    expect(member.get_by_text("They have been asked.")).to_be_visible()
    for page in guarantors:
        agree(page, "10,000")
    member.get_by_role("button", name="Send it to be signed").click()
    expect(member.get_by_text("0 of 2 signed")).to_be_visible()
    for page, phone, place in ((admin, ADMIN, "/to-sign"), (president, PRESIDENT, "/sign")):
        page.goto(place)
        expect(page.get_by_text("Of it closes the other loan today")).to_be_visible()
        look(page, f"to-sign-refinancing{place[1:3]}")
        sign(page, site, phone, "10,000", no=5)
    treasurer.goto("/lending")
    treasurer.locator("tr", has_text="10,000.00").get_by_role("link", name="Vandana Kale").click()
    treasurer.get_by_role("button", name="Pay out").click()
    prove(treasurer, site, TREASURER, "Pay out")
    expect(treasurer.get_by_text("Paid out. The borrower was told.")).to_be_visible()
    look(treasurer, "refinanced-desk")
    expect(member.get_by_text("Closed loan L-4")).to_be_visible(timeout=SOON_MS)
    look(member, "refinanced")

    # all of it, and more than that
    take(treasurer, "11,000")
    expect(treasurer.get_by_text("Repaid").first).to_be_visible()
    treasurer.get_by_role("link", name="Open the receipt").click()
    expect(treasurer.get_by_text(re.compile("School fees, L-5")).first).to_be_visible()
    member.reload()
    expect(member.get_by_text("Repaid")).to_be_visible()
    look(member, "repaid")
    member.goto("/loans")
    expect(member.get_by_text(re.compile("INR.10,000.00 borrowed"))).to_be_visible()
    look(member, "loans-over")
    assert_hledger_agrees(treasurer, site, tmp_path)


def assert_hledger_agrees(page: Page, site: Site, folder: Path) -> None:
    """The export, checked strictly; nothing is left with her, only with the two of the demo who owe still."""
    page.goto("/receipts")
    number = page.get_by_text(re.compile(r"^[2-9A-HJ-NP-Z]{6}-\d{6}$")).first.inner_text()
    journal = folder / "books.journal"
    journal.write_text(run("ledger", "export", "--group", number[:6], "--format", "hledger", data=site.data), "utf-8")
    checked = subprocess.run(
        ["hledger", "-f", str(journal), "check", "--strict"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    balances = subprocess.run(
        ["hledger", "-f", str(journal), "balance", "--flat", "-N", "-E"], capture_output=True, text=True, check=True
    ).stdout
    lent = [line for line in balances.splitlines() if "1210" in line]
    assert lent
    assert sum(not re.match(r"\s*(INR )?0\b", line) for line in lent) == 2, lent
    assert any("4020" in line for line in balances.splitlines())
