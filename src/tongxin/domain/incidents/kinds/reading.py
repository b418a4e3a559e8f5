"""Reads a table of kinds and refuses a wrong one, naming the line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tongxin.domain.incidents.kinds.nodes import Item, WrongTable, parse
from tongxin.domain.incidents.kinds.table import (
    DEADLINE,
    LEVELS,
    PROMISE,
    Called,
    Face,
    Hear,
    Kind,
    Kinds,
    Procedure,
    Rung,
    Words,
)
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.roles import Permission
from tongxin.kernel import refusals
from tongxin.kernel.lifecycle import BACK, Lifecycle, State, Transition

LOOKS = ("waiting", "on_the_way", "there", "done")
OWN_HEARINGS = ("report", "escalate", "triage", "split")
COMMON_ACTS = frozenset(
    {
        *("accept", "depart", "arrive", "give_back", "hand_over", "take", "refuse"),
        *("close", "merge", "reopen", "search", "quick", "mediate", "order", "mended"),
        *("still_there", "follow", "publish"),
    }
)
"""Acts that a shared table of words may speak of although one procedure lacks them."""

_ROLES = frozenset(Role.values)
_PERMISSIONS = frozenset(permission.value for permission in Permission)
_PLACEHOLDERS = re.compile(r"\{[^}]*\}")

Items = Mapping[str, Item]


@dataclass
class Tables:
    """The raw items of one or more files, later ones over earlier ones."""

    procedures: dict[str, Item] = field(default_factory=dict)
    kinds: dict[str, Item] = field(default_factory=dict)
    fields: dict[str, Items] = field(default_factory=dict)

    def add(self, root: Item) -> None:
        """Lay a file over what is there; ``replace: true`` empties it first."""
        parts = root.table(may=("replace", "procedures", "kinds"))
        if "replace" in parts and parts["replace"].flag():
            self.procedures, self.kinds, self.fields = {}, {}, {}
        if "procedures" in parts:
            self.procedures |= {key.slug(): value for _n, key, value in parts["procedures"].pairs()}
        if "kinds" in parts:
            for _name, key, value in parts["kinds"].pairs():
                code = key.slug()
                self.fields[code] = self._fields(value)
                self.kinds[code] = value

    def _fields(self, value: Item) -> Items:
        own = value.table(may=(*KIND_FIELDS, "like"))
        like = own.pop("like", None)
        if like is None:
            return own
        return {**self.fields[like.one_of(frozenset(self.fields), "kind")], **own}


KIND_FIELDS = (
    "zh",
    "en",
    "icon",
    "urgency",
    "procedure",
    "starts",
    "clocks",
    "called",
    "hears",
    "escalation",
    "outcomes",
    "seen_by",
    "count_only",
    "classes",
)


def read_kinds(*sources: tuple[str, str]) -> Kinds:
    """Read (text, file name) pairs, later ones laid over earlier ones, into the table of kinds.

    Raises ``WrongTable`` naming file and line of the first thing that is wrong.
    """
    tables = Tables()
    for text, file in sources:
        tables.add(parse(text, file))
    procedures = {code: read_procedure(code, item) for code, item in tables.procedures.items()}
    kinds = {
        code: _read_kind(code, item, tables.fields[code], procedures)
        for code, item in tables.kinds.items()
    }
    if not any(not kind.count_only for kind in kinds.values()):
        raise WrongTable(sources[-1][1], 1, _("there is no kind that people can report"))
    return Kinds(kinds)


def read_procedure(code: str, item: Item) -> Procedure:
    """Read one procedure; its lifecycle is without faults."""
    parts = item.table(must=("start", "states", "acts"))
    states = {key.slug(): (key, value) for _n, key, value in parts["states"].pairs()}
    acts = {key.slug(): (key, value) for _n, key, value in parts["acts"].pairs()}
    read = {name: _read_state(name, value) for name, (_key, value) in states.items()}
    lifecycle = Lifecycle(
        start=parts["start"].text(),
        states={name: state for name, (state, _face) in read.items()},
        transitions={n: _read_act(n, value, read) for n, (_key, value) in acts.items()},
    )
    for fault in lifecycle.faults():
        place = {"start": (parts["start"],)} | states | acts
        place.get(fault.subject, (item,))[0].wrong(fault.says)
    _check_acts(item, lifecycle, acts)
    faces = {name: face for name, (_state, face) in read.items()}
    return Procedure(code, lifecycle, faces, dict(_read_act_words(acts)))


def _read_act_words(acts: Mapping[str, tuple[Item, Item]]) -> Iterator[tuple[str, Words]]:
    """Yield the words of the acts that have their own, in both languages."""
    for act, (_key, value) in acts.items():
        parts = {name: words for name, _name, words in value.pairs() if name in ("zh", "en")}
        for name in ("zh", "en"):
            if parts and name not in parts:
                next(iter(parts.values())).wrong(_("“%(name)s” is lacking") % {"name": name})
        if parts:
            yield act, _words(parts)


def _read_state(code: str, item: Item) -> tuple[State, Face]:
    parts = item.table(must=("zh", "en", "look"), may=("ends", "needs_person"))
    ends = "ends" in parts and parts["ends"].flag()
    needs = "needs_person" in parts and parts["needs_person"].flag()
    if ends and needs:
        parts["needs_person"].wrong(
            _("the state “%(code)s” ends: nobody can be needed") % {"code": code}
        )
    return State(code, ends, needs), Face(_words(parts), parts["look"].one_of(LOOKS, "look"))


def _read_act(act: str, item: Item, states: Mapping[str, tuple[State, Face]]) -> Transition:
    may = ("requires", "starts", "stops", "zh", "en")
    parts = item.table(must=("from", "to", "permission"), may=may)
    known = frozenset(states)
    sources = parts["from"].each(lambda source: source.one_of(known | {"open"}, "state"))
    opened = {code for code, (state, _face) in states.items() if not state.ends}
    return Transition(
        act=act,
        sources=frozenset(sources) - {"open"} | (opened if "open" in sources else set()),
        target=parts["to"].one_of(known | {BACK}, "state"),
        permission=parts["permission"].one_of(_PERMISSIONS, "permission"),
        requires=_fields(parts, "requires"),
        starts=_slugs(parts, "starts"),
        stops=_slugs(parts, "stops"),
    )


def _check_acts(item: Item, lifecycle: Lifecycle, acts: Mapping[str, tuple[Item, Item]]) -> None:
    close = lifecycle.transitions.get("close")
    if close is None:
        item.wrong(_("the act “close” is lacking"))
    if "outcome" not in close.requires:
        acts["close"][0].wrong(_("“close” must require the outcome"))
    merge = lifecycle.transitions.get("merge")
    if merge is not None and merge.target != BACK and not lifecycle.states[merge.target].ends:
        acts["merge"][0].wrong(_("“merge” must lead to a state that ends"))
    if "hand_over" in acts and not {"take", "refuse"} <= set(acts):
        acts["hand_over"][0].wrong(_("“hand_over” needs the answers “take” and “refuse”"))
    if "refuse" in acts and "reason_code" not in lifecycle.transitions["refuse"].requires:
        acts["refuse"][0].wrong(_("“refuse” must require a reason_code"))


def _read_kind(code: str, item: Item, parts: Items, procedures: Mapping[str, Procedure]) -> Kind:
    for name in ("zh", "en", "icon"):
        if name not in parts:
            item.wrong(_("“%(name)s” is lacking") % {"name": name})
    if "count_only" in parts and parts["count_only"].flag():
        return _read_count(code, item, parts)
    for name in ("urgency", "procedure", "clocks", "outcomes", "seen_by", "hears"):
        if name not in parts:
            item.wrong(_("“%(name)s” is lacking") % {"name": name})
    if "classes" in parts:
        parts["classes"].wrong(_("only a kind that counts has classes"))
    procedure = procedures[parts["procedure"].one_of(frozenset(procedures), "procedure")]
    return Kind(
        code=code,
        words=_words(parts),
        icon=parts["icon"].slug(),
        urgency=parts["urgency"].number(1, 3),
        procedure=procedure,
        starts=_slugs(parts, "starts"),
        clocks=_read_clocks(item, parts, procedure.lifecycle),
        called=tuple(_read_called(parts["called"])) if "called" in parts else (),
        hears=_read_hears(parts["hears"], procedure.lifecycle),
        escalation=_read_escalation(parts),
        outcomes=_read_words(parts["outcomes"]),
        seen_by=_read_seen_by(parts["seen_by"]),
    )


def _read_count(code: str, item: Item, parts: Items) -> Kind:
    for name, value in parts.items():
        if name not in ("zh", "en", "icon", "count_only", "classes"):
            value.wrong(_("a kind that only counts has no “%(name)s”") % {"name": name})
    if "classes" not in parts:
        item.wrong(_("“classes” is lacking"))
    classes = _read_words(parts["classes"])
    return Kind(code, _words(parts), parts["icon"].slug(), count_only=True, classes=classes)


def _read_clocks(item: Item, parts: Items, lifecycle: Lifecycle) -> dict[str, int | str]:
    clocks: dict[str, int | str] = {}
    for _name, key, value in parts["clocks"].pairs():
        word = value.text()
        clocks[key.slug()] = word if word in (PROMISE, DEADLINE) else value.seconds()
    started = {
        clock: _("the act “%(act)s”") % {"act": t.act}
        for t in lifecycle.transitions.values()
        for clock in t.starts
    }
    started |= dict.fromkeys(_slugs(parts, "starts"), _("a report"))
    for clock, who in started.items():
        if clock not in clocks:
            parts["clocks"].wrong(
                _("%(who)s starts the clock “%(clock)s”, but its time is lacking")
                % {"who": who, "clock": clock}
            )
    for _name, key, _value in parts["clocks"].pairs():
        if key.text() not in started:
            key.wrong(_("nothing starts the clock “%(clock)s”") % {"clock": key.text()})
    return clocks


def _read_called(item: Item) -> Iterator[Called]:
    for part, value in item.table(may=("first", "lead", "support")).items():
        for called in value.list() if part == "support" else [value]:
            parts = called.table(must=("roles",), may=("skills", "count"))
            yield Called(
                part=part,
                roles=parts["roles"].each(lambda role: role.one_of(_ROLES, "role")),
                skills=_slugs(parts, "skills"),
                count=parts["count"].number(1, 50) if "count" in parts else 1,
            )


def _read_hears(item: Item, lifecycle: Lifecycle) -> dict[str, Hear]:
    known = frozenset((*lifecycle.transitions, *OWN_HEARINGS))
    hears: dict[str, Hear] = {}
    for _name, key, value in item.pairs():
        parts = value.table(must=("zh", "en"), may=("sms",))
        for words in (parts["zh"], parts["en"]):
            for found in _PLACEHOLDERS.findall(words.text()):
                if found != "{who}":
                    words.wrong(_("%(found)s is not known here; only {who} is") % {"found": found})
        if key.text() in known or key.one_of(COMMON_ACTS, "act"):
            hears[key.text()] = Hear(_words(parts), "sms" in parts and parts["sms"].flag())
    return {act: hear for act, hear in hears.items() if act in known}


def _read_escalation(parts: Items) -> tuple[Rung, ...]:
    if "escalation" not in parts:
        return ()
    rungs: list[Rung] = []
    for item in parts["escalation"].list():
        row = item.table(must=("level", "after"))
        rung = Rung(row["level"].one_of(LEVELS, "level"), row["after"].seconds())
        if rungs and LEVELS.index(rung.level) <= LEVELS.index(rungs[-1].level):
            row["level"].wrong(
                _("“%(level)s” does not lie above “%(before)s”")
                % {"level": rung.level, "before": rungs[-1].level}
            )
        if rungs and rung.after < rungs[-1].after:
            row["after"].wrong(_("a higher level cannot be called before a lower one"))
        rungs.append(rung)
    return tuple(rungs)


def _read_seen_by(item: Item) -> frozenset[str] | None:
    roles = item.each(lambda role: role.one_of(_ROLES | {"all"}, "role"))
    if "all" in roles and len(roles) > 1:
        item.wrong(_("“all” stands alone"))
    return None if "all" in roles else frozenset(roles)


def _read_words(item: Item) -> dict[str, Words]:
    words = {k.slug(): _words(v.table(must=("zh", "en"))) for _n, k, v in item.pairs()}
    if not words:
        item.wrong(_("at least one is needed"))
    return words


def _words(parts: Items) -> Words:
    return Words(parts["zh"].text(), parts["en"].text())


def _fields(parts: Items, name: str) -> tuple[str, ...]:
    """Return names of fields; one that is refused about people is wrong, whoever asks for it."""
    for item in parts[name].list() if name in parts else ():
        if refusals.refused(item.text()):
            item.wrong(
                _("the field “%(name)s” is refused: it may not be kept of people")
                % {"name": item.text()}
            )
    return _slugs(parts, name)


def _slugs(parts: Items, name: str) -> tuple[str, ...]:
    return parts[name].each(Item.slug) if name in parts else ()
