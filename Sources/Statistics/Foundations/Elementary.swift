import CSpecialFunctions

// The elementary functions under their usual names, so that formulas read as in the papers.

@inline(__always) func exp(_ x: Double) -> Double { special_exp(x) }
@inline(__always) func expm1(_ x: Double) -> Double { special_expm1(x) }
@inline(__always) func log(_ x: Double) -> Double { special_log(x) }
@inline(__always) func log1p(_ x: Double) -> Double { special_log1p(x) }
@inline(__always) func cos(_ x: Double) -> Double { special_cos(x) }
@inline(__always) func acos(_ x: Double) -> Double { special_acos(x) }
@inline(__always) func pow(_ x: Double, _ y: Double) -> Double { special_pow(x, y) }
@inline(__always) func sqrt(_ x: Double) -> Double { x.squareRoot() }
@inline(__always) func logGamma(_ x: Double) -> Double { special_log_gamma(x) }

/// log of the number of ways to choose `part` of `whole`.
func logChoose(_ whole: Int, _ part: Int) -> Double {
  logGamma(Double(whole) + 1) - logGamma(Double(part) + 1) - logGamma(Double(whole - part) + 1)
}
