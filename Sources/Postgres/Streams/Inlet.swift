internal import CPostgres
internal import Synchronization

/// A short queue from a task, which may not block, to a connection's thread, which may.
final class Inlet: Sendable {
  private struct State {
    var pieces: [[UInt8]] = []
    var writer: CheckedContinuation<Bool, Never>?
    var outcome: Result<Void, any Error>?
    var isAbandoned = false
  }

  private let state = Mutex(State())
  /// Raised when there is something to take.
  private let supply = Interrupt()

  /// Hands a piece over; waits while the queue is full; false when nobody takes any more.
  func send(_ piece: [UInt8]) async -> Bool {
    await withCheckedContinuation { continuation in
      let answer: Bool? = state.withLock { state in
        guard !state.isAbandoned else { return false }
        state.pieces.append(piece)
        guard state.pieces.count >= Outlet.capacity else { return true }
        state.writer = continuation
        return nil
      }
      supply.raise(.cancelled)
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// Nothing more will come; a failure makes the copy fail.
  func finish(_ outcome: Result<Void, any Error>) {
    state.withLock { $0.outcome = $0.outcome ?? outcome }
    supply.raise(.cancelled)
  }

  /// The next piece, or nil at the end; blocks the connection's thread.
  func take(for connection: Connection) throws -> [UInt8]? {
    while true {
      let (answer, writer): (Result<[UInt8]?, any Error>?, CheckedContinuation<Bool, Never>?) =
        state.withLock { state in
          guard !state.pieces.isEmpty else {
            if state.outcome == nil { supply.clear() }
            return (state.outcome.map { $0.map { nil } }, nil)
          }
          let writer = state.writer
          state.writer = nil
          return (.success(state.pieces.removeFirst()), writer)
        }
      writer?.resume(returning: true)
      if let answer { return try answer.get() }
      try connection.rest(until: supply)
    }
  }

  /// Nobody takes any more.
  func abandon() {
    let writer = state.withLock { state in
      state.isAbandoned = true
      state.pieces = []
      let writer = state.writer
      state.writer = nil
      return writer
    }
    writer?.resume(returning: false)
  }
}

extension Pool {
  /// Feeds a `COPY ... FROM STDIN` statement; returns the number of rows stored.
  ///
  /// The source is asked for more only as fast as the server takes it. When the source throws,
  /// nothing is stored and its error is thrown.
  public func copyIn<Source: AsyncSequence & Sendable>(
    _ statement: Statement, from source: Source, lane: Lane = .ordinary,
    deadline: Duration = .seconds(3600)
  ) async throws -> Int where Source.Element == [UInt8] {
    let inlet = Inlet()
    async let stored = withConnection(lane, deadline: deadline) { connection in
      defer { inlet.abandon() }
      return try connection.copyIn(statement) { writer in
        while let piece = try inlet.take(for: connection) { try writer.write(piece) }
      }
    }
    do {
      for try await piece in source {
        guard await inlet.send(piece) else { break }
      }
      inlet.finish(.success(()))
    } catch {
      inlet.finish(.failure(error))
      _ = try? await stored
      throw error
    }
    do {
      return try await stored
    } catch {
      inlet.abandon()
      throw error
    }
  }
}
