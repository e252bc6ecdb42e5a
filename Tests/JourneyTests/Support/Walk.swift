import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// What a test leaves out or does otherwise on a participant's way to randomization.
struct Way: Sendable {
  enum Step: Sendable {
    /// The signature on consent as it stands: an earlier one was voided.
    case consentSignature
    case likeness, baselineQuestionnaire, safetyReview, slot, request
  }

  var site = ReferenceTrial.london
  var initials = "AB"
  var birthYear = 1974
  var sex = "F"
  var baseline = 30
  var setting = "OUT"
  var leftOut: Set<Step> = []
  var criteria: [String: String] = [:]
  var baselineRisk = ["q1": "Y", "q2": "N", "q6": "N"]
  var baselinePregnancy = "NEG"
  /// The days after consent on which things are done.
  var screeningRatingDay: Int64 = 1
  var eligibilityDay: Int64 = 3
  var baselineDay: Int64 = 6
  var requestDay: Int64 = 9
  var consentedAt = ReferenceTrial.start.advanced(bySeconds: 3600)
}

/// A participant on the way, with the instants at which things were done.
struct Walk: Sendable {
  let world: ReferenceTrial
  let way: Way
  let key: ParticipantKey

  /// A participant who is randomized.
  static func randomized(_ world: ReferenceTrial) async throws -> Walk {
    let walk = try await ready(world)
    _ = try await walk.randomize()
    return walk
  }

  /// Enrols a participant and does everything that randomization needs, but what is left out.
  static func ready(_ world: ReferenceTrial, _ way: Way = Way()) async throws -> Walk {
    let coordinator = try await world.actor("coordinator", at: way.site, now: way.consentedAt)
    let key = try await world.installation.at(way.consentedAt).consent(
      ConsentRequest(
        initials: way.initials, birthYear: way.birthYear, sex: way.sex,
        consent: try answers(consented(way, by: coordinator))), as: coordinator)
    let walk = Walk(world: world, way: way, key: key)
    try await walk.screen()
    try await walk.measureBaseline()
    try await walk.ask()
    return walk
  }

  private static func consented(_ way: Way, by coordinator: Actor) throws -> [String: String] {
    [
      "icf_ver": "1.0", "icf_dt": way.consentedAt.description, "icf_copy": "true",
      "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
      "opt_remote": "true", "vdate": try date(way.consentedAt, way.site), "done": "Y",
    ]
  }

  /// The instant a number of days after consent, and some seconds.
  func instant(_ day: Int64, _ seconds: Int64 = 0) -> UTCInstant {
    way.consentedAt.advanced(bySeconds: day * 86_400 + seconds)
  }

  /// The instant at which randomization is pressed.
  var pressed: UTCInstant { instant(way.requestDay, 120) }

  private func screen() async throws {
    try await sign("ICF", "SCR", version: 1, at: instant(0, 600))
    if !way.leftOut.contains(.likeness) { try await judgeLikeness(at: instant(0, 700)) }
    var person = [
      "birth_year": String(way.birthYear), "sex": way.sex, "edu_years": "14", "employ": "FT",
    ]
    if way.sex == "F" { person["childbearing"] = "true" }
    try await save("DM", "SCR", person, at: instant(0, 3600))
    try await pregnancy("SCR", "NEG", at: instant(0, 3600))
    try await save(
      "CSSRSS", "SCR", ["version": "screen", "q1": "Y", "q2": "N", "q6": "N"],
      at: instant(0, 3600))
    try await questionnaire("SCR", at: instant(0, 3600))
    if way.screeningRatingDay < way.eligibilityDay {
      try await rate("SCR", total: 33, at: instant(way.screeningRatingDay))
    }
    try await save("ELIG", "SCR", criteria(), at: instant(way.eligibilityDay))
    try await sign("ELIG", "SCR", version: 1, at: instant(way.eligibilityDay, 900))
    if way.leftOut.contains(.consentSignature) {
      // Without it nobody is eligible: a change voids it afterwards, and nobody signs the second version.
      let coordinator = try await world.actor("coordinator", at: way.site, now: way.consentedAt)
      try await save(
        "ICF", "SCR",
        try Self.consented(way, by: coordinator).merging(["opt_future": "false"]) { $1 },
        hasHeader: false, expected: 1, reason: "asked again", at: instant(way.eligibilityDay, 950))
    }
    if way.screeningRatingDay > way.eligibilityDay {
      try await rate("SCR", total: 33, at: instant(way.screeningRatingDay))
    }
  }

  private func measureBaseline() async throws {
    let at = instant(way.baselineDay)
    try await rate("BL", total: way.baseline, at: at)
    if !way.leftOut.contains(.baselineQuestionnaire) { try await questionnaire("BL", at: at) }
    try await save(
      "CSSRSS", "BL", way.baselineRisk.merging(["version": "slc"]) { old, _ in old }, at: at)
    try await pregnancy("BL", way.baselinePregnancy, at: at)
    try await remainingForms("BL", at: at)
  }

  /// Fills what a visit asks for beside the forms the tests speak of.
  func remainingForms(_ visit: String, at now: UTCInstant) async throws {
    let told: Set<String> = ["MADRS", "QIDSSR16", "CSSRSS", "PREG"]
    let code = try VisitCode(parsing: visit)
    let office = world.installation.at(now)
    let coordinator = try await world.actor("coordinator", at: way.site, now: now)
    let ratings = Set(office.ratingForms(world.definition).map(\.id))
    let questionnaires = Set(office.questionnaires(world.definition, at: code).map(\.id))
    let plain = PlainAnswers(
      on: try CalendarDate(parsing: try Self.date(now, way.site)), at: now,
      by: coordinator.username)
    for form in world.definition.forms(at: code)
    where !form.isRepeating && form.dataClass <= .outcome && !told.contains(form.id.text)
      && !ratings.contains(form.id)
    {
      if questionnaires.contains(form.id) {
        let link = try await office.issueQuestionnaire(key, form.id, at: code, as: coordinator)
        try await world.installation.at(now.advanced(bySeconds: 600))
          .submitQuestionnaire(link: link, plain.answers(to: form))
      } else {
        let writer = try #require(form.enteredBy.first)
        _ = try await office.saveEntry(
          key, form.id, code,
          EntrySubmission(answers: plain.answers(to: form), expectedVersion: 0, isFinal: true),
          as: try await world.actor(writer.text, at: way.site, now: now))
      }
    }
  }

  private func ask() async throws {
    if !way.leftOut.contains(.slot) { try await confirmSlots(at: instant(way.requestDay)) }
    if !way.leftOut.contains(.request) { try await request(at: instant(way.requestDay, 60)) }
  }

  // MARK: Single acts

  /// The answers of the eligibility form.
  func criteria() -> [String: String] {
    var values: [String: String] = [:]
    for number in 1...12 {
      let text = (number < 10 ? "0" : "") + String(number)
      values["I" + text] = "Y"
      values["E" + text] = "N"
    }
    return values.merging(way.criteria) { _, new in new }
  }

  func pregnancy(
    _ visit: String, _ result: String, expected: Int = 0, reason: String = "", at now: UTCInstant
  ) async throws {
    let values =
      way.sex == "F"
      ? ["ptype": "URINE", "presult": result]
      : ["ptype": "NA", "na_reason": "not of childbearing potential"]
    try await save("PREG", visit, values, expected: expected, reason: reason, at: now)
  }

  func confirmSlots(at now: UTCInstant) async throws {
    try await save(
      "SLOT", "RND",
      [
        "allslot": "Y",
        "by": world.staff.person("treat_coordinator", at: try SiteKey(parsing: way.site))?.username
          ?? "treat_coordinator-\(way.site)",
        "valid_until": try Self.date(now.advanced(bySeconds: 7 * 86_400), way.site),
      ], by: "treat_coordinator", hasHeader: false, at: now)
  }

  func request(at now: UTCInstant) async throws {
    try await save(
      "RANDREQ", "RND", ["setting": way.setting, "confirm": "true"], hasHeader: false, at: now)
  }

  /// Judges a likeness, where there is one.
  func judgeLikeness(at now: UTCInstant) async throws {
    do {
      try await resolveLikeness(at: now)
    } catch ActRefusal.notNow(code: "no_likeness", sentence: _) {
      // Nobody alike is enrolled.
    }
  }

  func resolveLikeness(at now: UTCInstant) async throws {
    try await world.installation.at(now).resolveLikeness(
      key, reason: "identity card compared",
      as: try await world.actor("investigator", at: way.site, now: now))
  }

  @discardableResult
  func save(
    _ form: String, _ visit: String, _ values: [String: String], by role: String = "coordinator",
    hasHeader: Bool = true, expected: Int = 0, isFinal: Bool = true, reason: String = "",
    at now: UTCInstant
  ) async throws -> Int {
    var values = values
    if hasHeader {
      values["vdate"] = try Self.date(now, way.site)
      values["done"] = "Y"
    }
    return try await world.installation.at(now).saveEntry(
      key, FormID(parsing: form), VisitCode(parsing: visit),
      EntrySubmission(
        answers: try Self.answers(values), expectedVersion: expected, isFinal: isFinal,
        reason: reason), as: try await world.actor(role, at: way.site, now: now)
    ).version
  }

  func sign(_ form: String, _ visit: String, version: Int, at now: UTCInstant) async throws {
    _ = try await world.installation.at(now).signEntry(
      key, FormID(parsing: form), VisitCode(parsing: visit), version: version,
      as: try await world.actor("investigator", at: way.site, now: now))
  }

  /// Issues a questionnaire and hands it in.
  func questionnaire(_ visit: String, at now: UTCInstant) async throws {
    let link = try await issue(visit, at: now)
    try await hand(in: link, at: now.advanced(bySeconds: 600))
  }

  func issue(_ visit: String, at now: UTCInstant) async throws -> String {
    try await world.installation.at(now).issueQuestionnaire(
      key, FormID(parsing: visit == "UNS" ? "QIDSU" : "QIDSSR16"), at: VisitCode(parsing: visit),
      as: try await world.actor("coordinator", at: way.site, now: now))
  }

  func hand(in link: String, at now: UTCInstant) async throws {
    var values: [String: String] = [:]
    for item in 1...16 { values["q" + (item < 10 ? "0" : "") + String(item)] = "1" }
    values["q07"] = "0"
    values["q09"] = "0"
    try await world.installation.at(now).submitQuestionnaire(link: link, try Self.answers(values))
  }

  // MARK: Ratings

  /// A time that is offered for a rating, as near to an instant as its window lets it be, and when it is booked.
  func time(_ visit: String, near now: UTCInstant) async throws -> (
    booked: UTCInstant, at: UTCInstant
  ) {
    let code = try VisitCode(parsing: visit)
    var booked = now.advanced(bySeconds: -86_400)
    if let window = world.definition.visit(code)?.window, window.upperBound > 0 {
      let day: Int64 = 86_400
      booked = max(booked, pressed.advanced(bySeconds: Int64(window.lowerBound - 1) * day))
      booked = min(booked, pressed.advanced(bySeconds: Int64(window.upperBound - 2) * day))
    }
    let times = try await world.installation.at(booked).ratingOffer(
      for: key, at: code, as: try await world.actor("coordinator", at: way.site, now: booked)
    ).times
    guard let time = times.last(where: { $0 <= now }) ?? times.first else {
      throw WalkFault.noTime
    }
    return (booked, time)
  }

  /// Books a rating and finds the rater who was drawn, with the task.
  func book(_ visit: String, at now: UTCInstant) async throws -> (rater: Actor, task: TaskAtHand) {
    let office = world.installation.at(now)
    let (booked, time) = try await time(visit, near: now)
    try await world.installation.at(booked).bookRating(
      key, at: VisitCode(parsing: visit), startsAt: time, language: "en",
      as: try await world.actor("coordinator", at: way.site, now: booked))
    let token = try world.direct().text(
      """
      select token from outcome.rating_tasks
       where participant = '\(key.text)' and visit = '\(visit)'
      """)
    for person in world.raters {
      let rater = try await world.actor(person, now: now)
      let tasks = try await office.ratingTasks(as: rater)
      if let task = tasks.first(where: { $0.token.text == token }) {
        return (rater, TaskAtHand(token: task.token, forms: task.forms))
      }
    }
    throw WalkFault.noRater
  }

  func rate(_ visit: String, total: Int, at now: UTCInstant) async throws {
    let (rater, task) = try await book(visit, at: now)
    let later = now.advanced(bySeconds: 1800)
    try await saveRating(task.token, total: total, as: rater, at: later)
    try await world.installation.at(later).saveBlindingRecord(
      task.token, try Self.answers(["guess": "DK", "certainty": "1", "disclosed": "N"]), as: rater)
  }

  @discardableResult
  func saveRating(
    _ token: AssessmentToken, total: Int, expected: Int = 0, reason: String = "",
    as rater: Actor, at now: UTCInstant
  ) async throws -> Int {
    var values = [
      "mode": "VIDEO", "start": now.advanced(bySeconds: -1800).description,
      "end": now.description,
    ]
    for item in 0..<10 {
      values["m" + (item < 9 ? "0" : "") + String(item + 1)] = String(
        total / 10 + (item < total % 10 ? 1 : 0))
    }
    let office = world.installation.at(now)
    let version = try await office.saveRating(
      token, FormID(parsing: "MADRS"),
      EntrySubmission(
        answers: try Self.answers(values), expectedVersion: expected, isFinal: true,
        reason: reason), as: rater
    ).version
    // The rest of the battery is given once, with the first rating.
    if expected == 0 { try await saveBattery(task: token, values, as: rater, at: now) }
    return version
  }

  /// The forms of a rating beside MADRS.
  func saveBattery(
    task token: AssessmentToken, _ values: [String: String], as rater: Actor, at now: UTCInstant
  ) async throws {
    let office = world.installation.at(now)
    let plain = PlainAnswers(
      on: try CalendarDate(parsing: try Self.date(now, way.site)), at: now, by: rater.username)
    for form in office.ratingForms(world.definition) where form.id.text != "MADRS" {
      let given = try Self.answers(values).filter { form.field($0.key) != nil }
      _ = try await office.saveRating(
        token, form.id,
        EntrySubmission(
          answers: plain.answers(to: form, with: given), expectedVersion: 0, isFinal: true),
        as: rater)
    }
  }

  // MARK: Randomization

  /// Presses Randomize; the request key belongs to the participant unless another is given.
  func randomize(
    requestKey: String? = nil, on installation: Installation? = nil, as actor: Actor? = nil,
    at now: UTCInstant? = nil
  ) async throws -> RandomizationReceipt {
    let now = now ?? pressed
    let coordinator: Actor
    if let actor {
      coordinator = actor
    } else {
      coordinator = try await world.actor("coordinator", at: way.site, now: now)
    }
    return try await (installation ?? world.installation).at(now).randomize(
      key, requestKey: requestKey ?? "journey-of-\(key.text)", as: coordinator)
  }

  func acknowledge(at now: UTCInstant) async throws -> RevealedArm {
    try await world.installation.at(now).acknowledge(
      key, as: try await world.actor("treat_coordinator", at: way.site, now: now))
  }

  static func answers(_ values: [String: String]) throws -> [FieldID: FieldAnswer] {
    var answers: [FieldID: FieldAnswer] = [:]
    for (name, value) in values { answers[try FieldID(parsing: name)] = .value(value) }
    return answers
  }

  static func date(_ instant: UTCInstant, _ site: String) throws -> String {
    let zone = site == ReferenceTrial.berlin ? "Europe/Berlin" : "Europe/London"
    return try SiteClock(zone: zone).date(at: instant).description
  }
}

/// A rating as its rater holds it.
struct TaskAtHand: Sendable {
  let token: AssessmentToken
  let forms: [String]
}

enum WalkFault: Error { case noRater, noTime }
