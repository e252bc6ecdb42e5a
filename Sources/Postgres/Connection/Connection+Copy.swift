internal import CPostgres

/// COPY in both directions, without holding more than a piece in memory.
extension Connection {
  /// Pieces are sent to the server with at most this many bytes.
  static let copyPieceBytes = 64 << 10
  /// Pieces from the server are gathered up to this many bytes before they are handed on; each
  /// handing on wakes another thread.
  static let copyGatheredBytes = 256 << 10
  /// With fewer bytes than this at the socket it is worth letting more arrive: two of the
  /// server's own sends.
  static let copyWorthReadingBytes: Int64 = 16 << 10
  /// How long more is let arrive, in nanoseconds; about what the server needs for one send.
  static let copyPatience: Int64 = 50_000

  /// Runs a `COPY ... TO STDOUT` and hands its bytes on in pieces that do not follow row borders.
  ///
  /// The server waits while the sink works. When the sink throws, the copy is stopped, the
  /// connection stays usable and the sink's error is thrown.
  @discardableResult
  public func copyOut(
    _ statement: Statement, _ sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Int {
    let wasInTransaction = try beginCopy(statement, expecting: PGRES_COPY_OUT)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.copyGatheredBytes, alignment: 16)
    defer { unsafe buffer.deallocate() }
    var filled = 0
    var sinkError: (any Error)?

    func handOn(_ piece: UnsafeRawBufferPointer) {
      guard sinkError == nil, piece.count > 0 else { return }
      do {
        unsafe try sink(piece)
      } catch {
        sinkError = error
        beginCancellation(.cancelled)
      }
    }
    func handOnBuffer() {
      unsafe handOn(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
      filled = 0
    }

    do {
      while let row = unsafe try nextCopyData() {
        if row.count > buffer.count - filled { handOnBuffer() }
        if row.count > buffer.count {
          unsafe handOn(UnsafeRawBufferPointer(row))
        } else {
          unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            .copyMemory(from: UnsafeRawBufferPointer(row))
          filled += row.count
        }
        unsafe PQfreemem(row.baseAddress)
      }
      handOnBuffer()
      let handle = try collect()
      if let sinkError { throw sinkError }
      try requireUnended(wasInTransaction)
      return handle.affected
    } catch {
      if let sinkError { throw forgiving(sinkError) }
      guard let error = error as? DatabaseError else { throw error }
      throw judged(error, wasInTransaction: wasInTransaction)
    }
  }

  /// A copy that its own sink stopped does not stop the unit of work.
  private func forgiving(_ error: any Error) -> any Error {
    if !interrupt.isRaised, Monotonic.now < deadline { stopped = nil }
    return error
  }

  /// The next piece in libpq's memory, or nil at the end; waits.
  private func nextCopyData() throws(DatabaseError) -> UnsafeMutableRawBufferPointer? {
    while true {
      guard let link = unsafe link else { throw .connectionFailed(.lost) }
      var start: UnsafeMutablePointer<CChar>?
      let count = unsafe PQgetCopyData(link, &start, 1)
      if count > 0 {
        return unsafe UnsafeMutableRawBufferPointer(start: start, count: Int(count))
      }
      // Minus one is the end, minus two a failure; both leave a result to be read.
      if count < 0 { return nil }
      // A reader that waits is woken for every send of the server, which then pays for the waking
      // instead of for rows; one that comes a little later finds several sends at once.
      unsafe cpostgres_let_arrive(
        PQsocket(link), Self.copyWorthReadingBytes, Self.copyPatience)
      try waitOnce(writing: false)
    }
  }

  /// Runs a `COPY ... FROM STDIN` with the bytes that the closure writes; returns the row count.
  ///
  /// Writing waits while the server is behind. When the closure throws, nothing is stored, the
  /// connection stays usable and the closure's error is thrown.
  @discardableResult
  public func copyIn(
    _ statement: Statement, _ produce: (CopyWriter) throws -> Void
  ) throws -> Int {
    let wasInTransaction = try beginCopy(statement, expecting: PGRES_COPY_IN)
    let writer = CopyWriter(connection: self)
    var produceError: (any Error)?
    do {
      try produce(writer)
    } catch {
      produceError = error
    }
    writer.isOpen = false
    do {
      try endCopyIn(failing: produceError != nil)
      let handle = try collect()
      try requireUnended(wasInTransaction)
      return handle.affected
    } catch {
      // What the closure met counts, unless it was only the echo of a failure of the connection.
      if let produceError, !(produceError is DatabaseError) || !isClosed { throw produceError }
      throw judged(error, wasInTransaction: wasInTransaction)
    }
  }

  fileprivate func putCopyData(_ bytes: UnsafeRawBufferPointer) throws(DatabaseError) {
    try requireUsable()
    var rest = unsafe bytes
    while rest.count > 0 {
      guard let link = unsafe link else { throw .connectionFailed(.lost) }
      let piece = unsafe rest.prefix(Self.copyPieceBytes)
      let taken = unsafe PQputCopyData(
        link,
        UnsafeRawBufferPointer(rebasing: piece).assumingMemoryBound(to: CChar.self)
          .baseAddress, Int32(piece.count))
      guard taken >= 0 else { throw lose() }
      if taken > 0 {
        unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      }
      try drainOutput()
    }
  }

  /// Waits until everything is with the server's machine, so that no backlog grows here.
  private func drainOutput() throws(DatabaseError) {
    while let link = unsafe link, unsafe PQflush(link) == 1 {
      try waitOnce(writing: true)
      // The copy cannot be cancelled from outside while we are the ones who write.
      if let stopped { throw stopped }
    }
  }

  private func endCopyIn(failing: Bool) throws(DatabaseError) {
    while true {
      guard let link = unsafe link else { throw .connectionFailed(.lost) }
      let ended = unsafe PQputCopyEnd(link, failing ? "stopped by the client" : nil)
      guard ended >= 0 else { throw lose() }
      if ended > 0 { return }
      try waitOnce(writing: true)
    }
  }

  /// Starts a copy; false when it is a transaction of its own.
  private func beginCopy(
    _ statement: Statement, expecting expected: ExecStatusType
  ) throws(DatabaseError) -> Bool {
    try requireUsable()
    let wasInTransaction = inTransaction
    notices.clear()
    guard let link = unsafe link, unsafe PQsendQuery(link, statement.text) == 1 else {
      throw lose()
    }
    do throws(DatabaseError) {
      guard let result = unsafe try nextResult() else { throw lose() }
      defer { unsafe PQclear(result) }
      if unsafe PQresultStatus(result) == expected { return wasInTransaction }
      guard let fault = unsafe fault(of: result) else { throw lose() }
      while let more = unsafe try nextResult() { unsafe PQclear(more) }
      throw verdict(fault, cancelledBy: settleCancellation()) ?? fault
    } catch {
      throw judged(error, wasInTransaction: wasInTransaction)
    }
  }
}

/// Takes the bytes of a copy into the database.
public final class CopyWriter {
  private let connection: Connection
  fileprivate var isOpen = true

  fileprivate init(connection: Connection) {
    self.connection = connection
  }

  /// Sends bytes; waits while the server is behind.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(DatabaseError) {
    precondition(isOpen, "a copy was written to after its end")
    unsafe try connection.putCopyData(bytes)
  }

  /// Sends bytes; waits while the server is behind.
  public func write(_ bytes: [UInt8]) throws(DatabaseError) {
    precondition(isOpen, "a copy was written to after its end")
    let outcome = unsafe bytes.withUnsafeBytes { raw in
      Result { () throws(DatabaseError) in unsafe try connection.putCopyData(raw) }
    }
    try outcome.get()
  }

  /// Sends text as UTF-8; waits while the server is behind.
  public func write(_ text: String) throws(DatabaseError) {
    try write(Array(text.utf8))
  }
}
