"""Alerting a member: on the page at once, by telephone where there is a gateway, else by SMS."""

from __future__ import annotations

from collections.abc import Mapping

from tongxin.plumbing.channels import registry
from tongxin.plumbing.channels.actions import queue


def alert(
    *,
    member_id: int,
    template: str,
    values: Mapping[str, object],
    subject: str,
    once_key: str,
    urgent: bool = True,
) -> dict[str, int]:
    """Alert a member in the caller's transaction; return the delivery's id for each channel used.

    The page has it with the commit. An urgent alert also rings the member's work phone, and a call
    that is busy, not answered or cannot be made is followed by an SMS; one that is not urgent goes
    by SMS straight away. Channels that are not configured are left out. The same ``once_key`` again
    alerts nobody twice.
    """
    ways = {registry.PAGE: ""}
    texts = registry.is_configured("sms")
    if urgent and registry.is_configured("call"):
        ways["call"] = "sms" if texts else ""
    elif texts:
        ways["sms"] = ""
    return {
        channel: queue(
            once_key=f"{once_key}:{channel}",
            channel=channel,
            recipient=f"member:{member_id}",
            template=template,
            values=values,
            subject=subject,
            urgent=urgent,
            then=then,
        )
        for channel, then in ways.items()
    }
