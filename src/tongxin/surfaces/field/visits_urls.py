"""Paths of visits: the phone's own interface, its page of phones, clashes to settle."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.field import visits_api

urlpatterns = [
    path("visits/day/", visits_api.day, name="field_visits_day"),
    path("visits/take/", visits_api.take, name="field_visits_take"),
    path("visits/sync/", visits_api.sync, name="field_visits_sync"),
    path("visits/wiped/", visits_api.wiped, name="field_visits_wiped"),
]
