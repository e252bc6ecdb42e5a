public import Store
public import StudyModel

/// What was learnt by accident.
public enum AccidentallyLearnt: String, Sendable, CaseIterable {
  /// The arm itself.
  case arm = "ARM"
  /// Something that lets it be guessed.
  case guessable = "GUESSABLE"

  /// In words.
  public var title: String {
    switch self {
    case .arm: "The arm"
    case .guessable: "Something that lets it be guessed"
    }
  }
}

extension Installation {
  /// Whether a role may know no arm, so that learning one is an accident to be reported.
  public static func reportsUnblinding(_ role: Role) -> Bool {
    switch role.blinding {
    case .blinded, .none: true
    case .unblinded, .unblindedAcrossSites, .participant: false
    }
  }

  /// Whether a role says what a reported accident means.
  public static func assessesUnblinding(_ role: Role) -> Bool {
    role.can(.checkInterimReport) && role.classes.contains(.treatment)
  }

  /// Puts on record that the actor learnt an arm by accident (REQ-090).
  ///
  /// The report is of class treatment: the actor does not see it again, and nothing the actor reads
  /// changes, but that a rater's ratings of this participant that are not begun go to others.
  public func reportUnblinding(
    about: String, learnt: String, how: String, at: UTCInstant, as actor: Actor
  ) async throws {
    guard Self.reportsUnblinding(actor.role) else { throw ActRefusal.notFound }
    let isRater = actor.role.can(.rate)
    var faults: [Fault] = []
    let isWritten =
      about.isEmpty
      || (isRater
        ? (try? AssessmentToken(parsing: about)) != nil
        : (try? ParticipantKey(parsing: about)) != nil)
    if !isWritten { faults.append(Self.nobody(isRater)) }
    if AccidentallyLearnt(rawValue: learnt) == nil {
      faults.append(
        Fault(
          field: "learnt", code: "not_a_choice",
          sentence: "Say whether it was the arm or something that lets it be guessed."))
    }
    if let fault = Self.badWords(how, "how", "how it was learnt") { faults.append(fault) }
    if at > clock.now {
      faults.append(
        Fault(
          field: "at", code: "in_the_future",
          sentence: "The time is not over yet. Give the time at which it was learnt."))
    }
    guard faults.isEmpty else { throw ActRefusal.invalid(faults) }
    let pool = raterPool(actor.definition)
    let isKnown = actor.role.classes.contains(.open)
    let report = UnblindingReport(about: about, learnt: learnt, how: how, at: at)
    do {
      try await session(actor) { try $0.reportUnblinding(report, isKnown: isKnown, pool: pool) }
    } catch let refusal as ActRefusal where refusal == .notFound {
      throw ActRefusal.invalid([Self.nobody(isRater)])
    }
  }

  /// The reports, for who says what they mean and for the independent statistician.
  public func unblindingReports(as actor: Actor) async throws -> [StoredUnblindingReport] {
    guard Self.readsDisclosures(actor.role), actor.role.classes.contains(.treatment) else {
      throw ActRefusal.notFound
    }
    let trial = actor.trial.id
    return try await session(actor, on: .committee) { try $0.unblindingReports(in: trial) }
  }

  /// Says once what a reported accident means for the trial and what was done.
  public func assessUnblinding(
    _ report: Int, impact: String, action: String, as actor: Actor
  ) async throws {
    guard Self.assessesUnblinding(actor.role) else { throw ActRefusal.notFound }
    let faults = [
      Self.badWords(impact, "impact", "what it means"),
      Self.badWords(action, "action", "what was done"),
    ].compactMap { $0 }
    guard faults.isEmpty else { throw ActRefusal.invalid(faults) }
    try await session(actor, on: .committee) {
      try $0.assessUnblinding(report, impact: impact, action: action)
    }
  }

  private static func nobody(_ isRater: Bool) -> Fault {
    Fault(
      field: "about", code: "nobody",
      sentence: isRater
        ? "You have no rating of this token. Copy the token from your desk, or leave it empty where "
          + "it is about several participants. Nothing was reported."
        : "There is no such participant in your reach. Give a key such as 101-0001, or leave it "
          + "empty where it is about several participants. Nothing was reported.")
  }

  private static func badWords(_ text: String, _ field: String, _ what: String) -> Fault? {
    guard
      !(3...1000).contains(text.unicodeScalars.count)
        || !text.contains(where: { !$0.isWhitespace })
    else { return nil }
    return Fault(
      field: field, code: "bad_text",
      sentence: "Write \(what) in 3 to 1000 characters. Nothing was recorded.")
  }
}

extension ReportedDisclosure {
  /// A report among the disclosures.
  init(_ report: StoredUnblindingReport, isOfRater: Bool) {
    let assessment =
      report.impact.map { "impact: \($0); action: \(report.action ?? "")" }
      ?? "impact not assessed yet"
    self.init(
      kind: "ACCIDENTAL", participant: report.report.about, at: report.report.at,
      recordedAt: report.reportedAt, person: report.person, role: report.role, isPlanned: false,
      channel: "own report", ground: report.report.learnt, reason: report.report.how,
      reference: "report \(report.number)",
      followed: [isOfRater ? "rates this participant no more" : "", assessment]
        .filter { !$0.isEmpty }.joined(separator: "; "))
    self.report = report.number
  }
}
