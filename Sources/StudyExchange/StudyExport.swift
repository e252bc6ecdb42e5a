public import StudyModel

/// The formats a definition can be written in.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// CDISC ODM 1.3.2, metadata only.
  case odm
  /// REDCap's data dictionary.
  case redcapCSV = "redcap-csv"
}

/// A definition in the format of another system.
public struct StudyExport: Sendable {
  /// The whole file.
  public let text: String
  /// What was carried over and what the format has no place for.
  public let report: ExchangeReport

  /// Writes a definition.
  ///
  /// - Parameters:
  ///   - study: the definition.
  ///   - format: the format.
  ///   - instant: the time the file says it was made.
  public init(_ study: StudyDefinition, as format: ExportFormat, at instant: UTCInstant) {
    var report = ExchangeReport()
    Self.tellUncarried(study, &report)
    switch format {
    case .odm:
      var writing = ODMWriting(study, at: instant, report: report)
      text = writing.document()
      report = writing.report
    case .redcapCSV:
      var writing = REDCapWriting(study, report: report)
      text = writing.table()
      report = writing.report
    }
    let fields = study.forms.flatMap(\.fields)
    report.carried = [
      ExchangeCount(noun: "visits", count: format == .odm ? study.visits.count : 0),
      ExchangeCount(noun: "forms", count: study.forms.count),
      ExchangeCount(noun: "fields", count: fields.count),
    ]
    self.report = report
  }

  // Neither format has a place for how a trial is conducted.
  private static func tellUncarried(_ study: StudyDefinition, _ report: inout ExchangeReport) {
    let parts: [(String, Int, String)] = [
      ("arms", study.arms.count, "arms, their shares, and which visits and forms only some have"),
      ("roles", study.roles.count, "roles with what they may do"),
      ("sites", study.sites.count, "sites"),
      ("instruments", study.instruments.count, "scoring rules; their items are fields of forms"),
      ("factors", study.factors.count, "factors of the stratification"),
      ("preconditions", study.randomization.preconditions.count, "preconditions"),
      ("hypotheses", study.hypotheses.count, "hypotheses"),
      ("looks", study.interim?.looks.count ?? 0, "interim looks"),
      ("lock", study.lock.steps.count, "steps of the lock"),
      ("alerts", study.alerts.count, "alerts"),
      ("safety_clocks", study.clocks.count, "reporting times"),
      ("deviations", study.deviations.count, "kinds of deviations"),
      ("samples", study.samples.count, "samples of records"),
      ("lifecycles", study.lifecycles.count, "lifecycles"),
      ("populations", study.populations.count, "analysis sets"),
      ("estimands", study.estimands.count, "estimands"),
      ("secondary_endpoints", study.secondaryEndpoints.count, "secondary endpoints"),
      ("visibility", study.visibility.count, "groups of the visibility matrix"),
      ("monitoring", study.monitoring?.members.count ?? 0, "seats of the monitoring committee"),
      (
        "questionnaires", study.questionnaires?.reminderHours.count ?? 0,
        "reminders of questionnaires"
      ),
      ("ratings", study.ratings == nil ? 0 : 1, "span of hours for ratings"),
      ("access_review", study.accessReview == nil ? 0 : 1, "time between reviews of access"),
      ("about", study.forms.count { $0.subject != .participant }, "forms about a site"),
      (
        "battery_differs_because", study.forms.count { $0.batteryDiffersBecause != nil },
        "reasons why a rating is not given at every visit"
      ),
      (
        "withdrawal_level", study.forms.count { $0.withdrawalLevel != nil },
        "forms that record a level of withdrawal"
      ),
      (
        "disclosure", study.forms.count { $0.disclosure != nil },
        "forms that say that an arm was told"
      ),
      (
        "followed_up", study.forms.count { $0.followUp != nil },
        "forms that go on after a participant's last day"
      ),
      (
        "sets", study.forms.flatMap(\.checks).count { $0.sets != nil },
        "checks that decide an answer of another form"
      ),
      (
        "declassified_because",
        study.forms.flatMap(\.checks).count { $0.declassifiedBecause != nil },
        "reasons why a finding may be told below the class of what it reads"
      ),
      ("planned", study.forms.count { $0.planned != nil }, "forms with planned repeats"),
      ("after", study.visits.count { $0.after != nil }, "visits at a distance from another"),
      ("latest_day", study.visits.count { $0.latestDay != nil }, "visits with a latest day"),
      (
        "prompt", study.forms.flatMap(\.checks).count { $0.prompt != nil },
        "checks that ask for another form"
      ),
      ("texts", study.texts.count, "required texts"),
    ]
    for (name, count, what) in parts where count > 0 { report.omit(name, "\(count) \(what).") }
    let signed = study.forms.filter { !$0.signedBy.isEmpty }.map(\.id.text)
    if !signed.isEmpty {
      report.omit("signatures", "who signs " + signed.joined(separator: ", ") + ".")
    }
    report.omit(
      "entered_by",
      "who enters each form, and with it the class of the reason why one was not done.")
  }
}
