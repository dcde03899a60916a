"""The built site in a browser: pages fit a phone and ask for nothing outside, and their links lead somewhere.

Not among the tests, because it needs `make docs` first: ``pytest tests/check_site.py``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlparse

import pytest
from chromium import PATH, Browser

SITE = Path(__file__).parents[1] / "docs" / "_build" / "html"
PAGES = sorted(SITE.rglob("*.html"))
PHONE = 390  # pixels
LOOK = """
const outside = e => e.getBoundingClientRect().right > WIDTH + 1;
const inABox = e => !e.matches('article, main') &&
  (!outside(e) && /auto|scroll/.test(getComputedStyle(e).overflowX) || inABox(e.parentElement));
({
  wide: [...document.querySelectorAll('article *, main *')].filter(e => outside(e) && !inABox(e))
    .map(e => e.outerHTML.slice(0, 80)),
  wrong: document.querySelectorAll('merror, .system-message, .problematic').length,
  silent: [...document.images].filter(i => !i.hasAttribute('alt')).map(i => i.src),
  broken: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src),
  places: [...document.querySelectorAll('[id]')].map(e => e.id),
  links: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')),
})""".replace("WIDTH", str(PHONE))

pytestmark = pytest.mark.skipif(PATH is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def seen(browser: Browser) -> dict[Path, Any]:
    """What there is to see on each page, as wide as a phone."""
    browser.resize(PHONE, 844)
    found = {}
    for page in PAGES:
        browser.open(page)
        found[page] = browser.evaluate(LOOK)
    return found


def test_the_site_asks_for_nothing_outside(browser: Browser, seen: dict[Path, Any]) -> None:
    assert {"index.html", "explorer.html"} <= {page.name for page in seen}
    assert browser.errors == []
    assert {urlparse(url).scheme for url in browser.requests} <= {"file", "data", "about", "blob"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(SITE)))
def test_a_page_fits_and_its_links_lead_somewhere(seen: dict[Path, Any], page: Path) -> None:
    look = seen[page]
    assert (look["wide"], look["wrong"], look["silent"], look["broken"]) == ([], 0, [], [])
    lost = []
    for link in set(look["links"]):
        address, place = urldefrag(urljoin(page.as_uri(), link))
        target = Path(unquote(urlparse(address).path))
        if urlparse(address).scheme != "file":
            continue
        if target.name == "explorer.html":
            place = ""  # what follows are the values of its sliders
        if not target.exists() or (place and unquote(place) not in seen[target]["places"]):
            lost.append(link)
    assert lost == []
