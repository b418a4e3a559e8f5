"""The style page: every component in all its states, for whoever builds the next page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tongxin.kernel import clock
from tongxin.surfaces.kit.rendering import render
from tongxin.surfaces.kit.styles_map import map_samples
from tongxin.surfaces.kit.styles_plan import plan_sample

FRAMES = ("desk", "phone", "public")


def styles(request: HttpRequest) -> HttpResponse:
    """Show the kit; ``?frame=desk|phone|public`` chooses the layout it is shown in."""
    asked = request.GET.get("frame", "desk")
    context = samples() | {"frame": asked if asked in FRAMES else "desk"}
    response = render(request, "kit/styles.html", context)
    theme = request.GET.get("theme", "")
    if theme in ("light", "dark"):
        response.set_cookie("theme", theme, samesite="Lax")
    return response


def samples() -> dict[str, Any]:
    """Return invented content for every component; moments are relative to the clock."""
    now = clock.now()
    return {
        "now": now,
        "soon": now + dt.timedelta(minutes=4, seconds=5),
        "shortly": now + dt.timedelta(seconds=40),
        "over": now - dt.timedelta(seconds=95),
        "queue_items": queue_items(now),
        "entries": timeline_entries(now),
        "plan_parts": plan_parts(),
        "members": members(now),
        "map_samples": map_samples(),
        "floor_plan": plan_sample(),
    }


def long_name() -> str:
    """Return a place whose name is too long for any row."""
    return _("The third pumping station north-west of Upper Willow Bay village, by the canal")


def queue_items(now: dt.datetime) -> list[dict[str, Any]]:
    """Return four incidents: waiting, on the way, broken with a long place, and done."""
    minutes = dt.timedelta(minutes=1)
    return [
        {"url": "#q1", "ref": "1", "kind": "lost_person", "kind_label": _("Lost person"),
         "place": _("Lotus Garden, block 3, downstairs"), "what": _("A boy of about five, alone"),
         "state": "waiting", "due": now + minutes, "clock_label": _("Time left to accept"),
         "who": "", "at": now - dt.timedelta(seconds=20), "new": True},
        {"url": "#q2", "ref": "2", "kind": "dispute", "kind_label": _("Dispute"),
         "place": _("Market Street 18"), "what": _("Two stalls, one parking place"),
         "state": "coming", "due": now + 3 * minutes, "clock_label": _("Time left to arrive"),
         "who": _("Officer Zhao, 2 min"), "at": now - 2 * minutes, "merged": 2},
        {"url": "#q3", "ref": "3", "kind": "hazard", "kind_label": _("Hazard"),
         "place": long_name(),
         "what": _("Cable cut through, the pump stands still, ten villages wait for water"),
         "state": "broken", "due": now - 2 * minutes, "clock_label": _("Time left to arrive"),
         "who": _("Village officer Ouyang"), "at": now - 9 * minutes},
        {"url": "#q4", "ref": "4", "kind": "enquiry", "kind_label": _("Enquiry"),
         "place": _("Station window"), "what": "", "state": "done", "due": None,
         "clock_label": "", "who": _("Auxiliary Sun"), "at": now - 55 * minutes},
    ]  # fmt: skip


def timeline_entries(now: dt.datetime) -> list[dict[str, Any]]:
    """Return the lines of one incident, newest first."""
    minutes = dt.timedelta(minutes=1)
    return [
        {"at": now - minutes, "text": _("arrived after 2 min"), "by": _("Officer Zhao"),
         "state": "there"},
        {"at": now - 3 * minutes, "text": _("departed"), "by": _("Officer Zhao"),
         "state": "coming"},
        {"at": now - 4 * minutes, "text": _("no answer within one minute, the next was asked"),
         "by": "", "state": "broken"},
        {"at": now - 5 * minutes, "text": _("reported by telephone"), "by": _("Dispatcher Wu"),
         "note": _("The caller waits at the gate and waves.")},
    ]  # fmt: skip


def plan_parts() -> dict[str, list[dict[str, Any]]]:
    """Return a response plan: a village officer first, the officer leads, a crew supports."""
    return {
        "first": [
            {"surname": _("Zhang"), "role": "village_officer", "ground": _("Willow Bay village"),
             "phone": "13800000001", "minutes": 2, "mode": "foot", "state": "departed",
             "why": [_("nearest by road"), _("first aid"), _("free")], "ref": "a1"},
        ],
        "lead": [
            {"surname": _("Li"), "role": "community_officer", "ground": _("Beat 3"),
             "phone": "13800000002", "minutes": 10.2, "mode": "car", "state": "asked",
             "why": [_("whose ground it is")], "ref": "a2"},
        ],
        "support": [
            {"surname": _("Ouyang"), "role": "auxiliary", "ground": _("Crew 12"), "minutes": 6.5,
             "mode": "bicycle", "state": "declined", "why": [_("at a meal")], "refused": True,
             "estimate": True, "ref": "a3"},
        ],
    }  # fmt: skip


def members(now: dt.datetime) -> list[dict[str, Any]]:
    """Return rows for the table."""
    hour = dt.timedelta(hours=1)
    return [
        {"name": _("Li"), "role": "community_officer", "ground": _("Beat 3"), "open": 4,
         "seen": now - dt.timedelta(minutes=2), "state": "there"},
        {"name": _("Ouyang"), "role": "auxiliary",
         "ground": long_name(),
         "open": 12, "seen": now - 3 * hour, "state": "unknown"},
        {"name": _("Zhang"), "role": "village_officer", "ground": _("Willow Bay village"),
         "open": 0, "seen": now - 30 * hour, "state": "coming"},
    ]  # fmt: skip
