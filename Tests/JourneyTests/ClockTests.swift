import Glibc
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Host

/// The clock of a host beside what else tells the time (REQ-012).
@Suite(.serialized) struct ClockTests {
  /// A clock that is wrong by a fixed time.
  struct WrongClock: Clock {
    let by: Int64
    var now: UTCInstant {
      UTCInstant(microsecondsSince1970: SystemClock().now.microsecondsSince1970 + by)
    }
  }

  /// What tells the time, as the test says it.
  struct Told: TimeReference {
    var host = "host-a"
    var timeServer = ""
    var kernel = KernelClock.unknown
    var server: TimeServerReading?

    func kernelClock() -> KernelClock { kernel }
    func askTimeServer(_ clock: any Clock) async -> TimeServerReading? { server }
  }

  private static func clock(
    _ world: ReferenceTrial, wrongBy microseconds: Int64, _ told: Told = Told()
  ) async throws -> ClockVerdict {
    var office = world.installation
    office.clock = WrongClock(by: microseconds)
    return try await office.checkClock(by: told).verdict
  }

  private static func events(_ world: ReferenceTrial) throws -> [String] {
    try world.direct().lines(
      "select detail from access.events where kind = 'clock' order by event_id")
  }

  private static let drifts: [(Int64, ClockVerdict)] = [
    (900_000, .noReference), (-900_000, .noReference), (1_500_000, .drifting),
    (-1_500_000, .drifting), (59_000_000, .drifting), (61_500_000, .blocked),
    (-61_500_000, .blocked), (3_600_000_000, .blocked),
  ]

  @Test(arguments: drifts)
  func `REQ-012: a second beside the clock of the database is an alarm, a minute stops`(
    _ drift: Int64, _ verdict: ClockVerdict
  ) async throws {
    try await ReferenceTrial.run { world in
      #expect(try await Self.clock(world, wrongBy: drift) == verdict)
      let kept = try world.direct().lines("select verdict from access.clock_checks")
      #expect(kept == [verdict.rawValue])
      let told = try Self.events(world)
      #expect(told.count == 1)
      #expect(try await world.installation.health().clock == verdict)
      let admin = try await world.actor("access_admin")
      let events = try await world.installation.accountEvents(as: admin)
      #expect(events.contains { $0.kind == "clock" && $0.subject == "host-a" })
    }
  }

  @Test func `REQ-012: kernel and time server count as the database does, half a round trip less`()
    async throws
  {
    try await ReferenceTrial.run { world in
      func verdict(_ told: Told) async throws -> ClockVerdict {
        try await Self.clock(world, wrongBy: 0, told)
      }
      #expect(try await verdict(Told(kernel: .unsynchronized)) == .noReference)
      #expect(try await verdict(Told(kernel: .synchronized(error: 900))) == .inTime)
      #expect(try await verdict(Told(kernel: .synchronized(error: 1_000_001))) == .drifting)
      #expect(try await verdict(Told(kernel: .synchronized(error: 60_000_001))) == .blocked)
      func asked(_ offset: Int64, _ trip: Int64) -> Told {
        Told(timeServer: "time", server: TimeServerReading(offset: offset, roundTrip: trip))
      }
      #expect(try await verdict(asked(3_000, 40_000)) == .inTime)
      #expect(try await verdict(asked(1_400_000, 900_000)) == .inTime)
      #expect(try await verdict(asked(-1_400_000, 700_000)) == .drifting)
      #expect(try await verdict(asked(-61_000_000, 700_000)) == .blocked)
      #expect(try await verdict(Told(timeServer: "time")) == .noReference)
      // A check that says the same within the hour is not kept again.
      let before = try world.direct().text("select count(*)::text from access.clock_checks")
      #expect(try await verdict(Told(timeServer: "time")) == .noReference)
      let after = try world.direct().text("select count(*)::text from access.clock_checks")
      #expect(before == after)
    }
  }

  @Test
  func `REQ-012: over a minute nobody is randomized and nothing signed, in service and database`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let first = try await Walk.ready(world, Way(initials: "CD"))
      let receipt = try await first.randomize(requestKey: "a-request-key-of-before")
      let positions = "select count(*)::text from allocation.allocations"
      #expect(try await Self.clock(world, wrongBy: 75_000_000) == .blocked)
      #expect(await refusal { _ = try await walk.randomize() }?.code == "clock_wrong")
      #expect(try world.direct().text(positions) == "1")
      // Who asks again with the key of an allocation that was made gets its receipt.
      #expect(try await first.randomize(requestKey: "a-request-key-of-before") == receipt)
      try await walk.save(
        "ELIG", "SCR", walk.criteria(), expected: 1, reason: "looked at again", at: walk.instant(9))
      let signing: ActRefusal? = await refusal {
        try await walk.sign("ELIG", "SCR", version: 2, at: walk.instant(9, 30))
      }
      #expect(signing?.code == "clock_wrong")
      // Another daemon, which made no check itself, is refused by the database.
      let other = try world.anotherDaemon()
      let elsewhere = ReferenceTrial(
        database: world.database, installation: other, trial: world.trial,
        definition: world.definition, staff: world.staff)
      let there = Walk(world: elsewhere, way: walk.way, key: walk.key)
      #expect(other.clockWatch.verdict == nil)
      let byDatabase: ActRefusal? = await refusal {
        try await there.sign("ELIG", "SCR", version: 2, at: walk.instant(9, 30))
      }
      #expect(byDatabase?.code == "clock_wrong")
      await other.store.close()
      // Right again: everything goes on.
      #expect(try await Self.clock(world, wrongBy: 0) == .noReference)
      try await walk.sign("ELIG", "SCR", version: 2, at: walk.instant(9, 30))
      _ = try await walk.randomize()
      #expect(try world.direct().text(positions) == "2")
      #expect(try Self.events(world).count == 2)
    }
  }

  @Test func `REQ-012: the database refuses an allocation by itself while the clock is wrong`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      #expect(try await Self.clock(world, wrongBy: 75_000_000) == .blocked)
      let other = try world.anotherDaemon()
      let there = Walk(
        world: ReferenceTrial(
          database: world.database, installation: other, trial: world.trial,
          definition: world.definition, staff: world.staff), way: walk.way, key: walk.key)
      #expect(await refusal { _ = try await there.randomize() }?.code == "clock_wrong")
      #expect(
        try world.direct().text("select count(*)::text from allocation.allocations") == "0")
      // A host that fell silent two hours ago stops nobody.
      try world.tamper(
        "update access.clock_checks set at = clock_timestamp() - interval '3 hours'")
      // The daemon that found its clock wrong goes by what it found, whatever the database says.
      #expect(await refusal { _ = try await walk.randomize() }?.code == "clock_wrong")
      let signing: ActRefusal? = await refusal {
        try await walk.sign("ELIG", "SCR", version: 1, at: walk.instant(9, 30))
      }
      #expect(signing?.code == "clock_wrong")
      _ = try await there.randomize()
      await other.store.close()
    }
  }

  @Test func `REQ-012: checks of the clock are kept for ever`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await Self.clock(world, wrongBy: 0)
      let owner = try world.direct(Login.owner)
      #expect(owner.refusal(of: "delete from access.clock_checks") == "EQ403")
      #expect(owner.refusal(of: "update access.clock_checks set verdict = 'in time'") == "EQ403")
    }
  }

  // MARK: A time server's answer

  private static let mark: [UInt8] = [9, 8, 7, 6, 5, 4, 3, 2]
  private static let noon = UTCInstant(microsecondsSince1970: 1_799_053_200_000_000)

  /// An answer whose server is ahead by some microseconds.
  private static func answer(
    ahead: Int64 = 0, head: UInt8 = 0b00_100_100, stratum: UInt8 = 2, mark: [UInt8] = mark,
    at: UTCInstant = noon
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 48)
    bytes[0] = head
    bytes[1] = stratum
    bytes.replaceSubrange(24..<32, with: mark)
    for (place, later) in [(32, Int64(10_000)), (40, 12_000)] {
      let micros = at.microsecondsSince1970 + ahead + later
      let seconds = UInt64(micros / 1_000_000 + 2_208_988_800)
      // Rounded up, so that what is read is what was written.
      let fraction = (UInt64(micros % 1_000_000) << 32 + 999_999) / 1_000_000
      let number = (seconds & 0xFFFF_FFFF) << 32 | fraction
      for index in 0..<8 {
        bytes[place + index] = UInt8(truncatingIfNeeded: number >> (56 - 8 * index))
      }
    }
    return bytes
  }

  private static func read(_ bytes: [UInt8], at: UTCInstant = noon) -> TimeServerReading? {
    TimeServerAnswer.reading(
      bytes, to: mark, asked: at,
      answered: UTCInstant(microsecondsSince1970: at.microsecondsSince1970 + 22_000))
  }

  @Test func `REQ-012: the answer of a time server is read strictly`() throws {
    #expect(Self.read(Self.answer()) == TimeServerReading(offset: 0, roundTrip: 20_000))
    #expect(Self.read(Self.answer(ahead: 5_000_000))?.offset == -5_000_000)
    #expect(Self.read(Self.answer(ahead: -70_000_000))?.offset == 70_000_000)
    // The era of 32 bits ends in 2036.
    let later = UTCInstant(microsecondsSince1970: 2_300_000_000_000_000)
    #expect(Self.read(Self.answer(ahead: 250_000, at: later), at: later)?.offset == -250_000)
    #expect(Self.read(Self.answer(mark: [1, 1, 1, 1, 1, 1, 1, 1])) == nil, "another question")
    #expect(Self.read(Self.answer(head: 0b11_100_100)) == nil, "not synchronized")
    #expect(Self.read(Self.answer(head: 0b00_100_011)) == nil, "a question")
    #expect(Self.read(Self.answer(head: 0b00_000_100)) == nil, "no version")
    #expect(Self.read(Self.answer(stratum: 0)) == nil, "a refusal")
    #expect(Self.read(Self.answer(stratum: 16)) == nil, "not synchronized")
    #expect(Self.read(Array(Self.answer().prefix(47))) == nil, "cut short")
    #expect(Self.read([]) == nil)
    var silent = Self.answer()
    silent.replaceSubrange(40..<48, with: [UInt8](repeating: 0, count: 8))
    #expect(Self.read(silent) == nil, "no instant")
    let question = TimeServerAnswer.question(Self.mark)
    #expect(question.count == 48 && question[0] == 0x23 && Array(question[40...]) == Self.mark)
  }

  @Test(arguments: [
    ("time.example.org", true), ("192.0.2.1:1123", true), ("[2001:db8::1]:123", true),
    ("[2001:db8::1]", true), ("", false), ("time:", false), ("time:0", false),
    ("time:99999", false), ("two words", false),
  ])
  func `a time server is named by name, address and port`(_ text: String, _ isName: Bool) {
    #expect(HostClock.isName(text) == isName)
  }

  @Test func `REQ-012: a time server is asked over the network, and one that is silent is none`()
    async throws
  {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(socket >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        unsafe bind(socket, plain, length) == 0 && getsockname(socket, plain, &length) == 0
      }
    }
    try #require(isBound)
    let port = UInt16(bigEndian: address.sin_port)
    let serving = Task.detached {
      var bytes = [UInt8](repeating: 0, count: 128)
      var asker = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      _ = unsafe withUnsafeMutablePointer(to: &asker) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
          unsafe recvfrom(socket, &bytes, 128, 0, plain, &size)
        }
      }
      // Longer than the answer says to have worked, and two seconds ahead of the clock of this host.
      usleep(20_000)
      let answer = Self.answer(
        ahead: 2_000_000, mark: Array(bytes[40..<48]), at: SystemClock().now)
      _ = unsafe withUnsafePointer(to: &asker) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
          unsafe sendto(socket, answer, 48, 0, plain, size)
        }
      }
    }
    let reference = HostClock(timeServer: "127.0.0.1:\(port)", patience: 5)
    let reading = try #require(await reference.askTimeServer(SystemClock()))
    await serving.value
    // The server says to have worked for longer than it did: the instants are those of the test.
    #expect(abs(reading.offset + 2_000_000) < 500_000)
    let silent = HostClock(timeServer: "127.0.0.1:\(port)", patience: 1)
    #expect(await silent.askTimeServer(SystemClock()) == nil)
    close(socket)
    #expect(await HostClock().askTimeServer(SystemClock()) == nil)
    #expect(!reference.host.isEmpty)
    if case .synchronized(let error) = reference.kernelClock() { #expect(error >= 0) }
  }
}
