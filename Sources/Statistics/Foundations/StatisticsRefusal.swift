/// Why a statistic is not given; each case reads as a sentence for the person who asked.
public enum StatisticsRefusal: Error, Equatable, Sendable {
  /// A count of responders is negative or above the number analysed.
  case countsOutOfRange
  /// An arm has no participants, so it has no proportion.
  case armWithoutParticipants
  /// No stratum holds participants of both arms.
  case noInformativeStratum
  /// The confidence level is not between 0.5 and 1.
  case levelOutOfRange
  /// The error rate is not between 0 and 0.5.
  case alphaOutOfRange
  /// The margin asked for cannot be reached by the measure.
  case marginOutOfRange
  /// Information does not grow from look to look, or does not end where it must.
  case informationNotIncreasing
  /// Fewer observations than the model has parameters.
  case tooFewObservations
  /// A column of the model repeats what others already say.
  case modelNotIdentified
  /// A search did not settle within its bounded number of steps.
  case notConverged
  /// A parameter of a method lies where the method is not defined.
  case parameterOutOfRange
  /// All outcomes are alike, so that a difference has no error to be measured by.
  case noVariation
  /// The method asks for lists of the same length, and these differ.
  case lengthsDiffer
  /// The allocation procedure named could not have made the arms in the data.
  case sequenceImpossible
}

extension StatisticsRefusal: CustomStringConvertible {
  /// The refusal as a sentence: what is wrong and what to correct.
  public var description: String {
    switch self {
    case .countsOutOfRange:
      "A count of responders is negative or above the number analysed. Correct the table."
    case .armWithoutParticipants:
      "One arm has no participants in the analysis set. The comparison needs both arms."
    case .noInformativeStratum:
      "No stratum holds participants of both arms. Pool strata or wait for more data."
    case .levelOutOfRange: "The confidence level must lie between 0.5 and 1, for example 0.95."
    case .alphaOutOfRange: "The error rate must lie above 0 and below 0.5, for example 0.025."
    case .marginOutOfRange: "The margin lies outside the range of the measure. Correct the margin."
    case .informationNotIncreasing:
      "Information must grow from look to look and be above 0. Correct the plan."
    case .tooFewObservations:
      "There are too few observations for this model. Use a simpler model or wait for more data."
    case .modelNotIdentified:
      "One term of the model repeats what other terms say. Remove that term."
    case .notConverged:
      "The estimation did not settle. No result is given; use a simpler model."
    case .parameterOutOfRange:
      "A parameter of the method lies outside the range where the method is defined."
    case .noVariation:
      "All outcomes are alike, so that a difference has no error to be measured by. Check the data, or "
        + "use an exact method."
    case .sequenceImpossible:
      "The arms in the data cannot have come from the procedure named. Check the procedure, and that "
        + "rows stand in the order of allocation."
    case .lengthsDiffer: "Two lists that belong together differ in length. Correct the input."
    }
  }
}
