"""What a treasurer sees on the desk's screens: swatches that keep to their legend, dates side by side."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

TREASURER, ADMIN = "0700000102", "0700000101"
SignIn = Callable[[Page, str], None]


def test_pending_is_hatched_only_while_something_was_sent(demo_site: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, TREASURER)
    tile = page.locator(".tile").filter(has=page.locator("[data-figure=pending]"))
    expect(tile.locator(".sw")).to_have_count(1)
    expect(tile.locator(".f-wait, .f-open")).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_fault_of_one_date_leaves_the_other_where_it_is(
    demo_site: Site, open_page: Opener, sign_in: SignIn, size: dict[str, int]
) -> None:
    page = open_page(demo_site.address, size)
    sign_in(page, TREASURER)
    page.goto("/statements" if size is DESK else "/statement")
    if size is DESK:
        page.goto("/members")
        page.get_by_role("link", name="Statement").first.click()
    first, last = page.locator("#from"), page.locator("#until")
    first.wait_for()
    first.fill("2026-12-31")
    last.fill("2026-12-01")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".field__error")).to_be_visible()
    boxes = first.bounding_box(), last.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert abs(boxes[0]["y"] - boxes[1]["y"]) < 1
    assert_no_sideways_scroll(page)
    assert_accessible(page)


def test_a_role_is_given_by_name(demo_site: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, ADMIN)
    page.goto("/admin/people")
    expect(page.get_by_label("Phone number")).to_have_count(0)
    page.get_by_role("button", name="Give this role").click()
    expect(page.get_by_role("alert")).to_have_text("Choose who gets the role.")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(page)
    page.locator("#member").select_option(label="Someone who is no member yet")
    expect(page.get_by_label("Phone number")).to_be_visible()
