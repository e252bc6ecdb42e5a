import Foundation
import Reports
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// What an amendment changes for the whole trial: tried on the data, in force at one moment, on record.
@Suite(.serialized) struct WholeTrialAmendmentTests {
  private static let later = ReferenceTrial.start.advanced(bySeconds: 60 * 86_400)
  private static let response = (
    of: "class: outcome, when: \"MADRS.total@BL > 0 and 2 * MADRS.total@EOT <= MADRS.total@BL\"",
    to:
      "class: outcome, when: \"MADRS.total@BL > 0 and 10 * MADRS.total@EOT <= 6 * MADRS.total@BL\""
  )
  private static let look = (
    of: "participants: 60, reached_day: 30", to: "participants: 70, reached_day: 30"
  )
  private static let numbers = (of: "planned_total: 900", to: "planned_total: 960")

  private static func whole(_ amendment: StudyAmendment) async throws -> StudyDefinition {
    try await amendment.office.definition(
      of: try await amendment.office.trial(amendment.world.trial.key))
  }

  @Test
  func
    `REQ-194: the dry run tells who comes to a population, and what changes for the whole trial`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world)
      let amendment = StudyAmendment(world: world, now: Self.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            Self.response, Self.look, Self.numbers,
            (of: "last_day: 223", to: "last_day: 230"),
            (
              of: "when: \"FLAG.ITTFL and FLAG.ADHFL and",
              to: "when: \"FACT.arm = 'KET' or FLAG.ADHFL and"
            ),
          ]))
      let manager = try await amendment.manager()
      let changes = try await amendment.office.amendmentChanges(version, as: manager)
      #expect(changes.whole == [.numbers, .interim, .lock, .populations])
      #expect(changes.classes == [.outcome, .treatment])
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      let would = try world.direct().lines(
        """
        select participant from outcome.entries
         where form = 'MADRS' and visit = 'EOT' and (answers->>'total')::int between 16 and 18
         order by participant
        """)
      #expect(would.count > 1)
      // The flag of class treatment is not told to who reads none.
      let moved = try #require(run.populations.first)
      #expect(run.populations.map(\.population.text) == ["RESPFL"])
      #expect(moved.joining == would && moved.leaving.isEmpty && moved.untold == 0)
      #expect(moved.before == 3 - would.count && moved.after == 3)
      #expect(
        run.findings.filter { $0.kind == .population }.map { "\($0.participant) \($0.sentence)" }
          == would.map { "\($0) It would belong to RESPFL." })
      #expect(
        run.whole == [
          "Planned in all: 960, not 900; 3 are randomized. The scheme in force keeps its own limit "
            + "until the next one.",
          "Look S60 would wait for 70 participants at day 30, not for 60 participants at day 30.",
          "Looks taken so far: none. They stay as they were planned.",
          "The last day is 230, not 223.", "Populations change: PPFL, RESPFL.",
        ])
      // Approval asks for who reads treatment too. Nobody was treated, so that nobody had enough of it before,
      // whatever the arm; the new rule hangs on the arm, which is not read: of nobody can it be told.
      #expect(
        await refusal { try await amendment.office.approveAmendment(version, as: manager) }?.code
          == "dry_run_missing")
      let other = try await amendment.office.dryRunAmendment(
        version, as: try await amendment.unblindedManager())
      #expect(other.populations.map(\.population.text) == ["PPFL"])
      let hidden = try #require(other.populations.first)
      #expect(hidden.untold == 3 && hidden.before == 0 && hidden.after == 0)
      #expect(!other.findings.contains { $0.kind == .population })
      try await amendment.office.approveAmendment(version, as: manager)
    }
  }

  @Test
  func
    `REQ-141: a plan holds for the whole trial from one moment on record, and reports tell the change`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let now = InterimTests.looking
      let amendment = StudyAmendment(world: world, now: now)
      let version = try await amendment.draft(
        try StudyAmendment.source("2.0", [Self.response, Self.look, Self.numbers]))
      try await amendment.approve(version)
      try await amendment.putInForce(version, at: ReferenceTrial.london)
      #expect(try await Self.whole(amendment).planVersion == "1.0")
      // Between the approval and the moment no look is taken by a plan that is about to change.
      #expect(
        await refusal { try await InterimTests.build(world, at: now) }?.code
          == "looks_between_versions")
      #expect(try world.direct().text("select count(*)::text from open.cuts") == "0")
      try await amendment.putInForce(version, at: ReferenceTrial.berlin)
      let whole = try await Self.whole(amendment)
      #expect(whole.planVersion == "2.0" && whole.version == "1.0")
      #expect(
        whole.randomization.plannedTotal == 960 && whole.hypotheses == world.definition.hypotheses)
      #expect(
        try world.direct().lines("select version from open.whole_versions") == ["2.0"])
      let record = """
        select count(*)::text from open.audit where action = 'amendment in force for the whole trial'
        """
      #expect(try world.direct().text(record) == "1")
      // A site that opens under an earlier version does not take the trial back.
      for role in world.definition.roles.filter(\.isNeededAtSites).map(\.id.text) {
        _ = try await world.actor(role, at: "104", now: now)
      }
      try await TrialSetUp.openSite(
        SiteKey(parsing: "104"), reason: "all is ready", as: try await amendment.lead(),
        amendment.office)
      #expect(try await Self.whole(amendment).planVersion == "2.0")
      // Nor by the database, nor twice.
      let direct = try world.direct("eq_custodian")
      #expect(direct.refusal(of: "select open.hold_for_the_whole('2.0')") == "EQ409")
      #expect(
        try world.direct().refusal(of: "update open.whole_versions set since = now()") != nil)
      let number = try await InterimTests.build(world, at: now)
      let closed = try ReportText.report(
        InterimReport.self,
        from: try world.direct().text("select report from allocation.closed_reports"))
      #expect(closed.snapshot == number && closed.planVersion == "2.0")
      #expect(closed.amended?.count == 1)
      #expect(
        closed.amended?.first?.hasSuffix(
          "changed: numbers of participants, interim plan, populations.") == true)
      let open = try ReportText.report(
        OpenReport.self, from: try world.direct().text("select open_report from open.interim_looks")
      )
      #expect(open.planned == 960 && open.planVersion == "2.0")
      let tried = try await amendment.office.dryRun(
        as: try await world.actor("statistician", now: now))
      #expect(tried.report.amended == closed.amended)
      #expect(tried.json.contains("changed: numbers of participants, interim plan, populations."))
    }
  }

  @Test func `a look taken meanwhile ends the draft of another plan of looks`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let now = InterimTests.looking
      let amendment = StudyAmendment(world: world, now: now)
      let version = try await amendment.draft(try StudyAmendment.source("2.0", [Self.look]))
      // A draft stops no look.
      let number = try await InterimTests.build(world, at: now.advanced(bySeconds: 60))
      let after = StudyAmendment(world: world, now: now.advanced(bySeconds: 120))
      #expect(await refusal { try await after.approve(version) }?.code == "look_taken")
      try await after.office.withdrawAmendment(
        version, reason: "a look was taken", as: try await after.builder())
      let again = await refusal {
        try await after.draft(try StudyAmendment.source("2.1", [Self.look]))
      }
      guard case .invalid(let faults)? = again else {
        Issue.record("\(String(describing: again))")
        return
      }
      #expect(faults.map(\.sentence).first?.hasPrefix("interim look S60: it was taken") == true)
      // Whoever may not know of the look yet learns from the draft of its name, and of nothing in it.
      #expect(faults.count == 1)
      try await after.office.releaseInterim(
        number, as: try await world.actor("data_manager_u", now: after.now))
      let other = try await after.draft(
        try StudyAmendment.source(
          "2.2",
          [
            (
              of: "participants: 150, reached_day: 30", to: "participants: 160, reached_day: 30"
            )
          ]))
      try await after.approve(other)
    }
  }

  @Test
  func
    `an amendment at one site in mid-course: reports, analysis and export hold both versions as one`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await LockTests.followed(world, count: 9)
      let now = InterimTests.looking
      let amendment = StudyAmendment(world: world, now: now.advanced(bySeconds: -5 * 86_400))
      let sleep = """
          - id: SLEEPDIARY
            title: Sleep diary
            class: open
            visits: [F6]
            entered_by: [coordinator]
            sections:
              - title: Sleep
                fields:
                  - { id: hours, label: Hours, type: integer, range: [0, 24], required: true }

        """
      try await amendment.bring(
        try StudyAmendment.source(
          "2.0",
          [
            (of: "  - id: DM\n", to: sleep + "  - id: DM\n"),
            (of: "forms: [ICF, DM,", to: "forms: [ICF, SLEEPDIARY, DM,"),
            (
              of: "id: edu_years, label: Years of education, type: integer, range: [0, 30]",
              to: "id: edu_years, label: Years of education, type: integer, range: [0, 40]"
            ),
          ]))
      // Five of those who entered before fill the new form; one more is entered under the new version alone.
      for walk in walks.prefix(5) {
        try await walk.save("SLEEPDIARY", "F6", ["hours": "7"], at: amendment.now)
      }
      let fresh = try await Walk.ready(
        world, Way(initials: "ZZ", birthYear: 1980, consentedAt: amendment.now))
      let demographics = [
        "birth_year": "1980", "sex": "F", "edu_years": "35", "employ": "FT", "childbearing": "true",
      ]
      try await fresh.save(
        "DM", "SCR", demographics, expected: 1, reason: "asked again", at: fresh.instant(1))
      let at = fresh.pressed.advanced(bySeconds: 86_400)
      _ = try await fresh.randomize()
      _ = try await InterimTests.build(world, at: at)
      let open = try ReportText.report(
        OpenReport.self, from: try world.direct().text("select open_report from open.interim_looks")
      )
      #expect(open.randomized == 10)
      func handedIn(_ form: String) -> Int? {
        open.forms?.first { $0.form == form }.flatMap(\.entries)
      }
      #expect(handedIn("DM") == 10 && handedIn("SLEEPDIARY") == 5)
      #expect(open.versions?.map(\.version) == ["1.0", "2.0"])
      // The plan is that of the first version, as long as another site works under it.
      #expect(open.planVersion == "1.0")
      let closed = try ReportText.report(
        InterimReport.self,
        from: try world.direct().text("select report from allocation.closed_reports"))
      #expect(closed.flow.reduce(0) { $0 + $1.randomized } == 10 && closed.amended == nil)
      #expect(closed.versions?.map(\.version) == ["1.0", "2.0"])
      // An answer that only one version accepts is a value of the analysis.
      let office = world.installation.at(at)
      let tried = try await office.dryRun(as: try await world.actor("statistician", now: at))
      let baseline = try #require(
        tried.report.sections.flatMap(\.tables).first { $0.id == "baseline" })
      let row = try #require(
        baseline.rows.first { $0.first?.text.contains("Years of education") == true })
      // By hand: nine times 14 years and once 35 are 161 years, of ten people.
      #expect(row.last?.text.hasPrefix("16.1 (") == true, "\(row.map(\.text))")
      let joined = try await office.reportedDefinition(of: try await office.trial(world.trial.key))
      let form = try #require(joined.form(try FormID(parsing: "SLEEPDIARY")))
      #expect(form.visits.map(\.text) == ["F6"])
    }
  }
}
