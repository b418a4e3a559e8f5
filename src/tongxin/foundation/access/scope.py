"""Who acts, on which ground: actors, scopes, and the transaction in which an act takes place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from tongxin.foundation.access.grants import Acting, acting, held_grants
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.kernel import prepared


@dataclass(frozen=True, slots=True)
class MemberActor:
    """A member who acts; ``only`` holds the rights of the token used, ``None`` for a log-in."""

    member: Member
    only: frozenset[Permission] | None = None

    def __str__(self) -> str:
        return f"member:{self.member.pk}"


@dataclass(frozen=True, slots=True)
class ReporterActor:
    """A person without an account who holds the public token of one incident (or none yet)."""

    token: str = ""

    def __str__(self) -> str:
        return "reporter"


@dataclass(frozen=True, slots=True)
class SystemActor:
    """A named part of the program that acts by itself, such as ``dispatch`` or ``clocks``."""

    name: str

    def __str__(self) -> str:
        return f"system:{self.name}"


Actor = MemberActor | ReporterActor | SystemActor
"""``str(actor)`` is how the actor stands in timelines and in the trail."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The ground on which a right holds, as area ids. Empty means nothing, never everything."""

    area_ids: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.area_ids)

    def covers(self, area_ids: Iterable[int]) -> bool:
        """Tell whether something that lies in ``area_ids`` (with ancestors) is on this ground."""
        return not self.area_ids.isdisjoint(area_ids)

    def filter(self, column: str = "area_ids") -> Q:
        """Return the condition ``column && ARRAY[…]`` for a column with area ids and ancestors."""
        if not self.area_ids:
            return Q(pk__in=())
        return Q(**{f"{column}__overlap": sorted(self.area_ids)})

    def sql(self, column: str) -> tuple[str, list[list[int]]]:
        """Return the same condition and its parameters for hand-written SQL."""
        return f"{column} && %s::bigint[]", [sorted(self.area_ids)]


NO_SCOPE = Scope(frozenset())

_SET = (
    "SELECT set_config('tongxin.member', %s, true), set_config('tongxin.areas', %s, true),"
    " set_config('tongxin.system', %s, true)"
)
_EXCHANGE = (
    "WITH before AS MATERIALIZED (SELECT current_setting('tongxin.member', true) AS member,"
    " current_setting('tongxin.areas', true) AS areas,"
    " current_setting('tongxin.system', true) AS system)"
    " SELECT before.*, set_config('tongxin.member', %s, true),"
    " set_config('tongxin.areas', %s, true), set_config('tongxin.system', %s, true) FROM before"
)


@contextmanager
def acting_as(
    who: Member | Actor | str, *, only: Collection[Permission] | None = None
) -> Iterator[Actor]:
    """Open a transaction in which ``who`` acts, and tell the database, whose row security asks.

    ``who`` is a member, an actor, or the name of a system actor. ``only`` narrows a member to a
    token's rights. Blocks may be nested: the inner actor is forgotten at the end of its block.
    """
    actor = as_actor(who, only=only)
    context = _context_of(actor)
    nested = connection.in_atomic_block  # else the settings end with the transaction
    with transaction.atomic():
        before = _announce(*_settings_of(actor))
        token = acting.set(context)
        try:
            yield actor
        finally:
            acting.reset(token)
        if nested and not connection.needs_rollback:
            _execute_set(before)


def as_actor(who: Member | Actor | str, *, only: Collection[Permission] | None = None) -> Actor:
    """Return the actor that ``who`` stands for."""
    if isinstance(who, str):
        return SystemActor(who.removeprefix("system:"))
    if isinstance(who, Member):
        return MemberActor(who, None if only is None else frozenset(only))
    return who


def _context_of(actor: Actor) -> Acting:
    if isinstance(actor, MemberActor):
        return Acting(actor.member.pk, actor.only)
    return Acting(None, None)


def _settings_of(actor: Actor) -> tuple[str, str, str]:
    """Return member id, area ids as an array literal, and system name, empty where not given."""
    if isinstance(actor, MemberActor):
        areas = {i for grant in held_grants(actor.member) for i in grant.area_ids}
        return str(actor.member.pk), "{" + ",".join(map(str, sorted(areas))) + "}", ""
    return "", "{}", actor.name if isinstance(actor, SystemActor) else ""


def _announce(member: str, areas: str, system: str) -> tuple[str, str, str]:
    """Set the three settings for this transaction; return what they were."""
    before = prepared.row(_EXCHANGE, [member, areas, system]) or ("", "", "")
    return before[0] or "", before[1] or "{}", before[2] or ""


def _execute_set(settings: tuple[str, str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET, settings)
