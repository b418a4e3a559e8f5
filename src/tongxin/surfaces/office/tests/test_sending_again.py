"""A message that did not go out is sent again, by those who may and while it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.access.tests.making import give
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel import clock
from tongxin.plumbing.channels.models import Delivery
from tongxin.surfaces.office.tests.test_work import report_one

if TYPE_CHECKING:
    from tongxin.surfaces.office.tests.people import Office


def failed(recipient: str, subject: str = "", **more: Any) -> Delivery:
    usual = {"state": "failed", "result": "no_answer", "template": "incident.to_know"}
    return Delivery.objects.create(
        once_key=f"{recipient}{subject}{more}", channel="sms", recipient=recipient,
        values={"number": "20260615-000001", "link": "/x"}, subject=subject,
        due_at=clock.now(), created_at=clock.now(), tries=3, **usual | more,
    )  # fmt: skip


def test_the_system_administrator_sends_again_and_the_list_follows_the_new_one(
    office: Office,
) -> None:
    row = failed(f"member:{office.people['officer'].pk}")
    client, listed = office.log_in("sysadmin"), reverse("office_deliveries")
    again = reverse("office_delivery_again", args=[row.pk])
    assert f'action="{again}"' in client.get(listed).content.decode()

    sent = client.post(again, follow=True).content.decode()

    assert "It is sent again." in sent
    assert again not in sent
    made = Delivery.objects.get(once_key=f"again:{row.pk}")
    assert (made.state, made.recipient, made.tries) == ("queued", row.recipient, 0)
    assert client.post(again).status_code == 404  # it went: nothing to send twice
    assert Delivery.objects.count() == 2
    assert AuditEntry.objects.get(act="delivery.sent_again").subject == f"delivery:{row.pk}"
    Delivery.objects.filter(pk=made.pk).update(state="failed", result="busy")
    assert reverse("office_delivery_again", args=[made.pk]) in client.get(listed).content.decode()


def test_the_desk_sends_again_on_its_own_ground_only(office: Office) -> None:
    near = failed(f"member:{office.people['officer'].pk}")
    here, away = report_one(), report_one(column=40, row=40)
    told = failed("vault:9", f"incident:{here.pk}:1")
    other = failed("vault:8", f"incident:{away.pk}:1")
    client = office.log_in("chief")
    page = client.get(reverse("office_deliveries")).content.decode()
    for row, may in ((near, True), (told, True), (other, False)):
        again = reverse("office_delivery_again", args=[row.pk])
        assert (again in page) is may
        assert client.post(again).status_code == (302 if may else 403)


def test_a_supervisor_reads_and_sends_nothing(office: Office) -> None:
    row = failed(f"member:{office.people['officer'].pk}")
    partner = office.people["partner"]
    give(partner, Role.SUPERVISOR, office.ground.branch)
    client = office.log_in("partner")
    page = client.get(reverse("office_deliveries")).content.decode()
    assert "nobody answered" in page
    assert "Send again" not in page
    assert client.post(reverse("office_delivery_again", args=[row.pk])).status_code == 403


def test_what_is_settled_is_not_sent_to_a_member_again(office: Office) -> None:
    made = report_one()
    row = failed(f"member:{office.people['officer'].pk}", f"incident:{made.pk}:2")
    with acting_as("test"):
        Incident.objects.filter(pk=made.pk).update(is_open=False)
    answer = office.log_in("chief").post(reverse("office_delivery_again", args=[row.pk]))
    assert answer.status_code == 409
    assert "nobody needs it any more" in answer.content.decode()
    assert Delivery.objects.filter(once_key__startswith="again:").count() == 0


def test_what_waits_to_be_tried_goes_by_itself(office: Office) -> None:
    row = failed(f"member:{office.people['officer'].pk}", state="retry")
    page = office.log_in("sysadmin").get(reverse("office_deliveries")).content.decode()
    assert "nobody answered" in page
    assert reverse("office_delivery_again", args=[row.pk]) not in page
