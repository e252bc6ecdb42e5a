internal import Foundation

/// Measures the daemon as a process of its own on a temporary private cluster.
public struct ServerMeasurement: Sendable {
  /// What can be measured.
  public enum Part: Sendable, CaseIterable {
    /// Randomization over HTTP in one trial and in many, beside the commits the machine can make.
    case commits
    /// Randomization over HTTP beside the same statements through pgbench.
    case randomize
    /// A list page.
    case pages
    /// Start and memory.
    case start
  }

  private let program: String
  private let scripts: String
  private let stateDirectory: String
  private let rounds: Int
  private let seconds: Double

  /// A measurement with a program and the folder of its scripts, on a state directory that may be
  /// filled.
  public init(
    program: String, scripts: String, stateDirectory: String, rounds: Int, seconds: Double
  ) {
    self.program = program
    self.scripts = scripts
    self.stateDirectory = stateDirectory
    self.rounds = rounds
    self.seconds = seconds
  }

  /// Measures the parts asked for.
  public func run(_ parts: Set<Part>, say: (String) -> Void) async throws -> [MeasuredLine] {
    // Twice what the fastest machine seen so far used up.
    let isRandomizing = parts.contains(.randomize) || parts.contains(.commits)
    let wanted = isRandomizing ? Double(rounds) * seconds * 2000 + 4000 : 15_000
    let places = Double(MeasuredTrials.trials * MeasuredTrials.sites)
    let participants = min(8000, max(50, Int(wanted / places)))
    let trials = try await MeasuredTrials.make(
      stateDirectory: stateDirectory, scripts: scripts, participants: participants, say: say)
    var lines: [MeasuredLine] = []
    if parts.contains(.start) {
      say("Starting the server \(rounds) times.")
      lines += try starts()
    }
    guard isRandomizing || parts.contains(.pages) else { return lines }
    let server = try ServerProcess(program: program, stateDirectory: stateDirectory)
    do {
      if parts.contains(.pages) {
        say("Asking for pages.")
        lines += try await pages(server, trials)
      }
      if parts.contains(.randomize) {
        say("Randomizing.")
        lines += try await RandomizationRounds(
          trials: trials, server: server, rounds: rounds, seconds: seconds
        ).run()
        lines.append(
          MeasuredLine("resident memory after the load", "MiB", [try server.residentMebibytes]))
      }
      // Last, since the first trial takes numbers that the others do not have.
      if parts.contains(.commits) {
        say("Randomizing in one trial and in many.")
        lines += try await CommitRounds(
          randomizing: RandomizationRounds(
            trials: trials, server: server, rounds: rounds, seconds: seconds)
        ).run()
      }
      server.stop()
    } catch {
      server.stop()
      throw error
    }
    return lines
  }

  private func starts() throws -> [MeasuredLine] {
    var (ready, memory): ([Double], [Double]) = ([], [])
    for _ in 0..<rounds {
      let server = try ServerProcess(program: program, stateDirectory: stateDirectory)
      ready.append(server.secondsToReady)
      // Idle: what the start needed is given back by then.
      Thread.sleep(forTimeInterval: 1)
      memory.append(try server.residentMebibytes)
      server.stop()
    }
    return [
      MeasuredLine("from start to answering, database included", "s", ready),
      MeasuredLine("resident memory of the idle daemon", "MiB", memory),
    ]
  }

  private func pages(
    _ server: ServerProcess, _ trials: MeasuredTrials
  ) async throws -> [MeasuredLine] {
    let secrets = try trials.sessions()
    var lines: [MeasuredLine] = []
    for (path, what) in [
      ("/participants", "page of 50 participants, 16 clients"),
      ("/api/v1/participants", "the same list over the API"),
    ] {
      var (rates, slowest): ([Double], [Double]) = ([], [])
      for _ in 0..<rounds {
        try trials.psql("server-fresh.sql")
        let answer = try await LoadGenerator.run(
          port: server.port, clients: RandomizationRounds.clients, seconds: seconds
        ) { client, turn in
          let secret = secrets[(turn * RandomizationRounds.clients + client) % secrets.count]
          return "GET \(path) HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-eq=\(secret)\r\n\r\n"
        }
        rates.append(answer.rate)
        slowest.append(Quantile.of(answer.milliseconds, 0.99))
      }
      lines.append(MeasuredLine(what, "1/s", rates))
      lines.append(MeasuredLine("99 of 100 are answered within", "ms", slowest))
    }
    return lines
  }
}
