import StudyModel

/// What a formula gives, as far as a data type must say.
enum ResultKind {
  case number, text, truth

  init(of formula: Formula, on form: Form, in study: StudyDefinition, depth: Int = 8) {
    switch formula {
    case .reference(let reference):
      if let special = Self.ofSpecial(reference) {
        self = special
        return
      }
      let holder = reference.form.flatMap { study.form($0) } ?? form
      let field = holder.field(reference.field)
      if let calculation = field?.calculation, depth > 0 {
        self.init(of: calculation, on: holder, in: study, depth: depth - 1)
        return
      }
      switch field?.type {
      case .boolean: self = .truth
      case .integer, .decimal, nil: self = .number
      case .code, .multi, .date, .partialDate, .time, .dateTime, .text, .userReference,
        .calculated:
        self = .text
      }
    case .call(.choose, let arguments) where arguments.count == 3:
      let branch = arguments[1] == .constant(.missing) ? arguments[2] : arguments[1]
      self.init(of: branch, on: form, in: study, depth: depth)
    case .constant, .not, .negated, .and, .or, .arithmetic, .comparison, .call:
      switch ForeignTranslation.kind(of: formula) {
      case .truth: self = .truth
      case .text, .date, .instant, .choices: self = .text
      case .number: self = .number
      }
    }
  }
}

extension ResultKind {
  /// What facts, flags and lists of other entries give; nil for a field of one entry.
  private static func ofSpecial(_ reference: FieldReference) -> ResultKind? {
    switch reference.occasion {
    case .here, .all: return .text
    case .previous, nil: break
    }
    switch reference.form?.text {
    case Population.formName: return .truth
    case StudyFact.formName:
      switch StudyFact(rawValue: reference.field.text)?.type(arms: [], visits: []) {
      case .boolean: return .truth
      case .integer, .decimal: return .number
      case .code, .multi, .date, .partialDate, .time, .dateTime, .text, .userReference,
        .calculated, nil:
        return .text
      }
    case .some, nil: return nil
    }
  }
}
