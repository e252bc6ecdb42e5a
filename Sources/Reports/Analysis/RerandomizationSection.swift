import Statistics
import StudyModel

/// What the randomization alone says: the differences the scheme could have made by chance.
enum RerandomizationSection {
  static func section(_ trial: AnalysedTrial) -> ReportSection {
    var section = ReportSection(id: "rerandomization", title: "Test by the randomization itself")
    if let enumerated = trial.source.enumerated {
      return enumeratedSection(trial, enumerated, section)
    }
    guard !trial.source.redrawn.isEmpty else {
      section.refusals.append("No allocation was drawn anew.")
      return section
    }
    let known = trial.fullSet.filter { $0.outcome != nil }
    let test = StratifiedOutcomes(known)
    let redrawn = trial.source.redrawn.map { table in known.map { table[$0.key] ?? "" } }
      .map { arms in arms.map { trial.arms.firstIndex(of: $0) ?? -1 } }
    let actual = known.map { trial.arms.firstIndex(of: $0.arm) ?? -1 }
    let rows = trial.pairs.compactMap { pair -> [ReportCell]? in
      guard let first = trial.arms.firstIndex(of: pair.first),
        let second = trial.arms.firstIndex(of: pair.second),
        let observed = test.difference(first, second, actual)
      else { return nil }
      let others = redrawn.compactMap { test.difference(first, second, $0) }
      let beyond = others.count { abs($0) >= abs(observed) - 1e-9 }
      let p = Double(beyond + 1) / Double(others.count + 1)
      return [
        ReportCell(pair.label), ReportCell(100 * observed, Wording.signed(100 * observed)),
        ReportCell(others.count), ReportCell(beyond), ReportCell(p, Wording.decimal(p, places: 4)),
      ]
    }
    section.findings = [nullHypothesis]
    section.tables = [
      ReportTable(
        id: "rerandomization", caption: "Stratified differences over allocations drawn anew",
        columns: [
          .words("Comparison"), .numbers("Difference, points"), .numbers("Allocations drawn"),
          .numbers("As far from zero"), .numbers("Two-sided p"),
        ], rows: rows,
        trace: trial.trace(
          "Allocations drawn anew by the scheme, strata and order of entry that were used, under a recorded key; p = (b + 1)/(m + 1). Rosenberger and Lachin (2016), chapter 6. Key: \(trial.source.provenance.randomKey).",
          "\(trial.setName(trial.plan.fullSet)), endpoint known", known.count))
    ]
    return section
  }
}

extension RerandomizationSection {
  /// The exact distribution, where the scheme could have made few enough tables.
  private static func enumeratedSection(
    _ trial: AnalysedTrial, _ enumerated: EnumeratedArms, _ started: ReportSection
  ) -> ReportSection {
    var section = started
    let places = Dictionary(
      enumerated.participants.enumerated().map { ($1, $0) }
    ) { one, _ in one }
    let known = trial.fullSet.filter { $0.outcome != nil && places[$0.key] != nil }
    let outcomes = StratifiedOutcomes(known)
    let numbers = Dictionary(trial.arms.enumerated().map { ($1, $0) }) { one, _ in one }
    let order = known.compactMap { places[$0.key] }
    let tables = enumerated.tables.map { table in order.map { numbers[table[$0]] ?? -1 } }
    let actual = known.map { numbers[$0.arm] ?? -1 }
    let rows = trial.pairs.compactMap { pair -> [ReportCell]? in
      guard let first = numbers[pair.first], let second = numbers[pair.second],
        let observed = outcomes.difference(first, second, actual)
      else { return nil }
      var test = RerandomizationTest(observed: observed)
      for (table, probability) in zip(tables, enumerated.probabilities) {
        test.add(outcomes.difference(first, second, table), probability: probability)
      }
      return [
        ReportCell(pair.label), ReportCell(100 * observed, Wording.signed(100 * observed)),
        ReportCell(test.sequences),
        ReportCell(100 * test.undefinedMass, Wording.decimal(100 * test.undefinedMass, places: 2)),
        ReportCell(test.pTwoSided, Wording.decimal(test.pTwoSided, places: 4)),
      ]
    }
    section.findings = [nullHypothesis]
    section.tables = [
      ReportTable(
        id: "rerandomization", caption: "Stratified differences over all possible allocations",
        columns: [
          .words("Comparison"), .numbers("Difference, points"), .numbers("Tables of arms"),
          .numbers("Without a difference, per cent"), .numbers("Two-sided p"),
        ], rows: rows,
        trace: trial.trace(
          "Every table of arms the scheme could have made in the strata and order of entry that were used, with its probability. Rosenberger and Lachin (2016), chapter 6.",
          "\(trial.setName(trial.plan.fullSet)), endpoint known", known.count))
    ]
    return section
  }

  fileprivate static var nullHypothesis: String {
    "The null hypothesis is that no participant would have done otherwise in another arm; it supports the comparisons and tests no margin."
  }
}

/// Known outcomes with their strata as numbers, ready for many tables of arms.
private struct StratifiedOutcomes {
  private let outcomes: [Bool]
  private let strata: [Int]
  private let count: Int

  init(_ people: [AnalysedParticipant]) {
    let labels = Set(people.map(\.stratum)).sorted()
    count = labels.count
    outcomes = people.map { $0.outcome == true }
    strata = people.map { labels.firstIndex(of: $0.stratum) ?? 0 }
  }

  /// The Mantel-Haenszel difference; nil where no stratum holds both arms.
  func difference(_ first: Int, _ second: Int, _ arms: [Int]) -> Double? {
    // Responders and totals of both arms, stratum by stratum: whole numbers, so that order is nothing.
    var cells = Array(repeating: 0, count: 4 * count)
    for index in arms.indices where arms[index] == first || arms[index] == second {
      let start = 4 * strata[index] + (arms[index] == first ? 0 : 2)
      cells[start + 1] += 1
      if outcomes[index] { cells[start] += 1 }
    }
    var sum = CompensatedSum()
    var total = CompensatedSum()
    for stratum in 0..<count {
      let cell = (0..<4).map { Double(cells[4 * stratum + $0]) }
      guard cell[1] > 0, cell[3] > 0 else { continue }
      let weight = cell[1] * cell[3] / (cell[1] + cell[3])
      sum.add(weight * (cell[0] / cell[1] - cell[2] / cell[3]))
      total.add(weight)
    }
    return total.value > 0 ? sum.value / total.value : nil
  }
}
