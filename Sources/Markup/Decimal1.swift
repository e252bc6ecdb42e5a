/// Numbers as decimal text that is the same on every machine.
public enum Decimal1 {
  /// The number with at most one decimal, as coordinates are written.
  public static func text(_ number: Double) -> String {
    let tenths = tenths(of: number)
    let sign = tenths < 0 ? "-" : ""
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }

  /// The number with exactly one decimal and a real minus sign, as people read it.
  public static func words(_ number: Double) -> String {
    let tenths = tenths(of: number)
    let sign = tenths < 0 ? "\u{2212}" : ""
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return "\(sign)\(whole).\(rest)"
  }

  /// A difference with exactly one decimal and its sign, plus included.
  public static func signed(_ number: Double) -> String {
    tenths(of: number) > 0 ? "+" + words(number) : words(number)
  }

  /// A count as people read it: above four digits in groups of three with thin spaces.
  public static func count(_ count: Int) -> String {
    let digits = String(count.magnitude)
    guard digits.count > 4 else { return count < 0 ? "\u{2212}\(digits)" : digits }
    var groups = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { groups += "\u{2009}" }
      groups.append(digit)
    }
    return count < 0 ? "\u{2212}\(groups)" : groups
  }

  /// Tenths, halves away from zero; a length beyond any page is a mistake of ours.
  private static func tenths(of number: Double) -> Int {
    precondition(number.isFinite && number.magnitude < 1e12, "A length is a usual number.")
    return Int((number * 10).rounded())
  }
}
