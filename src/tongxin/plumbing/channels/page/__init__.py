"""Alerts on the member's own page, told by the live feed."""

from tongxin.plumbing.channels.page.alerts import announce

__all__ = ["announce"]
