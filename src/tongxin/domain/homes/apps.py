"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class HomesConfig(AppConfig):
    """Floor plans, households, visits."""

    name = "tongxin.domain.homes"
    label = "homes"
