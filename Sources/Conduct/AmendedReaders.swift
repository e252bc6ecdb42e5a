import Store
import StudyModel

/// One thing of an entry that a later version touches.
struct AmendmentTouch {
  let kind: AmendmentFinding.Kind
  /// The field, empty for the form as a whole.
  let field: String
  /// The check, empty where it is none.
  var code = ""
  let sentence: String
}

/// What of an entry reads elsewhere what a later version changes, whatever it comes to there.
///
/// Values stay under the version they were entered under; so a formula that reads them may give the same
/// today, and another result with the next answer. Who approves is told of each.
struct AmendedReaders {
  let old: Form
  let after: Form
  let changes: AmendedFields
  /// Whether the participant has data a reference reads.
  let isThere: (FieldReference) -> Bool
  /// Whether a reference reads what is not read here.
  let isUntold: (FieldReference) -> Bool

  /// The formulas that are touched, without those that `known` tells to come to something else.
  func findings(beside known: [AmendmentTouch]) -> [AmendmentTouch] {
    calculated(known) + checks(known) + conditions()
  }

  private func calculated(_ known: [AmendmentTouch]) -> [AmendmentTouch] {
    after.fields.compactMap { field in
      guard let calculation = field.calculation, old.field(field.id)?.isCalculated == true,
        !known.contains(where: { $0.kind == .derived && $0.field == field.id.text })
      else { return nil }
      let isChanged = old.field(field.id)?.calculation != calculation
      return sentence(of: calculation, "It", isChanged: isChanged).map {
        AmendmentTouch(kind: .derived, field: field.id.text, sentence: $0)
      }
    }
  }

  private func checks(_ known: [AmendmentTouch]) -> [AmendmentTouch] {
    var told: Set<String> = []
    return after.checks.compactMap { check in
      let field = check.field?.text ?? ""
      guard check.kind != .warning,
        !known.contains(where: { $0.code == check.code && $0.field == field }),
        let sentence = sentence(
          of: check.condition, check.code, isChanged: !old.checks.contains(check)),
        told.insert(check.place).inserted
      else { return nil }
      return AmendmentTouch(kind: .check, field: field, code: check.code, sentence: sentence)
    }
  }

  private func conditions() -> [AmendmentTouch] {
    after.fields.compactMap { field in
      guard case .conditional(let condition) = field.required else { return nil }
      return sentence(
        of: condition, "Whether it must be answered", isChanged: old.field(field.id) != field
      ).map { AmendmentTouch(kind: .check, field: field.id.text, sentence: $0) }
    }
  }

  private func sentence(of formula: Formula, _ what: String, isChanged: Bool) -> String? {
    // An amended field may be read by the formula of before alone: then the formula is changed itself.
    if let read = changes.read(by: formula, of: after).first(where: isThere) {
      return "\(what): reads \(read), which the new version changes."
    }
    guard isChanged,
      let untold = after.everythingRead(by: formula).filter(isUntold)
        .min(by: { $0.description < $1.description })
    else { return nil }
    return
      "\(what): is changed and reads \(untold), which is not read here; what it comes to cannot "
      + "be told."
  }

  /// What becomes of a data query on the entry, nil where nothing does.
  func sentence(about query: OpenQueryPlace) -> String? {
    let field = query.field.isEmpty ? nil : try? FieldID(parsing: query.field)
    func meant(_ form: Form) -> [EditCheck] {
      form.checks.filter { $0.code == query.rule && ($0.field == nil || $0.field == field) }
    }
    // What the program asks by itself is no check of a form.
    let isOfCheck = !meant(old).isEmpty
    if field.map({ after.field($0) == nil }) ?? false || isOfCheck && meant(after).isEmpty {
      return "The field or the check it asks by is no more."
    }
    if isOfCheck, meant(old).map(\.condition) != meant(after).map(\.condition) {
      return "The check it asks by is changed."
    }
    if isOfCheck,
      meant(after).contains(where: { check in
        after.everythingRead(by: check.condition).contains {
          changes.touches($0, from: after.id) && (!$0.isOutside || isThere($0))
        }
      })
    {
      return "The check it asks by reads what the new version changes."
    }
    if let field, changes.touches(FieldReference(field: field), from: after.id) {
      return "The field it asks about is changed."
    }
    return nil
  }
}
