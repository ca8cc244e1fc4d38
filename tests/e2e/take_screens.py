"""Writes a picture of every screen to `docs/screens/`: `python -m tests.e2e.take_screens`.

Walks a part of the story on a demo of its own, so that lists have something in them.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import CHROMIUM, DESK, FLAGS, PHONE
from tests.factories.site import running_site

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
MEMBERS_FILE = Path(__file__).parents[2] / "app" / "demo" / "bss-members.csv"
SENDERS = ("0700000103", "0700000104", "0700000105")
TREASURER, ADMIN, STAFF, UNPAID = "0700000102", "0700000101", "0700000001", "0700000109"
NASHIK = "+919800000202"
SIZES: tuple[tuple[str, Any], ...] = (("phone", PHONE), ("desk", DESK))
MEMBER_PAGES = {
    name: f"/{name}" for name in ("home", "pay", "passbook", "statement", "verified", "savings", "loans", "welfare")
}
OTHER_PAGES = {name: f"/{name}" for name in ("notifications", "rules", "profile")}
WORK_PAGES = {
    name: f"/{name}"
    for name in (
        "today",
        "payments",
        "collections",
        "matching",
        "bank",
        "balance",
        "lending",
        "money-out",
        "claims",
        "to-sign",
        "members",
        "joining",
        "import",
        "receipts",
        "books",
        "reports",
        "audit",
        "notices",
        "account",
    )
}
ADMIN_PAGES = {
    "people": "/admin/people",
    "settings": "/settings",
    "welfare-rules": "/admin/welfare",
    "lending-terms": "/lending/terms",
}
STAFF_PAGES = {"staff": "/staff", "jobs": "/staff/jobs"}


def shoot(page: Page, name: str, schemes: tuple[str, ...] = ("light", "dark")) -> None:
    """The screen in both widths and both themes."""
    for width, size in SIZES:
        page.set_viewport_size(size)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_timeout(150)
            path = FOLDER / f"{width}-{scheme}-{name}.jpg"
            page.screenshot(path=path, type="jpeg", quality=62)


def in_swahili(page: Page, paths: dict[str, str]) -> None:
    """Every screen of a role, light, in both widths."""
    page.goto(next(iter(paths.values())))
    page.locator("button[value=sw]").first.evaluate("(it) => it.form.requestSubmit(it)")
    page.locator("html[lang=sw]").wait_for()
    for name, path in paths.items():
        page.goto(path)
        page.locator(".sk").first.wait_for(state="detached")
        page.wait_for_timeout(300)
        shoot(page, f"{name}-swahili", ("light",))


def enter(browser: Browser, address: str, phone: str) -> Page:
    page = browser.new_context(base_url=address, viewport=PHONE).new_page()  # type: ignore[arg-type]
    page.goto("/sign-in")
    page.get_by_label("Phone number").fill(phone)
    page.get_by_role("button", name="Send me a code").click()
    code = page.locator("[data-code]").inner_text()
    if phone == UNPAID:
        shoot(page, "code")
    page.get_by_label("Six-digit code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/(home|today|staff)"))
    return page


def go(page: Page, path: str, name: str) -> None:
    page.goto(path)
    page.locator(".sk").first.wait_for(state="detached")
    page.wait_for_timeout(300)
    shoot(page, name)


def walk(browser: Browser, address: str) -> None:
    anyone = browser.new_context(base_url=address, viewport=PHONE).new_page()  # type: ignore[arg-type]
    for path, name in (("/", "landing"), ("/sign-in", "sign-in"), ("/c", "check-form")):
        anyone.goto(path)
        shoot(anyone, name)
    unpaid = enter(browser, address, UNPAID)
    for name, path in MEMBER_PAGES.items():
        go(unpaid, path, f"{name}-unpaid")
    members = [enter(browser, address, phone) for phone in SENDERS]
    for member, last in zip(members, "ABC", strict=True):
        member.goto("/pay")
        member.get_by_label("M-Pesa code").fill(f"UKL7X4P9Q{last}")
        member.get_by_role("button", name=re.compile("I have paid")).click()
        member.get_by_role("heading", name="To be confirmed").wait_for()
    shoot(members[0], "pay-sent")
    treasurer = enter(browser, address, TREASURER)
    go(treasurer, "/payments", "payments")
    treasurer.get_by_role("button", name="Reject").last.click()
    treasurer.get_by_label("Reason").fill("This code is not on the M-Pesa statement")
    shoot(treasurer, "payments-reject")
    treasurer.get_by_role("button", name="Reject with this reason").click()
    treasurer.get_by_text("sees your reason").wait_for()
    treasurer.get_by_label("Tick all").click()
    treasurer.get_by_role("button", name="Confirm 2 payments").click()
    treasurer.get_by_text("2 payments confirmed").wait_for()
    shoot(treasurer, "payments-confirmed")
    for name, path in WORK_PAGES.items():
        go(treasurer, path, name)
    details(treasurer)
    for name, path in (MEMBER_PAGES | OTHER_PAGES).items():
        go(members[0], path, name)
    go(members[2], "/home", "home-rejected")
    members[0].goto("/home")
    members[0].locator("a[href*='/receipt?id']").first.click()
    members[0].get_by_text("Open the check page").wait_for()
    shoot(members[0], "receipt")
    anyone.goto(members[0].get_by_role("link", name="Open the check page").get_attribute("href") or "/c")
    shoot(anyone, "check-valid")
    admin, staff = enter(browser, address, ADMIN), enter(browser, address, STAFF)
    for name, path in ADMIN_PAGES.items():
        go(admin, path, name)
    for name, path in STAFF_PAGES.items():
        go(staff, path, name)
    in_swahili(members[0], MEMBER_PAGES | OTHER_PAGES)
    in_swahili(treasurer, WORK_PAGES)
    in_swahili(admin, ADMIN_PAGES)
    in_swahili(staff, STAFF_PAGES)
    in_swahili(anyone, {"landing": "/", "sign-in": "/sign-in", "check-form": "/c"})


def details(treasurer: Page) -> None:
    treasurer.goto("/members")
    treasurer.locator("a[href*='/member?id']").nth(5).click()
    treasurer.get_by_role("heading", level=1).wait_for()
    treasurer.wait_for_timeout(800)
    shoot(treasurer, "member")
    treasurer.goto("/members")
    treasurer.get_by_role("link", name="Statement").first.click()
    treasurer.get_by_text("To keep and to show").wait_for()
    shoot(treasurer, "statements")
    treasurer.goto("/collections")
    treasurer.get_by_role("button", name="Record cash").first.click()
    treasurer.get_by_text("You have the money in hand").wait_for()
    shoot(treasurer, "collections-cash")
    treasurer.goto("/books")
    treasurer.get_by_role("tab", name="Journal").click()
    treasurer.locator("td .linkbtn").first.click()
    treasurer.get_by_text("To change one").wait_for()
    shoot(treasurer, "books-entry")
    treasurer.goto("/import")
    treasurer.locator("input[type=file]").set_input_files(MEMBERS_FILE)
    treasurer.get_by_role("button", name="Read the file").click()
    treasurer.get_by_text("Same phone as line").wait_for()
    shoot(treasurer, "import-check")


def in_devanagari(browser: Browser, address: str) -> None:
    """A group in Nashik whose treasurer writes a member's name and a contribution in her own script."""
    treasurer = enter(browser, address, NASHIK)
    treasurer.goto("/members")
    treasurer.locator("a[href*='/member?id']").nth(3).click()
    treasurer.get_by_role("button", name="Change the profile").click()
    treasurer.get_by_label("Full name").fill("मीना रामचंद्र गायकवाड")
    treasurer.get_by_role("button", name="Save").click()
    treasurer.get_by_role("heading", name="मीना रामचंद्र गायकवाड").wait_for()
    shoot(treasurer, "member-devanagari")
    treasurer.goto("/collections")
    treasurer.get_by_role("button", name="Open a contribution").click()
    treasurer.get_by_label("Name", exact=True).fill("डिसेंबर बचत")
    treasurer.get_by_label(re.compile("Amount each")).fill("1500")
    treasurer.get_by_label("Due on").fill((datetime.now(UTC).date() + timedelta(days=20)).isoformat())
    treasurer.get_by_role("button", name="Next", exact=True).click()
    treasurer.get_by_role("button", name="Open it for every member").click()
    treasurer.get_by_text("is open").wait_for()
    row = treasurer.get_by_role("row", name=re.compile("मीना.*डिसेंबर"))
    row.get_by_role("button", name="Record cash").click()
    treasurer.get_by_label("Cash received").fill("1500")
    treasurer.get_by_role("button", name="Record cash").last.click()
    treasurer.get_by_text("cash recorded").wait_for()
    treasurer.goto("/receipts")
    treasurer.locator("a[href*='/receipts?id']").first.click()
    treasurer.get_by_text("Open the check page").wait_for()
    shoot(treasurer, "receipt-devanagari")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        walk(browser, site.address)
        in_devanagari(browser, site.address)
        browser.close()


if __name__ == "__main__":
    main()
