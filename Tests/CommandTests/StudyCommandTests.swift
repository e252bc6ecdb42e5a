import Foundation
import Testing

@Suite struct StudyCommandTests {
  static let trial = "Docs/ReferenceTrial/kap-ect.yaml"

  private func small() throws -> String {
    try String(
      contentsOf: URL(filePath: Files.oracle("studies/two-arm.yaml")), encoding: .utf8)
  }

  @Test func `the reference trial has no faults`() async throws {
    let result = try await Program.run("study", "check", Self.trial)
    #expect(result.output.hasPrefix("no faults: 3 arms, 37 visits, 69 forms, 20 instruments, "))
    #expect(result.status == 0)
  }

  @Test func `every fault is told with its line, column and sentence`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let text = try small().replacing("ratio: 2", with: "ratio: 0")
      .replacing("zone: Australia/Sydney", with: "zone: Mars/Olympus")
    let path = try scratch.file("broken.yaml", text)
    let result = try await Program.run("study", "check", path)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let ratio = try #require(lines.firstIndex { $0.contains("ratio: 0") }) + 1
    let zone = try #require(lines.firstIndex { $0.contains("Mars/Olympus") }) + 1
    #expect(result.lines.count == 3)
    #expect(
      result.lines.contains {
        $0.hasPrefix("\(path):\(ratio):")
          && $0.hasSuffix("“ratio” of an arm must be a whole number from 1 to 100.")
      })
    #expect(
      result.lines.contains {
        $0.hasPrefix("\(path):\(zone):")
          && $0.hasSuffix("“Mars/Olympus” is not a time zone such as Europe/Berlin.")
      })
    #expect(result.lines.last == "2 faults. Correct them and check again.")
    #expect(result.status == 1)
  }

  @Test
  func `a boundary that does not follow from the plan is told, and how error is spent refused`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let text = try String(contentsOf: Files.root.appending(path: Self.trial), encoding: .utf8)
    // Beside another fault, and each at its place.
    let changed = text.replacing("critical: 1.969", with: "critical: 1.960")
      .replacing("least_fall: 0.5", with: "least_fall: 5")
    let wrong = try scratch.file("wrong.yaml", changed)
    let lines = changed.split(separator: "\n", omittingEmptySubsequences: false)
    let fall = try #require(lines.firstIndex { $0.contains("least_fall: 5") }) + 1
    let critical = try #require(lines.firstIndex { $0.contains("critical: 1.960") }) + 1
    let stated = try await Program.run("study", "check", wrong)
    #expect(
      stated.lines == [
        "\(wrong):\(fall):15: “least_fall” of the primary endpoint is above 0 and at most 1.",
        "\(wrong):\(critical):60: “critical” at information 1 is stated as 1.96; by “spending” (obrien-fleming) it is 1.9686.",
        "2 faults. Correct them and check again.",
      ])
    #expect(stated.status == 1)
    let agreed = try scratch.file(
      "agreed.yaml", text.replacing("spending: obrien-fleming", with: "spending: as agreed"))
    let refused = try await Program.run("study", "check", agreed)
    let line =
      try #require(
        text.split(separator: "\n", omittingEmptySubsequences: false)
          .firstIndex { $0.contains("spending: obrien-fleming") }) + 1
    #expect(refused.lines.first?.hasPrefix("\(agreed):\(line):13: “as agreed” is no way") == true)
    #expect(refused.status == 1)
  }

  @Test func `a file that is no text is told in a sentence`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let path = try scratch.file("bytes.yaml", Data([0xFF, 0xFE, 0x00])).path
    let result = try await Program.run("study", "check", path)
    #expect(result.errors == "Error: The file \(path) is not UTF-8 text. Save it as UTF-8.\n")
    #expect(result.status == 1)
  }

  @Test func `a summary shows the plan, but no block size`() async throws {
    let result = try await Program.run("study", "show", Self.trial)
    #expect(result.lines.contains("planned participants  900"))
    #expect(result.lines.contains { $0.hasPrefix("F6") && $0.contains("day 209 (195 to 223)") })
    #expect(result.lines.contains { $0.hasPrefix("method") && $0.hasSuffix("permuted blocks") })
    #expect(result.status == 0)
  }

  @Test func `two versions are compared part by part`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let old = try scratch.file("old.yaml", try small())
    let later = try small().replacing("title: Dim light", with: "title: Dim lamp")
    let new = try scratch.file("new.yaml", later)
    let result = try await Program.run("study", "diff", old, new)
    #expect(
      result.output
        == """
        changed: arm DIM
        1 change

        Data already captured
        not touched

        Word by word
        arms / DIM
          - { code: DIM, title: Dim light, ratio: 1 }
          + { code: DIM, title: Dim lamp, ratio: 1 }

        """)
    #expect(result.status == 0)
    let same = try await Program.run("study", "diff", old, old)
    #expect(same.output == "no changes\n")
  }

  @Test func `a change that touches captured data is told`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let old = try scratch.file("old.yaml", try small())
    let new = try scratch.file(
      "new.yaml", try small().replacing("range: [1, 100]", with: "range: [1, 80]"))
    let result = try await Program.run("study", "diff", old, new)
    #expect(
      result.lines.contains("refused: Answers to per_day of START: only 1 to 80 is accepted."))
  }

  @Test func `a preview shows every form and visit, and requests nothing`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let path = try scratch.file("preview.html", "")
    let result = try await Program.run("study", "preview", Self.trial, "--output", path)
    #expect(result.status == 0)
    let page = try String(contentsOf: URL(filePath: path), encoding: .utf8)
    for id in ["ICF", "KDOSE", "ECTTX", "INTEG", "SAE", "PREF"] {
      #expect(page.contains("id=\"form-\(id)\""), "\(id)")
    }
    for words in ["2 to 5 days after K1", "An infusion does not start above 150 systolic"] {
      #expect(page.contains(words), "\(words)")
    }
    // Each question has the controls of capture: boxes, choices, and the reasons for no value.
    for control in [
      #"<input id="f-KDOSE.weight_today" type="text" name="KDOSE.weight_today""#,
      #"type="radio" name="KDOSE.go" value="DELAY""#,
      #"type="checkbox" name="KDOSE.person_present"#,
      #"name="VS.sbp.missing" value="ND""#, #"id="f-ICF.icf_dt-month""#,
    ] {
      #expect(page.contains(control), "\(control)")
    }
    #expect(!page.contains("<form") && !page.contains("<button"))
    let ids = page.matches(of: /id="([^"]+)"/).map(\.1)
    #expect(Set(ids).count == ids.count, "a label would name the box of another form")
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    let nowhere = try await Program.run(
      "study", "preview", Self.trial, "--output", path + "/missing/page.html")
    #expect(nowhere.status != 0 && nowhere.errors.contains("Name a file in a folder that exists."))
  }

  @Test func `the schema printed is the published one`() async throws {
    let result = try await Program.run("study", "schema")
    let published = try String(
      contentsOf: URL(filePath: "Docs/study-definition.schema.json"), encoding: .utf8)
    #expect(result.output == published)
  }

  @Test func `without a subcommand the help lists them`() async throws {
    let result = try await Program.run("study")
    for name in ["check", "show", "diff", "preview", "schema"] {
      #expect(result.output.contains("  \(name) "))
    }
  }
}

@Suite struct StudyExchangeCommandTests {
  private static let samples = "Tests/Oracles/exchange/"

  @Test func `a foreign study becomes a draft that passes the check`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let draft = scratch.folder.appending(path: "draft.yaml").path
    let result = try await Program.run(
      "study", "import", Self.samples + "redcap/project.xml", "--out", draft)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.lines.first == "read as redcap-xml")
    #expect(result.lines.contains { $0.hasPrefix("came over: 12 visits, 9 forms, ") })
    #expect(result.lines.contains { $0.hasPrefix("patient_document: an upload") })
    let check = try await Program.run("study", "check", draft)
    #expect(check.output.hasPrefix("no faults: 2 arms, 12 visits, 9 forms, "))
  }

  @Test func `a file that cannot be imported is refused with a sentence, and nothing is written`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let bomb = try scratch.file(
      "bomb.xml", "<!DOCTYPE z [<!ENTITY a \"aaaa\">]><ODM>&a;</ODM>")
    let draft = scratch.folder.appending(path: "draft.yaml").path
    let result = try await Program.run("study", "import", bomb, "--out", draft)
    #expect(result.status == 1)
    #expect(result.errors.contains("declares a document type (DOCTYPE)"))
    #expect(result.errors.hasSuffix("Nothing was written.\n"))
    #expect(!FileManager.default.fileExists(atPath: draft))
  }

  @Test(arguments: ["odm", "redcap-csv"])
  func `a definition goes out and comes in again`(_ format: String) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = scratch.folder.appending(path: "study.out").path
    let export = try await Program.run(
      "study", "export", StudyCommandTests.trial, "--format", format, "--out", file)
    #expect(export.status == 0, "\(export.errors)")
    #expect(export.lines.contains { $0.hasPrefix("roles: 27 roles") })
    let back = try await Program.run("study", "import", file, "--format", format)
    #expect(back.status == 0, "\(back.output)")
  }

  @Test func `a definition is not exported as what cannot be written`() async throws {
    let result = try await Program.run(
      "study", "export", StudyCommandTests.trial, "--format", "redcap-xml", "--out", "x")
    #expect(result.status == 64)
    #expect(result.errors.contains("A definition is exported as odm or as redcap-csv."))
  }
}
