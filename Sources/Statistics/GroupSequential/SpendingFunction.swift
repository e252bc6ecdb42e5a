/// How much of an error rate may be spent by a fraction of the information.
///
/// Every function rises from 0 at t = 0 to the whole rate at t = 1 and stays there.
public enum SpendingFunction: Equatable, Sendable {
  /// 2(1 − Φ(z_{α/2}/√t)): spends little early. Lan and DeMets (1983), Biometrika 70, 659-663.
  case obrienFleming
  /// α ln(1 + (e − 1)t). Lan and DeMets (1983).
  case pocock
  /// α t^ρ, ρ > 0. Kim and DeMets (1987), Biometrika 74, 149-154.
  case kimDeMets(rho: Double)
  /// α(1 − e^{−γt})/(1 − e^{−γ}). Hwang, Shih and DeCani (1990), Stat. Med. 9, 1439-1445.
  case hwangShihDeCani(gamma: Double)

  /// What it is called in a report, with its source.
  public var title: String {
    switch self {
    case .obrienFleming:
      "spending of the O'Brien-Fleming type; Lan and DeMets (1983), Biometrika 70, 659-663"
    case .pocock: "spending of the Pocock type; Lan and DeMets (1983), Biometrika 70, 659-663"
    case .kimDeMets(let rho):
      "spending by the power \(Wording.number(rho)) of the information; Kim and DeMets (1987), Biometrika 74, 149-154"
    case .hwangShihDeCani(let gamma):
      "spending of the Hwang-Shih-DeCani family, gamma \(Wording.number(gamma)); Hwang, Shih and DeCani (1990), Stat. Med. 9, 1439-1445"
    }
  }

  /// The error spent by each of growing fractions.
  /// - Throws: `parameterOutOfRange` when the parameter makes the function fall or exceed the whole.
  func spent(_ total: Double, at fractions: [Double]) throws(StatisticsRefusal) -> [Double] {
    let spent = fractions.map { self.spent(total, at: $0) }
    var before = 0.0
    for value in spent {
      guard value >= before, value <= total * (1 + 1e-12) else { throw .parameterOutOfRange }
      before = value
    }
    return spent
  }

  /// The error spent by an information fraction.
  /// - Parameters:
  ///   - total: the whole rate, for example one-sided 0.025; in 0 < α < 1.
  ///   - fraction: t ≥ 0; above 1 counts as 1.
  public func spent(_ total: Double, at fraction: Double) -> Double {
    if fraction <= 0 { return 0 }
    if fraction >= 1 { return total }
    switch self {
    case .obrienFleming:
      return 2 * Normal.tail(Normal.tailQuantile(total / 2) / sqrt(fraction))
    case .pocock: return total * log1p((exp(1) - 1) * fraction)
    case .kimDeMets(let rho): return total * pow(fraction, rho)
    case .hwangShihDeCani(let gamma):
      if gamma == 0 { return total * fraction }
      return total * expm1(-gamma * fraction) / expm1(-gamma)
    }
  }
}
