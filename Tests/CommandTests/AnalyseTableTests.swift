import Testing

@Suite struct AnalyseTableTests {
  private func analyse(
    _ rows: [String], _ further: String...
  ) async throws -> Program.Result {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.file("trial.csv", (["TRT,SEV,RESP"] + rows).joined(separator: "\n"))
    return try await Program.run(
      [
        "analyse", "csv", file, "--arm", "TRT", "--response", "RESP", "--experimental", "KAP",
        "--comparator", "ECT", "--margin", "-0.10",
      ] + further)
  }

  /// The counts of the example, with some rows of a third arm.
  private var rows: [String] {
    func rows(_ arm: String, _ responders: Int, _ total: Int) -> [String] {
      (0..<total).map { "\(arm),\($0 % 2 == 0 ? "SEV" : "MOD"),\($0 < responders ? 1 : 0)" }
    }
    return rows("KAP", 108, 195) + rows("KET", 3, 9) + rows("ECT", 70, 170)
  }

  @Test func `rows give what their counts give, in any order`() async throws {
    let result = try await analyse(rows)
    let reversed = try await analyse(rows.reversed())
    #expect(
      result.lines.contains(
        "difference 0.1421, 95 % interval 0.0392 to 0.2418 (Miettinen-Nurminen)"))
    #expect(result.output == reversed.output)
    #expect(result.status == 0)
  }

  @Test func `rows are stratified by a column`() async throws {
    let result = try await analyse(rows, "--stratify", "SEV")
    let counts = try await Program.run(
      "analyse", "counts", "--margin", "-0.10", "--stratum", "SEV:54/98:35/85", "--stratum",
      "MOD:54/97:35/85")
    #expect(result.output == counts.output)
  }

  @Test func `a missing response stops the analysis until somebody says how it counts`()
    async throws
  {
    let missing = rows + ["KAP,SEV,", "ECT,MOD,NA", "KET,MOD,"]
    let stopped = try await analyse(missing)
    #expect(stopped.errors.contains("2 participants of these arms without a response."))
    #expect(stopped.output == "")
    #expect(stopped.status == 1)
    let excluded = try await analyse(missing, "--missing", "excluded")
    #expect(excluded.output.contains("108 of 195"))
    #expect(excluded.lines.first == "2 participants without a response: excluded.")
    let counted = try await analyse(missing, "--missing", "nonresponse")
    #expect(counted.output.contains("108 of 196"))
    #expect(counted.output.contains("70 of 171"))
  }

  @Test func `a response that is neither text is told by its line and not by its value`()
    async throws
  {
    let result = try await analyse(["KAP,SEV,1", "ECT,SEV,secret"])
    #expect(result.errors.contains("Line 3 has a response that is neither text given."))
    #expect(!result.errors.contains("secret"))
    #expect(result.status == 1)
  }

  @Test func `a row of another length is told by its line`() async throws {
    let result = try await analyse(["KAP,SEV,1", "ECT,0"])
    #expect(result.errors.contains("Line 3 has another number of fields than the header."))
    #expect(result.status == 1)
  }

  @Test func `a column that is not there is told by its name`() async throws {
    let result = try await analyse(["KAP,SEV,1"], "--stratify", "SITE")
    #expect(result.errors.contains("The data file has no column SITE."))
    #expect(result.status == 1)
  }
}
