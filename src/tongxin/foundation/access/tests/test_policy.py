from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from tongxin.foundation.access import actions, grants, policy, selectors, tokens
from tongxin.foundation.access.models import Grant, Role
from tongxin.foundation.access.roles import (
    ADMINISTRATORS,
    ROLE_PERMISSIONS,
    VOLUNTEERS,
    Permission,
)
from tongxin.foundation.access.scope import (
    MemberActor,
    ReporterActor,
    Scope,
    SystemActor,
    acting_as,
)
from tongxin.foundation.access.tests.making import give, member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Area
from tongxin.foundation.territory.tests.making import District, area, box, spot
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Forbidden

pytestmark = pytest.mark.django_db
SYSTEM = SystemActor("test")
P = Permission


@pytest.fixture
def district() -> District:
    return District()


def gucs() -> tuple[int | None, list[int], str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tongxin_member_id(), tongxin_area_ids(), tongxin_system_actor()")
        return cursor.fetchone()


def test_every_role_has_its_line_and_administrators_see_no_case() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    cases = {P.SEE_INCIDENTS, P.SEE_OWN_INCIDENTS, P.REVEAL, P.SEE_REGISTER, P.BREAK_GLASS}
    for role in ADMINISTRATORS:
        assert not ROLE_PERMISSIONS[role] & cases
    for one in ADMINISTRATORS:
        for other in ADMINISTRATORS - {one}:
            assert ROLE_PERMISSIONS[one] & ROLE_PERMISSIONS[other] <= {P.SEE_MEMBERS}


def test_volunteers_see_only_their_own_and_dispatchers_no_register() -> None:
    for role in VOLUNTEERS:
        assert P.SEE_OWN_INCIDENTS in ROLE_PERMISSIONS[role]
        assert P.SEE_INCIDENTS not in ROLE_PERMISSIONS[role]
    assert P.SEE_INCIDENTS in ROLE_PERMISSIONS[Role.DISPATCHER]
    assert P.SEE_REGISTER not in ROLE_PERMISSIONS[Role.DISPATCHER]


def test_a_right_holds_on_the_granted_ground_and_below_only(district: District) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    chief = member("王前", Role.STATION_CHIEF, district.station)
    here, there = locating.locate(spot(0.5, 0.5)), locating.locate(spot(1.5, 0.5))

    assert policy.can(officer, P.CLOSE, here.area_ids)
    assert not policy.can(officer, P.CLOSE, there.area_ids)
    assert policy.can(chief, P.CLOSE, there.area_ids)
    assert not policy.can(chief, P.SEE_AUDIT, there.area_ids)
    assert not policy.can(chief, P.CLOSE, [])


def test_an_empty_scope_is_nothing(district: District) -> None:
    nobody = member("吴名", Role.COMMUNITY_OFFICER)
    scope = selectors.scope_of(nobody, P.SEE_INCIDENTS)

    assert not scope
    assert not scope.covers([district.branch.pk])
    assert not Area.objects.filter(scope.filter("path")).exists()
    assert not Area.objects.extra(where=[scope.sql("path")[0]], params=scope.sql("path")[1])


def test_a_scope_filters_by_overlap_with_the_ancestors(district: District) -> None:
    chief = member("王前", Role.STATION_CHIEF, district.station)
    seen = Area.objects.filter(selectors.scope_of(chief, P.SEE_INCIDENTS).filter("path"))
    assert {a.code for a in seen} == {"S", "P00", "P01", "P10", "P11"}


def test_a_grant_holds_from_its_first_to_its_last_moment(district: District, held_clock) -> None:
    guest = member("郑新", Role.COMMUNITY_OFFICER)
    give(guest, Role.COMMUNITY_OFFICER, district.beats[0], clock.now() + dt.timedelta(hours=1))
    here = district.beats[0].path

    assert policy.can(guest, P.CLOSE, here)
    held_clock.advance(3600)
    assert not policy.can(guest, P.CLOSE, here)


def test_revoking_takes_the_right_at_once_and_leaves_a_trace(district: District) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    assert policy.can(officer, P.CLOSE, district.beats[0].path)
    told: list[int] = []
    actions.on_revoked(told.append)

    actions.revoke(grant=Grant.objects.get(member=officer), actor=SYSTEM)

    assert not policy.can(officer, P.CLOSE, district.beats[0].path)
    assert told == [officer.pk]
    [entry] = AuditEntry.objects.filter(act="grant.revoked")
    assert entry.actor == "system:test"
    assert entry.detail["member"] == officer.pk
    actions._revoked_handlers.remove(told.append)


def test_old_incidents_stay_visible_when_an_area_is_drawn_anew(district: District) -> None:
    old = district.beats[0]
    officer = member("李响", Role.COMMUNITY_OFFICER, old)
    today = dt.date(2026, 3, 1)
    Area.objects.filter(pk=old.pk).update(valid_to=today)
    new = area("P00", box(0, 0, 1, 1.2), parent=district.station, valid_from=today)

    actions.carry_grants({old.pk: new.pk})

    scope = selectors.scope_of(officer, P.SEE_INCIDENTS)
    assert scope.covers(old.path)
    assert scope.covers(new.path)
    assert selectors.members_of(new.pk)[0].name == "李响"


def test_acting_tells_the_database_who_acts_and_forgets_it(district: District) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])

    with acting_as("dispatch") as outer:
        assert str(outer) == "system:dispatch"
        assert gucs() == (None, [], "dispatch")
        with acting_as(officer) as inner:
            assert inner == MemberActor(officer)
            assert gucs() == (officer.pk, [district.beats[0].pk], None)
        assert gucs() == (None, [], "dispatch")
        with pytest.raises(RuntimeError), acting_as(officer):
            raise RuntimeError
        assert gucs() == (None, [], "dispatch")
    assert gucs() == (None, [], None)


def test_a_token_is_shown_once_and_opens_no_more_than_it_says(district: District) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    clear, row = actions.issue_token(
        member=officer, actor=SYSTEM, name="phone", scopes=[P.REPORT], days=7
    )

    assert clear not in str(row.__dict__)
    holder, scopes = tokens.authenticate(clear)
    assert (holder, scopes) == (officer, {P.REPORT})
    with acting_as(holder, only=scopes):
        assert policy.can(holder, P.REPORT, district.beats[0].path)
        assert not policy.can(holder, P.CLOSE, district.beats[0].path)
        assert not selectors.scope_of(holder, P.SEE_INCIDENTS)
    actor = MemberActor(holder, scopes)
    with pytest.raises(Forbidden):
        policy.require(actor, P.CLOSE, district.beats[0].path)


def test_a_token_dies_when_revoked_when_old_and_with_its_member(
    district: District, held_clock
) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    first, row = actions.issue_token(member=officer, actor=SYSTEM, name="a", days=1)
    second, _row = actions.issue_token(member=officer, actor=SYSTEM, name="b", days=3)

    actions.revoke_token(token=row, actor=SYSTEM)
    assert tokens.authenticate(first) is None
    assert tokens.authenticate(second) is not None
    held_clock.advance(3 * 86_400)
    assert tokens.authenticate(second) is None

    third, _row = actions.issue_token(member=officer, actor=SYSTEM, name="c")
    actions.deactivate(member=officer, actor=SYSTEM)
    assert tokens.authenticate(third) is None
    assert tokens.authenticate("tongxin_made_up") is None


def test_a_token_cannot_hold_what_its_member_does_not(district: District) -> None:
    helper = member("陈光", Role.SECURITY_VOLUNTEER, district.beats[0])
    with pytest.raises(BadInput):
        actions.issue_token(member=helper, actor=SYSTEM, name="a", scopes=[P.SEE_INCIDENTS])


def test_only_the_security_administrator_grants_and_never_to_himself(district: District) -> None:
    keeper = MemberActor(member("安全", Role.SECURITY_ADMINISTRATOR, district.branch))
    chief = MemberActor(member("王前", Role.BRANCH_CHIEF, district.branch))
    newcomer = member("李响", Role.COMMUNITY_OFFICER)
    order = {"role": Role.COMMUNITY_OFFICER, "area": district.beats[0]}

    made = actions.grant(member=newcomer, actor=keeper, **order)
    assert made.granted_by == keeper.member
    assert actions.grant(member=newcomer, actor=keeper, **order) == made
    for actor in (chief, ReporterActor()):
        with pytest.raises(Forbidden):
            actions.grant(member=newcomer, actor=actor, **order)
    with pytest.raises(Forbidden):
        actions.grant(member=keeper.member, actor=keeper, **order)


def test_administrators_hold_one_office(district: District) -> None:
    keeper = member("安全", Role.SECURITY_ADMINISTRATOR, district.branch)
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    for person, role in (
        (keeper, Role.AUDIT_ADMINISTRATOR),
        (keeper, Role.DISPATCHER),
        (officer, Role.SYSTEM_ADMINISTRATOR),
    ):
        with pytest.raises(BadInput):
            actions.grant(member=person, role=role, area=district.branch, actor=SYSTEM)


def test_grants_are_read_once_for_many_questions(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    asked: list[int] = []
    read = grants._read
    monkeypatch.setattr(grants, "_read", lambda *args: asked.append(args[0]) or read(*args))

    for permission in Permission:
        policy.can(officer, permission, district.beats[0].path)

    assert isinstance(selectors.scope_of(officer, P.CLOSE), Scope)
    assert asked == [officer.pk]
