import Foundation

/// How far long work is, where errors go: one line that moves on a terminal, a line every ten
/// seconds elsewhere, and nothing at all for work that is done at once.
struct ProgressLine {
  private let total: Int
  private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
  private let start = ContinuousClock.now
  private var told: ContinuousClock.Instant
  private var isShown = false

  init(total: Int) {
    self.total = total
    told = start
  }

  /// Tells how much is done, when it is time to tell.
  mutating func tell(_ done: Int) {
    let now = ContinuousClock.now
    guard told.duration(to: now) >= (isTerminal ? .milliseconds(500) : .seconds(10)) else {
      return
    }
    told = now
    let elapsed = start.duration(to: now)
    let line = Self.text(done: done, of: total, elapsed: Double(elapsed.components.seconds))
    isShown = true
    write(isTerminal ? "\r\(line)\u{1B}[K" : line + "\n")
  }

  /// Takes the line off a terminal.
  func clear() {
    if isShown && isTerminal { write("\r\u{1B}[K") }
  }

  /// `1200 of 5000 runs, 0:12 elapsed, about 0:38 remaining`.
  static func text(done: Int, of total: Int, elapsed: Double) -> String {
    let remaining =
      done == 0 ? "" : ", about \(clock(elapsed * Double(total - done) / Double(done))) remaining"
    return "\(done) of \(total) runs, \(clock(elapsed)) elapsed\(remaining)"
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    let rest = whole % 60
    return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest)"
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
