import Randomization

/// The generator against NIST's vectors, then tape, uniform and pick.
enum DRBGCases {
  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    var outcomes: [CaseOutcome] = []
    for (index, vector) in try file.itemsIfAny("nist").enumerated() {
      let reference = ReferenceCase(
        "nist \(index + 1)", method: "hmac_drbg", vector, expecting: ["second_output"])
      outcomes.append(try reference.outcome(secondOutput))
    }
    if let part = file["tape"] { outcomes.append(try tape(part)) }
    if let part = file["uniform"] { outcomes += try draws(part, named: "uniform", uniform) }
    if let part = file["pick"] { outcomes += try draws(part, named: "pick", pick) }
    return outcomes
  }

  private static func secondOutput(_ given: CaseValue) throws(CaseFileRefusal) -> CaseValue {
    var generator = HMACDRBG(
      entropy: try given.bytes("entropy"), nonce: try given.bytes("nonce"),
      personalization: try given.bytes("personalization"))
    _ = generator.generate(128)
    return .record(["second_output": .hex(generator.generate(128))])
  }

  private static func tape(_ value: CaseValue) throws(CaseFileRefusal) -> CaseOutcome {
    let count = try value.items("words").count
    let reference = ReferenceCase("tape", method: "tape", value, expecting: ["words"])
    return try reference.outcome { given throws(CaseFileRefusal) in
      var tape = try tape(given, given)
      return .record(["words": .list((0..<count).map { _ in word(tape.word()) })])
    }
  }

  private static func word(_ word: UInt64) -> CaseValue {
    .hex((0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) })
  }

  private static func draws(
    _ group: CaseValue, named name: String,
    _ answer: (CaseValue, inout Tape, _ count: Int) throws(CaseFileRefusal) -> CaseValue
  ) throws(CaseFileRefusal) -> [CaseOutcome] {
    var outcomes: [CaseOutcome] = []
    for (index, value) in try group.items("cases").enumerated() {
      let count = try value.items("values").count
      let reference = ReferenceCase(
        "\(name) \(index + 1)", method: name, value, expecting: ["values", "words_used"])
      outcomes.append(
        try reference.outcome { given throws(CaseFileRefusal) in
          var tape = try tape(group, given)
          return try answer(given, &tape, count)
        })
    }
    return outcomes
  }

  private static func tape(
    _ group: CaseValue, _ given: CaseValue
  ) throws(CaseFileRefusal) -> Tape {
    Tape(
      entropy: try group.bytes("entropy"), nonce: try group.bytes("nonce"),
      personalization: try given.bytes("personalization"))
  }

  private static func uniform(
    _ given: CaseValue, _ tape: inout Tape, _ count: Int
  ) throws(CaseFileRefusal) -> CaseValue {
    guard let bound = UInt64(try given.text("n")), (1...1 << 63).contains(bound) else {
      throw .malformed("a bound in 1...2^63")
    }
    var values: [CaseValue] = []
    for _ in 0..<count { values.append(.text(String(tape.uniform(bound)))) }
    return .record(["values": .list(values), "words_used": .integer(tape.wordsConsumed)])
  }

  private static func pick(
    _ given: CaseValue, _ tape: inout Tape, _ count: Int
  ) throws(CaseFileRefusal) -> CaseValue {
    let weights = try given.integers("weights")
    guard weights.allSatisfy({ $0 >= 0 }), weights.contains(where: { $0 > 0 }) else {
      throw .malformed("weights")
    }
    var values: [Int] = []
    for _ in 0..<count { values.append(tape.pick(weights.map { UInt64($0) })) }
    return .record(["values": .numbers(values), "words_used": .integer(tape.wordsConsumed)])
  }
}
