"""The kinds and urgencies that demo calls speak of, and how foreign call types map to them.

The two tables below are judgements, not data: an American police category is laid beside the kind
that a Chinese district would file the same call under. They are used by the figures and by the
real-input readers alike, so that one mapping serves both.
"""

from __future__ import annotations

import enum


class CallKind(enum.StrEnum):
    """The kinds of incident that people call about."""

    EMERGENCY = "emergency"
    HELP = "help"
    LOST_PERSON = "lost_person"
    DISPUTE = "dispute"
    ACCIDENT = "accident"
    HAZARD = "hazard"
    TIP = "tip"
    ENQUIRY = "enquiry"
    SERVICE_REQUEST = "service_request"
    NOTICE = "notice"


class CallUrgency(enum.StrEnum):
    """How soon somebody must be there."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def number(self) -> int:
        """Return the urgency as incidents count it: 3 high, 2 medium, 1 low."""
        return {"high": 3, "medium": 2, "low": 1}[self.value]


_K = CallKind

# Portland police, column FinalCallCategory of the response-times file.
POLICE_CATEGORIES: dict[str, CallKind] = {
    "Alarm": _K.EMERGENCY,
    "Animal Problem": _K.SERVICE_REQUEST,
    "Area/Premise Check": _K.SERVICE_REQUEST,
    "Arson": _K.EMERGENCY,
    "Assault": _K.EMERGENCY,
    "Assist": _K.HELP,
    "Burglary": _K.EMERGENCY,
    "Civil": _K.DISPUTE,
    "Collision": _K.ACCIDENT,
    "Community Policing": _K.NOTICE,
    "DUII": _K.EMERGENCY,
    "Detail Patrol": _K.NOTICE,
    "Disorder": _K.DISPUTE,
    "Disturbance": _K.DISPUTE,
    "Escape/Pursuit": _K.EMERGENCY,
    "Fireworks": _K.HAZARD,
    "Flagdown": _K.HELP,
    "Follow Up": _K.ENQUIRY,
    "Fraud": _K.TIP,
    "Harassment": _K.DISPUTE,
    "Hazard": _K.HAZARD,
    "Illegal Dumping": _K.HAZARD,
    "Juvenile Problem": _K.HELP,
    "Missing Person": _K.LOST_PERSON,
    "Other": _K.ENQUIRY,
    "Parking Problem": _K.SERVICE_REQUEST,
    "Robbery": _K.EMERGENCY,
    "School Incident": _K.DISPUTE,
    "Shots Fired": _K.EMERGENCY,
    "Stolen Vehicle": _K.HELP,
    "Subject Stop": _K.ENQUIRY,
    "Suspicious": _K.TIP,
    "Theft": _K.HELP,
    "Threat": _K.DISPUTE,
    "Traffic Stop": _K.ACCIDENT,
    "TriMet": _K.HELP,
    "Unwanted Person": _K.DISPUTE,
    "Vandalism": _K.HELP,
    "Vice": _K.TIP,
    "Warrant": _K.EMERGENCY,
    "Welfare Check": _K.HELP,
}

# San Francisco fire, column Call Type.
FIRE_CALL_TYPES: dict[str, CallKind] = {
    "Alarms": _K.HAZARD,
    "Assist Police": _K.EMERGENCY,
    "Citizen Assist / Service Call": _K.SERVICE_REQUEST,
    "Electrical Hazard": _K.HAZARD,
    "Elevator / Escalator Rescue": _K.HELP,
    "Fuel Spill": _K.HAZARD,
    "Gas Leak (Natural and LP Gases)": _K.HAZARD,
    "Medical Incident": _K.EMERGENCY,
    "Odor (Strange / Unknown)": _K.HAZARD,
    "Other": _K.HELP,
    "Outside Fire": _K.HAZARD,
    "Smoke Investigation (Outside)": _K.HAZARD,
    "Structure Fire": _K.EMERGENCY,
    "Traffic Collision": _K.ACCIDENT,
    "Vehicle Fire": _K.EMERGENCY,
    "Water Rescue": _K.EMERGENCY,
}

# The first word of a title in Portland's 911 feed, and of CASE_DESC in the 2012 calls.
_FEED_WORDS: dict[str, CallKind] = {
    "ACCIDENT": _K.ACCIDENT,
    "ALMCOM": _K.HAZARD,
    "AREA": _K.SERVICE_REQUEST,
    "ASSAULT": _K.EMERGENCY,
    "BURGLARY": _K.EMERGENCY,
    "DISTURBANCE": _K.DISPUTE,
    "FIRE": _K.EMERGENCY,
    "GANG": _K.EMERGENCY,
    "HAZARD": _K.HAZARD,
    "MED": _K.EMERGENCY,
    "MISCF": _K.HAZARD,
    "PARKING": _K.SERVICE_REQUEST,
    "PREMISE": _K.SERVICE_REQUEST,
    "ROBBERY": _K.EMERGENCY,
    "SHOOTING": _K.EMERGENCY,
    "SHOTS": _K.EMERGENCY,
    "STABBING": _K.EMERGENCY,
    "SUSPICIOUS": _K.TIP,
    "TA1": _K.ACCIDENT,
    "TA1PED": _K.ACCIDENT,
    "THEFT": _K.HELP,
    "THREAT": _K.DISPUTE,
    "TRIMET": _K.HELP,
    "UNWANTED": _K.DISPUTE,
    "VANDALISM": _K.HELP,
    "VEHICLE": _K.HELP,
    "VICE": _K.TIP,
}


def kind_of_title(title: str) -> CallKind:
    """Map a title such as ``"THEFT - COLD"`` to our kind; an unknown one asks for help."""
    first = title.replace("-", " ").split()
    return _FEED_WORDS.get(first[0].upper(), CallKind.HELP) if first else CallKind.HELP


def urgency_of_title(title: str) -> CallUrgency:
    """Read the urgency that the dispatcher wrote into a title.

    ``*H`` and "with weapon", injuries and medical calls are high; ``PRIORITY`` medium; ``COLD``
    (it is over, nobody is there any more) low.
    """
    words = title.upper()
    if "COLD" in words or "NON INJURY" in words:
        return CallUrgency.LOW
    if words.startswith(("MED", "TA1", "FIRE")) or "*H" in words or "INJURY" in words:
        return CallUrgency.HIGH
    return CallUrgency.MEDIUM
