/// The answer of another form that a check decides while it finds something.
public struct AnswerSetting: Hashable, Sendable {
  /// The form.
  public let form: FormID
  /// The question.
  public let field: FieldID
  /// The answer, as stored.
  public let answer: String

  /// Makes the value from its parts.
  public init(form: FormID, field: FieldID, answer: String) {
    self.form = form
    self.field = field
    self.answer = answer
  }
}

/// An answer that is not the writer's to choose, since a check on another form decides it.
public struct SetAnswer: Hashable, Sendable {
  /// The answer, as stored.
  public let answer: String
  /// When it is decided, as the form it stands on reads it.
  public let condition: Formula
  /// Why, in a sentence.
  public let sentence: String
}

extension [Form] {
  /// The forms with a check beside each answer that a check elsewhere sets: no other answer is taken.
  ///
  /// The check bears the code of the one that sets it, and is looked at again like any other when what
  /// it reads comes later.
  var withSetAnswers: [Form] {
    let settings = flatMap { form in
      form.checks.compactMap { check in check.sets.map { (form: form, check: check, sets: $0) } }
    }
    guard !settings.isEmpty else { return self }
    return map { target in
      var target = target
      for (form, check, sets) in settings
      where sets.form == target.id && target.field(sets.field) != nil {
        let condition = check.condition.read(
          from: form.id, at: form.visits.count == 1 ? form.visits[0] : nil)
        let sentence =
          "A check on “\(form.title)” sets the answer to “\(target.words(sets))”: \(check.sentence)"
        target.checks.append(
          EditCheck(
            code: check.code, kind: .hard,
            condition: .and(
              condition,
              .not(
                .call(
                  .definitely,
                  [
                    .comparison(
                      .equal, .reference(FieldReference(field: sets.field)),
                      .constant(.text(sets.answer)))
                  ]))),
            sentence: sentence, field: sets.field,
            inputClass: Swift.max(check.inputClass, target.dataClass),
            setBy: SetAnswer(answer: sets.answer, condition: condition, sentence: sentence)))
      }
      return target
    }
  }
}

extension Form {
  fileprivate func words(_ sets: AnswerSetting) -> String {
    guard case .code(let items)? = field(sets.field)?.type else { return sets.answer }
    return items.first { $0.code == sets.answer }?.label ?? sets.answer
  }

  /// The answers checks on other forms decide, with what is known elsewhere.
  public func setAnswers(in environment: FormulaEnvironment) -> [FieldID: SetAnswer] {
    checks.reduce(into: [:]) { found, check in
      guard let set = check.setBy, let field = check.field,
        set.condition.truth(in: environment) == true
      else { return }
      found[field] = found[field] ?? set
    }
  }
}

extension Formula {
  /// The formula of one form as another reads it: its own fields are those of the form, at a visit.
  func read(from form: FormID, at visit: VisitCode?) -> Formula {
    func again(_ formula: Formula) -> Formula { formula.read(from: form, at: visit) }
    return switch self {
    case .constant: self
    case .reference(let reference):
      reference.form == nil
        ? .reference(
          FieldReference(
            form: form, field: reference.field, visit: reference.visit ?? visit,
            occasion: reference.occasion))
        : self
    case .not(let inner): .not(again(inner))
    case .negated(let inner): .negated(again(inner))
    case .and(let left, let right): .and(again(left), again(right))
    case .or(let left, let right): .or(again(left), again(right))
    case .arithmetic(let sign, let left, let right): .arithmetic(sign, again(left), again(right))
    case .comparison(let sign, let left, let right): .comparison(sign, again(left), again(right))
    case .call(let function, let arguments): .call(function, arguments.map(again))
    }
  }
}
