import Store
import StudyModel

extension Installation {
  /// Opens a data query for each check that fails, closes those of checks that are met, and does not
  /// ask again what a person closed for the same answer.
  static func openQueries(
    for faults: [EntryFault], at address: EntryAddress, in dataClass: DataClass,
    _ session: Session, _ actor: Actor, unchanged before: [FieldID: FieldAnswer],
    now: [FieldID: FieldAnswer]
  ) throws {
    let known = try session.queries(
      of: address.participant, in: dataClass, trial: actor.trial.id, includingClosed: true
    ).filter {
      $0.form == address.form.text && $0.visit == address.visit.text
        && $0.entryNumber == address.number && !$0.rule.isEmpty
    }
    guard !faults.isEmpty || !known.isEmpty else { return }
    try session.closeMetQueries(
      address, in: dataClass, standing: faults.map { "\($0.code)@\($0.field?.text ?? "")" })
    for fault in faults {
      let field = fault.field?.text ?? ""
      let same = known.filter { $0.rule == fault.code && $0.field == field }
      if same.contains(where: { $0.state != "closed" }) { continue }
      let isSameAnswer = fault.field.map { before[$0] != nil && before[$0] == now[$0] } ?? false
      if isSameAnswer, !same.isEmpty { continue }
      _ = try session.openQuery(
        address, in: dataClass, field: field, text: "\(fault.sentence) (\(fault.code))",
        isBlocking: false, rule: fault.code)
    }
  }
}
