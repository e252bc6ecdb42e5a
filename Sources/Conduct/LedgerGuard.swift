import Store
public import StudyModel
import Synchronization

/// What the last check of a trial's ledger came to.
public enum LedgerVerdict: Sendable, Equatable {
  /// Everything stored agrees with everything recomputed.
  case passed(entries: Int, allocations: Int, milliseconds: Int, at: UTCInstant)
  /// Something does not: nobody is randomized in this trial any more.
  case failed(LedgerFinding, at: UTCInstant)

  /// Whether allocation may go on.
  public var isPassed: Bool {
    switch self {
    case .passed: true
    case .failed: false
    }
  }

  /// One line for the console and the audit trail.
  public var summary: String {
    switch self {
    case .passed(let entries, let allocations, let milliseconds, _):
      "passed: \(entries) entries, \(allocations) allocations, \(milliseconds) ms"
    case .failed(let finding, _): "failed: \(finding)"
    }
  }
}

/// The verdicts of this daemon by trial: no allocation is drawn before the first check has passed.
final class LedgerGuard: Sendable {
  private struct State {
    var verdicts: [TrialID: LedgerVerdict] = [:]
    var running: [TrialID: Task<LedgerVerdict?, any Error>] = [:]
  }

  private let state = Mutex(State())

  func verdict(of trial: TrialID) -> LedgerVerdict? { state.withLock { $0.verdicts[trial] } }

  /// The verdict, after a check when there is none yet; all who ask meanwhile wait for that one.
  func verdict(
    of trial: TrialID, check: @escaping @Sendable () async throws -> LedgerVerdict?
  ) async throws -> LedgerVerdict? {
    if let known = verdict(of: trial) { return known }
    return try await renewed(trial, check: check)
  }

  /// The verdict of a check made now, or of the one under way.
  func renewed(
    _ trial: TrialID, check: @escaping @Sendable () async throws -> LedgerVerdict?
  ) async throws -> LedgerVerdict? {
    let task = state.withLock { state in
      if let running = state.running[trial] { return running }
      let task = Task {
        do {
          let verdict = try await check()
          self.settle(trial, verdict)
          return verdict
        } catch {
          self.settle(trial, nil)
          throw error
        }
      }
      state.running[trial] = task
      return task
    }
    return try await task.value
  }

  private func settle(_ trial: TrialID, _ verdict: LedgerVerdict?) {
    state.withLock { state in
      state.running[trial] = nil
      if let verdict { state.verdicts[trial] = verdict }
    }
  }
}
