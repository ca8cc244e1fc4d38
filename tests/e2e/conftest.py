"""The served product on its own port and data, and browsers of two widths that refuse console errors."""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.factories.site import Site, run, running_site

CHROMIUM = os.environ.get("SANDUK_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
expect.set_options(timeout=10_000)  # milliseconds; a busy machine is late, and only live pages are held to a time


@pytest.fixture(scope="session")
def demo_site() -> Iterator[Site]:
    """The product with its demo, before the first payment. Tests only read it."""
    with running_site() as site:
        yield site


@pytest.fixture(scope="session")
def empty_site() -> Iterator[Site]:
    """The product with one staff phone and no group."""
    with running_site(demo=False) as site:
        run("staff", "add", "+254700000001", data=site.data)
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


Opener = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """A page of a browser of its own; an error in any console fails the test."""
    errors: list[str] = []
    contexts = []

    def open_(url: str, size: dict[str, int], scheme: str = "light") -> Page:
        context = browser.new_context(base_url=url, viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    # an answer of 4xx, or a broken connection, that a test asked for is reported by the browser too
    asked_for = ("Failed to load resource", "ERR_INTERNET_DISCONNECTED")
    assert [text for text in errors if not any(words in text for words in asked_for)] == []


@pytest.fixture
def sign_in() -> Callable[[Page, str], None]:
    """Through the pages, with the code that development shows."""

    def enter(page: Page, phone: str) -> None:
        page.goto("/sign-in")
        page.get_by_label("Phone number").fill(phone)
        page.get_by_role("button", name="Send me a code").click()
        page.get_by_label("Six-digit code").fill(page.locator("[data-code]").inner_text())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"/(home|today|staff|no-group)"))

    return enter


def assert_accessible(page: Page) -> None:
    """No violation that axe knows of."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def assert_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
