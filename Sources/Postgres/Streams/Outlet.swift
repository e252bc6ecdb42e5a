internal import CPostgres
internal import Synchronization

/// A short queue from a connection's thread, which may block, to a task, which may not.
final class Outlet: Sendable {
  /// Pieces held while the reader is busy; with the socket's buffer, all that is ever in memory.
  static let capacity = 8

  private struct State {
    var pieces: [[UInt8]] = []
    var reader: CheckedContinuation<[UInt8]?, any Error>?
    var outcome: Result<Void, any Error>?
    var isAbandoned = false
  }

  private let state = Mutex(State())
  /// Raised when there is room again, or nobody reads any more.
  private let room = Interrupt()

  /// Hands a piece over; blocks while the queue is full, throws when nobody will read it.
  func push(_ piece: [UInt8], from connection: Connection) throws(DatabaseError) {
    while true {
      let verdict: Result<Bool, DatabaseError> = state.withLock { state in
        if state.isAbandoned { return .failure(.cancelled) }
        if let reader = state.reader {
          state.reader = nil
          reader.resume(returning: piece)
          return .success(true)
        }
        guard state.pieces.count < Self.capacity else {
          room.clear()
          return .success(false)
        }
        state.pieces.append(piece)
        return .success(true)
      }
      if try verdict.get() { return }
      try connection.rest(until: room)
    }
  }

  func finish(_ outcome: Result<Void, any Error>) {
    let reader = state.withLock { state in
      state.outcome = state.outcome ?? outcome
      let reader = state.reader
      state.reader = nil
      return reader
    }
    reader?.resume(with: outcome.map { nil })
  }

  /// The next piece, or nil at the end.
  func next() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let answer: Result<[UInt8]?, any Error>? = state.withLock { state in
          if state.isAbandoned { return .failure(DatabaseError.cancelled) }
          if !state.pieces.isEmpty {
            room.raise(.cancelled)
            return .success(state.pieces.removeFirst())
          }
          if let outcome = state.outcome { return outcome.map { nil } }
          state.reader = continuation
          return nil
        }
        if let answer { continuation.resume(with: answer) }
      }
    } onCancel: {
      abandon()
    }
  }

  /// Nobody reads any more.
  func abandon() {
    let reader = state.withLock { state in
      state.isAbandoned = true
      state.pieces = []
      let reader = state.reader
      state.reader = nil
      return reader
    }
    room.raise(.cancelled)
    reader?.resume(throwing: DatabaseError.cancelled)
  }
}

extension Connection {
  /// Lets the thread rest until another raises the event; the deadline and the bell still hold.
  func rest(until event: Interrupt) throws(DatabaseError) {
    try requireUsable()
    _ = cpostgres_wait_both(interrupt.event, event.event, deadline)
    try requireUsable()
  }
}
