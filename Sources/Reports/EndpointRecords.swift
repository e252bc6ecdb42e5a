public import StudyModel

/// What the primary analysis needs to know of one randomized participant, without the arm.
public struct EndpointRecord: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The stratum of the analysis: the levels of the definition's analysis strata, joined by a dot.
  public let stratum: String
  /// Response at the second visit, nil when it cannot be told.
  public let isResponder: Bool?
  /// The study day on which the second rating began, nil when there is none.
  public let day: Int?

  /// Whether the record counts in the per-protocol set: rated on a usable day.
  public let isRatedInWindow: Bool
  /// Response by the rating alone, nil without one on a usable day.
  public let isRated: Bool?

  /// A record whose response is what was rated.
  init(
    participant: String, stratum: String, isResponder: Bool?, day: Int?, isRatedInWindow: Bool,
    isRated: Bool? = nil
  ) {
    self.participant = participant
    self.stratum = stratum
    self.isResponder = isResponder
    self.day = day
    self.isRatedInWindow = isRatedInWindow
    self.isRated = isRated
  }

  /// The same, with an unknown response counted as none.
  var withMissingAsFailure: EndpointRecord {
    EndpointRecord(
      participant: participant, stratum: stratum, isResponder: isResponder ?? false, day: day,
      isRatedInWindow: isRatedInWindow)
  }
}

/// Derives the primary endpoint from a snapshot by the definition's rule: for every look and for the end.
public enum EndpointDerivation {
  /// One record for each randomized participant, in the order of the snapshot.
  ///
  /// Response is `baseline − follow-up ≥ least fall × baseline`, compared exactly; a rating that began
  /// outside the usable days, or none, leaves it unknown. What `failure` of the definition's analysis names
  /// is non-response whatever was rated.
  ///
  /// - Parameters:
  ///   - arms: participant to arm code, as far as they may be read.
  ///   - duplicates: participants randomized twice under another key.
  ///   - excluded: participants with a confirmed deviation that takes them out of the per-protocol set.
  public static func records(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition, arms: [String: String] = [:],
    duplicates: Set<String> = [], excluded: Set<String> = []
  ) -> [EndpointRecord] {
    readings(snapshot, definition, arms: arms, duplicates: duplicates, excluded: excluded)
      .map(\.record)
  }

  /// The same with all that was read of each participant.
  static func readings(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition, arms: [String: String],
    duplicates: Set<String>, excluded: Set<String>
  ) -> [(record: EndpointRecord, reading: ParticipantReading, isFailure: Bool)] {
    guard let endpoint = definition.primaryEndpoint, endpoint.followUp.form != nil,
      endpoint.followUp.visit != nil
    else { return [] }
    let strata = endpoint.strata.compactMap { id in
      definition.factors.first { $0.id == id }
    }
    let entries = Dictionary(grouping: snapshot.entries, by: \.participant)
    return snapshot.participants.filter(\.isRandomized).map { participant in
      let key = participant.participant
      let reading = ParticipantReading(
        participant, entries[key] ?? [], definition, arm: arms[key],
        isDuplicate: duplicates.contains(key), isExcluded: excluded.contains(key))
      let values = reading.values
      let day = reading.dayZero.flatMap { day0 in
        values.day(of: endpoint.followUp).map { StudyDay(of: $0, randomizedOn: day0).number }
      }
      let inWindow = day.map(endpoint.usableDays.contains) ?? false
      let isRated =
        inWindow
        ? response(
          values.value(endpoint.baseline), values.value(endpoint.followUp),
          leastFall: endpoint.leastFall) : nil
      let isFailure =
        definition.analysis?.failure.map { values.value($0).truthValue ?? false } ?? false
      let record = EndpointRecord(
        participant: key,
        stratum: strata.map { level(of: $0, reading) ?? "?" }.joined(separator: "."),
        isResponder: isFailure ? false : isRated, day: day, isRatedInWindow: inWindow,
        isRated: isRated)
      return (record, reading, isFailure)
    }
  }

  private static func level(
    of factor: StratificationFactor, _ reading: ParticipantReading
  ) -> String? {
    switch factor.source {
    case .site: return reading.person.site
    case .field(let reference, _): return reading.values.value(reference).canonicalText
    case .bands(let reference, let bands):
      guard let number = reading.values.value(reference).numberValue else { return nil }
      return bands.first { $0.range.contains(number) }?.level
    }
  }

  private static func response(
    _ baseline: FormulaValue, _ followUp: FormulaValue, leastFall: ExactNumber
  ) -> Bool? {
    guard let baseline = baseline.numberValue, let followUp = followUp.numberValue,
      baseline > ExactNumber(0), let fall = baseline.plus(followUp.negated),
      let least = baseline.times(leastFall)
    else { return nil }
    return fall >= least
  }
}
