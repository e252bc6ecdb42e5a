import Conduct
import Foundation
import Pages
import StudyModel

/// Starting a simulation of the candidates, following it, and its report.
struct SimulationPages {
  private let call: Call
  private let actor: Actor

  init(_ call: Call) throws {
    self.call = call
    actor = try call.actor
  }

  private var back: Link { Link(text: "Randomization", href: "/randomization") }

  /// The page that asks how to simulate.
  func order(faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let drafts = try await call.installation.schemeDrafts(as: actor)
    func fault(_ field: String) -> String { faults.first { $0.field == field }?.sentence ?? "" }
    let planned = String(actor.definition.randomization.plannedTotal)
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Simulate the candidates",
      lead: "Every candidate is tried out on the same invented participants.",
      facts: drafts.map {
        Fact(name: "Candidate \($0.number)", value: $0.summary.method)
      },
      act: ActForm(
        form: call.target("/randomization/simulation"), button: "Start the simulation",
        whatHappens: [
          "It runs on this server while you do other things; you can cancel it.",
          "Its report is attached to the candidate that is committed to.",
        ],
        fields: [
          EntryField(
            name: "runs", label: "Simulated trials of each candidate",
            control: .integer(text: call.form["runs"] ?? "1000", size: 8),
            hint: "1000 tell a share to about 1.5 percent points.", fault: fault("runs")),
          EntryField(
            name: "participants", label: "Participants in each",
            control: .integer(text: call.form["participants"] ?? planned, size: 8),
            hint: "Planned: \(planned).", fault: fault("participants")),
          EntryField(
            name: "mix", label: "How frequent the levels are",
            control: .text(text: call.form["mix"] ?? "", maximum: 400),
            hint: "A factor and a whole number for each level, as sev=3,1; setting=1,4. "
              + "Equally frequent where nothing is said.", isOptional: true, fault: fault("mix")),
        ], authentication: .notNeeded), faults: faults)
  }

  /// Starts the simulation the form describes.
  func start() async throws -> String {
    func number(_ name: String) throws(ActRefusal) -> Int {
      guard let value = Int((call.form[name] ?? "").trimmingCharacters(in: .whitespaces)) else {
        throw .invalid([
          Conduct.Fault(
            field: name, code: "not_a_number",
            sentence: "Write a whole number. Nothing was simulated.")
        ])
      }
      return value
    }
    let order = SimulationOrder(
      runs: try number("runs"), participants: try number("participants"),
      mix: try Self.mix(call.form["mix"] ?? ""))
    _ = try await call.installation.startSimulation(order, as: actor)
    return "/randomization?note=simulating"
  }

  /// `sev=3,1; setting=1,4`.
  static func mix(_ text: String) throws(ActRefusal) -> [String: [Int]] {
    var mix: [String: [Int]] = [:]
    for part in text.split(separator: ";") {
      let halves = part.split(separator: "=", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      let numbers = (halves.last ?? "").split(separator: ",", omittingEmptySubsequences: false)
      let weights = numbers.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
      guard halves.count == 2, weights.count == numbers.count, mix[halves[0]] == nil else {
        throw .invalid([
          Conduct.Fault(
            field: "mix", code: "bad_mix",
            sentence: "Write a factor once and a whole number for each of its levels, as sev=3,1. "
              + "Nothing was simulated.")
        ])
      }
      mix[halves[0]] = weights
    }
    return mix
  }

  /// How far the latest simulation is, for the page of the randomization.
  func progress(_ state: SimulationState) -> SimulationProgress {
    let report = Link(
      text: "Read the report", href: "/randomization/reports/\(state.number)",
      context: "simulation \(state.number)")
    let again = Link(text: "Look again", href: "/randomization")
    let percent = state.done * 100 / max(1, state.total)
    switch state.stage {
    case .running:
      return SimulationProgress(
        chip: .inProgress,
        sentence: "\(state.done) of \(state.total) runs are done (\(percent) %).",
        links: [again],
        cancel: actor.role.can(.draftRandomization)
          ? call.target("/randomization/simulation/cancel") : nil)
    case .stopping:
      return SimulationProgress(
        chip: .inProgress, sentence: "It stops as soon as the runs on their way are done.",
        links: [again])
    case .finished:
      return SimulationProgress(
        chip: .done, sentence: "Simulation \(state.number) is finished, \(state.total) runs.",
        links: [report])
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

  private func asked() async throws -> (number: Int, report: SimulationReport) {
    guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
    return (number, try await call.installation.simulationReport(number, as: actor))
  }

  /// The report of a simulation as a file of comma-separated text.
  func file() async throws -> Answer {
    let (number, report) = try await asked()
    return .file(
      Array(report.csv.utf8), name: "simulation-\(number).csv", type: "text/csv; charset=utf-8")
  }

  /// The report of a simulation.
  func report() async throws -> SimulationReportModel {
    let (number, report) = try await asked()
    let state = try await call.installation.simulations(as: actor).first { $0.number == number }
    let pictures = SchemePictures(report)
    return SimulationReportModel(
      frame: call.site.frame(for: call), back: back, title: "Simulation \(number)",
      lead: "\(report.runs) simulated trials of \(report.participants) participants for each of "
        + "\(report.candidates.count) \(report.candidates.count == 1 ? "candidate" : "candidates").",
      comparison: SimulationTable.comparison(report),
      file: Link(
        text: "All figures as CSV", href: "/randomization/reports/\(number)/simulation.csv",
        context: "simulation \(number)"), imbalance: pictures.imbalance,
      predictability: pictures.predictability, balance: pictures.balance,
      arms: SimulationTable.arms(report),
      facts: [
        Fact(name: "Key", value: report.key, isCode: true),
        Fact(name: "SHA-256 of the report", value: state?.digest ?? "", isCode: true),
        Fact(
          name: "Level weights",
          value: report.mix.isEmpty
            ? "all equal"
            : report.mix.sorted { $0.key < $1.key }
              .map { "\($0.key)=\($0.value.map(String.init).joined(separator: ","))" }
              .joined(separator: "; ")),
      ])
  }
}

/// The numbers of a simulation as tables.
enum SimulationTable {
  static func comparison(_ report: SimulationReport) -> DataTable {
    func figure(_ figure: SimulationReport.Figure, percent: Bool) -> String {
      let scale = percent ? 100.0 : 1
      return SchemePictures.decimal(figure.mean * scale, percent ? 1 : 2) + " ± "
        + SchemePictures.decimal(figure.standardError * scale, 2)
    }
    let quantities:
      [(
        name: String, value: (SimulationReport.Candidate) -> SimulationReport.Figure,
        isPercent: Bool
      )] =
        [
          ("Imbalance at the end", \.finalImbalance, false),
          ("Largest imbalance", \.largestImbalance, false),
          ("Allocations in perfect balance", \.balanced, false),
          ("Guessed by an observer of the past, %", \.guess, true),
          ("Guessed by who knows the scheme, %", \.predictable, true),
          ("Certain allocations, %", \.deterministic, true),
        ]
    return DataTable(
      caption: "Means over \(report.runs) simulated trials ± standard error",
      columns: [DataColumn(title: "Quantity")]
        + report.candidates.map {
          DataColumn(title: "\($0.number): \($0.name)", isNumeric: true)
        },
      rows: quantities.map { quantity in
        DataRow(
          cells: [quantity.name]
            + report.candidates.map {
              figure(quantity.value($0), percent: quantity.isPercent)
            })
      })
  }

  static func arms(_ report: SimulationReport) -> DataTable {
    DataTable(
      caption: "Participants by arm over \(report.runs) simulated trials",
      columns: [
        DataColumn(title: "Candidate and arm"), DataColumn(title: "Planned", isNumeric: true),
        DataColumn(title: "Mean", isNumeric: true), DataColumn(title: "5 % below", isNumeric: true),
        DataColumn(title: "5 % above", isNumeric: true),
      ],
      rows: report.candidates.flatMap { candidate in
        candidate.arms.map { arm in
          DataRow(cells: [
            "\(candidate.number): \(arm.id)", SchemePictures.decimal(arm.target, 1),
            SchemePictures.decimal(arm.allocated.mean, 2), SchemePictures.decimal(arm.low, 0),
            SchemePictures.decimal(arm.high, 0),
          ])
        }
      })
  }
}
