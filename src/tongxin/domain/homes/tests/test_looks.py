"""Minors, emergencies, the purpose asked once, consent and care."""

from __future__ import annotations

from typing import Any

import pytest

from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.looking import purpose_stated
from tongxin.domain.homes.models import CareMark, Resident
from tongxin.domain.homes.tests.making import Homes, by, enter
from tongxin.domain.incidents.tests.making import reported
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.vault import selectors as vault_selectors

pytestmark = pytest.mark.django_db


def minor(homes: Homes) -> Resident:
    return enter(
        homes.flat("501"),
        homes.officer,
        name="小明",
        is_minor=True,
        legal_basis="guardian",
        guardian_consented=True,
    )


def names(homes: Homes, who: Any = None) -> list[str]:
    who = by(who or homes.officer)
    opened = actions.open_residents(homes.flat("501").pk, "handle_incident", actor=who)
    return [person.name for person in opened]


def alerts(member_id: int, template: str) -> int:
    return Delivery.objects.filter(recipient=f"member:{member_id}", template=template).count()


def test_a_minor_opens_after_a_supervisors_yes_and_for_an_hour(
    homes: Homes, held_clock: Any
) -> None:
    child = minor(homes)
    enter(homes.flat("501"), homes.officer, name="母亲")
    assert names(homes) == ["母亲"]
    asked = actions.ask_look(child.pk, "safeguard", "孩子走失，核对", actor=by(homes.officer))
    again = actions.ask_look(child.pk, "safeguard", "孩子走失，核对", actor=by(homes.officer))
    assert again.pk == asked.pk
    assert alerts(homes.chief.pk, "homes.look_asked") == 1
    assert [card.id for card in selectors.looks_to_decide(homes.chief)] == [asked.pk]
    assert "孩子走失" in selectors.because_of_look(homes.chief, asked.pk)
    assert names(homes) == ["母亲"]
    actions.grant_look(asked.pk, actor=by(homes.chief))
    assert names(homes) == ["小明", "母亲"]
    assert names(homes, homes.chief) == ["母亲"]  # the yes is the asker's, nobody else's
    card = selectors.flat(homes.officer, homes.flat("501").pk).residents[0]
    assert (card.approval, card.is_minor) == ("granted", True)
    held_clock.advance(60 * 60 + 1)
    assert names(homes) == ["母亲"]


def test_nobody_says_yes_to_himself_nor_twice(homes: Homes) -> None:
    child = minor(homes)
    own = actions.ask_look(child.pk, "safeguard", "核对监护人", actor=by(homes.chief))
    with pytest.raises(Forbidden):
        actions.grant_look(own.pk, actor=by(homes.chief))
    with pytest.raises(Forbidden):
        actions.grant_look(own.pk, actor=by(homes.officer))
    with pytest.raises(NotFound):
        actions.grant_look(own.pk, actor=by(homes.outsider))
    actions.refuse_look(own.pk, actor=by(homes.supervisor))
    with pytest.raises(Conflict):
        actions.grant_look(own.pk, actor=by(homes.supervisor))
    assert names(homes, homes.chief) == []


def test_breaking_the_glass_opens_one_foreign_building_for_15_minutes(
    homes: Homes, held_clock: Any
) -> None:
    flat = homes.flat("501", homes.far_unit)
    enter(flat, homes.outsider, name="远房")
    with pytest.raises(BadInput):
        actions.break_glass(homes.there.pk, "", actor=by(homes.officer))
    with pytest.raises(Forbidden):
        actions.break_glass(homes.there.pk, "紧急救人", actor=by(homes.grid_worker))
    glass = actions.break_glass(homes.there.pk, "煤气泄漏，找户主", actor=by(homes.officer))
    assert alerts(homes.chief.pk, "homes.glass_broken") == 1
    plan = selectors.plan(homes.officer, homes.there.pk)
    assert (plan.through_glass, plan.may_edit) == (True, False)
    opened = actions.open_residents(flat.pk, "find_owner", actor=by(homes.officer))
    assert [o.name for o in opened] == ["远房"]
    with pytest.raises(NotFound):  # for looks only
        actions.set_flat(flat.pk, actor=by(homes.officer), state="empty")
    held_clock.advance(15 * 60 + 1)
    with pytest.raises(NotFound):
        selectors.plan(homes.officer, homes.there.pk)
    with pytest.raises(NotFound):
        actions.open_residents(flat.pk, "find_owner", actor=by(homes.officer))
    (card,) = selectors.glasses_to_review(homes.chief)
    assert (card.id, card.looks) == (glass.pk, 1)


def test_broken_glass_stays_listed_until_another_reviewed_it(homes: Homes, held_clock: Any) -> None:
    glass = actions.break_glass(homes.there.pk, "煤气泄漏，找户主", actor=by(homes.officer))
    held_clock.advance(40 * 24 * 3600)
    assert [card.id for card in selectors.glasses_to_review(homes.supervisor)] == [glass.pk]
    assert "煤气" in selectors.because_of_glass(homes.chief, glass.pk)
    with pytest.raises(Forbidden):
        actions.review_glass(glass.pk, True, "情况属实", actor=by(homes.officer))
    actions.review_glass(glass.pk, True, "情况属实", actor=by(homes.chief))
    assert selectors.glasses_to_review(homes.supervisor) == []
    with pytest.raises(Conflict):
        actions.review_glass(glass.pk, False, "再看一次", actor=by(homes.supervisor))
    acts = AuditEntry.objects.filter(subject=f"building:{homes.there.pk}")
    assert list(acts.order_by("id").values_list("act", flat=True)) == [
        "homes.glass_broken",
        "homes.glass_reviewed",
    ]


def test_a_chief_does_not_review_his_own_glass(homes: Homes) -> None:
    glass = actions.break_glass(homes.there.pk, "煤气泄漏，找户主", actor=by(homes.chief))
    with pytest.raises(Forbidden):
        actions.review_glass(glass.pk, True, "情况属实", actor=by(homes.chief))


def test_the_purpose_is_asked_once_an_incident(homes: Homes) -> None:
    flat, incident = homes.flat("501"), reported()
    enter(flat, homes.officer)
    officer = by(homes.officer)
    with pytest.raises(Forbidden):
        actions.open_residents(flat.pk, incident_id=incident.pk, actor=officer)
    actions.open_residents(flat.pk, "find_owner", incident_id=incident.pk, actor=officer)
    assert purpose_stated(homes.officer, incident.pk) == "find_owner"
    other = homes.flat("601")
    enter(other, homes.officer, name="楼上")
    opened = actions.open_residents(other.pk, incident_id=incident.pk, actor=officer)
    assert [o.name for o in opened] == ["楼上"]
    with pytest.raises(Forbidden):  # another member states his own
        actions.open_residents(other.pk, incident_id=incident.pk, actor=by(homes.chief))
    lines = AuditEntry.objects.filter(act="homes.open", detail__incident=incident.pk)
    assert lines.count() == 2


def test_water_through_the_ceiling_offers_the_flats_above(homes: Homes) -> None:
    enter(homes.flat("601"), homes.officer, part="owner", lives_here=False)
    actions.set_flat(homes.flat("601").pk, actor=by(homes.officer), state="empty")
    found = selectors.above(homes.officer, homes.flat("401").pk)
    assert [a.number for a in found] == ["501", "502", "601", "602"]
    assert [a.straight for a in found] == [True, False, True, False]
    top = found[2]
    assert (top.state, top.owner_elsewhere, top.people) == ("empty", True, 1)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"consented": False}, "consented"),
        ({"notice_version": ""}, "notice_version"),
        ({"legal_basis": "duty"}, "basis_rule"),
        ({"legal_basis": "curiosity"}, "legal_basis"),
        ({"is_minor": True}, "legal_basis"),
        ({"is_minor": True, "legal_basis": "guardian"}, "consented"),
        ({"phone": "王"}, "phone"),
        ({"name": "", "phone": ""}, "name"),
        ({"part": "suspect"}, "part"),
    ],
)
def test_nobody_is_kept_without_ground(homes: Homes, more: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        enter(homes.flat("501"), homes.officer, **more)
    assert refused.value.field == field


def test_withdrawing_consent_erases_at_once(homes: Homes) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.officer)
    actions.add_care(
        person.pk, "oxygen", actor=by(homes.officer), legal_basis="consent", consented=True
    )
    actions.withdraw_consent(person.pk, actor=by(homes.officer))
    assert selectors.flat(homes.officer, flat.pk).residents == ()
    assert vault_selectors.is_erased(person.subject_id)
    with acting_as("test"):
        assert not Resident.objects.exists()
        assert not CareMark.objects.exists()
    kept = enter(flat, homes.officer, legal_basis="duty", basis_rule="police_law_21")
    with pytest.raises(Conflict):
        actions.withdraw_consent(kept.pk, actor=by(homes.officer))


def test_a_need_stands_once_and_ends(homes: Homes) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.grid_worker)
    worker = by(homes.grid_worker)
    with pytest.raises(BadInput):
        actions.add_care(person.pk, "oxygen", actor=worker, legal_basis="consent")
    with pytest.raises(BadInput):
        actions.add_care(
            person.pk, "troublemaker", actor=worker, legal_basis="consent", consented=True
        )
    given: dict[str, Any] = {"actor": worker, "legal_basis": "consent", "consented": True}
    mark = actions.add_care(person.pk, "oxygen", **given)
    assert actions.add_care(person.pk, "oxygen", **given).pk == mark.pk
    assert selectors.flat(homes.officer, flat.pk).cell.care == ("oxygen",)
    actions.end_care(mark.pk, actor=by(homes.officer))
    assert selectors.flat(homes.officer, flat.pk).cell.care == ()


def test_who_moved_out_is_off_the_plan_and_has_an_end(homes: Homes) -> None:
    from tongxin.plumbing.vault import actions as vault

    person = enter(homes.flat("501"), homes.officer)
    actions.move_out(person.pk, actor=by(homes.officer))
    assert selectors.flat(homes.officer, homes.flat("501").pk).residents == ()
    assert names(homes) == []
    with vault.opened() as cursor:
        cursor.execute("SELECT keep_until FROM vault_subject WHERE id = %s", [person.subject_id])
        assert cursor.fetchone()[0] is not None
