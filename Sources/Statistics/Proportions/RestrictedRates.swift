/// Maximum likelihood estimates of two response rates whose difference is held at δ.
///
/// Sources: Miettinen and Nurminen (1985), Comparative analysis of two rates, Stat. Med. 4,
/// 213-226, appendix I; Farrington and Manning (1990), Stat. Med. 9, 1447-1454, p. 1449. Symbols as
/// in the first: the comparator's rate R₀ solves L₃R³ + L₂R² + L₁R + L₀ = 0 and has the
/// trigonometric form; R₁ = R₀ + δ. One Newton step on the cubic removes the cancellation the
/// closed form suffers near the edges, and the rates are held inside [max(0, −δ), min(1, 1 − δ)].
/// Units: proportions. Absolute error below 1e-12.
struct RestrictedRates {
  /// R₁, the experimental arm's rate under the restriction.
  var experimental: Double
  /// R₀, the comparator's.
  var comparator: Double

  /// - Parameter difference: δ, in [−1, 1].
  @inline(__always)
  init(_ x1: Double, _ n1: Double, _ x0: Double, _ n0: Double, difference delta: Double) {
    let total = n1 + n0
    let l3 = total
    let l2 = (n1 + 2 * n0) * delta - total - (x1 + x0)
    let l1 = (n0 * delta - total - 2 * x0) * delta + x1 + x0
    let l0 = x0 * delta * (1 - delta)
    let shift = l2 / (3 * l3)
    let q = shift * shift * shift - l1 * l2 / (6 * l3 * l3) + l0 / (2 * l3)
    let radicand = shift * shift - l1 / (3 * l3)
    let size = radicand > 0 ? sqrt(radicand) : 0
    let p = q > 0 ? size : -size
    let cube = p * p * p
    let cosine = cube == 0 ? 0 : min(max(q / cube, -1), 1)
    let angle = (Double.pi + acos(cosine)) / 3
    let lowest = max(0, -delta)
    let highest = min(1, 1 - delta)
    var root = min(max(2 * p * cos(angle) - shift, lowest), highest)
    let value = ((l3 * root + l2) * root + l1) * root + l0
    let slope = (3 * l3 * root + 2 * l2) * root + l1
    if slope != 0 {
      let polished = root - value / slope
      let left = ((l3 * polished + l2) * polished + l1) * polished + l0
      if polished >= lowest && polished <= highest && abs(left) < abs(value) { root = polished }
    }
    comparator = root
    experimental = min(max(root + delta, 0), 1)
  }

  /// The variance of the observed difference at these rates.
  @inline(__always)
  func variance(_ n1: Double, _ n0: Double) -> Double {
    experimental * (1 - experimental) / n1 + comparator * (1 - comparator) / n0
  }
}

/// Whether a score variance carries the factor N/(N − 1).
public enum ScoreVariance: Sendable {
  /// With the factor, as Miettinen and Nurminen (1985) have it.
  case unbiased
  /// Without, as Mee (1984) and Farrington and Manning (1990).
  case plain

  @inline(__always)
  func factor(_ total: Double) -> Double {
    switch self {
    case .unbiased: total > 1 ? total / (total - 1) : 1
    case .plain: 1
    }
  }
}

/// A numerator over a root of a variance that may vanish: 0/0 counts as no evidence.
@inline(__always)
func standardized(_ numerator: Double, _ variance: Double) -> Double {
  if variance > 0 { return numerator / sqrt(variance) }
  if numerator == 0 { return 0 }
  return numerator > 0 ? .infinity : -.infinity
}
