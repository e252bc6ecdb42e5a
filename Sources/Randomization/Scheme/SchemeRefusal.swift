/// Why a scheme was not accepted.
public enum SchemeRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// The scheme is not canonical JSON, because of what stands there.
  case notCanonical(CanonicalRefusal, at: CanonicalPlace)

  /// The scheme breaks these rules.
  case badScheme([SchemeFault])

  /// The code under which the refusal is reported.
  public var code: String {
    switch self {
    case .notCanonical(let refusal, _): refusal.rawValue
    case .badScheme: "bad_scheme"
    }
  }

  /// Every fault in a sentence, and what to do.
  public var description: String {
    switch self {
    case .notCanonical(let refusal, let place): "\(place): \(refusal.description)"
    case .badScheme(let faults):
      faults.map(\.description).joined(separator: " ")
        + " Nothing was committed. Correct the scheme and draft it again."
    }
  }
}

/// One rule a scheme breaks.
public enum SchemeFault: Sendable, Equatable, CustomStringConvertible {
  /// A value is of the wrong kind, or an item of a list lacks a key or has one too many.
  case form(String)

  /// A part that must be there is not.
  case missing(String)

  /// A part is none of those that are known in its place.
  case superfluous(String)

  /// The version is not 1.
  case version

  /// The ledger is not 32 lower-case hex digits.
  case ledger

  /// The epoch is not a number from 1.
  case epoch

  /// There are not 2 to 16 arms.
  case armCount

  /// An arm's identity does not have 1 to 64 bytes.
  case armIdentity

  /// Two arms have one identity.
  case armRepeated

  /// A ratio lies outside 1 to 60.
  case ratioRange

  /// The ratios sum to more than 60.
  case ratioSum

  /// The ratios have a common divisor.
  case ratioNotReduced

  /// A factor's identity is not a plain key of 1 to 64 characters.
  case factorIdentity

  /// Two factors have one identity.
  case factorRepeated

  /// A factor does not have 1 to 500 levels.
  case levelCount

  /// A level does not have 1 to 255 bytes.
  case levelLength

  /// Two levels of a factor are the same.
  case levelRepeated

  /// A stratum names no factor of the scheme.
  case stratumUnknown

  /// A stratum is named twice.
  case stratumRepeated

  /// A cap is negative.
  case capNegative

  /// A cap names an unknown factor or level.
  case capUnknown

  /// The method's type is unknown.
  case methodUnknown

  /// The block sizes break their rule.
  case blockSizes

  /// A whole-number setting of the method lies outside its range.
  case setting(String)

  /// The segment of the maximal procedure is too long or does not divide evenly.
  case segmentLength

  /// The probability lies below chance, above 1, or has a denominator above 1000.
  case probability

  /// A minimized factor is unknown, repeated or a stratum.
  case minimizedFactor

  /// Every weight of minimization is 0.
  case noWeight

  /// Carrying is asked for where it has no meaning.
  case carryWithoutMinimization

  /// The scheme does not follow the one before.
  case succession

  /// The scheme belongs to another ledger.
  case otherLedger

  /// The condition for carrying the counts of the epoch before is not met.
  case carryCondition

  /// The rule, in a sentence without arms or levels.
  public var description: String {
    switch self {
    case .form(let place):
      "The part \"\(place)\" is of the wrong kind, or an item of it lacks a part or has one too many."
    case .missing(let place): "The part \"\(place)\" is missing."
    case .superfluous(let place): "The part \"\(place)\" is not known here. Remove it."
    case .version: "The version of the scheme must be 1."
    case .ledger: "The ledger must be 32 lower-case hex digits."
    case .epoch: "The epoch must be a whole number from 1."
    case .armCount: "A scheme needs 2 to 16 arms."
    case .armIdentity: "Every arm's identity needs 1 to 64 bytes."
    case .armRepeated: "Two arms have the same identity."
    case .ratioRange: "Every ratio must lie from 1 to 60."
    case .ratioSum: "The ratios may sum to 60 at most."
    case .ratioNotReduced: "The ratios have a common divisor; divide them by it."
    case .factorIdentity: "A factor's identity needs 1 to 64 characters of a-z, 0-9 and _."
    case .factorRepeated: "Two factors have the same identity."
    case .levelCount: "Every factor needs 1 to 500 levels."
    case .levelLength: "Every level needs 1 to 255 bytes."
    case .levelRepeated: "Two levels of one factor are the same."
    case .stratumUnknown: "A stratum names a factor the scheme does not have."
    case .stratumRepeated: "A factor is named twice among the strata."
    case .capNegative: "A cap may not be negative."
    case .capUnknown: "A cap names a factor or level the scheme does not have."
    case .methodUnknown: "The method's type is not one of the eight known."
    case .blockSizes:
      "Block sizes must be 1 to 16 ascending multiples of the ratio's sum, up to 1000."
    case .setting(let name): "The setting \"\(name)\" lies outside its range."
    case .segmentLength:
      "The segment length must be a multiple of the number of units, with at most 2^63 sequences."
    case .probability:
      "The probability must lie between chance and 1, with a denominator up to 1000."
    case .minimizedFactor: "A minimized factor is unknown, repeated, or already a stratum."
    case .noWeight: "Minimization needs at least one weight above 0."
    case .carryWithoutMinimization:
      "Counts are carried only by minimization, and only from the second epoch on."
    case .succession: "The epoch must be the one after the last."
    case .otherLedger: "The scheme belongs to another ledger."
    case .carryCondition:
      "Counts cannot be carried: the epoch before differs in method, strata, open arms, "
        + "ratios, factors or levels."
    }
  }
}
