/// The one class every form, field, derived value and event has: who may know it.
public enum DataClass: String, CaseIterable, Sendable, Codable, Comparable {
  case open, outcome, treatment, allocation, sealed, identity

  /// Orders the classes from the least to the most guarded.
  public static func < (left: DataClass, right: DataClass) -> Bool { left.rank < right.rank }

  /// The most guarded of the classes: what a value derived from all of them is.
  public static func highest(of classes: some Sequence<DataClass>) -> DataClass {
    classes.max() ?? .open
  }

  private var rank: Int {
    switch self {
    case .open: 0
    case .outcome: 1
    case .treatment: 2
    case .allocation: 3
    case .sealed: 4
    case .identity: 5
    }
  }
}
