import CaseFiles
import Instruments
import StudyLanguage
import StudyModel

/// Evaluates the reference vectors of instruments, change, visit windows and blinding indices.
///
/// The rules under test are those of the library and the definition that a trial would load.
struct InstrumentCases {
  /// The library with the scoring rules; nil when it is not at hand.
  let library: [Instrument]?
  /// The definition with the visits; nil when it is not at hand.
  let study: StudyDefinition?

  /// The cases of a file with their verdicts.
  func evaluate(_ file: JSONObject) throws(EvaluationRefusal) -> [EvaluatedCase] {
    guard let schema = file["schema"]?.text, let list = file["vectors"]?.list else {
      throw .malformedVectors
    }
    var vectors: [ReferenceVector] = []
    for value in list {
      guard let vector = ReferenceVector(value) else { throw .malformedVectors }
      vectors.append(vector)
    }
    switch schema {
    case "equipoise-instrument/1":
      return score(vectors, file["instrument"]?.object?["id"]?.text ?? "")
    case "equipoise-change/1":
      return vectors.map { $0.compared("change", with: .object(Self.change($0.inputs))) }
    case "equipoise-windows/1": return windows(vectors)
    case "equipoise-blinding-index/1": return vectors.map(blinding)
    default:
      return vectors.map { $0.unanswered(schema, "no method is known for this kind of vector") }
    }
  }

  // MARK: Scores

  private func score(_ vectors: [ReferenceVector], _ id: String) -> [EvaluatedCase] {
    let method = "score \(id)"
    guard let library else {
      return vectors.map { $0.unanswered(method, "name the library with --instruments") }
    }
    guard let instrument = library.first(where: { $0.id.text == id }) else {
      return vectors.map { $0.unanswered(method, "the library has no instrument of this name") }
    }
    return vectors.map { $0.compared(method, with: .object(Self.score($0.inputs, instrument))) }
  }

  private static func score(_ inputs: JSONObject, _ instrument: Instrument) -> JSONObject {
    var answers: [FieldID: FormulaValue] = [:]
    for item in instrument.items {
      answers[item.id] = inputs[item.id.text].flatMap(answer)
    }
    let score = instrument.score(answers)
    var result: JSONObject = ["status": .text(score.status.rawValue)]
    for output in instrument.outputs {
      result[output.id.text] = value(score.outputs[output.id] ?? .missing)
    }
    result["alerts"] = .list(score.alerts.map { .text($0) })
    if !score.invalidItems.isEmpty {
      result["errors"] = .list(score.invalidItems.map { .text($0.text) })
    }
    return result
  }

  /// An answer as given; what no item can hold becomes a text that no item accepts.
  private static func answer(_ value: JSONValue) -> FormulaValue? {
    switch value {
    case .null: nil
    case .bool(let truth): .truth(truth)
    case .text(let text): .text(text)
    case .number(let number):
      (try? ExactNumber(parsing: decimal(number))).map { .number($0) } ?? .text("")
    case .list, .object: .text("")
    }
  }

  private static func decimal(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  /// A score as the files write it: numbers to four decimals, no score as null.
  private static func value(_ value: FormulaValue) -> JSONValue {
    switch value {
    case .truth(let truth): return .bool(truth)
    case .number: return value.storedText.flatMap { Double($0) }.map { .number($0) } ?? .null
    case .text, .date, .instant, .choices, .missing:
      return value.storedText.map { .text($0) } ?? .null
    }
  }

  // MARK: Change, windows and blinding

  private static func change(_ inputs: JSONObject) -> JSONObject {
    // Scores lie far below the bound, which keeps the arithmetic of a hostile file from overflow.
    func whole(_ name: String) -> Int? {
      inputs[name]?.number.flatMap { abs($0) <= 1e9 ? Int(exactly: $0) : nil }
    }
    let change = Change(
      baseline: whole("baseline"), followUp: whole("follow_up"),
      remissionAtMost: whole("remission_max") ?? 0)
    return [
      "change": change.difference.map { .number(Double($0)) } ?? .null,
      "pct_change": value(change.percent.map { .number($0) } ?? .missing),
      "response": change.isResponse.map { .bool($0) } ?? .null,
      "remission": change.isRemission.map { .bool($0) } ?? .null,
    ]
  }

  private func windows(_ vectors: [ReferenceVector]) -> [EvaluatedCase] {
    let method = "visit windows"
    guard let study else {
      return vectors.map { $0.unanswered(method, "name the definition with --study") }
    }
    return vectors.map { vector in
      guard let text = vector.inputs["randomized_on"]?.text,
        let day0 = try? CalendarDate(parsing: text)
      else { return vector.unanswered(method, "the date of randomization is not a date") }
      let visits = study.schedule(randomizedOn: day0).map { dates in
        JSONValue.object([
          "visit": .text(dates.visit.text), "target": .text(dates.target.description),
          "opens": .text(dates.window.lowerBound.description),
          "closes": .text(dates.window.upperBound.description),
        ])
      }
      return vector.compared(method, with: .list(visits))
    }
  }

  private func blinding(_ vector: ReferenceVector) -> EvaluatedCase {
    guard let answer = BlindingCases.answer(vector.inputs) else {
      return vector.unanswered("blinding index", "the table of guesses cannot be used")
    }
    return vector.compared(
      "blinding index", with: .object(answer), tolerance: BlindingCases.tolerance)
  }
}
