/// How far a step of a procedure is.
public enum StepState: Sendable, Equatable {
  /// Finished and recorded.
  case done
  /// The one that can be taken now.
  case current
  /// Waits for the one before or for another person.
  case waiting
}

/// One step of a procedure of several people.
public struct StepRow: Sendable, Equatable {
  /// What is done.
  public var title: String
  /// How far it is.
  public var state: StepState
  /// Who and when, or what it waits for.
  public var detail: String
  /// What still counts against it, linked to its lists.
  public var open: [Link]

  /// All of it at once.
  public init(title: String, state: StepState, detail: String = "", open: [Link] = []) {
    self.title = title
    self.state = state
    self.detail = detail
    self.open = open
  }
}
