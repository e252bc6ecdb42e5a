/// Reads a scheme from a value, collecting every fault on the way.
struct SchemeReader {
  /// What a scheme consists of, before it is known to be without fault.
  struct Parts {
    var ledger: LedgerIdentity
    var epoch: Int
    var arms: [Scheme.Arm]
    var factors: [Scheme.Factor]
    var strata: [Label]
    var method: Scheme.Method
    var caps: [Scheme.Cap]
    var void: Scheme.VoidRule
    var correct: Scheme.CorrectionRule
    var carry: Bool

    var ratioSum: Int { arms.map(\.ratio).reduce(0, +) }
  }

  static let keys = [
    "arms", "caps", "carry", "correct", "epoch", "factors", "ledger", "method", "strata", "v",
    "void",
  ]

  /// The rules broken so far.
  private(set) var faults: [SchemeFault] = []

  /// The parts, or nil when a part could not be read at all; faults then say why.
  mutating func read(_ value: CanonicalValue) -> Parts? {
    guard let object = value.object else {
      faults.append(.form("scheme"))
      return nil
    }
    faults += object.faults(ofKeys: Self.keys, in: "")
    guard faults.isEmpty else { return nil }
    if object["v"] != .integer(1) { faults.append(.version) }
    let ledger = object["ledger"]?.label.flatMap { LedgerIdentity(hex: $0) }
    if ledger == nil { faults.append(.ledger) }
    let epoch = object["epoch"]?.integer
    if !(1...Int(UInt32.max)).contains(epoch ?? 0) { faults.append(.epoch) }
    let arms = readArms(object["arms"])
    let factors = readFactors(object["factors"])
    let strata = object["strata"]?.items?.compactMap(\.label)
    if strata?.count != object["strata"]?.items?.count || strata == nil {
      faults.append(.form("strata"))
    }
    let caps = readCaps(object["caps"])
    let void = object["void"]?.label.flatMap { Scheme.VoidRule(rawValue: $0.text) }
    if void == nil { faults.append(.form("void")) }
    let correct = object["correct"]?.label.flatMap { Scheme.CorrectionRule(rawValue: $0.text) }
    if correct == nil { faults.append(.form("correct")) }
    let carry: Bool? = if case .bool(let flag) = object["carry"] { flag } else { nil }
    if carry == nil { faults.append(.form("carry")) }
    var methodReader = MethodReader()
    let method = methodReader.read(object["method"])
    faults += methodReader.faults

    guard let ledger, let epoch, let arms, let factors, let strata, let caps, let void,
      let correct, let carry, let method
    else { return nil }
    let parts = Parts(
      ledger: ledger, epoch: epoch, arms: arms, factors: factors, strata: strata, method: method,
      caps: caps, void: void, correct: correct, carry: carry)
    faults += SchemeRules.faults(of: parts)
    return parts
  }

  private mutating func readArms(_ value: CanonicalValue?) -> [Scheme.Arm]? {
    let items = value?.items
    let arms = items?.compactMap { item -> Scheme.Arm? in
      guard let object = item.object, object.hasExactly(["id", "ratio"]),
        let id = object["id"]?.label, let ratio = object["ratio"]?.integer
      else { return nil }
      return Scheme.Arm(id: id, ratio: ratio)
    }
    return whole(arms, of: items, named: "arms")
  }

  private mutating func readFactors(_ value: CanonicalValue?) -> [Scheme.Factor]? {
    let items = value?.items
    let factors = items?.compactMap { item -> Scheme.Factor? in
      guard let object = item.object, object.hasExactly(["id", "levels"]),
        let id = object["id"]?.label, let levels = object["levels"]?.items
      else { return nil }
      let labels = levels.compactMap(\.label)
      return labels.count == levels.count ? Scheme.Factor(id: id, levels: labels) : nil
    }
    return whole(factors, of: items, named: "factors")
  }

  private mutating func readCaps(_ value: CanonicalValue?) -> [Scheme.Cap]? {
    let items = value?.items
    let caps = items?.compactMap { item -> Scheme.Cap? in
      guard let object = item.object, object.hasExactly(["max", "when"]),
        let max = object["max"]?.integer, let when = object["when"]?.object
      else { return nil }
      var levels: [Label: Label] = [:]
      for member in when.members {
        guard let level = member.value.label else { return nil }
        levels[member.key] = level
      }
      return Scheme.Cap(when: levels, max: max)
    }
    return whole(caps, of: items, named: "caps")
  }

  /// The parts read, if none of the items was lost on the way.
  private mutating func whole<Part>(
    _ parts: [Part]?, of items: [CanonicalValue]?, named name: String
  ) -> [Part]? {
    if let parts, parts.count == items?.count { return parts }
    faults.append(.form(name))
    return nil
  }
}

extension CanonicalObject {
  /// What is missing among keys that must be there, and what is there beside them.
  fileprivate func faults(ofKeys keys: [String], in place: String) -> [SchemeFault] {
    let names = members.map(\.key.text)
    return keys.filter { !names.contains($0) }.map { .missing(place + $0) }
      + names.filter { !keys.contains($0) }.map { .superfluous(place + $0) }
  }
}

/// Reads the method of a scheme.
struct MethodReader {
  /// The rules broken so far.
  private(set) var faults: [SchemeFault] = []

  /// The method, or nil with a fault.
  mutating func read(_ value: CanonicalValue?) -> Scheme.Method? {
    guard let object = value?.object, let type = object["type"]?.label else {
      faults.append(.form("method"))
      return nil
    }
    guard let keys = Self.keys[type] else {
      faults.append(.methodUnknown)
      return nil
    }
    faults += object.faults(ofKeys: keys, in: "method.")
    guard faults.isEmpty else { return nil }
    guard let method = method(type.text, object) else {
      faults.append(.form("method"))
      return nil
    }
    return method
  }

  private static let keys: [Label: [String]] = [
    "simple": ["type"],
    "block": ["sizes", "type"],
    "block_urn": ["lambda", "type"],
    "big_stick": ["mti", "type"],
    "maximal": ["length", "mti", "type"],
    "biased_coin": ["p", "type"],
    "urn": ["alpha", "beta", "type"],
    "minimization": ["factors", "measure", "overall", "p", "type", "unequal"],
  ]

  private func method(_ type: String, _ object: CanonicalObject) -> Scheme.Method? {
    switch type {
    case "simple": .simple
    case "block": integers(object["sizes"]).map { .block(sizes: $0) }
    case "block_urn": object["lambda"]?.integer.map { .blockUrn(lambda: $0) }
    case "big_stick": object["mti"]?.integer.map { .bigStick(mti: $0) }
    case "maximal": maximal(object)
    case "biased_coin": chance(object["p"]).map { .biasedCoin($0) }
    case "urn": urn(object)
    case "minimization": minimization(object).map { .minimization($0) }
    default: nil
    }
  }

  private func maximal(_ object: CanonicalObject) -> Scheme.Method? {
    guard let mti = object["mti"]?.integer, let length = object["length"]?.integer else {
      return nil
    }
    return .maximal(mti: mti, length: length)
  }

  private func urn(_ object: CanonicalObject) -> Scheme.Method? {
    guard let alpha = object["alpha"]?.integer, let beta = object["beta"]?.integer else {
      return nil
    }
    return .urn(alpha: alpha, beta: beta)
  }

  private func minimization(_ object: CanonicalObject) -> Scheme.Minimization? {
    guard let items = object["factors"]?.items, let overall = object["overall"]?.integer,
      let measure = object["measure"]?.label.flatMap({
        Scheme.Minimization.Measure(rawValue: $0.text)
      }),
      let unequal = object["unequal"]?.label.flatMap({
        Scheme.Minimization.Unequal(rawValue: $0.text)
      }), let p = chance(object["p"])
    else { return nil }
    let factors = items.compactMap { item -> Scheme.Minimization.WeightedFactor? in
      guard let object = item.object, object.hasExactly(["id", "weight"]),
        let id = object["id"]?.label, let weight = object["weight"]?.integer
      else { return nil }
      return .init(id: id, weight: weight)
    }
    guard factors.count == items.count else { return nil }
    return .init(factors: factors, overall: overall, measure: measure, p: p, unequal: unequal)
  }

  private func chance(_ value: CanonicalValue?) -> Scheme.Chance? {
    guard let pair = integers(value), pair.count == 2 else { return nil }
    return Scheme.Chance(pair[0], of: pair[1])
  }

  private func integers(_ value: CanonicalValue?) -> [Int]? {
    guard let items = value?.items else { return nil }
    let integers = items.compactMap(\.integer)
    return integers.count == items.count ? integers : nil
  }
}
