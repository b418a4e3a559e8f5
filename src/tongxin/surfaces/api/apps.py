"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Pages of the surface api; no models."""

    name = "tongxin.surfaces.api"
    label = "api"
