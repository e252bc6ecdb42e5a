extension AllocationLedger {
  /// The arm of every participant had the same people come in the same order under another seed.
  ///
  /// Schemes, strata and the order of entry are those of this ledger; only chance is new, so that the
  /// tables of arms this gives are what the schemes could have made. People count with the levels
  /// they were allocated by. Empty without the seed of the ledger, which nothing can be drawn without.
  public func redrawn(_ other: Seed) -> [Label: Label] {
    var drawn: [AllocationRecord] = []
    var positions: [StratumBytes: Int] = [:]
    for epoch in epochs {
      let number = epoch.scheme.epoch
      let master = other.master(ledger: identity, epoch: number, publicEntropy: [])
      var force = EpochInForce(
        plan: epoch.plan, master: master, records: drawn,
        carriedFrom: firstCarriedEpoch(epoch.scheme))
      for record in records where record.draw.epoch == number {
        let draw = force.redraw(record.draw, positions: &positions)
        force.count(draw)
        drawn.append(AllocationRecord(draw: draw))
      }
    }
    return Dictionary(drawn.map { ($0.draw.subject, $0.draw.arm) }) { one, _ in one }
  }
}

extension EpochInForce {
  fileprivate func redraw(_ draw: Draw, positions: inout [StratumBytes: Int]) -> Draw {
    let levels = knownLevels(draw)
    let seq = (positions[draw.stratum] ?? 0) + 1
    positions[draw.stratum] = seq
    var tape = master.tape(position: seq, stratum: draw.stratum)
    let found = plan.draw(state(draw.stratum), levels: levels, from: &tape)
    return replacing(draw, by: found, seq: seq, words: tape.wordsConsumed)
  }

  /// The allocation of the same participant as chance could have had it.
  func replacing(_ draw: Draw, by found: DrawnUnit, seq: Int, words: Int) -> Draw {
    let unit = plan.units[found.unit]
    return Draw(
      requestID: draw.requestID, subject: draw.subject, levels: draw.levels, epoch: draw.epoch,
      stratum: draw.stratum, seq: seq, unit: found.unit, arm: scheme.arms[unit.arm].id,
      slot: unit.slot, block: found.block, weights: found.weights, words: words,
      scores: found.scores, sealKey: draw.sealKey, seal: draw.seal, recordedIn: nil)
  }

  /// The index of a participant's level of every factor of the scheme.
  func knownLevels(_ draw: Draw) -> [Int] {
    scheme.factors.enumerated().map { index, factor in
      draw.levels[factor.id].flatMap { plan.levelIndex($0, ofFactor: index) } ?? 0
    }
  }
}
