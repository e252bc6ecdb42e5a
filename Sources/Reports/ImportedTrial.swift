public import StudyModel

/// A trial read from a table: arms, strata and the response at the last visit on treatment.
public struct ImportedTrial: Sendable, Equatable {
  /// One score of one participant at one visit; nil where the table has none.
  public struct Visit: Sendable, Equatable {
    /// The participant.
    public var participant: String
    /// The arm.
    public var arm: String
    /// The stratum, with the levels joined by a dot.
    public var stratum: String
    /// The visit.
    public var visit: String
    /// The score before treatment.
    public var baseline: ExactNumber
    /// The score at the visit.
    public var score: ExactNumber?

    /// All of it at once.
    public init(
      participant: String, arm: String, stratum: String, visit: String, baseline: ExactNumber,
      score: ExactNumber?
    ) {
      self.participant = participant
      self.arm = arm
      self.stratum = stratum
      self.visit = visit
      self.baseline = baseline
      self.score = score
    }
  }

  /// One record a participant, in the order of the table.
  public let records: [EndpointRecord]
  /// Participant to arm.
  public let arms: [String: String]

  /// Derives response as the endpoint of the study has it, `baseline − score ≥ leastFall ×
  /// baseline`, at the visit named last; a participant without that score has no known response.
  public init(_ rows: [Visit], lastVisit: String, leastFall: ExactNumber) {
    var order: [String] = []
    var byParticipant: [String: [Visit]] = [:]
    for row in rows {
      if byParticipant[row.participant] == nil { order.append(row.participant) }
      byParticipant[row.participant, default: []].append(row)
    }
    arms = byParticipant.compactMapValues { $0.first?.arm }
    records = order.compactMap { key in
      guard let visits = byParticipant[key], let first = visits.first else { return nil }
      let score = visits.first { $0.visit == lastVisit }?.score
      return EndpointRecord(
        participant: key, stratum: first.stratum,
        isResponder: score.flatMap {
          Self.isResponse(first.baseline, $0, leastFall: leastFall)
        }, day: nil, isRatedInWindow: score != nil)
    }
  }

  private static func isResponse(
    _ baseline: ExactNumber, _ score: ExactNumber, leastFall: ExactNumber
  ) -> Bool? {
    guard let fall = baseline.plus(score.negated), let least = baseline.times(leastFall) else {
      return nil
    }
    return fall >= least
  }
}
