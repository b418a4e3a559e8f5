"""Paths of what every surface shares."""

from __future__ import annotations

from django.urls import path

from tongxin.surfaces.kit import map_views, questions, views

urlpatterns = [
    path("favicon.ico", views.favicon),
    path("home/", views.home, name="home"),
    path("home/incident/<str:number>/", views.home_incident, name="home_incident"),
    path("home/questions/", views.home_questions, name="home_questions"),
    path("home/looks/", views.home_looks, name="home_looks"),
    path("language/", views.language, name="language"),
    path("live/ticket/", views.live_ticket, name="live_ticket"),
    path("session/alive/", views.alive, name="alive"),
    path("map/style.json", map_views.style, name="map_style"),
    path("map/tiles/<int:z>/<int:x>/<int:y>.pbf", map_views.tile, name="map_tile"),
    path("places/", map_views.places, name="places"),
    path("questions/found/", questions.found, name="desk_found"),
]
