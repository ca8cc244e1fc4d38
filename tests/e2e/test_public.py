"""What anyone meets: the front page with and without scripts, its weight, the parts, an address that isn't there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from app.kit.i18n import t
from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

NARROW = {"width": 320, "height": 640}
HEAVIEST = 200 * 1024
TRANSFER = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""

SignIn = Callable[[Page, str], None]


def test_the_front_page_can_be_read_and_used_without_scripts(demo_site: Site, browser: Browser) -> None:
    context = browser.new_context(base_url=demo_site.address, viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The box everyone can look into")
    page.get_by_label("Check a receipt").fill("2345678ABCDEF")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This code has a mistake")
    page.goto("/")
    page.get_by_role("link", name="Sign in with your phone number").click()
    page.wait_for_url("**/sign-in")
    context.close()


def test_the_front_page_leads_on_with_scripts_too(demo_site: Site, open_page: Opener) -> None:
    page = open_page(demo_site.address, DESK)
    page.goto("/")
    page.get_by_role("link", name="How the proof works").click()
    expect(page.get_by_role("heading", name="Entries are chained")).to_be_in_viewport()
    page.get_by_role("link", name="Sign in", exact=True).click()
    page.wait_for_url("**/sign-in")


def test_pages_of_phones_are_light(demo_site: Site, open_page: Opener, sign_in: SignIn) -> None:
    for path in ("/", "/home"):
        page = open_page(demo_site.address, PHONE)
        if path == "/home":
            sign_in(page, "0700000106")
            state = page.context.storage_state()
            page = open_page(demo_site.address, PHONE)  # with nothing cached
            page.context.add_cookies(state["cookies"])  # type: ignore[arg-type]
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate(TRANSFER) < HEAVIEST


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_of_parts(demo_site: Site, open_page: Opener, scheme: str) -> None:
    for size in (PHONE, DESK, NARROW):
        page = open_page(demo_site.address, size, scheme)
        page.goto("/gallery")
        expect(page.get_by_role("heading", name="Components")).to_be_visible()
        assert_accessible(page)
        assert_no_sideways_scroll(page)


@pytest.mark.parametrize(("language", "words"), [("en", "There is no such page"), ("sw", "Hakuna ukurasa kama huu")])
def test_an_unknown_address_says_so(demo_site: Site, open_page: Opener, language: str, words: str) -> None:
    page = open_page(demo_site.address, PHONE)
    page.context.add_cookies([{"name": "sanduk-language", "value": language, "url": demo_site.address}])
    for path in ("/no-such-page", "/no/such/page/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        assert answer.headers["content-language"] == language
        assert "script-src" in answer.headers["content-security-policy"]
        expect(page.get_by_role("heading", name=words)).to_be_visible()
        assert_accessible(page)


def test_a_dialog_keeps_the_focus_and_escape_leaves_it(demo_site: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, "0700000102")
    page.goto("/collections")
    opener = page.get_by_role("button", name="Open a contribution").first
    opener.click()
    dialog = page.get_by_role("dialog")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert_accessible(page)
    for _ in range(8):
        page.keyboard.press("Tab")
        assert dialog.evaluate("(box) => box.contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    assert dialog.evaluate("(box) => box.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_without_a_connection_the_page_says_so_and_works_again_after(
    demo_site: Site, open_page: Opener, sign_in: SignIn
) -> None:
    page = open_page(demo_site.address, PHONE)
    sign_in(page, "0700000102")
    page.goto("/collections")
    button = page.get_by_role("button", name="Open a contribution").first
    expect(page.get_by_text("Welfare contribution").first).to_be_visible()  # what the server says: the page listens
    page.context.set_offline(offline=True)
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("No connection")).to_be_visible(timeout=60_000)
    page.context.set_offline(offline=False)
    expect(page.get_by_text("No connection")).to_have_count(0, timeout=60_000)
    expect(button).not_to_have_attribute("aria-busy", "true")
    if page.get_by_role("dialog").count() == 0:  # what was on its way when the connection broke is asked for again
        button.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_browser_that_asks_for_swahili_gets_it_and_can_choose(demo_site: Site, browser: Browser) -> None:
    context = browser.new_context(base_url=demo_site.address, viewport=PHONE, locale="sw-KE")  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "sw")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("landing.title", "sw"))
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("landing.title"))
    assert said == []
    context.close()
