import Foundation
import Randomization
public import Reports
import Store
public import StudyModel
import Synchronization

/// The result of a trial with the bytes of its machine-readable file.
public struct FinalResult: Sendable {
  /// The report.
  public let report: TrialReport
  /// The result for programs.
  public let json: String
  /// SHA-256 of that file, in hexadecimal digits.
  public let digest: String
  /// The instant of the cut analysed.
  public let lockedAt: UTCInstant
}

extension Installation {
  /// The whole analysis from the locked snapshot and the revealed arms.
  public func finalAnalysis(as actor: Actor) async throws -> FinalResult {
    try actor.need(.analyse)
    let trial = actor.trial.id
    let state = try await lockState(as: actor)
    let definition = try await reportedDefinition(of: actor.trial)
    let found = try await session(actor, on: .committee) { session in
      try session.note("result read", on: "result", in: .allocation)
      let cuts = try session.cuts(in: trial)
      guard let revealed = try session.revelation(in: trial),
        let cut = cuts.last(where: { $0.kind == "hard_lock" })
      else { return nil as LockedMaterial? }
      return try LockedMaterial(revealed.arms, cut, definition, session, in: trial)
    }
    guard let found else {
      throw ActRefusal.notNow(
        code: "not_unblinded", sentence: "The study is not unblinded; there is no result yet.")
    }
    let shelfKey = found.fingerprint + sha256(found.arms).hex + software
    if let kept = ResultShelf.kept[shelfKey] { return kept }
    let plan = state.planDigest ?? ""
    let amended = try await wholeChanges(of: actor.trial).map(\.sentence)
    let ledger = try await openLedger(of: actor.trial)
    let enumerated = EnumeratedArms(ledger.state)
    let source = AnalysisSource(
      snapshot: found.snapshot, holdsTreatment: true,
      arms: Dictionary(
        uniqueKeysWithValues: try ArmTable.arms(found.arms).map { ($0.participant, $0.arm) }),
      definition: definition, excluded: found.exclusions.excluded,
      undecided: found.exclusions.undecided,
      duplicates: Set(ledger.state.standings.filter(\.isVoid).map(\.subject.text)),
      looks: found.looks,
      redrawn: enumerated == nil
        ? await Self.redrawn(ledger.state, count: definition.analysis?.redraws ?? 0, plan: plan)
        : [], enumerated: enumerated, amended: amended,
      key: AnalysisKey.number("imputation", plan),
      provenance: Provenance(
        study: actor.trial.key, definition: found.cut.definition, snapshot: found.cut.number,
        cutOff: found.cut.cutOff.description, fingerprint: found.fingerprint, plan: plan,
        software: software, randomKey: AnalysisKey.words("imputation", plan), isDryRun: false))
    let result = try analysed(source, at: found.cut.cutOff)
    ResultShelf.kept[shelfKey] = result
    return result
  }

  /// The same analysis with invented arms, for trying it before anybody may know the true ones.
  ///
  /// It reads the classes `open` and `outcome` alone; each arm is a hash of the participant's key, which
  /// has nothing to do with the allocation.
  public func dryRun(as actor: Actor) async throws -> FinalResult {
    try actor.need(.analyse)
    let trial = actor.trial.id
    let state = try await lockState(as: actor)
    guard state.studyState != "unblinded", state.studyState != "archived" else {
      throw ActRefusal.notNow(
        code: "unblinded", sentence: "The study is unblinded; read the result itself.")
    }
    let definition = try await reportedDefinition(of: actor.trial)
    let now = clock.now
    let amended = try await wholeChanges(of: actor.trial).map(\.sentence)
    let found = try await session(actor) { session in
      let open =
        try session.participantLines(in: trial) + session.entryLines(of: .open, in: trial)
      let outcome = try session.entryLines(of: .outcome, in: trial)
      let exclusions = try Exclusions([.open, .outcome], session, in: trial)
      let contents = [open.joined(separator: "\n"), outcome.joined(separator: "\n")]
      return (
        snapshot: try TrialSnapshot(contents: contents),
        fingerprint: sha256(sha256(contents[0]) + sha256(contents[1])).hex,
        exclusions: exclusions
      )
    }
    let arms = definition.arms.map(\.code.text)
    let people = found.snapshot.participants.filter(\.isRandomized).map(\.participant)
    func invented(_ purpose: String) -> [String: String] {
      InventedArms.byParticipant(people, arms: arms, purpose: purpose)
    }
    return try analysed(
      AnalysisSource(
        snapshot: found.snapshot, holdsTreatment: false, arms: invented("dry run"),
        definition: definition, excluded: found.exclusions.excluded,
        undecided: found.exclusions.undecided,
        redrawn: (0..<min(199, definition.analysis?.redraws ?? 0)).map {
          invented("dry run \($0)")
        }, amended: amended, key: AnalysisKey.number("imputation", "dry run"),
        provenance: Provenance(
          study: actor.trial.key, definition: definition.version, snapshot: 0,
          cutOff: now.description, fingerprint: found.fingerprint,
          plan: state.planDigest ?? "", software: software,
          randomKey: AnalysisKey.words("imputation", "dry run"), isDryRun: true)), at: now)
  }

  private func analysed(_ source: AnalysisSource, at cutOff: UTCInstant) throws -> FinalResult {
    let report = try analysing { () throws(AnalysisRefusal) in try TrialReport(source) }
    let json = try report.json()
    return FinalResult(
      report: report, json: json, digest: sha256(json).hex, lockedAt: cutOff)
  }

  /// Tables of arms by number; how many threads draw them changes none.
  private static func redrawn(
    _ ledger: AllocationLedger, count: Int, plan: String
  ) async -> [[String: String]] {
    await withTaskGroup(of: (Int, [String: String]).self) { group in
      for number in 0..<count {
        group.addTask {
          let bytes = Array(sha256("equipoise redraw \(number) \(plan)"))
          guard let seed = Seed(secureBytes: bytes) else { return (number, [:]) }
          let arms = ledger.redrawn(seed)
          return (
            number,
            Dictionary(arms.map { ($0.key.text, $0.value.text) }) { one, _ in one }
          )
        }
      }
      var tables = Array(repeating: [String: String](), count: count)
      for await (number, table) in group { tables[number] = table }
      return tables
    }
  }
}

/// Arms nobody has: each a hash of the participant's key and a purpose, and of nothing else.
enum InventedArms {
  static func byParticipant(
    _ people: [String], arms: [String], purpose: String
  ) -> [String: String] {
    Dictionary(
      people.map { ($0, arms[Int(AnalysisKey.number(purpose, $0) % UInt64(arms.count))]) },
      uniquingKeysWith: { first, _ in first })
  }
}

/// Who is out of the per-protocol set by confirmed deviations, as they were judged.
struct Exclusions: Sendable {
  let excluded: Set<String>
  let undecided: Set<String>

  init(_ classes: [DataClass], _ session: Session, in trial: TrialID) throws {
    let confirmed = try classes.flatMap { try session.confirmedDeviations(of: $0, in: trial) }
    excluded = Set(confirmed.filter { $0.excludes == true }.map(\.participant))
    undecided = Set(confirmed.filter { $0.excludes == nil }.map(\.participant))
      .subtracting(excluded)
  }
}

/// What the analysis reads of the database.
private struct LockedMaterial: Sendable {
  let arms: String
  let cut: Cut
  let snapshot: TrialSnapshot
  let fingerprint: String
  let exclusions: Exclusions
  let looks: [TrialSnapshot]

  init(
    _ arms: String, _ cut: Cut, _ definition: StudyDefinition, _ session: Session,
    in trial: TrialID
  ) throws {
    self.arms = arms
    self.cut = cut
    let contents = try [DataClass.open, .outcome, .treatment].map {
      try session.snapshotContent(cut.number, of: $0, in: trial) ?? ""
    }
    snapshot = try TrialSnapshot(contents: contents)
    fingerprint = sha256(contents.flatMap { sha256($0) }).hex
    exclusions = try Exclusions([.open, .outcome, .treatment], session, in: trial)
    // A look outside the plan, where nothing is real, stands for the planned one.
    let efficacy = Set(definition.interim?.looks.filter(\.isEfficacy).map(\.id) ?? [])
    looks = try session.looks(in: trial).filter { $0.look.isEmpty || efficacy.contains($0.look) }
      .sorted { $0.snapshot < $1.snapshot }
      .map { try session.snapshot($0.snapshot, of: [.open, .outcome, .treatment], in: trial) }
  }
}

extension EnumeratedArms {
  /// Every table the ledger's schemes could have made; nil where there are too many.
  fileprivate init?(_ ledger: AllocationLedger) {
    guard let all = ledger.distribution() else { return nil }
    self.init(
      participants: all.subjects.map(\.text), tables: all.tables.map { $0.map(\.text) },
      probabilities: all.probabilities)
  }
}

/// Keys of imputed values and redrawn arms: fixed by the analysis plan before anybody knew an arm.
private enum AnalysisKey {
  static func number(_ purpose: String, _ text: String) -> UInt64 {
    sha256("equipoise \(purpose) \(text)").prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  static func words(_ purpose: String, _ plan: String) -> String {
    let digits = String(number(purpose, plan), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
      + ", first 8 bytes of SHA-256 over the words “equipoise \(purpose)” and the digest of the analysis plan"
  }
}

/// Results already computed, by the digests of all they are made of: derived, never a source.
private final class ResultShelf: Sendable {
  static let kept = ResultShelf()
  private let results = Mutex<[String: FinalResult]>([:])

  subscript(key: String) -> FinalResult? {
    get { results.withLock { $0[key] } }
    set {
      results.withLock {
        if $0.count > 7 { $0.removeAll() }
        $0[key] = newValue
      }
    }
  }
}
