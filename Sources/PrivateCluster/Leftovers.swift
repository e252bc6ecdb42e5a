import Glibc

/// Server processes whose parent was killed and that have not noticed yet.
///
/// An idle one ends by itself at once. One that computes goes on, and as long as it does, the
/// kernel's memory segment is in use and no new server starts.
struct Leftovers: Sendable {
  let layout: ClusterLayout
  let userID: UInt32

  /// Ends what is left of a server whose parent is gone; call only when no server runs.
  ///
  /// - Returns: a process that could not be ended, or nil when none is left.
  func endServers() async -> Int32? {
    await end(after: 50) { process in
      ProcessTable.name(of: process) == "postgres"
        && ProcessTable.arguments(of: process).first.map(isOurTitle) == true
    }
  }

  /// Ends a creation of the data directory that an earlier daemon did not live to see.
  func endCreation() async {
    _ = await end(after: 0) { process in
      ProcessTable.name(of: process) == "initdb"
        && ProcessTable.arguments(of: process).contains(layout.making)
    }
    _ = await end(after: 0) { process in
      ProcessTable.name(of: process) == "postgres"
        && Files.linkTarget("/proc/\(process)/cwd") == layout.making
    }
  }

  private func isOurTitle(_ title: String) -> Bool {
    title.hasPrefix("postgres: \(layout.clusterName): ")
  }

  /// Waits a number of rounds of 20 ms, then asks, then insists.
  private func end(after rounds: Int, _ isLeft: (Int32) -> Bool) async -> Int32? {
    var remaining: Int32?
    for round in 0..<(rounds + 100) {
      let left = ProcessTable.all().filter { process in
        ProcessTable.userID(of: process) == userID && isLeft(process)
      }
      remaining = left.first
      if left.isEmpty { break }
      if round >= rounds {
        let signal = round < rounds + 25 ? SIGQUIT : SIGKILL
        for process in left { kill(process, signal) }
      }
      await pause(milliseconds: 20)
    }
    return remaining
  }
}
