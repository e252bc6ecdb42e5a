/// A time to an event, or to the end of observation.
public struct SurvivalTime: Equatable, Hashable, Sendable {
  /// Time since the start, in the unit of the study; not negative.
  public var time: Double
  /// Whether the event happened then.
  public var isEvent: Bool

  /// An observation from its parts.
  public init(time: Double, isEvent: Bool) {
    self.time = time
    self.isEvent = isEvent
  }
}
