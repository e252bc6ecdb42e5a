import ArgumentParser
import Foundation
import Store
import StudyLanguage
import StudyModel

/// Runs reference case files and compares every answer with the one stated.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Runs reference case files and prints how the answers agree, method by method.",
    discussion: """
      Every case is answered from its inputs alone; what the file expects is read only to compare. \
      Files of statistics, randomization and instruments are told apart by their content.

      Status 0 when every case agrees, 1 when one differs, cannot be used, or is not implemented \
      without being tagged optional.
      """)

  @Argument(help: "The files.", completion: .file(extensions: ["json"]))
  var files: [String]

  @Option(help: "Write the answers there, one JSON object a line: {\"id\":...,\"answer\":{...}}.")
  var answers: String?

  @Flag(help: "Print every case, not only those that do not agree.")
  var eachCase = false

  @Option(
    help: "The library of instruments whose scoring is evaluated; the shipped one when absent.")
  var instruments: String?

  @Option(help: "The study definition whose visit windows are evaluated; KAP-ECT when absent.")
  var study: String?

  func run() throws {
    var evaluator = ReferenceEvaluator {
      InstrumentCases(library: try library(), study: try definition())
    }
    var evaluations: [FileEvaluation] = []
    var isComplete = true
    for path in files {
      do {
        let evaluation = try evaluator.evaluate(path)
        print(evaluation.text(eachCase: eachCase), terminator: "")
        isComplete = isComplete && evaluation.isComplete
        evaluations.append(evaluation)
      } catch let refusal as InputFileRefusal {
        // It names the file itself.
        TerminalText.complain("Error: \(refusal)")
        isComplete = false
      } catch {
        TerminalText.complain("Error: \(TerminalText.plain(path)): \(error)")
        isComplete = false
      }
    }
    if files.count > 1 { print(total(evaluations)) }
    try write(evaluations)
    if !isComplete { throw ExitCode(1) }
  }

  private func total(_ evaluations: [FileEvaluation]) -> String {
    let counts = FileEvaluation.counts(
      evaluations.reduce(0) { $0 + $1.agreed }, evaluations.reduce(0) { $0 + $1.differed },
      evaluations.reduce(0) { $0 + $1.notImplemented })
    return "\(TerminalText.count(evaluations.count, "file")): \(counts)"
  }

  private func write(_ evaluations: [FileEvaluation]) throws {
    guard let answers else { return }
    let lines = evaluations.map(\.answerLines).joined()
    do {
      try OutputFile.write(Array(lines.utf8), to: answers)
    } catch {
      throw InputFileRefusal.unwritable(answers)
    }
  }

  private func library() throws -> [Instrument]? {
    try
      (try instruments.map { try InputFile($0).text() }
      ?? EmbeddedStudies.definition("instruments")).map { try Instrument.library(yaml: $0) }
  }

  private func definition() throws -> StudyDefinition? {
    try (try study.map { try InputFile($0).text() } ?? EmbeddedStudies.definition("kap-ect"))
      .map { try StudyDefinition(yaml: $0) }
  }
}
