/// What came after an entry was handed in, and may change what its checks find.
public enum LaterInput: Hashable, Sendable {
  /// Another entry was saved.
  case entry(FormID, VisitCode)
  /// The participant was randomized: there is a day 0.
  case randomization
}

extension LaterInput {
  /// Whether it is the save of an entry of a form.
  func isSave(of form: FormID) -> Bool {
    if case .entry(form, _) = self { true } else { false }
  }
}

extension EditCheck {
  /// The check on its field, as data queries name it.
  public var place: String { "\(code)@\(field?.text ?? "")" }

  /// Whether its finding is of a higher class than its form, so that it is asked about on the most guarded
  /// form it reads and not on its own.
  public func isAskedElsewhere(than form: Form) -> Bool { inputClass > form.dataClass }
}

extension StudyDefinition {
  /// The value of the most guarded form a check reads, where its finding is asked about; nil for a check
  /// that reads no form of that class.
  public func askedAbout(_ check: EditCheck, on form: Form) -> FieldReference? {
    form.everythingRead(by: check.condition).filter { reference in
      reference.form.flatMap { self.form($0) }?.dataClass == check.inputClass
    }.min { $0.description < $1.description }
  }
}

extension StudyDefinition {
  /// The checks of a form that ask or refuse and can be looked at again: all they read is stored.
  ///
  /// What refuses a save asks when what came later breaks it: the entry stands.
  ///
  /// One that waits some hours asks in this way alone, whatever it reads.
  ///
  /// On a form up to class outcome that is what blinded people may cause, never treatment. An arm, the
  /// writer or the moment of a save are read only when somebody saves.
  public func checksLookedAtAgain(on form: Form) -> [EditCheck] {
    guard form.subject == .participant, !form.isWorkedOut else { return [] }
    // What is found in the vault is asked about only where the definition declassifies it.
    let asking = form.checks.filter { $0.kind != .warning && $0.inputClass != .identity }
    let unread = Set(asking.filter { !isStored($0.condition, read: form) }.map(\.place))
    return asking.filter {
      !unread.contains($0.place)
        && ($0.afterHours != nil
          || form.everythingRead(by: $0.condition).contains(where: \.isOutside))
    }
  }

  /// The types of deviations with the rules of a form that can be looked at again.
  public func rulesLookedAtAgain(on form: Form) -> [(type: String, condition: Formula)] {
    guard form.subject == .participant, !form.isWorkedOut else { return [] }
    return deviations.flatMap { type in
      type.rules.filter { rule in
        rule.form == form.id && isStored(rule.condition, read: form)
          && form.everythingRead(by: rule.condition).contains(where: \.isOutside)
      }.map { (type.id, $0.condition) }
    }
  }

  /// Whether something that came later is read by a check or rule of any form that is looked at again.
  public func looksAgain(after input: LaterInput) -> Bool {
    func isMeant(_ check: EditCheck, _ form: Form) -> Bool {
      form.reads(input, in: check.condition, at: nil)
        || check.isAskedElsewhere(than: form) && input.isSave(of: form.id)
    }
    // Asked after every save: what reads the input is found first, since most forms have nothing that does.
    return forms.contains { form in
      form.checks.contains { isMeant($0, form) }
        && checksLookedAtAgain(on: form).contains { isMeant($0, form) }
    }
      || deviations.flatMap(\.rules).contains { rule in
        guard let form = form(rule.form) else { return false }
        return form.reads(input, in: rule.condition, at: nil)
          && rulesLookedAtAgain(on: form).contains { form.reads(input, in: $0.condition, at: nil) }
      }
  }

  private func isStored(_ formula: Formula, read form: Form) -> Bool {
    let most = max(form.dataClass, .outcome)
    return form.everythingRead(by: formula).allSatisfy { reference in
      guard let name = reference.form, name != form.id else { return true }
      if name.text == StudyFact.formName {
        return StudyFact(rawValue: reference.field.text).map(Self.storedFacts.contains) ?? false
      }
      guard let other = self.form(name), other.subject == .participant, !other.isWorkedOut else {
        return false
      }
      return other.dataClass == .identity || other.dataClass <= min(most, .treatment)
    }
  }

  /// The facts that are the same whoever asks, and when.
  private static let storedFacts = StudyFact.ofRandomization.union([.visit, .consentedOn])
}

extension Form {
  /// Everything a formula reads, through the calculated fields of the form.
  public func everythingRead(by formula: Formula) -> Set<FieldReference> {
    var found: Set<FieldReference> = []
    var open = formula.references
    while let next = open.popFirst() {
      guard found.insert(next).inserted, !next.isOutside,
        let calculation = field(next.field)?.calculation
      else { continue }
      open.formUnion(calculation.references.subtracting(found))
    }
    return found
  }

  /// Whether a formula of an entry reads what came later.
  ///
  /// - Parameter visit: the visit of the entry, nil for any.
  public func reads(_ input: LaterInput, in formula: Formula, at visit: VisitCode?) -> Bool {
    everythingRead(by: formula).contains { reference in
      guard reference.isOutside else { return false }
      let name = reference.form ?? id
      switch input {
      case .randomization:
        return reference.form?.text == StudyFact.formName
          && StudyFact.ofRandomization.contains { $0.rawValue == reference.field.text }
      case .entry(let form, let saved):
        guard name == form else { return false }
        if let meant = reference.visit { return meant == saved }
        switch reference.occasion {
        case .previous, .all: return true
        case .here, nil: return visit.map { $0 == saved } ?? true
        }
      }
    }
  }
}
