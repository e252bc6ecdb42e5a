import Conduct
import Store
import StudyModel
import Testing

/// One precondition broken, and how it is mended.
struct Breach: Sendable, CustomTestStringConvertible {
  let code: String
  let what: String
  var way = Way()
  /// Breaks it in a participant who is ready.
  var damage: @Sendable (Walk) async throws -> Void = { _ in }
  /// Mends it.
  var mending: @Sendable (Walk) async throws -> Void = { _ in }
  /// The authentication given with the broken request, when it is that which is broken.
  var authentication: UTCInstant?? = .none

  var testDescription: String { "\(code): \(what)" }
}

@Suite(.serialized) struct PreconditionTests {
  @Test(arguments: Breach.all)
  func
    `REQ-039, REQ-067, AS-02: a precondition broken alone refuses with exactly its code and consumes nothing`(
      _ breach: Breach
    ) async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world, breach.way)
      try await breach.damage(walk)
      let asker = try await world.actor(
        "coordinator", at: walk.way.site, now: walk.pressed,
        authenticatedAt: breach.authentication)
      let before = try world.consumed()
      let office = world.installation.at(walk.pressed)
      let seen = try await office.readiness(of: walk.key, as: asker)
      #expect(seen.filter { !$0.isMet }.map(\.code) == [breach.code])
      let refused = await refusal { try await walk.randomize(as: asker) }
      guard case .notReady(let outcomes)? = refused else {
        Issue.record("refused with \(String(describing: refused))")
        return
      }
      #expect(outcomes.count == 14)
      #expect(outcomes.filter { !$0.isMet }.map(\.code) == [breach.code])
      #expect(try world.consumed() == before)
      try await breach.mending(walk)
      let receipt = try await walk.randomize()
      #expect(receipt.participant == walk.key.text)
      #expect(try world.direct().text("select size::text from allocation.ledgers") == "4")
    }
  }

  @Test func `the cases cover every precondition of the protocol`() {
    #expect(Set(Breach.all.map(\.code)).count == 14)
  }

  @Test func `RND-03: a randomized participant is not randomized again under another key`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let before = try world.consumed()
      let refused = await refusal {
        try await walk.randomize(requestKey: "another-key-of-the-same")
      }
      guard case .notReady(let outcomes)? = refused else {
        Issue.record("refused with \(String(describing: refused))")
        return
      }
      #expect(outcomes.filter { !$0.isMet }.map(\.code) == ["RND-03"])
      #expect(try world.consumed() == before)
    }
  }

  @Test func `AS-27: at a suspended site participants go on, and nobody is randomized`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let before = try await Walk.ready(world, Way(initials: "BE"))
      _ = try await before.randomize()
      let waiting = try await Walk.ready(world, Way(initials: "WA"))
      try await world.installation.suspendSite(
        SiteKey(parsing: waiting.way.site), reason: "an audit",
        as: try await world.actor("sponsor_lead"))
      try await before.save("WT", "EOT", ["weight": "70.0"], at: before.instant(38))
      let refused = await refusal { try await waiting.randomize() }
      guard case .notReady(let outcomes)? = refused else {
        Issue.record("refused with \(String(describing: refused))")
        return
      }
      #expect(outcomes.filter { !$0.isMet }.map(\.code) == ["RND-01"])
    }
  }

  @Test func `RND-07: a baseline rating of 20 refuses for good, one of 21 does not`() async throws {
    try await ReferenceTrial.run { world in
      let low = try await Walk.ready(world, Way(initials: "LO", baseline: 20))
      let least = try await Walk.ready(world, Way(initials: "HI", baseline: 21))
      let refused = await refusal { try await low.randomize() }
      guard case .notReady(let outcomes)? = refused else {
        Issue.record("refused with \(String(describing: refused))")
        return
      }
      #expect(outcomes.filter { !$0.isMet }.map(\.code) == ["RND-07"])
      _ = try await least.randomize()
    }
  }
}

extension Breach {
  /// Sets the count of a ledger, which the database itself lets nobody move without an entry.
  private static func count(_ allocations: Int, of walk: Walk) throws {
    let direct = try walk.world.direct()
    try direct.run("alter table allocation.ledgers disable trigger ledgers_follow")
    try direct.run("update allocation.ledgers set allocations = \(allocations)")
    try direct.run("alter table allocation.ledgers enable trigger ledgers_follow")
  }

  static let all: [Breach] = [
    Breach(
      code: "RND-01", what: "the site is suspended",
      damage: { walk in
        try await walk.world.installation.suspendSite(
          SiteKey(parsing: walk.way.site), reason: "an audit",
          as: try await walk.world.actor("sponsor_lead"))
      },
      mending: { walk in
        try await walk.world.installation.activateSite(
          SiteKey(parsing: walk.way.site), reason: "audited",
          as: try await walk.world.actor("sponsor_lead"))
      }),
    Breach(
      code: "RND-02", what: "consent is not signed", way: Way(leftOut: [.consentSignature]),
      mending: { try await $0.sign("ICF", "SCR", version: 2, at: $0.instant(9, 30)) }),
    Breach(
      code: "RND-03", what: "the participant is not eligible",
      // The database itself lets nobody go back, so its rule is passed by here.
      damage: {
        try $0.world.direct().run(
          "set session_replication_role = replica; update open.participants set state = 'screening'"
        )
      },
      mending: { try $0.world.direct().run("update open.participants set state = 'eligible'") }),
    Breach(
      code: "RND-04", what: "eligibility was changed after its signature",
      damage: { walk in
        try await walk.save(
          "ELIG", "SCR", walk.criteria(), expected: 1, reason: "date corrected",
          at: walk.instant(4))
      },
      mending: { try await $0.sign("ELIG", "SCR", version: 2, at: $0.instant(9, 30)) }),
    Breach(
      code: "RND-05", what: "a baseline form is not handed in",
      way: Way(leftOut: [.baselineQuestionnaire]),
      mending: { try await $0.questionnaire("BL", at: $0.instant(8)) }),
    Breach(
      code: "RND-05", what: "a blocking data query is open",
      damage: { walk in
        _ = try await walk.world.installation.at(walk.instant(7)).openQuery(
          walk.key, FormID(parsing: "PREG"), VisitCode(parsing: "BL"), field: "ptype",
          text: "Which kit was used?", isBlocking: true,
          as: try await walk.world.actor("data_manager"))
      },
      mending: { walk in
        let manager = try await walk.world.actor("data_manager")
        for query in try await walk.world.installation.openQueries(as: manager) {
          try await walk.world.installation.at(walk.instant(8)).closeQuery(
            query.address, reason: "The kit of the site.", as: manager)
        }
      }),
    Breach(
      code: "RND-06", what: "eligibility was judged 29 days ago",
      way: Way(
        sex: "M", screeningRatingDay: 10, eligibilityDay: 1, baselineDay: 25, requestDay: 30),
      mending: { walk in
        try await walk.save(
          "ELIG", "SCR", walk.criteria(), expected: 1, reason: "judged again",
          at: walk.instant(29))
        try await walk.sign("ELIG", "SCR", version: 2, at: walk.instant(29, 60))
      }),
    // A rating is of the day its call began, not of the day it was handed in.
    Breach(
      code: "RND-06", what: "the baseline rating began 8 days ago and was handed in since",
      damage: { try $0.beginBaselineRating(at: $0.pressed.advanced(bySeconds: -8 * 86_400)) },
      mending: { try $0.beginBaselineRating(at: $0.pressed.advanced(bySeconds: -7 * 86_400)) }),
    Breach(
      code: "RND-07", what: "the setting is not known", way: Way(leftOut: [.request]),
      mending: { try await $0.request(at: $0.instant(9, 60)) }),
    Breach(
      code: "RND-08", what: "the pregnancy test is positive",
      way: Way(baselinePregnancy: "POS"),
      mending: { walk in
        try await walk.pregnancy(
          "BL", "NEG", expected: 1, reason: "read again in the laboratory", at: walk.instant(8))
      }),
    Breach(
      code: "RND-08", what: "nobody said that no test is needed",
      damage: { walk in
        let at = walk.instant(8)
        try await walk.save(
          "PREG", "BL", ["ptype": "NA", "na_reason": "not asked"], expected: 1,
          reason: "there was no test", at: at)
        try await walk.save(
          "DM", "SCR",
          [
            "birth_year": String(walk.way.birthYear), "sex": "I", "edu_years": "14", "employ": "FT",
          ],
          expected: 1, reason: "as the participant says", at: at)
      },
      mending: { walk in
        try await walk.save(
          "DM", "SCR",
          [
            "birth_year": String(walk.way.birthYear), "sex": "I", "edu_years": "14",
            "employ": "FT", "childbearing": "false",
          ], expected: 2, reason: "asked again", at: walk.instant(8, 60))
      }),
    Breach(
      code: "RND-09", what: "a high risk is not reviewed",
      way: Way(baselineRisk: ["q1": "Y", "q2": "Y", "q3": "Y", "q4": "Y", "q5": "N", "q6": "N"]),
      mending: { walk in
        let at = walk.instant(8)
        try await walk.save(
          "SAFREV", "UNS", ["reviewed_at": at.description, "conclusion": "SAFE"],
          by: "investigator", at: at)
        try await walk.sign("SAFREV", "UNS", version: 1, at: at.advanced(bySeconds: 60))
      }),
    Breach(
      code: "RND-10", what: "no slots are confirmed", way: Way(leftOut: [.slot]),
      mending: { try await $0.confirmSlots(at: $0.instant(9)) }),
    Breach(
      code: "RND-11", what: "somebody alike is in the study", way: Way(leftOut: [.likeness]),
      damage: { walk in
        _ = try await Walk.ready(walk.world, Way(leftOut: [.slot, .request]))
      },
      mending: { try await $0.resolveLikeness(at: $0.instant(8)) }),
    Breach(
      code: "RND-12", what: "the delegation of the requester has ended",
      damage: { walk in
        try walk.world.direct().run(
          "update access.grants set ended_at = now() where role = 'coordinator'")
      },
      mending: { walk in
        try walk.world.direct().run(
          "update access.grants set ended_at = null where role = 'coordinator'")
      }),
    Breach(
      code: "RND-12", what: "the requester is on the list of unblinded staff",
      damage: { walk in
        try walk.world.direct().run(
          """
          insert into access.grants (trial_id, user_id, role, site_key)
          select trial_id, user_id, 'ketamine_nurse', site_key
            from access.grants where role = 'coordinator'
          """)
      },
      mending: { walk in
        try walk.world.direct().run("delete from access.grants where role = 'ketamine_nurse'")
      }),
    Breach(
      code: "RND-13", what: "the planned number is reached",
      damage: { walk in
        // Before the first draw the whole ledger is checked, which would find the false count.
        _ = try await walk.world.installation.checkLedger(of: walk.world.trial)
        try count(900, of: walk)
      }, mending: { try count(0, of: $0) }),
    Breach(
      code: "RND-14", what: "the requester has not authenticated", authentication: .some(nil)),
    Breach(
      code: "RND-14", what: "the authentication is older than five minutes",
      authentication: .some(ReferenceTrial.start)),
  ]
}

extension Walk {
  /// Sets the beginning of the call of the baseline rating, which stays handed in when it was.
  fileprivate func beginBaselineRating(at instant: UTCInstant) throws {
    try world.tamper(
      """
      update outcome.entries set answers = answers || '{"start": "\(instant)"}'
       where form = 'MADRS' and visit = 'BL' and participant = '\(key.text)'
      """)
  }
}
