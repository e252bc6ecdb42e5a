import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// Drafts, conflicts, source verification, freezing, repeats and data queries on a real database.
@Suite(.serialized) struct EntryReviewTests {
  static let dm = (form: "DM", visit: "SCR")

  static func ids(_ form: String, _ visit: String) throws -> (FormID, VisitCode) {
    (try FormID(parsing: form), try VisitCode(parsing: visit))
  }

  static let person = [
    "birth_year": "1974", "sex": "F", "edu_years": "14", "employ": "FT", "childbearing": "true",
  ]

  // MARK: Two people at one form

  @Test func `who saves over a version that is not the last learns who saved what when`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      var first = Self.person
      first["edu_years"] = "15"
      try await walk.save(
        "DM", "SCR", first, expected: 1, reason: "typing error", at: walk.instant(4))
      // Read at version 1; typed: another employment, and the years of education a third way.
      var typed = Self.person
      typed["employ"] = "PT"
      typed["edu_years"] = "16"
      typed["vdate"] = try Walk.date(walk.instant(0), walk.way.site)
      typed["done"] = "Y"
      let refused = await refusal {
        try await walk.save(
          "DM", "SCR", typed, hasHeader: false, expected: 1, reason: "typing error",
          at: walk.instant(5))
      }
      #expect(refused == .stale)
      let (form, visit) = try Self.ids("DM", "SCR")
      let coordinator = try await world.actor(
        "coordinator", at: walk.way.site, now: walk.instant(5))
      let file = try await world.installation.at(walk.instant(5)).entryFile(
        walk.key, form, visit, as: coordinator)
      let conflict = file.conflict(with: try Walk.answers(typed), readAt: 1)
      #expect(conflict.version == 2)
      #expect(conflict.author == coordinator.fullName)
      #expect(conflict.savedAt == walk.instant(4))
      let disputed = conflict.differences.filter(\.isDisputed)
      #expect(disputed.map(\.field.id.text).sorted() == ["edu_years", "employ"])
      let years = try #require(disputed.first { $0.field.id.text == "edu_years" })
      #expect(years.before == .value("14"))
      #expect(years.stored == .value("15"))
      #expect(years.typed == .value("16"))
      // The date the other one changed alone needs no decision.
      #expect(
        conflict.differences.filter { !$0.isDisputed }.map(\.field.id.text) == ["vdate"])
    }
  }

  // MARK: Drafts

  @Test func `REQ-018: a draft is its author's alone, no data, and gone with the save`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let typed = ["edu_years": ["a marked text"], "icf_dt.day": ["31"], "basis": ["1", "2"]]
      func everything() throws -> String {
        try world.direct().text(
          """
          select jsonb_build_object('entries', (select jsonb_agg(e order by e.form, e.visit) from open.entries e),
            'outcome', (select jsonb_agg(e order by e.form, e.visit) from outcome.entries e),
            'versions', (select count(*) from open.entry_versions),
            'status', (select jsonb_agg(c order by c.form, c.visit) from open.collection_status c),
            'audit', (select jsonb_agg(h.size) from open.audit_heads h),
            'audit of outcome', (select jsonb_agg(h.size) from outcome.audit_heads h))::text
          """)
      }
      let before = try everything()
      for (name, place) in [("DM", "SCR"), ("CSSRSS", "A1"), ("WT", "EOT")] {
        let (form, visit) = try Self.ids(name, place)
        _ = try await office.keepDraft(
          walk.key, form, visit, version: name == "DM" ? 1 : 0, typed: typed, as: coordinator)
        let file = try await office.entryFile(walk.key, form, visit, as: coordinator)
        #expect(file.draft?.typed == typed, "\(name)")
      }
      // Nothing of the trial's data, states or audit trail has moved.
      #expect(try everything() == before)
      let casebook = try await office.casebook(of: walk.key, as: coordinator)
      #expect(casebook.drafts.map(\.form).sorted() == ["CSSRSS", "DM", "WT"])
      // Nobody else reads it: no role, no login, no snapshot.
      for role in ["investigator", "monitor", "treat_coordinator"] {
        let other = try await world.actor(role, at: walk.way.site, now: now)
        let (form, visit) = try Self.ids("DM", "SCR")
        let file = try await office.entryFile(walk.key, form, visit, as: other)
        #expect(file.draft == nil, "\(role)")
        #expect(try await office.casebook(of: walk.key, as: other).drafts.isEmpty, "\(role)")
      }
      for login in Login.allCases.map(\.rawValue) {
        for dataClass in ["open", "outcome", "treatment"] {
          let direct = try world.direct(login, role: "coordinator", actor: coordinator.user)
          #expect(
            direct.refusal(of: "select 1 from \(dataClass).drafts") == "42501", "\(login)")
        }
      }
      let foreign = try world.direct(
        "eq_open", role: "coordinator", sites: "101", actor: coordinator.user + 1)
      #expect(
        try foreign.text("select count(*)::text from open.drafts_of('\(walk.key.text)')") == "0")
      let lines = try await office.store.session(
        .committee, RequestContext(trial: world.trial.id, actor: nil, role: "", sites: .all)
      ) { session in
        try session.entryLines(of: .open, in: world.trial.id)
          + session.entryLines(of: .outcome, in: world.trial.id)
      }
      #expect(!lines.joined().contains("a marked text"))
      // The save ends the draft of the form, and no other.
      var changed = Self.person
      changed["edu_years"] = "17"
      try await walk.save(
        "DM", "SCR", changed, expected: 1, reason: "typing error", at: now)
      #expect(
        try await office.casebook(of: walk.key, as: coordinator).drafts.map(\.form).sorted()
          == ["CSSRSS", "WT"])
      // A draft that arrives after its author's own save is late and not kept.
      let (form, visit) = try Self.ids("DM", "SCR")
      let late = await refusal {
        try await office.keepDraft(walk.key, form, visit, version: 1, typed: typed, as: coordinator)
      }
      #expect(late == .stale)
      try await office.discardDraft(
        walk.key, try FormID(parsing: "WT"), try VisitCode(parsing: "EOT"), as: coordinator)
      #expect(
        try await office.casebook(of: walk.key, as: coordinator).drafts.map(\.form) == ["CSSRSS"])
    }
  }

  @Test func `a draft is kept for who writes the form and for nobody else`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let (form, visit) = try Self.ids("DM", "SCR")
      for (role, site) in [
        ("investigator", walk.way.site), ("monitor", walk.way.site), ("data_manager", nil),
        ("coordinator", ReferenceTrial.berlin),
      ] {
        let actor = try await world.actor(role, at: site, now: now)
        let refused = await refusal {
          try await office.keepDraft(walk.key, form, visit, version: 1, typed: [:], as: actor)
        }
        #expect(refused == .notFound, "\(role)")
      }
      let rater = try await world.actor(world.raters[0], now: now)
      let rating = await refusal {
        try await office.keepDraft(
          walk.key, FormID(parsing: "MADRS"), VisitCode(parsing: "A2"), version: 0, typed: [:],
          as: rater)
      }
      #expect(rating == .notFound)
      #expect(
        try world.direct().text(
          "select ((select count(*) from open.drafts) + (select count(*) from outcome.drafts))::text"
        )
          == "0")
    }
  }

  // MARK: Source verification and freezing

  @Test func `a change undoes the verification of what it changes and of the form as a whole`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let (form, visit) = try Self.ids("DM", "SCR")
      let monitor = try await world.actor("monitor", at: walk.way.site, now: now)
      let fields = try ["edu_years", "sex"].map { try FieldID(parsing: $0) }
      _ = try await office.verifySource(
        walk.key, form, visit, version: 1, fields: fields, as: monitor)
      _ = try await office.verifySource(walk.key, form, visit, version: 1, fields: [], as: monitor)
      let twice = await refusal {
        try await office.verifySource(walk.key, form, visit, version: 1, fields: [], as: monitor)
      }
      #expect(twice?.code == "not_from_this_state")
      var file = try await office.entryFile(walk.key, form, visit, as: monitor)
      #expect(file.entry.status == "verified")
      var changed = Self.person
      changed["edu_years"] = "12"
      try await walk.save(
        "DM", "SCR", changed, expected: 1, reason: "misread", at: walk.instant(5))
      file = try await office.entryFile(walk.key, form, visit, as: monitor)
      #expect(file.entry.status == "submitted")
      let standing = file.verifications.filter { $0.voidedAt == nil }.map(\.field)
      #expect(standing == ["sex"])
      #expect(
        Set(file.verifications.filter { $0.voidedAt == walk.instant(5) }.map(\.field))
          == ["", "edu_years"])
      let undone = try world.direct().lines(
        "select field from open.audit where action = 'verification undone' order by field")
      #expect(undone == ["", "edu_years"])
      let stale = await refusal {
        try await office.verifySource(walk.key, form, visit, version: 1, fields: [], as: monitor)
      }
      #expect(stale == .stale)
      // History in place: the earlier value with who replaced it and why.
      let earlier = file.earlier(of: fields[0])
      #expect(earlier.map(\.answer) == [.value("14")])
      #expect(earlier.first?.replacedBy.reason == "misread")
      #expect(file.earlier(of: fields[1]).isEmpty)
      // Who writes does not verify, and a form that is not handed in is not verified.
      for role in ["coordinator", "investigator"] {
        let actor = try await world.actor(role, at: walk.way.site, now: now)
        let refused = await refusal {
          try await office.verifySource(walk.key, form, visit, version: 2, fields: [], as: actor)
        }
        #expect(refused == .notFound, "\(role)")
      }
      try await walk.save(
        "WT", "EOT", ["weight": "70.0"], hasHeader: false, isFinal: false, at: walk.instant(5))
      let early = await refusal {
        try await office.verifySource(
          walk.key, FormID(parsing: "WT"), VisitCode(parsing: "EOT"), version: 1, fields: [],
          as: monitor)
      }
      #expect(early?.code == "not_from_this_state")
    }
  }

  @Test func `a frozen form is neither changed nor signed until it is opened with a reason`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let (form, visit) = try Self.ids("ELIG", "SCR")
      let manager = try await world.actor("data_manager", now: now)
      let number = try await office.openQuery(
        walk.key, form, visit, field: "I07", text: "Is it right?", isBlocking: false, as: manager)
      let asked = await refusal {
        try await office.freezeEntry(walk.key, form, visit, version: 1, as: manager)
      }
      #expect(asked?.code == "queries_open")
      try await office.closeQuery(QueryAddress(number), reason: "It is.", as: manager)
      try await office.freezeEntry(walk.key, form, visit, version: 1, as: manager)
      let changed = await refusal {
        try await walk.save(
          "ELIG", "SCR", walk.criteria(), expected: 1, reason: "date corrected", at: now)
      }
      #expect(changed == .closed)
      let signed = await refusal {
        try await walk.sign("ELIG", "SCR", version: 1, at: walk.instant(5))
      }
      #expect(signed == .closed)
      for role in ["coordinator", "investigator", "monitor"] {
        let actor = try await world.actor(role, at: walk.way.site, now: now)
        let refused = await refusal {
          try await office.unfreezeEntry(
            walk.key, form, visit, version: 1, reason: "I want to", as: actor)
        }
        #expect(refused == .notFound, "\(role)")
      }
      let unsaid = await refusal {
        try await office.unfreezeEntry(walk.key, form, visit, version: 1, reason: "", as: manager)
      }
      #expect(unsaid == .reasonMissing)
      try await office.unfreezeEntry(
        walk.key, form, visit, version: 1, reason: "a criterion was misread", as: manager)
      // As it stood before: signed, and the signature still counts.
      let read = try await office.readEntry(walk.key, form, visit, as: manager).entry
      #expect(read.status == "signed")
      #expect(read.signatures.allSatisfy { $0.voidedAt == nil })
      _ = try await walk.randomize()
    }
  }

  // MARK: Repeats and partial dates

  static func medication(_ drug: String, start: String = "2026") -> [String: String] {
    ["drug": drug, "start": start, "ongoing": "true"]
  }

  static func add(_ walk: Walk, _ drug: String, start: String = "2026") async throws -> SavedEntry {
    let now = walk.instant(4)
    let (form, visit) = try ids("CM", "SCR")
    return try await walk.world.installation.at(now).saveEntry(
      walk.key, form, visit, number: 0,
      EntrySubmission(
        answers: try Walk.answers(medication(drug, start: start)), expectedVersion: 0,
        isFinal: true),
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: now))
  }

  @Test func `repeats are numbered without gap, whoever adds them at the same moment`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 1...8 {
          group.addTask { try await Self.add(walk, "drug \(index)").number }
        }
        var numbers: [Int] = []
        for try await number in group { numbers.append(number) }
        return numbers
      }
      #expect(numbers.sorted() == Array(1...8))
      let now = walk.instant(5)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let (form, visit) = try Self.ids("CM", "SCR")
      let unsaid = await refusal {
        try await office.voidEntry(
          walk.key, form, visit, number: 3, version: 1, reason: "", as: coordinator)
      }
      #expect(unsaid == .reasonMissing)
      let version = try await office.voidEntry(
        walk.key, form, visit, number: 3, version: 1, reason: "of another person",
        as: coordinator)
      #expect(version == 2)
      let again = await refusal {
        try await office.saveEntry(
          walk.key, form, visit, number: 3,
          EntrySubmission(
            answers: try Walk.answers(Self.medication("another")), expectedVersion: 2,
            isFinal: true, reason: "typing error"), as: coordinator)
      }
      #expect(again == .closed)
      let all = try await office.repeats(of: form, at: visit, walk.key, as: coordinator).entries
      #expect(all.map(\.number) == Array(1...8))
      #expect(all.filter { $0.status == "voided" }.map(\.number) == [3])
      // The number of a voided repeat is never given again.
      #expect(try await Self.add(walk, "the ninth").number == 9)
      // A form that does not repeat has one number.
      let (once, screening) = try Self.ids("DM", "SCR")
      for number in [0, 2] {
        let refused = await refusal {
          try await office.saveEntry(
            walk.key, once, screening, number: number,
            EntrySubmission(answers: [:], expectedVersion: 0, isFinal: false), as: coordinator)
        }
        #expect(refused == .notFound)
      }
      let whole = await refusal {
        try await office.voidEntry(
          walk.key, once, screening, number: 1, version: 1, reason: "all of it", as: coordinator)
      }
      #expect(whole == .notFound)
    }
  }

  @Test(arguments: [
    ("2026", true), ("2026-03", true), ("2026-03-31", true), ("2026-02-30", false),
    ("2026-13", false), ("2026--05", false), ("26", false), ("2028", false), ("2027-03", false),
  ])
  func `a partial date is a year, a month or a day that has begun`(
    date: String, isTaken: Bool
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let refused = await refusal { try await Self.add(walk, "Sertraline", start: date) }
      if isTaken {
        #expect(refused == nil)
        #expect(
          try world.direct().text(
            "select answers ->> 'start' from open.entries where form = 'CM'") == date)
      } else {
        guard case .invalid(let faults)? = refused else {
          Issue.record("\(date) was refused with \(String(describing: refused))")
          return
        }
        #expect(faults.map(\.field) == ["start"])
      }
    }
  }

  // MARK: Data queries

  @Test func `a data query is answered by the site, asked again, and closed by who asks`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let (form, visit) = try Self.ids("DM", "SCR")
      let nowhere = await refusal {
        try await office.openQuery(
          walk.key, form, visit, field: "no_such_field", text: "Which?", isBlocking: false,
          as: manager)
      }
      #expect(nowhere?.code == "invalid")
      let query = QueryAddress(
        try await office.openQuery(
          walk.key, form, visit, field: "edu_years", text: "Is 14 right?", isBlocking: false,
          as: manager))
      let early = await refusal {
        try await office.reopenQuery(query, reason: "once more", as: manager)
      }
      #expect(early?.code == "not_from_this_state")
      try await office.answerQuery(query, answer: "By the certificate.", as: coordinator)
      // The site answers; it neither closes nor asks.
      let byAsked = await refusal {
        try await office.closeQuery(query, reason: "It is right.", as: coordinator)
      }
      #expect(byAsked == .notFound)
      let byAsker = await refusal {
        try await office.answerQuery(query, answer: "It is right.", as: manager)
      }
      #expect(byAsker == .notFound)
      try await office.reopenQuery(query, reason: "Which certificate?", as: manager)
      try await office.answerQuery(query, answer: "Of the university.", as: coordinator)
      let silent = await refusal { try await office.closeQuery(query, reason: " ", as: manager) }
      #expect(silent?.code == "invalid")
      try await office.closeQuery(query, reason: "Settled.", as: manager)
      let file = try await office.query(query, as: coordinator)
      #expect(file.query.state == "closed")
      #expect(
        file.thread.map(\.kind) == ["opened", "answered", "reopened", "answered", "closed"])
      #expect(file.thread.map(\.author).allSatisfy { !$0.isEmpty })
      #expect(try await office.openQueries(as: manager).isEmpty)
      let after = await refusal {
        try await office.answerQuery(query, answer: "One more thing.", as: coordinator)
      }
      #expect(after?.code == "not_from_this_state")
      let direct = try world.direct("eq_outcome", role: "data_manager")
      #expect(
        direct.refusal(of: "update open.data_query_messages set text = 'another'") == "42501")
      #expect(
        try world.direct().refusal(of: "delete from open.data_query_messages") == "EQ403")
      let actions = try world.direct().lines(
        "select action from open.audit where action like 'data query%' order by seq")
      #expect(
        actions == [
          "data query opened", "data query answered", "data query reopened",
          "data query answered", "data query closed",
        ])
    }
  }

  @Test func `a check asks once, is closed when it is met, and overdue after fourteen days`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let manager = try await world.actor("data_manager", now: walk.instant(4))
      let office = world.installation.at(walk.instant(4))
      func standing() async throws -> [StoredQuery] { try await office.openQueries(as: manager) }
      var values = ["sbp": "190", "dbp": "90", "hr": "70", "spo2": "95"]
      try await walk.save("VS", "SCR", values, at: walk.instant(4))
      let asked = try await standing()
      #expect(asked.map(\.rule) == ["EC-VS-02"])
      let query = try #require(asked.first)
      #expect(query.isOverdue(at: walk.instant(18)) == false)
      #expect(query.isOverdue(at: walk.instant(18, 1)))
      #expect(try await office.query(query.address, as: manager).thread.map(\.author) == [""])
      values["sbp"] = "195"
      try await walk.save(
        "VS", "SCR", values, expected: 1, reason: "measured again", at: walk.instant(5))
      #expect(try await standing().map(\.address) == [query.address])
      values["sbp"] = "140"
      try await walk.save(
        "VS", "SCR", values, expected: 2, reason: "measured again", at: walk.instant(6))
      #expect(try await standing().isEmpty)
      let file = try await office.query(query.address, as: manager)
      #expect(file.query.state == "closed")
      #expect(file.thread.last?.author == "")
    }
  }

  @Test func `what a person closed is not asked again for the same answer`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let office = world.installation.at(walk.instant(4))
      let manager = try await world.actor("data_manager", now: walk.instant(4))
      var values = Self.person
      // Born in 2008: outside 21 to 75, which EC-DM-01 asks about at the year of birth.
      values["birth_year"] = "2008"
      try await walk.save(
        "DM", "SCR", values, expected: 1, reason: "misread", at: walk.instant(4))
      let asked = try await office.openQueries(as: manager)
      #expect(asked.map(\.rule) == Self.askedOfAge)
      for query in asked {
        try await office.closeQuery(query.address, reason: "The card says so.", as: manager)
      }
      values["edu_years"] = "11"
      try await walk.save(
        "DM", "SCR", values, expected: 2, reason: "misread", at: walk.instant(5))
      #expect(try await office.openQueries(as: manager).isEmpty)
      values["birth_year"] = "2009"
      try await walk.save(
        "DM", "SCR", values, expected: 3, reason: "misread", at: walk.instant(6))
      #expect(try await office.openQueries(as: manager).map(\.rule) == Self.askedOfAge)
    }
  }

  /// What is asked of a year of birth outside 21 to 75 that is not the one in the identity vault.
  private static let askedOfAge = ["EC-DM-01", "EC-DM-02"]
}
