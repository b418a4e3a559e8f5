"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top floor: wires everything."""

    name = "tongxin.config"
    label = "config"
