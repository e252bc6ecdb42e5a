extension Scheme {
  /// How the weights of an allocation follow from the earlier ones.
  public enum Method: Sendable, Equatable {
    /// Every allocation by the ratio alone.
    case simple

    /// Permuted blocks; each block's size is drawn from these.
    case block(sizes: [Int])

    /// The block urn design.
    case blockUrn(lambda: Int)

    /// The big stick design with a maximum tolerated imbalance.
    case bigStick(mti: Int)

    /// The maximal procedure in segments of this length.
    case maximal(mti: Int, length: Int)

    /// Efron's biased coin.
    case biasedCoin(Chance)

    /// Wei's urn.
    case urn(alpha: Int, beta: Int)

    /// Minimization over several factors.
    case minimization(Minimization)
  }

  /// An exact probability.
  public struct Chance: Sendable, Equatable {
    /// The numerator.
    public let a: Int

    /// The denominator, at most 1000.
    public let b: Int

    /// The probability a/b.
    public init(_ a: Int, of b: Int) {
      self.a = a
      self.b = b
    }
  }

  /// The settings of minimization.
  public struct Minimization: Sendable, Equatable {
    /// A factor with its weight in the imbalance score.
    public struct WeightedFactor: Sendable, Equatable {
      /// The factor.
      public let id: Label

      /// The weight, 0 to 1000.
      public let weight: Int

      /// The factor with this weight.
      public init(id: Label, weight: Int) {
        self.id = id
        self.weight = weight
      }
    }

    /// How far apart the counts of one factor are.
    public enum Measure: String, Sendable, CaseIterable {
      /// The largest less the smallest count.
      case range

      /// The variance, times the square of the number of units.
      case variance

      /// The standard deviation in units of 2^-16.
      case sd

      /// The mean difference relative to the total, in units of 2^-32.
      case marginalBalance = "marginal_balance"
    }

    /// How unequal ratios are respected.
    public enum Unequal: String, Sendable {
      /// Every arm owns as many interchangeable slots as its ratio.
      case slots

      /// The biased coin of Han et al. 2009, which does not keep the ratio at every step.
      case biasedCoin = "biased_coin"
    }

    /// The minimized factors with their weights.
    public let factors: [WeightedFactor]

    /// The weight of the overall counts.
    public let overall: Int

    /// How far apart counts are.
    public let measure: Measure

    /// The probability of the preferred unit.
    public let p: Chance

    /// How unequal ratios are respected.
    public let unequal: Unequal

    /// Minimization with these settings.
    public init(
      factors: [WeightedFactor], overall: Int, measure: Measure, p: Chance, unequal: Unequal
    ) {
      self.factors = factors
      self.overall = overall
      self.measure = measure
      self.p = p
      self.unequal = unequal
    }
  }
}

extension Scheme.Method {
  /// The name of the method in a scheme.
  public var name: String {
    switch self {
    case .simple: "simple"
    case .block: "block"
    case .blockUrn: "block_urn"
    case .bigStick: "big_stick"
    case .maximal: "maximal"
    case .biasedCoin: "biased_coin"
    case .urn: "urn"
    case .minimization: "minimization"
    }
  }

  /// Whether the units allocated are the arms, not slots of arms.
  var allocatesArms: Bool {
    switch self {
    case .simple, .block, .blockUrn: true
    case .bigStick, .maximal, .biasedCoin, .urn: false
    case .minimization(let settings): settings.unequal == .biasedCoin
    }
  }

  /// The method as it stands in a scheme.
  var value: CanonicalValue {
    switch self {
    case .simple:
      ["type": .text(name)]
    case .block(let sizes):
      ["type": .text(name), "sizes": .array(sizes.map { .integer($0) })]
    case .blockUrn(let lambda):
      ["type": .text(name), "lambda": .integer(lambda)]
    case .bigStick(let mti):
      ["type": .text(name), "mti": .integer(mti)]
    case .maximal(let mti, let length):
      ["type": .text(name), "mti": .integer(mti), "length": .integer(length)]
    case .biasedCoin(let p):
      ["type": .text(name), "p": p.value]
    case .urn(let alpha, let beta):
      ["type": .text(name), "alpha": .integer(alpha), "beta": .integer(beta)]
    case .minimization(let settings):
      [
        "type": .text(name),
        "factors": .array(
          settings.factors.map { ["id": .string($0.id), "weight": .integer($0.weight)] }),
        "overall": .integer(settings.overall), "measure": .text(settings.measure.rawValue),
        "p": settings.p.value, "unequal": .text(settings.unequal.rawValue),
      ]
    }
  }
}

extension Scheme.Chance {
  /// The probability as it stands in a scheme.
  var value: CanonicalValue { .array([.integer(a), .integer(b)]) }
}
