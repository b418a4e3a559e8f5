"""Messages about requests: a number and a link, never a person. And who is told of what."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tongxin.domain.rights.lifecycle import ANSWER_DAYS, Standing
from tongxin.domain.rights.models import RightsRequest
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.roles import Permission, roles_with
from tongxin.foundation.access.selectors import valid_grants
from tongxin.plumbing.channels import actions as channels
from tongxin.plumbing.channels import registry as gateways
from tongxin.plumbing.channels import templates
from tongxin.plumbing.channels.alerting import alert

MESSAGES = {
    "rights.code": "【同心】验证码 {sealed}，{minutes} 分钟内有效，用于查看您本人的信息。"
    "不是您在操作，请不要告诉任何人。",
    "rights.received": "【同心】您的申请已收到，编号 {number}，"
    + f"{ANSWER_DAYS} 天内答复："
    + "{link}",
    "rights.answered": "【同心】您的申请 {number} 已办理，请查看：{link}",
    "rights.refused": "【同心】您的申请 {number} 未能办理，理由请查看：{link}",
    "rights.new": "【同心】收到个人信息申请 {number}，请办理：{link}",
    "rights.remind": "【同心】个人信息申请 {number} 还有不到 3 天到期，请办理：{link}",
    "rights.expired": "【同心】个人信息申请 {number} 已超期未答复，请您督办：{link}",
    "rights.put_right": "【同心】个人信息申请 {number} 的更正任务已办结，请答复当事人：{link}",
}
DESK_PATH = "/office/rights/{pk}/"
PORTAL_PATH = "/my-data/"
ANSWERERS = roles_with(Permission.ANSWER_RIGHTS)
WATCHERS = frozenset({Role.SUPERVISOR})


def register() -> None:
    """Make the messages known."""
    for code, text in MESSAGES.items():
        templates.register(code, text)


def desk_of(area_ids: Collection[int], roles: Collection[Role] = ANSWERERS) -> list[int]:
    """Return the ids of members who answer requests (or ``roles``) on any of these areas."""
    grants = valid_grants().filter(area_id__in=list(area_ids), role__in=list(roles))
    return sorted(set(grants.values_list("member_id", flat=True)))


def tell_members(
    request: RightsRequest, template: str, members: Iterable[int], *, urgent: bool = False
) -> None:
    """Alert members about a request, in the caller's transaction; once for each template."""
    link = DESK_PATH.format(pk=request.pk)
    for member_id in members:
        alert(
            member_id=member_id,
            template=template,
            values={"number": request.number, "link": link},
            subject=f"rights:{request.pk}",
            once_key=f"rights:{request.pk}:{template}:{member_id}",
            urgent=urgent,
        )


def tell_person(request: RightsRequest) -> None:
    """Send the person where to read how it stands: only the link that needs a code again."""
    if request.phone_ref is None or not gateways.is_configured("sms"):
        return
    said = {Standing.ANSWERED: "rights.answered", Standing.REFUSED: "rights.refused"}
    template = said.get(Standing(request.state), "rights.received")
    channels.queue(
        once_key=f"rights:{request.pk}:{template}",
        channel="sms",
        recipient=f"vault:{request.phone_ref}",
        template=template,
        values={"number": request.number, "link": PORTAL_PATH},
        subject=f"rights:{request.pk}",
    )
