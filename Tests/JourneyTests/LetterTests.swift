import Conduct
import Simulation
import Store
import StudyModel
import Synchronization
import Testing

/// Letters that tell people of alerts: made with the alert, handed over until taken, and saying nothing.
@Suite(.serialized) struct LetterTests {
  /// A carrier that keeps what it took and can be out of order.
  private final class Post: LetterCarrier {
    struct OutOfOrder: Error {}
    private let state = Mutex((taken: [String](), isBroken: false))

    var taken: [String] { state.withLock { $0.taken } }
    func breakDown(_ isBroken: Bool) { state.withLock { $0.isBroken = isBroken } }
    func empty() { state.withLock { $0.taken = [] } }

    func carry(_ letter: String) async throws {
      try state.withLock { state in
        guard !state.isBroken else { throw OutOfOrder() }
        state.taken.append(letter)
      }
    }
  }

  /// The people of roles at the site of a walk, as the grants have them.
  private static func people(_ walk: Walk, _ roles: String...) throws -> [String] {
    let names = roles.map { "'\($0)'" }.joined(separator: ", ")
    return try walk.world.direct().lines(
      """
      select distinct user_id::text from access.grants
       where role in (\(names)) and site_key in ('*', '\(walk.way.site)') and ended_at is null order by 1
      """)
  }

  private static func written(_ world: ReferenceTrial) throws -> [String] {
    try world.direct().lines("select user_id::text from access.letters order by 1")
  }

  @Test func `an address for letters holds nothing that begins a header or a second recipient`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try #require(world.staff.person("coordinator"))
      try await office.setLetterAddress("m.coordinator@example.org", of: person.user)
      for address in [
        "a@example.org\r\nBcc: b@example.org", "a@example.org\nb@example.org", "a@b.org,c@d.org",
        "a@b.org;c@d.org", "a@b.org,root", "root;a@b.org", "\"a b\"@example.org", "<a@example.org>",
        "a (b)@example.org",
        "a@b@c.org",
        "a@example.org\0", "a\u{2028}b@example.org", "@example.org", "a@",
        String(repeating: "a", count: 250) + "@b.org",
      ] {
        let refused = await refusal { try await office.setLetterAddress(address, of: person.user) }
        #expect(fields(of: refused) == ["address"], "\(address)")
      }
      #expect(try await office.letterAddress(of: person.user) == "m.coordinator@example.org")
    }
  }

  @Test func `REQ-096: an alert makes a letter to each who must act or know, and to nobody else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(17)
      #expect(try Self.written(world).isEmpty)
      try await walk.save("CSSRSS", "A1", SafetyTests.high, at: now)
      let told = try Self.people(walk, "investigator", "coordinator")
      #expect(!told.isEmpty)
      #expect(try Self.written(world) == told)
      // A save that is refused leaves no letter.
      _ = await refusal { try await walk.save("CSSRSS", "A1", SafetyTests.high, at: now) }
      #expect(try Self.written(world) == told)
      // Without an address none goes out, and the page of the role says so.
      let post = Post()
      func send(_ seconds: Int64) async throws -> Int {
        try await world.installation.at(now.advanced(bySeconds: seconds))
          .sendLetters(of: world.trial, by: post, from: "study@example.org")
      }
      func trouble(_ role: String, _ seconds: Int64, site: String? = nil) async throws -> [Int] {
        let at = now.advanced(bySeconds: seconds)
        let found = try await world.installation.at(at).lettersInTrouble(
          as: try await world.actor(role, at: site ?? walk.way.site, now: at))
        return [found.undelivered, found.withoutAddress]
      }
      #expect(try await send(1) == 0 && post.taken.isEmpty)
      #expect(try await trouble("investigator", 599) == [0, 0])
      let physicians = try Self.people(walk, "investigator").count
      #expect(try await trouble("investigator", 600) == [0, physicians])
      #expect(try await trouble("investigator", 600, site: ReferenceTrial.berlin) == [0, 0])
      #expect(try await trouble("treat_coordinator", 600) == [0, 0])
      // What cannot be an address is none.
      let physician = try await world.actor("investigator", at: walk.way.site, now: now)
      for bad in ["nobody", "a@b@c", "a b@c", "a@c\nBcc: x@y", "<a@c>", "a@c,d@e", "@c"] {
        let refused = await refusal {
          try await world.installation.setLetterAddress(bad, of: physician.user)
        }
        #expect(refused?.code == "invalid", "\(bad)")
      }
      try await world.installation.setLetterAddress("ward@example.org", of: physician.user)
      // A program that does not take it is asked again after a pause that grows.
      post.breakDown(true)
      #expect(try await send(700) == 1)
      #expect(try await send(701) == 0)
      #expect(try await send(760) == 1)
      #expect(try await send(879) == 0)
      #expect(try await trouble("investigator", 879) == [1, physicians - 1])
      post.breakDown(false)
      #expect(try await send(880) == 0)
      #expect(post.taken.count == 1)
      #expect(try await send(4000) == 0)
      #expect(post.taken.count == 1)
      #expect(try await trouble("investigator", 4000) == [0, physicians - 1])
      // Not a word of whom it is about, of what, or of which study.
      let letter = try #require(post.taken.first)
      #expect(letter.contains("To: ward@example.org"))
      for word in [
        walk.key.text, walk.way.site, "CSSRSS", "A1", "suicid", "high", "SI_HIGH", "KAP", "etamine",
        physician.fullName, "investigator",
      ] {
        #expect(!letter.contains(word), "\(word)")
      }
      #expect(
        try world.direct().text(
          "select count(*)::text from access.letters where sent_at is not null")
          == "1")
    }
  }

  @Test func `a repetition writes again to who acts, an escalation to who is told then`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(17)
      try await walk.save("CSSRSS", "A1", SafetyTests.high, at: now)
      func letters(_ role: String) throws -> Int {
        try #require(
          Int(
            try world.direct().text(
              "select count(*)::text from access.letters where role = '\(role)'")))
      }
      let (physicians, coordinators) = (try letters("investigator"), try letters("coordinator"))
      #expect(try letters("oncall_physician") == 0)
      _ = try await world.installation.at(now.advanced(bySeconds: 900))
        .goSafetyRound(of: world.trial)
      #expect(try letters("investigator") == 2 * physicians)
      #expect(try letters("coordinator") == coordinators)
      #expect(
        try letters("oncall_physician") == (try Self.people(walk, "oncall_physician").count))
      // An alert of treatment writes to nobody blinded.
      let before = try Self.people(walk, "coordinator", "data_manager", "monitor", "rater")
      try await walk.save(
        "KMON", "K1",
        [
          "t_min": "10", "at": now.description, "sbp": "190", "dbp": "100", "hr": "80",
          "spo2": "96", "moaas": "5",
        ], by: "ketamine_nurse", hasHeader: false, at: now)
      #expect(try letters("ketamine_nurse") > 0)
      #expect(try letters("coordinator") == coordinators)
      #expect(!before.isEmpty)
      // No login of the study reads a letter or an address.
      for login in [
        "eq_open", "eq_outcome", "eq_treating", "eq_rater", "eq_participant", "eq_committee",
        "eq_reports", "eq_allocator",
      ] {
        let direct = try world.direct(login, role: "investigator")
        #expect(direct.refusal(of: "select 1 from access.letters") == "42501", "\(login)")
        #expect(direct.refusal(of: "select 1 from access.addresses") == "42501", "\(login)")
      }
    }
  }
}
