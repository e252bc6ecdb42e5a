/// One stratum: responders of both arms under one label.
public struct Stratum: Equatable, Sendable {
  /// The stratum's name as the study definition spells it.
  public var label: String
  /// The experimental arm.
  public var experimental: BinomialSample
  /// The comparator.
  public var comparator: BinomialSample

  /// A stratum from its label and arms.
  public init(label: String, experimental: BinomialSample, comparator: BinomialSample) {
    self.label = label
    self.experimental = experimental
    self.comparator = comparator
  }
}

/// The strata of one comparison, in key order, without those that say nothing.
///
/// A stratum with an empty arm carries no information on the difference: it is dropped and named.
/// Strata are put in the order of their labels, so that no sum depends on the order of rows.
public struct StratifiedTable: Equatable, Sendable {
  /// The strata that hold participants of both arms, in the order of their labels.
  public let strata: [Stratum]
  /// The labels of strata dropped because one arm is empty, in order.
  public let dropped: [String]

  /// Parses a table; refuses impossible counts and a table in which nothing can be compared.
  public init(_ strata: [Stratum]) throws(StatisticsRefusal) {
    for stratum in strata {
      guard stratum.experimental.isPossible, stratum.comparator.isPossible else {
        throw .countsOutOfRange
      }
    }
    let ordered = strata.sorted(by: Self.precedes)
    self.strata = ordered.filter { $0.experimental.total > 0 && $0.comparator.total > 0 }
    dropped = ordered.filter { $0.experimental.total == 0 || $0.comparator.total == 0 }
      .map(\.label)
    guard !self.strata.isEmpty else { throw .noInformativeStratum }
  }

  /// The experimental arm over all strata kept.
  public var experimental: BinomialSample { Self.pooled(strata.map(\.experimental)) }
  /// The comparator over all strata kept.
  public var comparator: BinomialSample { Self.pooled(strata.map(\.comparator)) }

  /// The same table with the arms exchanged.
  public func swapped() -> StratifiedTable {
    StratifiedTable(
      kept: strata.map {
        Stratum(label: $0.label, experimental: $0.comparator, comparator: $0.experimental)
      }, dropped: dropped)
  }

  private init(kept: [Stratum], dropped: [String]) {
    strata = kept
    self.dropped = dropped
  }

  private static func pooled(_ samples: [BinomialSample]) -> BinomialSample {
    samples.reduce(into: BinomialSample(responders: 0, total: 0)) {
      $0.responders += $1.responders
      $0.total += $1.total
    }
  }

  private static func precedes(_ one: Stratum, _ two: Stratum) -> Bool {
    func key(_ stratum: Stratum) -> (String, Int, Int, Int, Int) {
      (
        stratum.label, stratum.experimental.total, stratum.comparator.total,
        stratum.experimental.responders, stratum.comparator.responders
      )
    }
    return key(one) < key(two)
  }
}
