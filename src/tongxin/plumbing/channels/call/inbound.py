"""What a gateway tells us by webhook: calls that come in, and how calls ended. Pure.

Body, signed as in ``signing``:
``{"event": "incoming" | "state", "call", "from"?, "dialled"?, "state"?, "to"?, "ref"?}``.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from tongxin.kernel.errors import BadInput
from tongxin.plumbing.channels import signing
from tongxin.plumbing.channels.call.gateway import CallState

_MOST_BYTES = 16 * 1024
_NUMBER = re.compile(r"\+?[0-9*#]{2,20}")
E = TypeVar("E", bound=enum.StrEnum)
_CALL = re.compile(r"[\x21-\x7e]{1,80}")


class CallEventKind(enum.StrEnum):
    """Which of the two."""

    INCOMING = "incoming"
    STATE = "state"


@dataclass(frozen=True)
class CallEvent:
    """One webhook message. ``caller`` is empty when the number is withheld.

    ``dialled`` is the number that a resident rang; ``state`` says how the leg to ``to`` stands, or,
    with ``to`` empty, the call as a whole. ``ref`` is our own once-key for calls that we dialled.
    """

    kind: CallEventKind
    call: str
    caller: str = ""
    dialled: str = ""
    to: str = ""
    ref: str = ""
    state: CallState | None = None


def parse(headers: Mapping[str, str], body: bytes, *, secret: str, now: float) -> CallEvent:
    """Check the signature and return the event.

    Raises ``Forbidden`` for a wrong or stale signature, ``BadInput`` naming the wrong field.
    """
    if len(body) > _MOST_BYTES:
        raise BadInput("call.too_long", "The gateway's message is too long.")
    signing.check(secret, headers, body, now)
    said = _object(body)
    kind = _one_of(CallEventKind, said, "event")
    return CallEvent(
        kind=kind,
        call=_matching(_CALL, said, "call"),
        caller=_matching(_NUMBER, said, "from", optional=True),
        dialled=_matching(_NUMBER, said, "dialled", optional=kind is CallEventKind.STATE),
        to=_matching(_NUMBER, said, "to", optional=True),
        ref=str(said.get("ref") or "")[:120],
        state=_one_of(CallState, said, "state") if kind is CallEventKind.STATE else None,
    )


def _object(body: bytes) -> dict[str, object]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise BadInput("call.not_json", "The gateway's message is not a JSON object.")
    return said


def _matching(
    form: re.Pattern[str], said: Mapping[str, object], name: str, *, optional: bool = False
) -> str:
    text = said.get(name)
    if optional and (text is None or text == ""):
        return ""
    if not isinstance(text, str) or not form.fullmatch(text):
        raise BadInput("call.field", f"The gateway's field {name!r} is wrong.", field=name)
    return text


def _one_of(kinds: type[E], said: Mapping[str, object], name: str) -> E:
    try:
        return kinds(str(said.get(name)))
    except ValueError:
        raise BadInput(
            "call.field", f"The gateway's field {name!r} is wrong.", field=name
        ) from None
