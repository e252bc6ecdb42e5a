/// What one reference case came to.
public struct CaseOutcome: Sendable, Equatable {
  /// Whether the computed answer is the stated one.
  public enum Verdict: Sendable, Equatable {
    /// The answers agree.
    case agree

    /// The answers differ, first here.
    case differ(String)

    /// This program does not compute the case.
    case notImplemented
  }

  /// The identity of the case within its file.
  public let id: String

  /// What was exercised: a method of allocation or a part of the protocol.
  public let method: String

  /// Whether the answers agree.
  public let verdict: Verdict

  /// The computed answer as JSON with sorted keys.
  public let answerJSON: String
}

/// Why a file of reference cases was not evaluated.
public enum CaseFileRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// No part of the file is one whose evaluation is known.
  case unknownFile

  /// The bytes are not JSON.
  case notJSON

  /// A case lacks what it must give.
  case malformed(String)

  /// What was refused and what to do.
  public var description: String {
    switch self {
    case .unknownFile:
      "The file has no part that holds cases of randomization. Nothing was evaluated. "
        + "Its parts must be those of one of the files of the reference folder."
    case .notJSON: "The file of reference cases is not JSON. Nothing was evaluated."
    case .malformed(let place):
      "The file of reference cases lacks \(place). Nothing was evaluated."
    }
  }
}
