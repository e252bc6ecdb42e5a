import Randomization

/// Requests in order, allocated or refused.
enum RefusalCases {
  private static let expected: Set<Label> = ["arm", "refused", "seal", "seq"]

  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    guard let seed = Seed(secureBytes: try file.bytes("seed")) else { throw .malformed("seed") }
    let entropy = file["entropy"] == nil ? [] : try file.bytes("entropy")
    var trial = try CaseTrial(scheme: try file.scheme(), seed: seed, publicEntropy: entropy)
    var outcomes: [CaseOutcome] = []
    for (index, step) in try file.items("steps").enumerated() {
      let reference = ReferenceCase(
        "step \(index + 1)", method: "refusals", step, expecting: expected)
      outcomes.append(
        try reference.outcome { given throws(CaseFileRefusal) in
          try answer(given, &trial)
        })
    }
    return outcomes
  }

  private static func answer(
    _ given: CaseValue, _ trial: inout CaseTrial
  ) throws(CaseFileRefusal) -> CaseValue {
    // The levels are JSON within a text, so that another normalization form survives the file.
    let levels = try CaseValue(parsing: Array(try given.text("levels_json_ascii").utf8)).labels()
    let result = try trial.allocate(
      rid: given.text("rid"), subject: given.text("subject"), levels: levels)
    switch result {
    case .success(let draw):
      return .record([
        "arm": .text(draw.arm.text), "seal": .text(draw.seal.hex), "seq": .integer(draw.seq),
      ])
    case .failure(let refusal):
      return .record(["refused": .text(refusal.rawValue)])
    }
  }
}
