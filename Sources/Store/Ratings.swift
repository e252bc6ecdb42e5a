import Postgres
public import StudyModel

/// A central rating as its rater may know it.
public struct RatingTask: Sendable, Equatable {
  /// The token.
  public let token: AssessmentToken
  /// The instruments to give.
  public let forms: [String]
  /// The language of the call.
  public let language: String
  /// The booked instant.
  public let startsAt: UTCInstant
  /// booked, submitted or recorded.
  public let state: String
  /// Where the call is joined, nil where nobody said.
  public let callLink: String?
}

/// A booked rating as who booked it may know it: neither token nor rater.
public struct RatingBooking: Sendable, Equatable {
  /// The booked instant.
  public let startsAt: UTCInstant
  /// The language of the call.
  public let language: String
  /// Where the call is joined, nil where nobody said.
  public let callLink: String?
  /// Whether it can be moved and cancelled: it has not begun.
  public let mayChange: Bool
}

/// Who rates, and by what answer of the blinding record an arm was disclosed to a rater.
public struct RaterPool: Sendable {
  /// The roles that rate.
  public let roles: [String]
  /// The form of the blinding record, empty when there is none.
  public let record: String
  /// Its field on disclosure.
  public let field: String
  /// The answer that says that nothing was disclosed.
  public let none: String

  /// Makes a pool.
  public init(roles: [String], record: String, field: String, none: String) {
    self.roles = roles
    self.record = record
    self.field = field
    self.none = none
  }
}

/// Which planned repeat of a questionnaire is asked now.
public struct AskedRepeat: Sendable, Equatable {
  /// Its number, from 1.
  public let number: Int
  /// The value that tells it from the others.
  public let value: String
  /// How many there are.
  public let total: Int
}

/// Who reads a questionnaire out on the telephone.
public struct QuestionnaireReader: Sendable, Equatable {
  /// The user.
  public let user: UserID
  /// The role in which the link was made.
  public let role: String
}

/// A questionnaire link as it stands.
public struct StoredQuestionnaireLink: Sendable {
  /// The trial.
  public let trial: TrialID
  /// The form.
  public let form: String
  /// Whether the answers were handed in.
  public let isUsed: Bool
  /// Whether it has lapsed.
  public let isExpired: Bool
  /// The site.
  public let site: String
  /// Who reads the questions out, nil where the participant answers alone.
  public let reader: QuestionnaireReader?
}

enum RatingSQL: String, StatementSet {
  case book = "select outcome.book_rating($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
  case move = "select outcome.move_rating($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
  case cancel = "select outcome.cancel_rating($1, $2, $3)"
  case booking = """
    select starts_at, language, call_link, may_change from outcome.booking_of($1, $2)
    """
  case giveCallLink = "select outcome.give_call_link($1, $2, $3)"
  case fullTimes =
    "select at from outcome.full_times($1::text[]::timestamptz[], $2) as full_times(at)"
  case drawWaiting = "select outcome.draw_waiting($1, $2, $3, $4)"
  case tasks = """
    select token, forms, language, starts_at, state, call_link
      from outcome.rating_tasks
     where trial_id = $1 and (state <> 'recorded' or starts_at > $2)
     order by starts_at, token
     limit 200
    """
  case task = """
    select token, forms, language, starts_at, state, call_link
      from outcome.rating_tasks
     where trial_id = $1 and token = $2
    """
  case entry =
    "select version::bigint, status, answers::text, entered_at from outcome.rating_entry($1, $2)"
  case save = "select outcome.save_rating($1, $2, $3::int, $4, $5, $6, $7)::bigint"
  case saveBlindingRecord =
    "select treatment.save_blinding_record($1, $2, $3, $4, $5, $6, $7)::bigint"
  case issueQuestionnaire = "select outcome.issue_questionnaire($1, $2, $3, $4, $5, $6, $7)"
  case questionnaire = """
    select trial_id::bigint, form, used, expired, site_key, read_out_by, read_out_role
      from outcome.questionnaire_of($1)
    """
  case saveQuestionnaire = "select outcome.save_questionnaire($1, $2, $3, $4)"
  case planQuestionnaire = "select outcome.plan_questionnaire($1, $2, $3, $4, $5)"
  case askedRepeat = """
    select number::bigint, planned, total::bigint from outcome.questionnaire_repeat($1)
    """
}

extension Session {
  /// Books a central rating with a rater drawn at random among those who may take it; where none
  /// may, the rating waits for one, and nobody who books can tell.
  public func bookRating(
    _ participant: ParticipantKey, visit: VisitCode, forms: [String], startsAt: UTCInstant,
    token: AssessmentToken, language: String, pool: RaterPool
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.book.statement, .text(participant.text), .text(visit.text), .textArray(forms),
      startsAt.value, .text(token.text), .text(language), .textArray(pool.roles),
      .text(pool.record), .text(pool.field), .text(pool.none))
  }

  /// Moves a booking that has not begun: it ends, and another is made with a rater drawn anew.
  public func moveRating(
    _ participant: ParticipantKey, visit: VisitCode, reason: String, forms: [String],
    startsAt: UTCInstant, token: AssessmentToken, language: String, pool: RaterPool
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.move.statement, .text(participant.text), .text(visit.text), .text(reason),
      .textArray(forms), startsAt.value, .text(token.text), .text(language),
      .textArray(pool.roles), .text(pool.record), .text(pool.field), .text(pool.none))
  }

  /// Cancels a booking that has not begun; its token opens nothing any more.
  public func cancelRating(
    _ participant: ParticipantKey, visit: VisitCode, reason: String
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.cancel.statement, .text(participant.text), .text(visit.text), .text(reason))
  }

  /// What is booked for a visit, nil where nothing is.
  public func ratingBooking(
    of participant: ParticipantKey, visit: VisitCode
  ) throws(StoreError) -> RatingBooking? {
    guard
      let row = try first(
        RatingSQL.booking.statement, .text(participant.text), .text(visit.text))
    else { return nil }
    return RatingBooking(
      startsAt: try row.instant(0), language: try row.text(1), callLink: try row.optionalText(2),
      mayChange: try row.bool(3))
  }

  /// Keeps where the call of a booking is joined; an empty text takes it away.
  public func giveCallLink(
    _ link: String, for participant: ParticipantKey, visit: VisitCode
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.giveCallLink.statement, .text(participant.text), .text(visit.text), .text(link))
  }

  /// Those of some times at which no rater is free, whoever the participant is.
  public func fullTimes(
    among times: [UTCInstant], roles: [String]
  ) throws -> Set<UTCInstant> {
    Set(
      try rows(
        RatingSQL.fullTimes.statement, .textArray(times.map(\.description)), .textArray(roles)
      ).map { try $0.instant(0) })
  }

  /// Draws raters for ratings that wait for one.
  public func drawWaiting(_ pool: RaterPool) throws(StoreError) {
    _ = try rows(
      RatingSQL.drawWaiting.statement, .textArray(pool.roles), .text(pool.record),
      .text(pool.field), .text(pool.none))
  }

  /// The rater's own tasks that are not finished, and those finished after an instant.
  public func ratingTasks(
    in trial: TrialID, finishedAfter: UTCInstant
  ) throws -> [RatingTask] {
    try rows(RatingSQL.tasks.statement, .int(Int64(trial)), finishedAfter.value).map(Self.task)
  }

  /// The rater's own task of a token.
  public func ratingTask(_ token: AssessmentToken, in trial: TrialID) throws -> RatingTask? {
    try first(RatingSQL.task.statement, .int(Int64(trial)), .text(token.text)).map(Self.task)
  }

  private static func task(_ row: Row) throws -> RatingTask {
    RatingTask(
      token: try AssessmentToken(parsing: try row.text(0)), forms: try row.texts(1),
      language: try row.text(2), startsAt: try row.instant(3), state: try row.text(4),
      callLink: try row.optionalText(5))
  }

  /// The rater's own entry of a form, nil before the first save.
  public func ratingEntry(
    _ token: AssessmentToken, form: FormID
  ) throws(StoreError) -> StoredEntry? {
    guard let row = try first(RatingSQL.entry.statement, .text(token.text), .text(form.text))
    else { return nil }
    let status = try row.text(1)
    return StoredEntry(
      form: form.text, visit: "", number: 1, version: try row.int(0), status: status,
      answers: try row.text(2), author: "", enteredAt: try row.instant(3),
      submittedAt: status == "in_progress" ? nil : try row.instant(3), isOwn: true)
  }

  /// Saves a rating under its token; gives the new version.
  public func saveRating(
    _ token: AssessmentToken, form: FormID, expected: Int, answers: String, submit: Bool,
    reason: String, definition: String
  ) throws(StoreError) -> Int {
    let row = try first(
      RatingSQL.save.statement, .text(token.text), .text(form.text), .int(Int64(expected)),
      .json(answers), .bool(submit), .text(reason), .text(definition))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Saves the rater's blinding record; only after the ratings.
  ///
  /// Where an arm was told, what the rater was booked for of the participant goes to another one.
  public func saveBlindingRecord(
    _ token: AssessmentToken, form: FormID, answers: String, definition: String, pool: RaterPool
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.saveBlindingRecord.statement, .text(token.text), .text(form.text), .json(answers),
      .text(definition), .textArray(pool.roles), .text(pool.field), .text(pool.none))
  }

  /// Issues a one-time questionnaire link.
  ///
  /// - Parameters:
  ///   - isReadOut: whether the actor reads the questions out and enters the answers.
  ///   - isOneMore: whether the answers are one more entry of a form that repeats without a plan.
  public func issueQuestionnaire(
    _ participant: ParticipantKey, visit: VisitCode, form: FormID, linkHash: [UInt8],
    expiresAt: UTCInstant, isReadOut: Bool = false, isOneMore: Bool = false
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.issueQuestionnaire.statement, .text(participant.text), .text(visit.text),
      .text(form.text), .bytes(linkHash), expiresAt.value, .bool(isReadOut), .bool(isOneMore))
  }

  /// Keeps the order in which the planned repeats of a questionnaire are asked; one that was drawn before
  /// stays.
  public func planQuestionnaire(
    _ participant: ParticipantKey, visit: VisitCode, form: FormID, field: FieldID,
    order: [String]
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.planQuestionnaire.statement, .text(participant.text), .text(visit.text),
      .text(form.text), .text(field.text), .textArray(order))
  }

  /// The planned repeat a link asks for now; nil where none is planned or all are handed in.
  public func askedRepeat(linkHash: [UInt8]) throws(StoreError) -> AskedRepeat? {
    guard let row = try first(RatingSQL.askedRepeat.statement, .bytes(linkHash)),
      let value = try row.optionalText(1)
    else { return nil }
    return AskedRepeat(number: try row.int(0), value: value, total: try row.int(2))
  }

  /// The trial and form behind a questionnaire link and whether it can still be answered.
  public func questionnaire(linkHash: [UInt8]) throws(StoreError) -> StoredQuestionnaireLink? {
    guard let row = try first(RatingSQL.questionnaire.statement, .bytes(linkHash)) else {
      return nil
    }
    var reader: QuestionnaireReader?
    if let user = try row.optionalInt64(5) {
      reader = QuestionnaireReader(user: user, role: try row.text(6))
    }
    return StoredQuestionnaireLink(
      trial: try row.int(0), form: try row.text(1), isUsed: try row.bool(2),
      isExpired: try row.bool(3), site: try row.text(4), reader: reader)
  }

  /// Saves a questionnaire, finally.
  ///
  /// - Parameter seconds: a JSON object of whole seconds from the first opening to each answer.
  public func saveQuestionnaire(
    linkHash: [UInt8], answers: String, definition: String, seconds: String
  ) throws(StoreError) {
    _ = try rows(
      RatingSQL.saveQuestionnaire.statement, .bytes(linkHash), .json(answers), .text(definition),
      .json(seconds))
  }
}
