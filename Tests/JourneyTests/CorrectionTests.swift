import Conduct
import Randomization
import Store
import StudyModel
import Testing

/// Errors people make in a randomization: recorded beside it, never drawn again.
@Suite(.serialized) struct CorrectionTests {
  private static func manager(_ walk: Walk, at day: Int64 = 12) async throws -> (
    Installation, Actor
  ) {
    let now = walk.instant(day)
    return (
      walk.world.installation.at(now), try await walk.world.actor("rand_manager", now: now)
    )
  }

  private static func void(_ walk: Walk, ground: String = "INELIGIBLE") async throws {
    let (office, manager) = try await manager(walk)
    try await office.voidRandomization(
      of: walk.key, ground: ground, reason: "found at monitoring", as: manager)
  }

  private static func correct(
    _ walk: Walk, _ levels: [String: String], ground: String = "WRONG_VALUE"
  ) async throws {
    let (office, manager) = try await manager(walk)
    try await office.correctStratum(
      of: walk.key, levels: levels, ground: ground, reason: "source compared", as: manager)
  }

  /// Everything an allocation consists of.
  private static func allocation(_ walk: Walk) throws -> String {
    try walk.world.direct().text(
      """
      select a::text || p::text from allocation.allocations a join open.participants p using (trial_id, participant)
       where participant = '\(walk.key)'
      """)
  }

  @Test(arguments: ["INELIGIBLE", "DUPLICATE", "WRONG_PERSON"])
  func `a randomization in error is recorded, and the allocation stays as it was`(ground: String)
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let before = try Self.allocation(walk)
      let view = try await CoordinatorView(walk, at: walk.instant(40))
      try await Self.void(walk, ground: ground)
      #expect(try Self.allocation(walk) == before)
      // The protocol gives the deviation to everybody; nothing else of it is told, and no ground.
      #expect(
        try await CoordinatorView(walk, at: walk.instant(40), without: "deviation drafted") == view)
      #expect(
        try walk.world.direct().lines(
          "select type || ' ' || status || ' ' || description || coalesce(excludes::text, '') from open.deviations"
        )
          == ["IMP-RAND DRAFT Wrong stratum, wrong person or duplicate"])
      let last = try world.direct().text(
        "select convert_from(entry, 'UTF8') from allocation.ledger_entries order by i desc limit 1")
      #expect(
        last.contains(
          "\"body\":{\"reason\":\"\(ground)\",\"subject\":\"\(walk.key)\"}"))
      let (office, manager) = try await Self.manager(walk)
      let record = try #require(try await office.corrections(as: manager).first)
      #expect(record.kind == "void" && record.ground == ground && record.participant == walk.key)
      #expect(try await office.randomizationInReview(walk.key, as: manager).isVoid)
      #expect(
        try world.direct().text(
          "select count(*)::text from allocation.audit where action = 'randomized in error'") == "1"
      )
    }
  }

  @Test func `a voided participant is never drawn again, whatever is asked`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let receipt = try await walk.randomize()
      try await Self.void(walk)
      let before = try world.consumed()
      let later = walk.instant(12, 60)
      let other = await refusal {
        try await walk.randomize(requestKey: "another-key-for-the-same", at: later)
      }
      guard case .notReady(let outcomes) = other else {
        Issue.record("a voided participant was drawn again")
        return
      }
      #expect(outcomes.contains { $0.code == "RND-03" && !$0.isMet })
      #expect(try world.consumed() == before)
      // The same request gives the old receipt, and no draw.
      #expect(try await walk.randomize(at: later) == receipt)
      #expect(
        try world.direct().text("select count(*)::text from allocation.allocations") == "1")
    }
  }

  @Test func `an error is recorded once, by the act and by the database`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await Self.void(walk)
      #expect(
        await refusal { try await Self.void(walk, ground: "DUPLICATE") }?.code == "already_void")
      let forged = try world.direct().refusal(
        of: """
          insert into allocation.randomization_corrections
          select trial_id, 0, participant, site_key, kind, ground, reason, recorded_by, recorded_role, recorded_at
            from allocation.randomization_corrections
          """)
      #expect(forged == "23505")
      #expect(
        try world.direct().text(
          "select count(*)::text from allocation.randomization_corrections") == "1")
    }
  }

  @Test
  func
    `REQ-098, AS-26: a wrong stratum is kept beside the true one; strata and positions do not move`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world, Way(initials: "KA", baseline: 30))
      _ = try await walk.randomize()
      let before = try Self.allocation(walk)
      try await Self.correct(walk, ["severity": "SEV"])
      #expect(try Self.allocation(walk) == before)
      let (office, manager) = try await Self.manager(walk)
      let review = try await office.randomizationInReview(walk.key, as: manager)
      let severity = try #require(review.factors.first { $0.factor == "severity" })
      #expect(severity.used == "MOD" && severity.known == "SEV")
      let setting = try #require(review.factors.first { $0.factor == "setting" })
      #expect(setting.used == setting.known && !review.isVoid)
      #expect(
        try world.direct().lines("select type || ' ' || status from open.deviations")
          == ["IMP-RAND DRAFT"])
      #expect(
        try world.direct().text(
          "select count(*)::text from open.audit where reason like '%source compared%'")
          == "0")
      // A second correction rests on the first; what was used never moves.
      try await Self.correct(walk, ["setting": "IN"], ground: "SOURCE")
      let again = try await office.randomizationInReview(walk.key, as: manager)
      #expect(again.factors.map(\.used) == review.factors.map(\.used))
      #expect(Set(again.factors.map(\.known)).isSuperset(of: ["SEV", "IN"]))
      // On the same day, and yet a departure of its own: each is judged by itself.
      #expect(
        try world.direct().lines(
          "select type || ' ' || status from open.deviations order by deviation")
          == ["IMP-RAND DRAFT", "IMP-RAND DRAFT"])
      // The next one of the stratum used stands at its second position.
      let next = try await Walk.ready(world, Way(initials: "KB", baseline: 30))
      _ = try await next.randomize()
      #expect(
        try world.direct().text(
          "select seq::text from allocation.allocations where participant = '\(next.key)'") == "2")
    }
  }

  @Test func `a correction is refused where there is nothing, nobody or no such level`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world, Way(initials: "KA", baseline: 30))
      let waiting = try await Walk.ready(world, Way(initials: "KW"))
      _ = try await walk.randomize()
      let before = try DisclosureTests.ledger(world)
      for (levels, code) in [
        (["severity": "MILD"], "unknown_level"), (["severity": "se\u{0301}v"], "unknown_level"),
        (["mood": "SEV"], "unknown_level"), ([:], "nothing_to_correct"),
        (["severity": "MOD"], "nothing_to_correct"),
      ] as [([String: String], String)] {
        #expect(await refusal { try await Self.correct(walk, levels) }?.code == code, "\(levels)")
      }
      #expect(
        await refusal { try await Self.correct(waiting, ["severity": "SEV"]) }?.code
          == "not_randomized")
      #expect(await refusal { try await Self.void(waiting) }?.code == "not_randomized")
      #expect(await refusal { try await Self.void(walk, ground: "WRONG_VALUE") }?.code == "invalid")
      #expect(
        await refusal { try await Self.correct(walk, ["severity": "SEV"], ground: "DUPLICATE") }?
          .code == "invalid")
      #expect(try DisclosureTests.ledger(world) == before)
      #expect(try world.direct().text("select count(*)::text from open.deviations") == "0")
    }
  }

  @Test func `strata and errors are the randomization manager's alone`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(12)
      let office = world.installation.at(now)
      let before = try DisclosureTests.ledger(world)
      var actors: [Actor] = []
      for role in ["coordinator", "investigator", "treat_coordinator"] {
        actors.append(try await world.actor(role, at: ReferenceTrial.london, now: now))
      }
      for role in [
        "stat_unblinded", "sponsor_lead", "oncall_physician", "safety_officer", "medical_monitor",
        "data_manager", "statistician",
      ] {
        actors.append(try await world.actor(role, now: now))
      }
      for actor in actors {
        let role = actor.role.id
        #expect(
          await refusal {
            try await office.voidRandomization(
              of: walk.key, ground: "DUPLICATE", reason: "no reason", as: actor)
          } == .notFound, "\(role)")
        #expect(
          await refusal {
            try await office.correctStratum(
              of: walk.key, levels: ["severity": "SEV"], ground: "SOURCE", reason: "no reason",
              as: actor)
          } == .notFound, "\(role)")
        #expect(
          await refusal { try await office.randomizationInReview(walk.key, as: actor) } == .notFound
        )
        #expect(await refusal { try await office.corrections(as: actor) } == .notFound)
        #expect(await refusal { try await office.disclosures(as: actor) } == .notFound)
      }
      #expect(try DisclosureTests.ledger(world) == before)
      let stale = try await world.actor(
        "rand_manager", now: now, authenticatedAt: now.advanced(bySeconds: -301))
      #expect(
        await refusal {
          try await office.voidRandomization(
            of: walk.key, ground: "DUPLICATE", reason: "no reason", as: stale)
        } == .authenticationStale)
    }
  }

  @Test
  func
    `a finished trial with an unblinding, an error and a correction verifies and exports both strata`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await LockTests.followed(world)
      let opened = try await DisclosureTests.open(walks[0], at: walks[0].instant(12))
      try await Self.void(walks[1], ground: "DUPLICATE")
      try await Self.correct(walks[2], ["severity": "SEV"])
      try await LockTests.softLock(world)
      try await LockTests.hardLock(world)
      let office = world.installation.at(LockTests.closing)
      let statistician = try await world.actor("statistician", now: LockTests.closing)
      let blinded = try await office.exportBlinded(as: statistician)
      let file = try #require(blinded.files.first { $0.path == "collected/strata.csv" })
      let lines = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      #expect(
        lines.first
          == "participant,site_used,severity_used,setting_used,site_true,severity_true,setting_true,randomized_in_error"
      )
      let rows = Dictionary(
        uniqueKeysWithValues: lines.dropFirst().map { line in
          (String(line.prefix(8)), String(line.dropFirst(9)))
        })
      #expect(rows.count == 3)
      #expect(rows[walks[0].key.text] == "101,MOD,OUT,101,MOD,OUT,N")
      #expect(rows[walks[1].key.text] == "103,MOD,OUT,103,MOD,OUT,Y")
      #expect(rows[walks[2].key.text] == "101,MOD,OUT,101,SEV,OUT,N")
      _ = try await LockTests.unblind(world)
      let open = try await office.exportUnblinded(as: statistician)
      let bundle = try #require(
        open.files.first { $0.path == "unblinded/randomization/bundle.json" })
      // Opening, epoch and entropy; three allocations; unblinding, error and correction.
      #expect(BundleVerifier.verify(bundle.bytes) == .verified(9))
      let text = String(decoding: bundle.bytes, as: UTF8.self)
      for kind in ["unblind", "void", "correct"] { #expect(text.contains("\"kind\":\"\(kind)\"")) }
      // Planted: the ledger says another participant was opened.
      let forged = text.replacing(
        "{\"reason\":\"EMERGENCY CARE\",\"subject\":\"\(walks[0].key)\"}",
        with: "{\"reason\":\"EMERGENCY CARE\",\"subject\":\"\(walks[1].key)\"}")
      #expect(forged != text)
      guard case .failure = BundleVerifier.verify(Array(forged.utf8)) else {
        Issue.record("a forged unblinding verifies")
        return
      }
      let arms = try #require(
        open.files.first { $0.path == "unblinded/randomization/allocations.csv" })
      #expect(
        String(decoding: arms.bytes, as: UTF8.self)
          .contains("\(walks[0].key),\(opened.arm.code)"))
    }
  }
}
