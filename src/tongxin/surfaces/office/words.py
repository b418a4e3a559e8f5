"""Codes in the words of the trade, and rows as the office's tables show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents.selectors import QueueRow
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.territory.models import Level

Words = Mapping[str, str | Promise]

LOOKS = {"on_the_way": "coming"}
"""The domain's looks that the kit calls otherwise."""

WHERE_HEAD = (
    _("Who"), _("State"), _("Place"), _("Crew"), _("Telephone"), _("On duty since"),
    _("Last position"),
)  # fmt: skip

ACTS: Words = {
    "accept": _("Accept"),
    "depart": _("Depart"),
    "arrive": _("Arrive"),
    "give_back": _("Give back"),
    "hand_over": _("Hand over"),
    "take": _("Take over"),
    "refuse": _("Refuse, with a reason"),
    "close": _("Settle and close"),
    "merge": _("Merge"),
    "reopen": _("Reopen"),
    "search": _("Search for the person"),
    "quick": _("Quick way"),
    "mediate": _("Mediate"),
    "order": _("Order to mend"),
    "mended": _("Said to be mended"),
    "still_there": _("Still there"),
    "follow": _("Follow up"),
    "publish": _("Tell people"),
    "report": _("Report"),
    "escalate": _("Carried up"),
    "triage": _("Sort out"),
    "split": _("Split"),
}
CLOCKS: Words = {
    "accept": _("to accept"),
    "arrive": _("to arrive"),
    "hand_over": _("to answer a hand-over"),
    "greet": _("to greet"),
    "settle": _("to settle"),
    "quick": _("to clear the road"),
    "mend": _("to mend"),
    "check": _("to check again"),
    "answer": _("to answer"),
    "close": _("to close"),
}
PARTS: Words = {"first": _("First on scene"), "lead": _("Lead"), "support": _("Support")}
CHANNELS: Words = {"call": _("Telephone call"), "sms": _("SMS"), "page": _("Message on the page")}
MESSAGES: Words = {
    "assignment.asked": _("Asked to accept"),
    "assignment.moved": _("Place corrected"),
    "assignment.released": _("Called back"),
    "assignment.support": _("Asked for support"),
    "incident.escalated": _("Carried up"),
    "incident.reopened": _("Reopened"),
    "incident.handed_over": _("Handed over"),
    "incident.hand_over_refused": _("Hand-over refused"),
    "incident.need_help": _("Help needed on scene"),
    "incident.to_know": _("To know"),
    "rights.code": _("Code to see one's own data"),
    "rights.received": _("Request about own data received"),
    "rights.answered": _("Request about own data done"),
    "rights.refused": _("Request about own data refused"),
    "rights.new": _("New rights request"),
    "rights.remind": _("Rights request nearly due"),
    "rights.expired": _("Rights request late"),
    "rights.put_right": _("Correction done by the officer"),
    "channel.test": _("Test message"),
    "recalled": _("Recall"),
}
OUTCOMES: Words = {
    "busy": _("the line is busy"),
    "no_answer": _("nobody answered"),
    "rejected": _("the gateway refuses it"),
    "unreachable": _("the gateway does not answer"),
    "throttled": _("sent too many at a time"),
    "no_address": _("no telephone number"),
    "not_configured": _("no gateway"),
}
"""What became of a try to send, by the first word that the channels note."""
SYSTEM_PARTS: Words = {
    "data": _("Data folder"),
    "disk": _("Disk"),
    "keys": _("Encryption keys"),
    "database": _("Database"),
    "roles": _("Database role"),
    "schema": _("Tables"),
    "clock": _("System clock"),
    "map": _("Map"),
    "channels": _("Ways out"),
    "pages": _("Pages"),
    "words": _("Language"),
    "worker": _("Worker"),
}
CLOSURE_REASONS: Words = {
    "works": _("Road works"),
    "accident": _("Accident"),
    "flood": _("Water on the road"),
    "event": _("Event"),
    "fire": _("Fire"),
    "other": _("Other"),
}
ROADS: Words = {
    "motorway": _("Motorway"),
    "trunk": _("Trunk road"),
    "primary": _("Main road"),
    "secondary": _("Secondary road"),
    "tertiary": _("Connecting road"),
    "unclassified": _("Minor road"),
    "residential": _("Residential street"),
}
RIGHTS: Mapping[Permission, str | Promise] = {
    Permission.SEE_INCIDENTS: _("see incidents of the area"),
    Permission.SEE_OWN_INCIDENTS: _("see own incidents"),
    Permission.REPORT: _("report"),
    Permission.TRIAGE: _("sort out, merge, split"),
    Permission.HAND_OVER: _("hand over"),
    Permission.RESPOND: _("accept, depart, arrive"),
    Permission.CLOSE: _("close incidents"),
    Permission.NOTE: _("add notes and photos"),
    Permission.REVEAL: _("read reporters' words, for a purpose"),
    Permission.BREAK_GLASS: _("break-glass look-up"),
    Permission.GO_ON_DUTY: _("go on duty"),
    Permission.DISPATCH: _("choose who goes"),
    Permission.SEE_POSITIONS: _("see positions on duty"),
    Permission.MANAGE_CALL_PLAN: _("change call plans"),
    Permission.SEE_REGISTER: _("use floor plans, for a purpose"),
    Permission.TEND_REGISTER: _("keep floor plans and the contacts entered oneself"),
    Permission.APPROVE_LOOKS: _("approve looks at minors, review break-glass"),
    Permission.SEE_MEMBERS: _("see members"),
    Permission.SEE_MEASURES: _("see the station's page and promises"),
    Permission.SEE_FAULTS: _("see faults of the ground"),
    Permission.SEE_KINDS: _("see kinds"),
    Permission.IMPORT_INCIDENTS: _("import incidents"),
    Permission.MANAGE_TERRITORY: _("change the ground"),
    Permission.MANAGE_KINDS: _("change kinds"),
    Permission.MANAGE_SYSTEM: _("look after the system"),
    Permission.MANAGE_MEMBERS: _("manage members"),
    Permission.MANAGE_GRANTS: _("manage grants"),
    Permission.MANAGE_TOKENS: _("manage tokens"),
    Permission.SEE_AUDIT: _("read the trail"),
}


def of(words: Words, code: str) -> str:
    """Return the words for a code; a code that a district added shows as it is."""
    return str(words.get(code, code))


def role_name(code: str) -> str:
    """Return a role's name."""
    return str(Role(code).label) if code in Role.values else code


def level_name(code: str) -> str:
    """Return a level's name."""
    return str(Level(code).label) if code in Level.values else code


def look(code: str) -> str:
    """Return the kit's state code for a domain's look."""
    return LOOKS.get(code, code)


def waiting_row(row: QueueRow) -> dict[str, Any]:
    """Return an incident that waits, for the table of the longest waiting."""
    return {
        "number": row.number,
        "kind": row.kind,
        "kind_words": str(row.kind_of.words),
        "place": row.place,
        "state": look(row.look),
        "state_words": row.state_words,
        "at": row.opened_at,
        "due": row.next_due_at,
        "minutes": row.waited.total_seconds() / 60,
    }


def where_row(row: dispatch.WhereRow) -> dict[str, Any]:
    """Return somebody on duty, for the table of who is where."""
    return {
        "title": row.title,
        "state": "unknown" if row.state == "free" else look(row.look),
        "state_words": row.state_name,
        "place": row.place,
        "crew": row.crew,
        "phone": row.phone,
        "seen": row.position_at,
        "incident": row.incident_number,
    }


def crew_row(crew: dispatch.CrewRow) -> dict[str, Any]:
    """Return a crew, for the table of crews."""
    return {
        "name": crew.name,
        "state": "unknown" if crew.state in ("free", "off_duty") else look(crew.look),
        "state_words": str(CREW_STATES.get(crew.state, "")),
        "people": crew.on_duty,
        "mode": crew.mode,
        "incident": crew.incident_number,
    }


CREW_STATES: Words = {
    "free": _("Free"),
    "off_duty": _("Off duty"),
    "asked": _("Asked"),
    "accepted": _("Accepted"),
    "departed": _("On the way"),
    "arrived": _("On scene"),
}
