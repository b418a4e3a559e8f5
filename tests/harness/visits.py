"""The visits page on a phone: taking buildings along, its PIN, its doors, what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.territory.models import Building

PIN = "802913"
_EVERYTHING = """async (cached) => {
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => String.fromCharCode(b)).join('');
  const said = (value) => {
    if (value instanceof ArrayBuffer) return hex(value);
    if (ArrayBuffer.isView(value)) return hex(value.buffer);
    if (value instanceof CryptoKey) return `key ${value.extractable}`;
    if (value && typeof value === 'object')
      return Object.entries(value).map(([name, each]) => `${name}=${said(each)}`).join(' ');
    return String(value);
  };
  const all = [];
  for (const { name } of await indexedDB.databases()) {
    all.push(name);
    const database = await new Promise((resolve) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((resolve) => {
        const asked = database.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => resolve(asked.result);
      });
      all.push(...rows.map(said));
    }
    database.close();
  }
  for (const name of cached ? await caches.keys() : []) {
    const cache = await caches.open(name);
    for (const kept of await cache.keys()) {
      all.push(kept.url, await (await cache.match(kept)).text());
    }
  }
  all.push(JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie);
  const raw = all.join('\\n');
  // bytes that are UTF-8 are looked at as letters too
  return raw + new TextDecoder().decode(Uint8Array.from(raw, (sign) => sign.charCodeAt(0) & 255));
}"""


def take_along(phone: Page, building: Building) -> None:
    """Take a building along under the PIN, and wait until the page opens without signal."""
    phone.wait_for_selector("fieldset")
    chosen = phone.locator(f'input[name="building"][value="{building.pk}"]')
    if not chosen.is_visible():
        phone.locator("fieldset summary").click()
    chosen.check()
    phone.locator("#v-pin").fill(PIN)
    phone.locator("#v-again").fill(PIN)
    phone.locator("form button.primary").click()
    expect(phone.locator(".home-list a")).not_to_have_count(0)
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")


def open_with_pin(phone: Page, pin: str = PIN) -> None:
    """Open the locked page."""
    phone.locator("#v-pin").fill(pin)
    phone.locator(".visit-lock form button").click()
    expect(phone.locator("#v-pin")).to_have_count(0)


def door(phone: Page, flat: Flat) -> None:
    """Go to a door from the list of its building."""
    phone.locator(f'a[href="#/door/{flat.pk}"]').click()
    expect(phone.locator("[data-confirm-door]")).to_be_visible()


def log_out(phone: Page) -> None:
    """Log out from the visits page, which clears the phone first."""
    phone.evaluate("location.hash = '#/phone'")
    phone.get_by_role("link", name="退出并清除这部手机").click()
    phone.get_by_role("button", name="清除并退出").click()
    phone.wait_for_url(lambda url: "/field/" not in url)


def everything_kept(phone: Page, *, cached: bool) -> str:
    """Return all that lies in the browser, as letters; ``cached``: pages and files too."""
    kept: str = phone.evaluate(_EVERYTHING, cached)
    return kept
