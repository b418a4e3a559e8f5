"""My data and the newcomer's door: alike for everybody, kept nowhere, nothing without consent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tongxin.domain.homes.tests.making import by, enter
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.tests.making import reported
from tongxin.domain.rights import actions, codes
from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.territory.tests.making import spot
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import selectors as vault_selectors

HELD, FREE = "13800138000", "13900001111"
CHANGES = (r'value="[^"]*"', r'content="[^"]*"', r"\b\d{6}\b", r"R\d{8}-\d+")


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def alike(page: Any) -> str:
    """Return a page without what differs every time: tokens, the code, numbers of requests."""
    text = page.content.decode()
    for pattern in CHANGES:
        text = re.sub(pattern, "", text)
    return text


def opened(number: str) -> Client:
    client = browser()
    client.post(reverse("my_data_code"), {"phone": number})
    code = client.cookies["tongxin_demo_code"].value
    assert client.post(reverse("my_data_enter"), {"code": code}).status_code == 302
    return client


def test_nothing_tells_whether_something_is_held_before_the_code(homes: Any) -> None:
    enter(homes.flat("501"), homes.officer)
    seen = []
    for number in (HELD, FREE):
        client = browser()
        sent = client.post(reverse("my_data_code"), {"phone": number})
        asked = client.get(reverse("my_data"))
        wrong = client.post(reverse("my_data_enter"), {"code": "x"})
        cookies = sorted((name, len(each.value)) for name, each in client.cookies.items())
        seen.append([sent.status_code, sent["Location"], cookies, alike(asked), alike(wrong)])
    assert seen[0] == seen[1]


def test_a_protected_persons_number_is_answered_as_if_nothing_were_held(homes: Any) -> None:
    from tongxin.domain.homes import actions as home_actions

    someone = enter(homes.flat("501"), homes.officer)
    reported("help", contact_phone=HELD)
    home_actions.protect(someone.pk, True, actor=by(homes.officer))
    pages = []
    for number in (HELD, FREE):
        client = opened(number)
        shown = alike(client.get(reverse("my_data")))
        forged = {"kind": "withdraw", "record": str(someone.subject_id)}
        refused = client.post(reverse("my_data_ask"), forged)
        copied = client.post(reverse("my_data_ask"), {"kind": "copy"}, follow=True)
        pages.append([shown, refused.status_code, alike(refused), alike(copied)])
    assert pages[0] == pages[1]
    assert not vault_selectors.is_erased(someone.subject_id)


def test_the_cookie_is_for_this_page_only_and_no_script_reads_it(homes: Any) -> None:
    client = browser()
    client.post(reverse("my_data_code"), {"phone": HELD})
    cookie = client.cookies["tongxin_my_data"]
    assert cookie["httponly"]
    assert (cookie["path"], cookie["samesite"]) == ("/my-data/", "Lax")
    assert int(cookie["max-age"]) <= 30 * 60
    page = client.get(reverse("my_data"))
    assert page["Cache-Control"] == "no-store"


def test_without_a_visit_nothing_is_asked_for(homes: Any) -> None:
    enter(homes.flat("501"), homes.officer)
    client = browser()
    for name, data in (("my_data_ask", {"kind": "delete"}), ("my_data_leave", {})):
        assert client.post(reverse(name), data).status_code == 302
    client.post(reverse("my_data_code"), {"phone": HELD})  # a code sent is no visit yet
    assert client.post(reverse("my_data_ask"), {"kind": "delete"}).status_code == 302
    with acting_as("test"):
        assert not RightsRequest.objects.exists()


def test_leaving_ends_it_for_this_browser_and_every_other(homes: Any) -> None:
    enter(homes.flat("501"), homes.officer)
    client = opened(HELD)
    stolen = browser()
    stolen.cookies["tongxin_my_data"] = client.cookies["tongxin_my_data"].value
    assert "铁塔寺小区" in stolen.get(reverse("my_data")).content.decode()
    client.post(reverse("my_data_leave"))
    for each in (client, stolen):
        assert "铁塔寺小区" not in each.get(reverse("my_data")).content.decode()


def test_a_copy_is_never_cached_and_its_link_is_of_no_use_when_cut(homes: Any) -> None:
    from tongxin.domain.rights import copies

    enter(homes.flat("501"), homes.officer)
    sent = codes.send_code(HELD)
    asked = actions.ask(codes.enter_code(sent.session, sent.code), "copy")
    done = actions.answer(asked.pk, actions.Answer(), actor=by(homes.supervisor))
    address = reverse("my_data_copy", args=[copies.token_of(done)])
    for query in ("", "?as=json"):
        answer = browser().get(address + query)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store, private"
        assert "单雄信" in answer.content.decode()
    assert browser().get(address[:-4] + "/").status_code == 404


def test_a_district_without_messages_says_so_and_sends_people_to_the_station(
    homes: Any, settings: Any
) -> None:
    settings.DEMO = False
    page = browser().get(reverse("my_data")).content.decode()
    assert "No message can be sent from here yet" in page
    assert 'name="phone"' not in page
    answer = browser().post(reverse("my_data_code"), {"phone": HELD})
    assert answer.status_code == 409


NEWCOMER = {"contact_phone": "13611112222", "contact_name": "小王", "home": "2单元501"}


def wish(**more: str) -> dict[str, str]:
    here = spot(0.5, 0.5)
    place = {"lon": str(here.lon), "lat": str(here.lat), "place": "铁塔寺小区3号楼"}
    return {**NEWCOMER, **place, "key": "a-key-of-its-own", **more}


def test_a_newcomer_without_consent_leaves_nothing(homes: Any) -> None:
    answer = browser().post(reverse("welcome"), wish())
    assert answer.status_code == 422
    assert "nothing is kept" in answer.content.decode()
    assert not Incident.objects.exists()
    assert vault_selectors.find(phone="13611112222") == []


def test_a_newcomer_is_shown_officer_and_grid_worker_and_may_take_it_back(homes: Any) -> None:
    answer = browser().post(reverse("welcome"), wish(agreed="1"), follow=True)
    page = answer.content.decode()
    assert "李" in page
    assert "赵" in page
    made = Incident.objects.get(kind="welcome")
    assert "501" not in made.place
    words = vault.reveal_subject(
        made.report_ref or 0, actor="system:test", purpose="handle_incident"
    )
    assert words["place_said"] == "铁塔寺小区3号楼2单元501"
    client = opened("13611112222")
    shown = client.get(reverse("my_data")).content.decode()
    assert "Take my consent back" in shown
    client.post(reverse("my_data_ask"), {"kind": "withdraw", "record": str(made.report_ref)})
    assert vault_selectors.is_erased(made.report_ref or 0)


@pytest.mark.parametrize("token", ["x", "0" * 200, "%", "../"])
def test_a_made_up_address_of_a_wish_is_not_found(homes: Any, token: str) -> None:
    assert browser().get(f"/welcome/{token}/").status_code == 404


def test_every_category_that_is_registered_is_told_of_with_its_time(db: None) -> None:
    from tongxin.plumbing.vault import describing, retention
    from tongxin.surfaces.kit.kept import kept_plainly

    page = browser().get(reverse("portal_privacy")).content.decode()
    told = page.replace("&#39;", "'").replace("&amp;", "&")
    for category in retention.registered():
        assert str(category.words) in told
        assert kept_plainly(category.code) in told
        if not category.code.startswith("test"):
            assert describing.about(category.code) is not None, category.code
