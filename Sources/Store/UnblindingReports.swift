import Postgres
public import StudyModel

/// What somebody who may know no arm learnt by accident.
public struct UnblindingReport: Sendable, Equatable {
  /// The participant or the token of a rating, empty for several participants.
  public var about: String
  /// ARM or GUESSABLE.
  public var learnt: String
  /// How it was learnt.
  public var how: String
  /// When.
  public var at: UTCInstant

  /// Makes a report.
  public init(about: String, learnt: String, how: String, at: UTCInstant) {
    self.about = about
    self.learnt = learnt
    self.how = how
    self.at = at
  }
}

/// A report as it is read by who assesses it.
public struct StoredUnblindingReport: Sendable, Equatable {
  /// The number in the trial.
  public let number: Int
  /// What was reported; of a rating the participant.
  public let report: UnblindingReport
  /// The printed name of who learnt it.
  public let person: String
  /// The role.
  public let role: String
  /// When it was reported.
  public let reportedAt: UTCInstant
  /// What it means, nil before the assessment.
  public let impact: String?
  /// What was done, nil before.
  public let action: String?
}

enum UnblindingReportSQL: String, StatementSet {
  case report = "select open.report_unblinding($1, $2, $3, $4, $5, $6, $7, $8, $9)"
  case assess = "select treatment.assess_unblinding($1::int, $2, $3)"
  case list = """
    select r.report_no::bigint, r.participant, r.learnt, r.how, r.learnt_at, coalesce(u.full_name, ''), r.reported_role,
           r.reported_at, a.impact, a.action
      from treatment.unblinding_reports r left join treatment.unblinding_assessments a using (trial_id, report_no)
      left join access.users u on u.user_id = r.reported_by
     where r.trial_id = $1
     order by r.report_no
    """
}

extension Session {
  /// Takes a report; a rater's ratings of the participant that are not begun go to others.
  ///
  /// - Parameter isKnown: whether the reader may be told that there is no such participant.
  /// - Throws: `notFound`, and `closed` after the hard lock.
  public func reportUnblinding(
    _ report: UnblindingReport, isKnown: Bool, pool: RaterPool
  ) throws(StoreError) {
    _ = try rows(
      UnblindingReportSQL.report.statement, .text(report.about), .bool(isKnown),
      .text(report.learnt), .text(report.how), report.at.value, .textArray(pool.roles),
      .text(pool.record), .text(pool.field), .text(pool.none))
  }

  /// Says once what a reported accident means; `conflict` when it was said before.
  public func assessUnblinding(
    _ report: Int, impact: String, action: String
  ) throws(StoreError) {
    _ = try rows(
      UnblindingReportSQL.assess.statement, .int(Int64(report)), .text(impact), .text(action))
  }

  /// The reports of a trial by number.
  public func unblindingReports(in trial: TrialID) throws(StoreError) -> [StoredUnblindingReport] {
    try rows(UnblindingReportSQL.list.statement, .int(Int64(trial))).map { row throws(StoreError) in
      StoredUnblindingReport(
        number: try row.int(0),
        report: UnblindingReport(
          about: try row.text(1), learnt: try row.text(2), how: try row.text(3),
          at: try row.instant(4)),
        person: try row.text(5), role: try row.text(6), reportedAt: try row.instant(7),
        impact: try row.optionalText(8), action: try row.optionalText(9))
    }
  }
}
