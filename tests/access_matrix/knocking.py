"""How a row of the table is tried by every actor, and what a refusal must look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from access_matrix.cast import FOREIGN, Actor, Scene
from tongxin.foundation.access.roles import Permission as P

LOG_IN = "log-in"
Sight = Callable[[Actor], bool]


def incident_in_sight(actor: Actor) -> bool:
    """The incident lies on one's ground, and one may see all of that ground."""
    return actor.ground != FOREIGN and P.SEE_INCIDENTS in actor.holds


def on_own_ground(actor: Actor) -> bool:
    """What the address is about lies on one's ground."""
    return actor.ground != FOREIGN


@dataclass(frozen=True)
class Row:
    """One address with one method, and whose it is.

    ``need``: any of these rights opens it, else 403. ``sees``: otherwise 404, as if it were not
    there. ``then``: any of these rights on that ground is needed for the act itself, else 403.
    ``there``: seen everywhere, but done on one's own ground only, else 403.
    ``public``: everybody, without a log-in. ``member``: any log-in. ``always``: the one answer that
    whoever comes that far gets, where that is a refusal too.
    """

    name: str
    method: str
    need: frozenset[P] = frozenset()
    sees: Sight | None = None
    then: frozenset[P] = frozenset()
    there: bool = False
    public: bool = False
    always: int | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    def expected(self, actor: Actor) -> int | str:
        """Return the status of the refusal, ``LOG_IN``, or 200 for: let in."""
        if not self.public:
            if actor.role is None:
                return LOG_IN
            if self.need and not self.need & actor.holds:
                return 403
            if self.sees is not None and not self.sees(actor):
                return 404
            lacks = bool(self.then) and not self.then & actor.holds
            if lacks or (self.there and not on_own_ground(actor)):
                return 403
        return self.always or 200


def rows(name: str, *methods: str, **more: Any) -> list[Row]:
    """Return rows that differ in the method only."""
    for each in ("need", "then"):
        more[each] = frozenset(more.get(each, ()))
    return [Row(name, method, **more) for method in methods]


@dataclass
class Knock:
    """One request and what came of it."""

    row: Row
    actor: Actor
    expected: int | str
    response: HttpResponse

    @property
    def came(self) -> int | str:
        status = self.response.status_code
        if status == 302 and self.response["Location"].startswith("/accounts/login/"):
            return LOG_IN
        return status

    @property
    def as_expected(self) -> bool:
        if self.expected == 200:  # let in: what was sent may still be wrong or too late
            return self.came in (200, 201, 204, 302, 400, 409, 422)
        return self.came == self.expected

    def __str__(self) -> str:
        where = f"{self.row.method} {self.row.name} {dict(self.row.args) or ''}"
        return f"{where}: {self.actor} got {self.came} instead of {self.expected}"


Ask = Callable[[Row, Actor, Scene], HttpResponse]


def knock_everywhere(table: Sequence[Row], scene: Scene, ask: Ask) -> Iterator[Knock]:
    """Let every actor try every row; whatever is written is taken back at once."""
    for row in table:
        for actor in scene.actors:
            with transaction.atomic():
                response = ask(row, actor, scene)
                transaction.set_rollback(True)
            yield Knock(row, actor, row.expected(actor), response)


def told(wrong: Sequence[Knock], most: int = 60) -> str:
    """Return the wrong ones as lines."""
    rest = f"\n… and {len(wrong) - most} more" if len(wrong) > most else ""
    return "\n".join(["", *map(str, wrong[:most])]) + rest
