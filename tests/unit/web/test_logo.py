"""One mark on every page: the pages' own, the HTTP side's and the tab's are drawn alike."""

from app.launch.paths import ROOT
from app.web.components.icons import LOCKS, mark


def test_every_page_shows_the_same_box() -> None:
    template = (ROOT / "app" / "web" / "public" / "templates" / "base.html").read_text(encoding="utf-8")
    tab = (ROOT / "assets" / "favicon.svg").read_text(encoding="utf-8")
    pages = str(mark().render())
    for drawing in (LOCKS, "M2 10.5h20"):
        assert all(drawing in one for one in (template, tab, pages))
