import Postgres
public import StudyModel

/// An entry as formulas read it: its place, its state and the answers as stored JSON.
public struct StoredValues: Sendable {
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The version.
  public let version: Int
  /// The state of the entry.
  public let status: String
  /// The answers as stored JSON.
  public let answers: String
  /// The day at the site on which it was first handed in, nil for a draft.
  public let handedInOn: CalendarDate?
  /// The version of the definition it was entered under.
  public let definition: String
}

/// A check whose last data query on an entry a person closed.
public struct ClosedCheck: Sendable {
  /// The form of the query.
  public let form: String
  /// The visit of the query.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The check on its field, as `code@field`.
  public let place: String
  /// When it was closed.
  public let closedAt: UTCInstant
}

/// Whom a token or a link is about, as the program that checks needs to know it.
public struct CollectionPlace: Sendable {
  /// The participant.
  public let participant: ParticipantKey
  /// The visit.
  public let visit: VisitCode
  /// The instant at which the participant first saw the questions.
  public let openedAt: UTCInstant?
}

enum EntryValueSQL: String, StatementSet {
  case list = """
    select e.form, e.visit, e.repeat::bigint, e.version::bigint, e.status, e.answers::text,
           (e.submitted_at at time zone s.zone)::date::text, e.definition
      from {class}.entries e left join open.sites s using (trial_id, site_key)
     where e.trial_id = $1 and e.participant = $2 and e.status <> 'voided'
     order by e.form, e.visit, e.repeat
    """
  case ofSite = """
    select form, visit, repeat::bigint, version::bigint, status, answers::text, null::text, definition
      from {class}.entries
     where trial_id = $1 and site_key = $2 and form = $3 and status <> 'voided' and submitted_at is not null
     order by form, visit, repeat
    """
  case kitUsed = """
    select exists (select from {class}.entries e
       where e.trial_id = $1 and e.site_key = $2 and e.form = $3 and e.submitted_at is not null and e.status <> 'voided'
         and jsonb_typeof(e.answers -> 'kit') = 'string' and lower(btrim(e.answers ->> 'kit')) = lower(btrim($4))
         and (e.participant, e.visit, e.repeat) <> ($5, $6, $7::int))
    """
  case useKitOnce = "select {class}.use_kit_once($1, $2, $3, $4::int, $5)"
  case serial = "select {class}.serial_of($1, $2, $3, $4::int)::bigint"
  case identityBox = "select identity.box_for_check($1)"
  case ratingPlace = "select participant, visit, null::timestamptz from outcome.rating_place($1)"
  case questionnairePlace =
    "select participant, visit, opened_at from outcome.questionnaire_place($1)"
  case openQuestionnaire = "select outcome.open_questionnaire($1)"
  case askOwn = "select outcome.ask_about_own_entry($1, $2, $3, $4)"
  case askRating = "select outcome.ask_about_rating($1, $2, $3)"
  case askQuestionnaire = "select outcome.ask_about_questionnaire($1, $2)"
  case lookAgain = "select {class}.look_again($1, $2, $3, $4::int, $5, $6)"
  case answeredSince = "select {class}.answered_since($1, $2, $3, $4::int, $5)"
  case answeredBetween = "select participant from {class}.answered_between($1, $2, $3)"
  case closedByPeople =
    "select form, visit, repeat, rule, field, closed_at from {class}.closed_by_people($1)"
  case valuesAt = """
    select form, visit, repeat, version, status, answers, handed_in_on, definition
      from {class}.values_at($1, $2) order by form, visit, repeat
    """
  case holdsGrant = """
    select exists (
      select from access.grants g join access.users u using (user_id)
       where g.trial_id = $1 and u.username = $2 and g.role = any ($3) and g.site_key in ($4, '*')
         and (g.ended_at is null or g.ended_at > $5))
    """
}

extension Session {
  /// The entries of a participant or site in a class as formulas read them, without those voided.
  public func values(
    of owner: some EntryOwner, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredValues] {
    try rows(EntryValueSQL.list.of(dataClass), .int(Int64(trial)), .text(owner.subject.text))
      .map(Self.values)
  }

  /// The checks of a participant whose last data query in a class a person closed.
  public func checksClosedByPeople(
    of participant: ParticipantKey, in dataClass: DataClass
  ) throws(StoreError) -> [ClosedCheck] {
    try rows(EntryValueSQL.closedByPeople.of(dataClass), .text(participant.text))
      .map { row throws(StoreError) in
        ClosedCheck(
          form: try row.text(0), visit: try row.text(1), number: try row.int(2),
          place: "\(try row.text(3))@\(try row.text(4))", closedAt: try row.instant(5))
      }
  }

  /// Since when a field of an entry has the answer that stands, as it was handed in; nil where nothing is
  /// handed in.
  public func answeredSince(
    _ field: FieldID, at address: EntryAddress, in dataClass: DataClass
  ) throws(StoreError) -> UTCInstant? {
    try first(
      EntryValueSQL.answeredSince.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)),
      .text(field.text))?.optionalInstant(0)
  }

  /// The participants of whom an entry of a form was handed in, or changed since, after an instant and not
  /// after another.
  public func answered(
    _ form: FormID, after: UTCInstant, until: UTCInstant, in dataClass: DataClass
  ) throws(StoreError) -> [String] {
    try rows(
      EntryValueSQL.answeredBetween.of(dataClass), .text(form.text), after.value, until.value
    ).map { row throws(StoreError) in try row.text(0) }
  }

  /// The entries of a participant in a class as they stood at an instant, without those voided since.
  public func values(
    of participant: ParticipantKey, at instant: UTCInstant, in dataClass: DataClass
  ) throws(StoreError) -> [StoredValues] {
    try rows(EntryValueSQL.valuesAt.of(dataClass), .text(participant.text), instant.value)
      .map(Self.values)
  }

  /// The entries of a form at a site that were handed in, without those voided.
  public func values(
    of form: FormID, at site: SiteKey, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredValues] {
    try rows(
      EntryValueSQL.ofSite.of(dataClass), .int(Int64(trial)), .text(site.text), .text(form.text)
    ).map(Self.values)
  }

  private static func values(_ row: Row) throws(StoreError) -> StoredValues {
    StoredValues(
      form: try row.text(0), visit: try row.text(1), number: try row.int(2),
      version: try row.int(3), status: try row.text(4), answers: try row.text(5),
      handedInOn: try row.optionalText(6).flatMap { try? CalendarDate(parsing: $0) },
      definition: try row.text(7))
  }

  /// The number of an entry among those of its form in the study, given when first asked.
  public func serial(_ address: EntryAddress, in dataClass: DataClass) throws(StoreError) -> Int {
    let row = try first(
      EntryValueSQL.serial.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// The sealed box of a person in the identity vault.
  public func identityBox(of participant: ParticipantKey) throws(StoreError) -> [UInt8]? {
    try first(EntryValueSQL.identityBox.statement, .text(participant.text))?.optionalBytes(0)
  }

  /// Whom a task of the acting rater is about.
  public func place(of token: AssessmentToken) throws -> CollectionPlace? {
    try first(EntryValueSQL.ratingPlace.statement, .text(token.text)).map(Self.place)
  }

  /// Whom a questionnaire is about.
  public func place(ofLink linkHash: [UInt8]) throws -> CollectionPlace? {
    try first(EntryValueSQL.questionnairePlace.statement, .bytes(linkHash)).map(Self.place)
  }

  private static func place(_ row: Row) throws -> CollectionPlace {
    CollectionPlace(
      participant: try ParticipantKey(parsing: try row.text(0)),
      visit: try VisitCode(parsing: try row.text(1)), openedAt: try row.optionalInstant(2))
  }

  /// Notes that the participant sees the questions; the first time counts.
  public func openQuestionnaire(linkHash: [UInt8]) throws(StoreError) {
    _ = try rows(EntryValueSQL.openQuestionnaire.statement, .bytes(linkHash))
  }

  /// Whether a person held one of the roles at a site, not ended before an instant.
  public func holdsGrant(
    _ username: String, roles: [String], at site: SiteKey, until instant: UTCInstant,
    trial: TrialID
  ) throws(StoreError) -> Bool {
    try first(
      EntryValueSQL.holdsGrant.statement, .int(Int64(trial)), .text(username), .textArray(roles),
      .text(site.text), instant.value)?.bool(0) ?? false
  }

  /// Whether a kit stands on another entry of a form at a site that was handed in.
  public func isKitUsed(
    _ kit: String, exceptAt address: EntryAddress, site: SiteKey, in dataClass: DataClass,
    trial: TrialID
  ) throws(StoreError) -> Bool {
    try first(
      EntryValueSQL.kitUsed.of(dataClass), .int(Int64(trial)), .text(site.text),
      .text(address.form.text), .text(kit), .text(address.subject.text), .text(address.visit.text),
      .int(Int64(address.number)))?.bool(0) ?? false
  }

  /// Takes a kit for an entry until the transaction ends: who takes the same one meanwhile waits.
  ///
  /// - Throws: `notUnique` with the constraint `kit_once` where it stands on another entry of the form.
  public func useKitOnce(
    _ kit: String, at address: EntryAddress, in dataClass: DataClass
  ) throws(StoreError) {
    _ = try rows(
      EntryValueSQL.useKitOnce.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .text(kit))
  }

  // MARK: Queries of checks, by who does not read the class

  /// Opens and closes the queries of checks on the caller's own outcome entry.
  public func askAboutOwnEntry(_ address: EntryAddress, faults: String) throws(StoreError) {
    _ = try rows(
      EntryValueSQL.askOwn.statement, .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .json(faults))
  }

  /// Opens and closes the queries of checks on a rating.
  public func askAboutRating(
    _ token: AssessmentToken, form: FormID, faults: String
  ) throws(StoreError) {
    _ = try rows(
      EntryValueSQL.askRating.statement, .text(token.text), .text(form.text), .json(faults))
  }

  /// Opens the queries of checks on a questionnaire that was handed in.
  public func askAboutQuestionnaire(linkHash: [UInt8], faults: String) throws(StoreError) {
    _ = try rows(EntryValueSQL.askQuestionnaire.statement, .bytes(linkHash), .json(faults))
  }

  /// Opens and closes the queries of checks whose inputs came after the entry; gives those it opened, each as
  /// `code@field`.
  ///
  /// - Parameters:
  ///   - checks: the checks that were looked at again, each as `code@field`.
  ///   - faults: those that fail, as JSON.
  public func lookAgain(
    at address: EntryAddress, in dataClass: DataClass, checks: [String], faults: String
  ) throws(StoreError) -> [String] {
    try rows(
      EntryValueSQL.lookAgain.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .textArray(checks), .json(faults)
    ).map { row throws(StoreError) in try row.text(0) }
  }
}
