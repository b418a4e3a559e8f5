"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Members, roles, time-bound grants, tokens."""

    name = "tongxin.foundation.access"
    label = "access"
