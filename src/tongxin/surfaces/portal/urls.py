"""Paths of the portal: for everybody, without a log-in."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.portal import (
    asking,
    finding,
    following,
    my_data,
    privacy,
    reporting,
    views,
    welcoming,
)

urlpatterns = [
    path("", views.home, name="portal_home"),
    path("services/", views.services, name="portal_services"),
    path("ask/", asking.page, name="portal_ask"),
    path("ask/found/", asking.found, name="portal_ask_found"),
    path("ask/send/", asking.send, name="portal_ask_send"),
    path("privacy/", privacy.page, name="portal_privacy"),
    path("my-data/", my_data.page, name="my_data"),
    path("my-data/code/", my_data.send, name="my_data_code"),
    path("my-data/enter/", my_data.enter, name="my_data_enter"),
    path("my-data/ask/", my_data.ask, name="my_data_ask"),
    path("my-data/leave/", my_data.leave, name="my_data_leave"),
    path("my-data/copy/<str:token>/", my_data.copy, name="my_data_copy"),
    path("welcome/", welcoming.ask, name="welcome"),
    path("welcome/<str:token>/", welcoming.seen, name="welcome_seen"),
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
