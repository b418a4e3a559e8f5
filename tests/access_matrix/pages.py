"""The table of pages: every named address of the resolver, with whose it is.

An address that is not listed fails ``test_every_address_is_listed``. To list one, add its name here
with the rights that open it (``need``), whether what it is about must be in sight (``sees``), the
right for the act itself (``then``), and data with which the act could be done.
"""

from __future__ import annotations

from typing import Any

from access_matrix.cast import Actor
from access_matrix.knocking import Row, incident_in_sight, on_own_ground, rows
from tongxin.foundation.access.roles import Permission as P

SEEN = {"sees": incident_in_sight}
NUMBER = {"number": "number"}
ENQUIRY = {"number": "enquiry"}
PHOTO = {"number": "number", "token": "photo"}

PORTAL: list[Row] = [
    *(
        row
        for name in ("portal_home", "portal_services", "portal_ask", "portal_privacy", "report")
        for row in rows(name, "GET", public=True)
    ),
    *rows("portal_ask_found", "POST", public=True, data={"what": "怎么办居住证"}),
    *rows(
        "portal_ask_send",
        "POST",
        public=True,
        data={"what": "怎么办居住证", "lon": "$lon", "lat": "$lat"},
    ),
    *rows("report_where", "GET", "POST", public=True, data={"kind": "help"}),
    *rows("report_what", "POST", public=True, data={"kind": "help", "lon": "$lon", "lat": "$lat"}),
    *rows("report_send", "POST", public=True, data={"kind": "help", "lon": "$lon", "lat": "$lat"}),
    *rows("status", "GET", public=True, args={"token": "public"}),
    *rows("status_photos", "POST", public=True, args={"token": "public"}),
    *rows("status_rate", "POST", public=True, args={"token": "public"}),
    *rows("follow", "GET", "POST", public=True),
    *rows("my_officer", "GET", "POST", public=True),
    *rows("my_data", "GET", public=True),
    *rows("my_data_code", "POST", public=True, data={"phone": "13700001111"}),
    # without a visit of one's own these lead back to its beginning, and no link opens a copy
    *rows("my_data_enter", "POST", public=True, data={"code": "123456"}),
    *rows("my_data_ask", "POST", public=True, data={"kind": "copy"}),
    *rows("my_data_leave", "POST", public=True),
    *rows("my_data_copy", "GET", public=True, always=404, args={"token": "=x:y:z"}),
    *rows("welcome", "GET", "POST", public=True),
    *rows("welcome_seen", "GET", public=True, args={"token": "newcomer"}),
]

KIT: list[Row] = [
    *rows("healthz", "GET", public=True),
    *rows("readyz", "GET", public=True),
    *rows("metrics", "GET", public=True),
    *rows("home", "GET"),
    *rows("home_questions", "GET"),
    *rows("home_looks", "GET"),
    *rows("home_incident", "GET", args=NUMBER),
    *rows("language", "POST", public=True),
    *rows("live_ticket", "POST"),
    *rows("alive", "POST"),
    *rows("map_style", "GET", public=True),
    *rows("map_tile", "GET", public=True, always=404, args={"z": "=1", "x": "=1", "y": "=1"}),
    *rows("places", "GET", public=True),
    *rows("desk_found", "POST", need=[P.CLOSE], data={"q": "居住证"}),
]

_DESK = (P.DISPATCH, P.SEE_POSITIONS)
_ACTS = (P.DISPATCH, P.TRIAGE, P.NOTE)


def _act(act: str, right: P, number: str = "number", **data: str) -> list[Row]:
    args = {"number": number, "act": f"={act}"}
    return rows("console_act", "POST", need=_ACTS, **SEEN, then=[right], args=args, data=data)


CONSOLE: list[Row] = [
    *(
        row
        for name in (
            *("console", "console_queue", "console_areas"),
            *("console_incidents", "console_people"),
        )
        for row in rows(name, "GET", need=_DESK)
    ),
    *rows("console_search", "GET", need=_DESK, data={"q": "$number"}),
    *rows("console_incident", "GET", need=_DESK, **SEEN, args=NUMBER),
    *rows("console_photo", "GET", need=_DESK, **SEEN, then=[P.REVEAL], args=PHOTO),
    *rows("console_contact", "POST", need=_DESK, **SEEN, then=[P.REVEAL], args=NUMBER),
    *_act("note", P.NOTE, words="看过了"),
    *_act("triage", P.TRIAGE, urgency="3"),
    *_act("correct_place", P.TRIAGE, lon="$lon", lat="$lat"),
    *_act("close", P.CLOSE, outcome="helped"),
    *_act("merge", P.TRIAGE, into="$other_number"),
    *_act("split", P.TRIAGE, kind="help", words="另一件"),
    *_act("hand_over", P.HAND_OVER, to_area="$village"),
    *_act("take", P.HAND_OVER, "handed"),
    *_act("refuse", P.HAND_OVER, "handed", reason_code="not_ours"),
    *_act("reopen", P.CLOSE),
    *_act("propose", P.DISPATCH),
    *_act("add_photo", P.NOTE),
    *_act("give_back", P.RESPOND),
    *rows(
        "console_overrule",
        "POST",
        need=_ACTS,
        **SEEN,
        then=[P.DISPATCH],
        args=NUMBER,
        data={"member": "$colleague", "role": "first", "reason_code": "safety"},
    ),
    # nobody takes back what another has done
    *rows("console_undo", "POST", need=_ACTS, **SEEN, always=403, args=NUMBER),
    *rows(
        "console_undo_plan",
        "POST",
        need=_ACTS,
        **SEEN,
        then=[P.DISPATCH],
        args={"plan_id": "plan"},
    ),
    *rows(
        "console_answer",
        "POST",
        need=_ACTS,
        sees=lambda actor: incident_in_sight(actor) and P.DISPATCH in actor.holds,
        args={"assignment_id": "assignment", "answer": "=accept"},
        data={"number": "$number"},
    ),
    *rows("console_new", "GET", need=[P.REPORT]),
    *rows(
        "console_new",
        "POST",
        need=[P.REPORT],
        data={"kind": "help", "lon": "$lon", "lat": "$lat", "what": "有人摔倒"},
    ),
    *rows("console_duplicates", "GET", need=[P.REPORT], data={"lon": "$lon", "lat": "$lat"}),
    *rows("console_calls", "GET", need=[P.DISPATCH, P.SEE_POSITIONS, P.RESPOND]),
    *rows(
        "console_call_incident",
        "POST",
        need=[P.DISPATCH, P.RESPOND],
        sees=on_own_ground,
        then=[P.REPORT],
        args={"call_id": "call"},
    ),
    *rows("console_candidates", "GET", need=_DESK, **SEEN, args=NUMBER),
    *rows("console_routes", "GET", need=_DESK, **SEEN, args=NUMBER),
]

_ON_FOOT = (P.RESPOND, P.REPORT)


def _field(name: str, right: P, args: dict[str, str] = NUMBER, **data: str) -> list[Row]:
    return rows(name, "POST", need=_ON_FOOT, **SEEN, then=[right], args=args, data=data)


_PLACES = (P.TRIAGE, P.DISPATCH)

FIELD: list[Row] = [
    *(
        row
        for name in ("field", "field_map", "field_map_incidents", "field_messages", "field_report")
        for row in rows(name, "GET", need=_ON_FOOT)
    ),
    *rows("field_asked", "GET", need=[P.CLOSE]),
    *rows("field_asked_one", "GET", need=[P.CLOSE], **SEEN, args=ENQUIRY),
    *rows(
        "field_asked_one",
        "POST",
        need=[P.CLOSE],
        **SEEN,
        then=[P.CLOSE],
        args=ENQUIRY,
        data={"text": "带身份证来"},
    ),
    *rows("field_me", "GET", need=_ON_FOOT),
    *rows("field_duty_on", "POST", need=[P.GO_ON_DUTY], data={"mode": "foot"}),
    *rows("field_duty_off", "POST", need=[P.GO_ON_DUTY]),
    *rows("field_positions", "POST", need=[P.GO_ON_DUTY]),
    # an alert's link leads back to one's day when the task is another's
    *rows("field_task", "GET", need=_ON_FOOT, args={"assignment_id": "assignment"}),
    *rows(
        "field_answer",
        "POST",
        need=[P.RESPOND],
        sees=lambda actor: incident_in_sight(actor) and P.DISPATCH in actor.holds,
        args={"assignment_id": "assignment", "answer": "=accept"},
    ),
    *rows("field_incident", "GET", need=_ON_FOOT, **SEEN, args=NUMBER),
    *rows("field_way", "GET", need=_ON_FOOT, **SEEN, args=NUMBER),
    *rows("field_contact", "POST", need=_ON_FOOT, **SEEN, then=[P.REVEAL], args=NUMBER),
    *rows("field_photo", "GET", need=_ON_FOOT, **SEEN, then=[P.REVEAL], args=PHOTO),
    *rows("field_place", "GET", need=_ON_FOOT, **SEEN, then=_PLACES, args=NUMBER),
    *rows(
        "field_place",
        "POST",
        need=_ON_FOOT,
        **SEEN,
        then=_PLACES,
        args=NUMBER,
        data={"lon": "$lon", "lat": "$lat"},
    ),
    *_field("field_note", P.NOTE, words="看过了"),
    *_field("field_add_photo", P.NOTE),
    *_field("field_close", P.CLOSE, outcome="helped"),
    *_field("field_step", P.RESPOND, {"number": "number", "act": "=give_back"}),
    *_field("field_hand_over", P.HAND_OVER, to_area="$village"),
    *_field("field_hand_over_answer", P.HAND_OVER, {"number": "handed"}, accept="yes"),
    # another's alert is never marked; nothing says whether it is there
    *rows("field_message_shown", "POST", need=_ON_FOOT, args={"delivery_id": "delivery"}),
    *rows(
        "field_call_incident",
        "POST",
        need=_ON_FOOT,
        sees=on_own_ground,
        then=[P.REPORT],
        args={"call_id": "call"},
    ),
    *rows(
        "field_report",
        "POST",
        need=_ON_FOOT,
        then=[P.REPORT],
        data={"kind": "help", "lon": "$lon", "lat": "$lat", "what": "有人摔倒"},
    ),
]

_PLANS = (P.SEE_REGISTER, P.TEND_REGISTER)
_FLAT = {"flat_id": "flat"}
_RESIDENT = {"flat_id": "flat", "resident_id": "resident"}
_CONSENT = {"basis": "consent", "consented": "1"}


def _home(name: str, method: str, args: dict[str, str], **more: Any) -> list[Row]:
    """Off one's ground there is no such home; on it, the register's rights open it."""
    return rows(name, method, need=_PLANS, sees=on_own_ground, args=args, **more)


def _person(name: str, args: dict[str, str], **data: str) -> list[Row]:
    """Whom the officer entered, a grid worker without a register grant does not amend."""
    return _home(name, "POST", args, then=[P.SEE_REGISTER], data=data)


def _looks(name: str, method: str, args: dict[str, str], **more: Any) -> list[Row]:
    """Looked at also through broken glass, so 404 comes first for those who may break it."""
    need = (*_PLANS, P.BREAK_GLASS)
    return rows(name, method, need=need, sees=on_own_ground, then=_PLANS, args=args, **more)


HOMES: list[Row] = [
    *rows("field_homes", "GET", need=_PLANS),
    *rows("field_homes", "POST", need=_PLANS, data={"q": "3-1-101"}),
    *rows("field_questions", "GET", need=_PLANS),
    *_person("field_question_answer", {"question_id": "question"}, words="找到了"),
    *_looks("field_building", "GET", {"building_id": "building"}),
    *_home("field_building_edit", "POST", {"building_id": "building"}),
    *_looks("field_flat", "GET", _FLAT),
    *_looks("field_flat_open", "POST", _FLAT, data={"purpose": "find_owner"}),
    # there is no gateway here
    *_looks("field_ring", "POST", _RESIDENT, data={"purpose": "find_owner"}),
    *rows("field_glass", "GET", need=[P.BREAK_GLASS]),
    *rows(
        "field_glass",
        "POST",
        need=[P.BREAK_GLASS],
        data={"building": "$building", "because": "煤气泄漏，无人应门"},
    ),
    *rows("field_looks", "GET", need=_PLANS),
    *_person("field_protect", _RESIDENT),
    *_home("field_flat_change", "POST", _FLAT, data={"state": "let"}),
    *_home("field_flat_confirm", "POST", _FLAT),
    *_home("field_residents", "GET", _FLAT),
    *_home("field_resident_add", "POST", _FLAT, data={"part": "owner", "name": "李某"} | _CONSENT),
    *_person("field_care_end", {"flat_id": "flat", "care_id": "care"}),
    *_person("field_care_add", _RESIDENT, code="wheelchair", **_CONSENT),
    *_person("field_moved_out", _RESIDENT),
    *_person("field_withdraw", _RESIDENT),
    *_person("field_ask_look", _RESIDENT, because="找监护人"),
    *rows("field_incident_home", "GET", need=_PLANS, **SEEN, args=NUMBER),
    *rows("field_ask_home", "GET", need=[P.REVEAL], **SEEN, args=NUMBER),
    *rows("field_ask_home", "POST", need=[P.REVEAL], **SEEN, args=NUMBER, data={"words": "找儿子"}),
]
_CLASH = {"conflict_id": "clash"}

WITHOUT_SIGNAL: list[Row] = [
    *rows("field_visits_day", "GET", need=_PLANS),
    # a phone that is not registered, a body that is none: the interface's own refusals come after
    *rows("field_visits_take", "POST", need=_PLANS),
    *rows("field_visits_sync", "POST", need=_PLANS),
    *rows("field_visits_wiped", "POST", need=_PLANS),
    *rows("field_visits_devices", "GET", need=_PLANS),
    # another's phone is as if it were not there
    *rows(
        "field_device_revoke", "POST", need=_PLANS, always=404, args={"device_id": "offline_device"}
    ),
    *rows("field_visits_conflicts", "GET", need=_PLANS),
    *_home("field_conflict_settle", "POST", _CLASH, data={"choice": "now", "stamp": "0"}),
]
FIELD += HOMES + WITHOUT_SIGNAL

VISITS: list[Row] = [
    *rows("field_visits", "GET", need=_PLANS),
    # what a phone keeps and what it is installed by: the same for everybody, nobody's data
    *(
        row
        for name in ("field_no_signal", "field_worker", "field_manifest")
        for row in rows(name, "GET", public=True)
    ),
]
FIELD += VISITS

_MEMBERS = (P.SEE_MEMBERS, P.MANAGE_MEMBERS)
_MEMBER = {"member_id": "member"}
_TOP = (P.SEE_MEASURES,)
_ASKED = (P.ANSWER_RIGHTS, P.REVEAL)


def _colleague_in_sight(actor: Actor) -> bool:
    """Members of one's ground; whoever manages members manages all, those without a grant too."""
    return on_own_ground(actor) or P.MANAGE_MEMBERS in actor.holds


def _keeps(name: str, method: str, args: dict[str, str], **more: Any) -> list[Row]:
    """What an officer keeps of his ground at the desk; off it there is no such thing."""
    return rows(name, method, need=[P.SEE_REGISTER], sees=on_own_ground, args=args, **more)


def _decides(name: str, args: dict[str, str], **data: str) -> list[Row]:
    """What only a supervisor of the ground decides; off it there is no such thing."""
    return rows(name, "POST", need=[P.APPROVE_LOOKS], sees=on_own_ground, args=args, data=data)


OFFICE_RIGHTS = (
    *(P.SEE_MEASURES, P.MANAGE_SYSTEM, P.SEE_AUDIT, P.SEE_MEMBERS, P.MANAGE_MEMBERS),
    *(P.SEE_POSITIONS, P.MANAGE_TOKENS, P.SEE_FAULTS, P.MANAGE_CALL_PLAN, P.MANAGE_TERRITORY),
    *(P.SEE_KINDS, P.MANAGE_KINDS, P.SEE_REGISTER, P.APPROVE_LOOKS),
)

OFFICE: list[Row] = [
    *rows("office", "GET", need=OFFICE_RIGHTS),
    *rows("office_where_csv", "GET", need=_TOP),
    *rows("office_members", "GET", need=_MEMBERS),
    *rows("office_member_new", "GET", "POST", need=[P.MANAGE_MEMBERS]),
    *rows("office_member", "GET", need=_MEMBERS, sees=_colleague_in_sight, args=_MEMBER),
    *rows(
        "office_grant",
        "POST",
        need=[P.MANAGE_GRANTS],
        there=True,
        args=_MEMBER,
        data={"role": "auxiliary", "area": "police/$beat_code"},
    ),
    *rows(
        "office_grant_revoke",
        "POST",
        need=[P.MANAGE_GRANTS],
        there=True,
        args={"member_id": "member", "grant_id": "grant"},
    ),
    *rows("office_password", "POST", need=[P.MANAGE_MEMBERS], args=_MEMBER),
    *rows("office_factor", "POST", need=[P.MANAGE_MEMBERS], args=_MEMBER),
    *rows("office_wipe_phones", "POST", need=[P.MANAGE_MEMBERS], args=_MEMBER),
    *rows("office_deactivate", "POST", need=[P.MANAGE_MEMBERS], args=_MEMBER),
    *rows("office_teams", "GET", need=[P.SEE_POSITIONS, P.MANAGE_MEMBERS]),
    *rows("office_member_edit", "GET", "POST", need=[P.MANAGE_MEMBERS], args=_MEMBER),
    *rows("office_member_back", "POST", need=[P.MANAGE_MEMBERS], args=_MEMBER),
    *rows("office_log_ins", "GET", "POST", need=[P.MANAGE_MEMBERS]),
    *rows("office_areas", "GET", need=[P.SEE_FAULTS, P.MANAGE_CALL_PLAN, P.SEE_MEMBERS]),
    *rows(
        "office_area",
        "GET",
        need=[P.SEE_FAULTS, P.MANAGE_CALL_PLAN, P.SEE_MEMBERS],
        args={"area_id": "beat"},
    ),
    *rows(
        "office_call_plan",
        "GET",
        need=[P.MANAGE_CALL_PLAN, P.SEE_MEASURES],
        sees=on_own_ground,
        args={"area_id": "beat"},
    ),
    *rows(
        "office_call_plan",
        "POST",
        need=[P.MANAGE_CALL_PLAN, P.SEE_MEASURES],
        sees=on_own_ground,
        then=[P.MANAGE_CALL_PLAN],
        args={"area_id": "beat"},
        data={"derive": "1"},
    ),
    *rows("office_questions", "GET", need=[P.CLOSE]),
    *rows(
        "office_question_new",
        "GET",
        "POST",
        need=[P.REPORT],
        data={"what": "怎么办居住证", "lon": "$lon", "lat": "$lat"},
    ),
    *rows("office_question", "GET", need=[P.CLOSE], **SEEN, args=ENQUIRY),
    *rows(
        "office_question",
        "POST",
        need=[P.CLOSE],
        **SEEN,
        then=[P.CLOSE],
        args=ENQUIRY,
        data={"text": "带身份证来"},
    ),
    # published answers are public: whoever publishes keeps those for the whole district
    *rows("office_answers", "GET", need=[P.TRIAGE]),
    *rows("office_answer_new", "GET", "POST", need=[P.TRIAGE], data={"question": "问"}),
    *rows(
        "office_answer",
        "GET",
        "POST",
        need=[P.TRIAGE],
        args={"answer_id": "published"},
        data={"act": "confirm"},
    ),
    *rows("office_rights", "GET", need=_ASKED),
    *rows("office_rights_new", "GET", "POST", need=_ASKED),
    *rows(
        "office_rights_one",
        "GET",
        "POST",
        need=_ASKED,
        sees=on_own_ground,
        then=[P.ANSWER_RIGHTS],
        args={"request_id": "rights"},
        data={"act": "take"},
    ),
    *rows("office_homes", "GET", need=[P.SEE_REGISTER]),
    *rows("office_homes_import", "GET", "POST", need=[P.SEE_REGISTER]),
    *_keeps("office_home", "GET", {"building_id": "building"}),
    *_keeps("office_home_edit", "POST", {"building_id": "building"}),
    *rows("office_sheets", "GET", need=[P.SEE_REGISTER]),
    *_keeps("office_sheet_photo", "GET", {"sheet_id": "sheet"}),
    *_keeps("office_sheet_done", "POST", {"sheet_id": "sheet"}),
    *_keeps("office_sheet_move", "POST", {"sheet_id": "sheet"}, data={"unit": "$unit"}),
    *_keeps("office_sheet_add", "POST", {"building_id": "building"}, data={"unit": "$unit"}),
    *_keeps("office_home_people", "POST", {"building_id": "building"}),
    *rows("office_looks", "GET", need=[P.APPROVE_LOOKS]),
    *_decides("office_look", {"approval_id": "approval"}, act="why"),
    *_decides("office_look", {"approval_id": "approval"}, act="grant"),
    *_decides("office_look", {"approval_id": "approval"}, act="refuse"),
    *_decides("office_glass", {"glass_id": "glass"}, act="why"),
    *_decides("office_glass", {"glass_id": "glass"}, act="right", words="情况属实"),
    *_decides("office_protection_end", {"resident_id": "protected"}),
    *rows("office_groups", "GET", need=[P.TRIAGE]),
    *rows(
        "office_groups",
        "POST",
        need=[P.TRIAGE],
        sees=on_own_ground,
        data={"name": "铁塔寺小区居民群", "kind": "estate", "place": "wechat", "area": "$beat"},
    ),
    *rows(
        "office_group_close",
        "POST",
        need=[P.TRIAGE],
        sees=on_own_ground,
        args={"group_id": "group"},
    ),
    *rows("office_register_grants", "GET", need=[P.SEE_REGISTER]),
    *rows(
        "office_register_grants",
        "POST",
        need=[P.SEE_REGISTER],
        sees=on_own_ground,
        data={"to": "$tender", "days": "30"},
    ),
    *rows(
        "office_register_grant_end",
        "POST",
        need=[P.SEE_REGISTER],
        sees=on_own_ground,
        args={"grant_id": "register_grant"},
    ),
    *rows("office_spot", "GET", "POST", need=[P.SEE_MEMBERS]),
    *rows("office_faults", "GET", need=[P.SEE_FAULTS]),
    *rows(
        "office_fault_mended",
        "POST",
        need=[P.MANAGE_TERRITORY],
        args={"fault_id": "fault"},
    ),
    *rows("office_import", "GET", need=[P.MANAGE_TERRITORY, P.MANAGE_MEMBERS]),
    *rows("office_import_run", "POST", need=[P.MANAGE_TERRITORY, P.MANAGE_MEMBERS]),
    *rows("office_kinds", "GET", need=[P.SEE_KINDS, P.MANAGE_KINDS]),
    *rows("office_kinds_upload", "POST", need=[P.MANAGE_KINDS]),
    *rows("office_kinds_give_up", "POST", need=[P.MANAGE_KINDS]),
    # the district has no table of its own here
    *rows("office_kinds_file", "GET", need=[P.SEE_KINDS, P.MANAGE_KINDS], always=404),
    *rows("office_kind", "GET", need=[P.SEE_KINDS, P.MANAGE_KINDS], args={"code": "=help"}),
    *rows("office_tokens", "GET", need=[P.MANAGE_TOKENS]),
    *rows("office_token_issue", "POST", need=[P.MANAGE_TOKENS]),
    *rows("office_token_revoke", "POST", need=[P.MANAGE_TOKENS], args={"token_id": "token_id"}),
    *rows("office_promises", "GET", need=_TOP),
    *rows("office_balance", "GET", need=_TOP),
    *rows("office_roads", "GET", need=[P.SEE_POSITIONS, P.MANAGE_TERRITORY]),
    *rows("office_road_close", "POST", need=[P.DISPATCH, P.MANAGE_TERRITORY]),
    *rows("office_rush_set", "POST", need=[P.MANAGE_TERRITORY]),
    *rows(
        "office_road_reopen",
        "POST",
        need=[P.DISPATCH, P.MANAGE_TERRITORY],
        args={"closure_id": "closure"},
    ),
    *rows("office_deliveries", "GET", need=[P.SEE_MEASURES, P.MANAGE_SYSTEM]),
    *rows("office_trail", "GET", need=[P.SEE_AUDIT]),
    # what has gone out is not sent again, and nothing says whether it is there
    *rows(
        "office_delivery_again",
        "POST",
        need=[P.DISPATCH, P.MANAGE_SYSTEM],
        always=404,
        args={"delivery_id": "delivery"},
    ),
    *rows("office_trail_check", "POST", need=[P.SEE_AUDIT]),
    *rows("office_purposes", "GET", "POST", need=[P.MANAGE_GRANTS, P.SEE_AUDIT]),
    *rows("office_retention", "GET", need=[P.MANAGE_GRANTS, P.SEE_AUDIT, P.MANAGE_SYSTEM]),
    *rows("office_system", "GET", need=[P.MANAGE_SYSTEM]),
    *rows("office_styles", "GET", need=OFFICE_RIGHTS),
    *rows("office_map_areas", "GET", need=OFFICE_RIGHTS),
    *rows("office_map_people", "GET", need=[P.SEE_POSITIONS]),
    *rows("office_map_incidents", "GET", need=[P.SEE_INCIDENTS]),
    *rows("office_map_faults", "GET", need=[P.SEE_FAULTS]),
    *rows("office_map_survey", "GET", need=[P.SEE_FAULTS]),
    *rows("office_map_promises", "GET", need=_TOP),
    *rows("office_map_closed", "GET", need=[P.SEE_POSITIONS, P.MANAGE_TERRITORY]),
    *rows("office_map_closed_marks", "GET", need=[P.SEE_POSITIONS, P.MANAGE_TERRITORY]),
]

TABLES = {"portal": PORTAL, "kit": KIT, "console": CONSOLE, "field": FIELD, "office": OFFICE}
"""Addresses below ``/accounts/`` are django-allauth's: roles play no part in them."""
