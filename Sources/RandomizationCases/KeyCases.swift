import Randomization

/// Keys, commitments, stratum bytes, seals and the seed box of one ledger.
enum KeyCases {
  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    let keys = try Keys(file)
    var outcomes: [CaseOutcome] = []
    let stated: Set<Label> = [
      "scheme_canonical", "scheme_commitment", "scheme_nonce", "seed_commitment",
    ]
    if stated.contains(where: { file[$0] != nil }) {
      let commitments = ReferenceCase("commitments", method: "keys", file, expecting: stated)
      outcomes.append(try commitments.outcome { _ in keys.commitments })
    }
    for (index, value) in try file.itemsIfAny("master").enumerated() {
      let reference = ReferenceCase(
        "master \(index + 1)", method: "keys", value, expecting: ["master"])
      outcomes.append(try reference.outcome(keys.master))
    }
    // The file does not say so, but its strata and seals are those of the first listed key.
    let (strata, seals) = (try file.itemsIfAny("strata"), try file.itemsIfAny("seals"))
    guard !strata.isEmpty || !seals.isEmpty else { return outcomes + (try box(file, keys)) }
    guard let first = try file.items("master").first else { throw .malformed("\"master\"") }
    let master = try keys.epochMaster(of: first.without(["master"]))
    for (index, value) in strata.enumerated() {
      let reference = ReferenceCase(
        "stratum \(index + 1)", method: "strata", value, expecting: ["bytes", "first_word"])
      outcomes.append(
        try reference.outcome { given throws(CaseFileRefusal) in
          try keys.stratum(given, master)
        })
    }
    for (index, value) in seals.enumerated() {
      let reference = ReferenceCase(
        "seal \(index + 1)", method: "seals", value, expecting: ["key", "seal"])
      outcomes.append(
        try reference.outcome { given throws(CaseFileRefusal) in try keys.seal(given, master) })
    }
    return outcomes + (try box(file, keys))
  }

  private static func box(
    _ file: CaseValue, _ keys: Keys
  ) throws(CaseFileRefusal) -> [CaseOutcome] {
    guard let part = file["sealed_seed"] else { return [] }
    let box = ReferenceCase("seed box", method: "seed_box", part, expecting: ["box"])
    return [try box.outcome(keys.box)]
  }

  private struct Keys {
    let ledger: LedgerIdentity
    let seed: Seed
    let scheme: Scheme

    init(_ file: CaseValue) throws(CaseFileRefusal) {
      guard let ledger = LedgerIdentity(try file.bytes("ledger")),
        let seed = Seed(secureBytes: try file.bytes("seed"))
      else { throw .malformed("ledger and seed") }
      self.ledger = ledger
      self.seed = seed
      scheme = try file.scheme()
    }

    var commitments: CaseValue {
      .record([
        "scheme_canonical": .hex(scheme.canonicalBytes),
        "scheme_commitment": .text(seed.commitment(to: scheme).hex),
        "scheme_nonce": .hex(seed.schemeNonce(epoch: scheme.epoch)),
        "seed_commitment": .text(seed.commitment.fingerprint.hex),
      ])
    }

    func epochMaster(of given: CaseValue) throws(CaseFileRefusal) -> EpochMaster {
      seed.master(
        ledger: ledger, epoch: try given.integer("epoch"), publicEntropy: try given.bytes("entropy")
      )
    }

    func master(_ given: CaseValue) throws(CaseFileRefusal) -> CaseValue {
      .record(["master": .hex(try epochMaster(of: given).bytes)])
    }

    func stratum(
      _ given: CaseValue, _ master: EpochMaster
    ) throws(CaseFileRefusal) -> CaseValue {
      let levels = try given.labels("levels")
      var pairs: [(factor: Label, level: Label)] = []
      for factor in scheme.strata {
        guard let level = levels[factor] else { throw .malformed("a level of every stratum") }
        pairs.append((factor, level))
      }
      let stratum = StratumBytes(pairs)
      var tape = master.tape(position: 1, stratum: stratum)
      let word = tape.word()
      return .record([
        "bytes": .hex(stratum.bytes),
        "first_word": .hex((0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }),
      ])
    }

    func seal(_ given: CaseValue, _ master: EpochMaster) throws(CaseFileRefusal) -> CaseValue {
      let key = master.sealKey(
        position: try given.integer("seq"),
        stratum: StratumBytes(bytes: try given.bytes("stratum")))
      return .record([
        "key": .hex(key.bytes), "seal": .text(key.seal(arm: Label(try given.text("arm"))).hex),
      ])
    }

    func box(_ given: CaseValue) throws(CaseFileRefusal) -> CaseValue {
      guard let key = BoxKey(try given.bytes("key")),
        let seed = Seed(secureBytes: try given.bytes("plain")),
        let box = try? SecretBox(
          sealing: seed, ledger: ledger, key: key, nonce: try given.bytes("nonce"))
      else { throw .malformed("key, nonce and seed of a box") }
      return .record(["box": .hex(box.bytes)])
    }
  }
}
