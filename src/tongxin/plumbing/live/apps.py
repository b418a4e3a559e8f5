"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """The feed of changes."""

    name = "tongxin.plumbing.live"
    label = "live"
