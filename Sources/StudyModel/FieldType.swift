/// One code of a code list with its words.
public struct CodeItem: Hashable, Sendable {
  /// The code stored.
  public let code: String
  /// The words shown.
  public let label: String

  /// Makes the value from its parts.
  public init(
    code: String,
    label: String
  ) {
    self.code = code
    self.label = label
  }
}

/// What a field can hold.
public enum FieldType: Hashable, Sendable {
  case integer(ClosedRange<Int>?)
  case decimal(precision: Int, scale: Int, range: ClosedRange<ExactNumber>?)
  case boolean
  case code([CodeItem])
  case multi([CodeItem])
  case date
  case partialDate
  case time
  case dateTime
  case text(maxLength: Int)
  case userReference([RoleID])
  case calculated
}

extension FieldType {
  /// Reads what a person or a program wrote, or says what would be accepted.
  public func value(parsing written: String) throws(ParseFault) -> FormulaValue {
    switch self {
    case .integer(let range): return .number(try Self.integer(written, range))
    case .decimal(let precision, let scale, let range):
      return .number(try Self.decimal(written, precision, scale, range))
    case .boolean: return .truth(try Self.boolean(written))
    case .code(let items): return .text(try Self.code(written, items))
    case .multi(let items): return .choices(try Self.choices(written, items))
    case .date: return .date(try Self.date(written))
    case .partialDate: return .text(try Self.partialDate(written))
    case .time: return .text(try Self.time(written))
    case .dateTime: return .instant(try Self.instant(written))
    case .text(let most): return .text(try Self.text(written, most))
    case .userReference: return .text(try Self.text(written, 200))
    case .calculated: return Self.calculated(written)
    }
  }

  private static func date(_ written: String) throws(ParseFault) -> CalendarDate {
    guard let date = try? CalendarDate(parsing: written) else {
      throw ParseFault("There is no such day. Give day, month and year, such as 31 3 2027.")
    }
    return date
  }

  private static func instant(_ written: String) throws(ParseFault) -> UTCInstant {
    guard let instant = try? UTCInstant(parsing: written) else {
      throw ParseFault(
        "There is no such time. Give day, month, year and time, such as 4 1 2027 and 09:30.")
    }
    return instant
  }

  private static func integer(
    _ written: String, _ range: ClosedRange<Int>?
  ) throws(ParseFault) -> ExactNumber {
    guard let number = try? ExactNumber(parsing: written), !written.contains("."),
      let whole = number.whole
    else { throw ParseFault("Enter a whole number.") }
    guard range?.contains(whole) ?? true else {
      throw ParseFault(
        "Enter a whole number from \(range?.lowerBound ?? 0) to "
          + "\(range?.upperBound ?? 0).")
    }
    return number
  }

  private static func decimal(
    _ written: String, _ precision: Int, _ scale: Int, _ range: ClosedRange<ExactNumber>?
  ) throws(ParseFault) -> ExactNumber {
    let number = try ExactNumber(parsing: written)
    let limit = (0..<(precision - scale)).reduce(Int128(1)) { power, _ in power * 10 }
    guard let decimals = number.decimals, decimals <= scale,
      number.numerator.magnitude / UInt128(number.denominator) < UInt128(limit)
    else {
      throw ParseFault(
        "Enter a number with at most \(precision - scale) digits before and \(scale) after "
          + "the point.")
    }
    guard range?.contains(number) ?? true else {
      throw ParseFault(
        "Enter a number from \(range?.lowerBound.description ?? "") to "
          + "\(range?.upperBound.description ?? "").")
    }
    return number
  }

  private static func boolean(_ written: String) throws(ParseFault) -> Bool {
    switch written {
    case "true": return true
    case "false": return false
    default: throw ParseFault("Choose Yes or No.")
    }
  }

  private static func code(_ written: String, _ items: [CodeItem]) throws(ParseFault) -> String {
    guard items.contains(where: { $0.code == written }) else {
      throw ParseFault("Choose one of the answers listed.")
    }
    return written
  }

  // Stored in the order of the code list, so that the same choice is always the same text.
  private static func choices(
    _ written: String, _ items: [CodeItem]
  ) throws(ParseFault) -> [String] {
    let chosen = written.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard Set(chosen).count == chosen.count,
      chosen.allSatisfy({ code in items.contains { $0.code == code } })
    else { throw ParseFault("Choose from the answers listed, each at most once.") }
    return items.map(\.code).filter(chosen.contains)
  }

  private static func partialDate(_ written: String) throws(ParseFault) -> String {
    // A year, a year with a month, or a full date: completed with 01 it must be a real date.
    let completion = [4: "-01-01", 7: "-01", 10: ""][written.utf8.count]
    guard let completion, (try? CalendarDate(parsing: written + completion)) != nil else {
      throw ParseFault("Enter 2027, 2027-03 or 2027-03-31.")
    }
    return written
  }

  private static func time(_ written: String) throws(ParseFault) -> String {
    let parts = written.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }),
      let hour = CalendarDate.number(Array(parts[0])), hour < 24,
      let minute = CalendarDate.number(Array(parts[1])), minute < 60
    else { throw ParseFault("Enter a time such as 09:30.") }
    return written
  }

  private static func text(_ written: String, _ most: Int) throws(ParseFault) -> String {
    guard written.contains(where: { !$0.isWhitespace }) else { throw ParseFault("Enter a text.") }
    guard written.unicodeScalars.count <= most else {
      throw ParseFault("Enter at most \(most) characters.")
    }
    let isPlain = written.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n"
    }
    guard isPlain else { throw ParseFault("Enter text without control characters.") }
    return written
  }

  // Written by the system only: a number, a truth value or a text.
  private static func calculated(_ written: String) -> FormulaValue {
    if let number = try? ExactNumber(parsing: written) { return .number(number) }
    if let truth = try? boolean(written) { return .truth(truth) }
    if let day = try? CalendarDate(parsing: written) { return .date(day) }
    return .text(written)
  }
}
