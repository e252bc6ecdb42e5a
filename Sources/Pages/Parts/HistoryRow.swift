/// One change, as the audit trail tells it.
public struct HistoryRow: Sendable, Equatable {
  /// The reader's own numbering, without gaps.
  public var number: Int
  /// When, with the zone.
  public var time: String
  /// Who, with the role.
  public var person: String
  /// What was changed.
  public var object: String
  /// The value before; empty where there was none.
  public var old: String
  /// The value after.
  public var new: String
  /// Why.
  public var reason: String
  /// Where what is said there is removed, for who may ask for that.
  public var removal: Link?

  /// All of it at once.
  public init(
    number: Int, time: String, person: String, object: String, old: String = "", new: String = "",
    reason: String = ""
  ) {
    self.number = number
    self.time = time
    self.person = person
    self.object = object
    self.old = old
    self.new = new
    self.reason = reason
  }
}
