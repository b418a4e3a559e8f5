"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages of the surface portal; no models."""

    name = "tongxin.surfaces.portal"
    label = "portal"
