"""Straightforward programs of two methods for which no package could be installed, written for the measurement.

Both follow the papers and nothing else: the restricted estimates of Farrington and Manning (1990), Stat. Med. 9,
1447-1454, the stratified score method of Miettinen and Nurminen (1985), Stat. Med. 4, 213-226, and the exact
interval of Chan and Zhang (1999), Biometrics 55, 1202-1209, tables ordered by the score statistic.
"""
import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm


def restricted(x1, n1, x0, n0, delta):
    """Maximum likelihood estimates of both rates when their difference is delta; counts may be arrays."""
    p1, p0, ratio = x1 / n1, x0 / n0, n0 / n1
    a = 1 + ratio
    b = -(1 + ratio + p1 + ratio * p0 + delta * (ratio + 2))
    c = delta * delta + delta * (2 * p1 + ratio + 1) + p1 + ratio * p0
    d = -p1 * delta * (1 + delta)
    v = b ** 3 / (3 * a) ** 3 - b * c / (6 * a * a) + d / (2 * a)
    u = np.where(v >= 0, 1, -1) * np.sqrt(np.maximum(b * b / (3 * a) ** 2 - c / (3 * a), 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        angle = np.where(u == 0, 0, v / u ** 3)
    w = (np.pi + np.arccos(np.clip(angle, -1, 1))) / 3
    first = np.clip(2 * u * np.cos(w) - b / (3 * a), max(0, delta), min(1, 1 + delta))
    return first, first - delta


def variance(x1, n1, x0, n0, delta):
    first, second = restricted(x1, n1, x0, n0, delta)
    return first * (1 - first) / n1 + second * (1 - second) / n0


def stratified(level=0.95):
    """Limits over the six strata of the benchmark, Mantel-Haenszel weights."""
    number = np.arange(6.0)
    x1, n1, x0, n0 = 20 + number, 40 + 2 * number, 15 + number, 38 + number
    weight, total = n1 * n0 / (n1 + n0), n1 + n0

    def z(delta):
        spread = variance(x1, n1, x0, n0, delta) * total / (total - 1)
        return (weight @ (x1 / n1 - x0 / n0 - delta)) / np.sqrt(weight * weight @ spread)

    edge = norm.isf((1 - level) / 2)
    return [brentq(lambda delta: z(delta) - side, -0.999, 0.999, xtol=1e-13) for side in (edge, -edge)]


def exact(x1=108, x0=90, n=200, level=0.95):
    """Limits of two one-sided tests, the nuisance rate over a grid of 1,000."""
    ones, zeros = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij")
    counts = np.arange(n + 1)

    def tail(delta, sign):
        spread = variance(ones, n, zeros, n, delta)
        with np.errstate(invalid="ignore", divide="ignore"):
            z = sign * np.where(spread > 0, (ones / n - zeros / n - delta) / np.sqrt(spread), 0)
        extreme = (z >= z[x1, x0] - 1e-12).astype(float)
        rates = np.linspace(max(0, -delta), min(1, 1 - delta), 1001)
        one = binom.pmf(counts[None, :], n, rates[:, None] + delta)
        zero = binom.pmf(counts[None, :], n, rates[:, None])
        return float(np.max(np.einsum("gi,gi->g", one @ extreme, zero)))

    alpha = (1 - level) / 2
    middle = (x1 - x0) / n
    return [
        brentq(lambda delta: tail(delta, 1) - alpha, middle - 0.3, middle, xtol=1e-6),
        brentq(lambda delta: tail(delta, -1) - alpha, middle, middle + 0.3, xtol=1e-6),
    ]
