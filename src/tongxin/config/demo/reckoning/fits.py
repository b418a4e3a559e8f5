"""Small statistics: quantiles, a log-normal with its fit beside the data, smoothing round a clock.

Only what the figures need, each with the reason why it is done so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NORMAL_P90 = 1.2815515655446004
BANDWIDTHS_H = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return n, p10, p50 and p90 of durations in seconds."""
    p10, p50, p90 = np.quantile(np.asarray(seconds, dtype=float), [0.1, 0.5, 0.9])
    return {"n": len(seconds), "p10_s": round(p10), "p50_s": round(p50), "p90_s": round(p90)}


def fit_lognormal(seconds: Sequence[float]) -> dict[str, float]:
    """Fit a log-normal by the mean and deviation of the logarithms.

    Returns the median (s) and sigma, the data's p10/p50/p90 and the fit's, so that a reader sees
    how far the curve may be trusted.
    """
    logs = np.log(np.asarray(seconds, dtype=float))
    mu, sigma = float(logs.mean()), float(logs.std(ddof=1))
    return {
        **quantiles(seconds),
        "median_s": round(math.exp(mu), 1),
        "sigma": round(sigma, 4),
        "fit_p10_s": round(math.exp(mu - NORMAL_P90 * sigma)),
        "fit_p90_s": round(math.exp(mu + NORMAL_P90 * sigma)),
    }


def smooth_hours(counts: Floats, bandwidth_h: float) -> Floats:
    """Smooth 24 hourly counts with a Gaussian wrapped round the clock; the sum is kept."""
    hours = np.arange(24)
    gap = np.minimum(hours, 24 - hours)
    kernel = np.exp(-0.5 * (gap / bandwidth_h) ** 2)
    kernel /= kernel.sum()
    return np.array([float(np.roll(kernel, h) @ counts) for h in hours])


def choose_bandwidth(by_day: Floats) -> tuple[float, dict[str, float]]:
    """Choose the smoothing by leave-one-day-out: predict each day's hours from the other days.

    ``by_day`` is days × 24. Scored by the Poisson log-likelihood of the hours given the day's
    total. Returns the best bandwidth (hours) and every score.
    """
    scores = {str(b): round(_left_out_score(by_day, b), 2) for b in BANDWIDTHS_H}
    return max(BANDWIDTHS_H, key=lambda b: scores[str(b)]), scores


def _left_out_score(by_day: Floats, bandwidth_h: float) -> float:
    total = by_day.sum(axis=0)
    score = 0.0
    for day in by_day:
        shares = smooth_hours(total - day, bandwidth_h)
        shares /= shares.sum()
        score += float((day * np.log(shares)).sum())
    return score


def factors(means: Sequence[float]) -> list[float]:
    """Turn daily means into factors with mean 1."""
    middle = sum(means) / len(means)
    return [round(m / middle, 4) for m in means]
