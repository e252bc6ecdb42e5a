import Foundation
import Store
import StudyModel

extension Installation {
  /// Opens a data query for each check that fails, closes those of checks that are met, and does not
  /// ask again what a person closed about the values that stand.
  ///
  /// - Parameters:
  ///   - waiting: what is found by checks whose hours are not counted here: a query of theirs stands.
  ///   - settled: what a person closed about the values that stand, each as `code@field`.
  ///   - before: the answers of the version before; of a site, where nothing is looked at again, what was
  ///     closed holds while those the check reads are the same.
  static func openQueries(
    for faults: [EntryFault], waiting: [EntryFault], settled: Set<String>, at address: EntryAddress,
    on form: Form,
    _ session: Session, _ actor: Actor, unchanged before: [FieldID: FieldAnswer],
    now: [FieldID: FieldAnswer]
  ) throws {
    let dataClass = form.dataClass
    let known = try session.queries(
      of: address.subject, in: dataClass, trial: actor.trial.id, includingClosed: true
    ).filter {
      $0.form == address.form.text && $0.visit == address.visit.text
        && $0.entryNumber == address.number && !$0.rule.isEmpty
    }
    guard !faults.isEmpty || !known.isEmpty else { return }
    try session.closeMetQueries(
      address, in: dataClass, standing: (faults + waiting).map(\.place))
    for fault in faults {
      let field = fault.field?.text ?? ""
      let same = known.filter { $0.rule == fault.code && $0.field == field }
      if same.contains(where: { $0.state != "closed" }) || settled.contains(fault.place) {
        continue
      }
      if address.subject.participant == nil, let last = same.last,
        form.ownFields(readBy: fault).allSatisfy({ before[$0] == now[$0] }),
        try session.isClosedByPerson(last.address, in: actor.trial.id)
      {
        continue
      }
      _ = try session.openQuery(
        address, in: dataClass, field: field, text: "\(fault.sentence) (\(fault.code))",
        isBlocking: false, rule: fault.code)
    }
  }
}

extension Form {
  /// Whether a finding tells of more than the entry it stands on: of another entry, a visit or a fact.
  func tellsOfOthers(_ fault: EntryFault) -> Bool {
    checks.contains {
      $0.code == fault.code && $0.field == fault.field
        && everythingRead(by: $0.condition).contains(where: \.isOutside)
    }
  }

  /// The answers of an entry a finding depends on: what its check reads of the entry, through what is
  /// worked out, and the field it points to.
  fileprivate func ownFields(readBy fault: EntryFault) -> [FieldID] {
    let read = checks.filter { $0.code == fault.code && $0.field == fault.field }
      .flatMap { everythingRead(by: $0.condition) }.filter { !$0.isOutside }.map(\.field)
    return Set(read + (fault.field.map { [$0] } ?? []))
      .filter { field($0)?.isCalculated == false }.sorted()
  }
}

private struct AskedFault: Encodable {
  let rule: String
  let field: String
  let text: String
  let blocking: Bool
  /// Whether a person closed it about the values that stand.
  let settled: Bool
}

extension CheckedEntry {
  /// The findings that open a query in the class of a form, as the database takes them.
  ///
  /// - Parameters:
  ///   - settled: what a person closed about the values that stand, each as `code@field`.
  ///   - untold: warnings the writer may not be given, which are asked of who reads both sides.
  func askedAbout(
    in form: Form, settled: Set<String> = [], untold: [EntryFault] = []
  ) throws -> String {
    let early = Set(waiting)
    return try Self.asked(
      (faults + waiting).filter { $0.kind == .query && form.dataClass >= $0.inputClass } + untold,
      isSettled: { early.contains($0) || settled.contains($0.place) })
  }

  /// Findings as the database takes them.
  ///
  /// - Parameters:
  ///   - isBlocking: whether randomization waits for a finding: an entry is not what it has to be.
  ///   - isSettled: whether a person closed it about the values that stand.
  static func asked(
    _ faults: [EntryFault],
    isBlocking: (EntryFault) -> Bool = { _ in false },
    isSettled: (EntryFault) throws -> Bool = { _ in false }
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(
      decoding: try encoder.encode(
        try faults.map {
          AskedFault(
            rule: $0.code, field: $0.field?.text ?? "", text: "\($0.sentence) (\($0.code))",
            blocking: isBlocking($0), settled: try isSettled($0))
        }), as: UTF8.self)
  }
}
