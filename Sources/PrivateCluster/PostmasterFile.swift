/// What the server writes about itself into `postmaster.pid`, line by line.
struct PostmasterFile: Sendable, Equatable {
  let process: Int32
  let socketDirectory: String
  let status: String

  /// Nil when the text is not one: empty, or still being written.
  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, let process = Int32(first), process > 0 else { return nil }
    self.process = process
    socketDirectory = lines.count > 4 ? String(lines[4]) : ""
    status = lines.count > 7 ? String(lines[7].prefix { $0 != " " }) : ""
  }

  var isReady: Bool { status == "ready" }
  var isStopping: Bool { status == "stopping" }
}
