"""Paths of the console."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.console import acts, calling, intake, mapping, views

urlpatterns = [
    path("", views.console, name="console"),
    path("queue/", views.queue, name="console_queue"),
    path("search/", views.search, name="console_search"),
    path("incidents/<str:number>/", views.incident, name="console_incident"),
    path("incidents/<str:number>/photos/<str:token>/", views.photo, name="console_photo"),
    path("incidents/<str:number>/contact/", views.contact, name="console_contact"),
    path("incidents/<str:number>/acts/<str:act>/", acts.act, name="console_act"),
    path("incidents/<str:number>/overrule/", acts.overrule, name="console_overrule"),
    path("incidents/<str:number>/undo/", acts.undo, name="console_undo"),
    path("plans/<int:plan_id>/undo/", acts.undo_plan, name="console_undo_plan"),
    path("assignments/<int:assignment_id>/<str:answer>/", acts.answer, name="console_answer"),
    path("new/", intake.new, name="console_new"),
    path("duplicates/", intake.duplicates, name="console_duplicates"),
    path("calls/", calling.calls, name="console_calls"),
    path("calls/<int:call_id>/incident/", calling.make_incident, name="console_call_incident"),
    path("map/areas.json", mapping.areas, name="console_areas"),
    path("map/incidents.json", mapping.incidents, name="console_incidents"),
    path("map/people.json", mapping.people, name="console_people"),
    path("map/candidates/<str:number>.json", mapping.candidates, name="console_candidates"),
    path("map/routes/<str:number>.json", mapping.routes, name="console_routes"),
]
