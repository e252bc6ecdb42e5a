import Testing

@Suite struct AnalyseCommandTests {
  private func counts(_ further: String...) async throws -> Program.Result {
    try await Program.run(
      ["analyse", "counts", "--experimental", "108/195", "--comparator", "70/170"] + further)
  }

  /// Reference case of Oracles/statistics/a-two-proportions.json with these counts.
  @Test func `noninferiority is told in a sentence with difference, interval and test`()
    async throws
  {
    let result = try await counts("--margin", "-0.10")
    #expect(result.status == 0)
    #expect(
      result.lines.first
        == "Experimental arm was noninferior to comparator: difference +14.2 points, "
        + "95 % interval 3.9 to 24.2, margin −10.")
    #expect(
      result.lines.contains(
        "difference 0.1421, 95 % interval 0.0392 to 0.2418 (Miettinen-Nurminen)"))
    #expect(result.output.contains("test at −0.1: z = 4.6311, one-sided p < 0.0001"))
    #expect(
      result.output.contains("tested against the null hypothesis that the difference"))
  }

  @Test func `names and level are those asked for`() async throws {
    let result = try await counts(
      "--margin=-0.10", "--level", "0.9", "--experimental-name", "KAP", "--comparator-name", "ECT")
    #expect(result.lines.first?.hasPrefix("KAP was noninferior to ECT: ") == true)
    #expect(result.output.contains("90 % interval"))
  }

  @Test func `with the arms exchanged noninferiority is not shown`() async throws {
    let result = try await Program.run(
      "analyse", "counts", "--experimental", "70/170", "--comparator", "108/195", "--margin",
      "-0.10")
    #expect(
      result.lines.first
        == "Not shown: Experimental arm noninferior to comparator. The 95 % interval −24.2 to −3.9 "
        + "includes the margin −10.")
    #expect(
      result.output.contains("difference −0.1421, 95 % interval −0.2418 to −0.0392"))
    #expect(result.status == 0)
  }

  @Test(arguments: [
    ("0.10", "--higher-is-better", "the margin must be negative"),
    ("-0.10", "--lower-is-better", "the margin must be positive"),
    ("0", "--higher-is-better", "A margin of zero is not a noninferiority margin."),
    ("-0", "--lower-is-better", "A margin of zero is not a noninferiority margin."),
    ("-1.5", "--higher-is-better", "A difference of proportions lies above −1"),
    ("nan", "--higher-is-better", "Write a plain number"),
    ("ten", "--higher-is-better", "Write a plain number"),
  ])
  func `a margin that cannot be one is refused with the reason`(
    margin: String, direction: String, reason: String
  ) async throws {
    let result = try await counts(direction, "--margin", margin)
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.output == "")
    #expect(result.status == 64)
  }

  @Test func `where lower is better a positive margin is tested from above`() async throws {
    let result = try await Program.run(
      "analyse", "counts", "--experimental", "70/170", "--comparator", "108/195",
      "--lower-is-better", "--margin", "0.10")
    #expect(result.lines.first?.hasPrefix("Experimental arm was noninferior") == true)
    #expect(result.output.contains("z = 4.6311"))
  }

  @Test func `a claim is stated, and one only`() async throws {
    let none = try await counts()
    #expect(none.errors.contains("State what is claimed"))
    #expect(none.status == 64)
    let both = try await counts("--superiority", "--margin", "-0.1")
    #expect(both.errors.contains("A superiority test has no margin."))
    #expect(both.status == 64)
    let superiority = try await counts("--superiority")
    #expect(superiority.lines.first?.contains("was superior to") == true)
  }

  @Test(arguments: ["108", "108/", "196/195", "-1/195", "1.5/2", "108/195/2", "9e9/9e9"])
  func `counts that are none are refused with an example`(counts: String) async throws {
    let result = try await Program.run(
      "analyse", "counts", "--experimental=\(counts)", "--comparator", "70/170", "--margin",
      "-0.10")
    #expect(result.errors.contains("for example 108/195"), "\(result.errors)")
    #expect(result.status == 64)
  }

  @Test func `an arm without participants is refused`() async throws {
    let result = try await Program.run(
      "analyse", "counts", "--experimental", "0/0", "--comparator", "70/170", "--margin", "-0.1")
    #expect(result.errors.contains("No stratum holds participants of both arms."))
    #expect(result.status == 64)
  }

  @Test(arguments: ["0.5", "1", "95"])
  func `a level that is none is refused`(level: String) async throws {
    let result = try await counts("--margin", "-0.1", "--level", level)
    #expect(result.errors.contains("The confidence level must lie between 0.5 and 1"))
    #expect(result.status == 64)
  }

  @Test func `strata are combined, and one with an empty arm is dropped and named`()
    async throws
  {
    let kept = ["--stratum", "SEV:site 1:40/90:25/80", "--stratum", "MOD:68/105:45/90"]
    let result = try await Program.run(
      ["analyse", "counts", "--margin", "-0.10"] + kept + ["--stratum", "MILD:1/1:0/0"])
    let alone = try await Program.run(["analyse", "counts", "--margin", "-0.10"] + kept)
    #expect(result.output.contains("2 strata, Mantel-Haenszel weights"))
    #expect(result.lines.last == "Left out, because one arm is empty there: MILD.")
    #expect(result.output.hasPrefix(alone.output))
    #expect(result.status == 0)
  }

  @Test func `a stratum given twice, and strata beside arms, are refused`() async throws {
    let twice = try await Program.run(
      "analyse", "counts", "--margin", "-0.1", "--stratum", "A:1/2:1/2", "--stratum", "A:1/2:1/2")
    #expect(twice.errors.contains("Two strata have one label."))
    #expect(twice.status == 64)
    let both = try await counts("--margin", "-0.1", "--stratum", "A:1/2:1/2")
    #expect(both.errors.contains("Give either both arms or strata, not both."))
    #expect(both.status == 64)
    let half = try await Program.run(
      "analyse", "counts", "--margin", "-0.1", "--experimental", "1/2")
    #expect(half.errors.contains("Give both arms"))
    #expect(half.status == 64)
  }

  /// Trial protocol, one look at half the information; Oracles/statistics/f-group-sequential.json.
  @Test func `the bounds of one look at half the information are 2.963 and 1.969`()
    async throws
  {
    let result = try await Program.run(
      "analyse", "bounds", "--information", "0.5,1", "--alpha", "0.025")
    let rows = result.lines.map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == 3)
    #expect(rows.last == ["2", "1", "0.025000", "1.969", "0.024500"])
    #expect(rows.dropFirst().first == ["1", "0.5", "0.001525", "2.963", "0.001525"])
    #expect(result.status == 0)
  }

  @Test func `a spending function with its parameter is read`() async throws {
    // Kim and DeMets with ρ = 1 spends in proportion: half by half the information.
    let result = try await Program.run(
      "analyse", "bounds", "--information", "0.5,1", "--alpha", "0.025", "--spending",
      "kim-demets:1")
    #expect(result.output.contains("0.012500"))
  }

  @Test func `where no error rate is named it is 0.025, and of both sides 0.05`() async throws {
    for (shared, rate) in [([], "0.025"), (["--two-sided"], "0.05")] {
      let arguments = ["analyse", "bounds", "--information", "0.5,1"] + shared
      let silent = try await Program.run(arguments)
      #expect(silent.output.contains("2.963") && silent.output.contains("1.969"))
      let told = try await Program.run(arguments + ["--alpha", rate])
      #expect(told.output == silent.output)
    }
  }

  @Test(arguments: [
    (["--information", "1,0.5", "--alpha", "0.025"], "Information must grow"),
    (["--information", "0.5,1.2", "--alpha", "0.025"], "Information must grow"),
    (["--information", "0,1", "--alpha", "0.025"], "Information must grow"),
    (["--information", "0.5,,1", "--alpha", "0.025"], "Write a plain number"),
    (["--information", "0.5,1", "--alpha", "0.5"], "The error rate must lie above 0"),
    (["--information", "0.5,1", "--alpha", "most"], "Write a plain number"),
    (["--information", "1", "--alpha", "0.025", "--spending", "bold"], "Write obrien-fleming"),
    (["--information", "1", "--alpha", "0.025", "--spending", "kim-demets:0"], "RHO above 0"),
  ])
  func `a plan that is none is refused with the reason`(
    arguments: [String], reason: String
  ) async throws {
    let result = try await Program.run(["analyse", "bounds"] + arguments)
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.status == 64)
  }
}
