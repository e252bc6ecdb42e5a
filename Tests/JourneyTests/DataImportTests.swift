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

  private static func file(
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

  private static func coordinator(_ world: ReferenceTrial) async throws -> Actor {
    try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
  }

  /// Tries files and confirms what was read.
  private static func save(
    _ files: [DataFile], _ office: Installation, _ actor: Actor
  ) async throws {
    let tried = try await office.tryImport(files, as: actor)
    _ = try await office.importData(files, digest: tried.digest, as: actor)
  }

  private static func entries(_ world: ReferenceTrial) throws -> String {
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

  @Test func `several files of several forms are one import, all or nothing over the whole`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (one, two) = (
        try await Self.consent(world, "AB"), try await Self.consent(world, "CD")
      )
      let coordinator = try await Self.coordinator(world)
      let office = world.installation.at(Self.now)
      let day = try Walk.date(Self.now, ReferenceTrial.london)
      func vitals(_ pressure: Int) throws -> DataFile {
        try Self.file(
          [one, two].map { "\($0),SCR,\(day),Y,\(pressure),80,64" },
          header: "participant,visit,vdate,done,sbp,dbp,hr", name: "VS-march.csv", form: "VS")
      }
      let people = try Self.file(
        [try Self.row(one), try Self.row(two)], name: "DM-march.csv",
        mapping: "sex = sex\nhr = hr")
      // The name of a file tells its form, where it begins with one.
      #expect(office.importableForm(namedBy: "VS-march.csv", as: coordinator)?.text == "VS")
      #expect(office.importableForm(namedBy: "VSX.csv", as: coordinator) == nil)
      #expect(office.importableForm(namedBy: "KDOSE.csv", as: coordinator) == nil)

      let broken = [people, try vitals(300)]
      let tried = try await office.tryImport(broken, as: coordinator)
      #expect(tried.rows.map(\.outcome) == [.new, .new, .refused, .refused])
      #expect(tried.rows.map(\.form) == ["DM", "DM", "VS", "VS"])
      #expect(
        await refusal {
          try await office.importData(broken, digest: tried.digest, as: coordinator)
        }?.code == "rows_refused")
      let plain = try Self.file([try Self.row(one), try Self.row(two)], name: "DM-april.csv")
      let twice = try await office.tryImport([plain, plain], as: coordinator)
      #expect(twice.rows.map(\.outcome) == [.new, .new, .refused, .refused])
      #expect(try Self.entries(world) == "0 entries, 0 versions, 0 files, 0 rows")

      // A fault of the last row of the last file undoes the first file too.
      let files = [people, try vitals(120)]
      try world.direct().run(
        """
        create function public.fail() returns trigger language plpgsql as $$
        begin raise exception using errcode = 'EQ412'; end $$;
        create trigger fail before insert on open.entries for each row
          when (new.participant = '\(two)' and new.form = 'VS') execute function public.fail();
        """)
      #expect(await refusal { try await Self.save(files, office, coordinator) } == .stale)
      #expect(try Self.entries(world) == "0 entries, 0 versions, 0 files, 0 rows")
      try world.direct().run("drop trigger fail on open.entries")
      let reversed = try await office.tryImport(files.reversed(), as: coordinator)
      #expect(
        await refusal {
          try await office.importData(files, digest: reversed.digest, as: coordinator)
        }?.code == "tried_otherwise")
      try await Self.save(files, office, coordinator)
      #expect(try Self.entries(world) == "2 entries, 2 versions, 2 files, 4 rows")
      #expect(
        try world.direct().lines(
          "select form || ' ' || count(*) from open.import_rows group by form order by form")
          == ["DM 2", "VS 2"])
      let known = try await office.tryImport([try vitals(120)], as: coordinator)
      #expect(known.known.contains("VS-march.csv"))
    }
  }

  @Test
  func `rows of one import are checked beside each other, whichever file and line they stand in`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (one, two) = (
        try await Self.consent(world, "AB"), try await Self.consent(world, "CD")
      )
      let coordinator = try await Self.coordinator(world)
      let office = world.installation.at(Self.now)
      let day = try Walk.date(Self.now, ReferenceTrial.london)
      let header =
        "participant,visit,vdate,done,onset_age,n_episodes,ep_weeks,n_failed_ep,n_failed_life,prior_ect,prior_ket,n_hosp,n_attempt,melancholic,anx_distress"
      func history(_ key: ParticipantKey, onset: Int) -> String {
        "\(key),SCR,\(day),Y,\(onset),2,10,2,3,N,false,0,0,false,false"
      }
      let people = try Self.file(
        [try Self.row(one), try Self.row(two)], name: "DM.csv")
      // Who was born in 1974 is 53: an onset at 60 contradicts a row of the other file.
      let histories = try Self.file(
        [history(one, onset: 60), history(two, onset: 20)], header: header, name: "PSYHX.csv",
        form: "PSYHX")
      for files in [[people, histories], [histories, people]] {
        let tried = try await office.tryImport(files, as: coordinator)
        let refused = tried.rows.filter { $0.outcome == .refused }
        #expect(refused.map(\.participant) == [one.text], "\(tried.rows)")
        #expect(refused.map(\.sentences) == [["Onset lies after the present age."]])
      }
      // By itself nothing contradicts it: the age is not known yet.
      let alone = try await office.tryImport(histories, as: coordinator)
      #expect(alone.rows.map(\.outcome) == [.new, .new])
      // What a row changes stands for what is stored.
      _ = try await Self.save([people], office, coordinator)
      let corrected = try Self.file(
        [try Self.row(one, born: "1956")], name: "DM2.csv", reason: "read again")
      let both = try await office.tryImport([histories, corrected], as: coordinator)
      #expect(both.isAcceptable, "\(both.rows)")
      let still = try await office.tryImport(histories, as: coordinator)
      #expect(still.count(.refused) == 1)
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

  @Test(arguments: [
    ("\u{FEFF}participant,visit\n101-0001,SCR,1\n", "Row 2"),
    ("participant,visit\n\"101-0001,SCR\n", "never closed"),
    ("participant,visit\n\"101-0001\"x,SCR\n", "closing quote"),
    ("participant,visit\r101-0001,SCR\r101-0002,SCR\r", "carriage return alone"),
    ("participant,visit\n101-0001,SCR\r101-0002,SCR\n", "carriage return alone"),
    ("", "empty"),
    ("participant,visit\n", "no row"),
    ("participant,visit,visit\n101-0001,SCR,BL\n", "Two columns"),
  ])
  func `a broken table gets a sentence that names the place`(_ text: String, says: String)
    async throws
  {
    try await Self.expectRefused(Array(text.utf8), says)
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x70, 0x00], "UTF-16"),
      (Array("participant,visit\nM\u{FC}ller".utf8.dropLast(5)) + [0xFC, 0x0A], "Row 2"),
      (Array("participant\n".utf8) + [0x00], "Row 2"),
    ] as [([UInt8], String)])
  func `bytes that are no UTF-8 get a sentence`(_ bytes: [UInt8], says: String) async throws {
    try await Self.expectRefused(bytes, says)
  }

  @Test func `a file of a hundred megabytes and a cell of one are refused with a sentence`()
    async throws
  {
    try await Self.expectRefused(
      Array("participant,visit\n".utf8) + Array(repeating: 0x41, count: 100 << 20), "larger than")
    try await ReferenceTrial.run { world in
      let key = try await Self.consent(world, "AB")
      let huge = try Self.row(key).replacing("1974", with: String(repeating: "9", count: 1 << 20))
      let tried = try await world.installation.at(Self.now).tryImport(
        try Self.file([huge]), as: try await Self.coordinator(world))
      #expect(tried.rows.map(\.outcome) == [.refused])
    }
  }

  private static func expectRefused(_ bytes: [UInt8], _ says: String) async throws {
    try await ReferenceTrial.run { world in
      let file = DataFile(name: "broken.csv", bytes: bytes, form: try FormID(parsing: "DM"))
      let found = await refusal {
        try await world.installation.at(now).tryImport(file, as: try await coordinator(world))
      }
      guard case .invalid(let faults)? = found else {
        Issue.record("\(String(describing: found))")
        return
      }
      #expect(faults.contains { $0.sentence.contains(says) }, "\(faults)")
      #expect(faults.allSatisfy { $0.sentence.contains("Nothing was imported.") })
    }
  }
}
