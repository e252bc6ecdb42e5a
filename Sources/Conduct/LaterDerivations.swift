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

  /// Works something out and gives whether it came about; told whether it is not tried again.
  typealias Derivation = @Sendable (_ isLastTry: Bool) async -> Bool

  private struct Waiting {
    let derive: Derivation
    var failures = 0
  }

  /// How often a derivation is tried before it is left to the daily one: for a minute of a server.
  static let mostTries = 60

  private let pause: Duration
  private var waiting: [Subject: Waiting] = [:]
  private var running: Set<Subject> = []
  private var worker: Task<Void, Never>?

  /// Makes the queue of a server.
  ///
  /// - Parameter pause: how long saves are gathered before they are followed, so that no act right after one
  ///   meets what it left.
  public init(pause: Duration = .seconds(1)) { self.pause = pause }

  /// Derives once for everything that is added of a subject until then.
  ///
  /// What does not come about is tried again after each pause.
  func add(_ subject: Subject, _ derive: @escaping Derivation) {
    waiting[subject] = Waiting(derive: derive)
    // Detached: nothing of the request that happens to start the worker goes with it.
    if worker == nil { worker = Task.detached { await self.work() } }
  }

  /// Waits until nothing is left to do.
  public func finish() async { await worker?.value }

  /// Waits until nothing is left to do of one trial, whatever is saved in others meanwhile.
  func finish(_ trial: TrialID) async throws {
    while waiting.keys.contains(where: { $0.trial == trial })
      || running.contains(where: { $0.trial == trial })
    {
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func work() async {
    while !waiting.isEmpty {
      try? await Task.sleep(for: pause)
      let gathered = waiting
      waiting = [:]
      running = Set(gathered.keys)
      for (subject, one) in gathered {
        let isLast = one.failures + 1 >= Self.mostTries
        // A save since then derives everything of the subject as well.
        if !(await one.derive(isLast)), !isLast, waiting[subject] == nil {
          waiting[subject] = Waiting(derive: one.derive, failures: one.failures + 1)
        }
        running.remove(subject)
      }
    }
    worker = nil
  }
}
