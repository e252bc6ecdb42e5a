internal import Foundation

/// Runs another program to its end.
public enum Program {
  /// What it printed; throws when it failed.
  public static func output(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchmarkFailure.rivalFailed(program, output: text)
    }
    return text
  }

  /// The interpreter of the rivals in Python.
  public static var python: String {
    ProcessInfo.processInfo.environment["EQUIPOISE_PYTHON"] ?? "python3"
  }

  /// What pgbench measured.
  public struct PgbenchAnswer: Sendable {
    /// Transactions that ended well.
    public let count: Int
    /// Transactions per second.
    public let rate: Double
    /// Mean time of a transaction in milliseconds.
    public let meanMilliseconds: Double
  }

  /// Runs pgbench with 16 clients on two threads; a lost client or a failed transaction voids it.
  public static func pgbench(_ arguments: [String]) throws -> PgbenchAnswer {
    let output = try output(
      python,
      [
        // Threads of the cooperative pool block all signals and children inherit that; pgbench
        // would never hear the alarm that ends it.
        "-c",
        """
        import os, signal, sys
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvp("pgbench", ["pgbench"] + sys.argv[1:])
        """,
        "-n", "-M", "prepared", "-c", "\(BridgeBenchmark.clients)", "-j", "2",
      ] + arguments)
    func number(after label: String) -> Double? {
      output.split(separator: "\n").first { $0.hasPrefix(label) }.flatMap { line in
        Double(line.dropFirst(label.count).prefix { $0.isNumber || $0 == "." })
      }
    }
    guard !output.contains("abort"), !output.contains("ERROR"),
      number(after: "number of failed transactions: ") == 0,
      let count = number(after: "number of transactions actually processed: "),
      let rate = number(after: "tps = "), let mean = number(after: "latency average = ")
    else { throw BenchmarkFailure.unreadableAnswer("pgbench", output: output) }
    return PgbenchAnswer(count: Int(count), rate: rate, meanMilliseconds: mean)
  }
}
