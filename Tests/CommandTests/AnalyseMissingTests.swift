import Foundation
import Testing

/// Missing outcomes, allocation again, and mean times, with the numbers of Oracles/statistics.
@Suite struct AnalyseMissingTests {
  private static let data = "Tests/Oracles/statistics/data/"
  private static let trial = [
    data + "trialB.csv", "--arm", "ARM", "--participant", "USUBJID", "--outcome", "CHG",
    "--baseline", "BASE", "--experimental", "KAP", "--comparator", "ECT", "--lower-is-better",
  ]

  private func imputation(_ further: String...) async throws -> Program.Result {
    try await Program.run(
      ["analyse", "imputation"] + Self.trial + ["--where", "VISIT=V4", "--margin", "3"] + further)
  }

  /// d-tipping-trialB-KAP: the imputed values of the case, given as a file.
  @Test func `imputations given are joined, and moved until the conclusion is lost`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let cases = try Files.json("statistics/d-missing-data.json")["cases"] as? [[String: Any]]
    let inputs = try #require(
      cases?.first { $0["id"] as? String == "d-tipping-trialB-KAP" }?["inputs"] as? [String: Any])
    let given = try #require(inputs["imputations"] as? [String: Any])
    let people = try #require(given["subjects"] as? [String])
    let sets = try #require(given["values"] as? [[Double]])
    let header = (["USUBJID"] + sets.indices.map { "set\($0)" }).joined(separator: ",")
    let rows = people.indices.map { place in
      ([people[place]] + sets.map { "\($0[place])" }).joined(separator: ",")
    }
    let file = try scratch.file("sets.csv", ([header] + rows).joined(separator: "\n"))
    let result = try await imputation(
      "--imputations", file, "--shift", "6,2,4", "--complete-degrees", "86")
    #expect(
      result.output.contains(
        "difference −2.2240, standard error 1.6714, 95 % interval −5.5584 to 1.1105"))
    #expect(result.output.contains("on 68.77 degrees of freedom, one-sided p = 0.0013"))
    #expect(result.output.contains("\(people.count) of "))
    #expect(result.output.contains("The conclusion is lost at a shift of 6."))
    #expect(result.output.contains("−1.0044  −4.4187 to 2.4098     0.011093"))
    let short = try scratch.file("short.csv", ([header] + rows.dropLast()).joined(separator: "\n"))
    let refused = try await imputation("--imputations", short)
    #expect(refused.errors.contains("is not in every set") && refused.output.isEmpty)
    #expect(!refused.errors.contains(people[people.count - 1]))
  }

  @Test func `imputations drawn are the same for one key in any order of rows`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let text = try String(
      contentsOf: Files.root.appending(path: Self.data + "trialB.csv"), encoding: .utf8)
    var lines = text.split(separator: "\n").map(String.init)
    let header = lines.removeFirst()
    let turned = try scratch.file(
      "turned.csv", ([header] + lines.reversed()).joined(separator: "\n"))
    let one = try await imputation("--key", "7", "--sets", "20")
    let again = try await Program.run(
      ["analyse", "imputation", turned] + Self.trial.dropFirst()
        + ["--where", "VISIT=V4", "--margin", "3", "--key", "7", "--sets", "20"])
    let other = try await imputation("--key", "8", "--sets", "20")
    #expect(one.status == 0 && one.output == again.output, "\(one.errors)")
    #expect(one.output.contains("20 sets drawn with key 7"))
    #expect(one.output != other.output)
  }

  @Test(arguments: [
    (["--margin", "3", "--shift", "-2"], "A shift must harm the conclusion."),
    (["--margin", "3", "--shift", "2", "--shifted", "ECT"], "A shift must harm the conclusion."),
    (["--margin", "3", "--shifted", "KET"], "names one of the two arms, or all"),
    (["--margin", "-3"], "the margin must be positive"),
    (["--margin", "3", "--sets", "1"], "--sets takes a number from 2"),
  ])
  func `an imputation that would help the claim, or cannot be one, is refused`(
    further: [String], reason: String
  ) async throws {
    let result = try await Program.run(
      ["analyse", "imputation"] + Self.trial + ["--where", "VISIT=V4"] + further)
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.status != 0 && result.output.isEmpty)
  }

  @Test func `a participant with two rows is refused, and the way out is told`() async throws {
    let result = try await Program.run(
      ["analyse", "imputation"] + Self.trial + ["--margin", "3"])
    #expect(result.errors.contains("A participant has two rows."))
    #expect(result.status != 0 && result.output.isEmpty)
  }

  /// d-refbased-trialB-JR, whose source fits to about 1e-3.
  @Test func `who left is taken to go on like the comparator`() async throws {
    let result = try await Program.run(
      ["analyse", "reference-based"] + Self.trial
        + ["--visit", "VISIT", "--superiority", "--strategy", "jump-to-reference"])
    let numbers = result.lines.first { $0.hasPrefix("difference ") }?.split(separator: " ") ?? []
    let estimate = Double(numbers.dropFirst().first?.dropLast().replacing("−", with: "-") ?? "")
    let error = Double(numbers.dropFirst(4).first?.dropLast() ?? "")
    #expect(abs((estimate ?? 0) + 0.863930855543798) < 0.01, "\(result.output)\(result.errors)")
    #expect(abs((error ?? 0) - 1.29916919480346) < 0.01)
    #expect(result.output.contains("jump-to-reference, jackknife"))
  }

  /// d-rubin-basic.
  @Test func `estimates of imputed sets are joined`() async throws {
    let result = try await Program.run(
      "analyse", "pool", "--estimates", "-2.1,-1.8,-2.6,-2.3,-1.9", "--variances",
      "0.92,0.95,0.9,0.97,0.94", "--lower-is-better", "--margin", "3")
    #expect(
      result.output.contains(
        "difference −2.1400, standard error 1.0294, 95 % interval −4.1659 to −0.1141"))
    #expect(result.output.contains("on 293.97 degrees of freedom"))
    #expect(result.output.contains("share of information missing 0.122597"))
    let alone = try await Program.run(
      "analyse", "pool", "--estimates", "-2", "--variances", "1", "--superiority")
    #expect(alone.status == 64 && alone.output.isEmpty)
  }

  private func rerandomized(
    _ values: [Double], _ arms: [Int], _ strata: [String], _ further: String...
  ) async throws -> Program.Result {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let rows = values.indices.map { "\(arms[$0] == 1 ? "K" : "E"),\(values[$0]),\(strata[$0])" }
    let file = try scratch.file("trial.csv", (["ARM,Y,S"] + rows).joined(separator: "\n"))
    return try await Program.run(
      [
        "analyse", "rerandomized", file, "--arm", "ARM", "--outcome", "Y", "--experimental", "K",
        "--comparator", "E",
      ] + further)
  }

  /// h-rar-10-dev112, h-block-full and h-bcd-n10.
  @Test func `a difference is tested under the procedure that allocated`() async throws {
    let ten = [12.0, 15, 9, 20, 14, 8, 7, 11, 10, 6]
    let plain = Array(repeating: "x", count: 10)
    let rule = try await rerandomized(
      ten, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0], plain, "--procedure", "random-allocation")
    #expect(rule.lines.first == "difference K − E 5.6000, two-sided p = 0.031746")
    #expect(rule.output.contains("p = 0.015873 for more in K"))
    #expect(rule.output.contains("all 252 sequences enumerated"))
    let blocks = try await rerandomized(
      [-14, -9, -11, -16, -8, -12, -15, -7], [1, 0, 0, 1, 0, 1, 1, 0],
      ["A", "A", "A", "A", "B", "B", "B", "B"], "--procedure", "blocks:4", "--stratify", "S")
    #expect(blocks.lines.first == "difference K − E −5.5000, two-sided p = 0.055556")
    #expect(blocks.output.contains("all 36 sequences enumerated"))
    let coin = try await rerandomized(
      ten, [1, 0, 1, 1, 0, 0, 1, 0, 0, 1], plain, "--procedure", "coin:0.666666666666667")
    #expect(coin.output.contains("two-sided p = 0.818464"))
    #expect(coin.output.contains("0.0001 of the probability left an arm empty"))
  }

  @Test func `arms that the procedure could not have made are refused`() async throws {
    let values = [1.0, 2, 3, 4]
    let strata = ["A", "A", "A", "A"]
    let result = try await rerandomized(
      values, [1, 1, 1, 0], strata, "--procedure", "blocks:4")
    #expect(result.errors.contains("cannot have come from the procedure named"))
    #expect(result.status == 64 && result.output.isEmpty)
    let named = try await rerandomized(values, [1, 1, 0, 0], strata, "--procedure", "luck")
    #expect(named.errors.contains("Name blocks:SIZE") && named.status == 64)
    let within = try await rerandomized(
      values, [1, 1, 0, 0], strata, "--procedure", "complete", "--stratify", "S")
    #expect(within.errors.contains("Only blocks are within strata") && within.status == 64)
  }

  @Test func `too many sequences are sampled by a key that is told, with the same answer again`()
    async throws
  {
    // 2³⁰ sequences; nobody differs but by arm, and every sequence is less extreme or as extreme.
    let values = (0..<30).map { $0.isMultiple(of: 2) ? 1.0 : 0 }
    let arms = (0..<30).map { $0.isMultiple(of: 2) ? 1 : 0 }
    let strata = Array(repeating: "x", count: 30)
    let one = try await rerandomized(
      values, arms, strata, "--procedure", "complete", "--samples", "999", "--key", "5")
    let again = try await rerandomized(
      values, arms, strata, "--procedure", "complete", "--samples", "999", "--key", "5")
    #expect(one.output == again.output)
    #expect(one.output.contains("999 sequences drawn with key 5, p = (b + 1)/(m + 1)"))
    #expect(one.output.contains("two-sided p = 0.001000"))
  }

  /// c-rmst-relapseA.
  @Test func `mean times until a time are told with their difference`() async throws {
    let arms = [
      "analyse", "survival", Self.data + "relapseA.csv", "--arm", "ARM", "--time", "TIME",
      "--event", "EVENT", "--experimental", "KET", "--comparator", "ECT",
    ]
    let result = try await Program.run(arms + ["--until", "8"])
    #expect(result.output.contains("6.6094          0.2290"), "\(result.output)")
    #expect(result.output.contains("6.8468          0.2633"))
    // 6.60942425 − 6.84683580, √(0.22900112² + 0.26334940²) = 0.34899822.
    #expect(result.output.contains("difference of means −0.2374, 95 % interval −0.9214 to 0.4466"))
    let late = try await Program.run(arms + ["--until", "9999"])
    #expect(late.errors.contains("Nobody of one arm was followed until then."))
    #expect(late.status == 64 && late.output.isEmpty)
  }
}
