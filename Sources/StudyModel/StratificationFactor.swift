/// One level of a factor with the range of values it stands for.
public struct LevelBand: Hashable, Sendable {
  /// The level, such as `SEV`.
  public let level: String
  /// The values, first and last included.
  public let range: ClosedRange<ExactNumber>

  /// Makes the value from its parts.
  public init(
    level: String,
    range: ClosedRange<ExactNumber>
  ) {
    self.level = level
    self.range = range
  }
}

/// Where a level comes from: always a stored value, never the request.
public enum LevelSource: Hashable, Sendable {
  case site
  case field(FieldReference, levels: [String])
  case bands(FieldReference, [LevelBand])
}

/// A factor of the stratification.
public struct StratificationFactor: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: FactorID
  /// The name in words.
  public let title: String
  /// Where its level comes from.
  public let source: LevelSource
  /// A copy of the source on another form that must say the same.
  public let copy: FieldReference?

  /// Makes the value from its parts.
  public init(
    id: FactorID,
    title: String,
    source: LevelSource,
    copy: FieldReference? = nil
  ) {
    self.id = id
    self.title = title
    self.source = source
    self.copy = copy
  }

  /// The levels it can take; empty for the site, whose levels are the sites.
  public var levels: [String] {
    switch source {
    case .site: []
    case .field(_, let levels): levels
    case .bands(_, let bands): bands.map(\.level)
    }
  }
}
