import Foundation
public import StudyModel

/// Tells the instant of an act.
public protocol Clock: Sendable {
  /// The present instant.
  var now: UTCInstant { get }
}

/// The clock of the host: the only one a live trial has.
public struct SystemClock: Clock {
  /// Makes the clock.
  public init() {}

  /// The host's present instant, to the microsecond.
  public var now: UTCInstant {
    UTCInstant(microsecondsSince1970: Int64(Date().timeIntervalSince1970 * 1_000_000))
  }
}

/// A clock that stands where it was set: for simulated trials and tests.
public struct FixedClock: Clock {
  /// The instant it shows.
  public let now: UTCInstant

  /// Makes a clock that shows the instant.
  public init(_ now: UTCInstant) { self.now = now }
}
