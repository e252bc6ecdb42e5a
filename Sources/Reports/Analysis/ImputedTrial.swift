import Statistics
import StudyModel

/// The full set with missing scores imputed within arms.
struct ImputedTrial {
  /// One participant whose outcome is imputed.
  private struct Missing {
    let arm: String
    let stratum: Int
    let baseline: Double
    /// The place in each imputed set.
    let place: Int
  }

  private let strata: [String]
  /// Known outcomes by arm and stratum: imputing changes none of them.
  private let known: [String: [BinomialSample]]
  private let missing: [Missing]
  private let leastFall: Double
  private let sets: [[Double]]

  init?(_ trial: AnalysedTrial) {
    let people = trial.fullSet
    let strata = Set(people.map(\.stratum)).sorted()
    // What an intercurrent event has decided is neither imputed nor a score to learn from.
    let usable = people.enumerated().filter { !$0.element.isFailure && $0.element.baseline != nil }
    let rows = usable.map { index, person in
      ScoredRow(
        // The place in key order names the stream: the order of rows in the snapshot does not.
        stream: UInt64(index), arm: person.arm, baseline: person.baseline ?? 0,
        covariates: strata.dropFirst().map { $0 == person.stratum ? 1 : 0 }, score: person.score)
    }
    let imputation: ScoreImputation
    do throws(StatisticsRefusal) {
      imputation = try ScoreImputation(
        rows, key: trial.source.key, count: trial.plan.imputations)
    } catch {
      return nil
    }
    self.strata = strata
    leastFall = Double(trial.endpoint.leastFall.text(decimals: 9)) ?? 0.5
    sets = imputation.sets
    let empty = strata.map { _ in BinomialSample(responders: 0, total: 0) }
    var known: [String: [BinomialSample]] = [:]
    for person in people {
      guard let outcome = person.outcome, let stratum = strata.firstIndex(of: person.stratum)
      else { continue }
      known[person.arm, default: empty][stratum].total += 1
      known[person.arm, default: empty][stratum].responders += outcome ? 1 : 0
    }
    self.known = known
    missing = imputation.missing.enumerated().compactMap { place, row in
      let person = usable[row].element
      guard person.outcome == nil, let baseline = person.baseline,
        let stratum = strata.firstIndex(of: person.stratum)
      else { return nil }
      return Missing(arm: person.arm, stratum: stratum, baseline: baseline, place: place)
    }
  }

  /// The difference of a pair pooled over the data sets, with imputed scores moved by arm.
  func pooled(
    _ pair: AnalysedTrial.ArmPair, shifts: [String: Double] = [:]
  ) throws(StatisticsRefusal) -> RubinPool {
    let empty = strata.map { _ in BinomialSample(responders: 0, total: 0) }
    let start = [known[pair.first] ?? empty, known[pair.second] ?? empty]
    let moved = missing.filter { $0.arm == pair.first || $0.arm == pair.second }
      .map { (row: $0, side: $0.arm == pair.first ? 0 : 1, shift: shifts[$0.arm] ?? 0) }
    var estimates: [Double] = []
    var variances: [Double] = []
    for set in sets {
      var cells = start
      for (row, side, shift) in moved {
        cells[side][row.stratum].total += 1
        if row.baseline - (set[row.place] + shift) >= leastFall * row.baseline {
          cells[side][row.stratum].responders += 1
        }
      }
      let table = try StratifiedTable(
        strata.indices.map {
          Stratum(label: strata[$0], experimental: cells[0][$0], comparator: cells[1][$0])
        })
      let found = try MantelHaenszel.sato(table)
      estimates.append(found.estimate)
      variances.append(found.standardError * found.standardError)
    }
    return try RubinPool(estimates: estimates, variances: variances)
  }
}
