import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// Forms about a site: imported like any other, and exported as datasets of their own.
@Suite(.serialized) struct SiteExportTests {
  private static let header = "site,number,kit,lot,expiry,received,witness"

  private static func file(_ rows: [String], header: String = header) throws -> DataFile {
    DataFile(
      name: "ACCT-boxes.csv",
      bytes: Array(([header] + rows).joined(separator: "\n").utf8) + [0x0A],
      form: try FormID(parsing: "ACCT"))
  }

  @Test
  func `REQ-015: a file of kits is tried, saved whole or not at all, and each kit knows its row`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let now = ReferenceTrial.start.advanced(bySeconds: 4 * 86_400)
      let office = world.installation.at(now)
      let (site, form) = (try SiteKey(parsing: ReferenceTrial.london), try FormID(parsing: "ACCT"))
      let pharmacist = try await world.actor("pharmacist", at: site.text, now: now)
      let nurse = try await world.actor("ketamine_nurse", at: site.text, now: now)
      let coordinator = try await world.actor("coordinator", at: site.text, now: now)
      #expect(office.importableForm(namedBy: "ACCT-boxes.csv", as: pharmacist) == form)
      #expect(office.importableForm(namedBy: "ACCT-boxes.csv", as: coordinator) == nil)
      // Of which a role reads own entries only, a number chosen in a file would tell.
      #expect(office.importableForm(namedBy: "SAEIN.csv", as: coordinator) == nil)
      #expect(office.importableForm(namedBy: "DEVT.csv", as: nurse) == nil)
      func row(_ kit: Int, site key: String = "101", by witness: String? = nil) -> String {
        "\(key),\(kit),K-\(kit),L-1,2027-12-31,2027-01-04,\(witness ?? nurse.username)"
      }
      let mixed = try Self.file([
        row(1), row(2, site: ReferenceTrial.berlin), row(3, by: pharmacist.username),
        row(4, site: "London"), row(1),
      ])
      let tried = try await office.tryImport(mixed, as: pharmacist)
      #expect(tried.rows.map(\.outcome) == [.new, .refused, .refused, .refused, .refused])
      #expect(tried.rows.map(\.participant) == ["101", "103", "101", "", "101"])
      #expect(tried.rows.allSatisfy { $0.visit == "SITE" })
      #expect(tried.rows[2].sentences.contains { $0.contains("counted by two people") })
      #expect(tried.rows[3].sentences == ["The site is no key such as 104."])
      #expect(tried.rows[4].sentences == ["Another row is the same entry."])
      #expect(
        await refusal {
          try await office.importData(mixed, digest: tried.digest, as: pharmacist)
        }?.code == "rows_refused")
      func count() throws -> String {
        try world.direct().text(
          "select count(*)::text || ' ' || (select count(*) from treatment.import_rows) from treatment.entries where form = 'ACCT'"
        )
      }
      #expect(try count() == "0 0")
      for (columns, sentence) in [
        ("number,kit,lot,expiry,received,witness", "No column is the site."),
        ("participant," + Self.header, "The column “participant” is no field of ACCT."),
        ("visit," + Self.header, "The column “visit” is no field of ACCT."),
      ] {
        let refused = await refusal {
          try await office.tryImport(try Self.file([row(1)], header: columns), as: pharmacist)
        }
        guard case .invalid(let faults) = refused else {
          Issue.record("\(columns): \(String(describing: refused))")
          continue
        }
        #expect(faults.contains { $0.sentence.hasPrefix(sentence) }, "\(faults)")
      }
      var right = try Self.file([row(1), row(2), row(3)])
      // A visit said of all files of an import is not about this one.
      right.visit = try VisitCode(parsing: "SCR")
      let saved = try await office.importData(
        right, digest: try await office.tryImport(right, as: pharmacist).digest, as: pharmacist)
      #expect(saved.isSaved && saved.count(.new) == 3)
      #expect(try count() == "3 3")
      let entry = try await office.entryFile(site, form, .site, number: 2, as: pharmacist)
      #expect(
        entry.origins.map(\.line) == [3] && entry.origins.map(\.fileName) == ["ACCT-boxes.csv"])
      #expect(entry.entry.isSubmitted)
      #expect(try await office.stock(of: form, at: site, as: pharmacist).usable == 3)
      #expect(
        try await office.tryImport(right, as: pharmacist).rows.map(\.outcome)
          == [.same, .same, .same])
    }
  }

  // MARK: Export

  private static func text(_ bundle: DatasetBundle, _ path: String) -> String? {
    bundle.files.first { $0.path == path }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// Runs a program of the system; gives its status and what it said.
  private static func run(
    _ program: String, _ arguments: [String], in folder: URL
  ) throws -> (status: Int32, said: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said)
  }

  @Test
  func
    `kits are exported by site beside the arms, described and in ODM, in a bundle proven whole (REQ-016, REQ-022)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 1)
      let now = ReferenceTrial.start.advanced(bySeconds: 50 * 86_400)
      let office = world.installation.at(now)
      let (site, form) = (try SiteKey(parsing: ReferenceTrial.london), try FormID(parsing: "ACCT"))
      let pharmacist = try await world.actor("pharmacist", at: site.text, now: now)
      let nurse = try await world.actor("ketamine_nurse", at: site.text, now: now)
      for kit in ["K-9&<1>", "K-2"] {
        var answers = try Walk.answers([
          "kit": kit, "lot": "L \"1\"", "expiry": "2027-12-31", "received": "2027-01-04",
          "witness": nurse.username,
        ])
        if kit == "K-2" {
          answers[try FieldID(parsing: "wasted")] = .missing(.notDone, reason: "not weighed")
        }
        _ = try await office.saveEntry(
          site, form, .site, number: 0,
          EntrySubmission(answers: answers, expectedVersion: 0, isFinal: true), as: pharmacist)
      }
      try await LockTests.softLock(world)
      try await LockTests.hardLock(world)
      let closing = world.installation.at(LockTests.closing)
      let statistician = try await world.actor("statistician", now: LockTests.closing)
      let before = try await closing.exportBlinded(as: statistician)
      for file in before.files {
        let text = String(decoding: file.bytes, as: UTF8.self)
        #expect(!file.path.contains("sites") && !file.path.contains("ACCT"), "\(file.path)")
        #expect(!text.contains("ACCT") && !text.contains("K-9&"), "\(file.path)")
      }
      _ = try await LockTests.unblind(world)
      let after = try await closing.exportUnblinded(as: statistician)
      let table = try #require(Self.text(after, "unblinded/sites/ACCT.csv"))
        .split(separator: "\n").map(String.init)
      #expect(table.count == 3)
      #expect(
        table[0].hasPrefix(
          "STUDYID,SITEID,SEQ,VERSION,STATUS,kit,kit__why,lot,lot__why,expiry,expiry__why,"))
      #expect(
        table[1]
          == "KAPECT-01,101,1,1,submitted,K-9&<1>,,\"L \"\"1\"\"\",,2027-12-31,,2027-01-04,,,,,,,,,,person-1,"
      )
      #expect(table[2].contains(",,,,ND,") && table[2].hasSuffix(",person-1,"))
      // Who counted stands under a number, in no file by account or name.
      for file in after.files where file.path.contains("sites") {
        let text = String(decoding: file.bytes, as: UTF8.self)
        for person in [pharmacist, nurse] {
          #expect(!text.contains(person.username) && !text.contains(person.fullName))
        }
      }
      let described = try #require(Self.text(after, "unblinded/codebook/sites.csv"))
        .split(separator: "\n").map(String.init)
      let columns = table[0].split(separator: ",").filter { !$0.hasSuffix("__why") }
      #expect(
        described.dropFirst().map { $0.split(separator: ",")[1] } == columns)
      #expect(described.contains { $0.hasPrefix("ACCT,wasted,Wasted,decimal,,mg,") })
      // Unblinding adds and changes nothing.
      for file in before.files {
        #expect(after.files.first { $0.path == file.path }?.bytes == file.bytes, "\(file.path)")
      }

      let folder = FileManager.default.temporaryDirectory
        .appending(path: "equipoise-sites-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: folder) }
      for file in after.files {
        let url = folder.appending(path: file.path)
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.bytes).write(to: url)
      }
      let tests = try #require(Bundle.main.executableURL)
      let root = try #require(
        sequence(first: tests, next: { $0.deletingLastPathComponent() }).prefix(20).first {
          FileManager.default.fileExists(atPath: $0.appending(path: "Package.swift").path)
        })
      let odm = try Self.run(
        "/usr/bin/xmllint",
        [
          "--nonet", "--noout", "--schema",
          root.appending(path: "Tests/Oracles/exchange/schema/ODM1-3-2.xsd").path,
          "unblinded/odm/sites.xml",
        ], in: folder)
      #expect(odm.status == 0, "\(odm.said.prefix(2000))")
      let document = try #require(Self.text(after, "unblinded/odm/sites.xml"))
      #expect(document.contains("ItemGroupRepeatKey=\"101-1\""))
      #expect(document.contains("Value=\"K-9&amp;&lt;1&gt;\""))
      #expect(document.contains("IsNull=\"Yes\"><Annotation SeqNum=\"1\"><Flag>"))
      #expect(document.components(separatedBy: "<ItemGroupData ").count == 3)
      // Each layer is whole, signed, and its allocation is proven by both verifiers.
      for layer in [folder, folder.appending(path: "unblinded")] {
        let sums = try Self.run(
          "/usr/bin/sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], in: layer)
        #expect(sums.status == 0, "\(sums.said)")
        let signed = try Self.run(
          "/usr/bin/openssl",
          [
            "pkeyutl", "-verify", "-pubin", "-inkey", "signing-key.pem", "-rawin", "-in",
            "SHA256SUMS", "-sigfile", "SHA256SUMS.ed25519",
          ], in: layer)
        #expect(signed.status == 0, "\(signed.said)")
      }
      let bundle = "unblinded/randomization/bundle.json"
      let ours = try Self.run(
        tests.deletingLastPathComponent().appending(path: "equipoise").path, ["verify", bundle],
        in: folder)
      let theirs = try Self.run(
        "/usr/bin/env",
        ["python3", root.appending(path: "Docs/Methods/verify.py").path, bundle], in: folder)
      #expect(ours.status == 0 && theirs.status == 0, "\(ours.said) \(theirs.said)")
      #expect(ours.said.split(separator: "\n").first == theirs.said.split(separator: "\n").first)
      // A value that is changed is found.
      let kits = folder.appending(path: "unblinded/sites/ACCT.csv")
      try Data(String(contentsOf: kits, encoding: .utf8).replacing("K-2", with: "K-3").utf8)
        .write(to: kits)
      #expect(
        try Self.run(
          "/usr/bin/sha256sum", ["--check", "--quiet", "SHA256SUMS"],
          in: folder.appending(path: "unblinded")
        ).status != 0)
    }
  }
}
