import Glibc

/// A server that runs: started by this daemon, or adopted from an earlier one.
struct RunningServer: Sendable {
  let process: Int32
  private let child: ChildProcess?
  private let startTicks: UInt64?

  /// A server started by this daemon.
  init(child: ChildProcess) {
    process = child.id
    self.child = child
    startTicks = nil
  }

  /// A server an earlier daemon left behind, or nil when the process is not that server.
  ///
  /// The number alone proves nothing: after a restart of the machine it may be anybody's.
  init?(process: Int32, dataDirectory: String, userID: UInt32) {
    guard process > 1, let ticks = ProcessTable.startTicks(of: process),
      ProcessTable.name(of: process) == "postgres",
      ProcessTable.userID(of: process) == userID,
      ProcessTable.arguments(of: process).contains(dataDirectory)
    else { return nil }
    self.process = process
    child = nil
    startTicks = ticks
  }

  /// How the server ended, or nil while it runs.
  func ending() -> Ending? {
    if let child { return child.ending() }
    return ProcessTable.startTicks(of: process) == startTicks ? nil : .unknown
  }

  /// Sends a signal, but never to a later process of the same number.
  func send(_ signal: Int32) {
    if ending() == nil { kill(process, signal) }
  }

  /// Waits for the end, as long as allowed; says whether it came.
  func ends(withinSeconds seconds: Int) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ending() == nil {
      if ContinuousClock.now > deadline { return false }
      await pause(milliseconds: 20)
    }
    return true
  }

  /// Ends the server: sessions are cut and everything is written out; only when that takes too
  /// long is it made to leave the writing to its next start, which loses nothing.
  func stop() async -> Bool {
    let fast = SIGINT
    let immediate = SIGQUIT
    // A checkpoint on a slow disk may take a good part of a minute.
    send(fast)
    if await ends(withinSeconds: 60) { return true }
    send(immediate)
    return await ends(withinSeconds: 15)
  }
}
