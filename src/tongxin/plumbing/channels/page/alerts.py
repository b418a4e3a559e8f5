"""The page channel needs no gateway: the row is the alert, the live feed tells the open page.

A page that is not open finds the row when it opens. It is shown once: whoever marks it first shows
it (``channels.actions.mark_shown``).
"""

from __future__ import annotations

from tongxin.plumbing.live import actions as live


def announce(recipient: str, delivery_id: int) -> None:
    """Tell the open pages of ``member:ID`` that there is an alert; in the caller's transaction."""
    live.publish(topic=recipient, ref=f"alert:{delivery_id}", version=1)
