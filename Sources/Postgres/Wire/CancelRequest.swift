internal import CPostgres
internal import Synchronization

/// One request to the server to stop what a connection is doing.
///
/// libpq sends it over a connection of its own and blocks without limit while it does, so it is
/// sent from a thread that nobody has to wait for.
@safe final class CancelRequest: Sendable {
  private let isSent = Atomic(false)
  /// Raised when the server has taken the request.
  let event: Int32
  nonisolated(unsafe) private let handle: OpaquePointer

  /// Nil where the connection is closed or the machine has no descriptor left.
  init?(_ link: OpaquePointer) {
    guard let handle = unsafe PQgetCancel(link) else { return nil }
    unsafe self.handle = unsafe handle
    event = cpostgres_event_open()
  }

  deinit {
    unsafe PQfreeCancel(handle)
    cpostgres_close(event)
  }

  /// Whether no trace of the request is still on its way.
  var hasArrived: Bool { isSent.load(ordering: .acquiring) }

  func send() {
    Thread.start(name: "pg-cancel") { [self] in
      var message = [CChar](repeating: 0, count: 256)
      unsafe message.withUnsafeMutableBufferPointer { buffer in
        _ = unsafe PQcancel(handle, buffer.baseAddress, Int32(buffer.count))
      }
      isSent.store(true, ordering: .releasing)
      cpostgres_event_raise(event)
    }
  }
}
