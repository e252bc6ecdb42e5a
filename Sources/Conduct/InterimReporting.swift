import Crypto
import Foundation
import Randomization
public import Reports
public import Store
import StudyModel

extension Installation {
  /// Builds the interim look whose turn it is by the plan: cuts the data, and makes the closed
  /// report with arms as letters and the open report, which is made from data that hold no arm.
  ///
  /// - Parameter outsidePlan: whether a look that is not due is built all the same; heeded where
  ///   nothing is real.
  public func buildInterim(outsidePlan: Bool = false, as actor: Actor) async throws -> Int {
    try actor.need(.buildInterimReport)
    try needFresh(actor)
    let isPractice = outsidePlan && actor.trial.mode != TrialMode.live.rawValue
    let ledger = try await openLedger(of: actor.trial)
    let letters = try await letters(of: actor)
    let software = software
    // A save derives by itself; what one could not is mended before the data are cut.
    try await deriveAll(in: actor.trial)
    try await later?.finish(actor.trial.id)
    // What was entered under whatever version is one; the plan is the one that holds for the whole trial.
    let definition = try await reportedDefinition(of: actor.trial)
    let amended = try await wholeChanges(of: actor.trial).map(\.sentence)
    let actor = actor.under(definition)
    return try await inTurn(actor) { session in
      let trial = actor.trial.id
      let look = try Self.look(of: actor, isPractice: isPractice, session)
      let cut = try session.cutData("interim", by: actor, software: software)
      let whole = try session.snapshot(cut.number, of: [.open, .outcome], in: trial)
      let treated = try session.snapshot(cut.number, of: [.open, .outcome, .treatment], in: trial)
      let exclusions = try Exclusions([.open, .outcome, .treatment], session, in: trial)
      let closed = try analysing {
        () throws(AnalysisRefusal) in
        try InterimReport(
          whole, number: cut.number, cutOff: cut.cutOff.description,
          fingerprint: cut.digest.hex, arms: ArmsOpened.byParticipant(ledger),
          letters: letters, definition: definition,
          efficacyLook: Self.efficacyLook(look, definition), amended: amended, treatment: treated,
          duplicates: Set(ledger.state.standings.filter(\.isVoid).map(\.subject.text)),
          excluded: exclusions.excluded)
      }
      let open = OpenReport(
        open: try session.snapshot(cut.number, of: [.open], in: trial),
        ratingCounts: Self.ratingCounts(whole, definition),
        events: PooledEvents(treated, definition: definition), number: cut.number,
        cutOff: cut.cutOff.description, definition: definition)
      try session.keepLook(
        cut.number, look: look?.id, openReport: try ReportText.json(open),
        closedReport: try ReportText.json(closed), by: actor.user, in: trial)
      try session.note("interim look built", on: "interim \(cut.number)", in: .allocation)
      return cut.number
    }
  }

  /// Which of the looks that test efficacy it is; one outside the plan stands for the first.
  private static func efficacyLook(
    _ look: InterimLook?, _ definition: StudyDefinition
  ) -> Int? {
    guard let look else { return 1 }
    return definition.interim?.looks.filter(\.isEfficacy).firstIndex { $0.id == look.id }
      .map { $0 + 1 }
  }

  /// Builds in a transaction; of two at one moment the second is told of the first.
  private func inTurn(
    _ actor: Actor, _ build: @escaping @Sendable (Session) throws -> Int
  ) async throws -> Int {
    do {
      return try await session(actor, on: .committee, build)
    } catch let error as StoreError {
      guard case .notUnique = error else { throw error }
      throw ActRefusal(.lookUnreleased) ?? ActRefusal.unavailable
    }
  }

  /// The planned look that is due; nil for one outside the plan, where nothing is real.
  private static func look(
    of actor: Actor, isPractice: Bool, _ session: Session
  ) throws -> InterimLook? {
    let trial = actor.trial.id
    let looks = try session.looks(in: trial)
    guard looks.allSatisfy({ $0.releasedAt != nil }) else { throw StoreError.lookUnreleased }
    guard let plan = actor.definition.interim else {
      if isPractice { return nil }
      throw ActRefusal.notNow(
        code: "look_not_planned",
        sentence: "The definition plans no interim look. Nothing was built.")
    }
    let progress = try session.lookProgress(days: Set(plan.looks.map(\.reachedDay)), in: trial)
    let facts = LookFacts(
      taken: Set(looks.map(\.look)), reached: progress.reached,
      lastLook: looks.map(\.cutOff).max() ?? progress.firstRandomized, now: progress.now)
    switch plan.inTurn(facts) {
    case .due(let look): return look
    case .notYet(let sentence):
      if isPractice { return nil }
      throw ActRefusal.notNow(
        code: "look_not_due",
        sentence: "No interim look is due by the plan. \(sentence) Nothing was built.")
    }
  }

  /// Releases an interim look as the second unblinded person.
  public func releaseInterim(_ snapshot: Int, as actor: Actor) async throws {
    try actor.need(.checkInterimReport)
    try needFresh(actor)
    try await session(actor, on: .committee) { try $0.releaseLook(snapshot) }
  }

  /// The interim looks the actor may know.
  public func interimLooks(as actor: Actor) async throws -> [LookRecord] {
    guard
      actor.role.can(.readOpenReport) || actor.role.can(.readClosedReport)
        || actor.role.can(.buildInterimReport) || actor.role.can(.checkInterimReport)
    else { throw ActRefusal.notFound }
    // Who checks a look is shown it before it is released.
    let login: Login? = actor.role.can(.checkInterimReport) ? .committee : nil
    return try await session(actor, on: login) { try $0.looks(in: actor.trial.id) }
  }

  /// The open report of a released look.
  public func openReport(_ snapshot: Int, as actor: Actor) async throws -> OpenReport {
    try actor.need(.readOpenReport)
    let look = try await session(actor) { try $0.looks(in: actor.trial.id) }
      .first { $0.snapshot == snapshot }
    guard let look else { throw ActRefusal.notFound }
    return try ReportText.report(OpenReport.self, from: look.openReport)
  }

  /// The closed report, for the committee and the statistician who builds it (REQ-147).
  ///
  /// Every reading is in the audit trail of the allocation class. Who checks a look reads where it comes from, and
  /// not what it says.
  public func closedReport(_ snapshot: Int, as actor: Actor) async throws -> InterimReport {
    guard actor.role.can(.readClosedReport) || actor.role.can(.buildInterimReport)
    else { throw ActRefusal.notFound }
    let found = try await session(actor) { session in
      let report = try session.closedReport(snapshot, in: actor.trial.id)
      if report != nil {
        try session.note("closed report read", on: "interim \(snapshot)", in: .allocation)
      }
      return report
    }
    guard let found else { throw ActRefusal.notFound }
    return try ReportText.report(InterimReport.self, from: found)
  }

  /// Computes, and turns data that cannot be analysed yet into the act's refusal.
  func analysing<R>(_ compute: () throws(AnalysisRefusal) -> R) throws(ActRefusal) -> R {
    do throws(AnalysisRefusal) {
      return try compute()
    } catch {
      throw .notNow(code: "not_analysable", sentence: "\(error.description) Nothing was kept.")
    }
  }

  private static func ratingCounts(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition
  ) -> [String: Int] {
    guard let form = definition.primaryEndpoint?.followUp.form,
      let visits = definition.form(form)?.visits
    else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: visits.map {
        ($0.text, snapshot.submissions(of: form, at: $0).count)
      })
  }

  /// The letter of each arm in closed reports: a permutation by a random key kept for the whole trial.
  private func letters(of actor: Actor) async throws -> [String: String] {
    let keys = try needKeys()
    let trial = actor.trial.id
    let box = try await session(actor, on: .committee) { try $0.secret(.labelKey, in: trial) }
    guard let box else { throw ActRefusal.notFound }
    let key = SymmetricKey(data: try keys.open(box, for: .labelKey(trial: trial)))
    let codes = actor.definition.arms.map(\.code.text).sorted { one, other in
      let first = Array(HMAC<SHA256>.authenticationCode(for: Array(one.utf8), using: key))
      let second = Array(HMAC<SHA256>.authenticationCode(for: Array(other.utf8), using: key))
      return first.lexicographicallyPrecedes(second)
    }
    let labels = actor.definition.interim?.armLabels ?? ["A", "B", "C"]
    return Dictionary(uniqueKeysWithValues: zip(codes, labels))
  }
}

/// Arms as the followed ledger knows them; only closed reports and final unblinding read them.
enum ArmsOpened {
  static func byParticipant(_ ledger: OpenLedger) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: ledger.state.allocations.map { ($0.subject.text, $0.arm.text) })
  }

  static func inOrder(_ ledger: OpenLedger) -> [(participant: String, arm: String)] {
    ledger.state.allocations.map { ($0.subject.text, $0.arm.text) }
  }
}
