"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class RoadsConfig(AppConfig):
    """Travel times on the imported road network."""

    name = "tongxin.foundation.roads"
    label = "roads"
