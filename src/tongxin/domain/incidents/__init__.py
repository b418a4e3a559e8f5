"""Incidents: everything that happens, with its kind's procedure, timeline and clocks.

Other apps react with ``incidents.on("incident.accepted")(handler)``, registered when the app is
ready; see ``events.Event`` for the names.
"""

from __future__ import annotations

from tongxin.domain.incidents.events import Event, emit, on

__all__ = ["Event", "emit", "on"]
