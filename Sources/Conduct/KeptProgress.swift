import Foundation
import Synchronization

/// How much of a long work is done, kept where every server of the installation sees it.
///
/// Signs of life go beside the work, not between its portions: a long portion, or a database that is
/// busy for a moment, does not end the work. Readers judge by how long it has been silent.
struct KeptProgress: Sendable {
  private final class Count: Sendable {
    let value = Atomic<Int>(0)
  }

  /// Portions on their way at once: one processor is left to the people who use the server meanwhile.
  static let workers = max(1, ProcessInfo.processInfo.activeProcessorCount - 1)

  private let count = Count()

  /// Notes how much is done.
  ///
  /// - Throws: when the work is to stop.
  func note(_ done: Int) throws {
    count.value.store(done, ordering: .relaxed)
    try Task.checkCancellation()
  }

  /// Does the work, while its progress is told about twice a second.
  ///
  /// - Parameter tell: keeps how much is done, and gives false when somebody wants the work to stop.
  /// - Throws: what the work throws; `CancellationError` when it was stopped.
  static func during<Value: Sendable>(
    tell: @escaping @Sendable (Int) async throws -> Bool,
    _ work: @escaping @Sendable (KeptProgress) async throws -> Value
  ) async throws -> Value {
    let progress = KeptProgress()
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work(progress) }
      group.addTask(priority: .high) {
        while true {
          try await Task.sleep(for: .milliseconds(400))
          let goesOn = try? await tell(progress.count.value.load(ordering: .relaxed))
          if goesOn == false { throw CancellationError() }
        }
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() ?? nil else { throw CancellationError() }
      return value
    }
  }

  /// Keeps how the work ended; a database that is busy is asked again for some seconds.
  static func insist<Value>(_ keep: () async throws -> Value) async throws -> Value {
    var pause = 1
    while true {
      do {
        return try await keep()
      } catch  where pause < 5 && !(error is CancellationError) {
        try await Task.sleep(for: .seconds(pause))
        pause += 1
      }
    }
  }
}
