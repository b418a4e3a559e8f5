"""The day, promises, reconciliation, kinds, closures, deliveries, the trail, the system."""

from __future__ import annotations

import datetime as dt
import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tongxin.domain.incidents.actions import Report, report
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Feed110Line, Feed110Total, Incident, Source
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.foundation.access.tests.making import give
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.audit.models import AuditEntry, AuditSeal
from tongxin.foundation.audit.sealing import seal_all
from tongxin.foundation.audit.verifying import BadRow, Verdict
from tongxin.foundation.roads.models import Closure
from tongxin.foundation.roads.rushhours import usual
from tongxin.foundation.roads.selectors import rush_hours_in_force
from tongxin.foundation.territory.tests.making import spot
from tongxin.kernel import clock
from tongxin.plumbing.channels.models import Delivery
from tongxin.surfaces.office.drawing import drawn

if TYPE_CHECKING:
    from tongxin.surfaces.office.tests.people import Office

TABLE = """
kinds:
  dispute: {like: dispute, zh: 邻里纠纷, en: Neighbours at odds}
"""


def report_one(kind: str = "dispute", column: float = 0.5, row: float = 0.5) -> Incident:
    given = Report(kind=kind, spot=spot(column, row), source=Source.PHONE, what="两家争车位")
    return report(given, actor=SystemActor("test")).incident


def later(incident: Incident, **columns: Any) -> None:
    """Put an incident at another moment, as time would have."""
    with acting_as("test"):
        Incident.objects.filter(pk=incident.pk).update(**columns)


def test_the_day_of_a_station(office: Office) -> None:
    old, new = report_one(), report_one("hazard")
    later(old, opened_at=clock.now() - dt.timedelta(minutes=50))
    later(new, opened_at=clock.now() - dt.timedelta(minutes=5))
    page = office.log_in("chief").get(reverse("office")).content.decode()
    waits = page.split('id="waits"')[1].split("</table>")[0]
    assert waits.index(old.number) < waits.index(new.number)  # the longest waiting first
    assert "50 min" in waits
    assert "Reported today" in page


def test_the_branch_chooses_a_station_and_nobody_a_foreign_one(office: Office) -> None:
    branch = office.log_in("branchchief")
    page = branch.get(reverse("office")).content.decode()
    assert "<h1>B</h1>" in page
    one = branch.get(reverse("office"), {"area": office.ground.station.pk}).content.decode()
    assert "<h1>S</h1>" in one
    chief = office.log_in("chief")
    assert chief.get(reverse("office"), {"area": office.ground.branch.pk}).status_code == 404


def test_promises_by_zone_say_when_there_are_too_few(office: Office) -> None:
    for minutes in (2, 2, 9):
        made = report_one()
        opened = clock.now() - dt.timedelta(minutes=20)
        later(
            made, opened_at=opened, arrived_at=opened + dt.timedelta(minutes=minutes),
            promise_minutes=5, promise_due_at=opened + dt.timedelta(minutes=5),
        )  # fmt: skip
    client = office.log_in("chief")
    page = client.get(reverse("office_promises"), {"period": "today"}).content.decode()
    assert "too few to say" in page
    assert "67%" in page
    assert ">2:00<" in page  # P50
    drawn_zones = client.get(reverse("office_map_promises"), {"period": "today"}).json()
    names = [feature["properties"]["name"] for feature in drawn_zones["features"]]
    assert "P00 67%" in names
    csv = client.get(reverse("office_promises"), {"period": "today", "csv": "1"})
    assert "P00,5,3,0.667" in csv.content.decode("utf-8-sig")


def test_both_sides_count_alike_or_the_page_says_where_not(office: Office) -> None:
    day = clock.now().date()
    for number in (1, 2, 5):
        Feed110Line.objects.create(
            feed="110", number=number, day=day, received_at=clock.now(), kind="dispute"
        )
    Feed110Total.objects.create(feed="110", day=day, theirs=5, said_at=clock.now())
    page = office.log_in("branchchief").get(reverse("office_balance")).content.decode()
    row = page.split('id="balance"')[1].split("</table>")[0]
    assert '<td class="num">5</td>' in row
    assert '<td class="num">3</td>' in row
    assert "3–4" in page.split("Numbers that never came")[1]
    assert office.log_in("chief").get(reverse("office_balance")).status_code == 403


def test_every_kind_is_drawn_and_told(office: Office) -> None:
    client = office.log_in("chief")
    for kind in registry().kinds.values():
        page = client.get(reverse("office_kind", args=[kind.code]))
        assert page.status_code == 200, kind.code
        if kind.count_only:
            continue
        picture = drawn(kind)
        assert {box.code for box in picture.boxes} == set(kind.lifecycle.states)
        places = {(box.x, box.y) for box in picture.boxes}
        assert len(places) == len(picture.boxes)  # no box on another
        for box in picture.boxes:
            assert 0 < box.x < picture.width
            assert 0 < box.y < picture.height
    html = client.get(reverse("office_kind", args=["dispute"])).content.decode()
    for words in ("to accept", "First on scene", "When a promise is broken", "Mediate"):
        assert words in html
    assert client.get(reverse("office_kind", args=["nonesuch"])).status_code == 404


@pytest.fixture
def own_table() -> Any:
    file = Path(django_settings.TONGXIN_DATA) / "kinds.yaml"
    yield file
    file.unlink(missing_ok=True)
    registry()


def test_a_districts_table_is_checked_named_and_only_then_taken(
    office: Office, own_table: Path
) -> None:
    client, url = office.log_in("sysadmin"), reverse("office_kinds_upload")

    def send(text: str, **more: str) -> str:
        given = SimpleUploadedFile("kinds.yaml", text.encode())
        return client.post(url, {"table": given} | more).content.decode()

    wrong = send(TABLE + "  hazard: {like: hazard, urgency: 9}\n", adopt="1")
    assert "Line 4:" in wrong
    assert "Nothing was taken over." in wrong
    assert 'class="wrong"' in wrong
    assert not own_table.exists()
    assert "The table is clean" in send(TABLE)
    assert not own_table.exists()
    send(TABLE, adopt="1")
    assert own_table.read_text() == TABLE
    assert registry()["dispute"].words.zh == "邻里纠纷"  # in force at once
    page = client.get(reverse("office_kinds")).content.decode()
    assert "Neighbours at odds" in page
    assert "the district’s table" in page
    client.post(reverse("office_kinds_give_up"))
    assert registry()["dispute"].words.zh != "邻里纠纷"
    assert AuditEntry.objects.filter(act__startswith="kinds.").count() == 2


def test_a_table_that_leaves_out_a_kind_in_use_is_refused(office: Office, own_table: Path) -> None:
    report_one("accident")
    package = Path(registry.__code__.co_filename).with_name("kinds.yaml").read_text()
    head, _accident, rest = package.partition("\n  accident:\n    zh")
    after = rest[rest.index("\n  hazard:") :]
    given = SimpleUploadedFile("kinds.yaml", ("replace: true\n" + head + after).encode())
    answer = office.log_in("sysadmin").post(
        reverse("office_kinds_upload"), {"table": given, "adopt": "1"}
    )
    assert "“accident” has incidents and cannot be left out" in answer.content.decode()
    assert not own_table.exists()


def test_a_table_that_was_checked_is_taken_over_without_choosing_it_again(
    office: Office, own_table: Path
) -> None:
    client, url = office.log_in("sysadmin"), reverse("office_kinds_upload")
    checked = client.post(url, {"table": SimpleUploadedFile("kinds.yaml", TABLE.encode())})
    page = checked.content.decode()
    assert "nothing is in force yet" in page
    assert not own_table.exists()
    key = page.split('name="key" value="')[1].split('"')[0]
    uploads = Path(django_settings.TONGXIN_DATA) / "uploads"
    assert list(uploads.glob(f"{key}*"))
    other = office.people["partner"]
    give(other, Role.SYSTEM_ADMINISTRATOR, office.ground.branch)
    foreign = office.log_in("partner").post(url, {"key": key, "adopt": "1"})
    assert foreign.status_code == 404  # another's file is as if it were not there
    assert client.post(url, {"key": key, "adopt": "1"}).status_code == 302
    assert own_table.read_text() == TABLE
    assert not list(uploads.glob(f"{key}*"))
    gone = client.post(url, {"key": key, "adopt": "1"})
    assert "The file is gone: choose it again." in gone.content.decode()


def test_a_kept_table_is_gone_after_an_hour(office: Office, own_table: Path) -> None:
    client, url = office.log_in("sysadmin"), reverse("office_kinds_upload")
    checked = client.post(url, {"table": SimpleUploadedFile("kinds.yaml", TABLE.encode())})
    key = checked.content.decode().split('name="key" value="')[1].split('"')[0]
    (kept,) = (Path(django_settings.TONGXIN_DATA) / "uploads").glob(f"{key}*")
    old = clock.now().timestamp() - 3700
    os.utime(kept, (old, old))
    assert client.post(url, {"key": key, "adopt": "1"}).status_code == 404
    assert not own_table.exists()
    client.get(reverse("office_kinds"))
    assert not kept.exists()


def test_a_chief_changes_no_kinds(office: Office) -> None:
    given = SimpleUploadedFile("kinds.yaml", TABLE.encode())
    answer = office.log_in("chief").post(reverse("office_kinds_upload"), {"table": given})
    assert answer.status_code == 403


def test_closing_without_a_map_or_a_spot_says_so(office: Office) -> None:
    client, url = office.log_in("chief"), reverse("office_road_close")
    nothing = client.post(url, {"reason": "works"})
    assert "Pick the street on the map first." in nothing.content.decode()
    here = spot(0.5, 0.5)
    no_map = client.post(url, {"reason": "works", "lon": here.lon, "lat": here.lat})
    assert no_map.status_code == 409
    assert "no map is imported" in no_map.content.decode()


def test_a_closure_is_listed_with_who_and_until_and_reopened_on_own_ground_only(
    office: Office,
) -> None:
    here, away = spot(0.5, 0.5), spot(40, 40)
    closed = {
        "segment_key": 1, "modes": ["car"], "reason_code": "works", "closed_at": clock.now(),
        "closed_by": f"member:{office.people['chief'].pk}",
    }  # fmt: skip
    near = Closure.objects.create(lon=here.lon, lat=here.lat, **closed)
    far = Closure.objects.create(lon=away.lon, lat=away.lat, **closed)
    client = office.log_in("chief")
    page = client.get(reverse("office_roads")).content.decode()
    assert "Road works" in page
    assert "Station chief 丁" in page
    client.post(reverse("office_road_reopen", args=[near.pk]))
    near.refresh_from_db()
    assert near.lifted_at is not None
    refused = client.post(reverse("office_road_reopen", args=[far.pk]))
    assert refused.status_code == 403
    assert AuditEntry.objects.filter(act="road.reopened").count() == 1


def test_rush_hours_are_set_for_some_hours_and_put_back(office: Office) -> None:
    client, url = office.log_in("sysadmin"), reverse("office_rush_set")
    given = {"road": "primary", "day": "workday", "from": "7", "to": "9", "factor": "1.85"}
    assert client.post(url, given).status_code == 302
    hours = rush_hours_in_force()["primary"]["workday"]
    assert hours[6:10] == [1.1, 1.85, 1.85, usual()["primary"]["workday"][9]]
    assert "1.85" in client.get(reverse("office_roads")).content.decode()
    wrong = client.post(url, given | {"factor": "fast"})
    assert wrong.status_code == 422
    assert "such as 1.4" in wrong.content.decode()
    assert client.post(url, given | {"to": "7"}).status_code == 422
    assert rush_hours_in_force()["primary"]["workday"] == hours
    client.post(url, {"usual": "1"})
    assert rush_hours_in_force() == usual()
    assert AuditEntry.objects.filter(act="road.rush_hours").count() == 2
    assert office.log_in("officer").post(url, given).status_code == 403


def test_what_did_not_go_out_is_listed_with_its_reason(office: Office) -> None:
    def failed(recipient: str, why: str) -> None:
        Delivery.objects.create(
            once_key=why, channel="sms", recipient=recipient, template="assignment.asked",
            values={"number": "20260615-000001", "link": "/x"}, state="failed", result=why,
            due_at=clock.now(), created_at=clock.now(), tries=3,
        )  # fmt: skip

    failed(f"member:{office.people['officer'].pk}", "the gateway refused the number")
    failed("vault:9", "no gateway is configured")
    page = office.log_in("chief").get(reverse("office_deliveries")).content.decode()
    assert "the gateway refused the number" in page
    assert "李" in page.split('id="deliveries"')[1]
    assert "a reporter" in page
    plain = office.log_in("sysadmin").get(reverse("office_deliveries")).content.decode()
    assert "the gateway refused the number" in plain
    assert "李响" not in plain
    assert "20260615-000001" not in plain


def test_the_trail_is_read_narrowed_and_checked_by_the_auditor(office: Office) -> None:
    me = f"member:{office.people['officer'].pk}"
    audit.record(actor=me, act="vault.reveal", subject="vault:7", purpose="handle_incident")
    audit.record(actor=me, act="vault.reveal", subject="vault:8", allowed=False)
    client = office.log_in("auditor")
    page = client.get(reverse("office_trail"), {"act": "vault"}).content.decode()
    assert "vault:7" in page
    assert "Officer 李" in page
    refused = client.get(reverse("office_trail"), {"refused": "1"}).content.decode()
    assert "vault:8" in refused
    assert "vault:7" not in refused
    csv = client.get(reverse("office_trail"), {"csv": "1"}).content.decode("utf-8-sig")
    assert "vault.reveal,vault:8,,0" in csv
    checked = client.post(reverse("office_trail_check")).content.decode()
    assert "as they were sealed" in checked or "as it was sealed" in checked


def test_the_check_says_how_much_from_when_to_when_and_keeps_the_table(office: Office) -> None:
    for number in (7, 8):
        audit.record(actor="system:x", act="vault.reveal", subject=f"vault:{number}")
    audit.record(actor="system:x", act="other.act", subject="other:1")
    seal_all()
    client = office.log_in("auditor")
    page = client.get(reverse("office_trail"), {"act": "vault"}).content.decode()
    check = html.unescape(page.split(f'action="{reverse("office_trail_check")}')[1].split('"')[0])
    answer = client.post(reverse("office_trail_check") + check).content.decode()
    count = AuditSeal.objects.count()
    assert f"{count} lines are as they were sealed." in answer
    assert "Sealed lines from" in answer
    assert "No line in this period" not in answer
    rows = answer.split('id="trail"')[1]
    assert "vault:7" in rows
    assert "other:1" not in rows  # still narrowed as before
    assert f'href="{reverse("office_trail")}?act=vault' in rows


def test_the_check_names_the_first_bad_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    audit.record(actor="system:x", act="vault.reveal", subject="vault:8")
    entry = AuditEntry.objects.get(subject="vault:8")
    found = Verdict(41, 2, BadRow("changed", entry.pk, 42))
    monkeypatch.setattr("tongxin.surfaces.office.trail.verify", lambda: found)
    client = office.log_in("auditor")
    page = client.post(reverse("office_trail_check")).content.decode()
    assert "The trail is not as it was sealed." in page
    assert f"Entry {entry.pk} (seal 42) is not what was sealed." in page
    assert "41 lines before it" in page
    assert "vault.reveal · vault:8" in page
    assert "vault:8" in page.split('id="trail"')[1]
    spoken = client.post(reverse("office_trail_check"), headers={"accept-language": "zh-hans"})
    assert f"第 {entry.pk} 条记录（封条 42）与封存时不同。" in spoken.content.decode()


def test_the_system_page_tells_health_without_a_case(office: Office) -> None:
    made = report_one()
    page = office.log_in("sysadmin").get(reverse("office_system")).content.decode()
    assert "PostgreSQL" in page
    assert "no map" in page
    assert made.number not in page
