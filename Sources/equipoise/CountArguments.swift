import ArgumentParser
import Statistics

/// Two arms given as counts, as a whole or stratum by stratum.
struct CountArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Responders of the experimental arm of those analysed.", valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var experimental: BinomialSample?

  @Option(
    help: ArgumentHelp(
      "Responders of the comparator of those analysed.", valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var comparator: BinomialSample?

  @Option(
    help: ArgumentHelp(
      "One stratum: experimental arm, then comparator. May be repeated.",
      valueName: "label:x/n:x/n"),
    transform: ArmCounts.stratum)
  var stratum: [Stratum] = []

  func validate() throws {
    if stratum.isEmpty {
      guard experimental != nil, comparator != nil else {
        throw ValidationError(
          "Give both arms, as --experimental 108/195 --comparator 70/170, or every stratum.")
      }
    } else {
      guard experimental == nil, comparator == nil else {
        throw ValidationError("Give either both arms or strata, not both.")
      }
      try ArmCounts.refuseRepeats(stratum)
    }
  }

  /// The strata; one of everybody where none are given.
  var strata: [Stratum] {
    guard let experimental, let comparator else { return stratum }
    return [Stratum(label: "all", experimental: experimental, comparator: comparator)]
  }
}

/// Counts as they are written on a command line.
enum ArmCounts {
  /// More participants than any trial has; the sums over strata stay far from overflow.
  static let mostParticipants = 100_000_000

  /// `108/195`.
  @Sendable static func read(_ text: String) throws -> BinomialSample {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let responders = parts[0], let total = parts[1],
      (0...mostParticipants).contains(total), (0...total).contains(responders)
    else {
      throw ValidationError(
        "Write responders/analysed in whole numbers, the first not above the second, for example "
          + "108/195.")
    }
    return BinomialSample(responders: responders, total: total)
  }

  /// `SEV:40/90:25/80`; the label itself may hold colons.
  @Sendable static func stratum(_ text: String) throws -> Stratum {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3 else {
      throw ValidationError("Write LABEL:responders/analysed:responders/analysed.")
    }
    return Stratum(
      label: parts.dropLast(2).joined(separator: ":"),
      experimental: try read(String(parts[parts.count - 2])),
      comparator: try read(String(parts[parts.count - 1])))
  }

  /// Refuses strata of which two have one label.
  static func refuseRepeats(_ strata: [Stratum]) throws {
    guard Set(strata.map(\.label)).count == strata.count else {
      throw ValidationError("Two strata have one label. Give every stratum once.")
    }
  }
}
