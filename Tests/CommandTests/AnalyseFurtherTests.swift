import Foundation
import Testing

/// The verbs of further methods, with the numbers of Oracles/statistics.
@Suite struct AnalyseFurtherTests {
  private static let data = "Tests/Oracles/statistics/data/"

  private func analyse(_ arguments: String...) async throws -> Program.Result {
    try await Program.run(["analyse"] + arguments)
  }

  /// The columns of the line that begins with a text.
  private func cells(_ result: Program.Result, _ start: String) -> [String] {
    result.lines.last { $0.hasPrefix(start) }?.components(separatedBy: "  ")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty } ?? []
  }

  /// BI-001 of Oracles/instruments/blinding_index.json (CRISP).
  @Test func `guesses of the arm give the indices of Bang and of James`() async throws {
    let result = try await analyse(
      "blinding", "--guesses", "TRT:82,25,170", "--guesses", "PBO:27,29,83")
    #expect(
      cells(result, "TRT") == ["TRT", "277", "82", "25", "170", "0.2058", "0.1367 to 0.2748"])
    #expect(
      cells(result, "PBO") == ["PBO", "139", "29", "27", "83", "0.0144", "−0.0911 to 0.1199"])
    #expect(result.output.contains("overall: 0.7479, 0.7053 to 0.7905."))
    #expect(result.status == 0)
  }

  @Test func `guesses of a file are counted, and one that is no arm is told by its line`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    func run(_ rows: [String]) async throws -> Program.Result {
      let file = try scratch.file("guesses.csv", (["ARM,GUESS"] + rows).joined(separator: "\n"))
      return try await analyse("blinding", file, "--arm", "ARM", "--guess", "GUESS")
    }
    let table: [(String, String, Int)] = [
      ("TRT", "TRT", 82), ("TRT", "PBO", 25), ("TRT", "DK", 170), ("PBO", "TRT", 27),
      ("PBO", "PBO", 29), ("PBO", "DK", 83), ("PBO", "", 2),
    ]
    let rows = table.flatMap { arm, guess, times in
      Array(repeating: "\(arm),\(guess)", count: times)
    }
    let result = try await run(rows)
    #expect(result.output.contains("2 rows without a guess: left out."))
    #expect(cells(result, "TRT").suffix(2) == ["0.2058", "0.1367 to 0.2748"])
    #expect(result.output.contains("overall: 0.7479, 0.7053 to 0.7905."))
    let wrong = try await run(["TRT,TRT", "PBO,secret"])
    #expect(wrong.errors.contains("Line 3 has a guess that is no arm"))
    #expect(!wrong.errors.contains("secret") && wrong.output.isEmpty && wrong.status != 0)
    let lone = try await analyse("blinding", "--guesses", "TRT:82,25,170")
    #expect(lone.errors.contains("Give at least two arms") && lone.status == 64)
    let short = try await analyse("blinding", "--guesses", "A:1,2", "--guesses", "B:1,2,3")
    #expect(short.errors.contains("a count for each of the 2 arms") && short.status == 64)
  }

  /// e-graph-ni-then-sup-equal-1 and e-graphsimes-ni-then-sup-equal-1.
  @Test func `hypotheses pass their share on along a graph`() async throws {
    let graph = [
      "graph", "0.001", "0.012", "0.03", "0.011", "--weights", "0.5,0.5,0,0", "--pass",
      "0,0.5,0.5,0", "--pass", "0.5,0,0,0.5", "--pass", "0,1,0,0", "--pass", "1,0,0,0",
    ]
    let result = try await Program.run(["analyse"] + graph)
    #expect(cells(result, "1") == ["1", "0.001000", "0.002000", "yes", "0.0000"])
    #expect(cells(result, "2") == ["2", "0.012000", "0.016000", "yes", "0.0000"])
    #expect(cells(result, "3") == ["3", "0.030000", "0.030000", "no", "1.0000"])
    #expect(cells(result, "4") == ["4", "0.011000", "0.022000", "yes", "0.0000"])
    let simes = try await Program.run(["analyse"] + graph + ["--simes"])
    #expect(cells(simes, "4") == ["4", "0.011000", "0.022000", "yes"])
    let short = try await analyse("graph", "0.01", "0.02", "--weights", "1,0", "--pass", "0,1")
    #expect(short.errors.contains("Two lists that belong together differ in length."))
    let heavy = try await analyse(
      "graph", "0.01", "0.02", "--weights", "1,1", "--pass", "0,1", "--pass", "1,0")
    #expect(heavy.status == 64 && heavy.output.isEmpty)
  }

  /// e-dunnett-2.1_2.4-dfInf and e-nisup-0.142.
  @Test func `several arms are compared with one, and one estimate serves two claims`() async throws
  {
    let dunnett = try await analyse("dunnett", "--statistics", "2.1,2.4")
    #expect(cells(dunnett, "2.1000") == ["2.1000", "0.032834"])
    #expect(cells(dunnett, "2.4000") == ["2.4000", "0.015412"])
    let both = try await analyse(
      "estimate", "--estimate", "0.142", "--standard-error", "0.0528", "--margin", "-0.1")
    #expect(
      both.lines.first == "Noninferior and superior: difference 0.1420, lower limit 0.0385 at "
        + "one-sided 0.025, margin −0.1.")
    #expect(both.output.contains("superiority: one-sided p = 0.0036"))
    let mirrored = try await analyse(
      "estimate", "--estimate=-0.142", "--standard-error", "0.0528", "--margin", "0.1",
      "--lower-is-better")
    #expect(mirrored.output.contains("upper limit −0.0385"))
    let wrong = try await analyse(
      "estimate", "--estimate", "0.142", "--standard-error", "0.0528", "--margin", "0.1")
    #expect(wrong.errors.contains("the margin must be negative") && wrong.output.isEmpty)
    let flat = try await analyse(
      "estimate", "--estimate", "1", "--standard-error", "0", "--margin", "-0.1")
    #expect(flat.status == 64 && flat.output.isEmpty)
  }

  private static let rates = [
    "analyse", "looks", "--information", "0.4,0.7,1", "--alpha", "0.025", "--margin", "-0.10",
    "--stage", "23/40:20/40", "--stage", "18/30:15/30",
  ]

  /// f-analysis-rates-ni-1, its first two looks, then all three.
  @Test func `while a trial with looks goes on only the repeated interval is told`() async throws {
    let going = try await Program.run(Self.rates)
    #expect(
      going.lines.first == "The bound was not crossed at look 2 of 3: the trial goes on. Nothing "
        + "is concluded yet.")
    let second = cells(going, "2")
    #expect(second.prefix(4) == ["2", "0.7", second[2], "2.2161"])
    #expect(second.suffix(2) == ["−0.1187 to 0.2832", "0.039183"])
    #expect(going.output.contains("0.3946 at the null difference"))
    #expect(!going.output.contains("stage-wise"))
    let ended = try await Program.run(Self.rates + ["--stage", "17/30:16/30"])
    #expect(
      ended.lines.first == "Experimental arm was noninferior to comparator, at look 3 of 3: "
        + "median-unbiased difference 0.0647, 95 % interval −0.0778 to 0.2044, one-sided p = "
        + "0.011947 (stage-wise ordering).")
    #expect(!ended.output.contains("Chance that a later look"))
  }

  /// f-analysis-means-1; the same trial with scores of the other sign, where lower is better.
  @Test func `scores are compared over looks in either direction`() async throws {
    func run(_ sign: String, _ margin: String, _ further: [String]) async throws -> Program.Result {
      let other = sign == "" ? "-" : ""
      return try await Program.run(
        [
          "analyse", "looks", "--information", "0.333333333333333,0.666666666666667,1", "--alpha",
          "0.025", "--margin", margin, "--scores", "30,\(other)14.1,8.8:30,\(other)12.9,9.1",
          "--scores", "30,\(other)13.2,9.2:30,\(other)13.5,8.7", "--scores",
          "30,\(other)15,9.5:30,\(other)13.1,9.9",
        ] + further)
    }
    let higher = try await run("", "-3", [])
    #expect(higher.lines.first?.hasPrefix("Not shown: Experimental arm noninferior") == true)
    #expect(
      higher.output.contains(
        "median-unbiased difference −0.9379, 95 % interval −3.6061 to 1.7286, one-sided p = 0.064892"
      ))
    // The source finds repeated p-values by a root search of tolerance 5e-5: 0.476992653.
    #expect(cells(higher, "1").suffix(2).first == "−9.7753 to 7.3753")
    #expect(cells(higher, "1").last?.hasPrefix("0.47699") == true)
    let lower = try await run("-", "3", ["--lower-is-better"])
    #expect(
      lower.output.contains(
        "median-unbiased difference 0.9379, 95 % interval −1.7286 to 3.6061, one-sided p = 0.064892"
      ))
    #expect(cells(lower, "1").suffix(2).first == "−7.3753 to 9.7753")
    #expect(cells(lower, "1").last == cells(higher, "1").last)
  }

  @Test func `strata are compared over looks by the method of the primary analysis`() async throws {
    let stages = ["SEV:9/18:7/17,MOD:14/22:13/23", "MOD:6/12:7/14,SEV:12/18:8/16,NEW:0/0:0/2"]
    func run(_ count: Int, _ further: String...) async throws -> Program.Result {
      try await Program.run(
        ["analyse", "looks", "--information", "0.5,1", "--alpha", "0.025"]
          + stages.prefix(count).flatMap { ["--stage", $0] } + further)
    }
    let going = try await run(1, "--margin", "-0.10", "--spending", "pocock")
    #expect(going.lines.first?.contains("the trial goes on") == true)
    let ended = try await run(2, "--margin", "-0.10", "--spending", "hwang-shih-decani:1")
    #expect(ended.output.contains("Left out, because one arm is empty there: NEW.\n"))
    #expect(ended.lines.first?.contains("at look 2 of 2") == true)
    // The repeated interval at a bound is the stratified interval of the level of that bound.
    let bound = 2 * 0.00152532323
    let whole = try await Program.run(
      "analyse", "counts", "--stratum", "SEV:9/18:7/17", "--stratum", "MOD:14/22:13/23",
      "--margin", "-0.10", "--level", "\(1 - bound)")
    let first = try await run(1, "--margin", "-0.10")
    let interval = try #require(cells(first, "1").dropLast().last)
    #expect(whole.output.contains("interval \(interval) ("), "\(whole.output)")
    // Failures in place of responders, where fewer are better.
    let mirrored = try await Program.run(
      "analyse", "looks", "--information", "0.5,1", "--alpha", "0.025", "--margin", "0.10",
      "--lower-is-better", "--stage", "SEV:9/18:10/17,MOD:8/22:10/23")
    #expect(cells(mirrored, "1")[3] == cells(first, "1")[3])
    #expect(cells(mirrored, "1").last == cells(first, "1").last)
  }

  @Test(arguments: [
    (["--margin", "0.1"], "the margin must be negative"),
    (["--margin", "-0.1", "--stage", "A:1/2:1/2"], "Give strata at every look or at none"),
    (["--margin", "-0.1", "--stage", "A:1/2:1/2,A:1/2:1/2"], "Two strata have one label"),
    (["--margin", "-0.1", "--stage", "1/2"], "Write LABEL:responders/analysed"),
    (
      ["--margin", "-0.1", "--spending", "kim-demets"],
      "Write obrien-fleming, pocock, kim-demets:RHO"
    ),
    (["--margin=-0.1", "--lower-is-better"], "the margin must be positive"),
    ([], "State what is claimed"),
    (["--margin", "-0.1", "--stage", "1/2:1/2", "--stage", "1/2:1/2"], "more looks taken"),
    (["--margin", "-0.1", "--scores", "3,1,1:3,1,1"], "either all as --stage or all as --scores"),
  ])
  func `looks that cannot be analysed are refused with the reason`(
    further: [String], reason: String
  ) async throws {
    let result = try await Program.run(
      ["analyse", "looks", "--information", "0.5,1", "--alpha", "0.025", "--stage", "9/20:8/20"]
        + further)
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.status == 64 && result.output.isEmpty)
  }

  /// f-twosided-asOF-K4-a0.05, f-classic-OF-K5-a0.025 and f-futility-nonbinding-K3-LDOF-HSD-b0.1.
  @Test func `bounds on both sides, of one shape, and for futility`() async throws {
    let both = try await analyse(
      "bounds", "--information", "0.25,0.5,0.75,1", "--alpha", "0.05", "--two-sided")
    #expect(cells(both, "3").prefix(4) == ["3", "0.75", "0.019299", "2.359"])
    let shape = try await analyse("bounds", "--shape", "0", "--looks", "5", "--alpha", "0.025")
    #expect(cells(shape, "1")[3] == "4.562")
    #expect(cells(shape, "5")[3] == "2.040")
    let futility = try await analyse(
      "bounds", "--information", "0.333333333333333,0.666666666666667,1", "--alpha", "0.025",
      "--futility", "hwang-shih-decani:-2", "--power", "0.9")
    #expect(cells(futility, "1") == ["1", "0.333", "−0.242", "3.710", "0.037737", "0.014834"])
    #expect(cells(futility, "3") == ["3", "1", "1.993", "1.993", "0.900000", "0.100000"])
    #expect(futility.output.contains("largest 1.066513, on average 0.624181 without effect and"))
    #expect(futility.output.contains("0.823290 with it."))
    for (arguments, reason) in [
      (["--alpha", "0.025"], "Give the looks"),
      (["--alpha", "0.025", "--shape", "0"], "--shape and --looks together"),
      (["--alpha", "0.025", "--information", "1", "--binding"], "--binding only with both"),
      (
        [
          "--alpha", "0.025", "--information", "1", "--futility", "pocock", "--power", "0.9",
          "--two-sided",
        ], "one-sided"
      ),
    ] {
      let refused = try await Program.run(["analyse", "bounds"] + arguments)
      #expect(refused.errors.contains(reason), "\(refused.errors)")
      #expect(refused.status == 64 && refused.output.isEmpty)
    }
  }

  private static let stages = [
    "--stratum", "a:10/20:8/22", "--stratum", "b:20/40:15/38", "--stratum", "c:31/52:25/50",
  ]

  /// a-strat-threeSite-inv, -sato, -yansu and -cmh.
  @Test func `strata are joined by every choice of weights side by side`() async throws {
    let result = try await Program.run(["analyse", "measures"] + Self.stages)
    #expect(
      cells(result, "risk difference  score, inverse variance").suffix(3)
        == ["0.107001", "−0.024652", "0.235110"])
    #expect(
      cells(result, "risk difference  Mantel-Haenszel, Sato").suffix(3)
        == ["0.106951", "−0.023150", "0.237053"])
    #expect(
      cells(result, "risk difference  Yan-Su").suffix(3) == ["0.106951", "−0.024235", "0.233114"])
    #expect(cells(result, "odds ratio").suffix(3) == ["1.544214", "0.906564", "2.630370"])
    #expect(
      result.output.contains("chi-square 2.533274 on 1 degree of freedom, two-sided p = 0.1115"))
    let both = try await Program.run(
      ["analyse", "measures", "--experimental", "1/2", "--comparator", "1/2"] + Self.stages)
    #expect(both.errors.contains("Give either both arms or strata") && both.status == 64)
  }

  /// g-cp-3_67_0.95, g-wilson-3_67_0.95, g-rate-7-52.5.
  @Test func `one share and one rate have their limits`() async throws {
    let share = try await analyse("share", "3/67")
    #expect(share.output.contains("exact (Clopper and Pearson 1934) 0.009331 to 0.125327"))
    #expect(share.output.contains("score (Wilson 1927) 0.015344 to 0.123578"))
    let none = try await analyse("share", "0/0")
    #expect(none.status == 64 && none.output.isEmpty)
    let rate = try await analyse("rate", "--events", "7", "--exposure", "52.5")
    #expect(rate.output.contains("rate 0.133333, 95 % limits 0.053607 to 0.274718"))
    let unexposed = try await analyse("rate", "--events", "7", "--exposure", "0")
    #expect(unexposed.status == 64 && unexposed.output.isEmpty)
  }

  /// g-aetable-5.
  @Test func `adverse events are told by participant, class and term`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let cases = try Files.json("statistics/g-safety.json")["cases"] as? [[String: Any]]
    let inputs = try #require(
      cases?.first { $0["id"] as? String == "g-aetable-5" }?["inputs"] as? [String: Any])
    let records = try #require(inputs["records"] as? [[String: Any]])
    let lines = records.map { record in
      let names = ["subject", "arm", "soc", "pt", "grade"]
      return names.map { "\"\(record[$0] ?? "")\"" }.joined(separator: ",")
        + ((record["serious"] as? Bool) == true ? ",1" : ",0")
    }
    let header = "ID,ARM,SOC,PT,GRADE,SER"
    let file = try scratch.file("ae.csv", ([header] + lines).joined(separator: "\n"))
    let columns = [
      "analyse", "events", file, "--participant", "ID", "--arm", "ARM", "--class", "SOC",
      "--term", "PT", "--grade", "GRADE", "--serious", "SER",
    ]
    let result = try await Program.run(
      columns + ["--treated", "KET:20", "--treated", "KAP:21", "--treated", "ECT:19"])
    let rows = result.lines.map { line in
      line.components(separatedBy: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
    }
    #expect(rows.contains(["Any", "KET", "15 of 20", "20", "75.00", "50.90 to 91.34"]))
    #expect(rows.contains(["Grade 3+", "ECT", "5 of 19", "6", "26.32", "9.15 to 51.20"]))
    let partly = try await Program.run(columns + ["--treated", "KET:20"])
    #expect(partly.errors.contains("has an arm without --treated") && partly.output.isEmpty)
    let few = try await Program.run(
      columns + ["--treated", "KET:1", "--treated", "KAP:21", "--treated", "ECT:19"])
    #expect(few.status == 64 && few.output.isEmpty)
  }

  @Test func `help of every verb explains direction and margin, or that there is none`()
    async throws
  {
    let help = try await Program.run("help", "analyse")
    let verbs = help.lines.drop { !$0.hasPrefix("SUBCOMMANDS") }.dropFirst()
      .compactMap { $0.split(separator: " ").first.map(String.init) }
      .filter { $0 != "See" && $0.first?.isLowercase == true }
    #expect(verbs.count >= 20)
    for verb in verbs where verb != "p-values" && verb != "bounds" {
      let text = try await Program.run("help", "analyse", verb)
      #expect(text.output.contains("margin"), "\(verb)")
    }
  }

  /// Roberts and Roberts (2005): the variance of a clustered arm is k/(k − 1) Σ (Σ (y − p̂))²/n², by hand.
  @Test func `an arm of providers is compared with one without, from counts and from a file`()
    async throws
  {
    let counts = try await Program.run(
      "analyse", "clustered", "--provider", "8/10", "--provider", "4/10", "--provider", "1/1",
      "--comparator", "12/30", "--margin", "-0.10", "--experimental-name", "KAP",
      "--comparator-name", "ECT")
    let (p, n) = (13.0 / 21, 21.0)
    let between = [(8.0, 10.0), (4, 10), (1, 1)].reduce(0.0) { sum, provider in
      sum + (provider.0 - p * provider.1) * (provider.0 - p * provider.1)
    }
    let variance = 1.5 * between / (n * n) + 0.4 * 0.6 / 29
    let error = String((variance.squareRoot() * 1e4).rounded() / 1e4)
    #expect(
      counts.output.contains("difference 0.2190, standard error \(error)"), "\(counts.output)")
    #expect(counts.output.contains("3 providers, intraclass correlation"))
    #expect(counts.lines.first?.hasPrefix("Not shown: KAP noninferior to ECT") == true)
    var rows: [String] = []
    func add(_ arm: String, _ provider: String, _ responders: Int, _ total: Int) {
      rows += (0..<total).map { "\(arm),\(provider),\($0 < responders ? 1 : 0)" }
    }
    add("KAP", "T1", 8, 10)
    add("KAP", "T2", 4, 10)
    add("KAP", "", 1, 1)
    add("ECT", "T1", 12, 30)
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.file("t.csv", (["ARM,BY,RESP"] + rows).joined(separator: "\n"))
    let table = [
      "analyse", "csv", file, "--arm", "ARM", "--response", "RESP", "--provider", "BY",
      "--experimental", "KAP", "--comparator", "ECT", "--margin", "-0.10", "--experimental-name",
      "KAP", "--comparator-name", "ECT",
    ]
    #expect(try await Program.run(table).output == counts.output)
    let both = try await Program.run(table + ["--stratify", "BY"])
    #expect(both.errors.contains("A comparison by provider has no strata"))
    let alone = try await Program.run(
      "analyse", "clustered", "--provider", "8/10", "--comparator", "12/30", "--margin", "-0.1")
    #expect(alone.status == 64 && alone.output.isEmpty)
  }

  @Test(arguments: [
    ("", "The file has no rows."), ("ARM,RESP\n", "The file has no rows."),
    ("ARM,RESP\nKAP,1\n", "No row has the arm ECT."),
    ("ARM,RESP\nKAP,1\nECT\n", "Line 3 has another number of fields"),
  ])
  func `a file in which nothing can be compared is refused with what is missing`(
    text: String, reason: String
  ) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.file("t.csv", text)
    for verb in ["csv", "logistic"] {
      let result = try await Program.run(
        "analyse", verb, file, "--arm", "ARM", "--response", "RESP", "--experimental", "KAP",
        "--comparator", "ECT", "--margin", "-0.1")
      #expect(result.errors.contains(reason), "\(result.errors)")
      #expect(result.status == 1 && result.output.isEmpty)
    }
  }

  @Test(arguments: [
    (
      [
        "clustered", "--provider", "0/5", "--provider", "0/5", "--comparator", "0/9", "--margin",
        "-0.1",
      ],
      "All outcomes are alike"
    ),
    (
      [
        "looks", "--information", "0.5,1", "--alpha", "0.025", "--scores", "3,1,0:3,1,0",
        "--margin",
        "-1",
      ], "All outcomes are alike"
    ),
    (
      ["pool", "--estimates", "1,2", "--variances=-1,2", "--margin", "-1"],
      "square of a standard error"
    ),
    (
      ["estimate", "--estimate", "1", "--standard-error", "0", "--margin", "-1"],
      "--standard-error lies above 0"
    ),
  ])
  func `data without an error to measure by are refused in words that say so`(
    arguments: [String], reason: String
  ) async throws {
    let result = try await Program.run(["analyse"] + arguments)
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.status == 64 && result.output.isEmpty)
  }
}
