"""Writes members, accounts, grants, teams and call plans, and puts the cast on duty."""

from __future__ import annotations

from collections import defaultdict

from django.contrib.auth.hashers import make_password
from django.db import connection

from tongxin.config.demo.drawn import District, DrawnMember
from tongxin.config.demo.load_places import BATCH, AreaIds
from tongxin.domain.dispatch.models import CallPlanStep, DutySession, Whereabouts
from tongxin.foundation.access.actions import NewMember, member_from
from tongxin.foundation.access.grants import grants_changed
from tongxin.foundation.access.models import Account, Grant, Member, Role, Team
from tongxin.kernel import clock

MemberIds = dict[str, int]
# Story S05: passed on after 20 seconds; the officer first, then who shares the beat, then a desk.
RING_SECONDS = 20
CALL_PLAN = ("community_officer", "auxiliary")


def write_members(
    drawn: District, areas: AreaIds, posts: dict[str, int], *, password: str
) -> MemberIds:
    """Write members with their grants, and accounts for the demo log-ins; return ids by code."""
    # One slow hash for all: the demo's log-ins share one password, and say so.
    hashed = make_password(password)
    rows = [_member(member, posts, hashed) for member in drawn.members]
    written = Member.objects.bulk_create(rows, batch_size=BATCH)
    ids = {member.code: member.pk for member in written}
    now = clock.now()
    Grant.objects.bulk_create(
        [
            Grant(
                member_id=ids[member.code],
                role=grant.role,
                area_id=areas[(grant.network, grant.area_code)],
                valid_from=now,
            )
            for member in drawn.members
            for grant in member.grants
        ],
        batch_size=BATCH,
    )
    grants_changed()
    return ids


def _member(drawn: DrawnMember, posts: dict[str, int], hashed: str) -> Member:
    member = member_from(
        NewMember(
            code=drawn.code,
            name=drawn.name,
            kind=Role(drawn.kind),
            phone=drawn.phone,
            surname=drawn.surname,
            skills=drawn.skills,
            home_post_id=posts.get(drawn.post_code),
            home_lon=drawn.lon,
            home_lat=drawn.lat,
        )
    )
    if drawn.login:
        member.account = Account.objects.create(username=drawn.login, password=hashed)
    return member


def write_teams(drawn: District, areas: AreaIds, members: MemberIds) -> dict[str, int]:
    """Write crews and 1+2+N teams; return the crew's id by the code of each member who rides."""
    rows = [
        Team(kind=team.kind, code=team.code, name=team.name,
             area_id=areas[("police", team.area_code)])
        for team in drawn.teams
    ]  # fmt: skip
    ids = {team.code: team.pk for team in Team.objects.bulk_create(rows, batch_size=BATCH)}
    through = Team.members.through
    through.objects.bulk_create(
        [
            through(team_id=ids[team.code], member_id=members[code])
            for team in drawn.teams
            for code in team.member_codes
        ],
        batch_size=BATCH,
    )
    return {
        code: ids[team.code]
        for team in drawn.teams
        if team.kind == "crew"
        for code in team.member_codes
    }


def write_call_plans(
    drawn: District, areas: AreaIds, posts: dict[str, int], members: MemberIds
) -> None:
    """Write each beat's call plan: officers, auxiliaries, then the officer's post."""
    ring: dict[str, list[tuple[int, int | None, int | None]]] = defaultdict(list)
    for member in drawn.members:
        if member.kind in CALL_PLAN:
            rank = CALL_PLAN.index(member.kind)
            beat = member.grants[0].area_code
            ring[beat].append((rank, members[member.code], None))
            if member.post_code and rank == 0:
                ring[beat].append((len(CALL_PLAN), None, posts[member.post_code]))
    CallPlanStep.objects.bulk_create(
        [
            CallPlanStep(
                beat_id=areas[("police", beat)],
                position=position,
                member_id=member_id,
                post_id=post_id,
                ring_seconds=RING_SECONDS,
            )
            for beat, steps in ring.items()
            for position, (_rank, member_id, post_id) in enumerate(
                sorted(steps, key=lambda step: step[0]), 1
            )
        ],
        batch_size=BATCH,
    )


def put_on_duty(drawn: District, members: MemberIds, crew_of: dict[str, int]) -> int:
    """Begin the duty of everybody whom the cast has on duty, where they stand; return how many."""
    now = clock.now()
    serving = [m for m in drawn.members if m.on_duty]
    DutySession.objects.bulk_create(
        [
            DutySession(
                member_id=members[m.code], mode=m.mode, team_id=crew_of.get(m.code), started_at=now
            )
            for m in serving
        ],
        batch_size=BATCH,
    )
    Whereabouts.objects.bulk_create(
        [
            Whereabouts(
                member_id=members[m.code], lon=m.lon, lat=m.lat, accuracy_m=10.0, at=now,
                received_at=now, mode=m.mode,
            )
            for m in serving
        ],
        batch_size=BATCH,
    )  # fmt: skip
    return len(serving)


def refresh_positions() -> int:
    """Say anew where everybody on duty was last seen: after a stop, positions are old.

    Returns how many. For the demo only, whose people did not move while the program was off.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_whereabouts SET at = %s, received_at = %s WHERE member_id IN"
            " (SELECT member_id FROM dispatch_dutysession WHERE ended_at IS NULL)",
            [now, now],
        )
        return int(cursor.rowcount)
