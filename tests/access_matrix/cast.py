"""The cast: each of the 23 roles with a grant on the ground of the incident, elsewhere, or expired.

``Scene`` holds what addresses are about: an incident with a photo, a plan, somebody asked, a call.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.test import Client, override_settings

from access_matrix.rights import RIGHTS_OF
from tongxin.foundation.access.models import Member, Role
from tongxin.foundation.access.roles import Permission

OWN, FOREIGN, EXPIRED = "on own ground", "on other ground", "with an expired grant"
GROUNDS = (OWN, FOREIGN, EXPIRED)
WORDS, NAME, PHONE = "张三家的煤气味很重他不开门", "刘桂芳", "13700007788"
PLACE = "铁塔寺东侧凉亭"
SECRETS = (WORDS, NAME, PHONE)


@dataclass(frozen=True)
class Actor:
    """Somebody who knocks. ``holds`` are the rights that hold now, ``role`` is None for nobody."""

    role: Role | None
    ground: str
    client: Client
    token: str = ""
    member_id: int = 0

    @property
    def holds(self) -> frozenset[Permission]:
        if self.role is None or self.ground == EXPIRED:
            return frozenset()
        return RIGHTS_OF[self.role]

    def __str__(self) -> str:
        return f"{self.role} {self.ground}" if self.role else "anonymous"


@dataclass
class Scene:
    """What there is, by the names that addresses use."""

    actors: list[Actor]
    ids: dict[str, Any]
    place: str = PLACE
    secrets: tuple[str, ...] = field(default=SECRETS)

    def of(self, role: Role, ground: str = OWN) -> Actor:
        return next(each for each in self.actors if (each.role, each.ground) == (role, ground))


def make_scene() -> Scene:
    """Write it all, in the caller's transaction."""
    from tongxin.domain.dispatch.tests.making import Station
    from tongxin.foundation.access.tests.making import member
    from tongxin.foundation.territory import lookup
    from tongxin.foundation.territory.models import Landmark, Level
    from tongxin.foundation.territory.tests.making import area, box, spot

    station = Station()
    elsewhere = area("F", box(20, 0, 8, 8), level=Level.BRANCH, promise_minutes=5)
    far_station = area("FS", box(20, 0, 8, 8), level=Level.STATION, parent=elsewhere)
    area("FP", box(20, 0, 8, 8), parent=far_station)
    at = spot(1, 1)
    Landmark.objects.create(name=PLACE, lon=at.lon, lat=at.lat)
    lookup.forget()
    colleague = station.officer("郑在岗", at)
    target = member("吴同事", Role.GRID_WORKER, station.beats[0])
    ids = _what_happened(station, colleague) | _office_things(station, target)
    ids |= _homes(station, ids["incident_id"]) | _asked() | _questions(target)
    return Scene([_nobody(), *_members(station.branch, elsewhere)], ids)


def _what_happened(station: Any, colleague: Member) -> dict[str, Any]:
    from tongxin.domain.dispatch.models import Assignment, InboundCall, ResponsePlan
    from tongxin.domain.dispatch.tests.making import run_jobs
    from tongxin.domain.incidents import actions
    from tongxin.foundation.access.scope import ReporterActor, SystemActor
    from tongxin.foundation.territory.tests.making import spot
    from tongxin.kernel import clock
    from tongxin.plumbing.channels.models import Delivery

    told = actions.Report(
        "help", spot(1, 1), source="portal", what=WORDS, contact_name=NAME, contact_phone=PHONE
    )
    incident = actions.report(told, actor=ReporterActor()).incident
    holder = ReporterActor(incident.public_token)
    photo = actions.add_photo(incident.pk, actor=holder, data=picture())
    run_jobs()
    call = InboundCall.objects.create(
        gateway_ref="g1", beat_id=station.beats[0].pk, started_at=clock.now()
    )
    handed = actions.report(actions.Report("help", spot(2, 2)), actor=ReporterActor()).incident
    actions.hand_over(
        handed.pk, to_area_id=station.beats[1].pk, actor=SystemActor("test"), words="请你们看看"
    )
    other = actions.report(actions.Report("help", spot(6, 6)), actor=ReporterActor()).incident
    return {
        "number": incident.number,
        "other_number": other.number,
        "handed": handed.number,
        "incident_id": incident.pk,
        "photo": photo.token,
        "public": incident.public_token,
        "assignment": Assignment.objects.get(incident=incident, role="first").pk,
        "plan": ResponsePlan.objects.get(incident=incident).pk,
        "call": call.pk,
        "colleague": colleague.pk,
        "delivery": Delivery.objects.filter(recipient=f"member:{colleague.pk}").first().pk,
        "beat": station.beats[0].pk,
        "village": station.village.pk,
        "lon": spot(1, 1).lon,
        "lat": spot(1, 1).lat,
        "place": incident.place,
    }


def _office_things(station: Any, target: Member) -> dict[str, Any]:
    from tongxin.foundation.access.models import Grant
    from tongxin.foundation.territory.models import GroundFault

    token = _token_row(target)[1]
    fault = GroundFault.objects.first()
    return {
        "member": target.pk,
        "member_code": target.code,
        "grant": Grant.objects.get(member=target).pk,
        "token_id": token.pk,
        "fault": fault.pk if fault else 1,
        "closure": 1,
        "beat_code": station.beats[0].code,
    }


def _homes(station: Any, incident_id: int) -> dict[str, Any]:
    """A building with a flat in which somebody lives, and a question to its beat."""
    from tongxin.domain.homes import actions
    from tongxin.domain.homes.models import Flat, HomeQuestion
    from tongxin.foundation.access.scope import MemberActor, acting_as
    from tongxin.foundation.access.tests.making import member
    from tongxin.foundation.territory import locating, lookup
    from tongxin.foundation.territory.models import Building
    from tongxin.foundation.territory.tests.making import spot
    from tongxin.kernel import clock

    at = spot(1, 1)
    building = Building.objects.create(
        code="H1", name="3号楼", estate="铁塔寺小区", address="解放路3号", lon=at.lon, lat=at.lat
    )
    lookup.forget()
    locating.forget()
    officer = MemberActor(member("周户籍", Role.COMMUNITY_OFFICER, station.beats[0]))
    unit = actions.lay_out_unit(building.pk, "1", 1, 2, 1, actor=officer)
    shown = {"legal_basis": "consent", "consented": True}
    with acting_as("test"):
        flat = Flat.objects.filter(unit=unit).order_by("floor")[0]
    someone = actions.add_resident(
        flat.pk, actor=officer, part="owner", name=NAME, phone=PHONE, notice_version="1", **shown
    )
    care = actions.add_care(someone.pk, "lives_alone", actor=officer, **shown)
    with acting_as("test"):
        question = HomeQuestion.objects.create(
            incident_id=incident_id, beat_id=station.beats[0].pk, question_ref=1,
            asked_by=0, asked_at=clock.now(), due_at=clock.now(),
            area_ids=flat.area_ids,
        )  # fmt: skip
    device, clash = _visits(building, flat, officer)
    return {
        "offline_device": device, "clash": clash,
        "building": building.pk, "unit": unit.pk, "flat": flat.pk, "resident": someone.pk,
        "care": care.pk, "question": question.pk,
        "sheet": actions.add_sheet(unit.pk, picture(), actor=officer).pk,
    } | _looks(station, flat, building, officer)  # fmt: skip


def _looks(station: Any, flat: Any, building: Any, officer: Any) -> dict[str, Any]:
    """A minor whose record is asked for, somebody protected, broken glass, a register grant."""
    from tongxin.domain.desk.groups import NewGroup, add_group
    from tongxin.domain.homes import actions
    from tongxin.foundation.access.models import Grant
    from tongxin.foundation.access.tests.making import member
    from tongxin.kernel import clock

    guarded = {"legal_basis": "guardian", "guardian_consented": True, "notice_version": "1"}
    child = actions.add_resident(
        flat.pk, actor=officer, part="occupant", name=NAME, is_minor=True, **guarded
    )
    asked = actions.ask_look(child.pk, "safeguard", WORDS, actor=officer)
    hidden = actions.add_resident(
        flat.pk, actor=officer, part="occupant", name=NAME, phone=PHONE, legal_basis="duty",
        basis_rule="domestic_violence_law_15",
    )  # fmt: skip
    actions.protect(hidden.pk, True, actor=officer)
    glass = actions.break_glass(building.pk, WORDS, actor=officer)
    worker = member("孙网格", Role.GRID_WORKER, station.beats[0])
    area = Grant.objects.get(member=worker).area_id
    until = clock.now() + dt.timedelta(days=7)
    given = actions.give_register_grant(worker.pk, area, actor=officer, until=until)
    told = NewGroup(name="二区居民群", kind="estate", place="wechat", area_id=area)
    group = add_group(told, actor=officer)
    return {
        "group": group.pk, "approval": asked.pk, "protected": hidden.pk, "glass": glass.pk,
        "register_grant": given.pk, "tender": f"{worker.pk}-{area}",
    }  # fmt: skip


def _asked() -> dict[str, Any]:
    """A request about one's own data, of somebody with a report, and a newcomer's wish."""
    from tongxin.domain.incidents import actions as incidents
    from tongxin.domain.rights import actions, codes
    from tongxin.foundation.access.scope import ReporterActor
    from tongxin.foundation.territory.tests.making import spot

    phone = "13700009999"
    told = incidents.Report("welcome", spot(1, 1), contact_phone=phone, source="portal")
    newcomer = incidents.report(told, actor=ReporterActor()).incident
    with override_settings(DEMO=True):  # where the code is shown
        sent = codes.send_code(phone)
    asked = actions.ask(codes.enter_code(sent.session, sent.code), "copy")
    return {"rights": asked.pk, "newcomer": newcomer.public_token}


def _questions(owner: Member) -> dict[str, Any]:
    """A question that waits, and a published answer."""
    from tongxin.domain.desk import actions
    from tongxin.foundation.access.scope import ReporterActor, SystemActor
    from tongxin.foundation.territory.tests.making import spot

    asked = actions.Asked(WORDS, spot(1, 1), contact_name=NAME, contact_phone=PHONE)
    waits = actions.ask(asked, actor=ReporterActor()).incident
    draft = actions.Draft("怎么办居住证", "带身份证来", rule="所里的规定", reviewed=True)
    made = actions.publish(draft, actor=SystemActor("test"), owner_id=owner.pk)
    return {"enquiry": waits.number, "published": made.pk}


def _visits(building: Any, flat: Any, officer: Any) -> tuple[int, int]:
    """A phone that carries the building along, and a value that clashed."""
    import uuid

    from tongxin.domain.homes import conflicts, devices
    from tongxin.foundation.access.scope import acting_as
    from tongxin.kernel import clock

    device = devices.take_along(uuid.uuid4(), "手机", [building.pk], actor=officer)
    with acting_as(officer):
        clash = conflicts.keep(flat, None, "state", "let", actor=officer, at=clock.now(), stamp=0)
    return device.pk, clash.pk


def _nobody() -> Actor:
    return Actor(None, "", _client())


def _client() -> Client:
    return Client(raise_request_exception=False)


def _members(own: Any, foreign: Any) -> Iterator[Actor]:
    from tongxin.foundation.access.models import Account
    from tongxin.foundation.access.tests.making import give, member
    from tongxin.kernel import clock

    for role in Role:
        for ground in GROUNDS:
            who = member("钱某", role)
            who.account = Account.objects.create(username=f"{role}-{GROUNDS.index(ground)}")
            who.save(update_fields=["account"])
            over = clock.now() - dt.timedelta(minutes=1) if ground == EXPIRED else None
            give(who, role, foreign if ground == FOREIGN else own, until=over)
            client = _client()
            client.force_login(who.account)
            yield Actor(role, ground, client, _token(who, role), who.pk)


def _token(who: Member, role: Role) -> str:
    return _token_row(who, role)[0]


def _token_row(who: Member, role: Role | None = None) -> tuple[str, Any]:
    """Write a token with all rights of the role, also of one whose grant is over by now."""
    from tongxin.foundation.access import tokens
    from tongxin.foundation.access.models import ApiToken
    from tongxin.kernel import clock

    clear = tokens.fresh()
    row = ApiToken.objects.create(
        member=who,
        name="matrix",
        digest=tokens.digest_of(clear),
        scopes=sorted(right.value for right in RIGHTS_OF[role or Role(who.kind)]),
        created_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(days=1),
        last_used_at=clock.now(),
    )
    return clear, row


def picture() -> bytes:
    """Return a small real picture."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "JPEG")
    return out.getvalue()
