import CaseFiles

/// One vector of the instruments' reference: what is asked, and apart from it what is expected.
struct ReferenceVector {
  let id: String
  let inputs: JSONObject
  private let expected: JSONValue

  init?(_ value: JSONValue) {
    guard let fields = value.object, let id = fields["id"]?.text,
      let inputs = fields["in"]?.object, let expected = fields["out"]
    else { return nil }
    self.id = id
    self.inputs = inputs
    self.expected = expected
  }

  /// The vector as a case no answer was given to, and why.
  func unanswered(_ method: String, _ reason: String) -> EvaluatedCase {
    EvaluatedCase(id: id, method: method, verdict: .notImplemented(reason))
  }

  /// The vector as a case with an answer, in which every value expected must stand.
  /// - Parameter tolerance: how far numbers may lie apart; 0 for scores, which are exact.
  func compared(
    _ method: String, with answer: JSONValue, tolerance: Double = 0
  ) -> EvaluatedCase {
    var largest = 0.0
    let place = departure(answer, expected, tolerance, "answer", &largest)
    return EvaluatedCase(
      id: id, method: method,
      verdict: place.map { .differs(deviation: .infinity, place: $0) }
        ?? .agrees(deviation: largest),
      answerJSON: answer.description)
  }

  private func departure(
    _ got: JSONValue?, _ wanted: JSONValue, _ tolerance: Double, _ place: String,
    _ largest: inout Double
  ) -> String? {
    guard let got else { return "\(place) is missing" }
    if case .object(let fields) = wanted {
      guard let answers = got.object, !fields.names.isEmpty else { return "\(place) differs" }
      for name in fields.names {
        let found = departure(
          answers[name], fields[name] ?? .null, tolerance, "\(place).\(name)", &largest)
        if let found { return found }
      }
      return nil
    }
    if case .number(let number) = wanted, case .number(let answer) = got, tolerance > 0 {
      largest = max(largest, abs(answer - number) / tolerance)
      return abs(answer - number) <= tolerance ? nil : "\(place) differs"
    }
    return got == wanted ? nil : "\(place) differs"
  }
}
