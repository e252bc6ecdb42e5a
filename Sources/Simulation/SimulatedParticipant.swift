import Conduct
import Foundation
import Store
import StudyModel

/// One invented participant, walked through the trial by the acts of the people of the site.
struct SimulatedParticipant: Sendable {
  let trial: Trial
  let staff: SimulatedStaff
  let site: SiteKey
  /// The instant of consent; randomization follows about nine days later.
  let consentedAt: UTCInstant
  /// The IANA zone of the site, given by the definition.
  let zone: String
  let birthYear: Int
  let sex: String
  let installation: Installation
  var chances: Chances
  /// The tasks of raters that were found so far, of everybody who is walked at the same time.
  var tasks = TaskRegister()
  /// The initials, drawn by chance when none are given.
  var initials: String?
  var key: ParticipantKey?
  var randomizedAt: UTCInstant?
  var baseline = 0
  var arm: ArmCode?

  private func actor(_ role: String, at now: UTCInstant) async throws -> Actor {
    guard let person = staff.person(role, at: Self.siteRoles.contains(role) ? site : nil) else {
      throw ActRefusal.notFound
    }
    return try await staff.actor(person, in: trial, at: now, installation)
  }

  private static let siteRoles: Set<String> = [
    "coordinator", "investigator", "treat_coordinator", "cog_assessor", "ketamine_nurse",
    "therapist", "ect_clinician", "pharmacist",
  ]

  private func fields(_ values: [String: String]) throws -> [FieldID: FieldAnswer] {
    var answers: [FieldID: FieldAnswer] = [:]
    for (name, value) in values { answers[try FieldID(parsing: name)] = .value(value) }
    return answers
  }

  private func save(
    _ form: String, _ visit: String, _ values: [String: String], by role: String,
    at now: UTCInstant
  ) async throws -> Int {
    guard let key else { throw ActRefusal.notFound }
    return try await installation.at(now).saveEntry(
      key, FormID(parsing: form), VisitCode(parsing: visit),
      EntrySubmission(answers: try fields(values), expectedVersion: 0, isFinal: true),
      as: try await actor(role, at: now)
    ).version
  }

  private func day(_ instant: UTCInstant) throws -> String {
    try SiteClock(zone: zone).date(at: instant).description
  }

  // MARK: Entry to randomization

  /// Consent, screening, baseline and randomization; false when the participant fails screening.
  mutating func enrol() async throws -> Bool {
    guard try await becomeEligible() else { return false }
    try await randomize(at: consentedAt.advanced(bySeconds: 9 * 86_400 + 120))
    return true
  }

  /// All that is asked for before the button is pressed; false when the participant fails screening.
  mutating func becomeEligible() async throws -> Bool {
    try await consent()
    let screened = consentedAt.advanced(bySeconds: 3600)
    try await demographics(at: screened)
    let screening = chances.bell(mean: 33, deviation: 5, in: 22...52)
    try await rate("SCR", total: screening, at: screened.advanced(bySeconds: 86_400))
    try await questionnaire("SCR", total: screening / 2, at: screened)
    let decided = screened.advanced(bySeconds: 3 * 86_400)
    guard try await eligibility(at: decided) else { return false }
    let atBaseline = consentedAt.advanced(bySeconds: 6 * 86_400)
    baseline = min(max(screening + chances.whole(-3...3), 21), 56)
    try await rate("BL", total: baseline, at: atBaseline)
    try await questionnaire("BL", total: baseline / 2, at: atBaseline)
    try await safety("BL", at: atBaseline)
    try await remainingForms("BL", at: atBaseline)
    // Some change their mind between baseline and randomization.
    if chances.happens(0.02) {
      try await declines(at: atBaseline)
      return false
    }
    let asked = consentedAt.advanced(bySeconds: 9 * 86_400)
    try await judgeLikeness(at: asked)
    try await requestRandomization(at: asked)
    return true
  }

  private mutating func consent() async throws {
    let coordinator = try await actor("coordinator", at: consentedAt)
    let drawn = String(
      (0..<2).map { _ in Character(UnicodeScalar(UInt8(65 + chances.whole(0...25)))) })
    let letters = initials ?? drawn
    let key = try await installation.at(consentedAt).consent(
      ConsentRequest(
        initials: letters, birthYear: birthYear, sex: sex,
        consent: try fields([
          "icf_ver": "1.0", "icf_dt": consentedAt.description, "icf_copy": "true",
          "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
          "opt_remote": "true", "vdate": try day(consentedAt), "done": "Y",
        ])), as: coordinator)
    self.key = key
    _ = try await installation.at(consentedAt).recordIdentity(
      of: key,
      try fields([
        "family": "\(letters.suffix(1)). (invented)", "given": "\(letters.prefix(1)).",
        "birth_date": "\(birthYear)-06-15",
      ]), expected: 0, reason: "", as: coordinator)
    try await sign("ICF", "SCR", version: 1, at: consentedAt.advanced(bySeconds: 600))
  }

  /// A likeness with somebody enrolled so far is judged by the investigator.
  private func judgeLikeness(at now: UTCInstant) async throws {
    guard let key else { return }
    do {
      try await installation.at(now).resolveLikeness(
        key, reason: "identity card compared", as: try await actor("investigator", at: now))
    } catch ActRefusal.notNow(code: "no_likeness", sentence: _) {
      // Nobody alike was enrolled since the last judgement.
    }
  }

  private func sign(_ form: String, _ visit: String, version: Int, at now: UTCInstant) async throws
  {
    guard let key else { throw ActRefusal.notFound }
    _ = try await installation.at(now).signEntry(
      key, FormID(parsing: form), VisitCode(parsing: visit), version: version,
      as: try await actor("investigator", at: now))
  }

  private func demographics(at now: UTCInstant) async throws {
    var values = [
      "birth_year": String(birthYear), "sex": sex, "edu_years": "14", "employ": "FT",
      "vdate": try day(now), "done": "Y",
    ]
    if sex == "F" { values["childbearing"] = "true" }
    _ = try await save("DM", "SCR", values, by: "coordinator", at: now)
    try await pregnancy("SCR", at: now)
    try await safety("SCR", at: now)
  }

  private func pregnancy(_ visit: String, at now: UTCInstant) async throws {
    var values = ["vdate": try day(now), "done": "Y"]
    if sex == "F" {
      values["ptype"] = "URINE"
      values["presult"] = "NEG"
    } else {
      values["ptype"] = "NA"
      values["na_reason"] = "not of childbearing potential"
    }
    _ = try await save("PREG", visit, values, by: "coordinator", at: now)
  }

  private func safety(_ visit: String, at now: UTCInstant) async throws {
    _ = try await save(
      "CSSRSS", visit,
      [
        "version": visit == "SCR" ? "screen" : "slc", "q1": "Y", "q2": "N", "q6": "N",
        "vdate": try day(now), "done": "Y",
      ], by: "coordinator", at: now)
    if visit == "BL" { try await pregnancy("BL", at: now) }
  }

  private mutating func eligibility(at now: UTCInstant) async throws -> Bool {
    let fails = chances.happens(0.12)
    var values = ["vdate": try day(now), "done": "Y"]
    for number in 1...12 {
      let text = (number < 10 ? "0" : "") + String(number)
      values["I" + text] = "Y"
      values["E" + text] = "N"
    }
    if fails { values["E03"] = "Y" }
    _ = try await save("ELIG", "SCR", values, by: "coordinator", at: now)
    try await sign("ELIG", "SCR", version: 1, at: now.advanced(bySeconds: 900))
    guard fails, let key else { return true }
    let later = now.advanced(bySeconds: 1800)
    try await installation.at(later).moveParticipant(
      key, .screenFailed, as: try await actor("coordinator", at: later))
    return false
  }

  // MARK: Ratings and questionnaires

  private mutating func rate(_ visit: String, total: Int, at now: UTCInstant) async throws {
    let one = self
    let booked = try await tasks.inTurn { try await one.task(visit, at: now) }
    let (now, acting, task) = (booked.at, booked.rater, booked.task)
    let scores = chances.items(10, total: total, most: 6)
    var values = [
      "mode": "VIDEO", "start": now.description,
      "end": now.advanced(bySeconds: 1500).description,
    ]
    for (index, score) in scores.enumerated() {
      values["m" + (index < 9 ? "0" : "") + String(index + 1)] = String(score)
    }
    let done = installation.at(now.advanced(bySeconds: 1800))
    let plain = PlainAnswers(
      on: try SiteClock(zone: zone).date(at: now), at: now, by: acting.username)
    for name in task.forms {
      guard let form = acting.definition.form(try FormID(parsing: name)) else { continue }
      let given = try fields(values).filter { form.field($0.key) != nil }
      _ = try await done.saveRating(
        task.token, form.id,
        EntrySubmission(
          answers: plain.answers(to: form, with: given), expectedVersion: 0, isFinal: true),
        as: acting)
    }
    try await done.saveBlindingRecord(task.token, try fields(guess(at: visit)), as: acting)
  }

  /// Books the first time that is offered from an instant on, a day before; gives it.
  private func book(_ visit: String, at now: UTCInstant) async throws -> UTCInstant {
    guard let key else { throw ActRefusal.notFound }
    let code = try VisitCode(parsing: visit)
    let before = now.advanced(bySeconds: -86_400)
    let office = installation.at(before)
    let coordinator = try await actor("coordinator", at: before)
    let times = try await office.ratingOffer(for: key, at: code, as: coordinator).times
    guard let time = times.first(where: { $0 >= now }) ?? times.last else {
      throw ActRefusal.notFound
    }
    try await office.bookRating(
      key, at: code, startsAt: time, language: "en", as: coordinator)
    return time
  }

  /// Books a rating, and finds who was drawn for it.
  private func task(
    _ visit: String, at now: UTCInstant
  ) async throws -> (at: UTCInstant, rater: Actor, task: RatingTask) {
    let time = try await book(visit, at: now)
    let office = installation.at(time)
    for rater in staff.people where rater.role.text == "rater" {
      let acting = try await staff.actor(rater, in: trial, at: time, installation)
      for task in try await office.ratingTasks(as: acting)
      where task.startsAt == time && task.state == "booked" {
        if await tasks.claim(task.token) { return (time, acting, task) }
      }
    }
    throw ActRefusal.notFound
  }

  private mutating func guess(at visit: String) -> [String: String] {
    guard visit == "EOT", chances.happens(0.4) else {
      return ["guess": "DK", "certainty": "1", "disclosed": "N"]
    }
    let arms = ["KET", "KAP", "ECT"]
    let guess = chances.happens(0.3) ? arm?.text ?? "DK" : arms[chances.whole(0...2)]
    return ["guess": guess, "certainty": "2", "disclosed": "N", "basis": "NONE"]
  }

  private mutating func questionnaire(
    _ visit: String, total: Int, at now: UTCInstant
  ) async throws {
    guard let key else { throw ActRefusal.notFound }
    let office = installation.at(now)
    let link = try await office.issueQuestionnaire(
      key, FormID(parsing: "QIDSSR16"), at: VisitCode(parsing: visit),
      as: try await actor("coordinator", at: now))
    var values: [String: String] = [:]
    for (index, score) in chances.items(16, total: min(total, 27), most: 3).enumerated() {
      values["q" + (index < 9 ? "0" : "") + String(index + 1)] = String(score)
    }
    // Only one of appetite up or down, and of weight up or down, is answered above zero.
    values["q07"] = "0"
    values["q09"] = "0"
    try await installation.at(now.advanced(bySeconds: 600))
      .submitQuestionnaire(link: link, try fields(values))
  }

  /// Fills what a visit asks for beside the forms that carry the story of the trial.
  private func remainingForms(_ visit: String, at now: UTCInstant) async throws {
    guard let key else { throw ActRefusal.notFound }
    let told: Set<String> = ["MADRS", "QIDSSR16", "CSSRSS", "PREG"]
    let code = try VisitCode(parsing: visit)
    let coordinator = try await actor("coordinator", at: now)
    let office = installation.at(now)
    let ratings = Set(office.ratingForms(coordinator.definition).map(\.id))
    let questionnaires = Set(
      office.questionnaires(coordinator.definition, at: code).map(\.id))
    for form in coordinator.definition.forms(at: code)
    where !form.isRepeating && form.dataClass <= .outcome && !told.contains(form.id.text)
      && !ratings.contains(form.id)
    {
      let writer = form.enteredBy.first { Self.siteRoles.contains($0.text) }
      let plain = PlainAnswers(
        on: try SiteClock(zone: zone).date(at: now), at: now, by: coordinator.username)
      if questionnaires.contains(form.id) {
        let link = try await office.issueQuestionnaire(key, form.id, at: code, as: coordinator)
        try await installation.at(now.advanced(bySeconds: 600))
          .submitQuestionnaire(link: link, plain.answers(to: form))
      } else if let writer {
        _ = try await office.saveEntry(
          key, form.id, code,
          EntrySubmission(answers: plain.answers(to: form), expectedVersion: 0, isFinal: true),
          as: try await actor(writer.text, at: now))
      }
    }
  }

  // MARK: Randomization and after

  private mutating func requestRandomization(at now: UTCInstant) async throws {
    _ = try await save(
      "SLOT", "RND",
      [
        "allslot": "Y", "by": staff.person("treat_coordinator", at: site)?.username ?? "",
        "valid_until": try day(now.advanced(bySeconds: 7 * 86_400)),
      ], by: "treat_coordinator", at: now)
    _ = try await save(
      "RANDREQ", "RND",
      ["setting": chances.happens(0.35) ? "IN" : "OUT", "confirm": "true"], by: "coordinator",
      at: now.advanced(bySeconds: 60))
  }

  private mutating func randomize(at pressed: UTCInstant) async throws {
    guard let key else { throw ActRefusal.notFound }
    _ = try await installation.at(pressed).randomize(
      key, requestKey: "simulated-\(key.text)", as: try await actor("coordinator", at: pressed))
    randomizedAt = pressed
    let read = pressed.advanced(bySeconds: 1200)
    arm = try await installation.at(read)
      .acknowledge(key, as: try await actor("treat_coordinator", at: read)).arm.code
  }

  /// The instant of the end-of-treatment visit.
  func endOfTreatment(_ offset: Int) -> UTCInstant? {
    randomizedAt?.advanced(bySeconds: Int64(29 + offset) * 86_400)
  }

  /// The end-of-treatment rating and questionnaire, unless the participant withdrew or missed it.
  mutating func finish(at now: UTCInstant, responseByArm: [String: Double]) async throws {
    guard let key, let arm else { return }
    if chances.happens(0.05) {
      try await withdraw(key, at: now)
      return
    }
    try await treat(key, arm)
    if chances.happens(0.06) { return }
    let responds = chances.happens(responseByArm[arm.text] ?? 0.5)
    let least = (baseline + 1) / 2
    let total =
      responds
      ? max(0, baseline / 2 - chances.whole(0...min(10, baseline / 2)))
      : min(60, least + 1 + chances.whole(0...max(1, baseline / 2 - 2)))
    try await rate("EOT", total: total, at: now)
    if chances.happens(0.95) { try await questionnaire("EOT", total: total / 2, at: now) }
  }

  // Fewer sessions than the protocol asks for, now and then: the per-protocol set is not everybody.
  private mutating func treat(_ key: ParticipantKey, _ arm: ArmCode) async throws {
    guard staff.person("ketamine_nurse", at: site) != nil else { return }
    let isAdherent = chances.happens(0.93)
    switch arm.text {
    case "ECT":
      for number in 1...(isAdherent ? 8 : 3) {
        var values = [
          "placement": "RUL", "pulse_ms": "0.30", "freq_hz": "60", "train_s": "6.0",
          "current_ma": "800", "anaes": "METHO", "eeg_s": "40", "motor_s": "30",
        ]
        if number == 1 { values["threshold_mc"] = "28.8" }
        try await session("ECTTX", "E\(number)", values, "ect_clinician", day: 2 + 2 * number)
      }
    default:
      if arm.text == "KAP" { try await prepare() }
      for number in 1...(isAdherent ? 6 : 2) {
        try await infuse(number, key)
        if arm.text == "KAP" { try await talk("INTEG", "G\(number)", day: 2 + 3 * number) }
      }
    }
  }

  private func prepare() async throws {
    try await talk("PREP", "P1", day: 1)
    try await talk("PREP", "P2", day: 3)
  }

  private func talk(_ form: String, _ visit: String, day: Int) async throws {
    guard let therapist = staff.person("therapist", at: site), let start = instant(day) else {
      return
    }
    try await session(
      form, visit,
      [
        "ther1": therapist.username, "start": start.description,
        "end": start.advanced(bySeconds: 3600).description, "mode": "INPERSON",
      ], "therapist", day: day)
  }

  private func infuse(_ number: Int, _ key: ParticipantKey) async throws {
    let day = 1 + 3 * number
    guard let start = instant(day) else { return }
    let kit = "K-\(key.text)-\(number)"
    try await receive(kit, at: start)
    try await session(
      "KDOSE", "K\(number)",
      [
        "weight_today": "70.0", "sbp_pre": "120", "dbp_pre": "80", "hr_pre": "70",
        "spo2_pre": "98", "go": "Y", "dose_mgkg": "0.5", "drawn_mg": "35.0", "given_mg": "35.0",
        "expiry": try self.day(start.advanced(bySeconds: 365 * 86_400)),
        "kit": kit, "start": start.description,
        "end": start.advanced(bySeconds: 2400).description, "paused_min": "0",
        "stopped_early": "false",
      ], "ketamine_nurse", day: day)
  }

  /// A kit comes into the stock of the site before it is used.
  private func receive(_ kit: String, at instant: UTCInstant) async throws {
    let pharmacist = try await actor("pharmacist", at: instant)
    let witness = try await actor("ketamine_nurse", at: instant)
    let expiry = try day(instant.advanced(bySeconds: 365 * 86_400))
    _ = try await installation.at(instant).saveEntry(
      site, FormID(parsing: "ACCT"), .site, number: 0,
      EntrySubmission(
        answers: try fields([
          "kit": kit, "lot": "LOT-1", "expiry": expiry, "received": try day(instant),
          "witness": witness.username,
        ]), expectedVersion: 0, isFinal: true), as: pharmacist)
  }

  private func instant(_ day: Int) -> UTCInstant? {
    randomizedAt?.advanced(bySeconds: Int64(day) * 86_400)
  }

  private func session(
    _ form: String, _ visit: String, _ values: [String: String], _ role: String, day: Int
  ) async throws {
    guard let key, let start = instant(day) else { return }
    let at = start.advanced(bySeconds: 7200)
    let acting = try await actor(role, at: at)
    let id = try FormID(parsing: form)
    guard let asked = acting.definition.form(id) else { return }
    let plain = PlainAnswers(
      on: try SiteClock(zone: zone).date(at: at), at: at, by: acting.username)
    _ = try await installation.at(at).saveEntry(
      key, id, VisitCode(parsing: visit),
      EntrySubmission(
        answers: plain.answers(to: asked, with: try fields(values)), expectedVersion: 0,
        isFinal: true), as: acting)
  }

  private func declines(at now: UTCInstant) async throws {
    guard let key else { throw ActRefusal.notFound }
    try await installation.at(now).moveParticipant(
      key, .notRandomized(reason: "declined before randomization"),
      as: try await actor("coordinator", at: now))
  }

  private func withdraw(_ key: ParticipantKey, at now: UTCInstant) async throws {
    _ = try await save(
      "WDR", "UNS",
      [
        "level": "W3", "by": "PART", "date": try day(now), "storage_ok": "true",
        "vdate": try day(now), "done": "Y",
      ], by: "coordinator", at: now)
    try await sign("WDR", "UNS", version: 1, at: now)
  }
}
