"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Everything that happens, with its procedure and timeline."""

    name = "tongxin.domain.incidents"
    label = "incidents"
