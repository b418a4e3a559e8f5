"""What a phone on its visits sends, read with care: hostile or torn, it is one clear sentence."""

from __future__ import annotations

import json
import uuid
from typing import Annotated, Any, Literal, TypeVar

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, RawPostDataException
from django.utils.translation import gettext_lazy as _
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
)

from tongxin.domain.homes.devices import MOST_BUILDINGS
from tongxin.domain.homes.syncing import MOST_OPS, Op
from tongxin.kernel.errors import BadInput


def _keepable(value: Any) -> Any:
    """Refuse text that the database cannot hold: a NUL, half of a surrogate pair."""
    if isinstance(value, str) and any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("text that cannot be kept")
    return value


Text = Annotated[StrictStr, BeforeValidator(_keepable)]
Key = Annotated[Text, Field(max_length=48)]
Id = Annotated[StrictInt, Field(ge=1, le=2**63 - 1)]
Stamp = Annotated[StrictInt, Field(ge=0, le=2**53)]
Scalar = StrictBool | StrictInt | Annotated[Text, Field(max_length=1_000)] | None


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class OpIn(_Body):
    """An act at a door."""

    id: uuid.UUID
    seq: Annotated[StrictInt, Field(ge=0, le=2**53)]
    at: AwareDatetime
    do: Annotated[Text, Field(max_length=12)]
    flat: Id
    person: Key | None = None
    care: Key | None = None
    field: Annotated[Text, Field(max_length=20)] | None = None
    value: dict[Annotated[Text, Field(max_length=40)], Scalar] | Scalar = None
    stamp: Stamp | None = None
    after: uuid.UUID | None = None
    conflict: Id | None = None

    def op(self) -> Op:
        """Return it as the domain takes it."""
        return Op(
            id=self.id,
            seq=self.seq,
            at=self.at,
            do=self.do,
            flat=self.flat,
            person=self.person or "",
            care=self.care or "",
            field=self.field or "",
            value=self.value,
            stamp=self.stamp,
            after=self.after,
            conflict=self.conflict,
        )


class TakeIn(_Body):
    """What is to be taken along, on which phone."""

    device: uuid.UUID
    label: Annotated[Text, Field(max_length=200)] = ""
    buildings: Annotated[list[Id], Field(min_length=1, max_length=MOST_BUILDINGS)]


class SyncIn(_Body):
    """What a phone brings; ``since`` is the mark of the last answer that reached it."""

    device: uuid.UUID
    ops: Annotated[list[OpIn], Field(max_length=MOST_OPS)] = []
    since: AwareDatetime | None = None


class WipedIn(_Body):
    """A phone has forgotten what it carried."""

    device: uuid.UUID
    why: Literal["logout", "expired", "revoked", "tries"]


B = TypeVar("B", bound=_Body)


def read(request: HttpRequest, shape: type[B]) -> B:
    """Return the body in its shape; raises ``BadInput`` naming the first thing that is wrong."""
    try:
        said = json.loads(request.body)
        return shape.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])[:80]
    except (ValueError, RecursionError, RawPostDataException, SuspiciousOperation):
        field = ""
    sentence = _("What the phone sent cannot be read.")
    raise BadInput("visits.body", sentence, field=field or None)
