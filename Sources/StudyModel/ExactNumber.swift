/// A number without rounding: a fraction of two whole numbers.
///
/// Scores are divided when items are prorated (sum × 7 / 6) and then compared with bands, so neither
/// binary floating point nor a fixed count of decimals would compare exactly.
public struct ExactNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The numerator, carrying the sign.
  public let numerator: Int128
  /// The denominator, above zero and without a factor in common with the numerator.
  public let denominator: Int128

  /// Makes a whole number.
  public init(_ whole: Int) {
    numerator = Int128(whole)
    denominator = 1
  }

  /// Makes a fraction in lowest terms, or nil when the denominator is zero.
  public init?(_ numerator: Int128, over denominator: Int128) {
    guard denominator != 0, denominator != .min, numerator != .min else { return nil }
    let divisor = Self.commonDivisor(numerator.magnitude, denominator.magnitude)
    let sign: Int128 = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / Int128(divisor)
    self.denominator = sign * denominator / Int128(divisor)
  }

  /// Reads plain decimal text such as `-12.50`: at most 18 digits before and 18 after the point.
  public init(parsing text: String) throws(ParseFault) {
    guard let number = Self.read(Array(text.utf8)) else {
      throw ParseFault("“\(text.prefix(40))” is not a number such as 12 or 12.5.")
    }
    self = number
  }

  /// The number as plain decimal text, exact to 18 decimals.
  public var description: String { text(decimals: 18) }

  /// The number rounded half away from zero, without trailing zeros.
  public func text(decimals: Int) -> String {
    let rounded = self.rounded(decimals: decimals) ?? self
    let size = rounded.numerator.magnitude
    let base = UInt128(rounded.denominator)
    var digits = ""
    var rest = size % base
    for _ in 0..<decimals where rest != 0 {
      let (next, didOverflow) = rest.multipliedReportingOverflow(by: 10)
      if didOverflow { break }
      digits += String(next / base)
      rest = next % base
    }
    let sign = rounded.numerator < 0 ? "-" : ""
    return sign + String(size / base) + (digits.isEmpty ? "" : "." + digits)
  }

  /// The number rounded half away from zero to some decimals, or nil when too large to hold.
  public func rounded(decimals: Int) -> ExactNumber? {
    guard (0...18).contains(decimals) else { return nil }
    let power = (0..<decimals).reduce(Int128(1)) { value, _ in value * 10 }
    let (scaled, didOverflow) = numerator.multipliedReportingOverflow(by: power)
    guard !didOverflow, denominator <= .max / 2 else { return nil }
    let (quotient, remainder) = scaled.quotientAndRemainder(dividingBy: denominator)
    let step: Int128 =
      remainder.magnitude >= UInt128(denominator) - remainder.magnitude ? (scaled < 0 ? -1 : 1) : 0
    return ExactNumber(quotient + step, over: power)
  }

  /// The number as a whole, or nil when it is none.
  public var whole: Int? { denominator == 1 ? Int(exactly: numerator) : nil }

  /// The digits after the point that its exact decimal text has, or nil when there is none.
  public var decimals: Int? {
    var rest = denominator
    var twos = 0
    var fives = 0
    while rest % 2 == 0 { (rest, twos) = (rest / 2, twos + 1) }
    while rest % 5 == 0 { (rest, fives) = (rest / 5, fives + 1) }
    return rest == 1 ? max(twos, fives) : nil
  }

  /// The sum, or nil when too large to hold.
  public func plus(_ other: ExactNumber) -> ExactNumber? {
    let (left, leftOver) = numerator.multipliedReportingOverflow(by: other.denominator)
    let (right, rightOver) = other.numerator.multipliedReportingOverflow(by: denominator)
    let (sum, sumOver) = left.addingReportingOverflow(right)
    let (base, baseOver) = denominator.multipliedReportingOverflow(by: other.denominator)
    guard !leftOver, !rightOver, !sumOver, !baseOver else { return nil }
    return ExactNumber(sum, over: base)
  }

  /// The product, or nil when too large to hold.
  public func times(_ other: ExactNumber) -> ExactNumber? {
    let (product, over) = numerator.multipliedReportingOverflow(by: other.numerator)
    let (base, baseOver) = denominator.multipliedReportingOverflow(by: other.denominator)
    guard !over, !baseOver else { return nil }
    return ExactNumber(product, over: base)
  }

  /// The quotient, or nil when dividing by zero or too large to hold.
  public func divided(by other: ExactNumber) -> ExactNumber? {
    guard let inverse = ExactNumber(other.denominator, over: other.numerator) else { return nil }
    return times(inverse)
  }

  /// The same number with the other sign.
  public var negated: ExactNumber { ExactNumber(-numerator, over: denominator) ?? self }

  /// Compares the exact values.
  public static func < (left: ExactNumber, right: ExactNumber) -> Bool {
    let leftWide = left.numerator.multipliedFullWidth(by: right.denominator)
    let rightWide = right.numerator.multipliedFullWidth(by: left.denominator)
    return leftWide.high != rightWide.high
      ? leftWide.high < rightWide.high : leftWide.low < rightWide.low
  }

  private static func commonDivisor(_ one: UInt128, _ other: UInt128) -> UInt128 {
    var (large, small) = (one, other)
    while small != 0 { (large, small) = (small, large % small) }
    return max(large, 1)
  }

  private static func read(_ bytes: [UInt8]) -> ExactNumber? {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let parts = bytes.dropFirst(isNegative ? 1 : 0).split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, (1...18).contains(whole.count) else { return nil }
    let fraction = parts.count == 2 ? parts[1] : []
    guard parts.count == 1 || (1...18).contains(fraction.count),
      (whole + fraction).allSatisfy(Grammar.isDigit)
    else { return nil }
    let digits = (whole + fraction).reduce(Int128(0)) { $0 * 10 + Int128($1 - 0x30) }
    let power = fraction.reduce(Int128(1)) { value, _ in value * 10 }
    return ExactNumber(isNegative ? -digits : digits, over: power)
  }
}
