public import StudyModel

/// What the primary analysis needs to know of one randomized participant, without the arm.
public struct EndpointRecord: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The stratum of the analysis: the levels of the definition's analysis strata, joined by a dot.
  public let stratum: String
  /// Response at the second visit, nil when it cannot be told.
  public let isResponder: Bool?
  /// The study day of the second rating, nil when there is none.
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

/// Derives the primary endpoint from a snapshot by the definition's rule.
public enum EndpointDerivation {
  /// One record for each randomized participant, in key order.
  ///
  /// Response is `baseline − follow-up ≥ least fall × baseline`, compared exactly; a rating outside
  /// the usable days, or none, leaves it unknown; death is non-response.
  public static func records(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition
  ) -> [EndpointRecord] {
    guard let endpoint = definition.primaryEndpoint, let form = endpoint.followUp.form,
      let visit = endpoint.followUp.visit
    else { return [] }
    let baseline = snapshot.values(of: endpoint.baseline)
    let followUp = snapshot.values(of: endpoint.followUp)
    let rated = snapshot.submissions(of: form, at: visit)
    let strata = endpoint.strata.compactMap { id in
      definition.factors.first { $0.id == id }
    }
    let sources = strata.map { Self.levels(of: $0, snapshot) }
    return snapshot.participants.filter(\.isRandomized).map { participant in
      let key = participant.participant
      let day = studyDay(of: rated[key], participant, definition)
      let inWindow = day.map(endpoint.usableDays.contains) ?? false
      let isRated =
        inWindow ? response(baseline[key], followUp[key], leastFall: endpoint.leastFall) : nil
      return EndpointRecord(
        participant: key, stratum: sources.map { $0[key] ?? "?" }.joined(separator: "."),
        // Death is non-response (protocol, primary estimand); otherwise a rating on a usable day
        // decides.
        isResponder: participant.state == "died" ? false : isRated, day: day,
        isRatedInWindow: inWindow, isRated: isRated)
    }
  }

  private static func levels(
    of factor: StratificationFactor, _ snapshot: TrialSnapshot
  ) -> [String: String] {
    switch factor.source {
    case .site:
      return Dictionary(
        uniqueKeysWithValues: snapshot.participants.map { ($0.participant, $0.site) })
    case .field(let reference, _): return snapshot.values(of: reference)
    case .bands(let reference, let bands):
      return snapshot.values(of: reference).compactMapValues { text in
        guard let number = try? ExactNumber(parsing: text) else { return nil }
        return bands.first { $0.range.contains(number) }?.level
      }
    }
  }

  private static func studyDay(
    of instant: UTCInstant?, _ participant: SnapshotParticipant, _ definition: StudyDefinition
  ) -> Int? {
    guard let instant,
      let start = participant.randomized_at.flatMap({ try? UTCInstant(parsing: $0) }),
      let site = try? SiteKey(parsing: participant.site),
      let zone = definition.site(site)?.timeZone, let clock = try? SiteClock(zone: zone)
    else { return nil }
    return StudyDay(of: instant, randomizedAt: start, at: clock).number
  }

  private static func response(
    _ baseline: String?, _ followUp: String?, leastFall: ExactNumber
  ) -> Bool? {
    guard let baseline = baseline.flatMap({ try? ExactNumber(parsing: $0) }),
      let followUp = followUp.flatMap({ try? ExactNumber(parsing: $0) }),
      baseline > ExactNumber(0), let fall = baseline.plus(followUp.negated),
      let least = baseline.times(leastFall)
    else { return nil }
    return fall >= least
  }
}
