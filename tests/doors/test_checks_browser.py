"""The check pages in a browser: clean for axe in both themes, no sideways scrolling, usable without JavaScript."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, async_playwright

from app.kit.ids import in_fours, new_check_code
from app.launch.checks import CHROMIUM
from app.web.theme.styles import stylesheet
from tests.doors.test_checks import anyone, books
from tests.services.receipts.receipt_books import Books, issue, reverse

__all__ = ["anyone", "books"]

ASSETS = Path(__file__).parents[2] / "assets"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        await running.close()


async def open_page(browser: Browser, client: httpx.AsyncClient, *, dark: bool, javascript: bool, width: int) -> Page:
    """A page whose requests are answered by the routers and the stylesheet as built."""
    context = await browser.new_context(
        base_url="http://127.0.0.1:8000",
        viewport={"width": width, "height": 740},
        color_scheme="dark" if dark else "light",
        java_script_enabled=javascript,
    )

    async def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/sanduk.css":
            await route.fulfill(body=stylesheet(), content_type="text/css")
        elif (ASSETS / path[1:]).is_file():
            await route.fulfill(path=ASSETS / path[1:])
        elif path.startswith(("/c", "/.well-known")):
            body = route.request.post_data_buffer
            kept = {k: v for k, v in route.request.headers.items() if k in ("content-type", "origin")}
            response = await client.request(route.request.method, route.request.url, content=body, headers=kept)
            await route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)
        else:
            await route.fulfill(status=404)

    await context.route("**/*", answer)
    return await context.new_page()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_answer_is_clean(
    browser: Browser, anyone: httpx.AsyncClient, books: Books, dark: bool, tmp_path: Path
):
    valid = await issue(books)
    gone = await reverse(books, await issue(books))
    page = await open_page(browser, anyone, dark=dark, javascript=True, width=360)
    forged = valid.token[:-10] + ("A" if valid.token[-10] != "A" else "B") + valid.token[-9:]
    addresses = {
        "form": "/c",
        "valid": f"/c/{valid.check_code}",
        "reversed": f"/c/{gone.check_code}",
        "unknown": f"/c/{new_check_code()}",
        "mistyped": "/c?code=7Q4M",
        "forged": f"/c?token={forged}",
    }
    for name, address in addresses.items():
        await page.goto(address)
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        await page.set_viewport_size({"width": 320, "height": 740})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, name
        await page.set_viewport_size({"width": 360, "height": 740})
        await page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
    await page.context.close()


async def test_it_works_without_javascript(browser: Browser, anyone: httpx.AsyncClient, books: Books):
    receipt = await issue(books)
    page = await open_page(browser, anyone, dark=False, javascript=False, width=360)
    await page.goto("/c")
    await page.get_by_label("Code of the receipt").fill(in_fours(receipt.check_code))
    await page.get_by_role("button", name="Check this receipt").click()
    assert await page.get_by_role("heading", level=1).inner_text() == "This receipt is genuine"
    await page.get_by_role("link", name="Check another receipt").click()
    await page.get_by_text("You have the signed token instead?").click()
    await page.get_by_label("Signed token").fill(receipt.token)
    await page.get_by_role("button", name="Check the token").click()
    assert await page.get_by_role("heading", level=1).inner_text() == "This receipt is genuine"
    await page.context.close()
