/// Every table of arms that the schemes of a ledger could have made.
public struct AllocationDistribution: Sendable, Equatable {
  /// The participants, stratum by stratum in the order of entry.
  public let subjects: [Label]
  /// Each table once: the arm of every participant.
  public let tables: [[Label]]
  /// The probability of each table; together 1.
  public let probabilities: [Double]
}

extension AllocationLedger {
  /// Beyond this many tables are sampled and no longer enumerated.
  public static let mostTables = 1_000_000

  /// The distribution over all tables of arms: strata and order of entry as they were, only chance anew.
  ///
  /// Every choice of a block size and of a unit is followed, with the probability by which the schemes draw
  /// it. Strata are independent of each other under every method. Nil where there are too many tables, or
  /// nobody was allocated; the seed is not needed.
  public func distribution(atMost most: Int = mostTables) -> AllocationDistribution? {
    let strata = Dictionary(grouping: records, by: \.draw.stratum).values
      .sorted { ($0[0].draw.recordedIn ?? 0) < ($1[0].draw.recordedIn ?? 0) }
    guard !strata.isEmpty,
      strata.reduce(1.0, { $0 * fewestTables($1) }) <= Double(most)
    else { return nil }
    var walks: [[[Label]: Double]] = []
    var count = 1
    for stratum in strata {
      var walk = StratumWalk(ledger: self, records: stratum, most: most)
      walk.follow(0, nil, [], 1)
      guard !walk.isTooLong else { return nil }
      walks.append(walk.tables)
      count *= walk.tables.count
      guard count <= most else { return nil }
    }
    return AllocationDistribution(
      strata.joined().map(\.draw.subject),
      walks.map { walk in
        walk.sorted { $0.key.lexicographicallyPrecedes($1.key) { $0.text < $1.text } }
      })
  }

  /// A number of tables below the true one, so that large strata are told without walking through them.
  private func fewestTables(_ records: [AllocationRecord]) -> Double {
    var fewest = 1.0
    for (index, record) in records.enumerated() {
      guard let plan = epochs.first(where: { $0.scheme.epoch == record.draw.epoch })?.plan else {
        continue
      }
      guard case .block(let sizes) = plan.scheme.method, let size = sizes.min() else {
        // At least every second allocation is left to chance between two arms.
        fewest *= 2.0.squareRoot()
        continue
      }
      let share = size / plan.ratioSum * (plan.ratios.max() ?? 1)
      let left = size - index % size
      fewest *= Double((left + share - 1) / share)
    }
    return fewest
  }
}

extension AllocationDistribution {
  /// The tables of all strata together.
  fileprivate init(_ subjects: [Label], _ strata: [[(key: [Label], value: Double)]]) {
    var tables: [[Label]] = [[]]
    var probabilities = [1.0]
    for stratum in strata {
      var longer: [[Label]] = []
      var chances: [Double] = []
      for (table, probability) in zip(tables, probabilities) {
        for next in stratum {
          longer.append(table + next.key)
          chances.append(probability * next.value)
        }
      }
      (tables, probabilities) = (longer, chances)
    }
    self.init(subjects: subjects, tables: tables, probabilities: probabilities)
  }
}

/// A walk through everything that chance could have made of one stratum.
private struct StratumWalk {
  let ledger: AllocationLedger
  let records: [AllocationRecord]
  let most: Int
  private(set) var tables: [[Label]: Double] = [:]
  private(set) var isTooLong = false
  private var paths = 0

  init(ledger: AllocationLedger, records: [AllocationRecord], most: Int) {
    self.ledger = ledger
    self.records = records
    self.most = most
  }

  mutating func follow(
    _ index: Int, _ before: EpochInForce?, _ drawn: [AllocationRecord], _ probability: Double
  ) {
    guard !isTooLong else { return }
    guard index < records.count else {
      paths += 1
      isTooLong = paths > most
      tables[drawn.map(\.draw.arm), default: 0] += probability
      return
    }
    let record = records[index]
    guard let force = force(of: record.draw.epoch, before, drawn) else {
      isTooLong = true
      return
    }
    let state = force.state(record.draw.stratum)
    for choice in force.plan.choices(state, levels: force.knownLevels(record.draw)) {
      var next = force
      let draw = force.replacing(record.draw, by: choice.drawn, seq: index + 1, words: 0)
      next.count(draw)
      follow(
        index + 1, next, drawn + [AllocationRecord(draw: draw)], probability * choice.probability)
    }
  }

  /// The epoch with what was drawn so far; a new one begins with what it carries.
  private func force(
    of epoch: Int, _ before: EpochInForce?, _ drawn: [AllocationRecord]
  ) -> EpochInForce? {
    if let before, before.scheme.epoch == epoch { return before }
    return ledger.epochs.first { $0.scheme.epoch == epoch }.map {
      EpochInForce(
        plan: $0.plan, master: $0.master, records: drawn,
        carriedFrom: ledger.firstCarriedEpoch($0.scheme))
    }
  }
}
