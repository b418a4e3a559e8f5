"""Pictures as they come in: checked, turned upright, made smaller, freed of everything but pixels.

What is written is drawn anew from the pixels, so neither EXIF (place, device, time) nor anything
hidden behind the picture survives. Pure: bytes in, bytes out.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from tongxin.kernel.errors import BadInput

LARGEST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2_560
THUMBNAIL_SIDE = 360
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 84


@dataclass(frozen=True)
class Picture:
    """A clean JPEG, its thumbnail (also JPEG), and its size in pixels."""

    full: bytes
    thumbnail: bytes
    width: int
    height: int


def clean(data: bytes) -> Picture:
    """Return the picture drawn anew; raises ``BadInput`` when it is none, or too large."""
    if len(data) > LARGEST_BYTES:
        raise BadInput("photo.too_large", _("The photo is larger than 12 MB."), field="photo")
    image = _open(data)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_jpeg(image), _jpeg(small), image.width, image.height)


def _open(data: bytes) -> Image.Image:
    not_one = BadInput(
        "photo.not_one",
        _("This is not a photo that can be read (JPEG, PNG or WebP)."),
        field="photo",
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our limit is below
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise _too_many_pixels()
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # lets a JPEG decode at a lower size
        return ImageOps.exif_transpose(image).convert("RGB")
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise not_one from None


def _too_many_pixels() -> BadInput:
    return BadInput(
        "photo.too_many_pixels", _("The photo has more than 50 million pixels."), field="photo"
    )


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", image.size, image.tobytes()).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
