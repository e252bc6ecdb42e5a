/// Where a continuous function changes sign inside a bracket.
///
/// Source: Chandrupatla (1997), A new hybrid quadratic/bisection algorithm for finding the zero
/// of a nonlinear function without using derivatives, Adv. Eng. Software 28, 145-149. Inverse
/// quadratic steps where his criterion holds, bisection elsewhere; a value that is not finite
/// counts as large with its sign, so that infinite statistics at an edge do no harm.
/// - Parameters:
///   - lower, upper: a bracket; when the signs at its ends agree the end nearer to zero is given.
///   - tolerance: half the width of the final bracket, on the scale of the argument.
@inline(__always)
func rootBetween(
  _ lower: Double, _ upper: Double, tolerance: Double = 1e-13, of function: (Double) -> Double
) -> Double {
  func tamed(_ value: Double) -> Double {
    if value.isNaN { return 0 }
    return min(max(value, -1e100), 1e100)
  }
  var a = upper
  var b = lower
  var fa = tamed(function(a))
  var fb = tamed(function(b))
  if fa == 0 { return a }
  if fb == 0 { return b }
  guard (fa < 0) != (fb < 0) else { return abs(fa) < abs(fb) ? a : b }
  var c = a
  var fc = fa
  var share = 0.5
  for _ in 0..<rootStepsAtMost {
    let x = a + share * (b - a)
    let fx = tamed(function(x))
    if (fx < 0) == (fa < 0) {
      c = a
      fc = fa
    } else {
      c = b
      b = a
      fc = fb
      fb = fa
    }
    a = x
    fa = fx
    let best = abs(fa) < abs(fb) ? a : b
    if min(abs(fa), abs(fb)) == 0 { return best }
    let resolution = 2 * best.magnitude * 2.3e-16 + tolerance
    let limit = resolution / abs(b - a)
    if limit > 0.5 { return best }
    let xi = (a - b) / (c - b)
    let phi = (fa - fb) / (fc - fb)
    if phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi {
      share =
        fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
      share = min(max(share, limit), 1 - limit)
    } else {
      share = 0.5
    }
  }
  return abs(fa) < abs(fb) ? a : b
}

/// Bisection alone needs about 60 steps for a unit interval; twice that is a safe bound.
private let rootStepsAtMost = 200
