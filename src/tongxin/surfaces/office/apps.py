"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """Pages of the surface office; no models."""

    name = "tongxin.surfaces.office"
    label = "office"
