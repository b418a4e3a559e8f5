"""The members who act in the play, and those whom a person is playing just now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property

from django.contrib.sessions.models import Session
from django.db.models import Q

from tongxin.foundation.access.models import Account, ApiToken, Member, Role
from tongxin.foundation.access.scope import MemberActor, acting_as
from tongxin.foundation.access.selectors import members_of
from tongxin.kernel import clock

BY_HAND_FOR = dt.timedelta(minutes=30)
"""How long after an act by hand a task is left to the person."""
LOOK_EVERY = dt.timedelta(seconds=3)
ACTOR = "demo"


class People:
    """Members by id, kept; the desk that takes calls; who is in a person's hands.

    ``all_played`` says that nobody can be at a screen, as before the demo opens.
    """

    def __init__(self, *, all_played: bool = False) -> None:
        self._all_played = all_played
        self._members: dict[int, Member] = {}
        self._in_use: frozenset[int] = frozenset()
        self._looked_at: dt.datetime | None = None

    def actor(self, member_id: int) -> MemberActor:
        """Return a member as an actor."""
        if member_id not in self._members:
            with acting_as(ACTOR):
                self._members[member_id] = Member.objects.get(pk=member_id)
        return MemberActor(self._members[member_id])

    def member(self, member_id: int) -> Member:
        """Return a member."""
        return self.actor(member_id).member

    @cached_property
    def desk(self) -> list[MemberActor]:
        """Return the dispatchers who are played: all without a log-in, else all."""
        with acting_as(ACTOR):
            rows = list(Member.objects.filter(kind=Role.DISPATCHER, is_active=True).order_by("pk"))
        quiet = [member for member in rows if member.account_id is None] or rows
        return [MemberActor(member) for member in quiet]

    def dispatcher(self, number: int) -> MemberActor:
        """Return one of the desk, by turns."""
        return self.desk[number % len(self.desk)]

    def staff_of(self, area_id: int) -> list[MemberActor]:
        """Return who may answer for an area of another network."""
        with acting_as(ACTOR):
            people = members_of(area_id, {Role.NETWORK_STAFF, Role.GRID_WORKER})
        return [self.actor(person.member_id) for person in people]

    @cached_property
    def has_log_in(self) -> frozenset[int]:
        """Return the members with a log-in."""
        with acting_as(ACTOR):
            rows = Member.objects.filter(account__isnull=False)
            return frozenset(rows.values_list("pk", flat=True))

    def in_use(self) -> frozenset[int]:
        """Return the members whom a person is using: a live session or a token just used.

        Sessions end 15 idle minutes after the last page, so a live one is somebody at the screen.
        """
        if self._all_played:
            return frozenset()
        now = clock.now()
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self._in_use = frozenset(_logged_in()) | frozenset(_by_token(now))
        return self._in_use


def _logged_in() -> Iterable[int]:
    with acting_as(ACTOR):
        sessions = Session.objects.filter(expire_date__gt=clock.now())
        accounts = {session.get_decoded().get("_auth_user_id") for session in sessions}
        known = Account.objects.filter(pk__in=[int(a) for a in accounts if a], member__isnull=False)
        return list(known.values_list("member__pk", flat=True))


def _by_token(now: dt.datetime) -> Iterable[int]:
    with acting_as(ACTOR):
        used = Q(last_used_at__gt=now - BY_HAND_FOR)
        return list(ApiToken.objects.filter(used).values_list("member_id", flat=True))
