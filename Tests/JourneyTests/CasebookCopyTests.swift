import Conduct
import Datasets
import Store
import StudyModel
import Testing

/// The investigator keeps a copy of the data of the own site, with every change, whatever becomes of the trial.
@Suite(.serialized) struct CasebookCopyTests {
  @Test
  func
    `REQ-021: an investigator reads and copies all data and changes of the own site, after the lock too`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await LockTests.followed(world)
      let walk = walks[0]
      let changed = [
        "birth_year": "1974", "sex": "F", "edu_years": "15", "employ": "FT", "childbearing": "true",
      ]
      try await walk.save(
        "DM", "SCR", changed, expected: 1, reason: "counted again", at: walk.instant(40))
      func copy(_ now: UTCInstant, _ role: String = "investigator") async throws -> CasebookCopy {
        try await world.installation.at(now).copyCasebook(
          of: walk.key, as: try await world.actor(role, at: walk.way.site, now: now))
      }
      let before = try await copy(walk.instant(41))
      let lines = before.csv.split(separator: "\n").map(String.init)
      #expect(lines.count == before.rows + 1)
      func row(_ words: [String]) -> String? {
        lines.first { line in words.allSatisfy { line.contains($0) } }
      }
      // Who gave which answer when, what it was before, and why it is another one.
      #expect(row([",DM,", "entered", "edu_years", ",14,"]) != nil)
      #expect(row([",DM,", "changed", "edu_years", ",14,15,counted again"]) != nil)
      #expect(row([",ICF,", ",signed,"]) != nil && row([",ELIG,", ",signed,"]) != nil)
      // Every answer of every first version of class open that is stored is in it, and no other.
      let stored = try world.direct().lines(
        """
        select v.form from open.entry_versions v, jsonb_object_keys(v.answers) k
         where v.participant = '\(walk.key)' and v.version = 1
        """)
      let open = Set(stored)
      let entered = lines.map { $0.split(separator: ",").map(String.init) }.filter {
        open.contains($0[2]) && $0[5] == "1" && $0[9] == "entered"
      }
      #expect(entered.count == stored.count && stored.count > 50)
      // Within the blind: no rating, and nothing of another participant.
      #expect(!before.csv.contains("MADRS,") && !before.csv.contains(walks[1].key.text))
      try await LockTests.softLock(world)
      let locked = try await copy(LockTests.closing.advanced(bySeconds: 3600))
      #expect(locked.rows >= before.rows)
      #expect(
        lines.dropFirst().allSatisfy { line in
          locked.csv.contains(line.split(separator: ",").prefix(4).joined(separator: ","))
        })
      // Who is of another site, or reads no audit trail, gets none; each copy is on record, of who treats in
      // the class of treatment.
      #expect(walk.way.site == ReferenceTrial.london)
      let elsewhere = try await world.actor(
        "investigator", at: ReferenceTrial.berlin, now: walk.instant(41))
      #expect(
        await refusal {
          try await world.installation.at(walk.instant(41)).copyCasebook(
            of: walk.key, as: elsewhere)
        } == .notFound)
      let rater = try await world.actor(world.raters[0], now: walk.instant(41))
      #expect(
        await refusal {
          try await world.installation.at(walk.instant(41)).copyCasebook(of: walk.key, as: rater)
        } == .notFound)
      let record = "where action = 'casebook copied' and object = '\(walk.key)'"
      #expect(
        try world.direct().text("select count(*)::text from treatment.audit \(record)") == "2")
      #expect(try world.direct().text("select count(*)::text from open.audit \(record)") == "0")
      _ = try await copy(walk.instant(42), "coordinator")
      #expect(try world.direct().text("select count(*)::text from open.audit \(record)") == "1")
    }
  }

  @Test func `a spreadsheet takes no cell for a formula, and a program reads every value as it is`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(30)
      let formula = "=HYPERLINK(\"https://evil.example\",\"see here\")"
      var person = EntryReviewTests.person
      person["edu_years"] = "15"
      try await walk.save("DM", "SCR", person, expected: 1, reason: formula, at: now)
      let manager = try await world.actor("data_manager", now: now)
      let office = world.installation.at(now)
      let written = formula.replacing("\"", with: "\"\"")
      func expect(_ exact: String, _ spreadsheet: String) {
        #expect(exact.contains("\"\(written)\"") && !exact.contains("'="))
        #expect(spreadsheet.contains("\"'\(written)\"") && !spreadsheet.contains("\"="))
        #expect(spreadsheet.replacing("'=", with: "=") == "\u{FEFF}" + exact)
      }
      expect(
        try await office.copyCasebook(of: walk.key, as: manager).csv,
        try await office.copyCasebook(of: walk.key, for: .spreadsheet, as: manager).csv)
      func trail(_ form: AuditFileForm) async throws -> AuditFile {
        try await office.auditFile(of: .open, AuditFilter(), form: form, as: manager)
      }
      let (exact, safe) = (try await trail(.table), try await trail(.spreadsheet))
      #expect(safe.name == exact.name.replacing(".csv", with: "-spreadsheet.csv"))
      expect(
        String(decoding: exact.bytes, as: UTF8.self), String(decoding: safe.bytes, as: UTF8.self))
      #expect(safe.rows == exact.rows)
    }
  }
}

@Suite struct CSVTextTests {
  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1+1", "'-1+1"), ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t'=1"), ("\r=1", "\"'\r'=1\""), ("\n=1", "\"'\n'=1\""), ("-", "'-"),
    ("-1.", "'-1."),
    ("-5", "-5"), ("-0.25", "-0.25"), ("-5\n", "\"'-5\n\""), ("1=1", "1=1"), ("", ""),
    ("'=1", "'=1"),
    ("a,b", "\"a,b\""), ("x;=1;y", "x;'=1;y"), ("x; -y", "x; -y"), ("＝1", "'＝1"),
  ]) func `what would be worked out begins with an apostrophe`(
    _ cell: String, _ written: String
  ) {
    #expect(CSVText.table(["x"], [[cell]], for: .spreadsheet) == "\u{FEFF}x\n\(written)\n")
    #expect(!CSVText.table(["x"], [[cell]]).contains("'") || cell.contains("'"))
  }

  @Test func `a quotation mark is doubled whatever stands over it, so that no cell ends early`() {
    let cell = "x\"\u{301},=1"
    for (variant, begin) in [(CSVText.Variant.exact, ""), (.spreadsheet, "\u{FEFF}")] {
      #expect(
        CSVText.table(["x"], [[cell]], for: variant).utf8.elementsEqual(
          "\(begin)x\n\"x\"\"\u{301},=1\"\n".utf8))
    }
  }
}
