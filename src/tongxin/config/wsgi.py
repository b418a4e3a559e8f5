"""The WSGI application that Granian serves, with the static files in front of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from allauth import account, mfa
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

LOG_IN_STATIC = [Path(package.__file__).parent / "static" for package in (account, mfa)]
"""Scripts of django-allauth for passkeys and recovery codes, served from where they lie."""

KIT_STATIC = Path(__file__).resolve().parent.parent / "surfaces" / "kit" / "static"
# Vite names a built file after its content: name-CONTENTHASH.suffix.
_HASHED = re.compile(r"/dist/(assets/)?.+-[\w-]{8}\.\w+$")


def is_for_ever(_path: str, url: str) -> bool:
    """Return whether the file behind ``url`` never changes, so that it may be kept for ever."""
    return _HASHED.search(url) is not None


def with_static_files(django: object, folder: Path = KIT_STATIC) -> WhiteNoise:
    """Serve ``folder`` under ``/static/``, compressed files where the build left them."""
    served = WhiteNoise(
        django,
        root=folder,
        prefix="static/",
        max_age=3600,
        immutable_file_test=is_for_ever,
        allow_all_origins=False,
    )
    for own in LOG_IN_STATIC:
        served.add_files(own, prefix="static/")
    return served


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
application = with_static_files(get_wsgi_application())
