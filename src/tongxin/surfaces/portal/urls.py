"""Paths of the portal: for everybody, without a log-in."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.portal import finding, following, reporting, views

urlpatterns = [
    path("", views.home, name="portal_home"),
    path("services/", views.services, name="portal_services"),
    path("ask/", views.ask, name="portal_ask"),
    path("privacy/", views.privacy, name="portal_privacy"),
    path("report/", reporting.kind, name="report"),
    path("report/where/", reporting.where, name="report_where"),
    path("report/what/", reporting.what, name="report_what"),
    path("report/send/", reporting.send, name="report_send"),
    path("status/<str:token>/", following.status, name="status"),
    path("status/<str:token>/photos/", following.add_photos, name="status_photos"),
    path("status/<str:token>/rating/", following.rate, name="status_rate"),
    path("follow/", following.find, name="follow"),
    path("my-officer/", finding.officer, name="my_officer"),
]
