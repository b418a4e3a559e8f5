"""Text messages by an HTTP gateway."""

from tongxin.plumbing.channels.sms.gateway import SmsChannel

__all__ = ["SmsChannel"]
