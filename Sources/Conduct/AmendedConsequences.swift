import Store
import StudyModel

/// The answers of an entry worked out by one version.
struct TriedEntry {
  let study: StudyDefinition
  let form: Form
  let checked: CheckedEntry
  let environment: FormulaEnvironment
}

/// What would follow otherwise from an entry that was handed in: deviations drafted, alerts raised.
///
/// Both versions work on the same answers. A rule that reads what is not read here is told as such, and
/// never what it comes to: with a value left out it would seem not to hold.
struct AmendedConsequences {
  let before: TriedEntry
  let later: TriedEntry
  let changes: AmendedFields
  /// Whether the participant has data a reference reads.
  let isThere: (FieldReference) -> Bool
  /// Whether a reference reads what is not read here.
  let isUntold: (FieldReference) -> Bool

  func findings() -> [AmendmentTouch] {
    changes.consequences(of: before.form, later: later.form).compactMap { rule in
      guard let result = rule.result else { return nil }
      let told = sentence(of: rule)
      switch result {
      case .deviation:
        return told.map { AmendmentTouch(kind: .deviation, field: "", sentence: $0) }
      case .alert: return told.map { AmendmentTouch(kind: .alert, field: "", sentence: $0) }
      }
    }
  }

  private func sentence(of rule: AmendedConsequence) -> String? {
    let untold = (read(by: rule.before, on: before) + read(by: rule.after, on: later))
      .filter(isUntold).min { $0.description < $1.description }
    if untold == nil, let result = rule.result, let difference = difference(result, rule.id) {
      return difference
    }
    let formulas = rule.after?.formulas ?? rule.before?.formulas ?? []
    let form = rule.after == nil ? before.form : later.form
    let elsewhere = formulas.flatMap { changes.read(by: $0, of: form) }.first(where: isThere)
    if let elsewhere { return "\(rule.id): reads \(elsewhere), which the new version changes." }
    guard let untold, rule.isChanged || isOwnRead(formulas, form) else { return nil }
    return
      "\(rule.id): \(rule.isChanged ? "is changed and reads" : "reads what is changed, and") "
      + "\(untold), which is not read here; what it comes to cannot be told."
  }

  private func read(by rule: HandInRule?, on entry: TriedEntry) -> [FieldReference] {
    (rule?.formulas ?? []).flatMap { entry.form.everythingRead(by: $0) }
  }

  /// Whether formulas read a changed field of the form itself.
  private func isOwnRead(_ formulas: [Formula], _ form: Form) -> Bool {
    formulas.contains { formula in
      form.everythingRead(by: formula).contains {
        !$0.isOutside && changes.touches($0, from: form.id)
      }
    }
  }

  private func difference(_ result: HandInRule.Result, _ id: String) -> String? {
    switch result {
    case .deviation:
      switch (draft(id, before), draft(id, later)) {
      case (nil, nil): nil
      case (nil, _): "\(id) would be drafted."
      case (_, nil): "\(id) would not be drafted any more; one that was drafted stays."
      case (let old?, let new?):
        old == new && weight(id, before) == weight(id, later)
          ? nil : "\(id) would be drafted with another weight, class or exclusion."
      }
    case .alert:
      switch (alert(id, before), alert(id, later)) {
      case (nil, nil): nil
      case (nil, _): "\(id) would be raised."
      case (_, nil): "\(id) would not be raised any more; one that was raised stays."
      case (let old?, let new?):
        old.withoutTriggers == new.withoutTriggers
          ? nil : "\(id) would go to other people, or be due at another time."
      }
    }
  }

  private func draft(_ id: String, _ entry: TriedEntry) -> DraftedDeviation? {
    entry.study.deviations(draftedBy: entry.form, entry.checked.faults, entry.environment)
      .first { $0.type == id }
  }

  private func weight(_ id: String, _ entry: TriedEntry) -> DeviationImportance? {
    entry.study.deviations.first { $0.id == id }?.importance
  }

  private func alert(_ id: String, _ entry: TriedEntry) -> AlertPlan? {
    entry.study.alerts(raisedBy: entry.form, entry.environment).first { $0.id == id }
  }
}
