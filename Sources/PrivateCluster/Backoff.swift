/// How long to wait before the server is started again: little at first, never long.
///
/// The longest wait keeps the whole interruption far below the ten seconds a crash of the
/// database may cost, once its cause is gone.
struct Backoff: Sendable, Equatable {
  static let longestMilliseconds = 2_000
  private(set) var milliseconds = 100

  /// The present wait; the next one is twice as long.
  mutating func next() -> Int {
    defer { milliseconds = min(milliseconds * 2, Self.longestMilliseconds) }
    return milliseconds
  }
}
