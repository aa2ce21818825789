"""The colours that every page shares."""

from digitlab.colours import MAGMA, VIK, gradient, rgb, table

__all__ = ["BOARD", "COLOUR_MAPS", "DIGITS", "INK", "MAGMA", "VIK", "gradient", "ink_on", "rgb", "table"]

# One colour a digit. A search put them as far apart as it could in OKLab for normal, protan, deutan and tritan vision
# at once (the smallest distance is 0.114; matplotlib's petroff10 has 0.061), with luminances from 0.07 to 0.5, so that
# all show on the light and on the dark page. They never stand alone: the digit is always written beside its colour.
DIGITS = (
    "#5a8fbe",
    "#ed4f09",
    "#14cca3",
    "#8549b1",
    "#bcc006",
    "#af1270",
    "#4412ff",
    "#783e0a",
    "#ff4eff",
    "#bc6776",
)

BOARD = "#0b0d12"  # the pad, near black in both themes: the network sees white ink on black
INK = "#ffffff"

# For a layer's numbers: where none is below zero, and where some are; digitlab/browser/colours.js reads these.
COLOUR_MAPS = {"amounts": MAGMA, "signed": VIK}


def ink_on(colour: str) -> str:
    """Black or white, whichever can be read better on "#rrggbb" (WCAG 2.2, relative luminance)."""
    shares = [value / 255 for value in rgb(colour)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "black" if luminance > 0.179 else "white"  # where both have the same contrast, 4.6 to 1
