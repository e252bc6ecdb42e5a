import Store
import StudyModel

/// Derivations of class treatment that follow from what blinded people save.
///
/// They read all that was done to a participant, and how long that takes may follow the arm: no answer to
/// a blinded person waits for them (NI-1). What is lost when the program ends is found by the daily derivation.
public actor LaterDerivations {
  /// Whose values are worked out anew.
  struct Subject: Hashable {
    let trial: TrialID
    let participant: ParticipantKey
  }

  private let pause: Duration
  private var waiting: [Subject: @Sendable () async -> Void] = [:]
  private var worker: Task<Void, Never>?

  /// Makes the queue of a server.
  ///
  /// - Parameter pause: how long saves are gathered before they are followed, so that no act right after one
  ///   meets what it left.
  public init(pause: Duration = .seconds(1)) { self.pause = pause }

  /// Derives once for everything that is added of a subject until then.
  func add(_ subject: Subject, _ derive: @escaping @Sendable () async -> Void) {
    waiting[subject] = derive
    if worker == nil { worker = Task { await work() } }
  }

  /// Waits until nothing is left to do.
  public func finish() async { await worker?.value }

  private func work() async {
    while !waiting.isEmpty {
      try? await Task.sleep(for: pause)
      let gathered = waiting
      waiting = [:]
      for derive in gathered.values { await derive() }
    }
    worker = nil
  }
}
