"""What messages say: a number and a link, never a person, a place or a word of a report.

A ``sealed`` value is the reference of a vault entry (a once-code): it is opened only while the
message goes out, and shown as dots everywhere else.

Other apps add templates of their own in ``AppConfig.ready()`` with ``register``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongxin.kernel.errors import BadInput

# The only values there are, and what each may look like.
_ALLOWED = {
    "number": re.compile(r"[0-9A-Za-z][0-9A-Za-z\-]{0,23}"),
    "link": re.compile(r"(https?://[^\s]{1,200}|/[^\s]{0,200})"),
    "minutes": re.compile(r"\d{1,4}"),
    "code": re.compile(r"[0-9A-Za-z_\-]{1,32}"),
    "sealed": re.compile(r"\d{1,18}"),
}
SEALED = "sealed"
_DOTS = "••••••"
_templates: dict[str, str] = {}


def register(code: str, text: str) -> None:
    """Add a template; ``text`` may use the values of ``_ALLOWED`` only.

    Raises ``ValueError`` for another value, or when another text has the code.
    """
    used = {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}
    if not used <= _ALLOWED.keys():
        raise ValueError(f"template {code!r} uses {sorted(used - _ALLOWED.keys())}")
    if _templates.setdefault(code, text) != text:
        raise ValueError(f"template {code!r} is registered twice")


def render(code: str, values: Mapping[str, object], *, opened: str = "") -> str:
    """Return the message text; raises ``BadInput`` for an unknown code or a value out of form.

    ``opened`` is what the ``sealed`` value stands for, where the message goes out.
    """
    check(code, values)
    words = {name: _shown(name, values[name]) for name in values}
    return _templates[code].format(**words | ({SEALED: opened} if opened else {}))


def check(code: str, values: Mapping[str, object]) -> None:
    """Raise ``BadInput`` unless ``values`` are all that the template needs, each in its form."""
    if code not in _templates:
        raise BadInput("channels.template", f"There is no message template {code!r}.")
    needed = {name for _text, name, _spec, _conv in Formatter().parse(_templates[code]) if name}
    missing = needed - values.keys()
    if missing:
        raise BadInput(
            "channels.value_missing",
            f"The message {code!r} lacks {min(missing)}.",
            field=min(missing),
        )
    for name, value in values.items():
        if name not in _ALLOWED or not _ALLOWED[name].fullmatch(str(value)):
            raise BadInput(
                "channels.value",
                _("A message holds a number and a link only."),
                field=name,
            )


def known() -> tuple[str, ...]:
    """Return the codes of all templates."""
    return tuple(_templates)


def _shown(name: str, value: object) -> str:
    text = _DOTS if name == SEALED else str(value)
    is_path = name == "link" and text.startswith("/")
    return settings.PUBLIC_URL.rstrip("/") + text if is_path else text


for _code, _text in {
    "assignment.asked": "【同心】{number} 请您签收，1 分钟内有效：{link}",
    "assignment.moved": "【同心】{number} 地点已更正，请按新地点去：{link}",
    "assignment.released": "【同心】{number} 已改派他人，请勿前往。",
    "assignment.support": "【同心】{number} 请您增援：{link}",
    "incident.escalated": "【同心】{number} 超时未办，请您督办：{link}",
    "incident.reopened": "【同心】{number} 群众不满意，已重新打开：{link}",
    "incident.handed_over": "【同心】{number} 转办给您，请接收或退回并写明理由：{link}",
    "incident.hand_over_refused": "【同心】{number} 已被退回，请查看理由：{link}",
    "incident.need_help": "【同心】{number} 现场请求增援：{link}",
    "incident.to_know": "【同心】{number} 请知悉：{link}",
    "report.received": "【同心】您的反映已收到，编号 {number}，进展：{link}",
    "report.accepted": "【同心】编号 {number} 已有人签收，进展：{link}",
    "report.on_the_way": "【同心】编号 {number} 已出发，进展：{link}",
    "report.arrived": "【同心】编号 {number} 已到场，进展：{link}",
    "report.closed": "【同心】编号 {number} 已办结，请您评价：{link}",
    "report.reopened": "【同心】编号 {number} 已重新打开，进展：{link}",
    "report.merged": "【同心】编号 {number} 已与同一件事合并办理，进展：{link}",
    "recalled": "【同心】{number} 前一条消息作废。",
    "channel.test": "【同心】这是一条测试消息，编号 {number}。",
}.items():
    register(_code, _text)
