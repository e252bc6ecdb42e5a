/// What a later version of a definition means for data already captured.
public struct CapturedDataImpact: Hashable, Sendable, CustomStringConvertible {
  /// How it touches stored answers.
  public enum Kind: String, Sendable, CaseIterable {
    /// Stored answers have no place in the new version.
    case orphaned
    /// Stored answers may no longer be accepted.
    case refused
    /// Stored entries lack an answer the new version asks for.
    case incomplete
    /// Computed values would come out otherwise.
    case recomputed
    /// Other people may read stored answers, or fewer.
    case readers
    /// Stored entries may stand outside of a window, or at a visit that is no more.
    case scheduled
  }

  /// How it touches stored answers.
  public let kind: Kind
  /// What is touched, and how, in a sentence.
  public let sentence: String

  /// Makes the value from its parts.
  public init(kind: Kind, sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  /// Kind and sentence.
  public var description: String { "\(kind.rawValue): \(sentence)" }
}

extension StudyDifference {
  /// What the changes from one version to another mean for entries made under the old one.
  ///
  /// A change that only adds what is optional touches nothing and is not listed.
  public static func impacts(
    from old: StudyDefinition, to new: StudyDefinition
  ) -> [CapturedDataImpact] {
    old.forms.flatMap { before in
      guard let after = new.form(before.id) else {
        return [
          CapturedDataImpact(
            kind: .orphaned, sentence: "Entries of \(before.id) have no form any more.")
        ]
      }
      return impacts(from: before, to: after)
    } + old.visits.flatMap { visit in impacts(of: visit, new) }
  }

  private static func impacts(of visit: Visit, _ new: StudyDefinition) -> [CapturedDataImpact] {
    guard let later = new.visit(visit.code) else {
      return [
        CapturedDataImpact(
          kind: .scheduled, sentence: "Entries at \(visit.code) have no visit any more.")
      ]
    }
    guard let before = visit.window, let after = later.window, before != after,
      before.lowerBound < after.lowerBound || before.upperBound > after.upperBound
    else { return [] }
    return [
      CapturedDataImpact(
        kind: .scheduled,
        sentence: "Entries at \(visit.code) within days \(span(before)) may lie outside of days "
          + "\(span(after)).")
    ]
  }

  private static func span(_ window: ClosedRange<Int>) -> String {
    "\(window.lowerBound) to \(window.upperBound)"
  }

  private static func impacts(from before: Form, to after: Form) -> [CapturedDataImpact] {
    var found: [CapturedDataImpact] = []
    func add(_ kind: CapturedDataImpact.Kind, _ sentence: String) {
      found.append(CapturedDataImpact(kind: kind, sentence: sentence))
    }
    for visit in before.visits where !after.visits.isEmpty && !after.visits.contains(visit) {
      add(.scheduled, "Entries of \(before.id) at \(visit) are not scheduled there any more.")
    }
    for field in before.fields {
      let name = "\(field.id) of \(before.id)"
      guard let later = after.field(field.id) else {
        add(.orphaned, "Answers to \(name) have no field any more.")
        continue
      }
      if let lost = later.type.refusal(of: field.type) {
        add(.refused, "Answers to \(name): \(lost)")
      }
      if field.unit != later.unit, !field.isCalculated {
        add(
          .refused,
          "Answers to \(name) were given in \(field.unit ?? "no unit"), now "
            + "\(later.unit ?? "no unit") is meant.")
      }
      if field.calculation != later.calculation, later.calculation != nil {
        add(.recomputed, "\(name) is computed by another formula.")
      }
      if before.dataClass(of: field) != after.dataClass(of: later) {
        add(
          .readers,
          "\(name) moves from class \(before.dataClass(of: field).rawValue) to "
            + "\(after.dataClass(of: later).rawValue).")
      }
      if field.required != later.required, later.required != .optional {
        add(.incomplete, "\(name) is asked for where it was not.")
      }
    }
    for field in after.fields
    where before.field(field.id) == nil && field.required != .optional && !field.isCalculated {
      add(.incomplete, "Entries of \(before.id) lack the new field \(field.id).")
    }
    let checks = after.checks.filter { $0.kind == .hard && !before.checks.contains($0) }
    for code in checks.map(\.code).reduce(
      into: [String](), { if !$0.contains($1) { $0.append($1) } })
    {
      add(.refused, "Entries of \(before.id) may break the hard check \(code) when saved again.")
    }
    return found
  }
}

extension FieldType {
  /// Why answers of an earlier type may not be accepted any more, or nil when all are.
  fileprivate func refusal(of earlier: FieldType) -> String? {
    let isOther = "the field has another type."
    switch self {
    case .integer(let after):
      guard case .integer(let before) = earlier else { return isOther }
      return Self.narrowing(before, after, after.map { "\($0.lowerBound) to \($0.upperBound)" })
    case .decimal(let most, let decimals, let after):
      guard case .decimal(let precision, let scale, let before) = earlier else { return isOther }
      if decimals < scale || most - decimals < precision - scale {
        return "fewer digits are accepted."
      }
      return Self.narrowing(before, after, after.map { "\($0.lowerBound) to \($0.upperBound)" })
    case .code(let after):
      guard case .code(let before) = earlier else { return isOther }
      return Self.lost(before, after)
    case .multi(let after):
      guard case .multi(let before) = earlier else { return isOther }
      return Self.lost(before, after)
    case .text(let after):
      guard case .text(let before) = earlier else { return isOther }
      return after < before ? "at most \(after) characters are accepted." : nil
    case .partialDate: return earlier == .partialDate || earlier == .date ? nil : isOther
    case .userReference:
      guard case .userReference = earlier else { return isOther }
      return nil
    case .boolean, .date, .time, .dateTime, .calculated: return earlier == self ? nil : isOther
    }
  }

  private static func lost(_ before: [CodeItem], _ after: [CodeItem]) -> String? {
    let gone = before.map(\.code).filter { code in !after.contains { $0.code == code } }
    if !gone.isEmpty { return "the codes \(gone.joined(separator: ", ")) are gone." }
    let moved = before.filter { item in
      after.contains { $0.code == item.code && $0.label != item.label }
    }
    return moved.isEmpty
      ? nil : "the words of \(moved.map(\.code).joined(separator: ", ")) changed."
  }

  private static func narrowing<Bound: Comparable>(
    _ before: ClosedRange<Bound>?, _ after: ClosedRange<Bound>?, _ words: String?
  ) -> String? {
    guard let after, let words else { return nil }
    if let before, after.lowerBound <= before.lowerBound, before.upperBound <= after.upperBound {
      return nil
    }
    return "only \(words) is accepted."
  }
}
