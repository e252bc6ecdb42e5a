/// The bytes that name a stratum: factor and level in turn, each with its length before it.
public struct StratumBytes: Hashable, Sendable {
  /// The bytes; empty when a scheme has no strata.
  public let bytes: [UInt8]

  /// The stratum of these factors with their levels, in the order of the scheme.
  public init(_ levels: [(factor: Label, level: Label)]) {
    var bytes: [UInt8] = []
    for (factor, level) in levels {
      bytes += BigEndian.bytes16(factor.utf8.count) + factor.utf8
      bytes += BigEndian.bytes16(level.utf8.count) + level.utf8
    }
    self.bytes = bytes
  }

  package init(bytes: [UInt8]) {
    self.bytes = bytes
  }
}
