/// How far imputed values must be shifted against the conclusion before it is lost.
///
/// At every shift δ the imputed values, and only they, are moved by δ in the direction that harms the
/// conclusion; the comparison is made anew in every imputed set and pooled by Rubin's rules.
/// Source: Ratitch, O'Kelly and Tosiello (2013), Pharmaceutical Statistics 12, 337-347.
public struct TippingPoint: Equatable, Sendable {
  /// The comparison at one shift.
  public struct Shift: Equatable, Sendable {
    /// How far imputed values were moved.
    public var delta: Double
    /// The pooled difference of the arms.
    public var estimate: LinearEstimate
  }

  /// The comparison at every shift asked for, in that order.
  public let shifts: [Shift]
  /// The claim whose conclusion is put to the test.
  public let claim: Claim

  /// Compares two arms at every shift.
  /// - Parameters:
  ///   - observed: rows with their outcome.
  ///   - missing: rows without one; their outcome is replaced.
  ///   - imputations: sets of outcomes for `missing`, in its order.
  ///   - isShifted: which of `missing` are moved, by arm.
  public init(
    observed: [AncovaRow], missing: [AncovaRow], imputations: [[Double]], deltas: [Double],
    first: String, second: String, claim: Claim,
    completeDegreesOfFreedom: Double?, isShifted: (String) -> Bool
  ) throws(StatisticsRefusal) {
    guard imputations.allSatisfy({ $0.count == missing.count }) else { throw .lengthsDiffer }
    var shifts: [Shift] = []
    for delta in deltas {
      var estimates: [Double] = []
      var variances: [Double] = []
      for set in imputations {
        var rows = observed
        for (row, value) in zip(missing, set) {
          var imputed = row
          imputed.outcome = value + (isShifted(row.arm) ? delta : 0)
          rows.append(imputed)
        }
        guard let contrast = try Ancova(rows).contrast(first, second) else {
          throw .armWithoutParticipants
        }
        estimates.append(contrast.estimate)
        variances.append(square(contrast.standardError))
      }
      let pooled = try RubinPool(
        estimates: estimates, variances: variances,
        completeDegreesOfFreedom: completeDegreesOfFreedom)
      shifts.append(Shift(delta: delta, estimate: pooled.asEstimate))
    }
    self.shifts = shifts
    self.claim = claim
  }

  /// The first shift at which the claim is no longer shown; nil when it never is lost.
  public func tippingPoint(alphaOneSided: Double = 0.025) -> Double? {
    shifts.first { $0.estimate.pOneSided(claim: claim) > alphaOneSided }?.delta
  }
}
