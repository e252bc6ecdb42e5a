public import Store
import StudyModel

/// What one round of the safety watch did in a trial.
public struct SafetyRoundReport: Sendable, Equatable {
  /// Alerts repeated or escalated, reporting times reminded of or passed.
  public var moved = 0
  /// Alerts raised because a form was missed.
  public var raised = 0
  /// Deviations drafted because a form was never given.
  public var drafted = 0
  /// Participants who were looked at since the hours of a check have passed.
  public var looked = 0
  /// Participants of whom what follows from a saved form is still to be worked out.
  public var owed = 0
}

extension Installation {
  /// The states of a study in which nothing more is written.
  private static let closedStates: Set = ["soft_locked", "hard_locked", "unblinded", "archived"]

  /// A round in every trial that is under way; false when one of them failed.
  public func goSafetyRounds() async -> Bool {
    guard let trials = try? await trials() else { return false }
    var isWhole = true
    for trial in trials where trial.mode != "simulation" && !Self.closedStates.contains(trial.state)
    {
      do { try await goSafetyRound(of: trial) } catch { isWhole = false }
    }
    return isWhole
  }

  /// What time alone brings about in a trial: alerts are repeated and escalated, missed forms told.
  ///
  /// A second round at the same instant changes nothing, and several daemons may go at once.
  @discardableResult
  public func goSafetyRound(of trial: Trial) async throws -> SafetyRoundReport {
    let schedules = try await VersionsOfSites(self, trial)
    let context = RequestContext(
      trial: trial.id, actor: nil, role: "", sites: .all,
      now: trial.mode == "simulation" ? clock.now : nil)
    var report = SafetyRoundReport()
    // What is missed is told by the plan in force at the site today.
    for (definition, sites) in try schedules.today(clock.now) {
      for plan in definition.alerts {
        for case .missed(let name) in plan.triggers {
          guard let form = definition.form(name), form.dataClass <= .outcome else { continue }
          report.raised += try await raiseMissed(
            form, plan, at: sites, schedules, definition, trial, context)
        }
      }
      for type in definition.deviations {
        for rule in type.missing {
          guard let form = definition.form(rule.form), form.dataClass <= .outcome else { continue }
          report.drafted += try await draftMissing(form, rule, type, at: sites, trial, context)
        }
      }
    }
    report.moved = try await refusing {
      try await store.session(.committee, context) { session in
        try [DataClass.open, .outcome, .treatment].reduce(0) { sum, dataClass in
          // Reminders first, since they are alerts themselves.
          sum + (try session.advanceClocks(in: dataClass))
            + (try session.advanceAlerts(in: dataClass))
        }
      }
    }
    report.owed = try await deriveOwed(in: trial)
    report.looked = try await lookAtWaitingChecks(in: trial)
    return report
  }

  /// Drafts the deviation of a form that was not given by its last day, or only handed in as not done.
  private func draftMissing(
    _ form: Form, _ rule: MissingEntryRule, _ type: DeviationType, at sites: Set<SiteKey>,
    _ trial: Trial, _ context: RequestContext
  ) async throws -> Int {
    let dataClass = type.dataClass(of: rule, form)
    let now = clock.now
    return try await refusing {
      try await store.session(.committee, context) { session in
        var drafted = 0
        for participant in try session.followed(form.id, in: form.dataClass, trial: trial.id)
        where sites.contains(participant.site) {
          let clock = try SiteClock(zone: participant.zone)
          let last = participant.day0.advanced(by: rule.lastDay)
          guard participant.lacks(rule, on: clock.date(at: now)) else { continue }
          let text = try SaveConsequences.text(
            of: SaveConsequences.Deviation(type, in: dataClass, on: last))
          drafted +=
            try session.draftBySystem(
              participant.key, form: form.id.text, visit: rule.visit.text, in: dataClass, text)
            ? 1 : 0
        }
        return drafted
      }
    }
  }

  /// Raises the alert of a form that was not filled in at visits whose window has closed, or that was
  /// handed in as not done.
  private func raiseMissed(
    _ form: Form, _ plan: AlertPlan, at sites: Set<SiteKey>, _ schedules: VersionsOfSites,
    _ definition: StudyDefinition, _ trial: Trial, _ context: RequestContext
  ) async throws -> Int {
    let text = try SaveConsequences.text(
      of: SaveConsequences.Alert(plan, items: "\(form.title): not done"))
    let now = clock.now
    return try await refusing {
      try await store.session(.committee, context) { session in
        var raised = 0
        for participant in try session.followed(form.id, in: form.dataClass, trial: trial.id)
        where sites.contains(participant.site) {
          let clock = try SiteClock(zone: participant.zone)
          // Visits are as randomization scheduled them.
          let scheduled = definition.keepingSchedule(
            of: schedules.version(
              at: participant.randomizedSite, on: participant.day0,
              recordedBy: participant.randomizedAt))
          for visit in scheduled.visits
          where visit.dataClass == .open && scheduled.schedules(form, at: visit.code)
            && participant.missed(visit, on: clock.date(at: now))
          {
            raised +=
              try session.raiseMissed(participant.key, form.id, visit.code, alert: text) ? 1 : 0
          }
        }
        return raised
      }
    }
  }
}

extension FollowedParticipant {
  /// Whether a form was not given by its last day, or only handed in as not done.
  ///
  /// - Parameter today: the date at the site.
  func lacks(_ rule: MissingEntryRule, on today: CalendarDate) -> Bool {
    let last = day0.advanced(by: rule.lastDay)
    return !visitsDone.contains(rule.visit.text) && today > last
      && endsOn.map { $0 > last } ?? true
  }

  /// Whether a form was missed at a visit: said so, or not filled in by the end of the window.
  ///
  /// - Parameter today: the date at the site.
  func missed(_ visit: Visit, on today: CalendarDate) -> Bool {
    if visitsDone.contains(visit.code.text) { return false }
    guard let window = visit.dates(randomizedOn: day0)?.window else {
      return visitsNotDone.contains(visit.code.text)
    }
    // Before randomization nothing is missed: without the form nobody is randomized.
    guard window.upperBound > day0 else { return false }
    if let endsOn, window.upperBound > endsOn { return false }
    return visitsNotDone.contains(visit.code.text) || window.upperBound < today
  }
}
