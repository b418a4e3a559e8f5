"""Draws the icons of the installed page: two rings that hold together, as in ``icon.svg``.

    python setup/app_icons.py

The files are small and lie in the repository; run it again only when the drawing changes.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

TARGET = Path(__file__).resolve().parent.parent / "src/tongxin/surfaces/kit/static/kit"
BLUE, PAPER = "#1f5fbf", "#fbfaf7"
FINE = 4
"""Drawn so many times larger and brought down, so that the rings are smooth."""


def icon(size: int, *, maskable: bool) -> Image.Image:
    """Return the icon; a maskable one fills its square and keeps its drawing in the safe circle."""
    whole = size * FINE
    ground = BLUE if maskable else (0, 0, 0, 0)
    image = Image.new("RGBA", (whole, whole), ground)
    pen = ImageDraw.Draw(image)
    if not maskable:
        pen.rounded_rectangle((0, 0, whole - 1, whole - 1), radius=whole * 0.2, fill=BLUE)
    unit = whole / (40 if maskable else 31)  # of the 24 units of icon.svg, with room around
    for x in (-3, 3):
        _ring(pen, whole / 2 + x * unit, whole / 2, 6.5 * unit, 2.2 * unit)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _ring(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, width: float) -> None:
    outer = radius + width / 2
    box = (x - outer, y - outer, x + outer, y + outer)
    pen.ellipse(box, outline=PAPER, width=round(width))


def main() -> None:
    """Write all three files."""
    for name, size, maskable in (
        ("app-192", 192, False),
        ("app-512", 512, False),
        ("app-maskable-512", 512, True),
    ):
        small = icon(size, maskable=maskable).quantize(64)
        small.save(TARGET / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
