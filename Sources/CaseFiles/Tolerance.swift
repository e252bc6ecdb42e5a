/// How close an answer must come: |got − expected| ≤ max(abs, rel · |expected|).
struct Tolerance: Equatable, Sendable {
  var absolute: Double
  var relative: Double

  /// The largest deviation of an answer in units of the tolerance; infinite where a value is
  /// missing, of another type, or not finite where a finite one is expected.
  func deviation(of answer: JSONValue?, from expected: JSONValue) -> Double {
    guard let answer else { return .infinity }
    switch expected {
    case .null, .bool: return answer == expected ? 0 : .infinity
    case .text:
      if let number = expected.number { return deviation(of: answer, number: number) }
      return answer == expected ? 0 : .infinity
    case .number(let number): return deviation(of: answer, number: number)
    case .list(let values): return deviation(of: answer, list: values)
    case .object(let fields):
      guard let given = answer.object else { return .infinity }
      return fields.names.reduce(0) {
        max($0, deviation(of: given[$1], from: fields[$1] ?? .null))
      }
    }
  }

  private func deviation(of answer: JSONValue, number expected: Double) -> Double {
    guard let got = answer.number ?? (answer.list?.count == 1 ? answer.list?[0].number : nil)
    else { return .infinity }
    if expected.isNaN { return got.isNaN ? 0 : .infinity }
    if expected.isInfinite || got.isInfinite { return got == expected ? 0 : .infinity }
    if got.isNaN { return .infinity }
    let allowed = max(absolute, relative * abs(expected))
    let distance = abs(got - expected)
    if distance == 0 { return 0 }
    return allowed > 0 ? distance / allowed : .infinity
  }

  private func deviation(of answer: JSONValue, list expected: [JSONValue]) -> Double {
    // A scalar stands for a list of one.
    let given = answer.list ?? [answer]
    guard given.count == expected.count else { return .infinity }
    return zip(given, expected).reduce(0) { max($0, deviation(of: $1.0, from: $1.1)) }
  }
}
