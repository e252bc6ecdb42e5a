import StudyModel

extension Formula {
  /// Whether the formula reads arms or analysis sets, whose codes no file of metadata carries.
  var readsArmOrPopulation: Bool {
    references.contains { reference in
      reference.form?.text == Population.formName || reference == StudyFact.arm.reference
    }
  }

  /// What of the formula only this system works out, by name and in order: facts (`FACT.day0`), flags
  /// of populations (`FLAG.ITTFL`), and values of other entries (`@previous`, `@here`, `@all`).
  var readsBeyondEntry: [String] {
    var names: Set<String> = []
    for reference in references {
      if let occasion = reference.occasion { names.insert("@\(occasion.rawValue)") }
      if let form = reference.form?.text, [StudyFact.formName, Population.formName].contains(form) {
        names.insert(reference.description)
      }
    }
    return names.sorted()
  }

  /// Every function the formula calls.
  var functions: Set<FormulaFunction> {
    switch self {
    case .constant, .reference: []
    case .not(let inner), .negated(let inner): inner.functions
    case .and(let left, let right), .or(let left, let right),
      .arithmetic(_, let left, let right), .comparison(_, let left, let right):
      left.functions.union(right.functions)
    case .call(let function, let arguments):
      arguments.reduce(into: [function]) { $0.formUnion($1.functions) }
    }
  }

  /// What REDCap has no words for, by name and in order; empty where only the form of it is amiss.
  var unsaidInREDCap: [String] {
    var names = readsBeyondEntry
    names += Set(references.compactMap(\.visit)).sorted().map { "@\($0)" }
    names += functions.filter { !$0.isInREDCap }.map { "\($0.rawValue)()" }.sorted()
    return names
  }
}

extension FormulaFunction {
  /// Whether REDCap can say the same.
  var isInREDCap: Bool {
    switch self {
    case .has, .definitely, .choose, .round, .sum, .sumAnswered, .maxAnswered, .oneOf, .includes,
      .days:
      true
    case .max, .min, .countAnswered, .countTrue, .band, .minutes, .year, .date, .later, .earliest,
      .latest, .firstFrom, .lastUntil, .sponsorDate, .startsWith, .mentions, .numbered:
      false
    }
  }
}
