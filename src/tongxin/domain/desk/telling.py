"""Messages to the owners of answers: a link, never a word of a question."""

from __future__ import annotations

from tongxin.domain.desk.models import Answer
from tongxin.plumbing.channels import templates
from tongxin.plumbing.channels.alerting import alert

MESSAGES = {
    "desk.review_soon": "【同心】您负责的一条答复两周内到期，请核对是否仍然有效：{link}",
    "desk.review_due": "【同心】您负责的一条答复已到期，现标为“核对中”，请核对：{link}",
}
ANSWER_PATH = "/office/answers/{pk}/"


def register() -> None:
    """Make the messages known."""
    for code, text in MESSAGES.items():
        templates.register(code, text)


def tell_owner(answer: Answer, template: str) -> None:
    """Tell the owner of an answer, in the caller's transaction; once for each term of it."""
    alert(
        member_id=answer.owner_id,
        template=template,
        values={"link": ANSWER_PATH.format(pk=answer.pk)},
        subject=f"answer:{answer.pk}",
        once_key=f"answer:{answer.pk}:{template}:{answer.review_by:%Y%m%d}",
        urgent=False,
    )
