import Randomization

/// Every method, step by step, as the ledger draws it.
enum MethodCases {
  private static let expectedOfCase: Set<Label> = [
    "scheme_commitment", "seed_commitment", "master",
  ]
  private static let expectedOfStep: Set<Label> = [
    "arm", "block", "epoch", "g", "preferred", "seal", "seal_key", "seq", "slot", "stratum",
    "tables", "weights", "words",
  ]

  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    try file.items("cases").map { value throws(CaseFileRefusal) in
      let steps = try value.items("allocations")
      let given = value.without(expectedOfCase)
      guard case .record(var givenParts) = given,
        case .record(var expectedParts) = value.only(expectedOfCase)
      else { throw .malformed("a case") }
      givenParts["allocations"] = .list(steps.map { $0.without(expectedOfStep) })
      expectedParts["allocations"] = .list(steps.map { $0.only(expectedOfStep) })
      let reference = ReferenceCase(
        try value.text("name"), method: try value.scheme().method.name,
        given: .record(givenParts), expected: .record(expectedParts))
      return try reference.outcome(answer)
    }
  }

  private static func answer(_ given: CaseValue) throws(CaseFileRefusal) -> CaseValue {
    let scheme = try given.scheme()
    let entropy = try given.bytes("entropy")
    guard let seed = Seed(secureBytes: try given.bytes("seed")) else { throw .malformed("seed") }
    var trial = try CaseTrial(scheme: scheme, seed: seed, publicEntropy: entropy)
    var answers: [CaseValue] = []
    for (index, step) in try given.items("allocations").enumerated() {
      switch try trial.allocate(
        rid: "\(index)", subject: step.text("subject"), levels: step.labels("levels"))
      {
      case .success(let draw): answers.append(Self.answer(draw))
      case .failure(let refusal): answers.append(.record(["refused": .text(refusal.rawValue)]))
      }
    }
    let master = seed.master(
      ledger: scheme.ledger, epoch: scheme.epoch, publicEntropy: entropy)
    return .record([
      "allocations": .list(answers), "master": .hex(master.bytes),
      "scheme_commitment": .text(seed.commitment(to: scheme).hex),
      "seed_commitment": .text(seed.commitment.fingerprint.hex),
    ])
  }

  private static func answer(_ draw: Draw) -> CaseValue {
    var answer: [Label: CaseValue] = [
      "arm": .text(draw.arm.text), "epoch": .integer(draw.epoch), "seal": .text(draw.seal.hex),
      "seal_key": .hex(draw.sealKey.bytes), "seq": .integer(draw.seq),
      "slot": .integer(draw.slot), "stratum": .hex(draw.stratum.bytes),
      "weights": .numbers(draw.weights), "words": .integer(draw.words),
    ]
    if let block = draw.block { answer["block"] = .integer(block) }
    if let scores = draw.scores { answer.merge(CaseScores.answer(scores)) { $1 } }
    return .record(answer)
  }
}

/// The scores of minimization as reference cases spell them.
enum CaseScores {
  static func answer(_ scores: MinimizationScores) -> [Label: CaseValue] {
    [
      "g": .numbers(scores.totals), "preferred": .numbers(scores.preferred),
      "tables": .list(
        scores.tables.map {
          .record([
            "factor": .text($0.factor.text), "counts": .numbers($0.counts),
            "d": .numbers($0.imbalances),
          ])
        }),
    ]
  }
}
