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
