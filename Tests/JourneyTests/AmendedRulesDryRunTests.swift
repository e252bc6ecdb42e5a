import Conduct
import Store
import StudyModel
import Testing

/// What the dry run of an amendment tells of rules that act: deviations, alerts and steps of lifecycles.
@Suite(.serialized) struct AmendedRulesDryRunTests {
  private typealias Change = (of: String, to: String)

  private static func findings(
    _ run: AmendmentDryRun, of key: ParticipantKey? = nil, _ kinds: Set<AmendmentFinding.Kind>
  ) -> [String] {
    run.findings.filter {
      kinds.contains($0.kind) && key.map(\.text) ?? $0.participant == $0.participant
    }
    .map { ["\($0.form)", $0.visit, $0.sentence].filter { !$0.isEmpty }.joined(separator: " ") }
  }

  /// An entry of treatment as it would stand, with the answers the rules of the test read.
  private static func treat(
    _ walk: Walk, _ form: String, _ visit: String, _ answers: String
  ) throws {
    try walk.world.tamper(
      """
      insert into treatment.entries (trial_id, participant, site_key, form, visit, repeat, version, status,
        answers, definition, author, entered_at, submitted_at)
      values (\(walk.world.trial.id), '\(walk.key)', '101', '\(form)', '\(visit)', 1, 1, 'submitted',
        '\(answers)', '1.0', 1, now(), now())
      """)
  }

  @Test
  func
    `the dry run names deviations and alerts that would follow otherwise from what was handed in`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let other = try await Walk.ready(world, Way(initials: "CD", birthYear: 1971))
      let draft = try await Walk.ready(world, Way(initials: "EF", birthYear: 1972))
      try world.tamper(
        """
        update open.entries set answers = answers || '{"icf_copy": "false"}'
         where form = 'ICF' and participant = '\(other.key)'
        """)
      try world.tamper(
        """
        update open.entries set status = 'in_progress', submitted_at = null
         where form in ('ICF', 'DM', 'ELIG') and participant = '\(draft.key)'
        """)
      try Self.treat(
        walk, "KMON", "K1", #"{"sbp": "150", "dbp": "80", "spo2": "98", "moaas": "5"}"#)
      let amendment = StudyAmendment(world: world, now: ProtocolAmendmentTests.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            (
              of: "drafted_by: [EC-GEN-04, EC-ET-01]",
              to: "drafted_by: [EC-GEN-04, EC-GEN-06, EC-ET-01]"
            ),
            (of: #"is: "not icf_copy""#, to: #"is: "icf_copy""#),
            (
              of: #"is: "has(FACT.day0) and not eligible""#,
              to: #"is: "has(FACT.day0) and not eligible and not has(FACT.died_on)""#
            ),
            (
              of:
                "{ id: SI_POSITIVE, title: Suicidal thoughts, to: [investigator], escalate: [oncall_physician], within: same_day }",
              to:
                "{ id: SI_POSITIVE, title: Suicidal thoughts, to: [investigator], escalate: [oncall_physician], within: same_day, when: [{ form: DM, is: \"edu_years = 14\" }] }"
            ),
            (
              of: "{ form: KMON, is: \"sbp >= 180 or dbp",
              to: "{ form: KMON, is: \"sbp >= 140 or dbp"
            ),
          ]))
      let manager = try await amendment.manager()
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      let kinds: Set<AmendmentFinding.Kind> = [.deviation, .alert]
      let own =
        "MIN-WIN: is changed and drafted by EC-GEN-06, which is not looked for here; what it comes to "
        + "cannot be told."
      let untold =
        "ELIG SCR IMP-ELIG: is changed and reads FACT.died_on, which is not read here; what it comes to "
        + "cannot be told."
      #expect(
        Set(Self.findings(run, of: walk.key, kinds)) == [
          "ICF SCR MIN-DOC would be drafted.", "DM SCR SI_POSITIVE would be raised.", untold, own,
        ])
      #expect(
        Set(Self.findings(run, of: other.key, kinds)) == [
          "ICF SCR MIN-DOC would not be drafted any more; one that was drafted stays.",
          "DM SCR SI_POSITIVE would be raised.", untold, own,
        ])
      #expect(Self.findings(run, of: draft.key, kinds) == [own])
      // What is of treatment is told to who reads treatment, and nothing else is.
      let treating = try await amendment.office.dryRunAmendment(
        version, as: try await amendment.unblindedManager())
      #expect(Self.findings(treating, kinds) == ["KMON K1 HAEMO would be raised."])
      #expect(treating.findings.allSatisfy { $0.dataClass == .treatment })
      #expect(run.findings.allSatisfy { $0.dataClass <= .outcome })
      let changes = try await amendment.office.amendmentChanges(version, as: manager)
      #expect(changes.classes == [.open, .treatment])
      #expect(run.csv.contains("deviation,MIN-DOC would be drafted."))
    }
  }

  @Test
  func `the dry run names rules and steps that read what is changed, and alerts of other people`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let reading: [Change] = [
        (
          of: #"      - { form: ICF, is: "not icf_copy" }"#,
          to: """
                - { form: ICF, is: "not icf_copy" }
                - { form: ELIG, is: "DM.edu_years@SCR > 90" }
          """
        ),
        (
          of: "by: [coordinator], reason: true, say: \"The window has lapsed",
          to:
            "by: [coordinator], reason: true, when: \"DM.edu_years@SCR < 90\", say: \"The window has lapsed"
        ),
        (
          of:
            "{ id: SI_POSITIVE, title: Suicidal thoughts, to: [investigator], escalate: [oncall_physician], within: same_day }",
          to:
            "{ id: SI_POSITIVE, title: Suicidal thoughts, to: [investigator], escalate: [oncall_physician], within: same_day, when: [{ form: DM, is: \"edu_years = 14\" }] }"
        ),
      ]
      try await StudyAmendment(
        world: world, now: ReferenceTrial.start.advanced(bySeconds: 3600)
      ).bring(try StudyAmendment.source("2.0", reading))
      let walk = try await Walk.ready(
        world, Way(consentedAt: ReferenceTrial.start.advanced(bySeconds: 2 * 86_400)))
      let amendment = StudyAmendment(world: world, now: ProtocolAmendmentTests.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "3.0",
          reading + [
            (
              of: "type: integer, range: [0, 30], unit: years",
              to: "type: integer, range: [0, 28], unit: years"
            ),
            (
              of: "escalate: [oncall_physician], within: same_day, when",
              to: "escalate: [oncall_physician], within: next_working_day, when"
            ),
          ]))
      let run = try await amendment.office.dryRunAmendment(
        version, as: try await amendment.manager())
      #expect(
        Set(Self.findings(run, of: walk.key, [.deviation, .alert, .step])) == [
          "ELIG SCR MIN-DOC: reads DM.edu_years@SCR, which the new version changes.",
          "DM SCR SI_POSITIVE would go to other people, or be due at another time.",
          "Participation, the step to “not randomized”: reads DM.edu_years@SCR, which the new version changes.",
        ])
    }
  }

  @Test func `the dry run names steps of lifecycles that would be open otherwise`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let waiting = try await Walk.ready(world, Way(initials: "CD", birthYear: 1971))
      try Self.treat(walk, "PREP", "P1", #"{"start": "2027-01-20T09:00:00Z"}"#)
      let amendment = StudyAmendment(world: world, now: ProtocolAmendmentTests.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            (
              of: #"signed: [WDR], when: "has(WDR.level@all)", say"#,
              to: #"when: "has(FACT.consented_on)", say"#
            ),
            (
              of: "by: [coordinator], reason: true, say: \"The window has lapsed",
              to: "by: [coordinator], say: \"The window has lapsed"
            ),
            (
              of: "has(FACT.died_on) or has(DEATH.death_date@all)",
              to: "has(FACT.died_on)"
            ),
            (
              of: "has(KDOSE.start@all) or has(ECTTX.charge_mc@all) or has(PREP.start@all)",
              to: "has(KDOSE.start@all) or has(ECTTX.charge_mc@all)"
            ),
          ]))
      let manager = try await amendment.manager()
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      let always = [
        "Participation, the step to “withdrawn” would be open.",
        "Participation, the step to “died”: is changed and reads DEATH.death_date@all, which is not read "
          + "here; what it comes to cannot be told.",
      ]
      #expect(Set(Self.findings(run, of: walk.key, [.step])) == Set(always))
      #expect(
        Set(Self.findings(run, of: waiting.key, [.step]))
          == Set(
            always + ["Participation, the step to “not randomized” would be asked for otherwise."]))
      let treating = try await amendment.office.dryRunAmendment(
        version, as: try await amendment.unblindedManager())
      #expect(
        treating.findings.map { "\($0.participant) \($0.sentence)" } == [
          "\(walk.key) Treatment, the step to “started” would not be taken any more."
        ])
      #expect(
        try await amendment.office.amendmentChanges(version, as: manager).classes
          == [.open, .treatment])
    }
  }

  @Test func `the dry run names whose form would count as missing otherwise`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let rated = try await Walk.ready(world, Way(initials: "CD", birthYear: 1971))
      _ = try await rated.randomize()
      try await rated.rate("EOT", total: 20, at: rated.instant(38))
      let amendment = StudyAmendment(world: world, now: walk.instant(49))
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            (of: "visit: EOT, by_day: 41", to: "visit: EOT, by_day: 38"),
            (of: "missed: [CSSRSS]", to: "missed: [QIDSSR16]"),
          ]))
      let manager = try await amendment.manager()
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      #expect(
        run.findings.filter { $0.kind == .deviation }.map {
          "\($0.participant) \($0.form) \($0.visit) \($0.dataClass.rawValue) \($0.sentence)"
        } == ["\(walk.key) MADRS EOT open IMP-PRIM would be drafted: the form is missing."])
      let passed = world.definition.visits.filter { visit in
        visit.dataClass == .open && visit.window.map { (1..<40).contains($0.upperBound) } ?? false
      }.map(\.code)
      func missed(_ form: String) throws -> [VisitCode] {
        let form = try #require(world.definition.form(try FormID(parsing: form)))
        return passed.filter { world.definition.schedules(form, at: $0) }
      }
      let (no, yes) = (try missed("CSSRSS"), try missed("QIDSSR16"))
      #expect(!no.isEmpty)
      #expect(
        Set(Self.findings(run, of: walk.key, [.alert]))
          == Set(
            no.map {
              "CSSRSS \($0) OVERDUE_SAFETY would not be raised any more because the form is missing; "
                + "what stands, stays."
            } + yes.map { "QIDSSR16 \($0) OVERDUE_SAFETY would be raised: the form is missing." }))
      #expect(
        try await amendment.office.amendmentChanges(version, as: manager).classes
          == [.open, .outcome])
      // Who reads treatment alone is told nothing of it.
      let treating = try await amendment.office.dryRunAmendment(
        version, as: try await amendment.unblindedManager())
      #expect(treating.findings.isEmpty)
    }
  }
}
