internal import BridgeBenchmark
internal import Foundation

/// Measures allocation without a server: the engine, and both verifiers of a finished trial.
public struct AllocationMeasurement: Sendable {
  private let program: String
  private let scripts: String
  private let secondVerifier: String
  private let folder: String
  private let rounds: Int
  private let seconds: Double

  /// A measurement with a program, the folder of its scripts and the verifier in Python; bundles
  /// are written into a folder that is made for them.
  public init(
    program: String, scripts: String, secondVerifier: String, folder: String, rounds: Int,
    seconds: Double
  ) {
    self.program = program
    self.scripts = scripts
    self.secondVerifier = secondVerifier
    self.folder = folder
    self.rounds = rounds
    self.seconds = seconds
  }

  /// Measures both.
  public func run(say: (String) -> Void) throws -> [MeasuredLine] {
    say("Simulating allocations.")
    var lines = try EngineRounds(scripts: scripts, rounds: rounds, seconds: seconds).run()
    lines.append(
      MeasuredLine("resident memory of the simulation at most", "MiB", [try peakMebibytes()]))
    say("Making and verifying trials of \(VerificationRounds.entries) entries.")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    lines += try VerificationRounds(
      program: program, scripts: scripts, secondVerifier: secondVerifier, folder: folder,
      rounds: rounds
    ).run()
    return lines
  }

  /// The most memory this process ever held.
  private func peakMebibytes() throws -> Double {
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let kibibytes = line.flatMap({ Double($0.filter(\.isNumber)) }) else {
      throw MeasurementFault.unreadable("/proc/self/status")
    }
    return kibibytes / 1024
  }
}
