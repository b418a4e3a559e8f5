"""Errors that a person may read: what happened, which field, how to mend it."""

from __future__ import annotations


class TongxinError(Exception):
    """An expected refusal with a stable code and one clear sentence.

    ``code`` is a stable slug for machines, ``message`` one sentence for people (lazily translated
    strings are welcome), ``field`` the input it is about, ``status`` the HTTP status that fits.
    """

    status = 400

    def __init__(self, code: str, message: object, *, field: str | None = None) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.field = field


class BadInput(TongxinError):
    """The input cannot be taken as it is; ``field`` says which part."""

    status = 422


class NotFound(TongxinError):
    """Absent, or outside the actor's ground: both answer alike."""

    status = 404


class Forbidden(TongxinError):
    """Inside the actor's ground, but without the right."""

    status = 403


class Conflict(TongxinError):
    """Somebody else was first, or the same key came with another body."""

    status = 409
