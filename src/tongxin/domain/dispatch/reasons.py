"""The codes of the plan as sentences: why somebody was chosen, what is lacking, why overruled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Words = str | Promise

WHY: Mapping[str, Words] = {
    "fastest_by_road": _("Can be there first by road"),
    "fastest_by_estimate": _("Can be there first by estimate (no map)"),
    "as_fast_and_freer": _("As fast as the fastest, and freer"),
    "only_one_available": _("The only one available"),
    "own_ground": _("It is their own ground"),
    "village_of_place": _("Village officer of this very village"),
    "leads_too": _("Leads too: their own ground"),
    "of_the_taker": _("Of the body that has taken it over"),
    "station_chain": _("Of the same station; the officer of the ground is not free"),
    "branch_chain": _("Of the branch; nobody of the station is free"),
    "busy_elsewhere": _("Still busy elsewhere and comes after that"),
    "nearest_free": _("Nearest who is free"),
    "nearer_came_free": _("Came free nearer by, before the other had left"),
    "help_wanted": _("Called because somebody there asked for help"),
    "overruled": _("Chosen by the dispatcher"),
    "undone": _("Back to the plan before"),
    "position_old": _("The last position is some minutes old"),
    "place_assumed:post": _("No position; reckoned from the post"),
    "place_assumed:village": _("No position; reckoned from the village"),
    "place_assumed:beat": _("No position; reckoned from the middle of the ground"),
}

LACKING: Mapping[str, Words] = {
    "nobody_on_duty": _("Nobody who may go is on duty"),
    "all_busy": _("Everybody who may go is busy"),
    "nobody_answers": _("Everybody who may go was asked and did not come"),
    "no_road": _("No road leads there for anybody on duty"),
    "no_first_within_promise": _("Nobody can be there within the promise"),
    "no_officer_on_duty": _("No police officer of the branch is on duty to lead"),
    "no_lead": _("Nobody is on duty to lead"),
    "estimate_only": _("No map: all times are estimates"),
}

OVERRULE_REASONS: Mapping[str, Words] = {
    "knows_place": _("Knows the place or the people"),
    "closer_in_truth": _("Is nearer in truth"),
    "safety": _("Safer for those who go"),
    "skill": _("Has the skill that is needed"),
    "load": _("Others have too much on hand"),
    "asked_for": _("The reporter asked for this person"),
    "kinship": _("Kin or quarrel with those there"),
    "other": _("Another reason"),
}

DECLINE_REASONS: Mapping[str, Words] = {
    "busy": _("Busy with something that cannot wait"),
    "too_far": _("Farther away than the map says"),
    "unwell": _("Unwell"),
    "no_vehicle": _("No vehicle"),
    "own_family": _("Own family or a conflict of interest"),
    "other": _("Another reason"),
}

SKILLS: Mapping[str, Words] = {
    "first_aid": _("First aid"),
    "fire": _("Fire fighting"),
    "mediation": _("Mediation"),
    "sign_language": _("Sign language"),
    "dialect": _("The dialect"),
    "traffic": _("Traffic"),
    "water_rescue": _("Water rescue"),
}


def skill_name(skill: str) -> str:
    """Return a skill's name as people say it; a district's own skill is its own name."""
    return str(SKILLS.get(skill, skill))


def why_sentence(code: str) -> str:
    """Return one why code as a sentence."""
    name, _colon, of = code.partition(":")
    if name == "has_skill":
        return gettext("Has the skill: %(skill)s") % {"skill": skill_name(of)}
    return str(WHY.get(code, code))


def lacking_sentence(code: str) -> str:
    """Return one lacking code as a sentence."""
    name, _colon, of = code.partition(":")
    if name == "skill_missing":
        return gettext("Nobody in the plan has the skill: %(skill)s") % {"skill": skill_name(of)}
    if name == "support_short":
        return gettext("Support is short by %(count)s") % {"count": of}
    return str(LACKING.get(code, code))


def sentences(codes: Iterable[str]) -> tuple[str, ...]:
    """Return why codes as sentences, in their order."""
    return tuple(why_sentence(code) for code in codes)


def lacks(codes: Iterable[str]) -> tuple[str, ...]:
    """Return lacking codes as sentences, in their order."""
    return tuple(lacking_sentence(code) for code in codes)
