"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """The right person on the way."""

    name = "tongxin.domain.dispatch"
    label = "dispatch"
