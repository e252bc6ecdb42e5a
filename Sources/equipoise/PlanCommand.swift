import ArgumentParser
import Conduct
import Foundation
import Pictures
import Reports
import Statistics
import Store
import StudyLanguage
import StudyModel
import Web

/// Works out a trial before it begins.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Sizes, bounds, and what a whole design achieves.",
    subcommands: [
      PlanDesign.self, PlanSize.self, PlanMeans.self, PlanEvents.self, PlanAgain.self,
    ])
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
  @Option(help: "A file for the figures as CSV.") var csv: String?
  @Option(help: "A file for the picture, as SVG.") var picture: String?

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
    let work: DesignWork
    do {
      work = try DesignWork(try order(definition), definition)
    } catch let refusal as DesignRefusal {
      throw ValidationError(refusal.description)
    }
    let report = DesignReport(work, await simulated(work))
    if let csv { try OutputFile.write(Array(report.csv.utf8), to: csv) }
    if let picture {
      try OutputFile.write(DesignPicture.power(report).file(), to: picture)
    }
    print(PlanText.design(report), terminator: "")
  }

  private func definition() throws -> StudyDefinition {
    if let file { return try StudyFile.read(file) }
    return try StudyDefinition(yaml: EmbeddedStudies.definition("kap-ect") ?? "")
  }

  private func order(_ definition: StudyDefinition) throws -> DesignOrder {
    var order = try DesignOrder(definition, runs: runs, key: key)
    let arms = definition.arms.map(\.code.text)
    for written in rate {
      let parts = written.split(separator: "=").map(String.init)
      guard parts.count == 2, arms.contains(parts[0]), let value = Double(parts[1]) else {
        throw ValidationError("Write --rate as ARM=0.5, with an arm of the definition.")
      }
      order.rates[parts[0]] = value
    }
    if let perArm { order.perArm = perArm }
    order.dropout = dropout
    order.withLooks = !withoutLooks
    if let cluster {
      let parts = cluster.split(separator: ":").map(String.init)
      guard parts.count == 3, arms.contains(parts[0]), let size = Int(parts[1]),
        let correlation = Double(parts[2])
      else {
        throw ValidationError("Write --cluster as ARM:size:correlation, for example KAP:12:0.03.")
      }
      order.cluster = DesignOrder.Cluster(arm: parts[0], size: size, correlation: correlation)
    }
    return order
  }

  private func simulated(_ work: DesignWork) async -> DesignPart {
    let workers = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let chunk = max(50, min(2000, runs / (4 * workers)))
    var sum = work.none
    var progress = ProgressLine(total: runs)
    await withTaskGroup(of: DesignPart.self) { group in
      var next = stride(from: 0, to: runs, by: chunk).makeIterator()
      func add() {
        guard let start = next.next() else { return }
        group.addTask { [runs] in work.part(start..<min(start + chunk, runs)) }
      }
      for _ in 0..<workers { add() }
      for await part in group {
        sum.add(part)
        progress.tell(sum.runs)
        add()
      }
    }
    progress.clear()
    return sum
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
      positive; the other sign is refused. With --information the size of a trial with looks follows.
      """)

  @Option(
    help: "The share of responders assumed of the experimental arm.", transform: PlainNumber.read)
  var experimental: Double
  @Option(help: "The share assumed of the comparator.", transform: PlainNumber.read)
  var comparator: Double
  @Option(help: "The power wanted.", transform: PlainNumber.read) var power = 0.9
  @Option(help: "Comparator over experimental.", transform: PlainNumber.read) var ratio = 1.0
  @OptionGroup var comparison: ComparisonArguments
  @OptionGroup var looks: LookArguments

  func validate() throws {
    for (name, share) in [("experimental", experimental), ("comparator", comparator)]
    where !(share > 0 && share < 1) {
      throw ValidationError("--\(name) takes a share between 0 and 1, for example 0.45.")
    }
    try PlanText.check(power: power, ratio: ratio)
  }

  func run() throws {
    do {
      let claim = try comparison.claim()
      guard claim.holds(at: experimental - comparator) else {
        throw ValidationError(PlanText.noSize)
      }
      let alpha = (1 - comparison.level) / 2
      let size = try SampleSize.riskDifference(
        experimental: experimental, comparator: comparator, margin: claim.nullDifference,
        ratio: ratio, alphaOneSided: alpha, beta: 1 - power)
      let planned = try looks.text(
        without: size.total, of: "participants", alpha: alpha, power: power)
      print(PlanText.size(size, claim, alpha: alpha, power: power) + planned, terminator: "")
    } catch let refusal as StatisticsRefusal {
      throw ValidationError(refusal.description)
    }
  }
}

/// Plans in words.
enum PlanText {
  /// Refuses a power that is no share and a ratio of arms no trial has.
  static func check(power: Double, ratio: Double) throws {
    guard power > 0, power < 1 else {
      throw ValidationError("--power takes a share between 0 and 1, for example 0.9.")
    }
    guard (0.01...100).contains(ratio) else {
      throw ValidationError("--ratio takes a number from 0.01 to 100.")
    }
  }

  static let noSize =
    "The difference assumed lies in the null hypothesis: no number of participants shows the claim. "
    + "Assume other shares or another margin."

  static func design(_ report: DesignReport) -> String {
    let order = report.order
    var lines = [
      "\(order.perArm) participants in each arm; response "
        + report.arms.map { "\($0) \(Wording.decimal(order.rates[$0] ?? 0, places: 3))" }
        .joined(separator: ", ")
        + "; without an outcome \(Wording.decimal(100 * order.dropout)) %.",
      "Bounds "
        + report.looks.map {
          "\(Wording.decimal($0.bound, places: 3)) at information \(Wording.decimal($0.information, places: 2))"
        }.joined(separator: ", ") + "; \(order.runs) runs, key \(order.key).",
      report.looks.count < 2
        ? "" : "Error: \(report.spending ?? SpendingFunction.obrienFleming.title).\n",
      "hypothesis  comparison   shown     error     by look",
    ]
    for test in report.tests {
      lines.append(
        [
          test.id.padding(toLength: 11, withPad: " ", startingAt: 0),
          test.comparison.padding(toLength: 12, withPad: " ", startingAt: 0),
          Wording.decimal(test.shown, places: 4) + "   ",
          Wording.decimal(test.standardError, places: 4) + "   ",
          test.byLook.map { Wording.decimal($0, places: 4) }.joined(separator: " "),
        ].joined(separator: " "))
    }
    lines += [
      "",
      "Each hypothesis is tested once all before it are shown; “error” is the standard error by the number of runs.",
    ]
    if let futility = report.futility {
      lines.append(
        "Stopping for futility advised in \(Wording.decimal(futility.advised, places: 4)) of the runs (conditional power below "
          + "\(Wording.decimal(futility.below, places: 2)), not binding); advised and shown all the same in "
          + "\(Wording.decimal(futility.advisedYetShown, places: 4)).")
    }
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
