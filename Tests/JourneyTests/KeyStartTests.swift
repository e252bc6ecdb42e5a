import Foundation
import Postgres
import PostgresTestServer
import Randomization
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Host

@Suite(.serialized) struct KeyStartTests {
  @Test func `a key is made where nothing was ever sealed, for the daemon alone, and found again`()
    async throws
  {
    let database = try JourneyServer.emptyDatabase()
    defer { try? database.drop() }
    _ = try await JourneyServer.migrator(of: database).migrate()
    let store = KeyStore(database.configuration.with("user", Login.owner))
    let folder = try KeyFolder()
    defer { folder.remove() }
    let first = try await folder.start(store)
    #expect(first.choice.state == .present)
    let mode = try FileManager.default.attributesOfItem(atPath: folder.file.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let second = try await folder.start(store)
    #expect(second.choice.keys?.fingerprint == first.choice.keys?.fingerprint)
    #expect(try await store.current()?.generation == 1)
    // The recorded key is gone and nothing is sealed yet: still no other key is made.
    try FileManager.default.removeItem(atPath: folder.file.path)
    #expect(try await folder.start(store).choice.state == .missing)
    #expect(!FileManager.default.fileExists(atPath: folder.file.path))
  }

  @Test func `a database sealed before keys were recorded takes its own key and no other`()
    async throws
  {
    try await AllocatedTrial.run { world in
      let folder = try KeyFolder()
      defer { folder.remove() }
      let missing = try await folder.start(world.keyStore)
      #expect(missing.choice.state == .missing && missing.choice.keys == nil)
      #expect(!FileManager.default.fileExists(atPath: folder.file.path))
      try folder.file.make(Array(repeating: 7, count: 32))
      let wrong = try await folder.start(world.keyStore)
      #expect(wrong.choice.state == .wrong && wrong.choice.keys == nil)
      #expect(wrong.said == [KeyState.wrong.sentence])
      #expect(try await world.keyStore.current() == nil)
      try FileManager.default.removeItem(atPath: folder.file.path)
      try folder.file.make(KeyFolder.master)
      #expect(try await folder.start(world.keyStore).choice.state == .present)
      #expect(try await world.keyStore.current()?.generation == 1)
    }
  }

  @Test(arguments: [KeyState.missing, .wrong])
  func
    `without the right key people sign in and read, and what needs it is refused with a sentence`(
      _ state: KeyState
    ) async throws
  {
    try await AllocatedTrial.run { world in
      let walk = try await Walk.ready(world, Way(initials: "YY"))
      let folder = try KeyFolder()
      defer { folder.remove() }
      try folder.file.make(KeyFolder.master)
      _ = try await folder.start(world.keyStore)
      try FileManager.default.removeItem(atPath: folder.file.path)
      if state == .wrong { try folder.file.make(Array(repeating: 9, count: 32)) }
      let started = try await folder.start(world.keyStore)
      #expect(started.choice.state == state && started.said == [state.sentence])
      let office = world.daemon(started.choice)
      let code = state == .missing ? "key_missing" : "key_wrong"
      let before = try world.consumed()
      #expect(await refusal { try await walk.randomize(on: office) }?.code == code)
      let treating = try await world.actor("treat_coordinator", at: ReferenceTrial.london)
      let key = try ParticipantKey(parsing: "101-0001")
      let refused = await refusal { try await office.acknowledge(key, as: treating) }
      #expect(refused?.code == code && refused?.sentence.contains("key") == true)
      #expect(
        await refusal {
          try await office.createAccount(
            username: "late", fullName: "Late", password: "a password of some length")
        }?.code == code)
      #expect(try world.consumed() == before)
      // Reading and entering go on, and so does signing in: its key is kept apart.
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      #expect(try await office.participants(after: "", limit: 50, as: coordinator).total == 5)
      let name = try #require(world.staff.people.first).username
      let waiting = try #require(
        try await office.signIn(username: name, password: ReferenceTrial.password))
      let digits = try #require(try await office.trainingCode(waiting: waiting.token))
      #expect(try await office.giveCode(digits, waiting: waiting.token) != nil)
      let health = try await office.health()
      #expect(health.key == state)
      await office.store.close()
    }
  }

  @Test func `a file that holds no key is a wrong key: told, not used, and nothing else is made`()
    async throws
  {
    try await AllocatedTrial.run { world in
      let folder = try KeyFolder()
      defer { folder.remove() }
      try folder.file.make(KeyFolder.master)
      _ = try await folder.start(world.keyStore)
      try "no key\n".write(toFile: folder.file.path, atomically: false, encoding: .utf8)
      let started = try await folder.start(world.keyStore)
      #expect(started.choice.state == .wrong && started.choice.keys == nil)
      #expect(started.said.first == HostRefusal.badKeyFile(path: folder.file.path).description)
      #expect(try String(contentsOfFile: folder.file.path, encoding: .utf8) == "no key\n")
    }
  }

  @Test func `a box altered or moved is told as such, never read as another arm`() async throws {
    try await AllocatedTrial.run { world in
      try world.tamper(
        """
        update allocation.allocations a set arm_box = b.arm_box from allocation.allocations b
         where (a.i, b.i) in ((4, 5), (5, 4))
        """)
      let moved = try world.direct().text(
        "select participant from allocation.allocations where i = 4")
      let at = ReferenceTrial.start.advanced(bySeconds: 20 * 86_400)
      let treating = try await world.actor("treat_coordinator", at: ReferenceTrial.london, now: at)
      let refused = await refusal {
        try await world.installation.at(at).acknowledge(
          ParticipantKey(parsing: moved), as: treating)
      }
      #expect(refused == .sealDamaged)
    }
  }
}
