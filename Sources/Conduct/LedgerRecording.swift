import Randomization
import Store
import StudyModel

extension Installation {
  /// Records an act in the ledger under the trial's one lock: the entry, its signed head and what
  /// belongs to it are written together or not at all.
  ///
  /// - Parameters:
  ///   - act: judged against the ledger as it stands under the lock.
  ///   - write: writes entry and record, given the ledger with the entry applied.
  func recordInLedger<R: Sendable>(
    as actor: Actor,
    _ act: @escaping @Sendable (AllocationLedger) throws -> LedgerAct,
    write: @escaping @Sendable (Session, AppendedEntry, AllocationLedger) throws -> R
  ) async throws -> R {
    let replay = LedgerReplay(keys: try needKeys(), trial: actor.trial.id)
    let shelf = ledgers
    let trial = actor.trial.id
    let at = LedgerTime.text(clock.now)
    do {
      let (result, followed) = try await session(actor, on: .allocator) { session in
        guard let locked = try session.lockLedger(of: trial) else { throw StoreError.notFound }
        var ledger = try replay.current(session, from: shelf.take(trial), locked: locked)
        let entry: LedgerEntry
        do {
          entry = try ledger.state.entry(
            recording: try act(ledger.state), at: at, by: Label("u\(actor.user)"))
        } catch let refusal as RecordingRefusal {
          throw ActRefusal(refusal)
        }
        try ledger.state.apply(entry)
        let head = try signedHead(of: ledger.state, at: at, with: ledger.signing)
        let appended = AppendedEntry(
          index: Int64(entry.index), entry: entry.canonicalBytes,
          head: head.head.canonicalBytes, signature: head.signature)
        return (try write(session, appended, ledger.state), ledger)
      }
      ledgers.keep(followed, for: trial)
      return result
    } catch {
      ledgers.forget(trial)
      throw error
    }
  }
}

extension ActRefusal {
  /// What the ledger refused, as the act answers it.
  init(_ refusal: RecordingRefusal) {
    switch refusal {
    case .notAllocated:
      self = .notNow(code: "not_randomized", sentence: refusal.description)
    case .alreadyVoid: self = .notNow(code: "already_void", sentence: refusal.description)
    case .levels: self = .notNow(code: "unknown_level", sentence: refusal.description)
    case .closed: self = .notNow(code: "closed", sentence: refusal.description)
    case .seedAbsent: self = .keyMissing
    case .scheme, .noPendingEpoch, .entry:
      self = .notNow(code: "not_recorded", sentence: refusal.description)
    }
  }
}

/// Words a person gives with an act, trimmed and bounded.
enum GivenText {
  /// What can be chosen, in words: `CARE, REACTION or OTHER`.
  static func alternatives(_ codes: [String]) -> String {
    codes.dropLast().joined(separator: ", ") + (codes.count > 1 ? " or " : "")
      + (codes.last ?? "")
  }

  /// The text, or the fault of a field that is empty, too long or not plain text.
  static func checked(
    _ text: String, field: String, name: String, atLeast: Int = 3, atMost: Int = 500
  ) throws(ActRefusal) -> String {
    let trimmed = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let isPlain = trimmed.unicodeScalars.allSatisfy {
      $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
    }
    guard isPlain, (atLeast...atMost).contains(trimmed.count) else {
      throw .invalid([
        Fault(
          field: field, code: "bad_\(field)",
          sentence: "\(name) has \(atLeast) to \(atMost) characters of plain text. "
            + "Nothing was recorded.")
      ])
    }
    return trimmed
  }
}
