import Foundation
public import Store
public import StudyModel

/// Whether a serious event was expected, and against what.
public struct ExpectednessJudgement: Sendable, Equatable {
  /// Whether the reference document names it.
  public var isExpected: Bool
  /// The reference document and its version.
  public var reference: String
  /// Why.
  public var reason: String

  /// Makes a judgement.
  public init(isExpected: Bool, reference: String, reason: String) {
    self.isExpected = isExpected
    self.reference = reference
    self.reason = reason
  }
}

extension Form {
  /// Whether its formulas read how the event was judged.
  public var asksExpectedness: Bool {
    StudyFact.expected.reference.map(outsideReferences.contains) ?? false
  }
}

extension Installation {
  /// Says whether a serious event was expected, apart from the form of the site, and starts the
  /// reporting times that follow from it, counted from the first report.
  ///
  /// A later judgement does not stop what an earlier one started. Who judges reads nothing of the form
  /// but what is told without an arm; the system works out what follows.
  ///
  /// - Parameter version: the version of the report that was read.
  /// - Throws: `stale` when the site saved another version meanwhile.
  @discardableResult
  public func judgeExpectedness(
    _ address: EntryAddress, version: Int, _ judgement: ExpectednessJudgement, as actor: Actor
  ) async throws -> Int {
    try actor.need(.judgeExpectedness)
    guard let form = actor.definition.form(address.form), form.asksExpectedness,
      form.dataClass <= .treatment,
      let event = try await seriousEvents(as: actor).first(where: { $0.isAt(address) }),
      let newest = event.versions.first, let first = event.versions.last
    else { throw ActRefusal.notFound }
    guard newest.number == version else { throw ActRefusal.stale }
    try Self.needWords(judgement)
    let isTold = !actor.role.classes.contains(form.dataClass)
    let trial = actor.trial.id
    let stored = try await session(actor, on: isTold ? .committee : nil) {
      try $0.values(of: address.subject, in: form.dataClass, trial: trial)
    }
    let entry = try stored.map(FormEntry.init).first {
      $0.form == form.id && $0.visit == address.visit && $0.occurrence == address.number
    }
    guard let entry else { throw ActRefusal.notFound }
    // The time of the sponsor runs from the first report, whichever version is judged.
    var elsewhere: [FieldReference: FormulaValue] = [:]
    elsewhere.add([
      .expected: .truth(judgement.isExpected), .enteredAt: .instant(first.enteredAt),
    ])
    if let serial = form.storedSerial(entry.answers) { elsewhere.add([.serial: serial]) }
    let environment = form.environment(
      of: entry.answers, elsewhere: elsewhere, clocks: try await clocks(of: address, actor))
    let clocks = actor.definition
      .started(by: form, environment, judgement.reason).filter { !$0.typed }
    let text = try SaveConsequences.text(
      of: AnnouncedJudgement(
        expected: judgement.isExpected, reference: judgement.reference, reason: judgement.reason,
        told: actor.definition.told(of: form, environment), clocks: clocks))
    return try await session(actor, on: isTold ? .committee : nil) {
      try $0.judgeExpectedness(address, version: version, in: form.dataClass, text)
    }
  }

  /// The clocks of who the report is about: whoever judges does not read the site.
  private func clocks(
    of address: EntryAddress, _ actor: Actor
  ) async throws -> FormulaClocks {
    let site: SiteKey? =
      switch address.subject {
      case .site(let site): site
      case .participant(let key):
        try await asSystem(actor.trial) {
          try $0.participant(key, in: actor.trial.id)?.site
        }
      }
    return actor.definition.formulaClocks(at: site)
  }

  private static func needWords(_ judgement: ExpectednessJudgement) throws(ActRefusal) {
    var faults: [Fault] = []
    if !(3...200).contains(judgement.reference.unicodeScalars.count) {
      faults.append(
        Fault(
          field: "reference", code: "bad_text",
          sentence:
            "Name the reference document and its version, in 3 to 200 characters. "
            + "Nothing was recorded."))
    }
    if !(3...2000).contains(judgement.reason.unicodeScalars.count) {
      faults.append(
        Fault(
          field: "reason", code: "bad_text",
          sentence: "Say why, in 3 to 2000 characters. Nothing was recorded."))
    }
    guard faults.isEmpty else { throw .invalid(faults) }
  }
}

/// A judgement as the database reads it.
private struct AnnouncedJudgement: Encodable {
  let expected: Bool
  let reference: String
  let reason: String
  let told: [[String]]
  let clocks: [SaveConsequences.Clock]
}

extension SeriousEvent {
  /// Whether it is the event of an entry.
  func isAt(_ address: EntryAddress) -> Bool {
    participant == address.subject.text && form == address.form && visit == address.visit.text
      && number == address.number
  }
}

extension Form {
  /// The number of an entry in the study as it was stored, nil where the form keeps none.
  ///
  /// A field that writes nothing but the number, whatever stands before it, gives it back: the digits at
  /// its end, where they make the same text again.
  fileprivate func storedSerial(_ answers: [FieldID: FieldAnswer]) -> FormulaValue? {
    guard let reference = StudyFact.serial.reference else { return nil }
    for field in fields {
      guard let calculation = field.calculation, Set(calculation.references) == [reference],
        let text = answers[field.id]?.text,
        let number = Int(String(text.reversed().prefix { $0.isNumber }.reversed()))
      else { continue }
      let value = FormulaValue.number(ExactNumber(number))
      let again = calculation.value(
        in: FormulaEnvironment(elsewhere: [reference: value], clocks: .none))
      if again.storedText == text { return value }
    }
    return nil
  }
}
