"""An absent owner is rung masked: the gateway joins two telephones, and no number is shown.

Where a call gateway is configured, the number of somebody who lives elsewhere stays closed; the
officer's own telephone rings, and when it is picked up, the owner's. Without one the number is
tapped as everybody's is.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import policy
from tongxin.domain.homes.looking import OpenedResident, open_residents
from tongxin.foundation.access.scope import Actor
from tongxin.foundation.audit import actions as audit
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.channels import registry
from tongxin.plumbing.channels.call import CallGateway
from tongxin.plumbing.channels.call.gateway import CallChannel
from tongxin.plumbing.channels.protocol import Outcome

_UNDER_WAY = (Outcome.PENDING, Outcome.ANSWERED)


def masks() -> bool:
    """Tell whether numbers of the absent are dialled masked: there is a gateway."""
    return _gateway() is not None


def open_to_ring(
    flat_id: int,
    purpose: str = "",
    because: str = "",
    incident_id: int | None = None,
    *,
    actor: Actor,
    unmask: bool = False,
) -> list[OpenedResident]:
    """Open who belongs to a flat, as `open_residents`; numbers of the absent stay masked.

    ``unmask`` opens them all the same, where the gateway failed; that is in the trail by its name.
    """
    masked = masks()
    opened = open_residents(
        flat_id,
        purpose,
        because,
        incident_id,
        actor=actor,
        mask_absent=masked and not unmask,
    )
    if masked and unmask:
        detail = {"incident": incident_id, "residents": [person.id for person in opened]}
        subject = f"flat:{flat_id}"
        audit.record(actor=str(actor), act="homes.unmasked", subject=subject, detail=detail)
    return opened


def connect(
    flat_id: int,
    resident_id: int,
    purpose: str = "",
    because: str = "",
    incident_id: int | None = None,
    *,
    actor: Actor,
    once: str,
) -> None:
    """Have the gateway join the member's own telephone with a resident's; nobody sees a number.

    A look as `open_residents`, with the same purpose, trail and refusals. ``once`` is the form's
    own mark: sent twice it rings once. Raises ``Conflict`` where there is no gateway, it cannot be
    reached, or it refuses; ``BadInput`` without a telephone on one of the sides.
    """
    member, gateway = policy.member_of(actor), _gateway()
    with policy.looking_at_cell(flat_id, actor):  # out of sight comes before all else
        pass
    if gateway is None:
        raise Conflict("homes.no_gateway", _("No telephone gateway is set up here."))
    if not member.phone:
        said = _("No work telephone is kept for you: have the security administrator enter it.")
        raise BadInput("homes.no_own_phone", said, field="phone")
    opened = open_residents(
        flat_id, purpose, because, incident_id, actor=actor, resident_ids=[resident_id]
    )
    if not opened:
        raise policy.absent()
    if not opened[0].phone:
        raise BadInput("homes.no_phone", _("No number was given."), field="phone")
    result = gateway.connect(member.phone, opened[0].phone, f"homes:{member.pk}:{once}"[:120])
    audit.record(
        actor=str(actor),
        act="homes.rung_masked",
        subject=f"resident:{resident_id}",
        detail={"flat": flat_id, "incident": incident_id, "outcome": result.outcome.value},
    )
    if result.outcome not in _UNDER_WAY:
        raise Conflict(
            "homes.not_connected",
            _("The telephone gateway could not make the call. Try again, or open the number."),
        )


def _gateway() -> CallGateway | None:
    channel = registry.channels().get("call")
    return channel.gateway if isinstance(channel, CallChannel) else None
