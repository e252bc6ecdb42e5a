import NIOCore

/// Measures whether a body comes fast enough.
///
/// Only time in which the server waits for bytes counts: one that is busy keeps nobody to a pace.
struct BodyPace {
  private let bounds: ConnectionBounds
  private var waitsSince: NIODeadline?
  private var waited = TimeAmount.nanoseconds(0)
  private var bytes = 0

  init(_ bounds: ConnectionBounds) { self.bounds = bounds }

  /// The server asked for bytes.
  mutating func wait(from now: NIODeadline) {
    if waitsSince == nil { waitsSince = now }
  }

  /// Bytes came.
  mutating func take(_ count: Int, at now: NIODeadline) {
    settle(now)
    waitsSince = nil
    bytes += count
  }

  /// Whether what came in the last stretch is too little; a stretch that was enough ends.
  mutating func isTooSlow(at now: NIODeadline) -> Bool {
    settle(now)
    let stretch = TimeAmount(bounds.paceOver)
    guard waited >= stretch else { return false }
    let seconds = Double(waited.nanoseconds) / 1e9
    guard Double(bytes) >= seconds * Double(bounds.bytesPerSecond) else { return true }
    waited = .nanoseconds(0)
    bytes = 0
    return false
  }

  private mutating func settle(_ now: NIODeadline) {
    guard let since = waitsSince else { return }
    waited = waited + (now - since)
    waitsSince = now
  }
}
