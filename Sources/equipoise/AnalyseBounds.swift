import ArgumentParser
import Statistics

/// Works out the bounds of a group sequential plan.
struct AnalyseBounds: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bounds",
    abstract: "Prints the error spent and the critical value at every look of a plan.",
    discussion: "Example: equipoise analyse bounds --information 0.5,1 --alpha 0.025")

  @Option(
    help: ArgumentHelp(
      "The information fractions of the looks, growing, the last at most 1.",
      valueName: "t1,t2,..."),
    transform: Self.fractions)
  var information: [Double]

  @Option(
    help: "The one-sided error rate of the whole trial, for example 0.025.",
    transform: PlainNumber.read)
  var alpha: Double

  @Option(
    help: """
      How the error is spent: obrien-fleming, pocock, kim-demets:RHO or hwang-shih-decani:GAMMA.
      """,
    transform: Self.spending)
  var spending = SpendingFunction.obrienFleming

  func run() throws {
    let design: GroupSequentialDesign
    do {
      design = try GroupSequentialDesign(
        spending: spending, alphaOneSided: alpha, informationFractions: information)
    } catch {
      throw ValidationError(error.description)
    }
    var rows = [["look", "information", "cumulative alpha", "critical value", "nominal p"]]
    for index in design.bounds.indices {
      rows.append([
        "\(index + 1)", Wording.number(design.informationFractions[index]),
        Wording.decimal(design.cumulativeAlpha[index], places: 6),
        Wording.decimal(design.bounds[index], places: 3),
        Wording.decimal(design.nominalAlpha[index], places: 6),
      ])
    }
    print(TerminalText.table(rows, rightAligned: [1, 2, 3, 4], indent: 0), terminator: "")
  }

  /// More looks than any trial takes; the work grows with their number.
  private static let mostLooks = 100

  @Sendable private static func fractions(_ text: String) throws -> [Double] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= mostLooks else {
      throw ValidationError("A plan has at most \(mostLooks) looks.")
    }
    return try parts.map { try PlainNumber.read(String($0)) }
  }

  @Sendable private static func spending(_ text: String) throws -> SpendingFunction {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let parameter = parts.count == 2 ? try PlainNumber.read(parts[1]) : nil
    switch (parts.first, parameter) {
    case ("obrien-fleming", nil): return .obrienFleming
    case ("pocock", nil): return .pocock
    case ("kim-demets", let rho?) where rho > 0 && rho <= 100: return .kimDeMets(rho: rho)
    case ("hwang-shih-decani", let gamma?) where abs(gamma) <= 100:
      return .hwangShihDeCani(gamma: gamma)
    case (_, _):
      throw ValidationError(
        "Name obrien-fleming, pocock, kim-demets:RHO with RHO above 0, or "
          + "hwang-shih-decani:GAMMA.")
    }
  }
}
