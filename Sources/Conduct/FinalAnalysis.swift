import Foundation
public import Reports
import Store
public import StudyModel

extension Installation {
  /// The analysis of the primary endpoint from the locked snapshot and the revealed arms.
  public func finalAnalysis(as actor: Actor) async throws -> (
    analysis: TrialAnalysis, snapshot: Int, lockedAt: UTCInstant, fingerprint: String
  ) {
    try actor.need(.analyse)
    let trial = actor.trial.id
    let found = try await session(actor, on: .committee) { session in
      let revealed = try session.revelation(in: trial)
      let cut = try session.cuts(in: trial).last { $0.kind == "hard_lock" }
      guard let revealed, let cut else { return nil as (TrialSnapshot, String, Cut, String)? }
      let open = try session.snapshotContent(cut.number, of: .open, in: trial) ?? ""
      let outcome = try session.snapshotContent(cut.number, of: .outcome, in: trial) ?? ""
      return (
        try TrialSnapshot(contents: [open, outcome]), revealed.arms, cut,
        sha256(sha256(open) + sha256(outcome)).hex
      )
    }
    guard let (snapshot, arms, cut, fingerprint) = found else {
      throw ActRefusal.notNow(
        code: "not_unblinded", sentence: "The study is not unblinded; there is no result yet.")
    }
    let table = Dictionary(
      uniqueKeysWithValues: try ArmTable.arms(arms).map { ($0.participant, $0.arm) })
    let analysis = try analysing {
      () throws(AnalysisRefusal) in
      try TrialAnalysis(snapshot, arms: table, definition: actor.definition)
    }
    return (analysis, cut.number, cut.cutOff, fingerprint)
  }
}
