import Randomization
import StudyModel

/// The allocation scheme a definition describes.
enum SchemeOfDefinition {
  static func scheme(
    _ definition: StudyDefinition, ledger: LedgerIdentity
  ) throws -> Scheme {
    let plan = definition.randomization
    let sites = definition.sites.map(\.key.text)
    return try Scheme(
      ledger: ledger, epoch: 1,
      arms: definition.arms.map { Scheme.Arm(id: Label($0.code.text), ratio: $0.ratio) },
      factors: plan.factors.map { factor in
        let levels = factor.levels.isEmpty ? sites : factor.levels
        return Scheme.Factor(id: Label(factor.id.text), levels: levels.map { Label($0) })
      },
      strata: plan.factors.map { Label($0.id.text) }, method: try method(plan.method),
      caps: [Scheme.Cap(when: [:], max: plan.plannedTotal)] + siteCaps(plan, sites),
      void: .keep, correct: .keep, carry: false)
  }

  private static func method(_ method: AllocationMethod) throws -> Scheme.Method {
    switch method {
    case .block(let sizes): return .block(sizes: sizes)
    case .named(let name, let numbers):
      guard name == "simple", numbers.isEmpty else {
        throw ActRefusal.notNow(
          code: "method_not_offered",
          sentence: "The method \(name) cannot be activated from a definition yet.")
      }
      return .simple
    }
  }

  private static func siteCaps(_ plan: RandomizationPlan, _ sites: [String]) -> [Scheme.Cap] {
    guard let cap = plan.siteCap,
      let factor = plan.factors.first(where: { $0.source == .site })
    else { return [] }
    return sites.map { Scheme.Cap(when: [Label(factor.id.text): Label($0)], max: cap) }
  }
}
