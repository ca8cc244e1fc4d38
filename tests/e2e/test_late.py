"""Paying late: the admin sets the rule in plain words, the night charges it, a member reads what she owes and why."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, run, running_site

SignIn = Callable[[Page, str], None]
ADMIN, TREASURER, MEMBER = "0700000101", "0700000102", "0700000103"


@pytest.fixture
def site() -> Iterator[Site]:
    """The product with its demo, for one test that writes."""
    with running_site() as made:
        yield made


def test_a_late_payment_costs_what_the_rule_says(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    admin, member = open_page(site.address, DESK), open_page(site.address, PHONE)
    sign_in(member, MEMBER)
    sign_in(admin, ADMIN)
    admin.goto("/settings")
    admin.get_by_label("A late payment").select_option("amount")
    admin.locator("[name=fine_amount]").fill("nothing")
    admin.get_by_label("What it is called").fill("Late fee")
    admin.locator("[name=grace_days]").fill("7")
    form = admin.locator("form").filter(has=admin.locator("[name=grace_days]"))
    form.get_by_role("button", name="Save").click()
    expect(admin.locator("#fine_amount-problem")).to_be_visible()
    for scheme in ("light", "dark"):
        admin.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(admin)
    admin.locator("[name=fine_amount]").fill("50")
    form.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Who is more than 7 days late pays KES\u00a050.00 more.")).to_be_visible()
    member.goto("/rules")
    expect(member.get_by_text("Who is more than 7 days late pays KES\u00a050.00 more.")).to_be_visible()
    assert_accessible(member)
    assert_no_sideways_scroll(member)

    run("clock", "+30d", data=site.data)
    tonight = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('sanduk', 'look_after_dues', '{}')"
    run("psql", "--", "-c", tonight, data=site.data)
    member.goto("/notifications")
    expect(member.get_by_text("was added because a payment is late")).to_be_visible(timeout=60_000)
    expect(member.get_by_text(re.compile("was due on .* and is late"))).to_be_visible()
    member.goto("/pay")
    expect(member.get_by_text("Late fee: Welfare contribution").first).to_be_visible()
    sign_in(admin, TREASURER)
    admin.goto("/reports?what=overdue")
    expect(admin.get_by_text("1 to 30 days late")).to_be_visible()
    expect(admin.get_by_text("Not late yet")).to_be_visible()
