import Foundation
import Testing

/// Models on a file, with the numbers of Oracles/statistics (R 4.2.2; mmrm, survival, exact2x2).
@Suite struct AnalyseModelTests {
  private static let data = "Tests/Oracles/statistics/data/"

  private func trial(_ verb: String, _ further: String...) async throws -> Program.Result {
    try await Program.run(
      [
        "analyse", verb, Self.data + "trialA.csv", "--arm", "ARM", "--outcome", "CHG",
        "--experimental", "KAP", "--comparator", "ECT",
      ] + further)
  }

  /// b-ancova-ni-trialA-V6.
  @Test func `means at equal covariates are compared at a margin of the outcome`() async throws {
    let result = try await trial(
      "means", "--where", "VISIT=V6", "--covariate", "BASE", "--factor", "SITE", "--factor",
      "SEVERITY", "--lower-is-better", "--margin", "3")
    #expect(result.status == 0)
    #expect(result.output.contains("KAP was noninferior to ECT: difference −"))
    #expect(
      result.output.contains(
        "test at 3: t = −5.3038 on 323.00 degrees of freedom, one-sided p < 0.0001"))
    #expect(result.output.contains("the difference KAP − ECT is at least 3 points"))
  }

  /// b-ancova-trialA-V3-base-equal.
  @Test func `means by arm stand beside the difference`() async throws {
    let result = try await trial(
      "means", "--where", "VISIT=V3", "--covariate", "BASE", "--lower-is-better", "--superiority")
    #expect(
      result.output.contains(
        "difference −2.5276, standard error 0.8641, 95 % interval −4.2268 to −0.8284"))
    #expect(result.output.contains("KAP was superior to ECT"))
    for (arm, mean, error) in [("ECT", "−9.6059", "0.6118"), ("KAP", "−12.1335", "0.6094")] {
      let line = result.lines.last { $0.hasPrefix("\(arm) ") }
      #expect(line?.contains(mean) == true && line?.hasSuffix(error) == true)
    }
  }

  /// b-t-trialA-V2-welch and -pooled.
  @Test func `without covariates Welch's and the pooled comparison are given`() async throws {
    let result = try await trial(
      "means", "--where", "VISIT=V2", "--lower-is-better", "--margin", "3")
    #expect(
      result.output.contains(
        "difference −1.6079, standard error 0.7978, 95 % interval −3.1790 to −0.0368"))
    #expect(
      result.output.contains("with a pooled variance: −3.1796 to −0.0362, t = −2.0147 on 256"))
    #expect(result.output.contains("incomplete: left out."))
  }

  /// b-mmrm-trialA-us-satterthwaite-V6, -kenwardrogerlinear-V6 and -ar1-satterthwaite-V6.
  @Test(arguments: [
    ([], "−3.8763, standard error 1.1676, 95 % interval −6.1722 to −1.5803", "12408.8019"),
    (
      ["--degrees", "kenward-roger-linear"],
      "−3.8763, standard error 1.1683, 95 % interval −6.1736 to −1.5789", "12408.8019"
    ),
    (
      ["--structure", "ar1"], "−3.9104, standard error 0.9518, 95 % interval −5.7790 to −2.0419",
      "12578.4107"
    ),
  ])
  func `repeated measures are compared at a visit`(
    further: [String], numbers: String, likelihood: String
  ) async throws {
    let result = try await Program.run(
      [
        "analyse", "repeated", Self.data + "trialA.csv", "--arm", "ARM", "--outcome", "CHG",
        "--experimental", "KAP", "--comparator", "ECT", "--participant", "USUBJID", "--visit",
        "VISIT", "--baseline", "BASE", "--factor", "SITE", "--factor", "SEVERITY", "--at", "V6",
        "--lower-is-better", "--margin", "3",
      ] + further)
    #expect(result.output.contains("difference \(numbers)"), "\(result.output)\(result.errors)")
    #expect(result.output.contains("2160 scores, −2 log likelihood \(likelihood)"))
  }

  /// c-cox-relapseA-KETECT-strat-efron, c-logrank-relapseA-KETECT-strat, c-km-relapseA-ECT-log-log.
  @Test func `times to an event give curves, log-rank test and hazard ratio`() async throws {
    let result = try await survival("--stratify", "SITE", "--at", "8", "--at", "20")
    #expect(
      result.output.contains(
        "hazard ratio KET over ECT 1.1219, 95 % interval 0.7436 to 1.6927, two-sided p = 0.5836"))
    #expect(result.output.contains("log hazard ratio 0.115030, standard error 0.209860"))
    #expect(
      result.output.contains("log-rank: chi-square 0.3060 on 1 degree of freedom, p = 0.5801"))
    #expect(result.output.contains("14.0000  8.0000 to 16.0000"))
    #expect(result.output.contains("0.6341 (0.4981 to 0.7424)"))
    #expect(result.output.contains("0.3049 (0.1845 to 0.4340)"))
  }

  private func survival(_ further: String...) async throws -> Program.Result {
    try await Program.run(
      [
        "analyse", "survival", Self.data + "relapseA.csv", "--arm", "ARM", "--time", "TIME",
        "--event", "EVENT", "--experimental", "KET", "--comparator", "ECT",
      ] + further)
  }

  @Test func `a hazard ratio is compared with its margin in the direction of what is worse`()
    async throws
  {
    let shown = try await survival("--margin", "1.6")
    #expect(shown.output.contains("KET was noninferior to ECT: hazard ratio"))
    #expect(shown.output.contains("the hazard ratio is at least 1.6; one-sided p = 0.0193"))
    let missed = try await survival("--margin", "1.5")
    #expect(missed.output.contains("Not shown: KET noninferior to ECT."))
    for (margin, further, reason) in [
      ("0.8", [], "must lie above 1"), ("1.3", ["--event-is-good"], "must lie below 1"),
      ("1", [], "A margin of 1 asks for superiority"), ("-2", [], "A margin"),
    ] as [(String, [String], String)] {
      let refused = try await Program.run(
        [
          "analyse", "survival", "x.csv", "--arm", "A", "--time", "T", "--event", "E",
          "--experimental", "K", "--comparator", "E", "--margin=\(margin)",
        ] + further)
      #expect(refused.errors.contains(reason), "\(refused.errors)")
      #expect(refused.status != 0 && refused.output.isEmpty)
    }
  }

  @Test(arguments: [
    ("means", "-3", "--lower-is-better", "the margin must be positive"),
    ("means", "3", "--higher-is-better", "the margin must be negative"),
    ("means", "0", "--lower-is-better", "A margin of zero is not a noninferiority margin."),
    ("logistic", "-3", "--higher-is-better", "A difference of proportions lies above −1"),
    ("logistic", "0.1", "--higher-is-better", "the margin must be negative"),
  ])
  func `a margin of the wrong sign is refused with the reason, by every model`(
    verb: String, margin: String, direction: String, reason: String
  ) async throws {
    let column = verb == "means" ? "--outcome" : "--response"
    let result = try await Program.run([
      "analyse", verb, "nothing.csv", "--arm", "A", column, "Y", "--experimental", "K",
      "--comparator", "E", direction, "--margin", margin,
    ])
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.status != 0 && result.output.isEmpty)
  }

  /// Without covariates the standardized difference is the crude one; its error is Wald's: a-elektd-rd-wald.
  @Test func `a logistic model without covariates gives the crude difference`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    func rows(_ arm: String, _ responders: Int, _ total: Int) -> [String] {
      (0..<total).map { "\(arm),\($0 < responders ? 1 : 0),\(50 + $0 % 7)" }
    }
    let all = rows("KAP", 108, 195) + rows("ECT", 70, 170)
    let file = try scratch.file("trial.csv", (["ARM,RESP,AGE"] + all).joined(separator: "\n"))
    let arguments = [
      "analyse", "logistic", file, "--arm", "ARM", "--response", "RESP", "--experimental", "KAP",
      "--comparator", "ECT", "--margin", "-0.10",
    ]
    let crude = try await Program.run(arguments)
    #expect(
      crude.output.contains(
        "difference 0.1421, standard error 0.0519, 95 % interval 0.0404 to 0.2438"))
    let adjusted = try await Program.run(arguments + ["--covariate", "AGE"])
    #expect(adjusted.output.contains("KAP was noninferior to ECT"))
    #expect(adjusted.output != crude.output)
  }

  /// a-exact-ni-9_10_3_10, a-exact-central-9_10_3_10, a-exact-square-9_10_3_10.
  @Test func `exact tests and intervals need no approximation`() async throws {
    let result = try await Program.run(
      "analyse", "exact", "--experimental", "9/10", "--comparator", "3/10", "--margin", "-0.10")
    #expect(
      result.output.contains("difference 0.6000, exact 95 % interval 0.1608 to 0.8795."))
    #expect(result.output.contains("exact unconditional test at −0.1: one-sided p = 0.001007"))
    #expect(result.output.contains("0.1557 to 0.8509 (Agresti and Min 2001)"))
    let fisher = try await Program.run(
      "analyse", "exact", "--experimental", "9/67", "--comparator", "2/66", "--lower-is-better",
      "--superiority")
    // Probabilities: g-fisher-9_67_2_66. Odds ratio: scipy 1.17.1, odds_ratio(kind="conditional"); R stops its search early.
    #expect(
      fisher.output.contains("two-sided p = 0.054708, greater 0.028986, less 0.995321"))
    #expect(fisher.output.contains("conditional odds ratio 4.9129, 0.9606 to 48.5749"))
  }

  @Test func `exchanged arms mirror an exact result`() async throws {
    let one = try await Program.run(
      "analyse", "exact", "--experimental", "9/10", "--comparator", "3/10", "--margin", "-0.10")
    let two = try await Program.run(
      "analyse", "exact", "--experimental", "3/10", "--comparator", "9/10", "--margin", "0.10",
      "--lower-is-better")
    #expect(one.output.contains("one-sided p = 0.001007"))
    #expect(two.output.contains("one-sided p = 0.001007"))
    #expect(two.output.contains("interval −0.8795 to −0.1608"))
  }

  /// a-elektd-rr-katz and a-elektd-or-score; a table with an empty cell has no limits by Katz and Woolf.
  @Test func `every measure of two proportions stands side by side`() async throws {
    let result = try await Program.run(
      "analyse", "measures", "--experimental", "108/195", "--comparator", "70/170")
    #expect(result.output.contains("1.080045  1.675090"))
    #expect(result.output.contains("1.170823  2.686078"))
    let empty = try await Program.run(
      "analyse", "measures", "--experimental", "0/20", "--comparator", "5/20")
    #expect(empty.lines.count { $0.contains("not defined") } == 2)
    #expect(empty.status == 0)
  }

  /// e-holm-dev1 and e-hochberg-dev1.
  @Test func `p-values are adjusted by every procedure`() async throws {
    let result = try await Program.run(
      "analyse", "p-values", "0.012", "0.03", "--alpha", "0.025")
    #expect(result.lines.contains("Holm            0.024000 *  0.030000"))
    #expect(result.lines.contains("fixed sequence  0.012000 *  0.030000"))
    let refused = try await Program.run("analyse", "p-values", "1.2")
    #expect(refused.errors.contains("A p-value lies between 0 and 1."))
  }

  @Test func `a field that is no number is told by line and column, never by its text`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    func run(_ text: String) async throws -> Program.Result {
      let file = try scratch.file("trial.csv", text)
      return try await Program.run(
        "analyse", "means", file, "--arm", "ARM", "--outcome", "Y", "--experimental", "K",
        "--comparator", "E", "--margin", "-1")
    }
    let word = try await run("ARM,Y\nK,1\nE,secret\n")
    #expect(word.errors.contains("Line 3 has no number in the column Y."))
    #expect(!word.errors.contains("secret") && word.output.isEmpty)
    let short = try await run("ARM,Y\nK,1\nE\n")
    #expect(short.errors.contains("Line 3 has another number of fields than the header."))
    let absent = try await run("ARM,Y\nK,1\nK,2\n")
    #expect(absent.errors.contains("No row has the arm E."))
    let equal = try await run("ARM,Y\nK,1\nK,1\nE,1\nE,1\n")
    #expect(equal.status != 0 && !equal.errors.isEmpty && equal.output.isEmpty)
    let column = try await run("ARM,Z\nK,1\nE,1\n")
    #expect(column.errors.contains("no column Y"))
  }

  @Test func `a visit that is repeated or absent is told`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let head = "ID,ARM,V,Y,B"
    func run(_ rows: [String], at visit: String) async throws -> Program.Result {
      let file = try scratch.file("trial.csv", ([head] + rows).joined(separator: "\n"))
      return try await Program.run(
        "analyse", "repeated", file, "--arm", "ARM", "--outcome", "Y", "--experimental", "K",
        "--comparator", "E", "--participant", "ID", "--visit", "V", "--baseline", "B", "--at",
        visit, "--margin", "-1")
    }
    let twice = try await run(["1,K,V1,1,1", "1,K,V1,2,1", "2,E,V1,1,1"], at: "V1")
    #expect(twice.errors.contains("Line 3 repeats a visit of a participant."))
    let absent = try await run(["1,K,V1,1,1", "2,E,V1,1,1"], at: "V9")
    #expect(absent.errors.contains("No row has the visit named with --at."))
  }

  @Test(arguments: ["means", "repeated", "survival", "logistic", "exact", "counts"])
  func `help explains direction and margin`(verb: String) async throws {
    let result = try await Program.run("help", "analyse", verb)
    #expect(result.output.contains("margin"))
    let whole = try await Program.run("help", "analyse")
    #expect(
      whole.output.contains("negative where higher is better, positive where lower is better"))
  }
}
