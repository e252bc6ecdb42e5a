import Postgres
public import StudyModel

/// An amendment: a version of the definition after the first.
public struct StoredStudyVersion: Sendable, Equatable {
  /// The version.
  public let version: String
  /// The order of the amendments, from 1.
  public let ordinal: Int
  /// The version it amends.
  public let basedOn: String
  /// draft, approved or withdrawn.
  public let state: String
  /// What it changes and why, in words.
  public let summary: String
  /// Whether participants are asked for their consent again.
  public let asksReconsent: Bool
  /// The version of the consent form in force with it.
  public let consentVersion: String
  /// Who loaded it.
  public let loadedBy: UserID
  /// The printed name of who loaded it.
  public let loadedByName: String
  /// The instant of loading.
  public let loadedAt: UTCInstant
  /// The printed name of who approved it, nil before.
  public let approvedByName: String?
  /// The instant of approval, nil before.
  public let approvedAt: UTCInstant?
}

/// From which day a version is in force at a site.
public struct StoredSiteVersion: Sendable, Equatable {
  /// The site.
  public let site: SiteKey
  /// The version.
  public let version: String
  /// The first day at the site.
  public let from: CalendarDate
  /// The day on which the ethics committee of the site approved it.
  public let ethicsApprovedOn: CalendarDate
  /// The committee's document.
  public let ethicsReference: String
  /// The instant of recording.
  public let recordedAt: UTCInstant
  /// The order of the version among the amendments, from 1.
  public let ordinal: Int
}

/// From when the parts of an amendment that are one for the whole trial hold.
public struct StoredWholeVersion: Sendable, Equatable {
  /// The version.
  public let version: String
  /// The order of the version among the amendments, from 1.
  public let ordinal: Int
  /// The instant at which it was found in force at every open site.
  public let since: UTCInstant
}

/// Somebody read what an amendment means for the data.
public struct StoredDryRun: Sendable, Equatable {
  /// The version.
  public let version: String
  /// The printed name.
  public let name: String
  /// The instant.
  public let at: UTCInstant
  /// The data classes that were read.
  public let classes: [String]
}

/// A participant who is asked for consent again.
public struct StoredReconsentTask: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The site.
  public let site: String
  /// The version that asks.
  public let version: String
  /// The version of the consent form to be signed.
  public let consentVersion: String
  /// The first day at the site.
  public let dueFrom: CalendarDate
  /// The instant of the signature on the new consent, nil before.
  public let doneAt: UTCInstant?
}

enum VersionSQL: String, StatementSet {
  case list = """
    select v.version, v.ordinal::bigint, v.based_on, v.state, v.summary, v.asks_reconsent, v.consent_version,
           v.loaded_by, (select u.full_name from access.users u where u.user_id = v.loaded_by), v.loaded_at, (select u.full_name from access.users u where u.user_id = v.approved_by), v.approved_at
      from open.study_versions v where v.trial_id = $1 order by v.ordinal
    """
  case siteVersions = """
    select s.site_key, s.version, s.in_force_from::text, s.ethics_approved_on::text, s.ethics_reference, s.recorded_at,
           v.ordinal::bigint
      from open.site_versions s join open.study_versions v using (trial_id, version)
     where s.trial_id = $1 order by s.site_key, s.in_force_from
    """
  case dryRuns = """
    select version, (select u.full_name from access.users u where u.user_id = actor), at, array_to_string(classes, ',')
      from open.dry_runs where trial_id = $1 order by run
    """
  case draft = "select open.draft_version($1, $2, $3, $4, $5, $6, $7)::bigint"
  case wholeVersions = """
    select version, ordinal::bigint, since from open.whole_versions where trial_id = $1 order by ordinal
    """
  case hold = "select open.hold_for_the_whole($1)"
  case markLooks = "select open.mark_look_amendment($1)"
  case recordDryRun = "select open.record_dry_run($1, $2)"
  case approve = "select open.approve_version($1, $2)"
  case addSite = "select open.add_site($1, $2, $3, $4)"
  case withdraw = "select open.withdraw_version($1, $2)"
  case putInForce = "select open.put_in_force($1, $2, $3::text::date, $4::text::date, $5)::bigint"
  case tasks = """
    select participant, site_key, version, consent_version, due_from::text, done_at
      from open.reconsent_tasks
     where trial_id = $1 and (participant = $2 or $2 = '')
     order by done_at is not null, due_from, participant
     limit 1000
    """
  case settle = "select open.settle_reconsent($1, $2)::bigint"
  case definitionOf = """
    select definition from {class}.entries
     where trial_id = $1 and participant = $2 and form = $3 and visit = $4 and repeat = $5
    """
  case ownDefinition = "select outcome.own_definition($1, $2, $3)"
  case openQueries = """
    select participant, form, visit, repeat::bigint, field, rule
      from {class}.data_queries where trial_id = $1 and state <> 'closed' order by query_no
    """
  case entriesOfTrial = """
    select e.participant, e.site_key, e.form, e.visit, e.repeat::bigint, e.status, e.definition, e.answers::text,
           (e.submitted_at at time zone s.zone)::date::text
      from {class}.entries e left join open.sites s using (trial_id, site_key)
     where e.trial_id = $1
     order by e.participant, e.visit, e.form, e.repeat
    """
}

/// One entry of a trial, with the version it was entered under.
public struct VersionedEntry: Sendable {
  /// The participant.
  public let participant: String
  /// The site.
  public let site: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The state of the entry lifecycle.
  public let status: String
  /// The definition version it was entered under.
  public let definition: String
  /// The answers as stored JSON.
  public let answers: String
  /// The day at the site on which it was first handed in, nil for a draft.
  public let handedInOn: CalendarDate?
}

/// A data query that is not closed, without what was asked.
public struct OpenQueryPlace: Sendable, Hashable {
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The field, empty for the form as a whole.
  public let field: String
  /// The check that asks, empty for a person.
  public let rule: String
}

extension Session {
  /// The amendments of a trial in their order.
  public func studyVersions(of trial: TrialID) throws(StoreError) -> [StoredStudyVersion] {
    try rows(VersionSQL.list.statement, .int(Int64(trial))).map { row throws(StoreError) in
      StoredStudyVersion(
        version: try row.text(0), ordinal: try row.int(1), basedOn: try row.text(2),
        state: try row.text(3), summary: try row.text(4), asksReconsent: try row.bool(5),
        consentVersion: try row.text(6), loadedBy: try row.int64(7),
        loadedByName: try row.optionalText(8) ?? "", loadedAt: try row.instant(9),
        approvedByName: try row.optionalText(10), approvedAt: try row.optionalInstant(11))
    }
  }

  /// From which day which version is in force at which site.
  public func siteVersions(of trial: TrialID) throws -> [StoredSiteVersion] {
    try rows(VersionSQL.siteVersions.statement, .int(Int64(trial))).map { row in
      StoredSiteVersion(
        site: try SiteKey(parsing: try row.text(0)), version: try row.text(1),
        from: try CalendarDate(parsing: try row.text(2)),
        ethicsApprovedOn: try CalendarDate(parsing: try row.text(3)),
        ethicsReference: try row.text(4), recordedAt: try row.instant(5), ordinal: try row.int(6))
    }
  }

  /// The amendments that hold for the whole trial, in the order in which they came to.
  public func wholeVersions(of trial: TrialID) throws(StoreError) -> [StoredWholeVersion] {
    try rows(VersionSQL.wholeVersions.statement, .int(Int64(trial))).map {
      row throws(StoreError) in
      StoredWholeVersion(
        version: try row.text(0), ordinal: try row.int(1), since: try row.instant(2))
    }
  }

  /// Puts on record that a version is in force at every open site; `conflict` when it is not.
  public func holdForTheWhole(_ version: String) throws(StoreError) {
    _ = try rows(VersionSQL.hold.statement, .text(version))
  }

  /// Puts on record that a draft changes the interim looks.
  public func markLookAmendment(_ version: String) throws(StoreError) {
    _ = try rows(VersionSQL.markLooks.statement, .text(version))
  }

  /// Who read what the amendments mean for the data.
  public func dryRuns(of trial: TrialID) throws(StoreError) -> [StoredDryRun] {
    try rows(VersionSQL.dryRuns.statement, .int(Int64(trial))).map { row throws(StoreError) in
      StoredDryRun(
        version: try row.text(0), name: try row.optionalText(1) ?? "", at: try row.instant(2),
        classes: try row.text(3).split(separator: ",").map(String.init))
    }
  }

  /// Loads a version as the draft of an amendment.
  ///
  /// - Throws: `conflict` when it is not based on the version approved last, `notUnique` when the
  ///   version was used or another draft is open.
  public func draftVersion(
    _ version: String, source: String, digest: [UInt8], basedOn: String, summary: String,
    asksReconsent: Bool, consentVersion: String
  ) throws(StoreError) {
    _ = try rows(
      VersionSQL.draft.statement, .text(version), .text(source), .bytes(digest), .text(basedOn),
      .text(summary), .bool(asksReconsent), .text(consentVersion))
  }

  /// Puts on record that the actor read what an amendment means for these classes.
  public func recordDryRun(_ version: String, classes: [String]) throws(StoreError) {
    _ = try rows(VersionSQL.recordDryRun.statement, .text(version), .textArray(classes))
  }

  /// Approves an amendment; `notTried` without a dry run of each of the classes.
  public func approveVersion(_ version: String, classes: [String]) throws(StoreError) {
    _ = try rows(VersionSQL.approve.statement, .text(version), .textArray(classes))
  }

  /// Adds a site of an approved amendment, as planned.
  public func addSite(
    _ key: SiteKey, name: String, zone: String, version: String
  ) throws(StoreError) {
    _ = try rows(
      VersionSQL.addSite.statement, .text(version), .text(key.text), .text(name), .text(zone))
  }

  /// Gives a draft up.
  public func withdrawVersion(_ version: String, reason: String) throws(StoreError) {
    _ = try rows(VersionSQL.withdraw.statement, .text(version), .text(reason))
  }

  /// Puts an amendment in force at a site; gives how many participants are asked for consent again.
  public func putInForce(
    _ version: String, at site: SiteKey, from day: CalendarDate, approvedOn: CalendarDate,
    reference: String
  ) throws(StoreError) -> Int {
    let row = try first(
      VersionSQL.putInForce.statement, .text(version), .text(site.text), .text(day.description),
      .text(approvedOn.description), .text(reference))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// The tasks of re-consent in reach, those not done first; of one participant when one is named.
  public func reconsentTasks(
    of participant: ParticipantKey?, in trial: TrialID
  ) throws -> [StoredReconsentTask] {
    try rows(VersionSQL.tasks.statement, .int(Int64(trial)), .text(participant?.text ?? ""))
      .map { row in
        StoredReconsentTask(
          participant: try row.text(0), site: try row.text(1), version: try row.text(2),
          consentVersion: try row.text(3), dueFrom: try CalendarDate(parsing: try row.text(4)),
          doneAt: try row.optionalInstant(5))
      }
  }

  /// Answers the tasks that a signed consent of a version answers; gives how many.
  public func settleReconsent(
    _ participant: ParticipantKey, consentVersion: String
  ) throws(StoreError) -> Int {
    let row = try first(
      VersionSQL.settle.statement, .text(participant.text), .text(consentVersion))
    return try row?.int(0) ?? 0
  }

  /// The version an entry was entered under, nil without one in reach.
  public func definition(
    of address: EntryAddress, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> String? {
    try first(
      VersionSQL.definitionOf.of(dataClass), .int(Int64(trial)), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)))?.text(0)
  }

  /// The version of the caller's own outcome entry, where the role holds no outcome class.
  public func ownDefinition(of address: EntryAddress) throws(StoreError) -> String? {
    try first(
      VersionSQL.ownDefinition.statement, .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text))?.optionalText(0)
  }

  /// Every entry of a class in reach, with the version it was entered under.
  public func versionedEntries(
    in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [VersionedEntry] {
    try rows(VersionSQL.entriesOfTrial.of(dataClass), .int(Int64(trial)))
      .map { row throws(StoreError) in
        VersionedEntry(
          participant: try row.text(0), site: try row.text(1), form: try row.text(2),
          visit: try row.text(3), number: try row.int(4), status: try row.text(5),
          definition: try row.text(6), answers: try row.text(7),
          handedInOn: try row.optionalText(8).flatMap { try? CalendarDate(parsing: $0) })
      }
  }

  /// Where data queries of a class in reach are open.
  public func openQueryPlaces(
    in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [OpenQueryPlace] {
    try rows(VersionSQL.openQueries.of(dataClass), .int(Int64(trial)))
      .map { row throws(StoreError) in
        OpenQueryPlace(
          participant: try row.text(0), form: try row.text(1), visit: try row.text(2),
          number: try row.int(3), field: try row.text(4), rule: try row.text(5))
      }
  }
}
