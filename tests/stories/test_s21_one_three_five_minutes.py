"""S21 One, three, five minutes: the nearest crew by road goes, and what was promised is counted."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import shapely
from playwright.sync_api import expect

from harness.district import DESK, StorySite, until

PROMISE = 3


def test_the_nearest_crew_by_road_keeps_the_promise(story: StorySite) -> None:
    zone, spots = a_zone(story)
    near, far = two_crews(story)

    # crews move with the live picture: one stands near by, the other has gone to the far side
    post_position(story, near, spots[1])
    post_position(story, far, spots[2])

    # a call from the zone: the promise counts down on the console, the crew near by is chosen
    number = report(story, spots[0], chosen=near)
    console = story.log_in("dispatcher", f"/console/incidents/{number}/", viewport=DESK)
    head = console.locator("#incident > header")
    expect(head).to_contain_text(f"这里承诺： {PROMISE} 分钟")
    expect(head.locator(".promise tx-clock")).to_have_text(re.compile(r"[0-2]:\d\d"))
    first = console.locator(".plan section").first
    expect(first).to_contain_text("先期处置")
    expect(first).to_contain_text(phone_of(story, near))
    chosen = minutes_in(first.locator(".minutes").inner_text())
    others = console.locator("select[name=member] option").all_text_contents()
    assert chosen <= min(minutes_in(text) for text in others if "分钟" in text)

    # it is there in time: kept
    answer(story, near, number, "accept")
    answer(story, near, number, "depart")
    story.clock.advance(75)
    answer(story, near, number, "arrive")
    expect(first).to_contain_text("已到场")
    close(story, number)

    # the next one comes too late: the same page says so
    post_position(story, near, spots[1])
    late = report(story, spots[0], chosen=near)
    answer(story, near, late, "accept")
    answer(story, near, late, "depart")
    story.clock.advance(60 * PROMISE + 40)
    answer(story, near, late, "arrive")
    close(story, late)

    # by zone: kept 1 of 2, both could have been
    page = story.log_in("supervisor", "/office/promises/?period=today", viewport=DESK)
    row = page.locator("#zones tbody tr", has_text=zone)
    expect(row).to_have_count(1)
    cells = row.locator("td").all_inner_texts()
    assert cells[0] == f"{PROMISE} 分钟"
    assert cells[1] == "2"
    assert cells[2].startswith("50")
    assert cells[3].startswith("100")
    p50, p90 = seconds_in(cells[4]), seconds_in(cells[5])
    assert 75 < p50 < 60 * PROMISE + 40 <= p90 + 60
    assert p50 < p90


def a_zone(story: StorySite) -> tuple[str, list[tuple[float, float]]]:
    """Return a zone that promises 3 minutes, a corner in it far from everybody, one close by, and
    one on the other side of the district."""
    people = shapely.MultiPoint([(m.lon, m.lat) for m in story.district.members if m.on_duty])
    corners = [spot for line in story.district.net.lines for spot in (line.points[0],)]
    spots = shapely.points(corners)
    promised = [a for a in story.district.areas if a.promise_minutes == PROMISE]
    zone = max(promised, key=lambda area: area.geometry.area)
    inside = spots[shapely.contains(zone.geometry.buffer(-0.002), spots)]
    here = max(inside, key=lambda spot: spot.distance(people))
    close_by = min(
        (spot for spot in inside if spot.distance(here) > 0.0012), key=lambda s: s.distance(here)
    )
    far_off = max(spots, key=lambda spot: spot.distance(here))
    return zone.name, [(spot.x, spot.y) for spot in (here, close_by, far_off)]


def two_crews(story: StorySite) -> tuple[str, str]:
    """Return the codes of a member of the first crew and of the second."""
    crews = [team for team in story.district.teams if team.kind == "crew"]
    return crews[0].member_codes[0], crews[1].member_codes[0]


def phone_of(story: StorySite, code: str) -> str:
    return next(m.phone for m in story.district.members if m.code == code)


def post_position(story: StorySite, code: str, spot: tuple[float, float]) -> None:
    """As the phone page does: a position with its own time."""
    at = story.clock.now().astimezone(dt.UTC).isoformat()
    said = {"positions": [{"lon": spot[0], "lat": spot[1], "at": at, "accuracy_m": 8}]}
    with story.api(code) as api:
        answered = api.post("/positions", json=said)
    assert answered.json() == {"accepted": 1, "refused": {}}, answered.text
    story.clock.advance(1.5)
    story.tick("dispatch.board")  # the worker reads positions each second


def report(story: StorySite, spot: tuple[float, float], *, chosen: str) -> str:
    """Report through the interface; the first plan sends ``chosen``."""
    said = {"kind": "emergency", "lon": spot[0], "lat": spot[1], "what": "有人在路口打架"}
    with story.api("dispatcher") as api:
        answered = api.post("/reports", json=said)
        assert answered.status_code == 201, answered.text
        number = answered.json()["number"]
        until(lambda: bool((plan_of(api, number) or {}).get("first")))
        first = plan_of(api, number)["first"]
    assert first["phone"] == phone_of(story, chosen), first
    return str(number)


def plan_of(api: Any, number: str) -> Any:
    return api.get(f"/incidents/{number}/plan").json()


def answer(story: StorySite, code: str, number: str, step: str) -> None:
    with story.api(code) as api:
        task = next(t for t in api.get("/assignments").json() if t["number"] == number)
        version = {"version": task["version"]}
        answered = api.post(f"/assignments/{task['assignment']}/{step}", json=version)
    assert answered.status_code == 200, answered.text


def close(story: StorySite, number: str) -> None:
    with story.api("dispatcher") as api:
        answered = api.post(f"/incidents/{number}/close", json={"outcome": "settled"})
    assert answered.status_code == 200, answered.text


def minutes_in(text: str) -> int:
    found = re.search(r"(\d+) 分钟", text)
    assert found, text
    return int(found[1])


def seconds_in(text: str) -> int:
    minutes, seconds = text.split(":")
    return int(minutes) * 60 + int(seconds)
