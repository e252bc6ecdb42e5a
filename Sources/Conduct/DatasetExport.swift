import Crypto
import Datasets
import Foundation
import Randomization
import Reports
import Store
import StudyModel

/// An export ready to be delivered.
public struct DatasetBundle: Sendable {
  /// The folder and archive name, without extension.
  public let name: String
  /// The files by path.
  public let files: [(path: String, bytes: [UInt8])]

  /// The files as one archive whose bytes depend on nothing but the lock.
  public var archive: [UInt8] {
    StoredArchive.bytes(files.map { ExportFile("\(name)/\($0.path)", $0.bytes) })
  }
}

extension Installation {
  /// The locked data without anything that tells an arm.
  public func exportBlinded(as actor: Actor) async throws -> DatasetBundle {
    try actor.need(.exportBlinded)
    try needFreshSecondFactor(actor)
    let made = try await lockedExport(as: actor)
    try await session(actor) { session in
      try session.note("blinded export delivered", on: "lock \(made.lock)", in: .open)
    }
    _ = try? await signRecord(of: actor.trial)
    return DatasetBundle(
      name: "\(actor.trial.key)-lock-\(Self.padded(made.lock))-blinded",
      files: made.export.blinded.map { ($0.path, $0.bytes) })
  }

  /// The same files to list and compare, delivered to nobody.
  public func blindedContent(as actor: Actor) async throws -> DatasetBundle {
    try actor.need(.exportBlinded)
    let made = try await lockedExport(as: actor)
    return DatasetBundle(
      name: "\(actor.trial.key)-lock-\(Self.padded(made.lock))-blinded",
      files: made.export.blinded.map { ($0.path, $0.bytes) })
  }

  /// The same files, byte for byte, and the folder `unblinded/`; only after final unblinding.
  public func exportUnblinded(as actor: Actor) async throws -> DatasetBundle {
    guard actor.role.can(.exportUnblinded) || actor.role.can(.analyse) else {
      throw ActRefusal.notFound
    }
    try needFreshSecondFactor(actor)
    let trial = actor.trial.id
    let revealed = try await session(actor, on: .committee) { try $0.revelation(in: trial) }
    guard let revealed else {
      throw ActRefusal.notNow(
        code: "not_unblinded", sentence: "The study is not unblinded. Nothing was exported.")
    }
    let made = try await lockedExport(as: actor)
    let ledger = try await openLedger(of: actor.trial)
    let everything = try await session(actor, on: .committee) { session in
      try session.snapshot(made.lock, of: [.open, .outcome, .treatment], in: trial)
    }
    let disclosures = ExportFile(
      "quality/disclosures.csv",
      Self.table(
        of: try await allDisclosures(of: actor, on: .committee, withTreatment: true)))
    let queries = QueryTables(
      everything, try await everyVersion(of: actor.trial), for: .unblinded)
    // Forms about sites tell what treatment was given: they stand where arms do.
    let sites = SiteTables(
      everything, try await everyVersion(of: actor.trial), made.certificate, for: .unblinded)
    let added = try made.export.unblinded(
      arms: try ArmTable.arms(revealed.arms), bundle: Array(revealed.bundle.utf8),
      tables: queries.files + sites.files + [disclosures],
      publicKey: ledger.signing.verifyingKey.bytes, sign: { ledger.signing.signature(of: $0) })
    try await session(actor, on: .committee) { session in
      try session.note("unblinded export delivered", on: "lock \(made.lock)", in: .allocation)
    }
    _ = try? await signRecord(of: actor.trial)
    return DatasetBundle(
      name: "\(actor.trial.key)-lock-\(Self.padded(made.lock))-unblinded",
      files: (made.export.blinded + added).map { ($0.path, $0.bytes) })
  }

  private static func padded(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 3 - String(number).count)) + String(number)
  }

  private func lockedExport(
    as actor: Actor
  ) async throws -> (export: LockedExport, certificate: LockCertificate, lock: Int) {
    let state = try await lockState(as: actor)
    guard let lock = state.cuts.last(where: { $0.kind == "hard_lock" }) else {
      throw ActRefusal.notNow(
        code: "not_locked", sentence: "The study is not hard-locked. Nothing was exported.")
    }
    let ledger = try await openLedger(of: actor.trial)
    let trial = actor.trial.id
    let snapshot = try await session(actor, on: .committee) { session in
      try session.snapshot(lock.number, of: [.open, .outcome], in: trial)
    }
    let certificate = LockCertificate(
      study: actor.trial.key, protocolNumber: actor.definition.protocolNumber,
      definitionVersion: lock.definition, snapshot: lock.number,
      lockedAt: lock.cutOff.description, software: lock.software,
      planDigest: state.planDigest ?? "",
      signers: state.signers(of: "hard_lock").map {
        .init(name: $0.name, role: $0.role, meaning: $0.meaning, at: $0.at.description)
      })
    // The ledger is closed for writing with the lock, so that this is a function of the lock.
    let strata = ledger.state.standings.map { standing in
      func texts(_ levels: [Label: Label]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: levels.map { ($0.key.text, $0.value.text) })
      }
      return StratumRow(
        participant: standing.subject.text, used: texts(standing.levelsUsed),
        known: texts(standing.trueLevels), isInError: standing.isVoid)
    }
    let export = try LockedExport(
      snapshot, strata: strata, definition: try await everyVersion(of: actor.trial),
      certificate: certificate,
      publicKey: ledger.signing.verifyingKey.bytes, sign: { ledger.signing.signature(of: $0) })
    return (export, certificate, lock.number)
  }
}
