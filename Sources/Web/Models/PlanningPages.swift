import Conduct
import Foundation
import Pages
import Pictures
import Reports
import Statistics
import StudyModel

/// The planning page, the order of a simulation and its report.
struct PlanningPages {
  private let call: Call
  private let actor: Actor

  init(_ call: Call) throws {
    self.call = call
    actor = try call.actor
  }

  private var back: Link { Link(text: "Planning", href: "/planning") }

  /// The planning page.
  func model(faults: [Pages.Fault] = []) async throws -> PlanningModel {
    let planned = try call.installation.plannedDesign(as: actor)
    let states = try await call.installation.designSimulations(as: actor)
    let (size, sizeFaults) = sizeAsked()
    let looks = try DesignLooks(planned, actor.definition)
    return PlanningModel(
      frame: call.site.frame(for: call),
      lead: "definition \(actor.definition.version) · \(planned.perArm) participants in each arm",
      faults: faults + sizeFaults, arms: arms(planned),
      stated: (actor.definition.sampleSize?.power ?? []).map {
        Fact(name: "Power of \($0.hypothesis) as stated", value: $0.statement)
      }, boundaries: looks.picture, looks: looks.table, sizeFields: sizeFields(sizeFaults),
      sizeAction: "/planning",
      size: size, progress: states.last.map(progress),
      reports: states.filter { $0.stage == .finished }.suffix(5).reversed().map {
        Link(text: "Report of simulation \($0.number)", href: "/planning/reports/\($0.number)")
      }, simulate: Link(text: "Simulate the design…", href: "/planning/simulation"))
  }

  private func arms(_ planned: DesignOrder) -> DataTable {
    DataTable(
      caption: "Arms as the protocol assumes them",
      columns: [
        DataColumn(title: "Arm"), DataColumn(title: "Participants", isNumeric: true),
        DataColumn(title: "Response assumed, %", isNumeric: true),
      ],
      rows: actor.definition.arms.map { arm in
        DataRow(cells: [
          arm.code.text, "\(planned.perArm)",
          planned.rates[arm.code.text].map { Wording.decimal(100 * $0) } ?? "–",
        ])
      })
  }

  private func progress(_ state: DesignSimulationState) -> SimulationProgress {
    let again = Link(text: "Look again", href: "/planning")
    let percent = state.done * 100 / max(1, state.total)
    switch state.stage {
    case .running:
      return SimulationProgress(
        chip: .inProgress,
        sentence: "\(state.done) of \(state.total) runs are done (\(percent) %).", links: [again],
        cancel: call.target("/planning/simulation/cancel"))
    case .stopping:
      return SimulationProgress(
        chip: .inProgress, sentence: "It stops as soon as the runs on their way are done.",
        links: [again])
    case .finished:
      return SimulationProgress(
        chip: .done, sentence: "Simulation \(state.number) is finished, \(state.total) runs.")
    case .cancelled:
      return SimulationProgress(
        chip: .state(.off, "cancelled"),
        sentence: "Simulation \(state.number) was cancelled; nothing of it is kept.")
    case .failed:
      return SimulationProgress(
        chip: .state(.bad, "failed"),
        sentence: "Simulation \(state.number) failed; nothing of it is kept. Start it again.")
    case .lost:
      return SimulationProgress(
        chip: .state(.bad, "stopped"),
        sentence: "The server that ran simulation \(state.number) stopped. Start it again.")
    }
  }

  /// The page that asks how to simulate.
  func order(faults: [Pages.Fault] = []) throws -> ActPageModel {
    let planned = try call.installation.plannedDesign(as: actor)
    func fault(_ field: String) -> String { faults.first { $0.field == field }?.sentence ?? "" }
    func text(_ name: String, _ usual: String) -> String { call.form[name] ?? usual }
    let fields = [
      EntryField(
        name: "runs", label: "Simulated trials",
        control: .integer(text: text("runs", "\(planned.runs)"), size: 8),
        hint: "20000 tell a power to about 0.3 percent points.", fault: fault("runs")),
      EntryField(
        name: "per_arm", label: "Participants in each arm",
        control: .integer(text: text("per_arm", "\(planned.perArm)"), size: 8),
        hint: "Planned: \(planned.perArm).", fault: fault("per_arm")),
      EntryField(
        name: "rates", label: "Share of responders by arm",
        control: .text(text: text("rates", rates(planned)), maximum: 400),
        hint: "An arm and its share, as KET=0.50; KAP=0.62.", fault: fault("rates")),
      EntryField(
        name: "dropout", label: "Share without an outcome",
        control: .decimal(text: text("dropout", "0"), size: 6), hint: "0.08 for 8 per cent.",
        fault: fault("dropout")),
      EntryField(
        name: "cluster", label: "Providers whose participants are alike",
        control: .text(text: text("cluster", ""), maximum: 60),
        hint: "Arm, participants of one provider, correlation, as KAP:12:0.03.", isOptional: true,
        fault: fault("cluster")),
      EntryField(
        name: "looks", label: "Interim looks",
        control: .boolean(call.form["looks"].map { $0 == "Y" } ?? true),
        hint: "No means one analysis at the end.", fault: fault("looks")),
    ]
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Simulate the design",
      lead: "Hypotheses, margins, error and looks are those of the definition.",
      act: ActForm(
        form: call.target("/planning/simulation"), button: "Start the simulation",
        whatHappens: [
          "It runs on this server while you do other things; you can cancel it.",
          "Nothing of any participant is read.",
        ], fields: fields, authentication: .notNeeded), faults: faults)
  }

  private func rates(_ planned: DesignOrder) -> String {
    actor.definition.arms.compactMap { arm in
      planned.rates[arm.code.text].map { "\(arm.code.text)=\($0)" }
    }.joined(separator: "; ")
  }

  /// Starts the simulation the form describes.
  func start() async throws -> String {
    var order = try call.installation.plannedDesign(as: actor)
    func whole(_ name: String) throws(ActRefusal) -> Int {
      guard let value = Int((call.form[name] ?? "").trimmingCharacters(in: .whitespaces)) else {
        throw OrderText.notANumber(name)
      }
      return value
    }
    order.runs = try whole("runs")
    order.perArm = try whole("per_arm")
    order.dropout = try OrderText.share(call.form["dropout"] ?? "", "dropout")
    order.cluster = try OrderText.cluster(call.form["cluster"] ?? "")
    order.rates = [:]
    for part in (call.form["rates"] ?? "").split(separator: ";") {
      let halves = part.split(separator: "=", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard halves.count == 2 else { throw OrderText.notANumber("rates") }
      order.rates[halves[0]] = try OrderText.share(halves[1], "rates")
    }
    guard let looks = call.form["looks"], ["Y", "N"].contains(looks) else {
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: "looks", code: "not_yes_or_no",
          sentence: "Say yes or no. Nothing was simulated.")
      ])
    }
    order.withLooks = looks == "Y"
    order.key = call.installation.random.bytes(6).reduce(0) { $0 << 8 | UInt64($1) }
    _ = try await call.installation.startDesignSimulation(order, as: actor)
    return "/planning?note=simulating"
  }
}

// MARK: The report

extension PlanningPages {
  private func asked() async throws -> (number: Int, report: DesignReport) {
    guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
    return (number, try await call.installation.designReport(number, as: actor))
  }

  /// The figures of a report as a file.
  func csv() async throws -> Answer {
    let (number, report) = try await asked()
    return .file(
      Array(report.csv.utf8), name: "design-\(number).csv", type: "text/csv; charset=utf-8")
  }

  /// The picture of a report as a file.
  func picture() async throws -> Answer {
    let (number, report) = try await asked()
    return .file(
      DesignPicture.power(report).file(), name: "power-\(number).svg", type: "image/svg+xml")
  }

  /// The report of a simulation.
  func report() async throws -> DesignReportModel {
    let (number, report) = try await asked()
    let order = report.order
    let address = "/planning/reports/\(number)"
    return DesignReportModel(
      frame: call.site.frame(for: call), back: back, title: "Simulation \(number) of the design",
      lead: "\(order.runs) simulated trials of \(order.perArm) participants in each arm.",
      power: DesignPicture.power(report), hypotheses: Self.hypotheses(report),
      looks: DesignLooks.table(report.looks, report.spending), futility: Self.futility(report),
      facts: facts(report),
      files: [
        Link(
          text: "All figures as CSV", href: address + "/design.csv", context: "simulation \(number)"
        ),
        Link(
          text: "The picture as a file", href: address + "/power.svg",
          context: "simulation \(number)"),
      ])
  }

  private func facts(_ report: DesignReport) -> [Fact] {
    let order = report.order
    return [
      Fact(
        name: "Share of responders",
        value: report.arms.map { "\($0) \(Wording.decimal(order.rates[$0] ?? 0, places: 3))" }
          .joined(separator: ", ")),
      Fact(name: "Without an outcome", value: "\(Wording.decimal(100 * order.dropout)) %"),
      Fact(
        name: "Providers",
        value: order.cluster.map {
          "\($0.size) participants each in \($0.arm), correlation \(Wording.decimal($0.correlation, places: 3))"
        } ?? "participants are independent"),
      Fact(name: "Definition", value: report.definition),
      Fact(name: "Key", value: "\(order.key)", isCode: true),
    ]
  }

  static func percent(_ share: Double) -> String { Wording.decimal(100 * share) + " %" }

  private static func hypotheses(_ report: DesignReport) -> DataTable {
    DataTable(
      caption: "Share of \(report.order.runs) simulated trials in which each hypothesis is shown",
      columns: [
        DataColumn(title: "Hypothesis"), DataColumn(title: "Comparison"),
        DataColumn(title: "Claim"),
        DataColumn(title: "True difference", isNumeric: true),
        DataColumn(title: "Shown", isNumeric: true), DataColumn(title: "± error", isNumeric: true),
      ]
        + report.looks.indices.map { index in
          DataColumn(
            title: index == report.looks.count - 1
              ? "First at the end" : "First at look \(index + 1)",
            isNumeric: true)
        },
      rows: report.tests.map { test in
        DataRow(
          cells: [
            test.id, test.comparison, test.claim, Wording.signed(100 * test.difference),
            percent(test.shown), Wording.decimal(100 * test.standardError, places: 2),
          ] + test.byLook.map(percent))
      })
  }

  private static func futility(_ report: DesignReport) -> [String] {
    guard let futility = report.futility else { return [] }
    let first = report.tests.first?.id ?? ""
    return [
      "Stopping for futility would be advised in \(percent(futility.advised)) of the trials: conditional power of \(first) below \(percent(futility.below)) if the trend seen goes on.",
      "The advice binds nobody. In \(percent(futility.advisedYetShown)) of the trials it would be given and \(first) be shown all the same.",
    ]
  }
}

/// The looks of the definition with their bounds.
private struct DesignLooks {
  let table: DataTable
  let picture: BoundaryPicture?

  init(_ planned: DesignOrder, _ definition: StudyDefinition) throws {
    let work: DesignWork
    do {
      work = try DesignWork(planned, definition)
    } catch {
      throw ActRefusal.notNow(code: "nothing_planned", sentence: error.description)
    }
    let report = DesignReport(work, work.none)
    let looks = report.looks
    table = Self.table(looks, report.spending)
    picture =
      looks.count < 2
      ? nil
      : BoundaryPicture(
        finding: "A hypothesis is shown at a look once its statistic reaches the bound.",
        numbers: looks.map {
          "\(Wording.decimal($0.bound, places: 3)) at information \(Wording.decimal($0.information, places: 2))"
        }.joined(separator: "; "),
        looks: looks.map {
          BoundaryPicture.Look(information: $0.information, bound: $0.bound, statistic: nil)
        })
  }

  static func table(_ looks: [DesignReport.Look], _ spending: String?) -> DataTable {
    DataTable(
      caption: "Looks at the hypotheses, each with its full error",
      columns: [
        DataColumn(title: "Look"), DataColumn(title: "Information", isNumeric: true),
        DataColumn(title: "Participants in each arm", isNumeric: true),
        DataColumn(title: "One-sided error spent", isNumeric: true),
        DataColumn(title: "Bound", isNumeric: true),
      ],
      rows: looks.enumerated().map { index, look in
        DataRow(cells: [
          index == looks.count - 1 ? "end" : "\(index + 1)",
          Wording.decimal(look.information, places: 2), "\(look.perArm)",
          Wording.decimal(look.spent, places: 6), Wording.decimal(look.bound, places: 3),
        ])
      },
      note: "Bounds by planned number, \(spending ?? SpendingFunction.obrienFleming.title).")
  }
}

// MARK: The size of one comparison

extension PlanningPages {
  private static let sizeNames = ["experimental", "comparator", "margin", "power", "alpha"]

  fileprivate func sizeFields(_ faults: [Pages.Fault]) -> [EntryField] {
    func field(_ name: String, _ label: String, _ usual: String, _ hint: String) -> EntryField {
      EntryField(
        name: name, label: label,
        control: .decimal(text: call.query[name] ?? usual, size: 6), hint: hint,
        fault: faults.first { $0.field == name }?.sentence ?? "")
    }
    return [
      field("experimental", "Response assumed of the experimental arm", "0.5", "A share, as 0.5."),
      field("comparator", "Response assumed of the comparator", "0.45", "A share, as 0.45."),
      field(
        "margin", "Margin", "-0.10",
        "Responding is good, so a margin is negative; 0 asks for superiority."),
      field("power", "Power", "0.9", "A share, as 0.9."),
      field("alpha", "One-sided error", "0.025", "0.025 pairs with the 95 % interval."),
    ]
  }

  /// The size the address asks for; a number that cannot be is told at its field.
  fileprivate func sizeAsked() -> (sentences: [String], faults: [Pages.Fault]) {
    guard Self.sizeNames.contains(where: { call.query[$0] != nil }) else { return ([], []) }
    var numbers: [String: Double] = [:]
    for name in Self.sizeNames {
      guard let number = try? OrderText.share(call.query[name] ?? "", name) else {
        return ([], [Pages.Fault(field: name, sentence: "Write a plain number such as 0.5.")])
      }
      numbers[name] = number
    }
    let margin = numbers["margin"] ?? 0
    let claim: Claim
    do {
      claim =
        margin == 0
        ? .superiority(.higherIsBetter)
        : .noninferiority(try NoninferiorityMargin.forProportions(margin))
    } catch {
      return ([], [Pages.Fault(field: "margin", sentence: error.description)])
    }
    guard claim.holds(at: (numbers["experimental"] ?? 0) - (numbers["comparator"] ?? 0)) else {
      return (
        [],
        [
          Pages.Fault(
            field: "margin",
            sentence:
              "The difference assumed lies in the null hypothesis: no number of participants shows the claim."
          )
        ]
      )
    }
    do {
      let size = try SampleSize.riskDifference(
        experimental: numbers["experimental"] ?? 0, comparator: numbers["comparator"] ?? 0,
        margin: claim.nullDifference, ratio: 1, alphaOneSided: numbers["alpha"] ?? 0,
        beta: 1 - (numbers["power"] ?? 0))
      let one = Int(size.experimental.rounded(.up))
      let two = Int(size.comparator.rounded(.up))
      return (
        [
          "\(one) in the experimental arm and \(two) in the comparator, \(one + two) together.",
          "Score test at rates restricted to the margin; Farrington and Manning (1990). Add those who will have no outcome.",
        ], []
      )
    } catch {
      return ([], [Pages.Fault(field: "experimental", sentence: error.description)])
    }
  }
}
