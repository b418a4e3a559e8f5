"""The plan of a building of 33 floors and 6 units, drawn in a browser: first paint, keys, taps.

792 flats with states, marks and needs as the phone page gives them, in the built component, with
nothing else on the page: the first contentful paint is the plan's. Then a hand walks over it with
the arrow keys, types numbers, zooms, scrolls and taps; the browser's own event timing tells from
each press to the next picture. Once as fast as the machine, once with the processor slowed down
four times, as a cheap phone is. Chromium counts events from 16 ms on, in steps of 8: what is faster
counts as 16.
"""

from __future__ import annotations

import http.server
import json
import os
import random
import sys
import threading
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "src" / "tongxin" / "surfaces" / "kit" / "static" / "dist"
FLOORS, UNITS, COLUMNS = 33, 6, 4
PHONE = {"width": 390, "height": 844}
FASTEST_MS = 16
SEED = 20_261_124
CARE = ("lives_alone", "hard_of_hearing", "wheelchair", "oxygen", "infant", "dialysis")
_WATCH = """
window.seen = [];
new PerformanceObserver(list => window.seen.push(...list.getEntries().map(e => e.duration)))
  .observe({type: 'event', durationThreshold: 16, buffered: true});
"""


def main() -> None:
    """Print the table and, last, the figures as one line of JSON."""
    print(json.dumps(run("--short" in sys.argv), ensure_ascii=False))


def run(short: bool = False) -> dict[str, Any]:
    """Measure; returns ``{"name": "plan_drawn", "figures": {…}}``."""
    from playwright.sync_api import sync_playwright

    turns = 3 if short else 10
    server = _serve()
    figures: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        for prefix, slowed in (("", 1), ("phone_", 4)):
            measured = [_measure(browser, server.server_port, slowed) for _ in range(turns)]
            figures[f"{prefix}first_paint_ms"] = round(median(paint for paint, _ in measured), 1)
            pressed = sorted(ms for _, all_of_turn in measured for ms in all_of_turn)
            figures[f"{prefix}interaction_ms"] = pressed[int(len(pressed) * 0.98)]
            figures[f"{prefix}interaction_p50_ms"] = pressed[len(pressed) // 2]
        browser.close()
    server.shutdown()
    figures |= {"flats": FLOORS * UNITS * COLUMNS}
    for name, value in figures.items():
        print(f"{name:28} {value:>8}")
    return {"name": "plan_drawn", "figures": figures}


def _measure(browser: Browser, port: int, slowed: int) -> tuple[float, list[float]]:
    """Return the first paint and how long each of a hand's presses took to show."""
    page = browser.new_context(viewport=PHONE, has_touch=True, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.add_init_script(_WATCH)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_selector(".plan-table", state="attached")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    presses = _walk(page)
    page.wait_for_timeout(300)
    slow = page.evaluate("window.seen")
    page.context.close()
    return paint, slow + [FASTEST_MS] * max(0, presses - len(slow))


def _walk(page: Page) -> int:
    """Walk, type, zoom and tap as a hand does; return how many presses that were."""
    page.evaluate("document.querySelector('tx-plan').addEventListener('tx:open', e => "
                  "e.preventDefault())")  # fmt: skip
    page.locator("[data-cell][tabindex='0']").focus()
    keys = [*("ArrowDown",) * 12, *("ArrowRight",) * 8, "End", "Home", *"1203", *"3-2501", "Enter"]
    for key in keys:
        page.keyboard.press(key)
    zooms = page.locator(".plan-tools button")
    for at in (0, 0, 1, 2, 1):
        zooms.nth(at).click()
    view = page.locator(".plan-view")
    for _ in range(6):
        view.evaluate("view => view.scrollBy(160, 240)")
        page.touchscreen.tap(200, 400)
    return len(keys) + 11


def _serve() -> http.server.ThreadingHTTPServer:
    html = _page().encode()

    class Pages(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(DIST))

        def do_GET(self) -> None:
            if self.path == "/":
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(html)
            else:
                super().do_GET()

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _styles(manifest: dict[str, Any], key: str) -> list[str]:
    """Return the styles of an entry and of what it imports."""
    chunk = manifest[key]
    behind = [css for needed in chunk.get("imports", ()) for css in _styles(manifest, needed)]
    return [*behind, *chunk.get("css", ())]


def _page() -> str:
    """Return a page with the kit's styles, the component, and nothing else on it."""
    manifest = json.loads((DIST / "manifest.json").read_text())
    styles = dict.fromkeys(_styles(manifest, "src/entries/kit.ts"))
    styles |= dict.fromkeys(_styles(manifest, "src/entries/plan.ts"))
    links = "".join(f'<link rel="stylesheet" href="/{css}">' for css in styles)
    script = manifest["src/entries/plan.ts"]["file"]
    plan = json.dumps(building(), ensure_ascii=False).replace("'", "&#39;")
    return (
        f'<!doctype html><html lang="zh-Hans"><meta name="viewport" content="width=device-width">'
        f"<title>.</title>{links}<script type=module src=/{script}></script>"
        f"<body class=phone><main><tx-plan plan='{plan}'></tx-plan></main></body></html>"
    )


def building() -> dict[str, Any]:
    """Return the large building: a flat in five is empty or let, a quarter has a mark."""
    chance = random.Random(SEED)
    units = [
        {
            "id": u, "number": str(u), "lowest": 1, "highest": FLOORS, "columns": COLUMNS,
            "version": 1,
            "flats": [_flat(chance, u, floor, c) for floor in range(FLOORS, 0, -1)
                      for c in range(COLUMNS)],
        }
        for u in range(1, UNITS + 1)
    ]  # fmt: skip
    may = {"edit": True, "call": True, "seeCare": True}
    return {"building": {"id": 1, "label": "铁塔寺小区3号楼"}, "units": units, "may": may}


def _flat(chance: random.Random, unit: int, floor: int, column: int) -> dict[str, Any]:
    return {
        "id": unit * 1000 + floor * 10 + column, "number": f"{floor}0{column + 1}", "floor": floor,
        "column": column, "span": 1, "rise": 1, "shape": None, "use": "flat",
        "state": chance.choice(("lived_in",) * 7 + ("let", "empty", "unknown")),
        "fresh": chance.randrange(4), "confirmed": None,
        "care": chance.sample(CARE, chance.choice((0, 0, 0, 1, 2))),
        "dog": chance.random() < 0.1, "hazard": chance.random() < 0.05,
        "noVisit": chance.random() < 0.03, "people": chance.randrange(5), "version": 1,
    }  # fmt: skip


def _chromium() -> str | None:
    sys.path.insert(0, str(ROOT / "tests"))
    from harness.marks import chromium

    found: str | None = chromium()
    return found or os.environ.get("CHROMIUM")


if __name__ == "__main__":
    main()
