"""How a phone sees it: light and shadow, tilt, blur, noise, and the JPEG that it saves."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from harness.photographs.sheet import Light, blurred, clouds

LIGHTS = ("even", "gradient", "soft shadow", "hard shadow", "lamp")


def lit(light: Light, kind: str, gloss: float, rng: np.random.Generator) -> Light:
    """Light of a kind, one of LIGHTS, on the scene; `gloss` is the strength of a window's reflection, 0 for none."""
    height, width = light.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = columns / width - 0.5, rows / height - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    strength = {"even": 0.08, "gradient": rng.uniform(0.4, 0.9), "lamp": 0.2}.get(kind, rng.uniform(0.1, 0.4))
    shade = 1 + np.float32(strength) * along
    if kind == "lamp":
        at = rng.uniform(-0.4, 0.4, 2)
        shade *= np.float32(0.35) + np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / np.float32(rng.uniform(0.1, 0.4)))
    shade *= 1 - np.float32(rng.uniform(0.1, 0.45)) * (x**2 + y**2)  # the lens
    shade *= 1 + np.float32(0.03) * clouds((height, width), 0.3 * width, rng)  # the paper is not flat
    if "shadow" in kind:
        bent = along + np.float32(rng.uniform(0, 0.05)) * clouds((height, width), 0.4 * width, rng)
        inside = (bent > rng.uniform(-0.2, 0.2)).astype(np.float32)
        soft = width * (rng.uniform(0.02, 0.08) if kind == "soft shadow" else rng.uniform(0.002, 0.008))
        shade *= 1 - np.float32(rng.uniform(0.35, 0.65)) * blurred(inside, soft)
    tint = np.array([1 + rng.uniform(-0.12, 0.2), 1.0, 1 + rng.uniform(-0.3, 0.1)], np.float32)
    result = light * shade[..., None] * tint
    if gloss:
        at, size = rng.uniform(-0.4, 0.4, 2), rng.uniform(0.01, 0.05)
        result += np.float32(gloss) * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / np.float32(size))[..., None]
    return np.asarray(result, np.float32)


def tilt(shape: tuple[int, int], amount: float, turn: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A matrix [3, 3] from points of the scene to points of the photo.

    Args:
        shape: height and width of both.
        amount: how much smaller the far side is than the near one, 0..1.
        turn: largest turn of the camera in degrees.
    """
    height, width = shape
    turned = np.deg2rad(rng.uniform(-turn, turn))
    c, s = np.cos(turned), np.sin(turned)
    lean = rng.uniform(-1, 1, 2) * amount / np.array([width, height])
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    matrix = np.array([[c, -s, 0], [s, c, 0], [lean[0], lean[1], 1]])
    corners = np.array([[x * width / 2, y * height / 2] for x in (-1, 1) for y in (-1, 1)])
    reach = np.abs(through(np.linalg.inv(matrix), corners)) / (width / 2, height / 2)
    nearer = np.diag([max(1.0, float(reach.max())), max(1.0, float(reach.max())), 1])
    return np.asarray(np.linalg.inv(centre) @ matrix @ nearer @ centre)


def through(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points [P, 2] of the scene as points of the photo."""
    seen = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(seen[:, :2] / seen[:, 2:])


def shoot(light: Light, matrix: NDArray[np.float64], rng: np.random.Generator) -> bytes:
    """The JPEG file of a lit scene seen through `matrix`."""
    height, width = light.shape[:2]
    back = np.linalg.inv(matrix)
    terms = (back / back[2, 2]).ravel()[:8].tolist()
    exposure = rng.uniform(0.75, 1.1) * 0.8 / max(0.25, float(np.quantile(light[::9, ::9], 0.95)))
    seen = np.stack(
        [
            np.asarray(
                Image.fromarray(light[..., channel]).transform(
                    (width, height), Image.Transform.PERSPECTIVE, terms, Image.Resampling.BICUBIC
                )
            )
            for channel in range(3)
        ],
        axis=-1,
    )
    blur = rng.uniform(0.4, 1.1) * max(1.0, width / 1600)
    for channel in range(3):
        seen[..., channel] = gaussian_filter(seen[..., channel], (blur * rng.uniform(0.9, 1.2), blur), truncate=3)
    seen = np.clip(seen * np.float32(exposure), 0, None)
    grain = np.float32(0.6) * rng.standard_normal(seen.shape, np.float32)
    grain += np.float32(0.5) * clouds((height, width), 3, rng)[..., None]
    seen += np.float32(rng.uniform(0.004, 0.016)) * np.sqrt(seen + np.float32(0.02)) * grain
    levels = np.linspace(0, 1, 4096)
    curve = np.where(levels <= 0.0031308, 12.92 * levels, 1.055 * levels ** (1 / 2.4) - 0.055)
    values = (curve * 255 + 0.5).astype(np.uint8)[(seen.clip(0, 1) * 4095).astype(np.uint16)]
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=int(rng.integers(55, 93)))
    return file.getvalue()
