internal import Synchronization

/// The bytes of a `COPY ... TO STDOUT`, in pieces that do not follow row borders.
///
/// The server waits while the reader is busy, and is stopped when the reader leaves early. Each
/// iteration runs the statement anew.
public struct CopyOutStream: AsyncSequence, Sendable {
  let pool: Pool
  let statement: Statement
  let lane: Lane
  let deadline: Duration

  /// Reads one run of the statement.
  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let reader: Reader

    /// The next piece, or nil at the end.
    public func next() async throws -> [UInt8]? {
      try await reader.outlet.next()
    }
  }

  /// Leaving the loop gives the connection back.
  fileprivate final class Reader: Sendable {
    let outlet: Outlet
    init(_ outlet: Outlet) { self.outlet = outlet }
    deinit { outlet.abandon() }
  }

  /// Starts the statement.
  public func makeAsyncIterator() -> AsyncIterator {
    let outlet = Outlet()
    let statement = statement
    pool.submit(
      UnitOfWork(lane: lane, deadline: Monotonic.after(deadline)) { connection in
        let outcome = Result<Void, any Error> {
          unsafe try connection.copyOut(statement) { piece in
            unsafe try outlet.push(Array(piece), from: connection)
          }
        }
        return { outlet.finish(outcome) }
      } fail: { error in
        outlet.finish(.failure(error))
      })
    return AsyncIterator(reader: Reader(outlet))
  }
}

extension Pool {
  /// Streams the bytes of a `COPY ... TO STDOUT` statement; the deadline covers the whole stream.
  public func copyOut(
    _ statement: Statement, lane: Lane = .ordinary, deadline: Duration = .seconds(3600)
  ) -> CopyOutStream {
    CopyOutStream(pool: self, statement: statement, lane: lane, deadline: deadline)
  }
}
