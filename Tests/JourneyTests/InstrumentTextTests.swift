import Foundation
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// The words of instruments: loaded by permission, shown where they are answered, taken back again.
@Suite(.serialized) struct InstrumentTextTests {
  private static func instrument(_ world: ReferenceTrial, _ name: String) throws -> Instrument {
    try #require(world.definition.instrument(InstrumentID(parsing: name)))
  }

  /// A text of invented words, row by row; `but` changes or removes single cells by item and answer.
  private static func file(
    _ instrument: Instrument, mark: String = "", but: [String: String?] = [:]
  ) -> [UInt8] {
    var rows = ["item,answer,text"]
    func add(_ item: String, _ answer: String, _ words: String) {
      let place = answer.isEmpty ? item : "\(item)/\(answer)"
      guard let text = but[place] ?? .some(words) else { return }
      rows.append("\(item),\(answer),\"\(text)\"")
    }
    for item in instrument.items {
      add(item.id.text, "", "Question \(item.id)\(mark)?")
      for code in item.range.codes { add(item.id.text, code, "Words \(code) of \(item.id)\(mark)") }
    }
    return Array((rows.joined(separator: "\n") + "\n").utf8)
  }

  private static func loading(
    _ instrument: Instrument, language: String = "en", mark: String = "",
    but: [String: String?] = [:]
  ) -> TextLoading {
    TextLoading(
      instrument: instrument.id.text, language: language,
      file: file(instrument, mark: mark, but: but), reference: "Licence 7 of the owner",
      givenBy: "Owner of the scale", permittedOn: "2026-11-30")
  }

  private static func load(
    _ loading: TextLoading, in world: ReferenceTrial
  ) async throws -> Int {
    let builder = try await world.actor("study_builder")
    let preview = try await world.installation.tryText(loading, as: builder)
    return try await world.installation.loadText(loading, digest: preview.digest, as: builder)
  }

  @Test
  func
    `a participant reads the words that were loaded, and the labels where none are or they were taken back`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let quids = try Self.instrument(world, "QIDSSR16")
      let now = walk.instant(7)
      let office = world.installation.at(now)
      let link = try await walk.issue("UNS", at: now)
      let item = try FieldID(parsing: "q12")
      // The question, then the answers with words.
      @Sendable func words() async throws -> [String] {
        let open = try await office.questionnaire(link: link)
        guard let field = open.shown.field(item) else { return [] }
        guard case .code(let items) = field.type else { return [field.label] }
        return [field.label] + items.map { "\($0.code) \($0.label)" }
      }
      let label = try #require(quids.items.first { $0.id.text == "q12" }).label
      #expect(try await words() == [label])
      #expect(try await Self.load(Self.loading(quids), in: world) == 1)
      let first = ["Question q12?"] + (0...3).map { "\($0) Words \($0) of q12" }
      #expect(try await words() == first)
      #expect(try await Self.load(Self.loading(quids, mark: " B"), in: world) == 2)
      #expect(try await words().first == "Question q12 B?")
      // The version before again, then none: each is a version of its own.
      let builder = try await world.actor("study_builder")
      #expect(
        try await office.restoreText(of: "QIDSSR16", in: "en", version: 1, as: builder) == 3)
      #expect(try await words() == first)
      #expect(
        try await office.restoreText(of: "QIDSSR16", in: "en", version: 0, as: builder) == 4)
      #expect(try await words() == [label])
      // What is answered is stored as without the words.
      try await walk.hand(in: link, at: now)
      #expect(
        try world.direct().text(
          """
          select answers ->> 'q12' from outcome.entries
           where participant = '\(walk.key.text)' and form = 'QIDSU' and visit = 'UNS'
          """) == "1")
      let kept = try await office.instrumentTexts(as: builder).first { $0.instrument == quids }
      #expect(kept?.versions.map(\.restores) == [nil, nil, 1, 0])
      #expect(
        kept?.versions.allSatisfy {
          $0.permissionReference == "Licence 7 of the owner"
            && $0.permissionFrom == "Owner of the scale"
            && $0.permittedOn.description == "2026-11-30"
        } == true)
      let trail = try world.direct().lines(
        "select action from open.audit where object = 'text QIDSSR16/en' order by seq")
      #expect(
        trail == [
          "instrument text loaded", "instrument text loaded", "instrument text shown again",
          "instrument text taken back",
        ])
    }
  }

  @Test func `a rater reads the words in the language of the call, else those loaded first`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let madrs = try Self.instrument(world, "MADRS")
      // A number between two anchors has no words of its own.
      let anchors: [String: String?] = ["m01/1": "", "m01/3": "", "m01/5": ""]
      _ = try await Self.load(
        Self.loading(madrs, language: "de", mark: " DE", but: anchors), in: world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      func read() async throws -> Form {
        try await world.installation.at(now).rating(
          task.token, FormID(parsing: "MADRS"), as: rater
        ).shown
      }
      let m01 = try FieldID(parsing: "m01")
      #expect(try await read().field(m01)?.label == "Question m01 DE?")
      guard case .code(let items) = try await read().field(m01)?.type else {
        Issue.record("no words")
        return
      }
      #expect(items.map(\.label).map(\.isEmpty) == [false, true, false, true, false, true, false])
      _ = try await Self.load(Self.loading(madrs, mark: " EN"), in: world)
      #expect(try await read().field(m01)?.label == "Question m01 EN?")
    }
  }

  private static let faults: [(what: String, but: [String: String?], code: String)] = [
    ("an item is missing", ["m02": nil], "item_missing"),
    ("a wording is blank", ["m02": " "], "item_missing"),
    ("an answer is missing", ["m02/4": nil], "answer_missing"),
    ("an end of the scale has no words", ["m02/6": ""], "answer_missing"),
    ("a wording is too long", ["m02": String(repeating: "x", count: 2001)], "too_long"),
    ("an answer is too long", ["m02/0": String(repeating: "x", count: 501)], "too_long"),
    ("a hidden character stands in it", ["m02": "left\u{202E}right"], "control_characters"),
    ("a control character stands in it", ["m02/0": "bell\u{07}"], "control_characters"),
  ]

  @Test
  func `a text that does not fit its instrument, or has no permission, is refused in a sentence`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let builder = try await world.actor("study_builder")
      let office = world.installation
      let madrs = try Self.instrument(world, "MADRS")
      func codes(_ loading: TextLoading) async -> [String] {
        guard
          case .invalid(let faults)? = await refusal({
            _ = try await office.tryText(loading, as: builder)
          })
        else { return [] }
        #expect(faults.allSatisfy { $0.sentence.hasSuffix("Nothing was loaded.") })
        return faults.map(\.code)
      }
      for fault in Self.faults {
        #expect(
          await codes(Self.loading(madrs, but: fault.but)) == [fault.code], "\(fault.what)")
      }
      func changed(_ change: (inout TextLoading) -> Void) async -> [String] {
        var loading = Self.loading(madrs)
        change(&loading)
        return await codes(loading)
      }
      let rows = String(decoding: Self.file(madrs), as: UTF8.self)
      #expect(await changed { $0.file = Array((rows + "m99,,More\n").utf8) } == ["item_unknown"])
      #expect(
        await changed { $0.file = Array((rows + "m01,7,More\n").utf8) } == ["answer_unknown"])
      #expect(await changed { $0.file = Array((rows + "m01,6,More\n").utf8) } == ["stands_twice"])
      #expect(await changed { $0.file = Array("item,text\nm01,x\n".utf8) } == ["bad_table"])
      #expect(
        await changed { $0.file = Array(repeating: 0x61, count: 300_000) } == ["too_long"])
      #expect(await changed { $0.instrument = "NONE" } == ["unknown_instrument"])
      #expect(await changed { $0.instrument = "MOCA" } == ["subtotals_only"])
      #expect(await changed { $0.instrument = "HVLTR" } == ["subtotals_only"])
      #expect(await changed { $0.language = "English" } == ["bad_language"])
      #expect(await changed { $0.reference = " " } == ["no_reference"])
      #expect(await changed { $0.givenBy = "" } == ["no_giver"])
      #expect(await changed { $0.permittedOn = "last year" } == ["bad_date"])
      // The trial begins on 2027-01-04.
      #expect(await changed { $0.permittedOn = "2027-02-01" } == ["date_ahead"])
      #expect(await changed { $0.reference = String(repeating: "r", count: 201) } == ["too_long"])
      #expect(await changed { $0.givenBy = "Own\u{200B}er" } == ["control_characters"])
      #expect(await changed { _ in }.isEmpty)
      // Another file than the one that was tried, and the same text twice.
      let loading = Self.loading(madrs)
      #expect(
        await refusal { _ = try await office.loadText(loading, digest: "00", as: builder) }?.code
          == "other_file")
      #expect(try await Self.load(loading, in: world) == 1)
      #expect(await refusal { _ = try await Self.load(loading, in: world) } == .unchanged)
      #expect(
        await refusal {
          _ = try await office.restoreText(of: "MADRS", in: "en", version: 9, as: builder)
        }?.code == "invalid")
      #expect(
        await refusal {
          _ = try await office.restoreText(of: "MADRS", in: "en", version: 1, as: builder)
        }?.code == "not_from_this_state")
      // Who does not keep the study finds no such act.
      for role in ["coordinator", "sponsor_lead", "data_manager"] {
        let other = try await world.actor(
          role, at: role == "coordinator" ? ReferenceTrial.london : nil)
        #expect(
          await refusal { _ = try await office.tryText(loading, as: other) } == .notFound)
        #expect(
          await refusal { _ = try await office.instrumentTexts(as: other) } == .notFound)
      }
      // A text is never changed, and the record check knows it.
      for sql in [
        "update open.instrument_texts set content = '{}'", "delete from open.instrument_texts",
      ] {
        #expect(try world.direct().refusal(of: sql) != nil)
      }
    }
  }

  @Test func `no text leaves with a definition, and words that fit no more are not shown`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let gad = try Self.instrument(world, "GAD7")
      _ = try await Self.load(Self.loading(gad, mark: " SECRET"), in: world)
      let source = try world.direct().text("select source from sealed.definitions limit 1")
      #expect(!source.contains("SECRET"))
      // Of an instrument with an item more the labels are shown again.
      let form = try #require(world.definition.form(FormID(parsing: "GAD7")))
      let text = try JSONDecoder().decode(
        InstrumentText.self,
        from: Data(
          try world.direct().text("select content::text from open.instrument_texts").utf8))
      #expect(form.worded(text, of: gad).fields.contains { $0.label.contains("SECRET") })
      let longer = Instrument(
        id: gad.id, version: "2", title: gad.title, respondent: gad.respondent,
        licence: gad.licence,
        items: gad.items + [
          InstrumentItem(
            id: try FieldID(parsing: "g08"), label: "more", range: .numbers(0...3, step: 1))
        ], outputs: gad.outputs, statuses: gad.statuses, alerts: gad.alerts)
      #expect(form.worded(text, of: longer) == form)
      let empty = try Installation.textTemplate(of: gad)
      #expect(empty.contains("item,answer,text,label"))
      #expect(throws: ActRefusal.self) {
        try Installation.textTemplate(of: try Self.instrument(world, "MOCA"))
      }
    }
  }
}
