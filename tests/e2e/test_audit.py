"""The audit trail as a treasurer uses it: what it is narrowed to stands in the address, and comes as a file."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

TREASURER = "0700000102"


def test_what_is_narrowed_stays_in_the_address(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None]
) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, TREASURER)
    page.goto("/audit")
    lines = page.locator(".log > li")
    expect(lines).not_to_have_count(0)
    everything = lines.count()
    page.get_by_label("About").select_option("roles")
    page.wait_for_url(re.compile(r"/audit/?\?what=roles$"))
    expect(lines).not_to_have_count(everything)
    some = lines.count()
    page.reload()
    expect(lines).to_have_count(some)
    expect(page.get_by_label("About")).to_have_value("roles")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == some + 1
    page.get_by_label("To", exact=True).fill("2020-01-01")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Nothing like that is recorded")).to_be_visible()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_no_sideways_scroll(page)
    assert_accessible(page)
    page.get_by_label("From", exact=True).fill("2020-02-02")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("The period ends before it begins")).to_be_visible()
    page.goto("/audit?what=other")
    expect(page.get_by_text("Not found")).to_be_visible()
    page.goto("/audit")
    expect(lines).to_have_count(everything)
