extension Scheme {
  /// The rule this scheme breaks when it follows another in one ledger, if any.
  func fault(after previous: Scheme?, ledger: LedgerIdentity, epoch: Int) -> SchemeFault? {
    if self.ledger != ledger { return .otherLedger }
    if self.epoch != epoch { return .succession }
    if carry {
      guard let previous, previous.epoch == epoch - 1, mayCarry(from: previous) else {
        return .carryCondition
      }
    }
    return nil
  }

  /// Whether the counts of the epoch before mean the same in this one.
  private func mayCarry(from previous: Scheme) -> Bool {
    guard case .minimization(let now) = method, case .minimization(let before) = previous.method,
      now.unequal == before.unequal, strata == previous.strata,
      arms.allSatisfy(previous.arms.contains)
    else { return false }
    return now.factors.allSatisfy { minimized in
      guard let earlier = previous.factor(minimized.id), let present = factor(minimized.id) else {
        return false
      }
      return Set(earlier.levels).isSubset(of: present.levels)
    }
  }
}
