"""What timelines and messages say of the register: codes and a link, never a person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import sentences
from tongxin.domain.incidents.sentences import Told
from tongxin.plumbing.channels import templates

MESSAGES = {
    "homes.asked": "【同心】{number} 外地来问您辖区的居民，请在 {minutes} 分钟内答复：{link}",
    "homes.answered": "【同心】{number} 所问警务区已答复：{link}",
    "homes.look_asked": "【同心】有一项未成年人信息查阅申请，请您审批：{link}",
    "homes.look_granted": "【同心】未成年人信息查阅已获批准，60 分钟内有效：{link}",
    "homes.look_refused": "【同心】未成年人信息查阅未获批准：{link}",
    "homes.clash": "【同心】一户的信息两人记的不一样，请您定一下：{link}",
    "homes.clash_settled": "【同心】一户信息的不同记法已经定下来：{link}",
    "homes.glass_broken": "【同心】有一次紧急查阅，请您复核：{link}",
}


def register() -> None:
    """Make the sentences and templates known."""
    for code, text in MESSAGES.items():
        templates.register(code, text)
    sentences.register("home_asked", _asked)
    sentences.register("home_answered", _answered)
    sentences.register("home_unanswered", _unanswered)
    sentences.register("home_withdrawn", _withdrawn)


def _asked(told: Told) -> str:
    text = _("%(who)s asked %(beat)s about somebody's family")
    return str(text) % {"who": told.who, "beat": told.area("beat")}


def _answered(told: Told) -> str:
    found = told.payload.get("found")
    text = _("%(beat)s answered") if found else _("%(beat)s does not know the person")
    return str(text) % {"beat": told.area("beat")}


def _unanswered(told: Told) -> str:
    text = _("%(beat)s has not answered; the next level was told")
    return str(text) % {"beat": told.area("beat")}


def _withdrawn(told: Told) -> str:
    text = _("%(who)s took the question to %(beat)s back")
    return str(text) % {"who": told.who, "beat": told.area("beat")}
