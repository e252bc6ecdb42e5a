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

/// A folder with the key files of one installation.
struct KeyFolder {
  let path: String
  var file: KeyFile { KeyFile(path + "/key") }
  var signIn: KeyFile { KeyFile(path + "/sign-in-key") }

  /// The key the test worlds are sealed under.
  static let master: [UInt8] = Array(0..<32)

  init() throws {
    path = "/tmp/eqkeys\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Starts as a server does, and gives the key it chose with what it said.
  func start(_ store: KeyStore) async throws -> (choice: KeyChoice, said: [String]) {
    var said: [String] = []
    let choice = try await KeyChoice.made(
      file, signIn: signIn, store: store, random: { SystemRandomSource().bytes($0) },
      say: { said.append($0) })
    return (choice, said)
  }
}

extension ReferenceTrial {
  var keyStore: KeyStore { KeyStore(database.configuration.with("user", Login.owner)) }

  /// A daemon with the key a start chose.
  func daemon(_ choice: KeyChoice) -> Installation {
    Installation(
      store: TrialStore(database.configuration), keys: choice.keys, signInKey: choice.signInKey,
      keyState: choice.state, clock: FixedClock(ReferenceTrial.start), software: "equipoise test")
  }

  /// Every box of the database, by table and row.
  ///
  /// Which columns hold boxes is read from the catalog: a column that a rotation forgets is found.
  func boxes() throws -> [String] {
    let columns = try direct().lines(
      """
      select attrelid::regclass || ' ' || attname from pg_attribute
        join pg_class on pg_class.oid = attrelid
       where relkind = 'r' and attname ~ '(^|_)box$' and attname <> 'likeness_box' and not attisdropped
       order by 1
      """
    ).map { $0.split(separator: " ") }
    return try columns.flatMap { column in
      try direct().lines(
        """
        select '\(column[0]) ' || row_number() over (order by ctid) || ' '
            || encode(\(column[1]), 'hex')
          from \(column[0]) where \(column[1]) is not null
        """)
    }
  }

  /// The arms in ledger order, opened with these keys.
  func arms(_ keys: KeyRing) async throws -> [String] {
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    let rows = try #require(
      try await installation.store.snapshot(.allocator, context) {
        try $0.ledgerRows(of: trial.id)
      })
    let ledger = try #require(LedgerIdentity(rows.ledger))
    return try rows.allocations.map { row in
      try ArmBox.opened(
        row.armBox, ledger: ledger, entry: Int(row.index), key: keys.boxKey
      ).text
    }
  }
}

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
      #expect(refused == .keyWrong)
    }
  }
}

@Suite(.serialized) struct SealedLengthTests {
  @Test func `boxes of every arm have one length, whatever the length of its code`() throws {
    let keys = try #require(KeyRing(master: KeyFolder.master))
    let ledger = try #require(LedgerIdentity(Array(0..<16)))
    let codes = ["K", "KET", "a code of some length", String(repeating: "x", count: 64)]
    var lengths: Set<Int> = []
    for code in codes {
      let box = try ArmBox.sealing(
        Label(code), ledger: ledger, entry: 3, key: keys.boxKey, nonce: Array(0..<12))
      lengths.insert(box.count)
      #expect(
        try ArmBox.opened(box, ledger: ledger, entry: 3, key: keys.boxKey) == Label(code))
    }
    #expect(lengths == [12 + 64 + 16])
  }

  @Test func `a box made before codes were filled up opens as before`() throws {
    let keys = try #require(KeyRing(master: KeyFolder.master))
    let ledger = try #require(LedgerIdentity(Array(0..<16)))
    let old = try SecretBox(
      sealing: "KET", ledger: ledger, entry: 3, key: keys.boxKey, nonce: Array(0..<12))
    #expect(old.bytes.count == 12 + 3 + 16)
    #expect(try ArmBox.opened(old.bytes, ledger: ledger, entry: 3, key: keys.boxKey) == "KET")
    #expect(throws: ActRefusal.keyWrong) {
      try ArmBox.opened(old.bytes, ledger: ledger, entry: 4, key: keys.boxKey)
    }
  }

  @Test func `boxes of people have one length, and schemes tell nothing by theirs`() throws {
    let keys = try #require(KeyRing(master: KeyFolder.master))
    let short = try keys.seal(Array("AB|1974|F".utf8), for: .identity(trial: 1))
    let long = try keys.seal(Array("ABC|1974|F".utf8), for: .identity(trial: 1))
    #expect(short.count == long.count)
    let one = try keys.seal(Array(repeating: 1, count: 300), for: .scheme(trial: 1, epoch: 1))
    let two = try keys.seal(Array(repeating: 1, count: 3000), for: .scheme(trial: 1, epoch: 1))
    #expect(one.count == two.count)
    for count in [0, 1, 63, 64, 65, 4096] {
      let plain = (0..<count).map { UInt8($0 % 256) }
      let box = try keys.seal(plain, for: .identity(trial: 2))
      #expect(try keys.open(box, for: .identity(trial: 2)) == plain)
      #expect(throws: ActRefusal.keyWrong) { try keys.open(box, for: .identity(trial: 3)) }
    }
  }

  @Test func `in the database every arm's box has the same length`() async throws {
    try await AllocatedTrial.run { world in
      let lengths = try world.direct().lines(
        "select distinct length(arm_box)::text from allocation.allocations")
      #expect(lengths == ["92"])
      let people = try world.direct().lines(
        "select distinct length(identity_box)::text from identity.people")
      #expect(people.count == 1)
    }
  }
}

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
      let user = try await world.actor("coordinator", at: ReferenceTrial.london).user
      let answered = try RequestTests.now(
        try await RequestTests.claim(world.installation, user: user))
      let reply = KeptReply(status: 201, type: "text/plain", headers: [], body: [65])
      try await world.installation.keep(reply, of: answered, onlyIfEffective: false)
      let before = try world.boxes()
      let kinds = Set(before.compactMap { $0.split(separator: " ").first })
      #expect(kinds.count == 8, "\(kinds)")
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
