"""Without a connection: what was seen stays readable, says of when it is, and goes at sign-out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

SignIn = Callable[[Page, str], None]
KEPT = "caches.open('seen').then((seen) => seen.keys()).then((keys) => keys.map((key) => new URL(key.url).pathname))"

WIDTH = """(src) => new Promise((done) => {
  const image = new Image();
  image.onload = () => done(image.naturalWidth);
  image.src = src;
})"""


def test_pages_that_were_seen_are_read_offline_and_come_back(
    demo_site: Site, open_page: Opener, sign_in: SignIn
) -> None:
    page = open_page(demo_site.address, PHONE)
    sign_in(page, "0700000107")
    page.goto("/home")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/passbook")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/home")
    owed = page.get_by_text("KES 500.00").first
    expect(owed).to_be_visible()
    for _ in range(100):
        if "/home" in page.evaluate(KEPT):
            break
        page.wait_for_timeout(100)
    page.context.set_offline(True)
    page.goto("/home")
    expect(page.get_by_role("status")).to_contain_text("No connection. This is how the page stood on")
    expect(page.get_by_text("KES 500.00").first).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    page.goto("/pay")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    page.goto("/home")
    page.context.set_offline(False)
    expect(page.get_by_role("link", name="Pay now")).to_be_visible()
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(demo_site.address + "/")
    assert page.evaluate(KEPT) == []


def test_what_was_typed_outlives_a_connection_that_drops(demo_site: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(demo_site.address, PHONE)
    sign_in(page, "0700000108")
    page.goto("/home")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/pay")
    code, amount = page.get_by_label("M-Pesa code"), page.locator("#amount")
    code.fill("UKL7X4P9QD")
    amount.fill("200")
    page.wait_for_timeout(2000)  # the copy is of the time when the connection drops, not of when it was made first
    page.context.set_offline(True)
    send = page.get_by_role("button", name="I have paid")
    notice = page.locator(".offline__box")
    expect(notice).to_be_visible(timeout=30_000)
    send.scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    under, over = send.bounding_box(), notice.bounding_box()
    assert under
    assert over
    assert over["y"] + over["height"] <= under["y"]
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()
    expect(code).to_have_value("UKL7X4P9QD")
    page.get_by_role("link", name="Passbook").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    page.goto("/pay")
    status = page.get_by_role("status")
    expect(status).to_contain_text("No connection. This is how the page stood on")
    now = datetime.now(UTC).astimezone(ZoneInfo("Africa/Nairobi"))
    lately = [f"{at:%H:%M}" for at in (now, now - timedelta(minutes=1))]
    assert any(status.inner_text().endswith(f", {at}") for at in lately)
    page.context.set_offline(False)
    expect(code).to_have_value("UKL7X4P9QD", timeout=30_000)
    expect(amount).to_have_value("200")


def test_sanduk_can_be_installed(demo_site: Site, open_page: Opener) -> None:
    page = open_page(demo_site.address, PHONE)
    page.goto("/")
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((it) => it.json())")
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/start")
    for icon in manifest["icons"]:
        size = page.evaluate(WIDTH, icon["src"])
        assert f"{size}x{size}" == icon["sizes"]
