import Postgres
public import StudyModel

/// A participant as class `open` knows it.
public struct Participant: Sendable, Equatable {
  /// The key.
  public let key: ParticipantKey
  /// The site.
  public let site: SiteKey
  /// The instant of consent.
  public let consentedAt: UTCInstant
  /// The state of the participation lifecycle.
  public let state: String
  /// The level of withdrawal.
  public let withdrawalLevel: String?
  /// The instant of randomization.
  public let randomizedAt: UTCInstant?
  /// The randomization number.
  public let randomizationNumber: Int?
  /// The date of the withdrawal at its present level, nil while taking part.
  public let withdrawnOn: CalendarDate?
  /// Day 0: the date of randomization at the site where it took place, wherever the participant is now.
  public let day0: CalendarDate?
  /// The site where the randomization took place.
  public let randomizedSite: SiteKey?
}

/// The state of a rating or questionnaire as the site may know it.
public struct CollectionStatus: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// booked, cancelled, issued, in_progress, submitted or missed.
  public let state: String
  /// The booked instant.
  public let plannedFor: UTCInstant?
  /// The instant of booking or sending.
  public let since: UTCInstant
}

enum ParticipantSQL: String, StatementSet {
  case consent = "select open.consent($1, $2, $3, $4)"
  case find = """
    select participant, site_key, consented_at, state, withdrawal_level, randomized_at, randomization_number::bigint, withdrawn_on::text, day0::text,
           randomized_site
      from open.participants
     where trial_id = $1 and participant = $2
    """
  case list = """
    select participant, site_key, consented_at, state, withdrawal_level, randomized_at, randomization_number::bigint, withdrawn_on::text, day0::text,
           randomized_site
      from open.participants
     where trial_id = $1 and participant > $2
     order by participant
     limit $3
    """
  case count = "select count(*) from open.participants where trial_id = $1"
  case collection = """
    select participant, form, visit, state, planned_for, at
      from open.collection_status
     where trial_id = $1 and participant = any($2)
     order by participant, visit, form
    """
  case openCollection = """
    select participant, form, visit, state, planned_for, at
      from open.collection_status
     where trial_id = $1 and state in ('booked', 'cancelled', 'issued', 'in_progress')
     order by planned_for nulls last, participant, visit, form
     limit $2
    """
  case move = "select open.move_participant($1, $2, $3, $4)"
  case withdraw = "select open.withdraw($1, $2, $3::text::date)"
  case resolveLikeness = "select open.resolve_likeness($1, $2)"
}

extension Session {
  /// Records consent at an active site and gives the next participant key.
  public func consent(
    at site: SiteKey, likeness: [UInt8], identityBox: [UInt8], consentedAt: UTCInstant
  ) throws -> ParticipantKey {
    guard
      let row = try first(
        ParticipantSQL.consent.statement, .text(site.text), .bytes(likeness), .bytes(identityBox),
        consentedAt.value)
    else { throw StoreError.internalFault(nil) }
    return try ParticipantKey(parsing: try row.text(0))
  }

  /// The participant, nil when there is none of that key in reach.
  public func participant(_ key: ParticipantKey, in trial: TrialID) throws -> Participant? {
    try first(ParticipantSQL.find.statement, .int(Int64(trial)), .text(key.text))
      .map(Self.participant)
  }

  /// Participants after a key, in order.
  public func participants(
    in trial: TrialID, after key: String, limit: Int
  ) throws -> [Participant] {
    try rows(
      ParticipantSQL.list.statement, .int(Int64(trial)), .text(key), .int(Int64(limit))
    ).map(Self.participant)
  }

  /// Every participant in reach, in order.
  public func allParticipants(in trial: TrialID) throws -> [Participant] {
    var found: [Participant] = []
    repeat {
      let more = try participants(in: trial, after: found.last?.key.text ?? "", limit: 1000)
      found += more
      if more.count < 1000 { return found }
    } while true
  }

  /// How many participants are in reach.
  public func participantCount(in trial: TrialID) throws(StoreError) -> Int {
    try first(ParticipantSQL.count.statement, .int(Int64(trial)))?.int(0) ?? 0
  }

  private static func participant(_ row: Row) throws -> Participant {
    Participant(
      key: try ParticipantKey(parsing: try row.text(0)),
      site: try SiteKey(parsing: try row.text(1)),
      consentedAt: try row.instant(2), state: try row.text(3),
      withdrawalLevel: try row.optionalText(4), randomizedAt: try row.optionalInstant(5),
      randomizationNumber: try row.optionalInt64(6).map { Int($0) },
      withdrawnOn: try row.optionalText(7).map { try CalendarDate(parsing: $0) },
      day0: try row.optionalText(8).map { try CalendarDate(parsing: $0) },
      randomizedSite: try row.optionalText(9).map { try SiteKey(parsing: $0) })
  }

  /// States of the participant's ratings and questionnaires.
  public func collection(
    of key: ParticipantKey, in trial: TrialID
  ) throws(StoreError) -> [CollectionStatus] {
    try collection(of: [key], in: trial)
  }

  /// States of the ratings and questionnaires of several participants, by participant.
  public func collection(
    of keys: [ParticipantKey], in trial: TrialID
  ) throws(StoreError) -> [CollectionStatus] {
    guard !keys.isEmpty else { return [] }
    return try rows(
      ParticipantSQL.collection.statement, .int(Int64(trial)), .textArray(keys.map(\.text))
    ).map(Self.status)
  }

  /// Ratings and questionnaires not yet submitted, earliest first.
  public func openCollection(
    in trial: TrialID, limit: Int
  ) throws(StoreError) -> [CollectionStatus] {
    try rows(ParticipantSQL.openCollection.statement, .int(Int64(trial)), .int(Int64(limit)))
      .map(Self.status)
  }

  private static func status(_ row: Row) throws(StoreError) -> CollectionStatus {
    CollectionStatus(
      participant: try row.text(0), form: try row.text(1), visit: try row.text(2),
      state: try row.text(3), plannedFor: try row.optionalInstant(4), since: try row.instant(5))
  }

  /// Moves a participant along the lifecycle; `conflict` from any other state.
  public func moveParticipant(
    _ key: ParticipantKey, from: [String], to: String, reason: String = ""
  ) throws(StoreError) {
    _ = try rows(
      ParticipantSQL.move.statement, .text(key.text), .textArray(from), .text(to), .text(reason))
  }

  /// Records withdrawal at a level from a date on; `conflict` when it takes an earlier one back.
  public func withdraw(
    _ key: ParticipantKey, level: String, on date: CalendarDate?
  ) throws(StoreError) {
    _ = try rows(
      ParticipantSQL.withdraw.statement, .text(key.text), .text(level),
      date.map { SQLValue.text($0.description) } ?? .null)
  }

  /// Records that a likeness was judged to be another person.
  public func resolveLikeness(_ key: ParticipantKey, reason: String) throws(StoreError) {
    _ = try rows(ParticipantSQL.resolveLikeness.statement, .text(key.text), .text(reason))
  }
}
