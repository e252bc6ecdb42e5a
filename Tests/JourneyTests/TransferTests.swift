import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// A participant who moves is handed from one site to another.
@Suite(.serialized) struct TransferTests {
  private struct Room {
    let world: ReferenceTrial
    let walk: Walk
    let office: Installation
    let here: Actor
    let there: Actor
    let to: String

    init(_ world: ReferenceTrial, day: Int64) async throws {
      self.world = world
      walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(day)
      office = world.installation.at(now)
      to =
        walk.way.site == ReferenceTrial.london ? ReferenceTrial.berlin : ReferenceTrial.london
      here = try await world.actor("coordinator", at: walk.way.site, now: now)
      there = try await world.actor("coordinator", at: to, now: now)
    }

    func offer() async throws {
      try await office.offerTransfer(of: walk.key, to: to, reason: "moved house", as: here)
    }

    func decide(_ decision: TransferDecision, as actor: Actor) async -> ActRefusal? {
      await refusal { try await office.decideTransfer(of: walk.key, decision, as: actor) }
    }

    func reads(_ actor: Actor) async -> Bool {
      await refusal { _ = try await office.participant(walk.key, as: actor) } == nil
    }
  }

  @Test
  func
    `AS-29: key and record go along, history keeps both sites, day 0 and stratum stay (REQ-181)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await Room(world, day: 16)
      let (office, walk, here, there) = (room.office, room.walk, room.here, room.there)
      let before = try await office.participant(walk.key, as: here)
      let stratum = try world.direct().text(
        "select encode(stratum, 'hex') from allocation.allocations where participant = '\(walk.key.text)'"
      )
      let person = try Walk.answers(
        ["family": "Anders", "given": "Kim", "birth_date": "\(walk.way.birthYear)-02-03"])
      _ = try await office.recordIdentity(
        of: walk.key, person, expected: 0, reason: "", as: here)
      try await room.offer()
      // Until it is accepted nothing changes: the other site knows the key and the reason alone.
      #expect(await room.reads(here))
      #expect(await !room.reads(there))
      #expect(try await office.transfers(as: there).map(\.participant) == [walk.key])
      #expect(await room.decide(.accepted, as: there) == nil)
      #expect(await !room.reads(here))
      let after = try await office.participant(walk.key, as: there)
      #expect(after.key == before.key && after.site.text == room.to)
      #expect(after.day0 == before.day0 && after.randomizedSite?.text == walk.way.site)
      #expect(
        try world.direct().text(
          "select encode(stratum, 'hex') from allocation.allocations where participant = '\(walk.key.text)'"
        )
          == stratum)
      // The new site reads the entry, its earlier versions and who the participant is.
      let scr = try VisitCode(parsing: "SCR")
      let entered = try await office.entry(walk.key, try FormID(parsing: "DM"), scr, as: there)
      #expect(entered.isSubmitted)
      let old = await refusal {
        _ = try await office.entry(walk.key, try FormID(parsing: "DM"), scr, as: here)
      }
      #expect(old == .notFound)
      let identity = try await office.identity(of: walk.key, purpose: "to call", as: there)
      #expect(identity.answers == person)
      let gone = await refusal {
        _ = try await office.identity(of: walk.key, purpose: "to call", as: here)
      }
      #expect(gone == .notFound)
      // The arm is read where the participant is treated now.
      let treating = try await world.actor("treat_coordinator", at: room.to, now: walk.instant(16))
      let left = try await world.actor(
        "treat_coordinator", at: walk.way.site, now: walk.instant(16))
      #expect(
        try await office.allocations(includingAcknowledged: false, as: treating).map(\.participant)
          == [walk.key])
      #expect(try await office.allocations(includingAcknowledged: false, as: left).isEmpty)
      // Work goes on there.
      var answers = entered.answers
      answers[try FieldID(parsing: "edu_years")] = .value("11")
      let saved = try await office.saveEntry(
        walk.key, FormID(parsing: "DM"), scr,
        EntrySubmission(
          answers: answers, expectedVersion: entered.version, isFinal: true, reason: "misread"),
        as: there)
      #expect(saved.version == entered.version + 1)
      let rows = try world.direct().lines(
        """
        select site_key || ' ' || action from open.audit where object = '\(walk.key.text)'
           and action in ('offered to another site', 'offer accepted', 'taken over from another site') order by seq
        """)
      #expect(
        rows == [
          "\(walk.way.site) offered to another site", "\(walk.way.site) offer accepted",
          "\(room.to) taken over from another site",
        ])
      // What was written keeps its site, and both sites read the trail of what was written there.
      let sites = try world.direct().lines(
        "select distinct site_key from open.entry_versions where participant = '\(walk.key.text)' order by 1"
      )
      #expect(sites == [walk.way.site, room.to].sorted())
      // Ledger and record hold still: the ledger names the site of the draw.
      #expect(try await office.checkLedger(of: world.trial)?.isPassed == true)
      #expect(try await RecordActsTests.findings(world).isEmpty)
    }
  }

  @Test
  func
    `an offer is withdrawn by the site that made it and declined by the other, and by nobody else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await Room(world, day: 3)
      try await room.offer()
      let twice = await refusal { try await room.offer() }
      #expect(twice?.code == "offered_already")
      #expect(await room.decide(.accepted, as: room.here) == .notFound)
      #expect(await room.decide(.declined, as: room.here) == .notFound)
      #expect(await room.decide(.withdrawn, as: room.there) == .notFound)
      // The database refuses it by itself, whatever program asks.
      for (site, decision) in [
        (room.walk.way.site, "accepted"), (room.walk.way.site, "declined"), (room.to, "withdrawn"),
      ] {
        #expect(
          try world.direct("eq_open", role: "coordinator", sites: site).refusal(
            of: "select open.decide_transfer('\(room.walk.key)', '\(decision)')") == "EQ404",
          "\(decision) at \(site)")
      }
      #expect(await room.decide(.withdrawn, as: room.here) == nil)
      #expect(await room.decide(.accepted, as: room.there) == .notFound)
      try await room.offer()
      #expect(await room.decide(.declined, as: room.there) == nil)
      #expect(await room.reads(room.here))
      // There and back again.
      try await room.offer()
      #expect(await room.decide(.accepted, as: room.there) == nil)
      try await room.office.offerTransfer(
        of: room.walk.key, to: room.walk.way.site, reason: "moved back", as: room.there)
      #expect(await room.decide(.accepted, as: room.here) == nil)
      #expect(await room.reads(room.here))
      #expect(await !room.reads(room.there))
      #expect(try await RecordActsTests.findings(world).isEmpty)
    }
  }

  @Test func `what cannot be handed over is refused in a sentence`() async throws {
    try await ReferenceTrial.run { world in
      let room = try await Room(world, day: 3)
      func offer(_ site: String, _ reason: String, _ actor: Actor) async -> ActRefusal? {
        await refusal {
          try await room.office.offerTransfer(
            of: room.walk.key, to: site, reason: reason, as: actor)
        }
      }
      #expect(await offer(room.walk.way.site, "moved house", room.here)?.code == "invalid")
      #expect(await offer("999", "moved house", room.here)?.code == "invalid")
      #expect(await offer(room.to, "", room.here)?.code == "invalid")
      #expect(await offer(room.to, "moved house", room.there) == .notFound)
      for role in ["investigator", "treat_coordinator", "cog_assessor"] {
        let actor = try await world.actor(role, at: room.walk.way.site, now: room.walk.instant(3))
        #expect(await offer(room.to, "moved house", actor) == .notFound, "\(role)")
      }
      try world.direct().run(
        "update open.sites set state = 'suspended' where site_key = '\(room.to)'")
      #expect(await offer(room.to, "moved house", room.here) != nil)
      #expect(try await room.office.transfers(as: room.here).isEmpty)
    }
  }
}
