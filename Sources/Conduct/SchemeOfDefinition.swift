import Randomization
import StudyModel

/// The allocation scheme a definition describes: the first draft, which people may change.
enum SchemeOfDefinition {
  static func scheme(
    _ definition: StudyDefinition, ledger: LedgerIdentity, epoch: Int
  ) throws -> Scheme {
    let plan = definition.randomization
    let sites = definition.sites.map(\.key.text)
    return try Scheme(
      ledger: ledger, epoch: epoch,
      arms: definition.arms.map { Scheme.Arm(id: Label($0.code.text), ratio: $0.ratio) },
      factors: plan.factors.map { factor in
        Scheme.Factor(id: Label(factor.id.text), levels: levels(factor, sites).map { Label($0) })
      },
      strata: plan.method.isMinimization ? [] : plan.factors.map { Label($0.id.text) },
      method: try method(plan.method, over: plan.factors.map { Label($0.id.text) }),
      caps: [Scheme.Cap(when: [:], max: plan.plannedTotal)] + siteCaps(plan, sites),
      void: .keep, correct: .keep, carry: false)
  }

  /// What of a scheme this trial cannot follow: arms nobody could treat, factors and levels that
  /// no stored value gives.
  static func faults(of scheme: Scheme, _ definition: StudyDefinition) -> [Fault] {
    var faults: [Fault] = []
    let arms = Set(definition.arms.map { Label($0.code.text) })
    if !scheme.arms.allSatisfy({ arms.contains($0.id) }) {
      faults.append(
        Fault(
          field: "arms.id", code: "unknown_arm",
          sentence: "arms.id: an arm of the scheme is not an arm of the study's definition. "
            + "Nothing was drafted. Load the definition that has it, or correct the scheme."))
    }
    let sites = definition.sites.map(\.key.text)
    let known = Dictionary(
      definition.randomization.factors.map {
        (Label($0.id.text), Set(levels($0, sites).map { Label($0) }))
      }, uniquingKeysWith: { first, _ in first })
    if !scheme.factors.allSatisfy({ known[$0.id] != nil }) {
      faults.append(
        Fault(
          field: "factors.id", code: "unknown_factor",
          sentence: "factors.id: the definition derives no value for a factor of the scheme. "
            + "Nothing was drafted. Take a factor of the definition."))
    }
    if !scheme.factors.allSatisfy({ Set($0.levels).isSubset(of: known[$0.id] ?? Set($0.levels)) }) {
      faults.append(
        Fault(
          field: "factors.levels", code: "unknown_level",
          sentence:
            "factors.levels: a level of the scheme is none the definition derives, byte for "
            + "byte. Nothing was drafted. Write the levels as the definition does."))
    }
    return faults
  }

  private static func levels(_ factor: StratificationFactor, _ sites: [String]) -> [String] {
    factor.levels.isEmpty ? sites : factor.levels
  }

  private static func method(
    _ method: AllocationMethod, over factors: [Label]
  ) throws -> Scheme.Method {
    switch method {
    case .block(let sizes): return .block(sizes: sizes)
    case .named(let name, let numbers):
      let wholes = numbers.mapValues { $0.compactMap(\.whole) }
      func number(_ key: String) -> Int? {
        wholes[key]?.count == 1 ? wholes[key]?.first : nil
      }
      switch (name, numbers.count) {
      case ("simple", 0): return .simple
      case ("block_urn", 1): if let lambda = number("lambda") { return .blockUrn(lambda: lambda) }
      case ("big_stick", 1): if let mti = number("mti") { return .bigStick(mti: mti) }
      case ("maximal", 2):
        if let mti = number("mti"), let length = number("length") {
          return .maximal(mti: mti, length: length)
        }
      case ("biased_coin", 1):
        if let p = wholes["p"], p.count == 2 { return .biasedCoin(.init(p[0], of: p[1])) }
      case ("urn", 2):
        if let alpha = number("alpha"), let beta = number("beta") {
          return .urn(alpha: alpha, beta: beta)
        }
      case ("minimization", 2...3):
        if let found = minimization(wholes, over: factors) { return found }
      default: break
      }
      throw ActRefusal.notNow(
        code: "method_not_offered",
        sentence: "The definition does not spell the method \(name) in full. Nothing was drafted. "
          + "Draft a candidate as JSON, or take one of the methods offered.")
    }
  }

  /// Minimization over the factors of the definition, one weight for each in their order: with the
  /// probability `p` the arm that lessens the range of counts, and `overall` as the weight of all.
  private static func minimization(
    _ numbers: [String: [Int]], over factors: [Label]
  ) -> Scheme.Method? {
    guard let p = numbers["p"], p.count == 2, let weights = numbers["weights"],
      weights.count == factors.count,
      numbers.count == 2 || numbers["overall"]?.count == 1
    else { return nil }
    return .minimization(
      .init(
        factors: zip(factors, weights).map { .init(id: $0, weight: $1) },
        overall: numbers["overall"]?.first ?? 0, measure: .range, p: .init(p[0], of: p[1]),
        unequal: .slots))
  }

  private static func siteCaps(_ plan: RandomizationPlan, _ sites: [String]) -> [Scheme.Cap] {
    guard let cap = plan.siteCap,
      let factor = plan.factors.first(where: { $0.source == .site })
    else { return [] }
    return sites.map { Scheme.Cap(when: [Label(factor.id.text): Label($0)], max: cap) }
  }
}

extension AllocationMethod {
  /// Whether it counts over all factors instead of drawing within strata.
  fileprivate var isMinimization: Bool {
    if case .named("minimization", _) = self { true } else { false }
  }
}
