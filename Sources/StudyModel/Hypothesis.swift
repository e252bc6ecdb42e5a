/// What a comparison is meant to show.
public enum Objective: Hashable, Sendable {
  /// Not worse than the reference by the margin, on the scale of the outcome.
  case noninferiority(margin: ExactNumber)
  case superiority
}

/// One comparison of two arms.
public struct Hypothesis: Hashable, Sendable, Identifiable {
  /// The name, such as `H1`.
  public let id: String
  /// Its place in the fixed sequence, from 1.
  public let order: Int
  /// The arm that comes first in the difference.
  public let first: ArmCode
  /// The arm subtracted.
  public let second: ArmCode
  /// What is to be shown.
  public let objective: Objective
  /// The one-sided error it is tested at.
  public let alphaOneSided: ExactNumber
  /// The sentence people read.
  public let sentence: String

  /// Makes the value from its parts.
  public init(
    id: String,
    order: Int,
    first: ArmCode,
    second: ArmCode,
    objective: Objective,
    alphaOneSided: ExactNumber,
    sentence: String
  ) {
    self.id = id
    self.order = order
    self.first = first
    self.second = second
    self.objective = objective
    self.alphaOneSided = alphaOneSided
    self.sentence = sentence
  }
}

/// The assumed response of one arm.
public struct ArmAssumption: Hashable, Sendable {
  /// The arm.
  public let arm: ArmCode
  /// The assumed proportion.
  public let proportion: ExactNumber

  /// Makes the value from its parts.
  public init(
    arm: ArmCode,
    proportion: ExactNumber
  ) {
    self.arm = arm
    self.proportion = proportion
  }
}

/// How the number of participants was chosen, kept with the study and printed in reports.
public struct SampleSizeRecord: Hashable, Sendable {
  /// Participants per arm.
  public let perArm: Int
  /// The assumed responses.
  public let assumptions: [ArmAssumption]
  /// The one-sided error.
  public let alphaOneSided: ExactNumber
  /// The method in words.
  public let method: String
  /// The power reached, in words, by hypothesis.
  public let power: [PowerStatement]

  /// Makes the value from its parts.
  public init(
    perArm: Int,
    assumptions: [ArmAssumption],
    alphaOneSided: ExactNumber,
    method: String,
    power: [PowerStatement]
  ) {
    self.perArm = perArm
    self.assumptions = assumptions
    self.alphaOneSided = alphaOneSided
    self.method = method
    self.power = power
  }
}

/// The power of one hypothesis as stated in the protocol.
public struct PowerStatement: Hashable, Sendable {
  /// The hypothesis.
  public let hypothesis: String
  /// The statement, such as `0.96` or `> 0.99`.
  public let statement: String

  /// Makes the value from its parts.
  public init(
    hypothesis: String,
    statement: String
  ) {
    self.hypothesis = hypothesis
    self.statement = statement
  }
}

/// The primary endpoint: response as a relative fall from one visit to another.
public struct PrimaryEndpoint: Hashable, Sendable {
  /// The score at the first visit.
  public let baseline: FieldReference
  /// The score at the second visit.
  public let followUp: FieldReference
  /// The least relative fall that counts as response.
  public let leastFall: ExactNumber
  /// The study days on which the second rating is usable.
  public let usableDays: ClosedRange<Int>
  /// The factors the analysis is stratified by.
  public let strata: [FactorID]

  /// Makes the value from its parts.
  public init(
    baseline: FieldReference,
    followUp: FieldReference,
    leastFall: ExactNumber,
    usableDays: ClosedRange<Int>,
    strata: [FactorID]
  ) {
    self.baseline = baseline
    self.followUp = followUp
    self.leastFall = leastFall
    self.usableDays = usableDays
    self.strata = strata
  }
}
