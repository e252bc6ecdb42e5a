import Store
import StudyModel
import Testing

@testable import Conduct

/// Random amendments with captures in between: nothing captured ever becomes unreachable.
@Suite(.serialized) struct RandomAmendmentTests {
  /// A form as the sequence has it now, without what the study has besides.
  struct Sketch {
    struct Question {
      var label: String
      /// nil for a code with these many choices, else the upper bound of a number.
      var bound: Int?
      var choices = 3
    }
    var title: String
    var visits: [String]
    var questions: [String: Question]
    var hasCheck = false
  }

  /// The numbers of a seed, the same on every machine (SplitMix64).
  struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// The study with the sketched forms, and the visits the sequence added.
  struct Draft {
    var forms: [String: Sketch] = [:]
    var visits: [String] = []
    /// Sites the sequence added: never fewer.
    var sites: [String] = []
    /// How often the title of a secondary endpoint changed.
    var endpoint = 0
    /// What is one for the whole trial: the rule of a population, its words, numbers, looks and lock.
    var response = 2
    var population = 0
    var planned = 900
    var look = 60
    var lastDay = 223
    var used = 0

    static let places = ["SCR", "BL"]

    mutating func fresh(_ prefix: String) -> String {
      used += 1
      return "\(prefix)\(used)"
    }

    mutating func change(_ dice: inout Dice) {
      let names = forms.keys.sorted()
      let form = names.randomElement(using: &dice)
      let question = form.flatMap { forms[$0]?.questions.keys.sorted().randomElement(using: &dice) }
      switch Int.random(in: 0..<16, using: &dice) {
      case 0: addForm(&dice)
      case 1 where names.count > 1: forms[form ?? ""] = nil
      case 2: visits.append(fresh("V"))
      case 3 where !visits.isEmpty: removeVisit(&dice)
      case 4:
        let name = fresh("q")
        if let form { forms[form]?.questions[name] = Self.question(&dice) }
      case 5:
        if let form, let question, (forms[form]?.questions.count ?? 0) > 1 {
          forms[form]?.questions[question] = nil
          forms[form]?.hasCheck = false
        }
      case 6:
        if let form, let question {
          let isNumber = forms[form]?.questions[question]?.bound != nil
          if isNumber {
            forms[form]?.questions[question]?.bound = Int.random(in: 2...50, using: &dice)
          } else {
            forms[form]?.questions[question]?.choices = Int.random(in: 1...5, using: &dice)
          }
        }
      case 7:
        if let form { forms[form]?.hasCheck.toggle() }
      case 8: sites.append(String(113 + sites.count))
      case 9: endpoint += 1
      case 10: response = Int.random(in: 3...9, using: &dice)
      case 11: population += 1
      case 12: planned = Int.random(in: 900...1200, using: &dice)
      case 13: look = Int.random(in: 20...140, using: &dice)
      case 14: lastDay = Int.random(in: 223...300, using: &dice)
      default:
        if let form {
          forms[form]?.visits = (Self.places + visits).filter { _ in Bool.random(using: &dice) }
          if forms[form]?.visits.isEmpty == true { forms[form]?.visits = ["SCR"] }
        }
      }
    }

    mutating func addForm(_ dice: inout Dice) {
      let name = fresh("X")
      forms[name] = Sketch(
        title: "Form \(name)", visits: Self.places,
        questions: [fresh("q"): Self.question(&dice), fresh("q"): Self.question(&dice)])
    }

    private mutating func removeVisit(_ dice: inout Dice) {
      guard let gone = visits.randomElement(using: &dice) else { return }
      visits.removeAll { $0 == gone }
      for name in forms.keys {
        forms[name]?.visits.removeAll { $0 == gone }
        if forms[name]?.visits.isEmpty == true { forms[name]?.visits = ["SCR"] }
      }
    }

    private static func question(_ dice: inout Dice) -> Sketch.Question {
      Sketch.Question(
        label: "Question",
        bound: Bool.random(using: &dice) ? Int.random(in: 5...50, using: &dice) : nil)
    }

    func source(_ version: String) throws -> String {
      let forms = forms.keys.sorted().map { name in form(name, self.forms[name]) }.joined()
      let visits = visits.map {
        "  - { code: \($0), title: Extra \($0), place: any }\n"
      }.joined()
      let sites = sites.map {
        "  - { key: \"\($0)\", title: Site \($0), country: GB, zone: Europe/London, emergency_contact: "
          + "\"Line of \($0)\", consent_versions: { \"1.0\": 2026-01-01 } }\n"
      }.joined()
      return try StudyAmendment.source(
        version,
        [
          (of: "  - { key: \"112\",", to: sites + "  - { key: \"112\","),
          (
            of: "title: Remission by QIDS-SR16",
            to: "title: Remission by QIDS-SR16 wording \(endpoint)"
          ),
          (
            of: "class: outcome, when: \"MADRS.total@BL > 0 and 2 * MADRS",
            to: "class: outcome, when: \"MADRS.total@BL > 0 and \(response) * MADRS"
          ),
          (
            of: "title: Responder at the end of treatment,",
            to: "title: Responder at the end wording \(population),"
          ),
          (of: "planned_total: 900", to: "planned_total: \(planned)"),
          (of: "participants: 60, reached_day", to: "participants: \(look), reached_day"),
          (of: "last_day: 223", to: "last_day: \(lastDay)"),
          (of: "  - id: DM\n", to: forms + "  - id: DM\n"),
          (
            of: "forms: [ICF, DM,",
            to: "forms: [ICF, " + self.forms.keys.sorted().map { $0 + ", " }.joined() + "DM,"
          ),
          (
            of: "  - { code: UNS, title: Unscheduled, place: any }\n",
            to: "  - { code: UNS, title: Unscheduled, place: any }\n" + visits
          ),
        ])
    }

    private func form(_ name: String, _ sketch: Sketch?) -> String {
      guard let sketch else { return "" }
      let questions = sketch.questions.keys.sorted().map { id -> String in
        let question = sketch.questions[id] ?? Sketch.Question(label: "", bound: 1)
        let type =
          question.bound.map { "type: integer, range: [0, \($0)]" }
          ?? "type: code, codes: { "
          + (0..<question.choices).map { "C\($0): Choice \($0)" }.joined(separator: ", ") + " }"
        return "          - { id: \(id), label: \(question.label) \(id), \(type) }\n"
      }.joined()
      let number = sketch.questions.keys.sorted().first { sketch.questions[$0]?.bound != nil }
      let check =
        sketch.hasCheck
        ? number.map {
          "    checks:\n      - { code: EC-\(name)-01, severity: query, when: \"\($0) > 3\", field: \($0), say: Look again. }\n"
        } ?? "" : ""
      return """
          - id: \(name)
            title: \(sketch.title)
            class: open
            visits: [\(sketch.visits.joined(separator: ", "))]
            entered_by: [coordinator]
            sections:
              - title: Part
                fields:
        \(questions)\(check)
        """.replacing("\n\n", with: "\n") + "\n"
    }
  }

  /// Something that was captured, and must be found ever after.
  struct Captured {
    let form: FormID
    let visit: VisitCode
    var version: Int
    var answers: [FieldID: FieldAnswer]
    let definition: String
  }

  @Test(arguments: [1, 7, 20_271] as [UInt64])
  func `a random sequence of amendments never makes a captured value unreachable`(
    seed: UInt64
  ) async throws {
    try await ReferenceTrial.run { world in
      var dice = Dice(state: seed)
      let key = try await Self.consent(world)
      var draft = Draft()
      var captured: [Captured] = []
      var held: (version: String, draft: Draft)?
      for step in 1...6 {
        for _ in 0..<3 { draft.change(&dice) }
        // Something new to capture in every version.
        draft.addForm(&dice)
        let now = ReferenceTrial.start.advanced(bySeconds: Int64(step) * 86_400)
        let version = "1.\(step)"
        let amendment = StudyAmendment(world: world, now: now)
        try await amendment.bring(try draft.source(version))
        // At the other site it comes into force now and then: then it holds for the whole trial.
        if Bool.random(using: &dice) {
          try await amendment.putInForce(version, at: ReferenceTrial.berlin)
          held = (version, draft)
        }
        let office = world.installation.at(now.advanced(bySeconds: 60))
        let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
        try await Self.change(&captured, of: key, office, coordinator, &dice)
        try await Self.capture(&captured, draft, version, of: key, office, coordinator, now, &dice)
        try await Self.findAll(captured, of: key, office, coordinator, "seed \(seed), step \(step)")
        // Every site that was added is there, planned, and known to who works over all sites.
        let lead = try await world.actor("sponsor_lead", now: now)
        let there = try await office.sites(as: lead)
        for site in draft.sites {
          #expect(there.first { $0.key.text == site }?.state == "planned", "seed \(seed): \(site)")
          #expect(lead.definition.sites.contains { $0.key.text == site }, "seed \(seed): \(site)")
        }
        try await Self.compare(
          office, lead.trial, with: held, of: world, "seed \(seed), step \(step)")
        try await Self.readAll(captured, lead.trial, office, "seed \(seed), step \(step)")
      }
      #expect(captured.count >= 8, "seed \(seed)")
      #expect(Set(captured.map(\.definition)).count > 2, "seed \(seed)")
    }
  }

  /// What is one for the whole trial is that of the last version in force at every site, all of it.
  private static func compare(
    _ office: Installation, _ trial: Trial, with held: (version: String, draft: Draft)?,
    of world: ReferenceTrial, _ place: String
  ) async throws {
    let whole = try await office.definition(of: trial)
    guard let held else {
      #expect(world.definition.wholeParts(changedIn: whole).isEmpty, "\(place)")
      #expect(whole.planVersion == "1.0", "\(place)")
      return
    }
    #expect(whole.planVersion == held.version && whole.version == "1.0", "\(place)")
    let plan = try await office.definition(of: trial, version: held.version)
    #expect(whole.wholeParts(changedIn: plan).isEmpty, "\(place)")
    #expect(whole.randomization.plannedTotal == held.draft.planned, "\(place)")
    #expect(whole.lock.lastDay == held.draft.lastDay, "\(place)")
    #expect(whole.hypotheses == world.definition.hypotheses, "\(place)")
  }

  /// Reports, analysis and exports have a place for every value, and read it, whatever version bounds it.
  private static func readAll(
    _ captured: [Captured], _ trial: Trial, _ office: Installation, _ place: String
  ) async throws {
    for definition in [
      try await office.reportedDefinition(of: trial), try await office.everyVersion(of: trial),
    ] {
      for one in captured {
        let form = try #require(definition.form(one.form), "\(place): \(one.form)")
        #expect(definition.schedules(form, at: one.visit), "\(place): \(one.form)@\(one.visit)")
        #expect(definition.visit(one.visit) != nil, "\(place): \(one.visit)")
        for (field, answer) in one.answers {
          let value = answer.text.flatMap { try? form.field(field)?.type.value(parsing: $0) }
          #expect(value != nil, "\(place): \(field) of \(one.form)@\(one.visit)")
        }
      }
    }
  }

  private static func consent(_ world: ReferenceTrial) async throws -> ParticipantKey {
    let at = ReferenceTrial.start.advanced(bySeconds: 3600)
    let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: at)
    return try await world.installation.at(at).consent(
      ConsentRequest(
        initials: "AB", birthYear: 1974, sex: "F",
        consent: try Walk.answers([
          "icf_ver": "1.0", "icf_dt": at.description, "icf_copy": "true",
          "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
          "opt_remote": "true", "vdate": try Walk.date(at, ReferenceTrial.london), "done": "Y",
        ])), as: coordinator)
  }

  private static func answer(_ field: Field, _ dice: inout Dice) -> FieldAnswer? {
    switch field.type {
    case .integer(let range):
      .value(String(Int.random(in: 0...max(0, Int(range?.upperBound ?? 1)), using: &dice)))
    case .code(let items): items.randomElement(using: &dice).map { .value($0.code) }
    default: nil
    }
  }

  /// Captures every form of the draft at one of its visits, where it was not captured before.
  private static func capture(
    _ captured: inout [Captured], _ draft: Draft, _ version: String, of key: ParticipantKey,
    _ office: Installation, _ coordinator: Actor, _ now: UTCInstant, _ dice: inout Dice
  ) async throws {
    for name in draft.forms.keys.sorted() {
      let id = try FormID(parsing: name)
      let open = (draft.forms[name]?.visits ?? []).filter { place in
        !captured.contains { $0.form == id && $0.visit.text == place }
      }
      guard let place = open.randomElement(using: &dice) else { continue }
      let visit = try VisitCode(parsing: place)
      let form = try await office.entryFile(key, id, visit, as: coordinator).entry.form
      var answers: [FieldID: FieldAnswer] = [:]
      for field in form.fields where !FormHeader.names.contains(field.id.text) {
        answers[field.id] = answer(field, &dice)
      }
      answers[try FieldID(parsing: "vdate")] = .value(try Walk.date(now, ReferenceTrial.london))
      answers[try FieldID(parsing: "done")] = .value("Y")
      let saved = try await office.saveEntry(
        key, id, visit, EntrySubmission(answers: answers, expectedVersion: 0, isFinal: true),
        as: coordinator)
      captured.append(
        Captured(
          form: id, visit: visit, version: saved.version, answers: answers, definition: version))
    }
  }

  /// Changes one value that was captured under an earlier version.
  private static func change(
    _ captured: inout [Captured], of key: ParticipantKey, _ office: Installation,
    _ coordinator: Actor, _ dice: inout Dice
  ) async throws {
    guard let index = captured.indices.randomElement(using: &dice) else { return }
    let old = captured[index]
    let form = try await office.entryFile(key, old.form, old.visit, as: coordinator).entry.form
    var answers = old.answers
    for field in form.fields where !FormHeader.names.contains(field.id.text) {
      if let new = answer(field, &dice) { answers[field.id] = new }
    }
    guard answers != old.answers else { return }
    captured[index].version = try await office.saveEntry(
      key, old.form, old.visit,
      EntrySubmission(
        answers: answers, expectedVersion: old.version, isFinal: true, reason: "read again"),
      as: coordinator
    ).version
    captured[index].answers = answers
  }

  private static func findAll(
    _ captured: [Captured], of key: ParticipantKey, _ office: Installation, _ coordinator: Actor,
    _ place: String
  ) async throws {
    let book = try await office.casebook(of: key, as: coordinator)
    let shown = try #require(book.definition)
    for one in captured {
      let file = try await office.entryFile(key, one.form, one.visit, as: coordinator)
      #expect(file.definition.version == one.definition, "\(place): \(one.form)@\(one.visit)")
      #expect(file.entry.version == one.version, "\(place): \(one.form)@\(one.visit)")
      for (field, answer) in one.answers {
        #expect(
          file.entry.answers[field] == answer && file.entry.form.field(field) != nil,
          "\(place): \(field) of \(one.form)@\(one.visit)")
      }
      // The way to it: the visit and the form stand in the casebook.
      let isListed = shown.form(one.form).map { shown.schedules($0, at: one.visit) } ?? false
      #expect(isListed, "\(place): \(one.form)@\(one.visit) is not in the casebook")
    }
  }

  @Test func `the sequence of a seed is the same every time`() throws {
    func text(_ seed: UInt64) throws -> String {
      var dice = Dice(state: seed)
      var draft = Draft()
      draft.addForm(&dice)
      for _ in 0..<20 { draft.change(&dice) }
      return try draft.source("9.9")
    }
    #expect(try text(7) == text(7))
    #expect(try text(7) != text(8))
  }
}
