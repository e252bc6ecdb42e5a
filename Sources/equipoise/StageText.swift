import ArgumentParser
import Statistics

/// The data of one look as written on a command line.
enum StageText {
  /// Responders of both arms, as a whole or stratum by stratum.
  struct Counts {
    var strata: [Stratum]
    var isStratified: Bool
  }

  /// Scores of both arms.
  struct Scores {
    var experimental: SampleMoments
    var comparator: SampleMoments
  }

  /// `23/40:20/40`, or `SEV:9/18:7/17,MOD:14/22:13/23`.
  @Sendable static func counts(_ text: String) throws -> Counts {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 1, parts[0].split(separator: ":").count == 2 {
      let arms = try arms(text)
      return Counts(
        strata: [
          Stratum(
            label: "all", experimental: try ArmCounts.read(arms.first),
            comparator: try ArmCounts.read(arms.second))
        ], isStratified: false)
    }
    let strata = try parts.map(ArmCounts.stratum)
    try ArmCounts.refuseRepeats(strata)
    return Counts(strata: strata, isStratified: true)
  }

  /// `30,-14.1,8.8:30,-12.9,9.1`.
  @Sendable static func scores(_ text: String) throws -> Scores {
    let arms = try arms(text)
    return Scores(experimental: try moments(arms.first), comparator: try moments(arms.second))
  }

  private static func arms(_ text: String) throws -> (first: String, second: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw ValidationError("Write the experimental arm, a colon, and the comparator.")
    }
    return (parts[0], parts[1])
  }

  private static func moments(_ text: String) throws -> SampleMoments {
    let numbers = try NumberList.read(text)
    guard numbers.count == 3, numbers[0] >= 2, numbers[0] == numbers[0].rounded(),
      numbers[0] <= Double(ArmCounts.mostParticipants), numbers[2] >= 0
    else {
      throw ValidationError(
        "Write participants (at least 2), mean and standard deviation, for example 30,-14.1,8.8.")
    }
    return SampleMoments(count: numbers[0], mean: numbers[1], standardDeviation: numbers[2])
  }

  /// Everybody up to each look, stratum by stratum; a stratum nobody of has come yet is not there.
  static func cumulative(_ stages: [Counts]) -> [[Stratum]] {
    var sofar: [String: Stratum] = [:]
    return stages.map { stage in
      for stratum in stage.strata {
        guard var sum = sofar[stratum.label] else {
          sofar[stratum.label] = stratum
          continue
        }
        sum.experimental.responders += stratum.experimental.responders
        sum.experimental.total += stratum.experimental.total
        sum.comparator.responders += stratum.comparator.responders
        sum.comparator.total += stratum.comparator.total
        sofar[stratum.label] = sum
      }
      return sofar.keys.sorted().compactMap { sofar[$0] }
    }
  }

  static func cumulative(_ stages: [Scores]) -> [(SampleMoments, SampleMoments)] {
    var sofar: [(SampleMoments, SampleMoments)] = []
    for stage in stages {
      sofar.append(
        sofar.last.map {
          ($0.0.joined(with: stage.experimental), $0.1.joined(with: stage.comparator))
        } ?? (stage.experimental, stage.comparator))
    }
    return sofar
  }
}
