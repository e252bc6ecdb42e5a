internal import BridgeBenchmark
internal import Foundation

/// The daemon as a process of its own, on a state directory that exists.
final class ServerProcess {
  private let process = Process()
  /// The port it answers on.
  let port: Int
  /// From its start to the line that says it answers.
  let secondsToReady: Double

  init(program: String, stateDirectory: String) throws {
    let pipe = Pipe()
    let start = ContinuousClock.now
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      // A child inherits the signals that this thread blocks, and could not be told to stop.
      Program.python, "-c",
      "import os, signal, sys\nsignal.pthread_sigmask(signal.SIG_SETMASK, [])\n"
        + "os.execv(sys.argv[1], sys.argv[1:])",
      program, "serve", "--state", stateDirectory, "--port", "0", "--unbounded",
    ]
    process.standardOutput = pipe
    process.standardError = FileHandle.standardError
    process.standardInput = FileHandle.nullDevice
    try process.run()
    var text = ""
    var found: Int?
    // What else it has to say, such as that nothing tells whether the clock is right, may come first.
    while found == nil {
      let piece = pipe.fileHandleForReading.availableData
      guard !piece.isEmpty else {
        process.terminate()
        throw MeasurementFault.serverSilent(text)
      }
      text += String(decoding: piece, as: UTF8.self)
      found = text.firstMatch(of: /localhost:([0-9]+)\/?[^\n]*\n/).flatMap { Int($0.1) }
    }
    secondsToReady = (ContinuousClock.now - start) / .seconds(1)
    guard let port = found else { throw MeasurementFault.serverSilent(text) }
    self.port = port
  }

  /// Resident memory in MiB.
  var residentMebibytes: Double {
    get throws {
      let text = try String(
        contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)
      return Double(text.split(separator: " ")[1]).map { $0 * 4096 / 1_048_576 } ?? 0
    }
  }

  /// Asks the daemon to stop and waits for its end.
  func stop() {
    process.interrupt()
    process.waitUntilExit()
  }
}
