import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// Files of data: tried first, then saved whole or not at all, with their origin.
@Suite(.serialized) struct DataImportTests {
  static let header =
    "participant,visit,vdate,done,birth_year,sex,edu_years,employ,childbearing"
  static let now = ReferenceTrial.start.advanced(bySeconds: 2 * 86_400)

  static func file(
    _ rows: [String], header: String = header, name: String = "dm.csv", reason: String = "",
    mapping: String = "", form: String = "DM"
  ) throws -> DataFile {
    DataFile(
      name: name, bytes: Array(([header] + rows).joined(separator: "\n").utf8) + [0x0A],
      form: try FormID(parsing: form), mapping: mapping, reason: reason)
  }

  static func consent(
    _ world: ReferenceTrial, _ initials: String, site: String = ReferenceTrial.london,
    at: UTCInstant = ReferenceTrial.start.advanced(bySeconds: 3600)
  ) async throws -> ParticipantKey {
    let coordinator = try await world.actor("coordinator", at: site, now: at)
    return try await world.installation.at(at).consent(
      ConsentRequest(
        initials: initials, birthYear: 1974, sex: "F",
        consent: try Walk.answers([
          "icf_ver": "1.0", "icf_dt": at.description, "icf_copy": "true",
          "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
          "opt_remote": "true", "vdate": try Walk.date(at, site), "done": "Y",
        ])), as: coordinator)
  }

  static func row(
    _ key: ParticipantKey, born: String = "1974", schooling: String = "14", at: UTCInstant = now
  ) throws -> String {
    let day = try Walk.date(at, ReferenceTrial.london)
    return "\(key),SCR,\(day),Y,\(born),F,\(schooling),FT,true"
  }

  static func coordinator(_ world: ReferenceTrial) async throws -> Actor {
    try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
  }

  /// Tries files and confirms what was read.
  static func save(
    _ files: [DataFile], _ office: Installation, _ actor: Actor
  ) async throws {
    let tried = try await office.tryImport(files, as: actor)
    _ = try await office.importData(files, digest: tried.digest, as: actor)
  }

  static func entries(_ world: ReferenceTrial) throws -> String {
    try world.direct().text(
      """
      select count(*) || ' entries, ' || coalesce(sum(version), 0) || ' versions, '
             || (select count(*) from open.imports) || ' files, '
             || (select count(*) from open.import_rows) || ' rows'
        from open.entries where form = 'DM'
      """)
  }

  @Test func `REQ-015: a file is tried, saved whole, and each entry knows file, row and importer`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (one, two) = (
        try await Self.consent(world, "AB"), try await Self.consent(world, "CD")
      )
      let file = try Self.file([try Self.row(one), try Self.row(two, born: "1941")])
      let coordinator = try await Self.coordinator(world)
      let office = world.installation.at(Self.now)
      let tried = try await office.tryImport(file, as: coordinator)
      #expect(tried.rows.map(\.outcome) == [.new, .new] && tried.isAcceptable && !tried.isSaved)
      // Age at consent is above 75, and the year is not the one of the vault: accepted, and two data
      // queries are announced.
      #expect(tried.rows[0].sentences.isEmpty && tried.rows[1].sentences.count == 2)
      #expect(tried.rows[1].sentences.allSatisfy { $0.contains("EC-DM-0") })
      #expect(try Self.entries(world) == "0 entries, 0 versions, 0 files, 0 rows")
      let saved = try await office.importData(file, digest: tried.digest, as: coordinator)
      #expect(saved.isSaved)
      #expect(try Self.entries(world) == "2 entries, 2 versions, 1 files, 2 rows")
      let entry = try await office.entryFile(
        two, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), as: coordinator)
      #expect(entry.origins.map(\.line) == [3] && entry.origins.map(\.fileName) == ["dm.csv"])
      #expect(entry.origins.map(\.name) == [coordinator.fullName])
      #expect(entry.queries.map(\.rule).sorted() == ["EC-DM-01", "EC-DM-02"])
      #expect(entry.entry.isSubmitted)
      let audit = try world.direct().lines(
        "select reason from open.audit where action = 'imported' order by seq")
      #expect(
        audit == (2...3).map { "dm.csv, row \($0), SHA-256 \(Digests.sha256(of: file.bytes))" })
      // Whatever program asks, the database gives a file to no entry of another form.
      let made = try world.direct().text("select import::text from open.imports")
      #expect(
        try world.direct("eq_open", role: "coordinator", sites: ReferenceTrial.london).refusal(
          of: "select open.note_import_row('\(made)', 9, '\(one)', 'ICF', 'SCR', 1, 1)") == "EQ404")
      // The same bytes are known again, whatever they are called.
      var again = file
      again.name = "another name.csv"
      let known = try await office.tryImport(again, as: coordinator)
      #expect(known.known.contains("dm.csv") && !known.isAcceptable)
      #expect(
        await refusal {
          try await office.importData(again, digest: known.digest, as: coordinator)
        }?.code == "known_file")
    }
  }

  @Test func `one refused row keeps the whole file out, and every row says what becomes of it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let keys = [
        try await Self.consent(world, "AB"), try await Self.consent(world, "CD"),
        try await Self.consent(world, "EF"),
      ]
      let foreign = try await Self.consent(world, "GH", site: ReferenceTrial.berlin)
      let office = world.installation.at(Self.now)
      let coordinator = try await Self.coordinator(world)
      let first = try Self.file([try Self.row(keys[0]), try Self.row(keys[1])])
      _ = try await Self.save([first], office, coordinator)
      let before = try Self.entries(world)
      let mixed = try Self.file(
        [
          try Self.row(keys[0]), try Self.row(keys[1], schooling: "15"), try Self.row(keys[2]),
          try Self.row(keys[2]), try Self.row(foreign), "not a key,SCR,,,,,,,",
          try Self.row(keys[0]).replacing("SCR", with: "BL"),
        ], name: "mixed.csv", reason: "transcribed again")
      let tried = try await office.tryImport(mixed, as: coordinator)
      #expect(
        tried.rows.map(\.outcome) == [
          .same, .changed, .new, .refused, .refused, .refused, .refused,
        ], "\(tried.rows)")
      #expect(tried.rows.allSatisfy { ($0.outcome == .refused) == !$0.sentences.isEmpty })
      #expect(
        await refusal {
          try await office.importData(mixed, digest: tried.digest, as: coordinator)
        }?.code == "rows_refused")
      #expect(try Self.entries(world) == before)
      let unexplained = try Self.file([try Self.row(keys[1], schooling: "15")])
      let silent = try await office.tryImport(unexplained, as: coordinator)
      #expect(silent.rows.map(\.outcome) == [.refused])
      let explained = try Self.file(
        [try Self.row(keys[1], schooling: "15")], reason: "transcribed again")
      _ = try await Self.save([explained], office, coordinator)
      #expect(try Self.entries(world) == "2 entries, 3 versions, 2 files, 3 rows")
    }
  }

  @Test func `what follows from one row is not told of the next`() async throws {
    try await ReferenceTrial.run { world in
      let keys = [
        try await Self.consent(world, "AB"), try await Self.consent(world, "CD"),
        try await Self.consent(world, "EF"),
      ]
      let day = try Walk.date(Self.now, ReferenceTrial.london)
      // A deviation is drafted by the first report and the last, and by no rejected one.
      let rows = zip(keys, ["DRAFT", "REJECTED", "DRAFT"]).map { key, status in
        "\(key),UNS,1,MIN-DOC,\(day),\(day),MON,Page \(key) has no date.,\(status)"
      }
      let file = try Self.file(
        rows, header: "participant,visit,number,type,detected,occurred,how,desc,status", form: "DEV"
      )
      let office = world.installation.at(Self.now)
      let coordinator = try await Self.coordinator(world)
      let tried = try await office.tryImport(file, as: coordinator)
      #expect(tried.isAcceptable, "\(tried.rows)")
      _ = try await office.importData(file, digest: tried.digest, as: coordinator)
      #expect(
        try world.direct().lines(
          "select participant || ' ' || description from open.deviations order by participant")
          == [keys[0], keys[2]].map { "\($0) Page \($0) has no date." })
    }
  }

  @Test
  func `only what was tried is confirmed: a change of file, choice or entry asks for a new try`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (one, two) = (
        try await Self.consent(world, "AB"), try await Self.consent(world, "CD")
      )
      let coordinator = try await Self.coordinator(world)
      let office = world.installation.at(Self.now)
      try await Self.save([try Self.file([try Self.row(one)])], office, coordinator)
      let file = try Self.file(
        [try Self.row(one, schooling: "15"), try Self.row(two)], name: "both.csv",
        reason: "transcribed again", mapping: "edu_years = edu_years")
      let tried = try await office.tryImport(file, as: coordinator)
      #expect(tried.rows.map(\.outcome) == [.changed, .new] && tried.isAcceptable)
      func confirm(_ change: (inout DataFile) throws -> Void) async rethrows -> String? {
        var other = file
        try change(&other)
        let confirmed = other
        return await refusal {
          try await office.importData(confirmed, digest: tried.digest, as: coordinator)
        }?.code
      }
      // The bytes are the same; a column means nothing any more, or the reason is another one.
      #expect(await confirm { $0.mapping = "edu_years = -" } == "tried_otherwise")
      #expect(await confirm { $0.reason = "another one" } == "tried_otherwise")
      #expect(await confirm { $0.name = "another.csv" } == "tried_otherwise")
      #expect(
        await confirm {
          let text = String(decoding: $0.bytes, as: UTF8.self)
          $0.bytes = Array(text.replacing(",15,", with: ",17,").utf8)
        } == "tried_otherwise")
      // A visit told for the whole file in the place of its column.
      #expect(
        try await confirm {
          $0.mapping = "visit = -"
          $0.visit = try VisitCode(parsing: "SCR")
        } == "tried_otherwise")
      // Somebody corrects an entry of the file: the row still changes it, to the same answers.
      _ = try await office.saveEntry(
        one, FormID(parsing: "DM"), VisitCode(parsing: "SCR"),
        EntrySubmission(
          answers: try Walk.answers([
            "vdate": try Walk.date(Self.now, ReferenceTrial.london), "done": "Y",
            "birth_year": "1974", "sex": "F", "edu_years": "16", "employ": "FT",
            "childbearing": "true",
          ]), expectedVersion: 1, isFinal: true, reason: "read again"), as: coordinator)
      #expect(await confirm { _ in } == "tried_otherwise")
      #expect(try Self.entries(world) == "1 entries, 2 versions, 1 files, 1 rows")
      // Tried again it is confirmed.
      try await Self.save([file], office, coordinator)
      #expect(try Self.entries(world) == "2 entries, 4 versions, 2 files, 3 rows")
    }
  }

  @Test func `the digest of a try tells no value the importer may not know`() async throws {
    try await ReferenceTrial.run { world in
      let key = try await Self.consent(world, "AB")
      let coordinator = try await Self.coordinator(world)
      let office = world.installation.at(Self.now)
      let day = try Walk.date(Self.now, ReferenceTrial.london)
      // ELIG works out the rating of screening, which its writer may not know.
      let form = try #require(world.definition.form(FormID(parsing: "ELIG")))
      #expect(form.fields.contains { $0.isCalculated && $0.id.text == "madrs_scr" })
      let criteria = Walk(world: world, way: Way(), key: key).criteria()
      let names = criteria.keys.sorted()
      let file = try Self.file(
        ["\(key),SCR,\(day),Y," + names.compactMap { criteria[$0] }.joined(separator: ",")],
        header: "participant,visit,vdate,done," + names.joined(separator: ","), form: "ELIG")
      var digests: Set<String> = []
      for total in [25, 31] {
        try world.direct().run(
          """
          set session_replication_role = replica;
          insert into outcome.entries (trial_id, participant, site_key, form, visit, repeat, version, status,
            answers, definition, author, entered_at, submitted_at)
          values (\(world.trial.id), '\(key)', '101', 'MADRS', 'SCR', 1, 1, 'submitted',
            '{"total": "\(total)"}', '1.0', 1, now(), now())
          on conflict (trial_id, participant, form, visit, repeat) do update set answers = excluded.answers
          """)
        let tried = try await office.tryImport(file, as: coordinator)
        #expect(tried.rows.map(\.outcome) == [.new], "\(tried.rows)")
        digests.insert(tried.digest)
      }
      #expect(digests.count == 1)
    }
  }

  @Test func `a save that fails in the middle leaves nothing of the file`() async throws {
    try await ReferenceTrial.run { world in
      let (one, two) = (
        try await Self.consent(world, "AB"), try await Self.consent(world, "CD")
      )
      let file = try Self.file([try Self.row(one), try Self.row(two)])
      try world.direct().run(
        """
        create function public.fail() returns trigger language plpgsql as $$
        begin raise exception using errcode = 'EQ412'; end $$;
        create trigger fail before insert on open.entries for each row
          when (new.participant = '\(two)') execute function public.fail();
        """)
      let coordinator = try await Self.coordinator(world)
      let office = world.installation.at(Self.now)
      #expect(await refusal { try await Self.save([file], office, coordinator) } == .stale)
      #expect(try Self.entries(world) == "0 entries, 0 versions, 0 files, 0 rows")
    }
  }

  @Test func `columns called otherwise are mapped, and a column without a meaning is refused`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let key = try await Self.consent(world, "AB")
      let header = "ID,visit,vdate,done,year,sex,edu_years,employ,childbearing,remark"
      let rows = [try Self.row(key) + ",nothing"]
      let coordinator = try await Self.coordinator(world)
      let office = world.installation.at(Self.now)
      let unmapped = await refusal {
        try await office.tryImport(try Self.file(rows, header: header), as: coordinator)
      }
      #expect(fields(of: unmapped) == ["mapping", "mapping", "mapping", "mapping"])
      let mapped = try await office.tryImport(
        try Self.file(
          rows, header: header, mapping: "ID = participant\nyear = birth_year\nremark = -"),
        as: coordinator)
      #expect(mapped.rows.map(\.outcome) == [.new])
    }
  }

  @Test func `REQ-020: who may not write a form cannot import it, whatever its class`() async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation.at(Self.now)
      let coordinator = try await Self.coordinator(world)
      let forms = office.importableForms(as: coordinator).map(\.dataClass)
      #expect(Set(forms) == [.open])
      for form in coordinator.definition.forms where form.dataClass > .open {
        let file = try Self.file([], form: form.id.text)
        let refused = await refusal { try await office.tryImport(file, as: coordinator) }
        // What the coordinator enters, and reads the own entries of only, is refused with its reason.
        if coordinator.writes(form) {
          guard case .invalid(let faults)? = refused else {
            Issue.record("\(form.id): \(String(describing: refused))")
            continue
          }
          #expect(faults.map(\.code) == ["own_entries_only"], "\(form.id)")
        } else {
          #expect(refused == .notFound, "\(form.id)")
        }
      }
      let own = coordinator.definition.forms.first { $0.id.text == "CSSRSS" }
      #expect(own.map { coordinator.writes($0) } == true)
      // Who hands a form in and reads none again is told so.
      let assessor = try await world.actor(
        "cog_assessor", at: ReferenceTrial.london, now: Self.now)
      let handedIn = assessor.definition.forms.filter {
        assessor.writes($0) && assessor.handsIn($0)
      }
      #expect(handedIn.map(\.id.text) == ["RBRC"])
      for form in handedIn {
        let file = try Self.file([], form: form.id.text)
        let refused = await refusal { try await office.tryImport(file, as: assessor) }
        guard case .invalid(let faults)? = refused else {
          Issue.record("\(form.id): \(String(describing: refused))")
          continue
        }
        #expect(faults.map(\.code) == ["handed_in_once"])
      }
      let manager = try await world.actor("data_manager", now: Self.now)
      #expect(
        await refusal { try await office.tryImport(try Self.file([]), as: manager) } == .notFound)
      for login in ["eq_open", "eq_outcome"] {
        #expect(try world.direct(login).refusal(of: "select 1 from treatment.imports") == "42501")
      }
    }
  }
}
