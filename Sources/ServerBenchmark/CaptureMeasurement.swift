/// Measures capture with the daemon as a process of its own on a temporary private cluster.
public struct CaptureMeasurement: Sendable {
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

  /// Measures saves, the page of a full participant, loading, and how each grows with the trial.
  public func run(say: (String) -> Void) async throws -> [MeasuredLine] {
    let measured = try await CaptureRounds.make(
      stateDirectory: stateDirectory, scripts: scripts, say: say)
    let server = try ServerProcess(program: program, stateDirectory: stateDirectory)
    do {
      say("Saving forms.")
      let lines = try await measured.run(server: server, rounds: rounds, seconds: seconds)
      server.stop()
      return lines
    } catch {
      server.stop()
      throw error
    }
  }
}
