/// Responders among the participants of one arm.
public struct BinomialSample: Equatable, Hashable, Sendable {
  /// How many responded.
  public var responders: Int
  /// How many were analysed.
  public var total: Int

  /// A sample from its two counts.
  public init(responders: Int, total: Int) {
    self.responders = responders
    self.total = total
  }

  /// The observed proportion; NaN without participants.
  @inline(__always)
  public var proportion: Double { Double(responders) / Double(total) }

  var isPossible: Bool { responders >= 0 && responders <= total }

  func parsed() throws(StatisticsRefusal) -> BinomialSample {
    guard isPossible else { throw .countsOutOfRange }
    guard total > 0 else { throw .armWithoutParticipants }
    return self
  }

  /// The same arm with response and non-response exchanged.
  var mirrored: BinomialSample { BinomialSample(responders: total - responders, total: total) }
}
