"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    """The ground: areas of four networks, buildings, posts, landmarks."""

    name = "tongxin.foundation.territory"
    label = "territory"
