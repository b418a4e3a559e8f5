"""Paths of the phone pages."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.field import (
    answers,
    duty,
    homes_urls,
    incidents,
    messages,
    placing,
    questions,
    views,
    visits,
    visits_urls,
)

urlpatterns = [
    path("", views.today, name="field"),
    path("map/", views.field_map, name="field_map"),
    path("map/incidents.json", views.map_incidents, name="field_map_incidents"),
    path("me/", duty.me, name="field_me"),
    path("duty/on/", duty.on, name="field_duty_on"),
    path("duty/off/", duty.off, name="field_duty_off"),
    path("positions/", duty.positions, name="field_positions"),
    path("tasks/<int:assignment_id>/", views.task, name="field_task"),
    path("tasks/<int:assignment_id>/<str:answer>/", answers.answer, name="field_answer"),
    path("incidents/<str:number>/", incidents.incident, name="field_incident"),
    path("incidents/<str:number>/way.json", incidents.way, name="field_way"),
    path("incidents/<str:number>/place/", placing.place, name="field_place"),
    path("incidents/<str:number>/contact/", incidents.contact, name="field_contact"),
    path("incidents/<str:number>/photos/<str:token>/", incidents.photo, name="field_photo"),
    path("incidents/<str:number>/note/", incidents.note, name="field_note"),
    path("incidents/<str:number>/photo/", incidents.add_photo, name="field_add_photo"),
    path("incidents/<str:number>/close/", incidents.close, name="field_close"),
    path("incidents/<str:number>/steps/<str:act>/", incidents.step, name="field_step"),
    path("incidents/<str:number>/hand-over/", incidents.hand_over, name="field_hand_over"),
    path(
        "incidents/<str:number>/answer/", incidents.answer_hand_over, name="field_hand_over_answer"
    ),
    path("messages/", messages.messages, name="field_messages"),
    path("messages/<int:delivery_id>/shown/", messages.shown, name="field_message_shown"),
    path("calls/<int:call_id>/incident/", messages.call_incident, name="field_call_incident"),
    path("asked/", questions.page, name="field_asked"),
    path("asked/<str:number>/", questions.one, name="field_asked_one"),
    path("report/", incidents.report, name="field_report"),
    *homes_urls.urlpatterns,
    path("visits/", visits.visits, name="field_visits"),
    path("no-signal/", visits.no_signal, name="field_no_signal"),
    path("sw.js", visits.worker, name="field_worker"),
    path("manifest.webmanifest", visits.manifest, name="field_manifest"),
    *visits_urls.urlpatterns,
]
