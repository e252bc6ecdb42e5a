/// Small sentences that several pages make in the same way.
enum Words {
  /// A number of days.
  static func days(_ count: Int) -> String { count == 1 ? "1 day" : "\(count) days" }

  /// The heading of the summary of faults.
  static func faults(_ count: Int) -> String {
    count == 1 ? "There is 1 fault" : "There are \(count) faults"
  }

  /// What stands before the title of a page with faults.
  static func titleFaults(_ count: Int) -> String {
    switch count {
    case 0: ""
    case 1: "1 fault: "
    default: "\(count) faults: "
    }
  }

  /// How many things wait, for a lead.
  static func waiting(you: Int, others: Int) -> String {
    let first =
      switch you {
      case 0: "Nothing waits for you."
      case 1: "1 thing waits for you."
      default: "\(you) things wait for you."
      }
    switch others {
    case 0: return first
    case 1: return first + " 1 more waits for others."
    default: return first + " \(others) more wait for others."
    }
  }

  /// An element name made of a field name, in which blanks would end a reference.
  static func id(_ name: String) -> String {
    "f-"
      + String(
        name.map { letter in
          letter.isASCII && (letter.isLetter || letter.isNumber || "._-".contains(letter))
            ? letter : "-"
        })
  }
}
