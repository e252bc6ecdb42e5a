import Foundation
import Randomization
public import Store
import StudyModel

/// Keeps signed heads outside the database, where whoever changes the database does not reach.
public protocol HeadWitness: Sendable {
  /// Whether every allocation's head is kept at once, beside the daily ones.
  var keepsEveryAllocation: Bool { get }
  /// Keeps a signed head of a trial durably; one kept last is not kept twice.
  ///
  /// A witness that cannot write says so by itself: what was committed is not taken back.
  func keep(_ signedHead: [UInt8], of trial: String)
}

/// How an installation stands, for who looks after it; nothing of a trial's content.
public struct InstallationHealth: Sendable {
  /// The key.
  public let key: KeyState
  /// Trials whose ledger was checked and agrees.
  public let checkedLedgers: Int
  /// Trials whose ledger waits for its first check by this daemon.
  public let waitingLedgers: Int
  /// Trials whose ledger does not agree: nobody is randomized there.
  public let failedLedgers: Int
  /// What the last check of the clock came to, nil before the first.
  public let clock: ClockVerdict?
}

extension Installation {
  /// Refuses an allocation in a trial whose ledger was not checked or does not agree.
  ///
  /// The first who asks after the start has the check made and waits for it; the start itself waits
  /// for nothing.
  func needCheckedLedger(of trial: Trial) async throws {
    let verdict = try await ledgerGuard.verdict(of: trial.id) { try await check(trial) }
    if case .failed? = verdict {
      throw ActRefusal.notNow(
        code: "ledger_check_failed",
        sentence: "The allocation ledger of this study does not agree with its records. Nobody was "
          + "randomized; reading goes on. Tell the randomization manager, who sees where.")
    }
  }

  /// Checks the ledger of a trial now and says so in the audit trail; nil when it has none.
  @discardableResult
  public func checkLedger(of trial: Trial) async throws -> LedgerVerdict? {
    try await ledgerGuard.renewed(trial.id) { try await check(trial) }
  }

  /// Checks the ledgers of all trials and gives the trial's key with what it came to.
  public func checkLedgers(
    _ report: (_ trial: String, LedgerVerdict) -> Void = { _, _ in }
  ) async throws -> Bool {
    var isWhole = true
    for trial in try await trials() {
      guard let verdict = try await checkLedger(of: trial) else { continue }
      report(trial.key, verdict)
      isWhole = isWhole && verdict.isPassed
    }
    return isWhole
  }

  /// How the installation stands.
  public func health() async throws -> InstallationHealth {
    let context = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
    let trials = try await refusing {
      try await store.session(.custodian, context) { try $0.trialsWithLedger() }
    }
    let isOutdated = try await isKeyOutdated()
    let verdicts = trials.map { ledgerGuard.verdict(of: $0) }
    return InstallationHealth(
      key: isOutdated ? .wrong : keyState, checkedLedgers: verdicts.count { $0?.isPassed == true },
      waitingLedgers: verdicts.count { $0 == nil },
      failedLedgers: verdicts.count { $0?.isPassed == false }, clock: clockWatch.verdict)
  }

  private func check(_ trial: Trial) async throws -> LedgerVerdict? {
    let keys = try needKeys()
    let context = RequestContext(
      trial: trial.id, actor: nil, role: "", sites: .all, now: clock.now)
    let began = ContinuousClock.now
    let rows = try await refusing {
      try await store.snapshot(.allocator, context) { try $0.ledgerRows(of: trial.id) }
    }
    guard let rows else { return nil }
    let verdict = judged(rows, keys, trial, since: began)
    // Boxes of a later key do not open here: that is no fault of the ledger.
    if !verdict.isPassed, try await isKeyOutdated() { throw ActRefusal.keyWrong }
    let summary = verdict.summary
    try await refusing {
      try await store.session(.custodian, context) { session in
        try session.note("ledger checked", on: "ledger", reason: summary, in: .allocation)
      }
    }
    return verdict
  }

  /// Whether the key was rotated since this daemon took its own.
  func isKeyOutdated() async throws -> Bool {
    guard let keys else { return false }
    let context = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
    let mark = try await refusing {
      try await store.session(.custodian, context) { try $0.keyMarkInForce() }
    }
    return mark.map { $0 != keys.mark } ?? false
  }

  private func judged(
    _ rows: LedgerRows, _ keys: KeyRing, _ trial: Trial, since began: ContinuousClock.Instant
  ) -> LedgerVerdict {
    do throws(LedgerFinding) {
      let ledger = try LedgerCheck(rows: rows, keys: keys, trial: trial.id).followed()
      let duration = began.duration(to: .now).components
      ledgers.keep(ledger, for: trial.id)
      try? keepHead(of: ledger, in: trial)
      return .passed(
        entries: ledger.state.size, allocations: ledger.state.allocationCount,
        milliseconds: Int(duration.seconds) * 1000
          + Int(duration.attoseconds / 1_000_000_000_000_000), at: clock.now)
    } catch {
      ledgers.forget(trial.id)
      return .failed(error, at: clock.now)
    }
  }

  // MARK: Witnessed heads

  private func keepHead(of ledger: OpenLedger, in trial: Trial) throws {
    guard let witness else { return }
    let head = try signedHead(
      of: ledger.state, at: LedgerTime.text(clock.now), with: ledger.signing)
    witness.keep(head.canonicalBytes, of: trial.key)
  }

  /// Signs the ledger as it stands and gives the head to the witness.
  @discardableResult
  func signHead(of trial: Trial) async throws -> SignedHead {
    let ledger = try await openLedger(of: trial)
    let head = try signedHead(
      of: ledger.state, at: LedgerTime.text(clock.now), with: ledger.signing)
    witness?.keep(head.canonicalBytes, of: trial.key)
    return head
  }

  /// Gives the newest stored head of every trial to the witness.
  public func witnessHeads() async throws {
    guard let witness else { return }
    for trial in try await trials() {
      let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
      let found = try await refusing {
        try await store.session(.custodian, context) { try $0.latestHead(in: trial.id) }
      }
      guard let found, let head = LedgerHead(canonical: found.head) else { continue }
      let signed = SignedHead(head: head, signature: found.signature)
      witness.keep(signed.canonicalBytes, of: trial.key)
    }
  }

  /// Gives the head of an allocation to the witness, where it keeps every one.
  ///
  /// The allocation is committed: a witness that cannot write does not take it back, and the next
  /// round gives it the newest head again.
  func witnessAllocation(_ receipt: RandomizationReceipt, in trial: Trial) {
    guard let witness, witness.keepsEveryAllocation,
      let proof = try? SiteReceipt(canonical: Array(receipt.receipt.utf8))
    else { return }
    witness.keep(proof.signedHead.canonicalBytes, of: trial.key)
  }
}
