import CheckSamples
import Postgres
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

extension EditCheckCase {
  /// What is found when it is broken: the code, and whether the save is refused.
  var found: String { "\(code)\(kind == .hard ? " refused" : "")" }
}

/// Participants of every arm in a trial whose other entries a test sets as it needs them.
struct CheckRoom {
  let world: ReferenceTrial
  let byArm: [String: Walk]
  let now: UTCInstant

  /// Somebody who holds the role of a therapist at the site.
  static let therapist = "thea-lund"

  private let direct: DirectSession

  /// - Parameter arms: how many arms there must be somebody in.
  init(_ world: ReferenceTrial, arms: Int = 3) async throws {
    self.world = world
    var found: [String: Walk] = [:]
    var number: UInt8 = 0
    // Blocks have 6 or 9 places, so that nine in one stratum have every arm.
    while found.count < arms, number < 9 {
      let letters = "E" + String(UnicodeScalar(65 + number))
      let walk = try await Walk.ready(world, Way(initials: letters))
      _ = try await walk.randomize()
      let arm = try await walk.acknowledge(at: walk.pressed.advanced(bySeconds: 60)).arm.code.text
      found[arm] = found[arm] ?? walk
      number += 1
    }
    byArm = found
    let site = try SiteKey(parsing: ReferenceTrial.london)
    let account = try await world.installation.createAccount(
      username: Self.therapist, fullName: "Thea Lund", password: ReferenceTrial.password,
      cost: Passwords.simulationCost)
    try await world.installation.grant(
      RoleID(parsing: "therapist"), site: site, in: world.trial, to: account.user)
    // And of a nurse, who may witness what is booked.
    try await world.installation.grant(
      RoleID(parsing: "ketamine_nurse"), site: site, in: world.trial, to: account.user)
    now = ReferenceTrial.start.advanced(bySeconds: 30 * 86_400)
    direct = try world.direct()
    try direct.run("set session_replication_role = replica")
  }

  /// Takes every entry away.
  func clear() throws {
    for schema in ["open", "outcome", "treatment"] {
      try direct.run("delete from \(schema).entries; delete from \(schema).entry_versions")
    }
  }

  /// Puts an entry into the database as if it had been handed in.
  func enter(
    _ form: String, _ visit: String, _ answers: [String: String], number: Int = 1,
    of key: ParticipantKey
  ) throws {
    let form = try #require(world.definition.form(FormID(parsing: form)), "\(form)")
    let json = try AnswerText.json(Walk.answers(answers))
    try direct.run(
      """
      insert into \(form.dataClass.rawValue).entries (trial_id, participant, site_key, form, visit, repeat,
        version, status, answers, definition, author, entered_at, submitted_at)
      values (\(world.trial.id), '\(form.subject == .site ? "101" : key.text)', '101', '\(form.id.text)', '\(visit)', \(number), 1, 'submitted',
        '\(json)', '1.0', 1, now(), now())
      on conflict (trial_id, participant, form, visit, repeat) do update
        set answers = entries.answers || excluded.answers
      """)
  }

  /// What somebody who saves the answers of a sample is told: codes, and that the save is refused.
  func findings(_ sample: EditCheckCase, _ further: [String: String]) async throws -> Set<String> {
    let values = sample.common.merging(further) { $1 }
    let form = try #require(world.definition.form(FormID(parsing: sample.form)))
    let walk = try #require(byArm[arm(of: form, sample, values)])
    let visit = try place(of: form, values)
    try clear()
    let given = try set(values, form, visit, of: walk)
    let now = now
    let office = world.installation.at(now)
    let submission = EntrySubmission(
      answers: try Walk.answers(given), expectedVersion: 0, isFinal: false)
    do {
      let remarks: [Fault]
      if isRemote(form) {
        let checked = try await office.checkRemotely(
          submission, form,
          at: CollectionPlace(
            participant: walk.key, visit: visit,
            openedAt: values["FACT.seconds_open"].flatMap(Int64.init).map {
              now.advanced(bySeconds: -$0)
            }), trial: world.trial, world.definition)
        remarks = checked.checked.faults.map(Fault.init)
      } else {
        remarks = try await office.saveEntry(
          form.subject == .site ? .site(SiteKey(parsing: "101")) : walk.key.subject, form.id, visit,
          number: form.isRepeating ? 0 : 1, submission,
          as: try await writer(of: form, walk)
        ).remarks
      }
      return Set(remarks.compactMap(\.code))
    } catch ActRefusal.invalid(let faults) {
      return Set(faults.compactMap(\.code).map { "\($0) refused" })
    }
  }

  private func isRemote(_ form: Form) -> Bool {
    form.enteredBy.allSatisfy { ["rater", "participant"].contains($0.text) }
  }

  private func writer(of form: Form, _ walk: Walk) async throws -> Actor {
    let roles = form.enteredBy.map(\.text).filter { !["rater", "participant"].contains($0) }
    return try await anybody(try #require(roles.first))
  }

  /// Somebody in a role at the site of London, or of the whole study.
  func anybody(_ role: String) async throws -> Actor {
    let role = try #require(world.definition.role(RoleID(parsing: role)))
    let person = try #require(
      world.staff.person("treat_coordinator", at: SiteKey(parsing: ReferenceTrial.london)))
    return try #require(
      try await world.installation.actor(
        user: person.user, username: person.username, fullName: person.fullName, role: role.id,
        site: role.scope == .site ? ReferenceTrial.london : "*", trial: world.trial,
        authenticatedAt: now, secondFactorAt: now))
  }

  /// The account every writer of a sample acts with.
  private var writerName: String {
    get throws {
      try #require(
        world.staff.person("treat_coordinator", at: SiteKey(parsing: ReferenceTrial.london))
      ).username
    }
  }

  private func arm(
    of form: Form, _ sample: EditCheckCase, _ values: [String: String]
  ) -> String {
    values["FACT.arm"] ?? form.arms.first?.text ?? "KET"
  }

  // The last visit of a form has others before it.
  private func place(of form: Form, _ values: [String: String]) throws -> VisitCode {
    if let named = values["FACT.visit"] { return try VisitCode(parsing: named) }
    if form.subject == .site { return .site }
    if let last = form.visits.last { return last }
    return try VisitCode(parsing: "UNS")
  }

  /// Puts what a sample knows from elsewhere where it would stand; gives what is typed.
  private func set(
    _ values: [String: String], _ form: Form, _ visit: VisitCode, of walk: Walk
  ) throws -> [String: String] {
    var typed: [String: String] = [:]
    try date(
      walk,
      """
      consented_at = '2027-01-04T09:00:00Z', randomized_at = '2027-01-13T10:00:00Z',
      randomized_site = site_key, day0 = '2027-01-13'
      """)
    if form.field(try FieldID(parsing: "kit")) != nil, form.id.text != "ACCT" {
      let isThere = values["FACT.kit_in_stock"] != "false"
      for kit in isThere ? ["K-1", "K-2", "K-3"] : ["K-9"] {
        try enter(
          "ACCT", "SITE", ["kit": kit, "received": "2027-01-01"],
          number: Int(kit.suffix(1)) ?? 1, of: walk.key)
      }
    }
    for (name, text) in values where !(form.id.text == "ACCT" && name == "witness") {
      guard name.contains(".") || name.contains("@") else {
        typed[name] = text
        continue
      }
      try set(name, text, form, visit, of: walk, typed: &typed)
    }
    if let witness = values["witness"], let writer = values["FACT.writer"] {
      typed["witness"] = witness == writer ? try writerName : Self.therapist
    }
    return typed
  }

  private func set(
    _ name: String, _ text: String, _ form: Form, _ visit: VisitCode, of walk: Walk,
    typed: inout [String: String]
  ) throws {
    guard case .reference(let reference) = try Formula(parsing: name) else { return }
    if reference.form?.text == StudyFact.formName {
      return try set(
        try #require(StudyFact(rawValue: reference.field.text)), text, form, of: walk,
        typed: &typed)
    }
    // The vault holds the year of 1974 since consent.
    if reference.form?.text == "IDENT" { return }
    let source = reference.form?.text ?? form.id.text
    let visits = try #require(world.definition.form(FormID(parsing: source))).visits
    let field = reference.field.text
    switch reference.occasion {
    case nil:
      try enter(source, (reference.visit ?? visit).text, [field: text], of: walk.key)
    case .previous:
      try enter(source, try #require(visits.first).text, [field: text], of: walk.key)
    case .here:
      for (index, one) in text.split(separator: ",").enumerated() {
        try enter(source, visit.text, [field: String(one)], number: index + 1, of: walk.key)
      }
    case .all:
      for (index, one) in text.split(separator: ",").enumerated() {
        try enter(
          source, index < visits.count ? visits[index].text : "UNS", [field: String(one)],
          of: walk.key)
      }
    }
  }

  /// Changes what is dated of a participant, which nothing but a hand in the database does later.
  private func date(_ walk: Walk, _ change: String) throws {
    try direct.run("alter table open.participants disable trigger participants_dated")
    try direct.run("update open.participants set \(change) where participant = '\(walk.key.text)'")
    try direct.run("alter table open.participants enable trigger participants_dated")
  }

  private func set(
    _ fact: StudyFact, _ text: String, _ form: Form, of walk: Walk, typed: inout [String: String]
  ) throws {
    switch fact {
    case .day0, .consentedOn:
      let change =
        fact == .day0
        ? "randomized_at = '\(text)T10:00:00Z', day0 = '\(text)'"
        : "consented_at = '\(text)T10:00:00Z'"
      try date(walk, change)
    case .therapistCertified:
      typed[form.id.text == "ACCT" ? "witness" : "ther1"] =
        text == "true" ? Self.therapist : "nobody"
    case .kitUsed:
      guard text == "true" else { break }
      let other = try #require(byArm.values.first { $0.key != walk.key })
      try enter(form.id.text, form.visits[0].text, ["kit": "k-1 "], of: other.key)
    case .consentVersions:
      // Approved at the site from 2026 on.
      let date = text.contains("1.0") ? "2027-01-04" : "2025-12-31"
      typed["vdate"] = date
      typed["icf_dt"] = "\(date)T10:00:00Z"
    // Handed in when the sample is checked.
    case .enteredAt: break
    case .arm, .visit, .kitInStock, .secondsOpen, .writer: break
    case .randomizedAt, .randomizationNumber, .consentHolds, .isDuplicate, .state, .diedOn, .today,
      .serial,
      .hasExcludingDeviation, .enrolmentClosed, .expected, .acknowledged, .ethicsApprovedOn,
      .contractSigned, .staffComplete, .capacityConfirmed, .releaseApproved,
      .randomizationInForce, .followUpEnded:
      Issue.record("\(fact) is asked for by a check")
    }
  }
}
