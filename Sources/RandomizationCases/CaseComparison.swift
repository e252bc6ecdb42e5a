import Randomization

extension CaseValue {
  /// Where an answer departs from what is expected, or nil when every expected part agrees.
  ///
  /// Whole numbers and texts must be the same; real numbers may differ by 1e-12.
  func departure(from expected: CaseValue, at place: String = "answer") -> String? {
    if case .record(let mine) = self, case .record(let theirs) = expected {
      return Self.departure(mine, theirs, place)
    }
    if case .list(let mine) = self, case .list(let theirs) = expected {
      return Self.departure(mine, theirs, place)
    }
    if case .integer(let mine) = self, case .integer(let theirs) = expected {
      return mine == theirs ? nil : "\(place) is \(mine), expected \(theirs)"
    }
    if let mine = number, let theirs = expected.number {
      return (mine - theirs).magnitude <= 1e-12 ? nil : "\(place) is \(mine), expected \(theirs)"
    }
    if case .text(let mine) = self, case .text(let theirs) = expected {
      // As bytes: texts in different normalization forms are different answers.
      return Label(mine) == Label(theirs) ? nil : "\(place) differs"
    }
    return self == expected ? nil : "\(place) differs"
  }

  private static func departure(
    _ mine: [Label: CaseValue], _ theirs: [Label: CaseValue], _ place: String
  ) -> String? {
    for (key, value) in theirs.sorted(by: { $0.key < $1.key }) {
      guard let own = mine[key] else { return "\(place).\(key) is missing" }
      if let departure = own.departure(from: value, at: "\(place).\(key)") { return departure }
    }
    return nil
  }

  private static func departure(
    _ mine: [CaseValue], _ theirs: [CaseValue], _ place: String
  ) -> String? {
    guard mine.count == theirs.count else {
      return "\(place) has \(mine.count) items, expected \(theirs.count)"
    }
    for (index, pair) in zip(mine, theirs).enumerated() {
      if let departure = pair.0.departure(from: pair.1, at: "\(place)[\(index)]") {
        return departure
      }
    }
    return nil
  }

  private var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .real(let number): number
    case .null, .bool, .text, .list, .record: nil
    }
  }
}
