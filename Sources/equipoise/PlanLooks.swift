import ArgumentParser
import Statistics

/// The looks of a trial whose size is planned.
struct LookArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The information fractions of the looks planned, growing, the last 1.",
      valueName: "t1,t2,..."),
    transform: PlanArguments.fractions)
  var information: [Double] = []
  @Option(help: PlanArguments.spendingHelp, transform: PlanArguments.spending)
  var spending: SpendingFunction?

  func validate() throws {
    guard spending == nil || !information.isEmpty else {
      throw ValidationError("--spending takes the looks with it, as --information 0.5,1.")
    }
    guard information.isEmpty || information.last == 1 else {
      throw ValidationError("The last look has information 1: it is the end of the trial.")
    }
  }

  /// The size with the looks in words; empty where none are planned.
  ///
  /// The largest size is that without looks times the inflation: Jennison and Turnbull (2000), section 7.2.2.
  func text(without fixed: Double, of unit: String, alpha: Double, power: Double) throws -> String {
    guard !information.isEmpty else { return "" }
    let spending = spending ?? .obrienFleming
    let design = try GroupSequentialDesign(
      spending: spending, alphaOneSided: alpha, informationFractions: information)
    let largest = fixed * (try design.inflation(beta: 1 - power))
    let shown = design.power(drift: design.drift(power: power))
    let stops = shown.indices.map { shown[$0] - ($0 > 0 ? shown[$0 - 1] : 0) }
    let expected = stops.indices.reduce(largest) {
      $0 - stops[$1] * largest * (1 - information[$1])
    }
    func list(_ values: [Double], places: Int) -> String {
      values.map { Wording.decimal($0, places: places) }.joined(separator: ", ")
    }
    return """
      With looks at information \(list(information, places: 2)): \
      \(Wording.decimal(largest.rounded(.up), places: 0)) \(unit) at most, before rounding \
      \(Wording.decimal(largest, places: 2)); \(Wording.decimal(expected, places: 2)) on average if the \
      assumption holds. Success first at each look: \(list(stops, places: 4)).
      Bounds \(list(design.bounds, places: 3)); \(spending.title).

      """
  }
}
