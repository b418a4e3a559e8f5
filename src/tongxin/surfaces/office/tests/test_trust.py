"""Purposes by two administrators; what is kept and for how long, without a name."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation

from tongxin.foundation.access.models import Role
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.access.tests.making import give
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import deciding, erasing, purposes
from tongxin.plumbing.vault.models import FurtherPurpose, PurposeChange

if TYPE_CHECKING:
    from tongxin.surfaces.office.tests.people import Office

FORM = {
    "act": "propose", "code": "flood_help", "words_zh": "防汛转移", "words_en": "Flood evacuation",
    "demands_text": "1",
}  # fmt: skip
PROPOSED = deciding.Proposed("flood_help", "防汛转移", "Flood evacuation")


def put() -> vault.Stored:
    return vault.put(
        category="incident", fields={"what": "x"}, actor="system:test", legal_basis="public_duty"
    )


def test_one_proposes_the_other_confirms_and_the_purpose_opens(office: Office) -> None:
    page = reverse("office_purposes")
    stored = put()
    officer = office.people["officer"]
    assert office.log_in("secadmin").post(page, FORM).status_code == 302
    change = PurposeChange.objects.get()
    with pytest.raises(Forbidden):
        vault.reveal(stored.refs["what"], actor=officer, purpose="flood_help", because="三号楼")
    own = office.log_in("secadmin").post(page, {"act": "confirm", "change": change.pk})
    assert own.status_code == 403
    assert office.log_in("auditor").get(page).content.decode().count("Confirm</span>") == 1
    done = office.log_in("auditor").post(page, {"act": "confirm", "change": change.pk})
    assert done.status_code == 302
    with pytest.raises(Forbidden) as refusal:
        vault.reveal(stored.refs["what"], actor=officer, purpose="flood_help")
    assert refusal.value.code == "vault.no_reason"
    told = vault.reveal(stored.refs["what"], actor=officer, purpose="flood_help", because="三号楼")
    assert told == "x"
    acts = list(AuditEntry.objects.filter(subject="purpose:flood_help").values_list("act", "actor"))
    assert acts == [
        ("purpose.proposed", f"member:{office.people['secadmin'].pk}"),
        ("purpose.confirmed", f"member:{office.people['auditor'].pk}"),
    ]


def test_it_is_ended_by_two_and_opens_nothing_from_then_on(office: Office) -> None:
    page, stored, officer = reverse("office_purposes"), put(), office.people["officer"]
    secadmin, auditor = office.people["secadmin"], office.people["auditor"]
    change = deciding.propose(PROPOSED, actor=auditor)
    deciding.confirm(change.pk, actor=secadmin)
    with translation.override("en"):
        assert ("flood_help", "Flood evacuation") in purposes.choices()
    ended = office.log_in("auditor").post(page, {"act": "end", "code": "flood_help"})
    assert ended.status_code == 302
    assert purposes.parse("flood_help") == "flood_help"
    deciding.confirm(PurposeChange.objects.latest("pk").pk, actor=secadmin)
    assert purposes.parse("flood_help") is None
    with pytest.raises(Forbidden):
        vault.reveal(stored.refs["what"], actor=officer, purpose="flood_help", because="三号楼")
    with pytest.raises(NotFound):
        deciding.propose_end("flood_help", actor=auditor)
    again = deciding.propose(PROPOSED, actor=auditor)
    deciding.confirm(again.pk, actor=secadmin)
    assert purposes.parse("flood_help")


def test_nobody_is_two_administrators(office: Office) -> None:
    both = office.people["secadmin"]
    with acting_as("test"):
        give(both, Role.AUDIT_ADMINISTRATOR, office.ground.branch)
    change = deciding.propose(PROPOSED, actor=both)
    with pytest.raises(Forbidden):
        deciding.confirm(change.pk, actor=both)
    assert purposes.parse("flood_help") is None
    change.decided_by, change.decided_as = both.pk, "security"
    change.accepted, change.decided_at = True, clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        change.save()  # the database does not take it either


@pytest.mark.parametrize("name", ["chief", "sysadmin", "officer", "partner"])
def test_nobody_else_decides_about_purposes(office: Office, name: str) -> None:
    assert office.log_in(name).post(reverse("office_purposes"), FORM).status_code == 403
    with pytest.raises(Forbidden):
        deciding.propose(PROPOSED, actor=office.people[name])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "Flood"}, "code"), ({"code": "call_back"}, "code"),
        ({"words_zh": ""}, "words_zh"),
        ({"words_en": "x" * 90}, "words_en"), ({"valid_from": "soon"}, "valid_from"),
        ({"valid_from": "2031-01-02", "valid_to": "2031-01-01"}, "valid_to"),
    ],
)  # fmt: skip
def test_a_wrong_proposal_is_named_and_kept(
    office: Office, wrong: dict[str, str], field: str
) -> None:
    answer = office.log_in("secadmin").post(reverse("office_purposes"), FORM | wrong)
    assert answer.status_code in (409, 422)
    page = answer.content.decode()
    assert f'id="f-{field}-error"' in page
    assert 'value="防汛转移"' in page or field == "words_zh"
    assert not PurposeChange.objects.exists()


def test_one_proposal_at_a_time_and_each_is_decided_once(office: Office) -> None:
    secadmin, auditor = office.people["secadmin"], office.people["auditor"]
    change = deciding.propose(PROPOSED, actor=secadmin)
    with pytest.raises(Conflict):
        deciding.propose(PROPOSED, actor=auditor)
    deciding.turn_down(change.pk, actor=secadmin)
    with pytest.raises(Conflict):
        deciding.confirm(change.pk, actor=auditor)
    assert not FurtherPurpose.objects.exists()
    with pytest.raises(BadInput):
        deciding.propose(deciding.Proposed("x", "防汛", "Flood"), actor=secadmin)


def test_a_purpose_holds_from_and_to_its_days(office: Office) -> None:
    now, day = clock.now(), dt.timedelta(days=1)
    soon = deciding.Proposed(
        "flood_help", "防汛转移", "Flood", valid_from=now + day, valid_to=now + 2 * day
    )
    change = deciding.propose(soon, actor=office.people["secadmin"])
    deciding.confirm(change.pk, actor=office.people["auditor"])
    for days, holds in ((0, False), (1, True), (2, False)):
        with clock.held(clock.HeldClock(now + days * day)):
            assert bool(purposes.parse("flood_help")) is holds


def test_a_listed_purpose_costs_no_query(office: Office, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert purposes.parse("call_back") is purposes.Purpose.CALL_BACK
    assert purposes.Purpose.SAFEGUARD.demands_text
    assert purposes.Purpose.AUDIT_REVIEW.demands_text
    assert not purposes.Purpose.CALL_BACK.demands_text


def test_the_page_of_what_is_kept_counts_and_names_nobody(office: Office) -> None:
    page = reverse("office_retention")
    gone = put()
    vault.put(
        category="incident", fields={"name": "王居民"}, actor="system:test",
        legal_basis="public_duty",
    )  # fmt: skip
    empty = office.log_in("auditor").get(page).content.decode()
    assert "Nothing has been counted yet" in empty
    vault.erase(gone.subject_id, actor="system:test", reason="rights_request")
    erasing.tally()
    shown = office.log_in("auditor").get(page).content.decode()
    row = shown.split("Reports, contacts and notes of incidents")[1].split("</tr>")[0]
    cells = [part.split("<")[0] for part in row.split('class="num">')[1:]]
    assert cells == ["1", "0", "1"]
    assert "1095 days after its end" in row
    assert "王居民" not in shown
    csv = office.log_in("sysadmin").get(page, {"csv": "1"}).content.decode("utf-8-sig")
    assert "1095 days after its end,1,0,1" in csv
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_tally SET category = 'stray' WHERE category = 'incident'")
    assert "no rule" in office.log_in("auditor").get(page).content.decode()
