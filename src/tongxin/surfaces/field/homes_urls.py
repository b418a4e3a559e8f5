"""Paths of the floor plans on the phone."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.field import homes, homes_emergency, homes_people, homes_questions

_FLAT = "homes/flats/<int:flat_id>/"
_PERSON = f"{_FLAT}residents/<int:resident_id>/"

urlpatterns = [
    path("homes/", homes.homes, name="field_homes"),
    path("homes/questions/", homes_questions.questions, name="field_questions"),
    path(
        "homes/questions/<int:question_id>/answer/",
        homes_questions.answer,
        name="field_question_answer",
    ),
    path("homes/looks/", homes_emergency.looks, name="field_looks"),
    path("homes/glass/", homes_emergency.glass, name="field_glass"),
    path("homes/<int:building_id>/", homes.building, name="field_building"),
    path("homes/<int:building_id>/edit/", homes.edit, name="field_building_edit"),
    path(_FLAT, homes.flat, name="field_flat"),
    path(f"{_FLAT}open/", homes.open_flat, name="field_flat_open"),
    path(f"{_FLAT}change/", homes.change, name="field_flat_change"),
    path(f"{_FLAT}confirm/", homes.confirm, name="field_flat_confirm"),
    path(f"{_FLAT}residents/", homes_people.residents, name="field_residents"),
    path(f"{_FLAT}residents/add/", homes_people.add, name="field_resident_add"),
    path(f"{_FLAT}care/<int:care_id>/end/", homes_people.end_care, name="field_care_end"),
    path(f"{_PERSON}care/", homes_people.add_care, name="field_care_add"),
    path(f"{_PERSON}moved-out/", homes_people.moved_out, name="field_moved_out"),
    path(f"{_PERSON}withdraw/", homes_people.withdraw, name="field_withdraw"),
    path(f"{_PERSON}ring/", homes_emergency.ring, name="field_ring"),
    path(f"{_PERSON}protect/", homes_emergency.protect, name="field_protect"),
    path(f"{_PERSON}ask-look/", homes_people.ask_look, name="field_ask_look"),
    path("incidents/<str:number>/home/", homes.from_incident, name="field_incident_home"),
    path("incidents/<str:number>/ask-home/", homes_questions.ask, name="field_ask_home"),
]
