internal import BridgeBenchmark
internal import Foundation
internal import Randomization

/// Verification of a finished trial by both verifiers, each a process of its own.
struct VerificationRounds {
  let program: String
  let scripts: String
  /// The verifier in Python.
  let secondVerifier: String
  let folder: String
  let rounds: Int

  /// Entries of the ledger verified.
  static let entries = 10_000
  private static let instant = "2027-03-01T09:30:00.000Z"

  /// Runs the rounds, the order turned each time.
  func run() throws -> [MeasuredLine] {
    let bundle = "\(folder)/bundle.json"
    try Data(Self.bundle()).write(to: URL(fileURLWithPath: bundle))
    let commands = [[program, "verify", bundle], [Program.python, secondVerifier, bundle]]
    var seconds: [[Double]] = [[], []]
    var memory: [[Double]] = [[], []]
    for round in 0..<rounds {
      for turn in 0..<2 {
        let side = (round + turn) % 2
        let output = try Program.output(
          Program.python, ["\(scripts)/measure_program.py"] + commands[side])
        let parts = output.split(separator: "|").map {
          $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard parts.count == 3, parts[0] == "verified: \(Self.entries) entries",
          let time = Double(parts[1]), let most = Double(parts[2])
        else { throw MeasurementFault.unreadable(output) }
        seconds[side].append(time)
        memory[side].append(most)
      }
    }
    let what = "\(Self.entries) entries with a head each, \(EngineRounds.Method.block.text)"
    return ["equipoise verify", "verify.py"].enumerated().flatMap { side, name in
      [
        MeasuredLine("\(name): \(what)", "s", seconds[side]),
        MeasuredLine("its resident memory at most", "MiB", memory[side]),
      ]
    }
  }

  /// A trial of allocations alone, with a head signed after every one, as the daemon does.
  private static func bundle() throws -> [UInt8] {
    guard let seed = Seed(secureBytes: Array(repeating: 5, count: 32)),
      let key = SigningKey(secureBytes: Array(repeating: 6, count: 32)),
      let identity = LedgerIdentity(Array(repeating: 7, count: 16))
    else { throw MeasurementFault.unreadable("keys") }
    let opening = try AllocationLedger.opening(
      .init(
        ledger: identity, seedCommitment: seed.commitment, key: key.verifyingKey,
        entropyPlan: "none: a measurement"), at: instant, by: "keeper")
    var ledger = try AllocationLedger(opening: opening, seed: seed)
    var entries = [opening]
    var heads: [SignedHead] = []
    func record(_ entry: LedgerEntry, scheme: Scheme? = nil) throws {
      try ledger.apply(entry, scheme: scheme)
      entries.append(entry)
      if let head = LedgerHead(of: ledger, at: instant) { heads.append(head.signed(with: key)) }
    }
    let scheme = try EngineRounds.scheme(.block, ledger: identity)
    try record(ledger.entry(committingTo: scheme, at: instant, by: "keeper"), scheme: scheme)
    try record(ledger.entry(publicEntropy: [], source: "none", at: instant, by: "keeper"))
    while entries.count < Self.entries {
      let number = entries.count
      var levels: [Label: Label] = [:]
      for (place, factor) in scheme.factors.enumerated() {
        levels[factor.id] = factor.levels[(number / (place + 1)) % factor.levels.count]
      }
      let draw = try ledger.draw(
        AllocationRequest(
          requestID: Label("request-\(number)"), subject: Label("P-\(number)"), levels: levels)
      ).get()
      try record(ledger.entry(for: draw, at: instant, by: "coordinator"))
    }
    let rows = ledger.allocations.map {
      Randomization.Bundle.ArmRow(subject: $0.subject, arm: $0.arm)
    }
    return try Randomization.Bundle(
      entries: entries, heads: heads,
      reveal: .init(seed: seed, schemes: [scheme], arms: rows)
    ).canonicalBytes()
  }
}
