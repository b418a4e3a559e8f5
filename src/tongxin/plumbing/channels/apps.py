"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Deliveries out: calls, SMS, pages."""

    name = "tongxin.plumbing.channels"
    label = "channels"
