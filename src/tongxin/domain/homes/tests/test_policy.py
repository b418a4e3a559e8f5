"""Who sees whom: officers their beat, grid workers whom they entered, volunteers nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tongxin.domain.homes import actions, selectors
from tongxin.domain.homes.tests.making import Homes, by, enter
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound

pytestmark = pytest.mark.django_db


def test_an_officer_opens_the_own_beat_and_the_look_is_on_the_trail(homes: Homes) -> None:
    flat = homes.flat("501")
    enter(flat, homes.grid_worker, note="钥匙在隔壁")
    card = selectors.flat(homes.officer, flat.pk)
    assert card.label == "铁塔寺小区3号楼2单元501"
    assert [(r.part, r.entered_by_me, r.may_amend) for r in card.residents] == [
        ("occupant", False, True)
    ]
    assert "单雄信" not in repr(card)
    opened = actions.open_residents(flat.pk, "find_owner", actor=by(homes.officer))
    assert [(o.name, o.phone, o.note) for o in opened] == [("单雄信", "13800138000", "钥匙在隔壁")]
    lines = AuditEntry.objects.filter(actor=f"member:{homes.officer.pk}", purpose="find_owner")
    assert set(lines.values_list("act", flat=True)) == {"vault.reveal", "homes.open"}


def test_the_same_building_is_absent_for_an_officer_from_elsewhere(homes: Homes) -> None:
    flat = homes.flat("501")
    enter(flat, homes.officer)
    for look in (
        lambda: selectors.plan(homes.outsider, homes.here.pk),
        lambda: selectors.flat(homes.outsider, flat.pk),
        lambda: selectors.above(homes.outsider, flat.pk),
        lambda: actions.open_residents(flat.pk, "find_owner", actor=by(homes.outsider)),
        lambda: actions.set_flat(flat.pk, actor=by(homes.outsider), state="empty"),
        lambda: actions.lay_out_unit(homes.here.pk, "9", 1, 2, 2, actor=by(homes.outsider)),
    ):
        with pytest.raises(NotFound):
            look()


@pytest.mark.parametrize("who", ["volunteer", "partner", "cadre", "dispatcher", "supervisor"])
def test_others_on_the_ground_are_refused(homes: Homes, who: str) -> None:
    someone, flat = getattr(homes, who), homes.flat("501")
    enter(flat, homes.officer)
    with pytest.raises(Forbidden):
        selectors.plan(someone, homes.here.pk)
    with pytest.raises(Forbidden):
        selectors.flat(someone, flat.pk)
    with pytest.raises(Forbidden):
        selectors.buildings(someone)
    with pytest.raises(Forbidden):
        selectors.find_flats(someone, "3-2-501")
    with pytest.raises(Forbidden):
        actions.open_residents(flat.pk, "find_owner", actor=by(someone))
    with pytest.raises(Forbidden):
        enter(flat, someone)


def test_the_three_administrators_see_no_resident(homes: Homes) -> None:
    flat = homes.flat("501")
    enter(flat, homes.officer)
    for someone in homes.administrators:
        for look in (
            lambda who=someone: selectors.flat(who, flat.pk),
            lambda who=someone: selectors.plan(who, homes.here.pk),
            lambda who=someone: actions.open_residents(flat.pk, "find_owner", actor=by(who)),
        ):
            with pytest.raises(Forbidden):
                look()


def test_a_chief_sees_the_station(homes: Homes) -> None:
    enter(homes.flat("501"), homes.officer)
    assert {row.label for row in selectors.buildings(homes.chief)} == {
        "铁塔寺小区3号楼",
        "东湖花园3号楼",
    }
    assert len(selectors.flat(homes.chief, homes.flat("501").pk).residents) == 1


def test_a_grid_worker_sees_whom_he_entered_and_by_grant_the_others(homes: Homes) -> None:
    flat, worker = homes.flat("501"), homes.grid_worker
    own = enter(flat, worker, name="甲某")
    others = enter(flat, homes.officer, name="乙某")
    actions.add_care(
        others.pk, "oxygen", actor=by(homes.officer), legal_basis="consent", consented=True
    )
    assert [r.id for r in selectors.flat(worker, flat.pk).residents] == [own.pk]
    assert selectors.plan(worker, homes.here.pk).units[1].flats[2].care == ()
    opened = actions.open_residents(flat.pk, "find_owner", actor=by(worker))
    assert [o.name for o in opened] == ["甲某"]
    with pytest.raises(Forbidden):
        actions.amend_resident(others.pk, actor=by(worker), phone="13900139000")

    until = clock.now() + dt.timedelta(days=30)
    grid = homes.ground.grids[0].pk
    grant = actions.give_register_grant(worker.pk, grid, actor=by(homes.officer), until=until)
    assert len(selectors.flat(worker, flat.pk).residents) == 2
    assert selectors.flat(worker, flat.pk).cell.care == ("oxygen",)
    actions.amend_resident(others.pk, actor=by(worker), phone="13900139000")
    actions.end_register_grant(grant.pk, actor=by(homes.officer))
    assert [r.id for r in selectors.flat(worker, flat.pk).residents] == [own.pk]


def test_a_register_grant_ends_by_itself(homes: Homes, held_clock: Any) -> None:
    flat = homes.flat("501")
    enter(flat, homes.officer)
    until = clock.now() + dt.timedelta(hours=1)
    grid = homes.ground.grids[0].pk
    actions.give_register_grant(homes.grid_worker.pk, grid, actor=by(homes.officer), until=until)
    assert selectors.flat(homes.grid_worker, flat.pk).residents
    held_clock.advance(3_601)
    assert not selectors.flat(homes.grid_worker, flat.pk).residents


def test_a_register_grant_comes_from_an_officer_there_and_goes_to_who_tends(homes: Homes) -> None:
    until, grid = clock.now() + dt.timedelta(days=1), homes.ground.grids[0].pk
    with pytest.raises(BadInput):
        actions.give_register_grant(homes.volunteer.pk, grid, actor=by(homes.officer), until=until)
    with pytest.raises(Forbidden):
        actions.give_register_grant(
            homes.grid_worker.pk, grid, actor=by(homes.grid_worker), until=until
        )


@pytest.mark.django_db(transaction=True)  # the trail is another connection's
def test_without_a_purpose_nothing_opens_and_the_attempt_is_kept(homes: Homes) -> None:
    flat = homes.flat("501")
    enter(flat, homes.officer)
    with pytest.raises(Forbidden):
        actions.open_residents(flat.pk, actor=by(homes.officer))
    refused = AuditEntry.objects.filter(actor=f"member:{homes.officer.pk}", allowed=False)
    assert refused.exists()


def test_a_protected_person_is_nowhere(homes: Homes) -> None:
    flat = homes.flat("501")
    person = enter(flat, homes.officer)
    actions.protect(person.pk, True, actor=by(homes.officer))
    for who in (homes.officer, homes.chief):
        assert selectors.flat(who, flat.pk).residents == ()
        assert selectors.flat(who, flat.pk).cell.people == 0
        assert actions.open_residents(flat.pk, "find_owner", actor=by(who)) == []
        for words in ("单雄信", "shanxiongxin", "13800138000"):
            assert selectors.find_flats(who, words, purpose="find_owner") == []
        with pytest.raises(NotFound):
            actions.amend_resident(person.pk, actor=by(who), name="别人")
    with pytest.raises(Forbidden):
        actions.protect(person.pk, False, actor=by(homes.officer))
    actions.protect(person.pk, False, actor=by(homes.chief))
    assert len(selectors.flat(homes.officer, flat.pk).residents) == 1


def test_a_stale_hand_changes_nothing(homes: Homes) -> None:
    flat = homes.flat("501")
    actions.set_flat(flat.pk, actor=by(homes.officer), version=flat.version, state="let")
    with pytest.raises(Conflict):
        actions.set_flat(flat.pk, actor=by(homes.officer), version=flat.version, state="empty")
    assert homes.flat("501").state == "let"
