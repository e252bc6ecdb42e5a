internal import CPostgres

/// What the server remarked while a statement ran; only warnings matter to us.
final class NoticeLog {
  /// A warning of any kind was seen.
  private(set) var hasWarning = false
  /// The wait for the standby was given up: committed here, perhaps nowhere else.
  private(set) var hasUnconfirmedCommit = false

  func clear() {
    hasWarning = false
    hasUnconfirmedCommit = false
  }

  fileprivate func note(severity: String, function: String) {
    guard severity == "WARNING" else { return }
    hasWarning = true
    // Named by its place in the server's source, since the sentence is translated.
    if function == "SyncRepWaitForLSN" { hasUnconfirmedCommit = true }
  }

  /// Directs the remarks of a connection here; the log must outlive the connection.
  func attach(to link: OpaquePointer) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe PQsetNoticeReceiver(link, receiveNotice, context)
  }
}

/// Called by libpq on the thread that reads from the connection.
private func receiveNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
  guard let context = unsafe context, let result = unsafe result else { return }
  let log = unsafe Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue()
  log.note(
    severity: unsafe diagnostic(result, CPOSTGRES_DIAG_SEVERITY) ?? "",
    function: unsafe diagnostic(result, CPOSTGRES_DIAG_FUNCTION) ?? "")
}

/// One field of an error or notice, copied out of the result.
func diagnostic(_ result: OpaquePointer, _ field: some BinaryInteger) -> String? {
  guard let text = unsafe PQresultErrorField(result, Int32(field)) else { return nil }
  return unsafe String(cString: text)
}
