"""What the resident's pages promise is there: posts, ways to find a report, photos, one's data."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from tongxin.domain.incidents.models import Incident, Photo
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory import locating, lookup
from tongxin.foundation.territory.models import Post
from tongxin.foundation.territory.tests.making import District, spot


@pytest.fixture
def district(db: None) -> District:
    locating.forget()
    lookup.forget()
    ground = District()
    member("李响", Role.COMMUNITY_OFFICER, ground.beats[0])
    return ground


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def post(ground: District, code: str, kind: str, at: tuple[float, float], **more: Any) -> Post:
    here = spot(*at)
    return Post.objects.create(
        kind=kind, code=code, name=f"{code}点位", lon=here.lon, lat=here.lat,
        area=ground.beats[0], **more,
    )  # fmt: skip


def photos(number: int) -> list[SimpleUploadedFile]:
    made = []
    for each in range(number):
        drawn = io.BytesIO()
        Image.new("RGB", (8 + each, 8)).save(drawn, "JPEG")
        made.append(SimpleUploadedFile(f"{each}.jpg", drawn.getvalue(), "image/jpeg"))
    return made


def test_errands_show_the_posts_that_are_written_down(district: District, browser: Client) -> None:
    post(district, "R1", "room", (0.5, 0.5), phone="02781230000")
    post(district, "W1", "station", (0.6, 0.6))
    post(district, "G1", "grid_room", (0.7, 0.7), phone="02781239999")
    page = browser.get(reverse("portal_services")).content.decode()
    assert "R1点位" in page
    assert 'href="tel:02781230000"' in page
    assert "no telephone is written down" in page
    assert "G1点位" not in page  # no place for residents' errands
    assert "<h3>S</h3>" in page  # under its police station
    assert "what to bring" in page
    assert "are not written down here" in page


def test_errands_without_posts_say_so(district: District, browser: Client) -> None:
    page = browser.get(reverse("portal_services")).content.decode()
    assert "No police room has been written down yet." in page
    assert "with what" not in browser.get(reverse("portal_home")).content.decode()


def test_my_officer_shows_the_station_and_the_nearest_posts(
    district: District, browser: Client
) -> None:
    for number, at in enumerate([(0.5, 0.5), (0.6, 0.5), (0.8, 0.5), (1.9, 1.9)]):
        post(district, f"R{number}", "room", at, phone=f"0278123000{number}")
    here = spot(0.5, 0.52)
    page = browser.post(
        reverse("my_officer"), {"lon": str(here.lon), "lat": str(here.lat)}
    ).content.decode()
    told = page.split("Your police station")[1]
    assert "<strong>S</strong>" in told
    assert [f"R{n}点位" in told for n in range(4)] == [True, True, True, False]
    assert told.index("R0点位") < told.index("R1点位")
    assert "m away" in told
    assert "ring before you go" in told


def test_a_place_is_marked_as_needed(district: District, browser: Client) -> None:
    page = browser.get(reverse("my_officer")).content.decode()
    assert re.search(r"<tx-place-picker[^>]* required", page)


def test_a_lost_report_promises_no_search_and_ones_own_data_has_its_page(
    district: District, browser: Client
) -> None:
    follow = browser.get(reverse("follow")).content.decode()
    assert "not found by name, telephone or place" in follow
    assert "report’s number" in follow
    privacy = browser.get(reverse("portal_privacy")).content.decode()
    assert f'href="{reverse("my_data")}"' in privacy
    assert f'href="{reverse("my_officer")}"' in privacy
    chinese = Client(headers={"accept-language": "zh-hans"})
    assert "凭地点和时间就能查到" not in chinese.get(reverse("follow")).content.decode()


def report(browser: Client, number: int) -> Any:
    here = spot(0.5, 0.5)
    form = {"kind": "help", "lon": str(here.lon), "lat": str(here.lat), "what": "有人摔倒"}
    return browser.post(reverse("report_send"), form | {"photos": photos(number)}, follow=True)


def test_photos_beyond_six_are_refused_in_words_and_the_report_stands(
    district: District, browser: Client
) -> None:
    here = spot(0.5, 0.5)
    form = {"kind": "help", "lon": str(here.lon), "lat": str(here.lat)}
    before = browser.post(reverse("report_what"), form).content.decode()
    assert "Photos (at most 6)" in before
    assert "Further ones are left out" in before

    page = report(browser, 8).content.decode()

    assert Incident.objects.count() == 1
    assert Photo.objects.count() == 6
    assert "2 photos were left out: at most 6 are taken at a time." in page
    assert "left out" not in report(browser, 2).content.decode()


def test_photos_added_later_are_counted_too(district: District, browser: Client) -> None:
    report(browser, 1)
    made = Incident.objects.get()
    page = browser.post(
        reverse("status_photos", args=[made.public_token]), {"photos": photos(7)}, follow=True
    ).content.decode()
    assert Photo.objects.count() == 7
    assert "1 photo was left out" in page
    assert "Add photos (at most 6 at a time)" in page
    hostile = browser.get(reverse("status", args=[made.public_token]), {"left_out": "²<b>"})
    assert "left out" not in hostile.content.decode()
