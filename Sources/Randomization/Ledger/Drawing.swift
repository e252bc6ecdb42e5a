extension AllocationLedger {
  /// The allocation that follows for this request, or why there is none.
  ///
  /// The checks are those of the specification's section 5, in its order. The ledger does not
  /// change: the entry made of the draw is applied once it is committed.
  public func draw(_ request: AllocationRequest) -> Result<Draw, AllocationRefusal> {
    if let known = recordByRequest[request.requestID] {
      let stored = records[known].draw
      return stored.subject == request.subject && stored.levels == request.levels
        ? .success(stored) : .failure(.requestConflict)
    }
    if seed == nil { return .failure(.seedAbsent) }
    if isClosed { return .failure(.closed) }
    guard let epoch = epochInForce else { return .failure(.notOpen) }
    if recordBySubject[request.subject] != nil { return .failure(.alreadyRandomized) }
    switch epoch.plan.levels(of: request) {
    case .failure(let refusal): return .failure(refusal)
    case .success(let levels):
      if epoch.isCapReached(request.levels) { return .failure(.capReached) }
      return .success(draw(request, levels: levels, in: epoch))
    }
  }

  private func draw(
    _ request: AllocationRequest, levels: [Int], in epoch: EpochInForce
  ) -> Draw {
    let stratum = epoch.plan.stratum(levels)
    let seq = (positions[stratum] ?? 0) + 1
    var tape = epoch.master.tape(position: seq, stratum: stratum)
    let drawn = epoch.plan.draw(epoch.state(stratum), levels: levels, from: &tape)
    let unit = epoch.plan.units[drawn.unit]
    let arm = epoch.scheme.arms[unit.arm].id
    let sealKey = epoch.master.sealKey(position: seq, stratum: stratum)
    return Draw(
      requestID: request.requestID, subject: request.subject, levels: request.levels,
      epoch: epoch.scheme.epoch, stratum: stratum, seq: seq, unit: drawn.unit, arm: arm,
      slot: unit.slot, block: drawn.block, weights: drawn.weights, words: tape.wordsConsumed,
      scores: drawn.scores, sealKey: sealKey, seal: sealKey.seal(arm: arm), recordedIn: nil)
  }
}

extension AllocationPlan {
  /// The indices of the levels a request states, in the order of the scheme's factors.
  func levels(of request: AllocationRequest) -> Result<[Int], AllocationRefusal> {
    if request.levels.keys.contains(where: { factorIndex($0) == nil }) {
      return .failure(.unknownFactor)
    }
    let stated = scheme.factors.compactMap { request.levels[$0.id] }
    guard stated.count == scheme.factors.count else { return .failure(.missingFactor) }
    let levels = stated.enumerated().compactMap { levelIndex($1, ofFactor: $0) }
    guard levels.count == stated.count else { return .failure(.unknownLevel) }
    return .success(levels)
  }
}
