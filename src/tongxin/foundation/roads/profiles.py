"""Which ways and barriers each mode may pass, and how fast: pure rules on OpenStreetMap tags.

The meaning of the tags follows the OpenStreetMap wiki (Key:access, Key:oneway, Key:maxspeed,
Key:barrier). Speeds where the map states none are usual averages inside a city, junctions included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tongxin.foundation.roads.network import Mode

Tags = Mapping[str, str]

MODES = (Mode.FOOT, Mode.BICYCLE, Mode.CAR)
"""The order of the modes in every array of the package."""

CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "pedestrian", "cycleway", "footway", "steps", "track", "path",
    "ferry", "motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link",
    "passage",
)  # fmt: skip
"""Road classes; an array holds the position in this tuple. `passage` is the inside of a barrier."""

CLASS_CODE = {name: code for code, name in enumerate(CLASSES)}
_SAME_AS = {"road": "unclassified", "bridleway": "path", "crossing": "footway",
            "corridor": "footway", "platform": "footway", "busway": "service"}  # fmt: skip

CAR_KMH = {
    "motorway": 88.0, "trunk": 68.0, "primary": 52.0, "secondary": 45.0, "tertiary": 36.0,
    "unclassified": 27.0, "residential": 25.0, "living_street": 12.0, "service": 15.0,
    "track": 12.0, "ferry": 10.0, "motorway_link": 45.0, "trunk_link": 40.0, "primary_link": 32.0,
    "secondary_link": 28.0, "tertiary_link": 24.0, "passage": 15.0,
}  # fmt: skip
BICYCLE_KMH = {
    "steps": 2.0, "pedestrian": 8.0, "footway": 8.0, "path": 13.0, "track": 13.0, "ferry": 10.0,
    "living_street": 14.0, "service": 15.0,
}  # fmt: skip
BICYCLE_DEFAULT_KMH = 18.0
FOOT_KMH = {"steps": 3.0, "ferry": 10.0}
FOOT_DEFAULT_KMH = 4.7
LIMIT_KEPT = 0.8
"""Share of a signed limit that traffic in a city really drives."""
SIGNAL_MS = 2_000
"""Mean wait at traffic lights for cars, in milliseconds."""

_NO_CAR = {"pedestrian", "cycleway", "footway", "steps", "path"}
_NO_BICYCLE = {"motorway", "motorway_link", "footway", "steps"}
_NO_FOOT = {"motorway", "motorway_link"}
_NOT_ROADS = {"construction", "proposed", "planned", "abandoned", "razed", "disused", "raceway",
              "elevator", "rest_area", "services", "bus_guideway", "escape", "bus_stop",
              "street_lamp", "emergency_bay", "no"}  # fmt: skip

_PASSABLE_WORKS = {"no", "minor", "widening", "completed"}

_ACCESS_KEYS = {
    Mode.CAR: ("access", "vehicle", "motor_vehicle", "motorcar"),
    Mode.BICYCLE: ("access", "vehicle", "bicycle"),
    Mode.FOOT: ("access", "foot"),
}
_SHUT = {"no", "private", "agricultural", "forestry", "use_sidepath", "military", "emergency",
         "psv", "bus", "delivery;no"}  # fmt: skip
_OPEN = {"yes", "permissive", "designated", "official", "destination", "customers", "delivery",
         "permit", "residents", "dismount", "public"}  # fmt: skip

_CAR_PASSES = {"gate", "lift_gate", "swing_gate", "toll_booth", "cattle_grid", "border_control",
               "entrance", "height_restrictor", "sally_port", "no", "arch", "kerb", "rope",
               "sliding_gate", "bump_gate"}  # fmt: skip
_BICYCLE_STOPS = {"stile", "turnstile", "kissing_gate", "full-height_turnstile", "wall", "fence",
                  "debris", "hedge", "retaining_wall", "city_wall"}  # fmt: skip
_FOOT_STOPS = {"wall", "fence", "hedge", "retaining_wall", "city_wall"}

_ZONE_KMH = {"urban": 50.0, "rural": 80.0, "motorway": 120.0, "trunk": 100.0, "living_street": 10.0,
             "zone30": 30.0, "zone:30": 30.0, "walk": 6.0, "expressway": 100.0}  # fmt: skip
_FIGURE = re.compile(r"^(\d{1,3}(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_UNIT_KMH = {"mph": 1.609344, "knots": 1.852}
_SPEED_RANGE_KMH = (3.0, 150.0)


@dataclass(frozen=True, slots=True)
class WayRule:
    """What a way allows: km/h there and back for each of `MODES`, 0.0 where it is shut."""

    road_class: int
    forward: tuple[float, float, float]
    backward: tuple[float, float, float]


def speed_limit_kmh(text: str | None) -> float | None:
    """Read a `maxspeed` value in km/h; None when it states no figure (`none`, `signals`, …)."""
    if not text:
        return None
    value = text.split(";")[0].strip().lower()
    found = _FIGURE.match(value)
    if found is None:
        return _ZONE_KMH.get(value.split(":", 1)[-1] if ":" in value else value)
    kmh = float(found[1]) * _UNIT_KMH.get(found[2] or "", 1.0)
    low, high = _SPEED_RANGE_KMH
    return kmh if low <= kmh <= high else None


def _being_built(tags: Tags) -> bool:
    """Tell whether a road in service by its class is marked as a building site all the same."""
    return tags.get("construction", "no") not in _PASSABLE_WORKS or tags.get("proposed") == "yes"


def road_class(tags: Tags) -> str | None:
    """Name the road class of a way, or None when nobody travels on it."""
    if tags.get("route") == "ferry" and "highway" not in tags:
        return "ferry"
    highway = tags.get("highway")
    if highway is None or highway in _NOT_ROADS or _being_built(tags):
        return None
    highway = _SAME_AS.get(highway, highway)
    return highway if highway in CLASS_CODE else "path"


def _stated_access(tags: Tags, mode: Mode) -> bool | None:
    """Read the access keys from the general to the particular; the last known value counts."""
    answer: bool | None = None
    for key in _ACCESS_KEYS[mode]:
        value = tags.get(key)
        if value in _SHUT:
            answer = False
        elif value in _OPEN:
            answer = True
    return answer


def _particular(tags: Tags, mode: Mode) -> bool | None:
    """Read only the key of the mode itself, which can open what its class shuts."""
    keys = _ACCESS_KEYS[mode][1:]
    return _stated_access({key: tags[key] for key in keys if key in tags}, mode)


def _may_use(tags: Tags, name: str, mode: Mode) -> bool:
    if mode is Mode.CAR and (name in _NO_CAR or tags.get("highway") == "busway"):
        return _particular(tags, mode) is True and name not in {"steps", "footway", "cycleway"}
    if mode is Mode.CAR and name == "ferry":
        return _particular(tags, mode) is True
    if mode is not Mode.CAR and tags.get("motorroad") == "yes":
        return False
    closed_class = _NO_BICYCLE if mode is Mode.BICYCLE else _NO_FOOT
    if mode is not Mode.CAR and name in closed_class:
        return _particular(tags, mode) is True
    if mode is Mode.BICYCLE and name == "pedestrian":
        return _stated_access(tags, mode) is not False
    return _stated_access(tags, mode) is not False


def _oneway(tags: Tags, name: str) -> int:
    """Tell the way's direction for vehicles: 1 along, -1 against, 0 both, 2 neither for certain."""
    value = tags.get("oneway")
    if value in {"yes", "1", "true"}:
        return 1
    if value in {"-1", "reverse"}:
        return -1
    if value in {"reversible", "alternating"}:
        return 2
    implied = name in {"motorway", "motorway_link"} or tags.get("junction") in {
        "roundabout",
        "circular",
    }
    return 1 if implied and value not in {"no", "0", "false"} else 0


def _bicycle_oneway(tags: Tags, general: int) -> int:
    own = tags.get("oneway:bicycle")
    if own is not None:
        return {"yes": 1, "1": 1, "true": 1, "-1": -1}.get(own, 0)
    lanes = (tags.get(key, "") for key in ("cycleway", "cycleway:left", "cycleway:right",
                                           "cycleway:both"))  # fmt: skip
    if any(lane.startswith("opposite") for lane in lanes):
        return 0
    return general


def _directions(tags: Tags, name: str, mode: Mode) -> tuple[bool, bool]:
    if mode is Mode.FOOT:
        along = {"yes": 1, "-1": -1}.get(tags.get("oneway:foot", ""), 0)
    else:
        along = _oneway(tags, name)
    if mode is Mode.BICYCLE:
        along = _bicycle_oneway(tags, along)
    return along in (0, 1), along in (0, -1)


def _car_kmh(tags: Tags, name: str, side: str) -> float:
    usual = CAR_KMH.get(name, 10.0)
    limit = speed_limit_kmh(tags.get(f"maxspeed:{side}")) or speed_limit_kmh(tags.get("maxspeed"))
    if limit is None:
        return usual
    if name in {"service", "living_street", "track"} or name.endswith("_link"):
        return min(limit * LIMIT_KEPT, usual * 1.6)
    return limit * LIMIT_KEPT


def _kmh(tags: Tags, name: str, mode: Mode, side: str) -> float:
    if mode is Mode.CAR:
        return _car_kmh(tags, name, side)
    if mode is Mode.BICYCLE:
        return BICYCLE_KMH.get(name, BICYCLE_DEFAULT_KMH)
    return FOOT_KMH.get(name, FOOT_DEFAULT_KMH)


def way_rule(tags: Tags) -> WayRule | None:
    """Judge one way; None when no mode may use it or it is no road at all."""
    name = road_class(tags)
    if name is None:
        return None
    forward, backward = [], []
    for mode in MODES:
        allowed = _may_use(tags, name, mode)
        along, against = _directions(tags, name, mode)
        forward.append(_kmh(tags, name, mode, "forward") if allowed and along else 0.0)
        backward.append(_kmh(tags, name, mode, "backward") if allowed and against else 0.0)
    if not any(forward) and not any(backward):
        return None
    return WayRule(
        CLASS_CODE[name],
        (forward[0], forward[1], forward[2]),
        (backward[0], backward[1], backward[2]),
    )


def _barrier_stops(tags: Tags, kind: str, mode: Mode) -> bool:
    stated = _stated_access(tags, mode)
    if stated is not None:
        return not stated
    if mode is Mode.CAR:
        return kind not in _CAR_PASSES and tags.get("bollard") != "rising"
    return kind in (_BICYCLE_STOPS if mode is Mode.BICYCLE else _FOOT_STOPS)


def barrier_rule(tags: Tags) -> tuple[bool, bool, bool] | None:
    """Tell which of `MODES` a barrier lets through; None when it stops nobody."""
    kind = tags.get("barrier")
    if kind is None:
        return None
    passes = [not _barrier_stops(tags, kind, mode) for mode in MODES]
    return None if all(passes) else (passes[0], passes[1], passes[2])
