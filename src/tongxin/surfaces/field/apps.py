"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class FieldConfig(AppConfig):
    """Pages of the surface field; no models."""

    name = "tongxin.surfaces.field"
    label = "field"
