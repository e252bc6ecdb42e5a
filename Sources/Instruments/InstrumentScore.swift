public import StudyModel

/// What one answered instrument is worth.
public struct InstrumentScore: Hashable, Sendable {
  /// How complete it is.
  public let status: ScoringStatus
  /// The scores by name, exact; missing ones stand as missing.
  public let outputs: [FieldID: FormulaValue]
  /// The alerts raised, most serious first.
  public let alerts: [String]
  /// The items that hold something they cannot, in their order.
  public let invalidItems: [FieldID]
}

extension Instrument {
  /// Scores the answers; what is not among them is unanswered.
  ///
  /// The range comes before every other rule: an instrument with one impossible answer has no score
  /// and raises no alert, because nobody can tell what was meant.
  public func score(_ answers: [FieldID: FormulaValue]) -> InstrumentScore {
    // Items are numbers, codes and truth values: none has a day.
    var environment = FormulaEnvironment(own: answers, clocks: .none)
    let invalid = items.filter { !$0.accepts(answers[$0.id] ?? .missing, in: environment) }
    guard invalid.isEmpty else {
      let none = outputs.map { ($0.id, FormulaValue.missing) }
      return InstrumentScore(
        status: .invalid, outputs: Dictionary(none, uniquingKeysWith: { first, _ in first }),
        alerts: [], invalidItems: invalid.map(\.id))
    }
    var scores: [FieldID: FormulaValue] = [:]
    for output in outputs {
      let value = output.formula.value(in: environment)
      scores[output.id] = value
      environment.own[output.id] = value
    }
    return InstrumentScore(
      status: statuses.first { $0.condition.truth(in: environment) == true }?.status
        ?? .notScorable,
      outputs: scores,
      alerts: alerts.filter { $0.condition.truth(in: environment) == true }.map(\.name),
      invalidItems: [])
  }
}

extension InstrumentItem {
  /// Whether the item can hold this value, given the other answers.
  func accepts(_ value: FormulaValue, in environment: FormulaEnvironment) -> Bool {
    guard !value.isMissing else { return true }
    if askedWhen?.truth(in: environment) == false { return false }
    switch range {
    case .numbers(let range, let step):
      guard let whole = value.numberValue?.whole, range.contains(whole) else { return false }
      return (whole - range.lowerBound) % step == 0
    case .codes(let codes):
      guard case .text(let code) = value else { return false }
      return codes.contains(code)
    case .truth: return value.truthValue != nil
    }
  }
}
