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

@Suite(.serialized) struct KeyRotationTests {
  private static let next: [UInt8] = Array(100..<132)

  /// The world with its key recorded, and the folder of its key files.
  private func adopted(
    _ body: (ReferenceTrial, KeyFolder, KeyRotation) async throws -> Void
  ) async throws {
    try await AllocatedTrial.run { world in
      let folder = try KeyFolder()
      defer { folder.remove() }
      try folder.file.make(KeyFolder.master)
      _ = try await folder.start(world.keyStore)
      try await body(
        world, folder, KeyRotation(folder.file, signIn: folder.signIn, in: world.keyStore))
    }
  }

  @Test func `a rotation seals everything anew, changes nothing else, and is audited`()
    async throws
  {
    try await adopted { world, folder, rotation in
      let old = try #require(world.installation.keys)
      let arms = try await world.arms(old)
      // A request with its reply, a candidate and a simulation are sealed as well.
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      let user = coordinator.user
      let named = try #require(
        try await world.installation.participants(after: "", limit: 1, as: coordinator).page.first)
      let person = try Walk.answers(
        ["family": "Anders", "given": "Kim", "birth_date": "1974-02-03"])
      _ = try await world.installation.recordIdentity(
        of: named.key, person, expected: 0, reason: "", as: coordinator)
      let answered = try RequestTests.now(
        try await RequestTests.claim(world.installation, user: user))
      let reply = KeptReply(status: 201, type: "text/plain", headers: [], body: [65])
      try await world.installation.keep(reply, of: answered, onlyIfEffective: false)
      let before = try world.boxes()
      let kinds = Set(before.compactMap { $0.split(separator: " ").first })
      #expect(kinds.count == 9, "\(kinds)")
      let rest = try world.consumed()
      let outcome = try await rotation.rotate(Self.next)
      #expect(outcome.generation == 2 && outcome.boxes == before.count)
      let after = try world.boxes()
      #expect(after.count == before.count && Set(after).isDisjoint(with: before))
      #expect(try world.consumed() == rest)
      let started = try await folder.start(world.keyStore)
      let keys = try #require(started.choice.keys)
      #expect(started.choice.state == .present && keys.fingerprint != old.fingerprint)
      #expect(try await world.arms(keys) == arms)
      await #expect(throws: ActRefusal.keyWrong) { _ = try await world.arms(old) }
      let office = world.daemon(started.choice)
      #expect(try await office.checkLedger(of: world.trial)?.isPassed == true)
      let identity = try await office.identity(of: named.key, purpose: "to call", as: coordinator)
      #expect(identity.answers == person)
      #expect(
        try RequestTests.again(try await RequestTests.claim(office, user: user)) == reply)
      // People are signed in with their old secrets, and the same person is still found.
      let name = try #require(world.staff.people.first).username
      let waiting = try #require(
        try await office.signIn(username: name, password: ReferenceTrial.password))
      let digits = try #require(try await office.trainingCode(waiting: waiting.token))
      #expect(try await office.giveCode(digits, waiting: waiting.token) != nil)
      #expect(
        keys.likeness(birthYear: 1974, sex: "F", initials: "AB")
          == old.likeness(birthYear: 1974, sex: "F", initials: "AB"))
      #expect(
        try world.direct().text("select detail from access.events where kind = 'key rotated'")
          == "generation 2, \(before.count) boxes")
      #expect(
        try world.direct().text(
          "select count(*)::text from allocation.audit where action = 'key rotated'") == "1")
      #expect(FileManager.default.fileExists(atPath: folder.file.earlier(1)))
      // Once more: the likeness key is carried on.
      _ = try await rotation.rotate(Array(200..<232))
      let third = try #require(try await folder.start(world.keyStore).choice.keys)
      #expect(try await world.arms(third) == arms)
      #expect(
        third.likeness(birthYear: 1974, sex: "F", initials: "AB")
          == old.likeness(birthYear: 1974, sex: "F", initials: "AB"))
      await office.store.close()
    }
  }

  @Test func `cut short before the database changed, the old key is in force`() async throws {
    try await adopted { world, folder, rotation in
      let before = try world.boxes()
      try rotation.file.stage(Self.next)
      let started = try await folder.start(world.keyStore)
      #expect(started.choice.keys?.fingerprint == KeyRing(master: KeyFolder.master)?.fingerprint)
      #expect(try world.boxes() == before)
      // A later rotation goes its whole way.
      #expect(try await rotation.rotate(Array(50..<82)).generation == 2)
      #expect(try await folder.start(world.keyStore).choice.state == .present)
    }
  }

  @Test func `cut short after the database changed, the next start ends the rotation`()
    async throws
  {
    try await adopted { world, folder, rotation in
      try rotation.file.stage(Self.next)
      _ = try await rotation.replaceBoxes(from: rotation.settled())
      let started = try await folder.start(world.keyStore)
      #expect(started.choice.keys?.fingerprint == KeyRing(master: Self.next)?.fingerprint)
      #expect(started.said.count == 1)
      #expect(try folder.file.read() == Self.next && folder.file.readStaged() == nil)
      #expect(try KeyFile(folder.file.earlier(1)).read() == KeyFolder.master)
      let arms = try await world.arms(#require(started.choice.keys))
      #expect(arms.count == AllocatedTrial.participants)
    }
  }

  @Test func `cut short between the two moves of the files, the next start ends the rotation`()
    async throws
  {
    try await adopted { world, folder, rotation in
      try rotation.file.stage(Self.next)
      _ = try await rotation.replaceBoxes(from: rotation.settled())
      try FileManager.default.moveItem(atPath: folder.file.path, toPath: folder.file.earlier(1))
      let started = try await folder.start(world.keyStore)
      #expect(started.choice.state == .present)
      #expect(try folder.file.read() == Self.next)
      // Another rotation on top needs no start in between either.
      #expect(try await rotation.rotate(Array(50..<82)).generation == 3)
    }
  }

  @Test func `a box that does not open stops the rotation, and every box stays as it was`()
    async throws
  {
    try await adopted { world, folder, rotation in
      try world.tamper(
        "update allocation.allocations set arm_box = set_byte(arm_box, 20, get_byte(arm_box, 20) # 1) where i = 8"
      )
      let before = try world.boxes()
      await #expect(throws: ActRefusal.keyWrong) { _ = try await rotation.rotate(Self.next) }
      #expect(try world.boxes() == before)
      #expect(try await world.keyStore.current()?.generation == 1)
      #expect(try await folder.start(world.keyStore).choice.state == .present)
    }
  }

  @Test func `with a wrong or missing key nothing is rotated`() async throws {
    try await adopted { world, folder, rotation in
      let before = try world.boxes()
      try FileManager.default.removeItem(atPath: folder.file.path)
      await #expect(throws: HostRefusal.keyNotInForce(path: folder.file.path)) {
        _ = try await rotation.rotate(Self.next)
      }
      try folder.file.make(Array(repeating: 3, count: 32))
      await #expect(throws: HostRefusal.keyNotInForce(path: folder.file.path)) {
        _ = try await rotation.rotate(Self.next)
      }
      #expect(try world.boxes() == before)
    }
  }

  @Test func `a daemon with the key before is refused by the database, and says so`() async throws {
    try await adopted { world, folder, rotation in
      let walk = try await Walk.ready(world, Way(initials: "XX"))
      // It has followed the ledger and is in the midst of its work.
      #expect(try await world.installation.checkLedger(of: world.trial)?.isPassed == true)
      _ = try await rotation.rotate(Self.next)
      let before = try world.consumed()
      // The first is refused at the commit, the second when the ledger is taken up anew.
      for _ in 0..<2 {
        #expect(await refusal { try await walk.randomize() }?.code == "key_wrong")
      }
      let check = await refusal { try await world.installation.checkLedger(of: world.trial) }
      #expect(check == .keyWrong)
      #expect(try await world.installation.health().key == .wrong)
      #expect(
        await refusal {
          try await world.installation.createAccount(
            username: "late", fullName: "Late", password: "a password of some length")
        }?.code == "key_wrong")
      #expect(
        await refusal { try await Walk.ready(world, Way(initials: "WW")) }?.code == "key_wrong")
      #expect(try world.consumed() == before)
      let office = world.daemon(try await folder.start(world.keyStore).choice)
      _ = try await walk.randomize(on: office)
      #expect(try await office.checkLedger(of: world.trial)?.isPassed == true)
      await office.store.close()
    }
  }

  @Test func `the boxes of a locked trial are sealed anew as well`() async throws {
    try await adopted { world, folder, rotation in
      try world.tamper("update open.trials set state = 'hard_locked'")
      let before = try world.boxes()
      #expect(try await rotation.rotate(Self.next).boxes == before.count)
      let office = world.daemon(try await folder.start(world.keyStore).choice)
      #expect(try await office.checkLedger(of: world.trial)?.isPassed == true)
      await office.store.close()
    }
  }

  @Test func `nothing but a rotation replaces a box, and a rotation replaces nothing else`()
    async throws
  {
    try await adopted { world, _, _ in
      let owner = try world.direct(Login.owner)
      let next = "select 2, sha256('n'), sha256('s'), null"
      let begin = """
        begin; insert into sealed.master_keys (generation, fingerprint, sign_in_fingerprint, likeness_box) \(next);
        select set_config('eq.key', encode(sha256('n'), 'hex'), true);
        """
      #expect(owner.refusal(of: "update allocation.allocations set arm_box = '\\x00'") == "EQ403")
      for change in ["seq = 99", "participant = 'x'", "arm_box = '\\x00', at = now()"] {
        #expect(
          owner.refusal(of: "\(begin) update allocation.allocations set \(change); rollback")
            == "EQ403", "\(change)")
        try owner.run("rollback")
      }
      #expect(
        owner.refusal(of: "\(begin) update identity.people set site_key = '999'; rollback")
          == "EQ403")
      try owner.run("rollback")
      #expect(
        owner.refusal(of: "\(begin) update allocation.allocations set arm_box = '\\x00'; rollback")
          == nil)
      // A generation made earlier opens no door, nor does one out of order.
      #expect(owner.refusal(of: "\(begin) commit") == nil)
      #expect(owner.refusal(of: "update allocation.allocations set arm_box = '\\x00'") == "EQ403")
      #expect(
        owner.refusal(
          of: """
            insert into sealed.master_keys (generation, fingerprint, sign_in_fingerprint) values (7, sha256('x'), sha256('y'))
            """) == "EQ409")
      for login in Login.allCases {
        let direct = try world.direct(login.rawValue)
        #expect(
          direct.refusal(
            of: """
              insert into sealed.master_keys (generation, fingerprint, sign_in_fingerprint) values (3, sha256('x'), sha256('y'))
              """) == "42501")
      }
    }
  }
}
