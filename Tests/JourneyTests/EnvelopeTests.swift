import Foundation
import Randomization
import Store
import StudyModel
import Testing

@testable import Conduct

/// Envelopes for the hours without a server: one participant each, written after every allocation.
@Suite(.serialized) struct EnvelopeTests {
  /// A folder of one test, with an installation that keeps its envelopes there.
  private struct Desk {
    let folder: URL
    let cabinet: EnvelopeCabinet
    let installation: Installation

    init(_ world: ReferenceTrial, folder: URL? = nil) throws {
      self.folder =
        folder
        ?? FileManager.default.temporaryDirectory.appending(path: "envelopes-\(UUID().uuidString)")
      cabinet = EnvelopeCabinet(folder: self.folder.path)
      installation = Installation(
        store: world.installation.store, keys: KeyRing(master: Array(0..<32)),
        clock: FixedClock(ReferenceTrial.start), software: "equipoise test", envelopes: cabinet)
    }

    func path(_ site: String) -> URL {
      folder.appending(path: "kap-ect").appending(path: "\(site).json")
    }

    func file(_ site: String) throws -> EnvelopeFile {
      try EnvelopeFile(reading: Array(try Data(contentsOf: path(site))))
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
  }

  private static let london = try? SiteKey(parsing: ReferenceTrial.london)

  private static func cards(_ world: ReferenceTrial, count: Int = 12) async throws -> [String:
    String]
  {
    let sheet = try await world.installation.issueEnvelopeCodes(
      of: try #require(london), from: 1, count: count, as: try await world.actor("rand_manager"))
    return Dictionary(uniqueKeysWithValues: sheet.cards.map { ($0.participant.text, $0.code) })
  }

  @Test func `each card opens its own participant's envelope and no other`() async throws {
    try await ReferenceTrial.run { world in
      // Cards are made before anybody is randomized.
      let cards = try await Self.cards(world)
      var arms: [ParticipantKey: String] = [:]
      for number in 0..<9 {
        let letters = "E" + String(UnicodeScalar(UInt8(65 + number)))
        let walk = try await Walk.ready(world, Way(initials: letters))
        _ = try await walk.randomize()
        arms[walk.key] = try await walk.acknowledge(at: walk.instant(9, 600)).arm.code.text
      }
      #expect(Set(arms.values).count == 3)
      let file = try await world.installation.renewEnvelopes(
        at: try #require(Self.london), in: world.trial)
      #expect(file.count == 9)
      let codes = try cards.mapValues { try #require(EnvelopeCode(typed: $0)) }
      for (participant, arm) in arms {
        let own = try #require(codes[participant.text])
        let opened = try file.open(participant, code: own)
        #expect(opened.arm == arm && opened.participant == participant)
        #expect(try DisclosureTests.seal(arm, key: opened.sealKey) == opened.seal)
        #expect(
          try DisclosureTests.entry(opened.entry, world).contains("\"seal\":\"\(opened.seal)\""))
        for (other, code) in codes where other != participant.text {
          #expect(throws: EnvelopeRefusal.wrongCode(participant)) {
            try file.open(participant, code: code)
          }
        }
      }
      let nobody = try ParticipantKey(parsing: "101-0010")
      #expect(throws: EnvelopeRefusal.noEnvelope(nobody)) {
        try file.open(nobody, code: try #require(codes["101-0010"]))
      }
      try expectNothingTold(file, arms)
    }
  }

  /// Neither length, nor order, nor any readable byte of a file differs by arm.
  private func expectNothingTold(
    _ file: EnvelopeFile, _ arms: [ParticipantKey: String]
  ) throws {
    #expect(Set(file.envelopes.map(\.box.count)) == [12 + OfflineEnvelope.contentLength + 16])
    #expect(Set(file.envelopes.map(\.salt)).count == 9)
    #expect(file.envelopes.map(\.participant) == arms.keys.sorted())
    let text = String(decoding: file.bytes, as: UTF8.self)
    let words = Set(text.split { !$0.isLetter && !$0.isNumber })
    #expect(words.isDisjoint(with: ["KET", "KAP", "ECT", "MOD", "SEV", "levels", "arm", "title"]))
  }

  @Test func `an envelope put in the place of another, or of another ledger, does not open`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, second) = try await DisclosureTests.randomized(world)
      let cards = try await Self.cards(world)
      let code = try #require(EnvelopeCode(typed: cards[first.key.text] ?? ""))
      let file = try await world.installation.renewEnvelopes(
        at: try #require(Self.london), in: world.trial)
      let own = try #require(file.envelopes.first { $0.participant == first.key })
      #expect(throws: Never.self) { try own.open(code, in: file.ledger) }
      let moved = OfflineEnvelope(
        participant: second.key, entry: own.entry, seal: own.seal, salt: own.salt, box: own.box)
      let shifted = OfflineEnvelope(
        participant: own.participant, entry: own.entry + 1, seal: own.seal, salt: own.salt,
        box: own.box)
      #expect(throws: EnvelopeRefusal.wrongCode(second.key)) {
        try moved.open(code, in: file.ledger)
      }
      #expect(throws: EnvelopeRefusal.wrongCode(first.key)) {
        try shifted.open(code, in: file.ledger)
      }
      let other = try #require(LedgerIdentity(Array(repeating: 7, count: 16)))
      #expect(throws: EnvelopeRefusal.wrongCode(first.key)) { try own.open(code, in: other) }
      // A seal that the ledger does not hold is noticed after opening.
      let sibling = try #require(file.envelopes.first { $0.participant == second.key })
      let resealed = OfflineEnvelope(
        participant: own.participant, entry: own.entry, seal: sibling.seal, salt: own.salt,
        box: own.box)
      #expect(throws: EnvelopeRefusal.sealDoesNotFit(first.key)) {
        try resealed.open(code, in: file.ledger)
      }
    }
  }

  @Test func `a file changed anywhere, cut or empty is refused before a code is tried`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await DisclosureTests.randomized(world)
      let file = try await world.installation.renewEnvelopes(
        at: try #require(Self.london), in: world.trial)
      #expect(throws: Never.self) { try EnvelopeFile(reading: file.bytes + [0x0A]) }
      for position in stride(from: 0, to: file.bytes.count, by: 211) {
        var changed = file.bytes
        changed[position] ^= 1
        #expect(throws: EnvelopeRefusal.damaged, "\(position)") {
          try EnvelopeFile(reading: changed)
        }
      }
      for length in [0, 1, file.bytes.count / 2, file.bytes.count - 1] {
        #expect(throws: EnvelopeRefusal.damaged) {
          try EnvelopeFile(reading: Array(file.bytes.prefix(length)))
        }
      }
    }
  }

  @Test func `the file of a site is written after each allocation, for its account alone`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try Desk(world)
      defer { desk.remove() }
      let first = try await Walk.ready(world, Way(initials: "DA"))
      let away = try await Walk.ready(world, Way(site: ReferenceTrial.berlin, initials: "DB"))
      _ = try await first.randomize(on: desk.installation)
      _ = try await away.randomize(on: desk.installation)
      await desk.cabinet.settle()
      #expect(try desk.file("101").envelopes.map(\.participant) == [first.key])
      #expect(try desk.file("103").envelopes.map(\.participant) == [away.key])
      for path in [desk.path("101"), desk.path("103")] {
        let mode = try FileManager.default.attributesOfItem(atPath: path.path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
      }
      let folder = try FileManager.default.attributesOfItem(
        atPath: desk.path("101").deletingLastPathComponent().path)[.posixPermissions]
      #expect(folder as? Int == 0o700)
      let before = try desk.file("101")
      let second = try await Walk.ready(world, Way(initials: "DC"))
      _ = try await second.randomize(on: desk.installation)
      await desk.cabinet.settle()
      let after = try desk.file("101")
      #expect(after.envelopes.map(\.participant) == [first.key, second.key])
      // What was made is kept: copies at the site and on the server hold the same envelope.
      #expect(after.envelopes.first == before.envelopes.first)
      let names = try FileManager.default.contentsOfDirectory(
        atPath: desk.path("101").deletingLastPathComponent().path)
      #expect(names.sorted() == ["101.json", "103.json"])
    }
  }

  @Test func `a pass makes good what is missing, stale, damaged or of another ledger`() async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try Desk(world)
      defer { desk.remove() }
      let first = try await Walk.ready(world, Way(initials: "DA"))
      // Drawn by a daemon that keeps no envelopes.
      _ = try await first.randomize()
      try await desk.installation.renewAllEnvelopes()
      let made = try desk.file("101")
      #expect(made.envelopes.map(\.participant) == [first.key])
      #expect(try desk.file("103").count == 0)
      try await desk.installation.renewAllEnvelopes()
      #expect(try desk.file("101") == made)
      try Data("not an envelope".utf8).write(to: desk.path("101"))
      try await desk.installation.renewAllEnvelopes()
      #expect(try desk.file("101").envelopes.map(\.participant) == [first.key])
      let foreign = try EnvelopeFile(
        study: "kap-ect", site: try #require(Self.london), madeAt: made.madeAt,
        ledger: try #require(LedgerIdentity(Array(repeating: 1, count: 16))),
        envelopes: made.envelopes,
        signing: try #require(SigningKey(secureBytes: Array(repeating: 9, count: 32))))
      try Data(foreign.bytes).write(to: desk.path("101"))
      let renewed = try await desk.installation.renewEnvelopes(
        at: try #require(Self.london), in: world.trial)
      #expect(renewed.key == made.key && renewed.ledger == made.ledger)
      #expect(try desk.file("101") == renewed)
    }
  }

  @Test func `an allocation stands when its envelope cannot be written`() async throws {
    try await ReferenceTrial.run { world in
      // The folder of the envelopes is a file: nothing can be written below it.
      let blocked = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try Data("x".utf8).write(to: blocked)
      defer { try? FileManager.default.removeItem(at: blocked) }
      let desk = try Desk(world, folder: blocked)
      let walk = try await Walk.ready(world)
      let receipt = try await walk.randomize(on: desk.installation)
      await desk.cabinet.settle()
      #expect(try await walk.randomize(on: desk.installation) == receipt)
      #expect(try world.direct().text("select count(*)::text from allocation.allocations") == "1")
    }
  }

  @Test func `codes are issued by one role, recorded by range, and stored nowhere`() async throws {
    try await ReferenceTrial.run { world in
      let cards = try await Self.cards(world, count: 3)
      #expect(cards.keys.sorted() == ["101-0001", "101-0002", "101-0003"])
      #expect(Set(cards.values).count == 3)
      #expect(
        try world.direct().text(
          "select concat_ws('|', issue, site_key, first_key, last_key) from allocation.envelope_code_issues"
        )
          == "1|101|101-0001|101-0003")
      #expect(
        try world.direct().text(
          "select concat_ws('|', site_key, new) from allocation.audit where action = 'envelope codes issued'"
        )
          == "101|101-0001 to 101-0003")
      let again = try await Self.cards(world, count: 3)
      #expect(again == cards)
      let tables = try world.direct().lines(
        """
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname in ('access', 'open', 'outcome', 'treatment', 'allocation', 'sealed', 'identity')
        """)
      for code in cards.values {
        for spelling in [code, code.replacing("-", with: "")] {
          for table in tables {
            let count = try world.direct().text(
              "select count(*)::text from \(table) t where t::text ilike '%\(spelling)%'")
            #expect(count == "0", "\(table)")
          }
        }
      }
      let site = try #require(Self.london)
      for role in ["oncall_physician", "safety_officer", "stat_unblinded", "sponsor_lead"] {
        let actor = try await world.actor(role)
        #expect(
          await refusal {
            try await world.installation.issueEnvelopeCodes(of: site, from: 1, count: 1, as: actor)
          } == .notFound, "\(role)")
      }
      let manager = try await world.actor("rand_manager")
      for (first, count) in [(0, 1), (1, 0), (1, 101), (9999, 2), (-5, 3)] {
        #expect(
          await refusal {
            try await world.installation.issueEnvelopeCodes(
              of: site, from: first, count: count, as: manager)
          }?.code == "invalid", "\(first) \(count)")
      }
      let stale = try await world.actor(
        "rand_manager", authenticatedAt: ReferenceTrial.start.advanced(bySeconds: -301))
      #expect(
        await refusal {
          try await world.installation.issueEnvelopeCodes(of: site, from: 1, count: 1, as: stale)
        } == .secondFactorStale)
      let nowhere = try SiteKey(parsing: "999")
      #expect(
        await refusal {
          try await world.installation.issueEnvelopeCodes(
            of: nowhere, from: 1, count: 1, as: manager)
        } == .notFound)
    }
  }

  @Test func `the file is delivered to its officer alone, and the delivery is recorded`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await DisclosureTests.randomized(world)
      let site = try #require(Self.london)
      let officer = try await world.actor("oncall_physician")
      #expect(try await world.installation.envelopeFile(of: site, as: officer).count == 2)
      #expect(
        try world.direct().text(
          "select concat_ws('|', site_key, role) from allocation.audit where action = 'envelope file delivered'"
        )
          == "101|oncall_physician")
      for role in ["rand_manager", "safety_officer", "medical_monitor", "data_manager"] {
        let actor = try await world.actor(role)
        #expect(
          await refusal { try await world.installation.envelopeFile(of: site, as: actor) }
            == .notFound, "\(role)")
      }
      for role in ["coordinator", "investigator", "treat_coordinator"] {
        let actor = try await world.actor(role, at: ReferenceTrial.london)
        #expect(
          await refusal { try await world.installation.envelopeFile(of: site, as: actor) }
            == .notFound, "\(role)")
      }
    }
  }

  @Test(
    arguments: [
      ("7KQ2M-9XD4T-1B0CV-HH3ZR", "7KQ2M-9XD4T-1B0CV-HH3ZR"),
      ("7kq2m 9xd4t 1b0cv hh3zr", "7KQ2M-9XD4T-1B0CV-HH3ZR"),
      ("7KQ2M9XD4TIBOCVHH3ZR\n", "7KQ2M-9XD4T-1B0CV-HH3ZR"),
      ("7KQ2M-9XD4T-LB0CV-HH3ZR", "7KQ2M-9XD4T-1B0CV-HH3ZR"),
      ("7KQ2M-9XD4T-1B0CV-HH3Z", nil), ("7KQ2M-9XD4T-1B0CV-HH3ZRR", nil), ("", nil),
      ("7KQ2M-9XD4T-1B0CV-HH3ZU", nil), ("7KQ2M-9XD4T-1B0CV-HH3Zé", nil),
    ] as [(String, String?)])
  func `a code is read as people type it, and nothing else is a code`(typed: String, read: String?)
  {
    #expect(EnvelopeCode(typed: typed)?.printed == read)
  }

  @Test func `a code spells a hundred bits of its secret, five a character`() throws {
    let code = try #require(EnvelopeCode(secret: [0xFF, 0x00] + Array(repeating: 0x84, count: 11)))
    // 11111 11100 00000 01000 01001 00001 00100 0... read five bits at a time.
    #expect(code.printed.hasPrefix("ZW089-"))
    #expect(EnvelopeCode(secret: Array(repeating: 1, count: 12)) == nil)
    #expect("\(code)".contains("ZW") == false)
  }
}
