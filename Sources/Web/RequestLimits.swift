/// What somebody may ask for only so often.
public enum Pace: String, Sendable, CaseIterable {
  /// The act of randomizing.
  case randomization
  /// Files of data or of the audit trail.
  case export
  /// Lists that are searched.
  case search
}

/// How much one address or one person may ask for (security specification, 6; REQ-074).
public struct RequestLimits: Sendable {
  /// Requests of one address at the same time.
  public var atOncePerAddress: Int
  /// Requests of one person at the same time.
  public var atOncePerPerson: Int
  /// Files of data of one person at the same time: each is held whole while it is read.
  public var importsAtOncePerPerson: Int
  /// Requests of one person in a minute, by what they are for.
  public var perMinute: [Pace: Int]

  /// Refused requests that get a line in the log, in a minute; the others are counted.
  public var refusalsTold: Int

  /// Those of a server.
  ///
  /// A hospital may stand behind one address.
  public static let usual = RequestLimits(
    atOncePerAddress: 64, atOncePerPerson: 12,
    perMinute: [.randomization: 20, .export: 12, .search: 240])

  /// None, for measurements and tests that ask faster than people do.
  public static let none = RequestLimits(
    atOncePerAddress: .max, atOncePerPerson: .max, importsAtOncePerPerson: .max, perMinute: [:],
    refusalsTold: .max)

  /// Makes limits.
  public init(
    atOncePerAddress: Int, atOncePerPerson: Int, importsAtOncePerPerson: Int = 1,
    perMinute: [Pace: Int], refusalsTold: Int = 120
  ) {
    self.importsAtOncePerPerson = importsAtOncePerPerson
    self.refusalsTold = refusalsTold
    self.atOncePerAddress = atOncePerAddress
    self.atOncePerPerson = atOncePerPerson
    self.perMinute = perMinute
  }
}
