"""What the reporter hears after an act: a message with number and link where the kind says so."""

from __future__ import annotations

from collections.abc import Iterator

from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Incident
from tongxin.plumbing.channels import actions as channels
from tongxin.plumbing.channels import registry as gateways

TEMPLATES = {
    "report": "report.received",
    "accept": "report.accepted",
    "depart": "report.on_the_way",
    "arrive": "report.arrived",
    "close": "report.closed",
    "reopen": "report.reopened",
    "merge": "report.merged",
}
STATUS_PATH = "/status/{token}/"
"""Where a reporter follows his report."""

INCIDENT_PATH = "/home/incident/{number}/"
"""Where a member is led to an incident, whichever surface is his."""

_OTHERWISE = "report.received"


def tell(incident: Incident, act: str, seq: int) -> None:
    """Queue what the reporter, and those of incidents merged into this one, hear of an act.

    In the caller's transaction. Without a phone, or a way to send, the status page alone tells.
    """
    hear = registry()[incident.kind].hears.get(act)
    if hear is None or not hear.sms or not gateways.is_configured("sms"):
        return
    for told in _hearers(incident):
        channels.queue(
            once_key=f"hear:{incident.pk}:{seq}:{told.pk}",
            channel="sms",
            recipient=f"vault:{told.contact_ref}",
            template=TEMPLATES.get(act, _OTHERWISE),
            values={"number": told.number, "link": STATUS_PATH.format(token=told.public_token)},
            subject=message_subject(incident, seq),
        )


def message_subject(incident: Incident, seq: int) -> str:
    """Return under which subject the messages of one line are queued, so that undo recalls them."""
    return f"incident:{incident.pk}:{seq}"


def _hearers(incident: Incident) -> Iterator[Incident]:
    if incident.contact_ref is not None:
        yield incident
    yield from Incident.objects.filter(merged_into=incident, contact_ref__isnull=False)
