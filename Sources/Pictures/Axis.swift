/// A straight axis with few ticks at round numbers.
struct Axis {
  let lower: Double
  let upper: Double
  let step: Double
  let start: Double
  let end: Double

  /// An axis between two points of the canvas that holds all numbers with at most seven ticks.
  init(holding numbers: [Double], from start: Double, to end: Double) {
    let least = numbers.min() ?? 0
    let most = numbers.max() ?? 1
    var steps = Axis.roundSteps.makeIterator()
    var chosen = 1.0
    while let step = steps.next() {
      chosen = step
      let ticks = (most / step).rounded(.up) - (least / step).rounded(.down)
      if ticks <= 6 { break }
    }
    lower = (least / chosen).rounded(.down) * chosen
    upper = max((most / chosen).rounded(.up) * chosen, lower + chosen)
    step = chosen
    self.start = start
    self.end = end
  }

  /// The numbers at which a tick stands.
  var ticks: [Double] {
    let count = Int(((upper - lower) / step).rounded())
    return (0...count).map { lower + Double($0) * step }
  }

  /// The place of a number on the canvas.
  func place(_ number: Double) -> Double {
    start + (number - lower) / (upper - lower) * (end - start)
  }

  // From a hundredth, for proportions, to a million, for counts.
  private static let roundSteps = (-2...6).flatMap { power -> [Double] in
    var ten = 1.0
    for _ in 0..<abs(power) { ten *= 10 }
    let unit = power < 0 ? 1 / ten : ten
    return [unit, 2 * unit, 5 * unit]
  }
}
