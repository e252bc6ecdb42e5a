/// Numbers as the pages of the study write them: true minus sign, fixed decimals, no locale.
public enum Wording {
  /// A fixed number of decimals; halves go away from zero.
  public static func decimal(_ value: Double, places: Int = 1) -> String {
    if value.isNaN { return "not defined" }
    guard value.isFinite else { return value > 0 ? "∞" : "−∞" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let rounded = (abs(value) * scale + 1e-9).rounded(.toNearestOrAwayFromZero)
    guard rounded < 9e15 else { return value.description }
    let whole = Int(rounded / scale)
    let rest = Int(rounded) - whole * Int(scale)
    let sign = value < 0 && rounded != 0 ? "−" : ""
    guard places > 0 else { return sign + "\(whole)" }
    let digits = "\(rest)"
    return sign + "\(whole)." + String(repeating: "0", count: places - digits.count) + digits
  }

  /// A difference: as `decimal`, with a plus sign where it is positive.
  public static func signed(_ value: Double, places: Int = 1) -> String {
    let text = decimal(value, places: places)
    return value > 0 ? "+" + text : text
  }

  /// A number of the plan: without decimals when whole, else with as many as needed, at most 3.
  public static func number(_ value: Double) -> String {
    for places in 0..<3 {
      var scaled = value
      for _ in 0..<places { scaled *= 10 }
      if abs(scaled - scaled.rounded()) < 1e-9 { return decimal(value, places: places) }
    }
    return decimal(value, places: 3)
  }

  /// What an interval is called by its level: `95 % interval`, after a look at efficacy `95.1 % interval`.
  public static func title(_ interval: ConfidenceInterval) -> String {
    "\(number((interval.level * 1e4).rounded() / 1e2)) % interval"
  }

  /// A p-value: four decimals, or below which bound it lies.
  public static func pValue(_ p: Double) -> String {
    p < 0.0001 ? "p < 0.0001" : "p = " + decimal(p, places: 4)
  }
}
