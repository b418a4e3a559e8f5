"""How a page is looked at: by axe, by its weight on the wire, and for the guide's pictures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "docs" / "guide" / "img"
LARGEST_PICTURE = 200_000
OF_THE_MAP = ("engine-", "worker", "/map/", ".pbf")
"""What is fetched for a map, and only where one comes into sight."""


def drawn(page: Page) -> None:
    """Wait until the map on the page, if there is one, stands."""
    if page.locator("tx-map").count():
        page.locator("tx-map").first.scroll_into_view_if_needed()
        page.wait_for_selector("tx-map[ready], .map-trouble", timeout=30_000)
        page.evaluate("scrollTo(0, 0)")


def violations(page: Page) -> list[Any]:
    """Return what axe finds: the rule and the first element; nothing where axe is not installed."""
    if not AXE.exists():
        return []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(each["id"], each["nodes"][0]["target"]) for each in found]


def take_picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Write a picture for the guide, light and small enough to be kept in the repository."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    shot = Image.open(io.BytesIO(page.screenshot(full_page=whole)))
    target = PICTURES / f"{name}.png"
    for colours in (128, 64, 32):
        small = shot.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        small.save(target, optimize=True)
        if target.stat().st_size <= LARGEST_PICTURE:
            return
    raise AssertionError(f"{name} does not get small enough")


def weigh(page: Page, address: str) -> dict[str, int]:
    """Open ``address`` in a fresh cache; return the bytes on the wire by address, the map's not."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    names: dict[str, str] = {}
    weights: dict[str, int] = {}
    session.on(
        "Network.requestWillBeSent", lambda e: names.update({e["requestId"]: e["request"]["url"]})
    )
    session.on(
        "Network.loadingFinished",
        lambda e: weights.update({names.get(e["requestId"], "?"): int(e["encodedDataLength"])}),
    )  # fmt: skip
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    return {
        url: weight
        for url, weight in weights.items()
        if not any(part in url for part in OF_THE_MAP)
    }
