/// A point in time, to the microsecond, without a zone.
public struct UTCInstant: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microsecondsSince1970: Int64

  /// Makes an instant from its count.
  public init(microsecondsSince1970: Int64) { self.microsecondsSince1970 = microsecondsSince1970 }

  /// Reads `2027-01-04T09:30:00Z` or the same with an offset such as `+01:00`.
  public init(parsing text: String) throws(ParseFault) {
    guard let instant = InstantText.read(Array(text.utf8)) else {
      throw ParseFault("“\(text.prefix(40))” is not an instant such as 2027-01-04T09:30:00Z.")
    }
    self = instant
  }

  /// The instant as `2027-01-04T09:30:00Z`, with the fraction only when there is one.
  public var description: String { InstantText.write(self) }

  /// The instant some seconds later.
  public func advanced(bySeconds seconds: Int64) -> UTCInstant {
    UTCInstant(microsecondsSince1970: microsecondsSince1970 + seconds * 1_000_000)
  }

  /// Whole seconds since another instant, rounded down.
  public func seconds(since other: UTCInstant) -> Int64 {
    let difference = microsecondsSince1970 - other.microsecondsSince1970
    return difference >= 0 ? difference / 1_000_000 : (difference - 999_999) / 1_000_000
  }

  /// Earlier comes first.
  public static func < (left: UTCInstant, right: UTCInstant) -> Bool {
    left.microsecondsSince1970 < right.microsecondsSince1970
  }
}

/// Reading and writing instants as text.
private enum InstantText {
  static let day: Int64 = 86_400_000_000

  static func read(_ bytes: [UInt8]) -> UTCInstant? {
    guard bytes.count >= 17, bytes[10] == UInt8(ascii: "T"),
      let date = try? CalendarDate(parsing: String(decoding: bytes[0..<10], as: UTF8.self)),
      let (clock, rest) = readClock(bytes[11...]), let offset = readOffset(rest)
    else { return nil }
    let whole = Int64(date.daysSince1970) * day + clock - Int64(offset) * 60_000_000
    return UTCInstant(microsecondsSince1970: whole)
  }

  private static func readClock(_ text: ArraySlice<UInt8>) -> (Int64, ArraySlice<UInt8>)? {
    var rest = text
    guard let hour = take(&rest, upTo: 23), drop(&rest, ":"), let minute = take(&rest, upTo: 59)
    else { return nil }
    var micros = Int64(hour * 60 + minute) * 60_000_000
    guard drop(&rest, ":") else { return (micros, rest) }
    guard let second = take(&rest, upTo: 59) else { return nil }
    micros += Int64(second) * 1_000_000
    guard drop(&rest, ".") else { return (micros, rest) }
    let digits = rest.prefix(while: Grammar.isDigit)
    guard (1...6).contains(digits.count), let fraction = CalendarDate.number(digits) else {
      return nil
    }
    rest = rest.dropFirst(digits.count)
    micros += Int64(fraction) * (0..<(6 - digits.count)).reduce(1) { power, _ in power * 10 }
    return (micros, rest)
  }

  private static func readOffset(_ text: ArraySlice<UInt8>) -> Int? {
    var rest = text
    if rest.elementsEqual("Z".utf8) { return 0 }
    let sign = drop(&rest, "+") ? 1 : (drop(&rest, "-") ? -1 : 0)
    guard sign != 0, let hours = take(&rest, upTo: 14), drop(&rest, ":"),
      let minutes = take(&rest, upTo: 59), rest.isEmpty
    else { return nil }
    return sign * (hours * 60 + minutes)
  }

  private static func take(_ rest: inout ArraySlice<UInt8>, upTo most: Int) -> Int? {
    guard rest.count >= 2, let number = CalendarDate.number(rest.prefix(2)), number <= most else {
      return nil
    }
    rest = rest.dropFirst(2)
    return number
  }

  private static func drop(_ rest: inout ArraySlice<UInt8>, _ mark: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: mark) else { return false }
    rest = rest.dropFirst()
    return true
  }

  static func write(_ instant: UTCInstant) -> String {
    var days = instant.microsecondsSince1970 / day
    var micros = instant.microsecondsSince1970 % day
    if micros < 0 {
      micros += day
      days -= 1
    }
    let seconds = Int(micros / 1_000_000)
    let fraction = Int(micros % 1_000_000)
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60]
      .map { CalendarDate.padded($0, 2) }.joined(separator: ":")
    let tail = fraction == 0 ? "" : "." + CalendarDate.padded(fraction, 6)
    return "\(CalendarDate(daysSince1970: Int(days)))T\(clock)\(tail)Z"
  }
}
