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

  /// Tenths, halves away from zero; a length beyond any page is a mistake of ours.
  private static func tenths(of number: Double) -> Int {
    precondition(number.isFinite && number.magnitude < 1e12, "A length is a usual number.")
    return Int((number * 10).rounded())
  }
}
