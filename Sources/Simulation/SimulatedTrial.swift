public import Conduct
import Foundation
public import Store
public import StudyModel

/// How a simulated trial is to be conducted.
public struct SimulationPlan: Sendable {
  /// The seed of the invented people.
  public var seed: UInt64
  /// How many participants are randomized.
  public var participants: Int
  /// The sites that take part.
  public var sites: [SiteKey]
  /// The probability of response by arm.
  public var responseByArm: [String: Double]
  /// The first consent.
  public var startsAt: UTCInstant
  /// Days between two consents at a site.
  public var daysBetweenConsents: Double

  /// Makes a plan.
  public init(
    seed: UInt64, participants: Int, sites: [SiteKey], responseByArm: [String: Double],
    startsAt: UTCInstant, daysBetweenConsents: Double = 5
  ) {
    self.seed = seed
    self.participants = participants
    self.sites = sites
    self.responseByArm = responseByArm
    self.startsAt = startsAt
    self.daysBetweenConsents = daysBetweenConsents
  }
}

/// What a simulated trial tells while it goes on.
public enum SimulationProgress: Sendable {
  /// Randomized and followed so far, of the planned.
  case participants(randomized: Int, finished: Int, planned: Int)
  /// A step of the whole trial.
  case step(String)
}

/// A whole trial, conducted by the acts its people perform.
public struct SimulatedTrial: Sendable {
  private let trial: Trial
  private let definition: StudyDefinition
  private let staff: SimulatedStaff
  private let plan: SimulationPlan
  private let installation: Installation
  private let report: @Sendable (SimulationProgress) -> Void
  private let tasks = TaskRegister()

  /// Makes the conductor of a trial that is open for enrolment.
  public init(
    _ trial: Trial, definition: StudyDefinition, staff: SimulatedStaff, plan: SimulationPlan,
    _ installation: Installation, report: @escaping @Sendable (SimulationProgress) -> Void
  ) {
    self.trial = trial
    self.definition = definition
    self.staff = staff
    self.plan = plan
    self.installation = installation
    self.report = report
  }

  private struct SiteRun: Sendable {
    let site: SiteKey
    var nextConsent: UTCInstant
    var waiting: [SimulatedParticipant] = []
    var enrolled: UInt64 = 0
    var randomized = 0
    var finished = 0
  }

  /// Conducts the trial month by month, all sites side by side, up to the last end-of-treatment visit.
  ///
  /// - Parameter atHalf: called once, when half of the planned information has been reached.
  /// - Returns: the instant after the last visit.
  public func conduct(atHalf: (UTCInstant) async throws -> Void) async throws -> UTCInstant {
    var runs = plan.sites.enumerated().map { index, site in
      SiteRun(site: site, nextConsent: plan.startsAt.advanced(bySeconds: Int64(index) * 30_011))
    }
    let quota = quotas()
    var now = plan.startsAt
    var hasLooked = false
    while runs.contains(where: { !$0.waiting.isEmpty || $0.randomized < (quota[$0.site] ?? 0) }) {
      now = now.advanced(bySeconds: 14 * 86_400)
      let until = now
      runs = try await withThrowingTaskGroup(of: SiteRun.self) { group in
        for run in runs {
          group.addTask { try await advance(run, quota: quota[run.site] ?? 0, until: until) }
        }
        var done: [SiteRun] = []
        for try await run in group { done.append(run) }
        return done.sorted { $0.site < $1.site }
      }
      let finished = runs.reduce(0) { $0 + $1.finished }
      report(
        .participants(
          randomized: runs.reduce(0) { $0 + $1.randomized }, finished: finished,
          planned: plan.participants))
      if !hasLooked, finished * 2 >= plan.participants {
        hasLooked = true
        try await atHalf(now)
      }
    }
    return now.advanced(bySeconds: 86_400)
  }

  private func quotas() -> [SiteKey: Int] {
    let base = plan.participants / plan.sites.count
    let extra = plan.participants % plan.sites.count
    return Dictionary(
      uniqueKeysWithValues: plan.sites.enumerated().map { ($1, base + ($0 < extra ? 1 : 0)) })
  }

  private func advance(_ run: SiteRun, quota: Int, until: UTCInstant) async throws -> SiteRun {
    var run = run
    var still: [SimulatedParticipant] = []
    for var participant in run.waiting {
      guard let due = participant.endOfTreatment(0), due <= until else {
        still.append(participant)
        continue
      }
      let offset = participant.chances.whole(-1...4)
      try await participant.finish(
        at: participant.endOfTreatment(offset) ?? due, responseByArm: plan.responseByArm)
      run.finished += 1
    }
    run.waiting = still
    while run.randomized < quota, run.nextConsent.advanced(bySeconds: 10 * 86_400) <= until {
      var participant = try newcomer(&run)
      if try await participant.enrol() {
        run.randomized += 1
        run.waiting.append(participant)
      }
    }
    return run
  }

  private func newcomer(_ run: inout SiteRun) throws -> SimulatedParticipant {
    run.enrolled += 1
    let siteNumber = UInt64(plan.sites.firstIndex(of: run.site) ?? 0)
    var chances = Chances(seed: plan.seed, stream: siteNumber << 32 | run.enrolled)
    let consentedAt = run.nextConsent
    let gap = plan.daysBetweenConsents * (0.5 + chances.unit()) * 86_400
    run.nextConsent = consentedAt.advanced(bySeconds: Int64(gap) + 1)
    return SimulatedParticipant(
      trial: trial, staff: staff, site: run.site, consentedAt: consentedAt,
      zone: try definition.clock(of: run.site).zoneName,
      birthYear: chances.whole(1958...2000), sex: chances.happens(0.6) ? "F" : "M",
      installation: installation, chances: chances, tasks: tasks)
  }

  /// The interim look: built by the independent statistician, released by a second person.
  public func look(at now: UTCInstant) async throws -> Int {
    report(.step("interim look"))
    // A demonstration has fewer participants than the plan waits for.
    let number = try await installation.at(now).buildInterim(
      outsidePlan: true, as: try await actor("stat_unblinded", now))
    try await installation.at(now).releaseInterim(
      number, as: try await actor("data_manager_u", now))
    return number
  }

  /// Plan on record, soft lock, hard lock by two, unblinding by two.
  public func close(at now: UTCInstant, planDigest: String) async throws {
    let office = installation.at(now)
    report(.step("analysis plan and soft lock"))
    try await closeQueries(at: now)
    try await office.recordAnalysisPlan(
      digest: planDigest, as: try await actor("statistician", now))
    try await TrialSetUp.endFollowUp(
      lead: try await actor("sponsor_lead", now), manager: try await actor("data_manager", now),
      office)
    try await office.softLock(as: try await actor("data_manager", now))
    report(.step("hard lock by two people"))
    _ = try await office.hardLock(as: try await actor("data_manager", now))
    _ = try await office.hardLock(as: try await actor("statistician", now))
    report(.step("unblinding by two people"))
    _ = try await office.unblind(as: try await actor("sponsor_lead", now))
    _ = try await office.unblind(as: try await actor("rand_manager", now))
  }

  private func closeQueries(at now: UTCInstant) async throws {
    let manager = try await actor("data_manager", now)
    let office = installation.at(now)
    for query in try await office.openQueries(as: manager) {
      try await office.closeQuery(query.address, reason: "Confirmed with the source.", as: manager)
    }
  }

  /// Somebody of the study's staff as an actor.
  public func actor(_ role: String, _ now: UTCInstant) async throws -> Actor {
    guard let person = staff.person(role) else { throw ActRefusal.notFound }
    return try await staff.actor(
      person, in: try await installation.trial(trial.key), at: now, installation)
  }
}
