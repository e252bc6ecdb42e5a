import Postgres
public import StudyModel

/// One disclosure as the report tells it; it holds no arm.
public struct ReportedDisclosure: Sendable, Equatable {
  /// SITE, CASE, EMERGENCY, ACCIDENTAL, RATER, INTERIM or FINAL.
  public var kind: String
  /// The participant, empty where the whole study is meant.
  public var participant: String
  /// When it happened, as far as it is known.
  public var at: UTCInstant
  /// When it was recorded.
  public var recordedAt: UTCInstant
  /// The printed name of who read or recorded it.
  public var person: String
  /// The roles of that person.
  public var role: String
  /// Whether the protocol foresees it.
  public var isPlanned: Bool
  /// Where it was shown.
  public var channel: String
  /// The ground from the fixed list, empty where there is none.
  public var ground: String
  /// The reason, or what was told of it.
  public var reason: String
  /// The number of an event, a look or a visit.
  public var reference: String
  /// What followed.
  public var followed: String
  /// The number of the report by which it is known, nil where it is known otherwise.
  public var report: Int?

  /// Makes a row.
  public init(
    kind: String, participant: String, at: UTCInstant, recordedAt: UTCInstant, person: String,
    role: String, isPlanned: Bool, channel: String, ground: String, reason: String,
    reference: String, followed: String
  ) {
    self.kind = kind
    self.participant = participant
    self.at = at
    self.recordedAt = recordedAt
    self.person = person
    self.role = role
    self.isPlanned = isPlanned
    self.channel = channel
    self.ground = ground
    self.reason = reason
    self.reference = reference
    self.followed = followed
  }
}

/// A form that tells of a disclosure, as it was handed in.
public struct DisclosureEntry: Sendable {
  /// Which repeat it is.
  public let number: Int
  /// Whether the entry says so still, rather than in an earlier version.
  public let isLast: Bool
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// Field to value, as JSON.
  public let answers: String
  /// When this version was handed in.
  public let submittedAt: UTCInstant
  /// The printed name of its author.
  public let author: String
  /// Deviations of the treatment record that were drafted from it, with their state.
  public let deviations: String
}

extension DisclosureEntry {
  /// Which entry it is a version of.
  public struct Place: Hashable, Sendable {
    let participant: String
    let form: String
    let visit: String
    let number: Int
  }

  /// The entry it is a version of.
  public var place: Place {
    Place(participant: participant, form: form, visit: visit, number: number)
  }
}

enum DisclosureReportSQL: String, StatementSet {
  case allocation = """
    select kind, participant, at, recorded_at, person, role, is_planned, channel, ground, reason, reference, followed
      from allocation.disclosure_report()
    """
  case entries = """
    select e.participant, e.form, e.visit, e.repeat::bigint, v.version = e.version, v.answers::text, v.at,
           coalesce(u.full_name, ''),
           coalesce((select string_agg(d.type || ' ' || lower(d.status), ', ' order by d.deviation)
                       from treatment.deviations d
                      where d.trial_id = e.trial_id and d.participant = e.participant and d.form = e.form
                        and d.visit = e.visit), '')
      from treatment.entries e join treatment.entry_versions v using (trial_id, participant, form, visit, repeat)
      left join access.users u on u.user_id = v.author
     where e.trial_id = $1 and e.form = any ($2) and e.submitted_at is not null and v.status <> 'in_progress'
     order by e.participant, e.form, e.visit, e.repeat, v.version
    """
}

extension Session {
  /// The disclosures of class allocation, by instant.
  public func reportedDisclosures() throws(StoreError) -> [ReportedDisclosure] {
    try rows(DisclosureReportSQL.allocation.statement).map { row throws(StoreError) in
      ReportedDisclosure(
        kind: try row.text(0), participant: try row.text(1), at: try row.instant(2),
        recordedAt: try row.instant(3), person: try row.text(4), role: try row.text(5),
        isPlanned: try row.bool(6), channel: try row.text(7), ground: try row.text(8),
        reason: try row.text(9), reference: try row.text(10), followed: try row.text(11))
    }
  }

  /// Every version handed in of forms that may tell of a disclosure, of class treatment, in the order of versions.
  public func disclosureEntries(
    of forms: [FormID], in trial: TrialID
  ) throws(StoreError) -> [DisclosureEntry] {
    try rows(
      DisclosureReportSQL.entries.statement, .int(Int64(trial)),
      .textArray(forms.map(\.text).sorted())
    ).map { row throws(StoreError) in
      DisclosureEntry(
        number: try row.int(3), isLast: try row.bool(4), participant: try row.text(0),
        form: try row.text(1), visit: try row.text(2), answers: try row.text(5),
        submittedAt: try row.instant(6), author: try row.text(7), deviations: try row.text(8))
    }
  }
}
