"""Paths of visits: the phone's own interface, its page of phones, clashes to settle."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.field import visits_api, visits_devices

urlpatterns = [
    path("visits/day/", visits_api.day, name="field_visits_day"),
    path("visits/take/", visits_api.take, name="field_visits_take"),
    path("visits/sync/", visits_api.sync, name="field_visits_sync"),
    path("visits/wiped/", visits_api.wiped, name="field_visits_wiped"),
    path("visits/devices/", visits_devices.own_devices, name="field_visits_devices"),
    path(
        "visits/devices/<int:device_id>/revoke/",
        visits_devices.revoke,
        name="field_device_revoke",
    ),
    path("visits/conflicts/", visits_devices.conflicts, name="field_visits_conflicts"),
    path(
        "visits/conflicts/<int:conflict_id>/settle/",
        visits_devices.settle,
        name="field_conflict_settle",
    ),
]
