import Conduct
import Store
import StudyModel
import Testing

/// Forms about a site, on a real database: entered, changed, asked about and counted there alone.
@Suite(.serialized) struct SiteFormTests {
  static let form = Result { try FormID(parsing: "ACCT") }

  private static func kit(
    _ name: String, _ witness: String, _ further: [String: String] = [:]
  ) throws -> [FieldID: FieldAnswer] {
    try Walk.answers(
      [
        "kit": name, "lot": "L-1", "expiry": "2027-12-31", "received": "2027-01-04",
        "witness": witness,
      ].merging(further) { $1 })
  }

  private static func submission(
    _ answers: [FieldID: FieldAnswer], over version: Int = 0, because reason: String = ""
  ) -> EntrySubmission {
    EntrySubmission(answers: answers, expectedVersion: version, isFinal: true, reason: reason)
  }

  @Test
  func `a kit is booked at the site with versions, a reason for change and its history`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let (site, form) = (try SiteKey(parsing: walk.way.site), try Self.form.get())
      let pharmacist = try await world.actor("pharmacist", at: walk.way.site, now: now)
      let witness = try await world.actor("ketamine_nurse", at: walk.way.site, now: now)
      let first = try await office.saveEntry(
        site, form, .site, number: 0,
        Self.submission(try Self.kit("K-1", witness.username)), as: pharmacist)
      let second = try await office.saveEntry(
        site, form, .site, number: 0,
        Self.submission(try Self.kit("K-2", witness.username)), as: pharmacist)
      #expect([first.number, second.number] == [1, 2])
      let used = try Self.kit("K-1", witness.username, ["dispensed": "2027-01-05"])
      let unsaid = await refusal {
        try await office.saveEntry(
          site, form, .site, number: 1, Self.submission(used, over: 1), as: pharmacist)
      }
      #expect(unsaid == .reasonMissing)
      let late = await refusal {
        try await office.saveEntry(
          site, form, .site, number: 1, Self.submission(used, over: 0, because: "dispensed"),
          as: pharmacist)
      }
      #expect(late == .stale)
      _ = try await office.saveEntry(
        site, form, .site, number: 1, Self.submission(used, over: 1, because: "dispensed"),
        as: pharmacist)
      let file = try await office.entryFile(site, form, .site, number: 1, as: pharmacist)
      #expect(file.versions.map(\.reason) == ["", "dispensed"])
      let impossible = try Self.kit("K-2", witness.username, ["returned": "2027-01-02"])
      let refused = await refusal {
        try await office.saveEntry(
          site, form, .site, number: 2,
          Self.submission(impossible, over: 1, because: "typing error"), as: pharmacist)
      }
      guard case .invalid(let faults) = refused else {
        Issue.record("\(String(describing: refused))")
        return
      }
      #expect(faults.map(\.code) == ["EC-ACCT-01"])
      let stock = try await office.stock(of: form, at: site, as: pharmacist)
      #expect(
        [stock.received, stock.usable, stock.dispensed, stock.expired] == [2, 1, 1, 0])
      let expired = try await world.installation.at(walk.instant(400)).stock(
        of: form, at: site, as: pharmacist)
      #expect([expired.usable, expired.expired, expired.present] == [0, 1, 1])
      _ = try await office.voidEntry(
        site, form, .site, number: 2, version: 1, reason: "booked twice", as: pharmacist)
      #expect(try await office.stock(of: form, at: site, as: pharmacist).received == 1)
      #expect(try await office.siteForms(as: pharmacist).map(\.entries) == [1])
    }
  }

  @Test
  func `data queries, source verification and freezing reach a form about a site`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let (site, form) = (try SiteKey(parsing: walk.way.site), try Self.form.get())
      let pharmacist = try await world.actor("pharmacist", at: walk.way.site, now: now)
      let witness = try await world.actor("ketamine_nurse", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager_u", now: now)
      let monitor = try await world.actor("monitor_u", at: walk.way.site, now: now)
      _ = try await office.saveEntry(
        site, form, .site, number: 0,
        Self.submission(try Self.kit("K-1", witness.username)), as: pharmacist)
      let number = try await office.openQuery(
        site, form, .site, field: "lot", text: "Is this the lot on the box?", isBlocking: false,
        as: manager)
      let address = QueryAddress(number, in: .treatment)
      #expect(try await office.query(address, as: manager).query.participant == site.text)
      let frozen = await refusal {
        try await office.freezeEntry(site, form, .site, version: 1, as: manager)
      }
      #expect(frozen != nil)
      try await office.closeQuery(address, reason: "read on the box", as: manager)
      _ = try await office.verifySource(site, form, .site, version: 1, fields: [], as: monitor)
      try await office.freezeEntry(site, form, .site, version: 1, as: manager)
      let file = try await office.entryFile(site, form, .site, as: manager)
      #expect(file.entry.status == "frozen" && file.verifications.count == 1)
      #expect(
        await refusal {
          try await office.saveEntry(
            site, form, .site,
            Self.submission(
              try Self.kit("K-1", witness.username, ["wasted": "1.0"]), over: 1,
              because: "source corrected"), as: pharmacist)
        } == .closed)
    }
  }

  @Test
  func
    `a form about a site has no place at a participant, at another site, or for blinded people (REQ-081)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let (site, form) = (try SiteKey(parsing: walk.way.site), try Self.form.get())
      let pharmacist = try await world.actor("pharmacist", at: walk.way.site, now: now)
      let witness = try await world.actor("ketamine_nurse", at: walk.way.site, now: now)
      let answers = try Self.kit("K-1", witness.username)
      for visit in [try VisitCode(parsing: "UNS"), .site] {
        #expect(
          await refusal {
            try await office.saveEntry(
              walk.key, form, visit, number: 0, Self.submission(answers), as: pharmacist)
          } == .notFound, "\(visit)")
        #expect(
          await refusal {
            _ = try await office.entryFile(walk.key, form, visit, as: pharmacist)
          } == .notFound, "\(visit)")
      }
      let berlin = try SiteKey(parsing: ReferenceTrial.berlin)
      #expect(
        await refusal {
          try await office.saveEntry(
            berlin, form, .site, number: 0, Self.submission(answers), as: pharmacist)
        } == .notFound)
      _ = try await office.saveEntry(
        site, form, .site, number: 0, Self.submission(answers), as: pharmacist)
      // A form of a participant has no place at the site.
      let physician = try await world.actor("investigator", at: walk.way.site, now: now)
      #expect(
        await refusal {
          _ = try await office.entryFile(site, FormID(parsing: "AE"), .site, as: physician)
        } == .notFound)
      // Its readers read it, and it stands in no casebook.
      #expect(try await office.entryFile(site, form, .site, as: physician).entry.version == 1)
      #expect(
        try await !office.casebook(of: walk.key, as: physician).entries.contains {
          $0.form == form
        })
      #expect(physician.siteFormUse == .reads && pharmacist.siteFormUse == .writes)
      for role in world.definition.roles where Login(for: role) != nil && !role.blinding.knowsArms {
        let actor = try #require(
          try await world.installation.actor(
            user: 999_999, username: "somebody", fullName: "Somebody", role: role.id,
            site: role.scope == .site ? walk.way.site : "*", trial: world.trial,
            authenticatedAt: nil))
        #expect(actor.siteFormUse == .none, "\(role.id)")
        #expect(
          await refusal { _ = try await office.siteForms(as: actor) } == .notFound, "\(role.id)")
        #expect(
          await refusal {
            _ = try await office.entryFile(site, form, .site, as: actor)
          } == .notFound, "\(role.id)")
        #expect(
          await refusal {
            _ = try await office.stock(of: form, at: site, as: actor)
          } == .notFound, "\(role.id)")
      }
    }
  }

  @Test
  func `the database files an entry under a participant or a site in scope, and nothing else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let pharmacy = try world.direct("eq_treating", role: "pharmacist", sites: walk.way.site)
      func save(_ owner: String, _ visit: String) -> String {
        """
        select treatment.save_entry('\(owner)', 'ACCT', '\(visit)', 1, 0, '{"kit": "K-1"}', true, '',
          '\(world.trial.version)')
        """
      }
      #expect(pharmacy.refusal(of: save(ReferenceTrial.berlin, "SITE")) == "EQ404")
      #expect(pharmacy.refusal(of: save("999", "SITE")) == "EQ404")
      #expect(pharmacy.refusal(of: save("101-9999", "UNS")) == "EQ404")
      // A site has no visits, and a participant always one.
      #expect(pharmacy.refusal(of: save(walk.way.site, "UNS")) == "EQ404")
      #expect(pharmacy.refusal(of: save(walk.key.text, "SITE")) == "EQ404")
      let anything = try world.direct()
      #expect(
        anything.refusal(
          of: """
            insert into treatment.entries (trial_id, participant, site_key, form, visit, repeat, version, status,
              answers, definition, author, entered_at)
            values (\(world.trial.id), '101-9999', '101', 'ACCT', 'UNS', 1, 1, 'submitted', '{}',
              '\(world.trial.version)', 1, now())
            """) == "EQ404")
      #expect(pharmacy.refusal(of: save(walk.way.site, "SITE")) == nil)
    }
  }
}
