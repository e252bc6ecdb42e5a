/// How the error rate of a hypothesis is spent over its looks, as a definition names it.
///
/// Written `obrien-fleming`, `pocock`, `kim-demets:3` or `hwang-shih-decani:-4`; the commands of analysis and
/// planning read the same words.
public enum SpendingRule: Hashable, Sendable {
  /// The type of O'Brien and Fleming: little early.
  case obrienFleming
  /// The type of Pocock: about alike at every look.
  case pocock
  /// A power of the information; ρ in 0 < ρ ≤ 100.
  case kimDeMets(rho: ExactNumber)
  /// The family of Hwang, Shih and DeCani; γ in −100 ≤ γ ≤ 100.
  case hwangShihDeCani(gamma: ExactNumber)

  /// The words that take no number.
  public static let plainNames = ["obrien-fleming", "pocock"]
  /// The words that take a number after a colon.
  public static let numberedNames = ["kim-demets", "hwang-shih-decani"]
}

extension SpendingRule: ParsedText {
  /// Reads the words, or says what they should look like.
  public init(parsing text: String) throws(ParseFault) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let number = parts.count == 2 ? try? ExactNumber(parsing: String(parts[1])) : nil
    let most = ExactNumber(100)
    switch (parts[0], parts.count, number) {
    case ("obrien-fleming", 1, _): self = .obrienFleming
    // So it was written before the choice was one of several.
    case ("Lan-DeMets, O'Brien-Fleming type", 1, _): self = .obrienFleming
    case ("pocock", 1, _): self = .pocock
    case ("kim-demets", 2, let rho?) where rho > ExactNumber(0) && rho <= most:
      self = .kimDeMets(rho: rho)
    case ("hwang-shih-decani", 2, let gamma?) where gamma >= ExactNumber(-100) && gamma <= most:
      self = .hwangShihDeCani(gamma: gamma)
    case (_, _, _):
      throw ParseFault(
        "“\(text.prefix(40))” is no way to spend an error rate. Write obrien-fleming, pocock, "
          + "kim-demets:RHO with RHO above 0 and at most 100, or hwang-shih-decani:GAMMA with GAMMA "
          + "from -100 to 100.")
    }
  }

  /// The words as a definition holds them.
  public var text: String {
    switch self {
    case .obrienFleming: "obrien-fleming"
    case .pocock: "pocock"
    case .kimDeMets(let rho): "kim-demets:\(rho)"
    case .hwangShihDeCani(let gamma): "hwang-shih-decani:\(gamma)"
    }
  }
}
