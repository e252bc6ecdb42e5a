/// The rules of the specification's section 2 and the limits of its methods.
enum SchemeRules {
  /// The rules these parts break.
  static func faults(of parts: SchemeReader.Parts) -> [SchemeFault] {
    let faults = arms(parts) + factors(parts) + caps(parts)
    // The limits of a method are stated in units of the ratio, which must make sense first.
    return faults.isEmpty ? method(parts) : faults
  }

  private static func arms(_ parts: SchemeReader.Parts) -> [SchemeFault] {
    var faults: [SchemeFault] = []
    if !(2...16).contains(parts.arms.count) { faults.append(.armCount) }
    if !parts.arms.allSatisfy({ (1...64).contains($0.id.utf8.count) }) {
      faults.append(.armIdentity)
    }
    if Set(parts.arms.map(\.id)).count != parts.arms.count { faults.append(.armRepeated) }
    guard parts.arms.allSatisfy({ (1...60).contains($0.ratio) }) else {
      return faults + [.ratioRange]
    }
    if parts.ratioSum > 60 { faults.append(.ratioSum) }
    if parts.arms.map(\.ratio).reduce(0, WholeNumbers.greatestDivisor) > 1 {
      faults.append(.ratioNotReduced)
    }
    return faults
  }

  private static func factors(_ parts: SchemeReader.Parts) -> [SchemeFault] {
    var faults: [SchemeFault] = []
    for factor in parts.factors {
      if !CanonicalText.isKey(factor.id.utf8) || factor.id.utf8.count > 64 {
        faults.append(.factorIdentity)
      }
      if !(1...500).contains(factor.levels.count) { faults.append(.levelCount) }
      if !factor.levels.allSatisfy({ (1...255).contains($0.utf8.count) }) {
        faults.append(.levelLength)
      }
      if Set(factor.levels).count != factor.levels.count { faults.append(.levelRepeated) }
    }
    let ids = Set(parts.factors.map(\.id))
    if ids.count != parts.factors.count { faults.append(.factorRepeated) }
    if !parts.strata.allSatisfy(ids.contains) { faults.append(.stratumUnknown) }
    if Set(parts.strata).count != parts.strata.count { faults.append(.stratumRepeated) }
    return faults
  }

  private static func caps(_ parts: SchemeReader.Parts) -> [SchemeFault] {
    parts.caps.flatMap { cap -> [SchemeFault] in
      let isKnown = cap.when.allSatisfy { factor, level in
        parts.factors.contains { $0.id == factor && $0.levels.contains(level) }
      }
      return (cap.max < 0 ? [.capNegative] : []) + (isKnown ? [] : [.capUnknown])
    }
  }

  private static func method(_ parts: SchemeReader.Parts) -> [SchemeFault] {
    let slots = parts.ratioSum
    var faults: [SchemeFault] = []
    func require(_ range: ClosedRange<Int>, _ value: Int, _ name: String) {
      if !range.contains(value) { faults.append(.setting(name)) }
    }
    switch parts.method {
    case .simple: break
    case .block(let sizes):
      let isAscending = zip(sizes, sizes.dropFirst()).allSatisfy(<)
      let isMultiple = sizes.allSatisfy {
        (1...1000).contains($0) && $0.isMultiple(of: slots)
      }
      if !(1...16).contains(sizes.count) || !isAscending || !isMultiple {
        faults.append(.blockSizes)
      }
    case .blockUrn(let lambda): require(1...100, lambda, "lambda")
    case .bigStick(let mti): require(1...100, mti, "mti")
    case .maximal(let mti, let length):
      require(1...20, mti, "mti")
      if !isSegment(length, units: slots) { faults.append(.segmentLength) }
    case .biasedCoin(let p):
      if !isProbability(p, least: 1, of: slots) { faults.append(.probability) }
    case .urn(let alpha, let beta):
      require(0...1000, alpha, "alpha")
      require(1...1000, beta, "beta")
    case .minimization(let settings):
      faults += minimization(settings, parts)
    }
    if parts.carry {
      guard case .minimization = parts.method, parts.epoch >= 2 else {
        return faults + [.carryWithoutMinimization]
      }
    }
    return faults
  }

  private static func minimization(
    _ settings: Scheme.Minimization, _ parts: SchemeReader.Parts
  ) -> [SchemeFault] {
    var faults: [SchemeFault] = []
    let ids = settings.factors.map(\.id)
    let known = Set(parts.factors.map(\.id)).subtracting(parts.strata)
    if !ids.allSatisfy(known.contains) || Set(ids).count != ids.count {
      faults.append(.minimizedFactor)
    }
    let weights = settings.factors.map(\.weight) + [settings.overall]
    if !weights.allSatisfy((0...1000).contains) { faults.append(.setting("weight")) }
    if weights.allSatisfy({ $0 == 0 }) { faults.append(.noWeight) }
    let smallest = parts.arms.map(\.ratio).min() ?? 1
    let chance =
      switch settings.unequal {
      case .slots: 1
      case .biasedCoin: smallest
      }
    if !isProbability(settings.p, least: chance, of: parts.ratioSum) {
      faults.append(.probability)
    }
    return faults
  }

  /// Whether chance/units <= a/b <= 1 and b <= 1000, compared without division.
  private static func isProbability(_ p: Scheme.Chance, least chance: Int, of units: Int) -> Bool {
    (1...1000).contains(p.b) && (1...p.b).contains(p.a) && p.a * units >= p.b * chance
  }

  /// Whether the length is a multiple of the units with at most 2^63 sequences.
  private static func isSegment(_ length: Int, units: Int) -> Bool {
    guard length >= units, length.isMultiple(of: units), length <= 63 else { return false }
    var sequences: UInt64 = 1
    for _ in 0..<length {
      let (product, overflow) = sequences.multipliedReportingOverflow(by: UInt64(units))
      guard !overflow, product <= 1 << 63 else { return false }
      sequences = product
    }
    return true
  }
}
