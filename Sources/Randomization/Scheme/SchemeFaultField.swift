extension SchemeFault {
  /// The part of the scheme that breaks the rule, with points between names within names.
  public var field: String {
    switch self {
    case .form(let place), .missing(let place), .superfluous(let place): place
    case .version: "v"
    case .ledger, .otherLedger: "ledger"
    case .epoch, .succession: "epoch"
    case .armCount: "arms"
    case .armIdentity, .armRepeated: "arms.id"
    case .ratioRange, .ratioSum, .ratioNotReduced: "arms.ratio"
    case .factorIdentity, .factorRepeated: "factors.id"
    case .levelCount, .levelLength, .levelRepeated: "factors.levels"
    case .stratumUnknown, .stratumRepeated: "strata"
    case .capNegative: "caps.max"
    case .capUnknown: "caps.when"
    case .methodUnknown: "method.type"
    case .blockSizes: "method.sizes"
    case .setting(let name): "method.\(name)"
    case .segmentLength: "method.length"
    case .probability: "method.p"
    case .minimizedFactor: "method.factors"
    case .noWeight: "method.overall"
    case .carryWithoutMinimization, .carryCondition: "carry"
    }
  }
}
