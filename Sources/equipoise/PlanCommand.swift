import ArgumentParser
import Conduct
import Foundation
import Reports
import Statistics
import Store
import StudyLanguage
import StudyModel

/// Works out a trial before it begins.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Sizes, bounds, and what a whole design achieves.",
    subcommands: [PlanDesign.self, PlanSize.self])
}

/// Simulates the whole design of a study.
struct PlanDesign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "design",
    abstract: "How often each hypothesis of a design is shown, by simulation.",
    discussion: """
      Hypotheses, looks, participants and assumed response come from the study definition; the one \
      that ships is used when no file is named. The same plan, key and runs give the same table \
      with any number of threads.

      Example: equipoise plan design --dropout 0.08 --cluster KAP:12:0.03
      """)

  @Argument(help: "A study definition.", completion: .file(extensions: ["yaml"]))
  var file: String?
  @Option(help: "Runs, 100 to 10000000.") var runs = 20_000
  @Option(help: "The key of the random streams, a whole number.") var key: UInt64 = 1
  @Option(help: "Threads; all processors where not said.") var threads: Int?
  @Option(help: "Participants in each arm, instead of those of the definition.") var perArm: Int?
  @Option(help: "The share without an outcome.", transform: PlainNumber.read) var dropout = 0.0
  @Option(
    help: ArgumentHelp("The true share of responders of an arm.", valueName: "arm=rate"))
  var rate: [String] = []
  @Option(
    help: ArgumentHelp(
      "Participants of one provider are alike in an arm.", valueName: "arm:size:correlation"))
  var cluster: String?
  @Flag(help: "Without the interim looks.") var withoutLooks = false

  func validate() throws {
    guard (100...10_000_000).contains(runs) else {
      throw ValidationError("--runs takes a number from 100 to 10000000.")
    }
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads takes a number from 1 to 1024.")
    }
  }

  func run() async throws {
    let definition = try definition()
    let plan: DesignPlan
    do {
      plan = try self.plan(definition)
    } catch let refusal as StatisticsRefusal {
      throw ValidationError(refusal.description)
    }
    let tally = await simulated(plan)
    print(
      PlanText.design(plan, tally, arms: definition.arms.map(\.code.text), key: key), terminator: ""
    )
  }

  private func definition() throws -> StudyDefinition {
    let source: String
    if let file {
      source = try String(contentsOfFile: file, encoding: .utf8)
    } else {
      source = EmbeddedStudies.definition("kap-ect") ?? ""
    }
    return try StudyDefinition(yaml: source)
  }

  private func plan(_ definition: StudyDefinition) throws -> DesignPlan {
    let arms = definition.arms.map(\.code.text)
    guard let size = definition.sampleSize, let first = definition.hypotheses.first else {
      throw ValidationError("The definition states no sample size or no hypothesis.")
    }
    var rates = Dictionary(
      zip(size.assumptions.map(\.arm), size.assumptions).map { code, assumed in
        (code.text, Double(assumed.proportion.text(decimals: 9)) ?? 0)
      }
    ) { one, _ in one }
    for written in rate {
      let parts = written.split(separator: "=").map(String.init)
      guard parts.count == 2, arms.contains(parts[0]), let value = Double(parts[1]) else {
        throw ValidationError("Write --rate as ARM=0.5, with an arm of the definition.")
      }
      rates[parts[0]] = value
    }
    let looks = withoutLooks ? [] : definition.interim?.looks.filter(\.isEfficacy) ?? []
    let fractions =
      looks.compactMap { $0.information.flatMap { Double($0.text(decimals: 9)) } }
      .filter { $0 < 1 } + [1]
    return try DesignPlan(
      rates: arms.map { rates[$0] ?? 0 }, perArm: perArm ?? size.perArm,
      tests: try definition.hypotheses.sorted { $0.order < $1.order }.map {
        DesignPlan.Test(
          id: $0.id, first: arms.firstIndex(of: $0.first.text) ?? 0,
          second: arms.firstIndex(of: $0.second.text) ?? 0,
          claim: try TrialAnalysis.claim(of: $0.objective))
      },
      design: try GroupSequentialDesign(
        spending: .obrienFleming,
        alphaOneSided: Double(first.alphaOneSided.text(decimals: 12)) ?? 0.025,
        informationFractions: fractions),
      dropout: dropout, clustering: try clustering(arms))
  }

  private func clustering(_ arms: [String]) throws -> DesignPlan.Clustering? {
    guard let cluster else { return nil }
    let parts = cluster.split(separator: ":").map(String.init)
    guard parts.count == 3, let arm = arms.firstIndex(of: parts[0]), let size = Int(parts[1]),
      let correlation = Double(parts[2])
    else {
      throw ValidationError("Write --cluster as ARM:size:correlation, for example KAP:12:0.03.")
    }
    return DesignPlan.Clustering(arm: arm, size: size, correlation: correlation)
  }

  private func simulated(_ plan: DesignPlan) async -> DesignTally {
    let workers = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let chunk = max(50, min(2000, runs / (4 * workers)))
    let starts = Array(stride(from: 0, to: runs, by: chunk))
    var tally = DesignTally(plan)
    var progress = ProgressLine(total: runs)
    await withTaskGroup(of: DesignTally.self) { group in
      var next = starts.makeIterator()
      func add() {
        guard let start = next.next() else { return }
        group.addTask { [runs, key] in
          var part = DesignTally(plan)
          part.simulate(plan, runs: start..<min(start + chunk, runs), key: key)
          return part
        }
      }
      for _ in 0..<workers { add() }
      for await part in group {
        tally.add(part)
        progress.tell(tally.runs)
        add()
      }
    }
    progress.clear()
    return tally
  }
}

/// The size of two arms for a difference of proportions.
struct PlanSize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "size",
    abstract: "Participants for a comparison of two proportions at a margin.",
    discussion: """
      Example: equipoise plan size --experimental 0.5 --comparator 0.45 --margin -0.10 --power 0.9

      Where responding is good the margin is negative, where it is bad (--lower-is-better) \
      positive; the other sign is refused.
      """)

  @Option(
    help: "The share of responders assumed of the experimental arm.", transform: PlainNumber.read)
  var experimental: Double
  @Option(help: "The share assumed of the comparator.", transform: PlainNumber.read)
  var comparator: Double
  @Option(help: "The power wanted.", transform: PlainNumber.read) var power = 0.9
  @Option(help: "Comparator over experimental.", transform: PlainNumber.read) var ratio = 1.0
  @OptionGroup var comparison: ComparisonArguments

  func run() throws {
    do {
      let claim = try comparison.claim()
      let alpha = (1 - comparison.level) / 2
      let size = try SampleSize.riskDifference(
        experimental: experimental, comparator: comparator, margin: claim.nullDifference,
        ratio: ratio, alphaOneSided: alpha, beta: 1 - power)
      print(PlanText.size(size, claim, alpha: alpha, power: power), terminator: "")
    } catch let refusal as StatisticsRefusal {
      throw ValidationError(refusal.description)
    }
  }
}

/// Plans in words.
enum PlanText {
  static func design(
    _ plan: DesignPlan, _ tally: DesignTally, arms: [String], key: UInt64
  ) -> String {
    var lines = [
      "\(plan.perArm) participants in each arm; response "
        + zip(arms, plan.rates).map { "\($0) \(Wording.decimal($1, places: 3))" }
        .joined(separator: ", ") + "; without an outcome \(Wording.decimal(100 * plan.dropout)) %.",
      "Bounds "
        + zip(plan.design.informationFractions, plan.design.bounds).map {
          "\(Wording.decimal($1, places: 3)) at information \(Wording.decimal($0, places: 2))"
        }.joined(separator: ", ") + "; \(tally.runs) runs, key \(key).", "",
      "hypothesis  comparison   shown     error     by look",
    ]
    for (number, test) in plan.tests.enumerated() {
      let looks = tally.shown[number].map {
        Wording.decimal(Double($0) / Double(max(tally.runs, 1)), places: 4)
      }
      lines.append(
        [
          test.id.padding(toLength: 11, withPad: " ", startingAt: 0),
          "\(arms[test.first]) − \(arms[test.second])".padding(
            toLength: 12, withPad: " ", startingAt: 0),
          Wording.decimal(tally.power(number), places: 4) + "   ",
          Wording.decimal(tally.standardError(number), places: 4) + "   ",
          looks.joined(separator: " "),
        ].joined(separator: " "))
    }
    lines += [
      "",
      "Each hypothesis is tested once all before it are shown; “error” is the standard error by the number of runs.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  static func size(
    _ size: SampleSize.Arms, _ claim: Claim, alpha: Double, power: Double
  ) -> String {
    let one = Int(size.experimental.rounded(.up))
    let two = Int(size.comparator.rounded(.up))
    return """
      \(one) in the experimental arm and \(two) in the comparator, \(one + two) together.
      Null difference \(Wording.number(claim.nullDifference)), one-sided error \
      \(Wording.number(alpha)), power \(Wording.number(power)). Before rounding \
      \(Wording.decimal(size.experimental, places: 2)) and \(Wording.decimal(size.comparator, places: 2)).
      Score test at rates restricted to the margin; Farrington and Manning (1990), Stat. Med. 9, \
      1447-1454. Add those who will have no outcome.

      """
  }
}
