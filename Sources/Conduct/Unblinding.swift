import Foundation
import Randomization
import Store
import StudyModel

extension Installation {
  /// Signs the final unblinding; the second person opens the arms beside the locked snapshot.
  ///
  /// Only from hard lock and only with the analysis plan on record: the database refuses it
  /// otherwise, whatever this code does.
  /// - Returns: true when this signature completed the unblinding.
  public func unblind(as actor: Actor) async throws -> Bool {
    try actor.need(.unblind)
    try needFreshSigner(actor)
    try needFreshSecondFactor(actor)
    _ = try needKeys()
    let needed = actor.definition.lock.unblindedBy
    guard needed.isEmpty || needed.contains(actor.role.id) else { throw ActRefusal.notFound }
    let state = try await lockState(as: actor)
    guard state.studyState == "hard_locked", state.planDigest != nil else {
      throw ActRefusal.notNow(
        code: "unblinding_out_of_order",
        sentence:
          "Unblinding needs a hard lock and the analysis plan on record. Nothing was opened.")
    }
    let lacks = try await lacksOfStudy(
      to: .unblinded, try await trial(actor.trial.key), actor)
    guard lacks.isEmpty else { throw Self.notByProtocol(lacks) }
    let signed = try await session(actor) { session in
      try session.sign(
        act: "unblind", attempt: 1, name: actor.fullName,
        meaning: "I order the final unblinding of this study.", detail: "")
    }
    guard signed >= max(2, needed.count) else { return false }
    let ledger = try await openLedger(of: actor.trial)
    let bundle = try await verificationBundle(of: actor.trial, revealing: true)
    guard let lock = state.cuts.last(where: { $0.kind == "hard_lock" }) else {
      throw ActRefusal.notFound
    }
    let arms = try ArmTable.json(ArmsOpened.inOrder(ledger))
    try await session(actor, on: .committee) { session in
      try session.holdGate(of: actor.trial.id)
      try session.keepRevelation(
        lock.number, arms: arms, bundle: String(decoding: bundle, as: UTF8.self),
        in: actor.trial.id)
      try session.moveTrial(from: ["hard_locked"], to: "unblinded", reason: "")
      try session.note("final unblinding", on: "study", in: .allocation)
    }
    return true
  }

  /// The bundle anyone can verify: entries and heads; with seed, schemes and arms once revealed.
  func verificationBundle(of trial: Trial, revealing: Bool) async throws -> [UInt8] {
    let keys = try needKeys()
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    let stored = try await store.session(.custodian, context) { session in
      (
        entries: try session.ledgerEntries(from: 0, in: trial.id),
        heads: try session.heads(in: trial.id),
        seed: try session.secret(.seed, in: trial.id),
        schemes: try session.schemes(in: trial.id)
      )
    }
    let ledger = try await openLedger(of: trial)
    let reveal: Randomization.Bundle.Reveal? =
      revealing
      ? Randomization.Bundle.Reveal(
        seed: try keys.seed(in: stored.seed ?? [], of: ledger.state.identity),
        schemes: try stored.schemes.map {
          try Scheme(
            parsing: keys.open($0.box, for: .scheme(trial: trial.id, epoch: $0.epoch)))
        },
        arms: ArmsOpened.inOrder(ledger).map {
          Randomization.Bundle.ArmRow(subject: Label($0.participant), arm: Label($0.arm))
        }) : nil
    let bundle = Randomization.Bundle(
      entries: try stored.entries.map { try LedgerEntry(canonical: $0) },
      heads: try stored.heads.map { stored in
        guard let head = LedgerHead(canonical: stored.head) else { throw LedgerFault.index }
        return SignedHead(head: head, signature: stored.signature)
      }, reveal: reveal)
    return try bundle.canonicalBytes()
  }
}

/// The table of arms as kept after unblinding.
enum ArmTable {
  private struct Row: Codable {
    let participant: String
    let arm: String
  }

  static func json(_ arms: [(participant: String, arm: String)]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let rows = arms.map { Row(participant: $0.participant, arm: $0.arm) }
    return String(decoding: try encoder.encode(rows), as: UTF8.self)
  }

  static func arms(_ json: String) throws -> [(participant: String, arm: String)] {
    try JSONDecoder().decode([Row].self, from: Data(json.utf8)).map { ($0.participant, $0.arm) }
  }
}
