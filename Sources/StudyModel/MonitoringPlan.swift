/// The independent group that reads closed reports, and what it may advise.
public struct MonitoringPlan: Hashable, Sendable {
  /// The seats of the committee.
  public let members: [String]
  /// What it can recommend, by code.
  public let recommendations: [CodeItem]
  /// Advice on when to stop for safety; it binds nobody.
  public let guidelines: [String]

  /// Makes the value from its parts.
  public init(members: [String], recommendations: [CodeItem], guidelines: [String]) {
    self.members = members
    self.recommendations = recommendations
    self.guidelines = guidelines
  }
}

/// How questionnaires are sent to participants.
public struct QuestionnairePlan: Hashable, Sendable {
  /// How long a link can be used, in hours.
  public let openHours: Int
  /// When the participant is reminded, in hours after it was sent.
  public let reminderHours: [Int]

  /// Makes the value from its parts.
  public init(openHours: Int, reminderHours: [Int]) {
    self.openHours = openHours
    self.reminderHours = reminderHours
  }

  /// How a questionnaire stands that was sent and not answered.
  public func standing(sentAt sent: UTCInstant, now: UTCInstant) -> QuestionnaireStanding {
    let seconds = now.seconds(since: sent)
    if seconds >= Int64(openHours) * 3600 { return .lapsed }
    let passed = reminderHours.filter { $0 > 0 && Int64($0) * 3600 <= seconds }.max()
    return passed.map { .reminderDue(afterHours: $0) } ?? .sent
  }
}

/// How a questionnaire stands that was sent and not answered.
public enum QuestionnaireStanding: Hashable, Sendable {
  /// Its time runs.
  case sent
  /// The participant is to be reminded, so many hours after it was sent.
  case reminderDue(afterHours: Int)
  /// The link can be used no more: a new one is needed.
  case lapsed
}
