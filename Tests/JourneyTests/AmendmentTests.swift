import Foundation
import Postgres
import Randomization
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

@Suite(.serialized) struct AmendmentTests {
  static let later = ReferenceTrial.start.advanced(bySeconds: 20 * 86_400)

  /// The arms drawn, in ledger order, as the ledger and the seed determine them.
  private static func draws(_ world: ReferenceTrial) async throws -> [Draw] {
    try await world.anotherDaemonClosing { office in
      try await office.openLedger(of: world.trial).state.allocations
    }
  }

  @Test
  func `REQ-099: an amendment opens the next epoch, positions run on, and the bundle verifies`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let first = try await Walk.ready(world, Way(initials: "AA"))
      _ = try await first.randomize()
      let amendment = Amendment(world: world, now: Self.later)
      let draft = try await amendment.draft(
        Amendment.scheme(
          arms: #"[{"id":"KAP","ratio":2},{"id":"ECT","ratio":1}]"#,
          strata: #"["site","severity"]"#))
      let shown = try #require(
        try await amendment.office.schemeDrafts(as: try await amendment.second()).first)
      #expect(shown.number == draft && shown.isAmendment && shown.summary.epoch == 2)
      #expect(
        shown.differences.filter { !$0.contains(" of site is closed") } == [
          "The arm KET is closed to new participants.",
          "The ratio of the arm KAP changes from 1 to 2.",
          "The factor setting is left out.",
          "The strata change from site, severity, setting to site, severity.",
          "The method changes from permuted blocks of 6, 9 to big stick, imbalance up to 2.",
        ])
      _ = try await amendment.simulate()
      // A draft stops nobody.
      let second = try await Walk.ready(world, Way(initials: "BB", birthYear: 1980))
      _ = try await second.randomize()
      try await amendment.commit(draft)
      // From the commitment to the entropy the draw is not open, for whatever daemon.
      let third = try await Walk.ready(
        world, Way(initials: "CC", birthYear: 1981, consentedAt: Self.later))
      let before = try world.consumed()
      #expect(
        await refusal { try await third.randomize(requestKey: "k-while-1-pending") }?.code
          == "not_open")
      try await amendment.approve()
      #expect(
        await refusal { try await third.randomize(requestKey: "k-while-2-pending") }?.code
          == "not_open")
      #expect(try world.consumed() == before)
      try await amendment.record()
      _ = try await third.randomize(requestKey: "k-after-the-entropy")
      let draws = try await Self.draws(world)
      #expect(draws.map(\.epoch) == [1, 1, 2])
      #expect(draws[2].levels.keys.map(\.text).sorted() == ["severity", "site"])
      #expect(draws[2].arm.text != "KET")
      let bundle = try await world.installation.verificationBundle(of: world.trial, revealing: true)
      #expect(BundleVerifier.verify(bundle) == .verified(8))
      let schemes = String(decoding: bundle, as: UTF8.self).components(separatedBy: "\"epoch\":2")
      #expect(schemes.count > 2)
    }
  }

  @Test func `a stratum that stays the same goes on counting its positions`() async throws {
    try await ReferenceTrial.run { world in
      let first = try await Walk.ready(world, Way(initials: "AA"))
      _ = try await first.randomize()
      let amendment = Amendment(world: world, now: Self.later)
      let draft = try await amendment.office.draftScheme(
        .suggestion(.blockUrn), as: try await amendment.manager())
      _ = try await amendment.simulate()
      try await amendment.commit(draft)
      try await amendment.approve()
      try await amendment.record()
      let second = try await Walk.ready(
        world, Way(initials: "BB", birthYear: 1980, consentedAt: Self.later))
      _ = try await second.randomize()
      let draws = try await Self.draws(world)
      #expect(draws.map(\.epoch) == [1, 2] && draws.map(\.seq) == [1, 2])
    }
  }

  @Test func `entropy too early, too late or too little and a wrong second person are refused`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: Self.later)
      #expect(await refusal { try await amendment.record() }?.code == "not_approved")
      #expect(
        await refusal { try await amendment.approve() }?.code == "not_from_this_state")
      let draft = try await amendment.draft(Amendment.scheme())
      _ = try await amendment.simulate()
      #expect(await refusal { try await amendment.record() }?.code == "not_approved")
      try await amendment.commit(draft)
      #expect(await refusal { try await amendment.record() }?.code == "not_approved")
      // The same person in the role of the second.
      let manager = try await amendment.manager()
      let second = try await amendment.second()
      let same = Actor(
        user: manager.user, username: manager.username, fullName: manager.fullName,
        role: second.role, sites: second.sites, trial: second.trial,
        definition: second.definition, authenticatedAt: amendment.now, secondFactorAt: amendment.now
      )
      #expect(
        await refusal { try await amendment.office.approveRandomization(as: same) }?.code
          == "second_person")
      // The database says so too.
      let direct = try world.direct("eq_custodian")
      #expect(
        direct.refusal(
          of: """
            update sealed.schemes set approved_by = drafted_by, approved_at = now() where epoch = 2
            """) == "23514")
      #expect(
        direct.refusal(of: "update sealed.schemes set in_force_at = now() where epoch = 2")
          == "23514")
      try await amendment.approve()
      #expect(
        await refusal { try await amendment.record(Array(repeating: 7, count: 15)) }?.code
          == "invalid")
      #expect(
        await refusal { try await amendment.draftAndCommit() }?.code == "entropy_awaited")
      try await amendment.record()
      #expect(await refusal { try await amendment.record() }?.code == "not_approved")
    }
  }

  @Test func `what the second person does not approve is followed by another commitment`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: Self.later)
      try await amendment.draftAndCommit()
      try await amendment.draftAndCommit()
      try await amendment.approve()
      try await amendment.record()
      let overview = try await amendment.office.randomizationOverview(
        as: try await amendment.manager())
      #expect(overview.epochs.map(\.isApproved) == [true, false, true])
      #expect(overview.epochs.map { $0.inForceAt != nil } == [true, false, true])
      let walk = try await Walk.ready(
        world, Way(initials: "BB", birthYear: 1980, consentedAt: Self.later))
      _ = try await walk.randomize()
      #expect(try await Self.draws(world).map(\.epoch) == [3])
      let bundle = try await world.installation.verificationBundle(of: world.trial, revealing: true)
      #expect(BundleVerifier.verify(bundle) == .verified(7))
    }
  }

  @Test(arguments: [
    (Amendment.scheme(carry: true), "bad_scheme", "carry"),
    (
      Amendment.scheme(
        method: """
          {"type":"minimization","factors":[{"id":"severity","weight":1}],"overall":0,
           "measure":"range","p":[4,5],"unequal":"slots"}
          """, strata: "[]", carry: true), "bad_scheme", "carry"
    ),
    (
      Amendment.scheme(
        arms: #"[{"id":"KET","ratio":1},{"id":"NEW","ratio":1}]"#), "unknown_arm", "arms.id"
    ),
    (
      Amendment.scheme(severity: #"["MOD","SEVERE"]"#), "unknown_level", "factors.levels"
    ),
    (
      Amendment.scheme(method: #"{"type":"block","sizes":[5]}"#), "bad_scheme", "method.sizes"
    ),
    (
      Amendment.scheme(strata: #"["ward"]"#), "bad_scheme", "strata"
    ),
    (#"{"epoch":3,"#, "bad_json", "scheme"),
    (#"{"caps":[{"max":1.5}]}"#, "bad_json", "caps[0].max"),
    ("{\"factors\":[{\"levels\":[\"Cafe\u{301}\"]}]}", "not_nfc", "factors[0].levels[0]"),
  ])
  func `an illegal succession or scheme is refused with code and field, and nothing is kept`(
    json: String, code: String, field: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: Self.later)
      let found = await refusal { try await amendment.draft(json) }
      guard case .invalid(let faults)? = found else {
        Issue.record("\(String(describing: found))")
        return
      }
      #expect(faults.contains { $0.code == code && $0.field == field }, "\(faults)")
      let isSaid = faults.allSatisfy { $0.sentence.contains("Nothing was") }
      #expect(isSaid, "\(faults)")
      let kept = try await amendment.office.schemeDrafts(as: try await amendment.manager())
      #expect(kept.isEmpty)
    }
  }

  @Test func `a scheme for another epoch or ledger is refused`() async throws {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: Self.later)
      for (member, field) in [
        (#""epoch": 3,"#, "epoch"),
        ("\"ledger\": \"\(String(repeating: "0", count: 32))\",", "ledger"),
      ] {
        let json = Amendment.scheme().replacing("{\"arms\"", with: "{" + member + "\"arms\"")
        let found = await refusal { try await amendment.draft(json) }
        #expect(fields(of: found) == [field])
      }
    }
  }

  @Test
  func `who enrols, treats or rates sees no scheme and no simulation, and has no login to them`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: Self.later)
      _ = try await amendment.draft(Amendment.scheme())
      let number = try await amendment.simulate()
      var asked = 0
      for person in world.staff.people {
        let actor = try await world.actor(person, now: Self.later)
        guard !actor.role.can(.draftRandomization), !actor.role.can(.approveRandomization) else {
          continue
        }
        asked += 1
        let office = amendment.office
        let refusals = [
          await refusal { try await office.schemeDrafts(as: actor) },
          await refusal { try await office.committedScheme(as: actor) },
          await refusal { try await office.randomizationOverview(as: actor) },
          await refusal { try await office.simulations(as: actor) },
          await refusal { try await office.simulationReport(number, as: actor) },
          await refusal { try await office.draftScheme(.definition, as: actor) },
          await refusal { try await office.withdrawDraft(1, as: actor) },
          await refusal { try await office.commitScheme(1, entropyPlan: "", as: actor) },
          await refusal {
            try await office.startSimulation(
              SimulationOrder(runs: 1, participants: 1), as: actor)
          },
          await refusal { try await office.cancelSimulation(as: actor) },
          await refusal { try await office.approveRandomization(as: actor) },
          await refusal {
            try await office.recordEntropy(Amendment.entropy, source: "x", as: actor)
          },
        ]
        #expect(refusals.allSatisfy { $0 == .notFound }, "\(actor.role.id) \(refusals)")
      }
      #expect(asked >= 8)
      for login in Login.allCases where login != .custodian {
        let direct = try world.direct(login.rawValue)
        for table in ["sealed.scheme_drafts", "sealed.simulations"] {
          #expect(direct.refusal(of: "select 1 from \(table)") == "42501", "\(login) \(table)")
          #expect(
            direct.refusal(of: "insert into \(table) (trial_id) values (1)") == "42501",
            "\(login) \(table)")
        }
      }
      // The one login that may: boxes only, no scheme to read in them.
      let direct = try world.direct("eq_custodian")
      #expect(try direct.text("select count(*)::text from sealed.scheme_drafts") == "2")
      #expect(
        try direct.text(
          """
          select count(*)::text from (select box from sealed.scheme_drafts
            union all select box from sealed.simulations) b
           where position('big_stick'::bytea in b.box) > 0 or position('KET'::bytea in b.box) > 0
              or position('big stick'::bytea in b.box) > 0
          """) == "0")
    }
  }
}

extension Amendment {
  /// Drafts, simulates and commits to one more candidate.
  func draftAndCommit() async throws {
    let draft = try await draft(Self.scheme())
    _ = try await simulate()
    try await commit(draft)
  }
}

extension ReferenceTrial {
  /// Gives another daemon to the body, which shares nothing in memory.
  func anotherDaemonClosing<Value>(
    _ body: (Installation) async throws -> Value
  ) async throws -> Value {
    let other = try anotherDaemon()
    let value = try await body(other)
    await other.store.close()
    return value
  }
}
