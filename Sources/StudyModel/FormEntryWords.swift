/// Words about the entry of a form that more than one place needs.
public enum FormEntryWords {
  /// What is said of a field without an answer, where a reason may stand in its place.
  public static let unanswered = "answer, or say why there is no value."
}

extension CalendarDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The date as people read it in a sentence: `14 Sep 2027`.
  public var words: String {
    let parts = self.parts
    return "\(parts.day) \(Self.months[parts.month - 1]) \(parts.year)"
  }
}
