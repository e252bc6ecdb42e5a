import Foundation
import PostgresTestServer
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Host

/// The commands that read a trial's database on the console: import of data, dry run of an amendment.
@Suite(.serialized) struct DataCommandTests {
  /// A folder with the key of the test's world, and the program with it.
  private struct Console {
    let world: ReferenceTrial
    let folder: KeyFolder

    init(_ world: ReferenceTrial) throws {
      self.world = world
      folder = try KeyFolder()
      try folder.file.make(KeyFolder.master)
      try world.direct().run("alter database \(world.database.name) owner to \(Login.owner)")
    }

    /// Writes a file beside the key.
    func file(_ name: String, _ text: String) throws -> String {
      let path = "\(folder.path)/\(name)"
      try Data(text.utf8).write(to: URL(filePath: path))
      return path
    }

    /// Runs the program against the world's database.
    func run(
      _ arguments: [String], typing: String = ReferenceTrial.password, withPlace: Bool = true
    ) async throws -> (status: Int32, output: String, errors: String) {
      let server = try JourneyServer.shared()
      let place = [
        "--database", "host=\(server.directory) port=5432 dbname=\(world.database.name)",
        "--state", folder.path,
      ]
      let process = Process()
      let tests = try #require(Bundle.main.executableURL)
      process.executableURL = tests.deletingLastPathComponent().appending(path: "equipoise")
      process.arguments = arguments + (withPlace ? place : [])
      let (typed, output, errors) = (
        try file("typed", typing + "\n"), try file("output", ""), try file("errors", "")
      )
      process.standardInput = FileHandle(forReadingAtPath: typed)
      process.standardOutput = FileHandle(forWritingAtPath: output)
      process.standardError = FileHandle(forWritingAtPath: errors)
      try process.run()
      while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
      return (
        process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8),
        try String(contentsOfFile: errors, encoding: .utf8)
      )
    }
  }

  private static func importing(_ files: [String], _ further: String...) -> [String] {
    ["data", "import"] + files
      + [
        "--trial", "kap-ect", "--as", "coordinator-101", "--role", "coordinator", "--site",
        ReferenceTrial.london,
      ] + further
  }

  private static func saved(_ world: ReferenceTrial) throws -> String {
    try world.direct().text(
      "select count(*)::text from open.entries where form in ('DM', 'VS')")
  }

  @Test func `data import tries, reports, refuses whole, and saves on request alone`() async throws
  {
    try JourneyServer.makeSafe()
    try await ReferenceTrial.run { world in
      let console = try Console(world)
      defer { console.folder.remove() }
      // The program has the clock of the machine.
      let now = SystemClock().now
      let consentedAt = now.advanced(bySeconds: -2 * 86_400)
      let key = try await DataImportTests.consent(world, "AB", at: consentedAt)
      let people = try console.file(
        "DM.csv", "\(DataImportTests.header)\n\(try DataImportTests.row(key, at: now))\n")
      func vitals(_ name: String, _ pressure: Int) throws -> String {
        let day = try Walk.date(now, ReferenceTrial.london)
        return try console.file(
          name, "participant,visit,vdate,done,sbp,dbp,hr\n\(key),SCR,\(day),Y,\(pressure),80,64\n")
      }
      let report = console.folder.path + "/report.csv"
      let refused = try await console.run(
        Self.importing([people, try vitals("VS.csv", 300)], "--save", "--report", report))
      #expect(refused.status == 1, "\(refused)")
      #expect(refused.output.contains("1 new, 0 changed, 0 same, 1 refused"))
      #expect(refused.output.contains("VS.csv row 2, \(key): refused. "))
      #expect(refused.output.contains("Nothing is saved: files are taken whole or not at all."))
      let rows = try String(contentsOfFile: report, encoding: .utf8).split(
        whereSeparator: \.isNewline)
      #expect(
        rows.count == 3 && rows[0] == "file,form,row,participant,visit,number,outcome,sentences")
      #expect(try Self.saved(world) == "0")

      let good = try vitals("VS-two.csv", 130)
      let tried = try await console.run(Self.importing([people, good]))
      #expect(tried.status == 0 && tried.output.contains("Nothing is saved. Repeat with --save."))
      #expect(try Self.saved(world) == "0")
      let done = try await console.run(Self.importing([people, good], "--save"))
      #expect(done.status == 0 && done.output.hasSuffix("Imported.\n"), "\(done)")
      #expect(try Self.saved(world) == "2")
      let again = try await console.run(Self.importing([good], "--save"))
      #expect(again.status == 1 && again.output.contains("The same file was imported"))
      #expect(try Self.saved(world) == "2")
    }
  }

  @Test func `data import answers wrong arguments in a sentence, and saves nothing`() async throws {
    try JourneyServer.makeSafe()
    try await ReferenceTrial.run { world in
      let console = try Console(world)
      defer { console.folder.remove() }
      let file = try console.file("march.csv", "participant,visit\n101-0001,SCR\n")
      for (arguments, typing, says) in [
        (Self.importing([file]), ReferenceTrial.password, "Name the form with --form"),
        (Self.importing([file], "--form", "no form"), "", "“no form” is no name of a form"),
        (Self.importing([file], "--form", "DM", "--visit", "?"), "", "“?” is no code of a visit"),
        (Self.importing([file], "--form", "KDOSE"), ReferenceTrial.password, "There is no such"),
        (Self.importing([file], "--form", "DM"), "another password", "password"),
        (Self.importing([file + ".not"], "--form", "DM"), ReferenceTrial.password, "march.csv.not"),
        (
          [
            "data", "import", file, "--trial", "kap-ect", "--as", "nobody", "--role", "coordinator",
          ],
          ReferenceTrial.password, "There is no account nobody."
        ),
        (
          [
            "data", "import", file, "--form", "DM", "--trial", "kap-ect", "--as", "coordinator-101",
            "--role", "data_manager",
          ], ReferenceTrial.password, "does not hold the role data_manager there"
        ),
        (["data", "import", "--trial", "kap-ect"], "", "Missing expected argument"),
      ] {
        let result = try await console.run(arguments, typing: typing)
        #expect(result.status != 0 && result.errors.contains(says), "\(arguments): \(result)")
      }
      #expect(try Self.saved(world) == "0")
    }
  }

  @Test func `study dry-run lists what a version would touch, and refuses what is none`()
    async throws
  {
    try JourneyServer.makeSafe()
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let console = try Console(world)
      defer { console.folder.remove() }
      let later = try console.file(
        "later.yaml",
        try StudyAmendment.source(
          "2.0",
          [
            (
              of: "type: integer, range: [0, 30], unit: years, required: true }",
              to: "type: integer, range: [0, 12], unit: years, required: true }"
            ),
            (
              of: "code: A1, title: Assessment 1, day: 8, window: [6, 10]",
              to: "code: A1, title: Assessment 1, day: 8, window: [5, 12]"
            ),
          ]))
      let table = console.folder.path + "/findings.csv"
      let run = try await console.run(
        ["study", "dry-run", later, "--trial", "kap-ect", "--csv", table])
      #expect(run.status == 0, "\(run)")
      #expect(
        run.output.contains(
          "visit A1: due on days 5 to 12, best on day 8, not on days 6 to 10, best on day 8; moves for 1 "
            + "not randomized, stays for 0 randomized."))
      #expect(run.output.contains("\(walk.key) SCR DM edu_years: value. "))
      #expect(run.output.contains("1 participants touched") && run.output.hasSuffix("changed.\n"))
      let lines = try String(contentsOfFile: table, encoding: .utf8).split(
        whereSeparator: \.isNewline)
      #expect(lines.contains { $0.hasPrefix("\(walk.key),101,A1,,1,,visit,") }, "\(lines)")
      #expect(try world.direct().text("select count(*)::text from sealed.definitions") == "1")
      let broken = try await console.run(
        ["study", "dry-run", try console.file("broken.yaml", "arms: ["), "--trial", "kap-ect"])
      #expect(broken.status != 0 && !broken.errors.isEmpty)
      let nowhere = try await console.run(["study", "dry-run", later, "--trial", "no-trial"])
      #expect(nowhere.status != 0 && !nowhere.errors.isEmpty)
    }
  }
}
