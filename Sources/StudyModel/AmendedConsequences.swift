/// A rule that acts when an entry of a form is handed in: it drafts a deviation or raises an alert.
public struct HandInRule: Hashable, Sendable {
  /// What it makes, as far as the form matters; words are left out.
  public enum Result: Hashable, Sendable {
    case deviation(DeviationType)
    case alert(AlertPlan)
  }

  /// What it makes.
  public let result: Result
  /// Everything it reads on the form, in the order of the definition.
  public let formulas: [Formula]

  /// The code of the deviation or the name of the alert.
  public var id: String {
    switch result {
    case .deviation(let type): type.id
    case .alert(let plan): plan.id
    }
  }
}

extension StudyDefinition {
  /// The rules that can act when an entry of a form is handed in.
  public func handInRules(of form: Form) -> [HandInRule] {
    deviations.compactMap { rule(of: $0, on: form) } + alerts.compactMap { rule(of: $0, on: form) }
  }

  private func rule(of type: DeviationType, on form: Form) -> HandInRule? {
    let rules = type.rules.filter { $0.form == form.id }
    let checks = form.checks.filter { type.draftedBy.contains($0.code) }
    guard !rules.isEmpty || !checks.isEmpty else { return nil }
    let onForm = DeviationType(
      id: type.id, title: "", importance: type.importance, classes: type.classes,
      exclusion: type.exclusion, excludesWhen: type.excludesWhen,
      draftedBy: checks.map { "\($0.place) \($0.kind)" }, rules: rules)
    return HandInRule(
      result: .deviation(onForm),
      formulas: rules.map(\.condition) + checks.map(\.condition)
        + [type.excludesWhen].compactMap(\.self))
  }

  private func rule(of plan: AlertPlan, on form: Form) -> HandInRule? {
    let scored = form.instrument.flatMap { instrument($0) }?.alerts ?? []
    let conditions =
      scored.filter { $0.name == plan.id }.map(\.condition)
      + plan.triggers.compactMap { trigger in
        if case .answers(form.id, let condition) = trigger { condition } else { nil }
      }
    guard !conditions.isEmpty else { return nil }
    return HandInRule(result: .alert(plan.withoutTriggers), formulas: conditions)
  }
}

extension AlertPlan {
  /// Who learns of it and how soon, whatever raises it; its words are left out.
  public var withoutTriggers: AlertPlan {
    AlertPlan(
      id: id, title: "", recipients: recipients, existenceOnly: existenceOnly,
      escalatedTo: escalatedTo, deadline: deadline, isRepeated: isRepeated)
  }
}

/// A rule of a form that a later version changes, or that reads what it changes.
public struct AmendedConsequence: Hashable, Sendable {
  /// The rule of the earlier version, nil where it had none.
  public let before: HandInRule?
  /// The rule of the later version, nil where it has none.
  public let after: HandInRule?

  /// Whether the rule itself is another one.
  public var isChanged: Bool { before != after }
  /// The code of the deviation or the name of the alert.
  public var id: String { (after ?? before)?.id ?? "" }
  /// What it makes, by the later version where both have it.
  public var result: HandInRule.Result? { (after ?? before)?.result }
}

extension AmendedFields {
  /// The rules of a form that a later version changes, or that read what it changes on the form or
  /// elsewhere; in the order of the later version, those that are no more last.
  public func consequences(of form: Form, later: Form?) -> [AmendedConsequence] {
    let before = old.handInRules(of: form)
    let after = later.map(new.handInRules) ?? []
    func isSame(_ one: HandInRule, _ other: HandInRule) -> Bool {
      switch (one.result, other.result) {
      case (.deviation(let type), .deviation(let other)): type.id == other.id
      case (.alert(let plan), .alert(let other)): plan.id == other.id
      case (.deviation, .alert), (.alert, .deviation): false
      }
    }
    let pairs =
      after.map { rule in
        AmendedConsequence(before: before.first { isSame($0, rule) }, after: rule)
      }
      + before.filter { rule in !after.contains { isSame($0, rule) } }
      .map { AmendedConsequence(before: $0, after: nil) }
    return pairs.filter { pair in
      pair.isChanged
        || (pair.after?.formulas ?? []).contains { isRead(by: $0, of: later ?? form) }
        || (pair.before?.formulas ?? []).contains { isRead(by: $0, of: form) }
    }
  }

  /// The codes of the program's own checks, which are of no form, that draft a deviation in one of the two
  /// versions and not in the other, by its code.
  public var ownCodesChanged: [String: Set<String>] {
    func own(_ study: StudyDefinition) -> [String: Set<String>] {
      let ofForms = Set(study.forms.flatMap(\.checks).map(\.code))
      return Dictionary(
        study.deviations.map { ($0.id, Set($0.draftedBy).subtracting(ofForms)) }
      ) { first, _ in first }
    }
    let (before, after) = (own(old), own(new))
    return Set(before.keys).union(after.keys).reduce(into: [:]) { found, id in
      let differing = (before[id] ?? []).symmetricDifference(after[id] ?? [])
      if !differing.isEmpty { found[id] = differing }
    }
  }
}
