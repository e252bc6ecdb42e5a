import CaseFiles
import Foundation
import RandomizationCases

/// The families of reference files, told apart by what is in the file.
enum ReferenceFamily {
  /// Cases with method, inputs, expected values and tolerance.
  case statistics
  /// Cases of randomization, known by the parts of their file.
  case randomization
  /// Vectors of an instrument, of change, of visit windows or of blinding indices.
  case instruments(JSONObject)

  /// The family of a file, or nil when it is none.
  init?(bytes: Data) throws(CaseFiles.CaseFileRefusal) {
    guard let file = try JSONValue(parsing: bytes).object else { return nil }
    if file["family"] != nil {
      self = .statistics
    } else if file["schema"]?.text?.hasPrefix("equipoise-") == true {
      self = .instruments(file)
    } else if RandomizationCases.CaseFile.isKnown([UInt8](bytes)) {
      self = .randomization
    } else {
      return nil
    }
  }
}

/// Evaluates one file, whatever its family.
struct ReferenceEvaluator {
  private let runner = CaseFileRunner()
  private let readInstruments: () throws -> InstrumentCases
  private var instruments: InstrumentCases?

  /// An evaluator that reads library and definition when the first file asks for them.
  init(instruments: @escaping () throws -> InstrumentCases) { readInstruments = instruments }

  /// The cases of a file with their verdicts.
  mutating func evaluate(_ path: String) throws -> FileEvaluation {
    let file = try InputFile(path)
    let url = URL(fileURLWithPath: path)
    let name = url.lastPathComponent
    guard let family = try ReferenceFamily(bytes: file.bytes) else {
      throw EvaluationRefusal.unknownFile(name)
    }
    switch family {
    case .statistics:
      let folder = url.deletingLastPathComponent()
      let report = try runner.evaluate(name: name, bytes: file.bytes) { relative in
        // A case names its data beside itself; a path leading elsewhere is not followed.
        guard !relative.hasPrefix("/"), !relative.split(separator: "/").contains("..") else {
          return nil
        }
        return try? InputFile(folder.appending(path: relative).path).bytes
      }
      return FileEvaluation(name: name, cases: report.results.map(EvaluatedCase.init))
    case .randomization:
      let outcomes = try RandomizationCases.evaluate(bytes: [UInt8](file.bytes))
      return FileEvaluation(name: name, cases: outcomes.map(EvaluatedCase.init))
    case .instruments(let content):
      let instruments = try instruments ?? readInstruments()
      self.instruments = instruments
      return FileEvaluation(name: name, cases: try instruments.evaluate(content))
    }
  }
}

/// Why a file of reference cases was not evaluated.
enum EvaluationRefusal: Error, Equatable, CustomStringConvertible {
  /// The content is of no known family.
  case unknownFile(String)
  /// Vectors lack what they must give.
  case malformedVectors

  var description: String {
    switch self {
    case .unknownFile(let name):
      "\(TerminalText.plain(name)) is no file of reference cases known here. Name a file with "
        + "cases of statistics, randomization or instruments."
    case .malformedVectors:
      "The file lacks vectors with id, in and out. Nothing was evaluated."
    }
  }
}

extension EvaluatedCase {
  /// A case of statistics.
  init(_ result: CaseResult) {
    let verdict: CaseVerdict =
      switch result.outcome {
      case .agrees(let deviation): .agrees(deviation: deviation)
      case .differs(let deviation): .differs(deviation: deviation, place: nil)
      case .refused(let sentence): .refused(sentence)
      case .notImplemented: .notImplemented(nil)
      }
    self.init(
      id: result.id, method: result.method, isOptional: result.isOptional, verdict: verdict,
      answerJSON: result.answer?.description)
  }

  /// A case of randomization, which agrees exactly or not at all.
  init(_ outcome: RandomizationCases.CaseOutcome) {
    let verdict: CaseVerdict =
      switch outcome.verdict {
      case .agree: .agrees(deviation: 0)
      case .differ(let place): .differs(deviation: .infinity, place: place)
      case .notImplemented: .notImplemented(nil)
      }
    self.init(
      id: outcome.id, method: outcome.method, verdict: verdict, answerJSON: outcome.answerJSON)
  }
}
