import Foundation
public import Store
import StudyModel

/// How the way to the locked data stands.
public struct LockState: Sendable {
  /// The state of the study.
  public let studyState: String
  /// Data queries still open.
  public let openQueries: Int
  /// Forms begun and never submitted.
  public let drafts: Int
  /// Participants not yet in an end state.
  public let participants: Int
  /// The signatures so far.
  public let signatures: [ActSignature]
  /// The digest of the analysis plan, nil before it is on record.
  public let planDigest: String?
  /// The snapshots made so far.
  public let cuts: [Cut]

  /// The roles that signed an act in its latest attempt.
  public func signers(of act: String) -> [ActSignature] { signatures.filter { $0.act == act } }
}

extension Installation {
  /// How the lock stands, for those who take part in it.
  public func lockState(as actor: Actor) async throws -> LockState {
    guard
      actor.role.can(.softLock) || actor.role.can(.hardLock) || actor.role.can(.unblind)
        || actor.role.can(.exportBlinded) || actor.role.can(.analyse)
    else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    // Who is blinded asks with the own login; who unblinds holds no participants by it.
    let login = actor.isUnblinded ? .committee : try actor.login()
    return try await session(actor, on: login) { session in
      let signatures = try session.actSignatures(in: trial)
      let state = try session.trials().first { $0.id == trial }?.state ?? ""
      let unfinished = try session.unfinished(in: trial)
      return LockState(
        studyState: state, openQueries: unfinished.queries, drafts: unfinished.drafts,
        participants: try session.participantCount(in: trial), signatures: signatures,
        planDigest: signatures.last { $0.act == "analysis_plan" }?.detail,
        cuts: try session.cuts(in: trial))
    }
  }

  /// Puts the final analysis plan's SHA-256 on record.
  public func recordAnalysisPlan(digest: String, as actor: Actor) async throws {
    try actor.need(.analyse)
    try needFreshSigner(actor)
    let isHex = digest.utf8.count == 64 && digest.allSatisfy(\.isHexDigit)
    guard isHex else {
      throw ActRefusal.invalid([
        Fault(
          field: "digest", code: "bad_digest",
          sentence: "The plan's SHA-256 has 64 hexadecimal digits.")
      ])
    }
    try await session(actor) { session in
      _ = try session.sign(
        act: "analysis_plan", attempt: 1, name: actor.fullName,
        meaning: "This is the final statistical analysis plan.", detail: digest.lowercased())
    }
  }

  /// Soft lock: no entry any more; refused while queries are open or forms are unfinished.
  public func softLock(as actor: Actor) async throws {
    try actor.need(.softLock)
    try needFreshSigner(actor)
    // A save derives by itself; what one could not is mended before the data are closed.
    try await deriveAll(in: actor.trial)
    try await later?.finish(actor.trial.id)
    let lacks = try await lacksOfStudy(
      to: .softLocked, try await trial(actor.trial.key), actor)
    try await session(actor) { session in
      // Every write under way ends first, and none begins before this transaction ends.
      try session.holdGate(of: actor.trial.id)
      let (queries, drafts) = try session.unfinished(in: actor.trial.id)
      guard queries == 0, drafts == 0 else {
        throw ActRefusal.notNow(
          code: "not_clean",
          sentence:
            "\(queries) data queries are open and \(drafts) forms are unfinished. "
            + "Nothing was locked.")
      }
      guard lacks.isEmpty else { throw Self.notByProtocol(lacks) }
      _ = try session.sign(
        act: "soft_lock", attempt: 1, name: actor.fullName,
        meaning: "The data are complete and clean.", detail: "")
      try session.moveTrial(from: ["followup_complete"], to: "soft_locked", reason: "")
    }
    // The lock stands whatever becomes of the head; without one the daily round gives it.
    _ = try? await signHead(of: actor.trial)
    _ = try? await signRecord(of: actor.trial)
  }

  /// Signs the hard lock; the second person of another function makes it: no role can write any
  /// more, and the locked snapshot is cut in the same transaction.
  ///
  /// - Returns: true when this signature completed the lock.
  public func hardLock(as actor: Actor) async throws -> Bool {
    try actor.need(.hardLock)
    try needFreshSigner(actor)
    let needed = actor.definition.lock.hardLockedBy
    guard needed.isEmpty || needed.contains(actor.role.id) else { throw ActRefusal.notFound }
    let software = software
    let trial = actor.trial.id
    guard try await self.trial(actor.trial.key).state == "soft_locked" else {
      throw ActRefusal.notNow(
        code: "not_soft_locked", sentence: "Only a soft-locked study is hard-locked.")
    }
    let lacks = try await lacksOfStudy(
      to: .hardLocked, try await self.trial(actor.trial.key), actor)
    guard lacks.isEmpty else { throw Self.notByProtocol(lacks) }
    let signed = try await session(actor) { session in
      try session.sign(
        act: "hard_lock", attempt: 1, name: actor.fullName,
        meaning: "I lock the data of this study. Nobody can change them afterwards.", detail: "")
    }
    guard signed >= max(2, needed.count) else { return false }
    try await session(actor, on: .committee) { session in
      // Held before the cut: two people who complete the lock at once follow each other.
      try session.holdGate(of: trial)
      _ = try session.cutData("hard_lock", by: actor, software: software)
      try session.moveTrial(from: ["soft_locked"], to: "hard_locked", reason: "")
    }
    _ = try? await signHead(of: actor.trial)
    _ = try? await signRecord(of: actor.trial)
    return true
  }
}
