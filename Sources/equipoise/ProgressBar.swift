import Foundation
import Simulation
import Synchronization

/// How far a simulated trial is, where errors go: one line that moves on a terminal; elsewhere a line
/// for every step, and every ten seconds one for the participants.
final class ProgressBar: Sendable {
  private let started: ContinuousClock.Instant
  private let told: Mutex<ContinuousClock.Instant>
  private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1

  init(started: ContinuousClock.Instant) {
    self.started = started
    told = Mutex(started)
  }

  func show(_ progress: SimulationProgress) {
    switch progress {
    case .participants(let randomized, let finished, let planned):
      guard isTerminal || isTimeToTell() else { return }
      let width = 30
      let full = planned == 0 ? 0 : width * finished / planned
      let bar = String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
      write(
        "[\(bar)] \(randomized) randomized, \(finished) of \(planned) followed, "
          + Self.text(ContinuousClock.now - started))
    case .step(let step): write("\(step) ...")
    }
  }

  /// Takes the line off a terminal.
  func end() {
    if isTerminal { Self.put("\r\u{1B}[K") }
  }

  private func isTimeToTell() -> Bool {
    told.withLock { told in
      let now = ContinuousClock.now
      guard told.duration(to: now) >= .seconds(10) else { return false }
      told = now
      return true
    }
  }

  private func write(_ line: String) {
    Self.put(isTerminal ? "\r\u{1B}[K" + line : line + "\n")
  }

  private static func put(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  static func text(_ duration: Duration) -> String {
    let seconds = Int(duration.components.seconds)
    return seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
  }
}
