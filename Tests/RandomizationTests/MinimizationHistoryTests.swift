import Testing

@testable import Randomization

/// Minimization's running counts against counts taken from the whole history every time.
@Suite struct MinimizationHistoryTests {
  struct Rules: Sendable, CustomTestStringConvertible {
    let void: Scheme.VoidRule
    let correct: Scheme.CorrectionRule
    var testDescription: String { "void \(void), correct \(correct)" }
  }

  static let rules = [
    Rules(void: .keep, correct: .keep), Rules(void: .drop, correct: .keep),
    Rules(void: .keep, correct: .apply), Rules(void: .drop, correct: .apply),
  ]

  /// What a reader of the specification would note of a participant.
  private struct Noted {
    let number: Int
    let site: Label
    let arm: Label
    let epoch: Int
    var sex: Label
    var isVoid = false
  }

  @Test(arguments: rules)
  func `running counts agree with a recount of the history`(rules: Rules) throws {
    var world = try TrialWorld(.minimizing, void: rules.void, correct: rules.correct)
    var history: [Noted] = []
    var bits = TestBits(seed: 20_270_301)
    for number in 1...240 {
      if number == 80 || number == 160 {
        // The third epoch reaches back to the first, since the second carries too.
        try world.start(
          world.scheme(
            .minimizing, epoch: number / 80 + 1,
            arms: number == 80 ? ["KET", "KAP", "ECT"] : ["ECT", "KET"],
            void: rules.void, correct: rules.correct, carry: true))
      }
      let site = TrialWorld.sites[Int.random(in: 0..<2, using: &bits)]
      let sex: Label = Bool.random(using: &bits) ? "female" : "male"
      let draw = try world.ledger.draw(TrialWorld.request(number, site: site, sex: sex)).get()
      let counted = history.filter {
        $0.site == site && !(rules.void == .drop && $0.isVoid)
      }
      let arms = world.ledger.schemeInForce?.arms.map(\.id) ?? []
      let bySex = arms.map { arm in counted.count { $0.arm == arm && $0.sex == sex } }
      let all = arms.map { arm in counted.count { $0.arm == arm } }
      #expect(draw.scores?.tables.map(\.counts) == [bySex, all])
      try world.allocate(number, site: site, sex: sex)
      history.append(
        Noted(number: number, site: site, arm: draw.arm, epoch: draw.epoch, sex: sex))
      let index = Int.random(in: 0..<history.count, using: &bits)
      let chosen = history[index]
      switch Int.random(in: 0..<4, using: &bits) {
      case 0 where !chosen.isVoid:
        try world.act(.void(subject: Label("P-\(chosen.number)"), reason: "ineligible"))
        history[index].isVoid = true
      case 1:
        let corrected: Label = Bool.random(using: &bits) ? "female" : "male"
        // The corrected site must not move the participant to another stratum.
        try world.act(
          .correct(
            subject: Label("P-\(chosen.number)"), levels: ["site": "S03", "sex": corrected],
            reason: "typed wrongly"))
        if rules.correct == .apply { history[index].sex = corrected }
      default: break
      }
    }
    #expect(
      BundleVerifier.verify(try world.bundle.canonicalBytes())
        == .verified(world.entries.count))
  }

  @Test func `counts are carried only where they keep their meaning`() throws {
    let world = try TrialWorld(.minimizing)
    func fault(_ scheme: Scheme) -> SchemeFault? { world.ledger.fault(ofNext: scheme) }
    #expect(try fault(world.scheme(.minimizing, epoch: 2, carry: true)) == nil)
    #expect(
      try fault(world.scheme(.minimizing, epoch: 2, ratios: [2, 1, 1], carry: true))
        == .carryCondition)
    #expect(
      try fault(world.scheme(.minimizing, epoch: 2, arms: ["KET", "KAP", "NEW"], carry: true))
        == .carryCondition)
    #expect(
      try fault(world.scheme(.minimizing, epoch: 2, strata: [], carry: true)) == .carryCondition)
    #expect(try fault(world.scheme(.minimizing, epoch: 3)) == .succession)
    let block = try TrialWorld(.block(sizes: [3]))
    #expect(
      try block.ledger.fault(ofNext: block.scheme(.minimizing, epoch: 2, carry: true))
        == .carryCondition)
  }
}
