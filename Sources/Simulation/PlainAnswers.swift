public import StudyModel

/// The plainest answers a form accepts: what invented people fill in where the content does not matter.
///
/// They follow from the definition alone, so that a study with other forms is conducted as well.
public struct PlainAnswers: Sendable {
  /// The date written into every date.
  public let date: CalendarDate
  /// The instant written into every date with time.
  public let instant: UTCInstant
  /// The user name written where a person is named.
  public let user: String

  /// Makes the answers of one day.
  public init(on date: CalendarDate, at instant: UTCInstant, by user: String) {
    self.date = date
    self.instant = instant
    self.user = user
  }

  /// An answer to every question that must be answered, those given before the others.
  public func answers(
    to form: Form, with given: [FieldID: FieldAnswer] = [:]
  ) -> [FieldID: FieldAnswer] {
    var answers = given
    for field in form.fields where !field.isCalculated && answers[field.id] == nil {
      switch field.required {
      case .optional: continue
      case .conditional(let condition):
        // Whether a question is asked hangs on no day.
        guard condition.truth(in: form.environment(of: answers, clocks: .none)) == true else {
          continue
        }
      case .required: break
      }
      let planned = form.planned.flatMap { $0.field == field.id ? $0.values.first : nil }
      answers[field.id] = (planned ?? text(for: field.type)).map { .value($0) }
    }
    return answers
  }

  private func text(for type: FieldType) -> String? {
    switch type {
    case .integer(let range): String(range?.lowerBound ?? 0)
    case .decimal(_, _, let range): range?.lowerBound.description ?? "1"
    case .boolean: "false"
    case .code(let items), .multi(let items): Self.calmest(items)
    case .date: date.description
    case .partialDate: date.description
    case .time: "09:00"
    case .dateTime: instant.description
    case .text: "nothing to add"
    case .userReference: user
    case .calculated: nil
    }
  }

  // Where a list says “none” or “negative”, that is what somebody without findings answers.
  private static func calmest(_ items: [CodeItem]) -> String? {
    (items.first { ["NONE", "NEG"].contains($0.code) } ?? items.first)?.code
  }
}
