import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// Kits of a controlled drug: counted by two people, and used once.
@Suite(.serialized) struct KitTests {
  private static func booked(
    _ kit: String, witness: String, at office: Installation, _ site: SiteKey, _ actor: Actor
  ) async throws -> [String] {
    let refused = await refusal {
      try await office.saveEntry(
        site, FormID(parsing: "ACCT"), .site, number: 0,
        EntrySubmission(
          answers: try Walk.answers([
            "kit": kit, "lot": "L-1", "expiry": "2027-12-31", "received": "2027-01-04",
            "witness": witness,
          ]), expectedVersion: 0, isFinal: true), as: actor)
    }
    guard let refused else { return [] }
    guard case .invalid(let faults) = refused else { return [refused.code] }
    return faults.map(\.code)
  }

  @Test
  func `the witness of a kit is a person of the site with a role that may, and never who books it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let now = ReferenceTrial.start.advanced(bySeconds: 4 * 86_400)
      let office = world.installation.at(now)
      let site = try SiteKey(parsing: ReferenceTrial.london)
      let pharmacist = try await world.actor("pharmacist", at: site.text, now: now)
      let nurse = try await world.actor("ketamine_nurse", at: site.text, now: now)
      let second = try await world.actor(
        world.hire("pharmacist", at: site, number: 2), now: now)
      let coordinator = try await world.actor("coordinator", at: site.text, now: now)
      let away = try await world.actor("ketamine_nurse", at: ReferenceTrial.berlin, now: now)
      func book(_ witness: String, by actor: Actor? = nil) async throws -> [String] {
        try await Self.booked(
          "K-\(witness)", witness: witness, at: office, site, actor ?? pharmacist)
      }
      #expect(try await book(pharmacist.username) == ["EC-ACCT-02"])
      // Another spelling of the own name is nobody's name.
      for spelling in [pharmacist.username.uppercased(), pharmacist.username + " ", "Nobody"] {
        #expect(try await book(spelling) == ["EC-GEN-01", "EC-ACCT-03"], "\(spelling)")
      }
      #expect(try await book(coordinator.username) == ["EC-GEN-01", "EC-ACCT-03"])
      #expect(try await book(away.username) == ["EC-GEN-01", "EC-ACCT-03"])
      #expect(try await book(nurse.username) == [])
      #expect(try await book(second.username) == [])
      // Whoever books: what was right for one is not for the other.
      #expect(try await book(pharmacist.username, by: second) == [])
      #expect(try await book(second.username, by: second) == ["EC-ACCT-02"])
    }
  }

  /// An infusion with a kit, as its nurse hands it in.
  private static func dose(
    _ walk: Walk, _ kit: String, on installation: Installation, at now: UTCInstant,
    over version: Int = 0, isFinal: Bool = true
  ) async throws {
    let nurse = try await walk.world.actor("ketamine_nurse", at: walk.way.site, now: now)
    let form = try #require(walk.world.definition.form(FormID(parsing: "KDOSE")))
    let plain = PlainAnswers(
      on: try CalendarDate(parsing: Walk.date(now, walk.way.site)), at: now, by: nurse.username)
    let answers = plain.answers(
      to: form,
      with: try Walk.answers([
        "weight_today": "70.0", "sbp_pre": "120", "dbp_pre": "80", "hr_pre": "70",
        "spo2_pre": "98", "go": "Y", "dose_mgkg": "0.5", "drawn_mg": "35.0", "given_mg": "35.0",
        "expiry": "2027-12-31", "kit": kit, "start": now.advanced(bySeconds: -3600).description,
        "end": now.advanced(bySeconds: -1200).description, "paused_min": "0",
        "stopped_early": "false",
      ]))
    _ = try await installation.at(now).saveEntry(
      walk.key, form.id, VisitCode(parsing: "K1"),
      EntrySubmission(answers: answers, expectedVersion: version, isFinal: isFinal), as: nurse)
  }

  @Test
  func `EC-KD-07: a kit is used for one participant, also where two hand it in at one moment`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let (one, other) = (try #require(room.byArm["KET"]), try #require(room.byArm["KAP"]))
      let now = room.now
      let site = try SiteKey(parsing: one.way.site)
      let pharmacist = try await world.actor("pharmacist", at: site.text, now: now)
      let nurse = try await world.actor("ketamine_nurse", at: site.text, now: now)
      for kit in ["K-1", "K-2", "K-3"] {
        #expect(
          try await Self.booked(
            kit, witness: nurse.username, at: world.installation.at(now), site, pharmacist) == [])
      }
      try await Self.dose(one, "K-1", on: world.installation, at: now)
      let second = await refusal {
        try await Self.dose(other, "K-1", on: world.installation, at: now)
      }
      guard case .invalid(let faults) = second else {
        Issue.record("\(String(describing: second))")
        return
      }
      #expect(Set(faults.map(\.code)) == ["EC-KD-07"] && faults.allSatisfy { $0.field == "kit" })
      // A draft holds no kit.
      try await Self.dose(other, "K-2", on: world.installation, at: now, isFinal: false)

      // Whatever program asks, the database gives a kit once, and again to the same entry.
      let direct = try world.direct(
        "eq_treating", role: "ketamine_nurse", sites: site.text, actor: Int64(nurse.user))
      func take(_ kit: String, _ walk: Walk) -> String {
        "select treatment.use_kit_once('\(walk.key)', 'KDOSE', 'K1', 1, '\(kit)')"
      }
      #expect(direct.refusal(of: take(" k-1 ", other)) == "23505")
      #expect(direct.refusal(of: take("K-1", one)) == nil)
      #expect(direct.refusal(of: take("K-2", one)) == nil)

      // Somebody else has taken the kit and not committed yet: the checks find nothing, the save waits.
      try direct.run(
        """
        begin; \(take("K-3", one));
        select treatment.save_entry('\(one.key)', 'KDOSE', 'K2', 1, 0, '{"kit": "K-3"}', true, '',
          '\(world.trial.version)')
        """)
      async let late = refusal {
        try await Self.dose(other, "K-3", on: world.installation, at: now, over: 1)
      }
      let watch = try world.direct()
      var isWaiting = false
      for _ in 0..<200 where !isWaiting {
        isWaiting =
          try watch.text(
            "select (count(*) > 0)::text from pg_locks where locktype = 'advisory' and not granted"
          ) == "true"
        if !isWaiting { try await Task.sleep(for: .milliseconds(50)) }
      }
      #expect(isWaiting)
      try direct.run("commit")
      guard case .invalid(let found) = await late else {
        Issue.record("the second of two at one moment was not refused")
        return
      }
      #expect(found.map(\.code) == ["kit_used"] && found.map(\.field) == ["kit"])
      #expect(
        try watch.text(
          "select count(*)::text from treatment.entries where answers ->> 'kit' = 'K-3' and form = 'KDOSE'"
        ) == "1")
    }
  }
}
