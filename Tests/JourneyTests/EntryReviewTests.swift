import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// Conflicts, drafts, source verification and freezing on a real database.
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
      #expect(
        conflict.sentence.hasPrefix(
          "\(coordinator.fullName) saved version 2 meanwhile. Nothing of yours was saved."))
      // Of a version that never was nobody saved anything meanwhile.
      let never = file.conflict(with: try Walk.answers(typed), readAt: 7)
      #expect(
        never.sentence.hasPrefix(
          "There never was a version 7 of this form: the last is version 2, saved by "
            + "\(coordinator.fullName). Nothing of yours was saved."))
      let (unsaved, baseline) = try Self.ids("WT", "F6")
      let empty = try await world.installation.at(walk.instant(5)).entryFile(
        walk.key, unsaved, baseline, as: coordinator)
      #expect(
        empty.conflict(with: [:], readAt: 3).sentence
          == "There never was a version 3 of this form: nothing is saved of it yet. Nothing of yours "
          + "was saved. Send it at version 0.")
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

  // MARK: State

  @Test func `a form stands as queried while it is asked about, and answered until that is closed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(10)
      let office = world.installation.at(now)
      let (form, visit) = try Self.ids("DM", "SCR")
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      func states() async throws -> [String] {
        let book = try await office.casebook(of: walk.key, as: coordinator)
        let read = try await office.readEntry(walk.key, form, visit, as: coordinator)
        return [read.entry.status] + book.entries.filter { $0.form == form }.map(\.status)
      }
      #expect(try await states() == ["submitted", "submitted"])
      let query = QueryAddress(
        try await office.openQuery(
          walk.key, form, visit, field: "edu_years", text: "Really?", isBlocking: false,
          as: manager), in: .open)
      #expect(try await states() == ["queried", "queried"])
      try await office.answerQuery(query, answer: "Yes, asked again.", as: coordinator)
      #expect(try await states() == ["answered", "answered"])
      try await office.closeQuery(query, reason: "agreed", as: manager)
      #expect(try await states() == ["submitted", "submitted"])
    }
  }

  @Test func `an own form of a coordinator who reads no outcomes stands as queried too`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(10)
      let office = world.installation.at(now)
      let (form, visit) = try Self.ids("CSSRSS", "BL")
      _ = try await office.openQuery(
        walk.key, form, visit, field: "q1", text: "Really?", isBlocking: false,
        as: try await world.actor("data_manager", now: now))
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      #expect(
        try await office.entry(walk.key, form, visit, as: coordinator).status == "queried")
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

  @Test func `a form that is to be signed is frozen once it is signed as it stands`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let (form, visit) = try Self.ids("ELIG", "SCR")
      let manager = try await world.actor("data_manager", now: now)
      try await walk.save(
        "ELIG", "SCR", walk.criteria(), expected: 1, reason: "date corrected", at: now)
      func freeze() async -> ActRefusal? {
        await refusal {
          try await world.installation.at(now).freezeEntry(
            walk.key, form, visit, version: 2, as: manager)
        }
      }
      // The signature of the first version is void.
      #expect(await freeze()?.code == "not_signed")
      let status = "select status from open.entries where form = 'ELIG'"
      #expect(try world.direct().text(status) == "submitted")
      try await walk.sign("ELIG", "SCR", version: 2, at: now)
      #expect(await freeze() == nil)
      #expect(try world.direct().text(status) == "frozen")
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
}
