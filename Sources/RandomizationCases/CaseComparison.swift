import Foundation

extension CaseValue {
  /// Where an answer departs from what is expected, or nil when every expected part agrees.
  ///
  /// Whole numbers and texts must be the same; real numbers may differ by 1e-12.
  func departure(from expected: CaseValue, at place: String = "answer") -> String? {
    switch (self, expected) {
    case (.record(let mine), .record(let theirs)):
      for (key, value) in theirs.sorted(by: { $0.key < $1.key }) {
        guard let own = mine[key] else { return "\(place).\(key) is missing" }
        if let departure = own.departure(from: value, at: "\(place).\(key)") { return departure }
      }
      return nil
    case (.list(let mine), .list(let theirs)):
      if mine.count != theirs.count {
        return "\(place) has \(mine.count) items, expected \(theirs.count)"
      }
      for (index, pair) in zip(mine, theirs).enumerated() {
        if let departure = pair.0.departure(from: pair.1, at: "\(place)[\(index)]") {
          return departure
        }
      }
      return nil
    case (.text(let mine), .text(let theirs)):
      return mine.utf8.elementsEqual(theirs.utf8) ? nil : "\(place) differs"
    case (.integer(let mine), .integer(let theirs)):
      return mine == theirs ? nil : "\(place) is \(mine), expected \(theirs)"
    default:
      if let mine = number, let theirs = expected.number {
        return abs(mine - theirs) <= 1e-12 ? nil : "\(place) is \(mine), expected \(theirs)"
      }
      return self == expected ? nil : "\(place) differs"
    }
  }

  private var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .real(let number): number
    case .null, .bool, .text, .list, .record: nil
    }
  }
}
