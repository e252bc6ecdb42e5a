import CaseFiles
import Statistics

/// Answers reference vectors of the blinding indices.
enum BlindingCases {
  /// What the reference states its numbers to.
  static let tolerance = 1e-6

  /// Both indices of one table of guesses, or nil when the inputs are none.
  static func answer(_ inputs: JSONObject) -> JSONObject? {
    guard let names = inputs["arms"]?.list?.compactMap(\.text),
      let rows = inputs["counts"]?.list, rows.count == names.count
    else { return nil }
    let counts = rows.map { row in (row.list ?? []).compactMap { $0.number.flatMap(whole) } }
    guard let index = try? BlindingIndex(counts) else { return nil }
    var bang = JSONObject()
    for (name, arm) in zip(names, index.arms) { bang[name] = value(arm) }
    return ["bang": .object(bang), "james": value(index.overall)]
  }

  /// A count, bounded so that no sum over a table can overflow.
  private static func whole(_ number: Double) -> Int? {
    abs(number) <= 1e9 ? Int(exactly: number) : nil
  }

  private static func value(_ arm: BlindingIndex.Guesses) -> JSONValue {
    guard let index = arm.index, case .object(var fields) = value(index) else { return .null }
    fields["n"] = .number(Double(arm.total))
    fields["correct"] = .number(Double(arm.correct))
    fields["incorrect"] = .number(Double(arm.incorrect))
    fields["dont_know"] = .number(Double(arm.unknown))
    return .object(fields)
  }

  /// An estimate; standard error and interval only where they are defined.
  private static func value(_ estimate: BlindingIndex.Estimate?) -> JSONValue {
    guard let estimate else { return .null }
    var fields: JSONObject = ["estimate": .number(estimate.value)]
    if let standardError = estimate.standardError {
      fields["se"] = .number(standardError)
      if let interval = try? estimate.interval() {
        fields["lower"] = .number(interval.lower)
        fields["upper"] = .number(interval.upper)
      }
    }
    return .object(fields)
  }
}
