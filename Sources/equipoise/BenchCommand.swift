import ArgumentParser
import BridgeBenchmark
import Foundation
import ServerBenchmark

/// Measures this program on this machine.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract:
      "Measure allocation, capture, the bridge, randomization, pages, the record, start and statistics.",
    discussion: """
      A temporary private cluster commits to disk before it answers, as in use. Medians of interleaved rounds; an \
      error, a lost client or a row too few voids a measurement. Differences below 1.3 are noise. \
      Needs psql, pgbench and the scripts in Deploy/bench; a rival that is absent is named.
      """)

  /// What is measured.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case allocation
    case bridge
    case capture
    case randomize
    case pages
    case record
    case start
    case statistics
    case all
  }

  @Argument(
    help: "allocation, bridge, capture, randomize, pages, record, start, statistics or all.")
  var part = Part
    .all
  @Option(help: "Rounds of each measurement.") var rounds = 5
  @Option(help: "Seconds of each round.") var seconds = 2.0
  @Option(help: "Folder of the scripts.") var scripts = "Deploy/bench"
  @Option(help: "The second verifier.") var verifier = "Docs/Methods/verify.py"

  func validate() throws {
    guard (1...100).contains(rounds) else {
      throw ValidationError("--rounds takes a number from 1 to 100.")
    }
    guard (1...60).contains(seconds) else {
      throw ValidationError("--seconds takes a number from 1 to 60.")
    }
    guard FileManager.default.fileExists(atPath: scripts + "/randomize.pgbench") else {
      throw ValidationError(
        "There are no scripts in \(scripts). Name the folder Deploy/bench of the source.")
    }
  }

  func run() async throws {
    do {
      if part == .allocation || part == .all { try await measureAllocation() }
      if part == .bridge || part == .all { try await measureBridge() }
      if part == .capture || part == .all { try await measureCapture() }
      if part == .record || part == .all { try await measureRecord() }
      if part == .statistics || part == .all {
        try StatisticsBench(rounds: rounds, scripts: scripts).run { say($0) }
      }
      let parts = serverParts
      if !parts.isEmpty { try await measureServer(parts) }
    } catch {
      throw CommandFailure(error)
    }
  }

  private var serverParts: Set<ServerMeasurement.Part> {
    switch part {
    case .bridge, .capture, .record, .statistics: []
    case .allocation: [.commits]
    case .randomize: [.randomize]
    case .pages: [.pages]
    case .start: [.start]
    case .all: [.commits, .randomize, .pages, .start]
    }
  }

  private var program: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

  private func temporary<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let number = ProcessInfo.processInfo.processIdentifier
    let folder = NSTemporaryDirectory() + "equipoise-bench-\(number)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  private func measureAllocation() async throws {
    let lines = try await temporary { folder in
      try AllocationMeasurement(
        program: program, scripts: scripts, secondVerifier: verifier, folder: folder,
        rounds: rounds, seconds: seconds
      ).run { say($0) }
    }
    say(MeasuredLine.header)
    for line in lines { say(line.text) }
  }

  private func measureCapture() async throws {
    let lines = try await temporary { folder in
      try await CaptureMeasurement(
        program: program, scripts: scripts, stateDirectory: folder, rounds: rounds,
        seconds: seconds
      ).run { say($0) }
    }
    say(MeasuredLine.header)
    for line in lines { say(line.text) }
  }

  private func measureRecord() async throws {
    let lines = try await temporary { folder in
      try await RecordMeasurement(
        scripts: scripts, stateDirectory: folder, rounds: rounds, seconds: seconds
      ).run { say($0) }
    }
    say(MeasuredLine.header)
    for line in lines { say(line.text) }
  }

  private func measureBridge() async throws {
    let table = try await temporary { folder in
      try await TemporaryCluster.run(stateDirectory: folder) { cluster in
        try await BridgeBenchmark(
          host: cluster.socketDirectory, database: TemporaryCluster.database,
          user: cluster.superuser, scripts: scripts, rounds: rounds, seconds: seconds
        ).run()
      }
    }
    say(table.text)
  }

  private func measureServer(_ parts: Set<ServerMeasurement.Part>) async throws {
    let lines = try await temporary { folder in
      try await ServerMeasurement(
        program: program, scripts: scripts, stateDirectory: folder, rounds: rounds,
        seconds: seconds
      ).run(parts) { say($0) }
    }
    say(MeasuredLine.header)
    for line in lines { say(line.text) }
  }
}
