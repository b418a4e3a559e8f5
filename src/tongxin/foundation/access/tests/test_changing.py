"""Changing what is written of a member, taking one back, log-ins for many at once."""

from __future__ import annotations

import pytest

from tongxin.foundation.access import accounts, actions, changing, selectors
from tongxin.foundation.access.models import Account, Grant, Member, Role
from tongxin.foundation.access.scope import MemberActor, SystemActor
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory.models import Post
from tongxin.foundation.territory.tests.making import District, spot
from tongxin.kernel.errors import BadInput, Conflict, Forbidden

SYSTEM = SystemActor("test")


@pytest.fixture
def district(db) -> District:
    return District()


def details(**wanted: object) -> changing.Details:
    usual = {"name": "单雄信", "kind": Role.AUXILIARY, "phone": "13800001111"}
    return changing.Details(**{**usual, **wanted})


def test_a_renamed_member_is_found_under_the_new_reading(district: District) -> None:
    one = member("李响", Role.AUXILIARY, district.beats[0])
    here = spot(0.5, 0.5)
    post = Post.objects.create(
        kind="room", code="R1", name="警务室", lon=here.lon, lat=here.lat, area=district.beats[0]
    )
    changing.change_member(
        member=one,
        details=details(phone="027-8765 4321", skills=("急救",), home_post_id=post.pk),
        actor=SYSTEM,
    )
    now = Member.objects.get(pk=one.pk)
    assert (now.name, now.surname, now.phone) == ("单雄信", "单", "2787654321")
    assert now.pinyin.startswith("shan4")
    assert (now.skills, now.home_post_id) == (["急救"], post.pk)
    assert [m.pk for m in selectors.member_list(text="shan")] == [one.pk]
    line = AuditEntry.objects.get(act="member.changed")
    assert set(line.detail["fields"]) == {
        "name", "surname", "pinyin", "phone", "skills", "home_post_id",
    }  # fmt: skip
    assert "单雄信" not in str(line.detail)  # the trail holds no names


def test_what_stays_the_same_leaves_no_line(district: District) -> None:
    one = member("单雄信", Role.AUXILIARY, district.beats[0])
    changing.change_member(member=one, details=details(), actor=SYSTEM)
    assert changing.change_member(member=one, details=details(), actor=SYSTEM) == []
    assert AuditEntry.objects.filter(act="member.changed").count() <= 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"phone": "call me"}, "phone"), ({"name": " "}, "name"), ({"home_post_id": 9}, "home_post")],
)
def test_wrong_details_are_named_and_nothing_is_written(
    district: District, wrong: dict[str, object], field: str
) -> None:
    one = member("李响", Role.AUXILIARY, district.beats[0])
    with pytest.raises(BadInput) as refusal:
        changing.change_member(member=one, details=details(**wrong), actor=SYSTEM)
    assert refusal.value.field == field
    assert Member.objects.get(pk=one.pk).name == "李响"


def test_only_who_manages_members_changes_them(district: District) -> None:
    one = member("李响", Role.AUXILIARY, district.beats[0])
    chief = MemberActor(member("丁所长", Role.STATION_CHIEF, district.station))
    with pytest.raises(Forbidden):
        changing.change_member(member=one, details=details(), actor=chief)
    with pytest.raises(Forbidden):
        changing.come_back(member=one, actor=chief)


def test_who_comes_back_has_a_new_password_and_no_grant(district: District) -> None:
    one = member("李响", Role.AUXILIARY, district.beats[0])
    old = accounts.open_account(member=one, username="lixiang", actor=SYSTEM)
    actions.deactivate(member=one, actor=SYSTEM)
    one.refresh_from_db()

    once = changing.come_back(member=one, actor=SYSTEM)

    account = Account.objects.get(username="lixiang")
    assert account.is_active
    assert account.check_password(once)
    assert not account.check_password(old)
    assert account.last_login is None  # so that a password of one's own is asked for
    assert Member.objects.get(pk=one.pk).is_active
    assert not selectors.valid_grants().filter(member=one).exists()
    assert Grant.objects.filter(member=one).exists()  # the history stays
    with pytest.raises(Conflict):
        changing.come_back(member=one, actor=SYSTEM)


def test_many_log_ins_are_opened_once_each(district: District) -> None:
    some = [member(f"王{n}", Role.AUXILIARY, district.beats[0]) for n in range(3)]
    Member.objects.filter(pk=some[0].pk).update(code="警-01")
    Member.objects.filter(pk=some[1].pk).update(code="taken")
    Account.objects.create_account("taken", "x")
    left = member("赵离", Role.AUXILIARY, district.beats[0])
    actions.deactivate(member=left, actor=SYSTEM)

    opened = accounts.open_accounts(members=[*some, left], actor=SYSTEM)

    names = {each.member.pk: each.username for each in opened}
    assert names[some[0].pk] == "警-01"
    assert names[some[1].pk] == "taken-2"
    assert left.pk not in names
    assert len({each.password for each in opened}) == 3
    for each in opened:
        assert Account.objects.get(username=each.username).check_password(each.password)
    assert accounts.open_accounts(members=some, actor=SYSTEM) == []
    assert AuditEntry.objects.filter(act="account.opened").count() == 3


def test_nobody_opens_a_log_in_for_himself_among_many(district: District) -> None:
    me = member("付安全", Role.SECURITY_ADMINISTRATOR, district.branch)
    assert accounts.open_accounts(members=[me], actor=MemberActor(me)) == []
