import Foundation
import Postgres
import Randomization
import Simulation
import StudyModel
import Synchronization
import Testing

@testable import Conduct
@testable import Host
@testable import Store

@Suite(.serialized) struct WitnessFilesTests {
  private static func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test
  func `lines are added and never changed, the same head is kept once, also by a later start`()
    throws
  {
    let folder = try KeyFolder()
    defer { folder.remove() }
    let files = WitnessFiles(folder: folder.path + "/witness") { _ in }
    files.keep(Array("one".utf8), of: "t")
    files.keep(Array("one".utf8), of: "t")
    files.keep(Array("two".utf8), of: "t")
    files.keep(Array("other".utf8), of: "u")
    #expect(try Self.lines(files.path(of: "t")) == ["one", "two"])
    let later = WitnessFiles(folder: folder.path + "/witness") { _ in }
    later.keep(Array("two".utf8), of: "t")
    later.keep(Array("three".utf8), of: "t")
    #expect(try Self.lines(files.path(of: "t")) == ["one", "two", "three"])
    #expect(try Self.lines(files.path(of: "u")) == ["other"])
    let mode = try FileManager.default.attributesOfItem(
      atPath: files.path(of: "t"))[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func `a line that a crash cut short is not continued`() throws {
    let folder = try KeyFolder()
    defer { folder.remove() }
    let files = WitnessFiles(folder: folder.path) { _ in }
    try "one\ntw".write(toFile: files.path(of: "t"), atomically: false, encoding: .utf8)
    files.keep(Array("two".utf8), of: "t")
    #expect(try Self.lines(files.path(of: "t")) == ["one", "tw", "two"])
  }

  @Test func `a witness that cannot write says so in a sentence`() throws {
    let folder = try KeyFolder()
    defer { folder.remove() }
    try "a file".write(toFile: folder.path + "/witness", atomically: true, encoding: .utf8)
    let said = Mutex<[String]>([])
    let files = WitnessFiles(folder: folder.path + "/witness") { line in
      said.withLock { $0.append(line) }
    }
    files.keep(Array("one".utf8), of: "t")
    #expect(said.withLock { $0 }.count == 1)
    #expect(said.withLock { $0 }.first?.contains("cannot be written") == true)
  }
}

@Suite(.serialized) struct LedgerReadingTests {
  @Test func `the coordinator of the site fetches the receipt again, the same bytes, and no other`()
    async throws
  {
    let receipts = try await AllocatedTrial.receipts
    try await AllocatedTrial.run { world in
      for receipt in receipts {
        let key = try ParticipantKey(parsing: receipt.participant)
        let site = String(receipt.participant.prefix(3))
        let other = site == ReferenceTrial.london ? ReferenceTrial.berlin : ReferenceTrial.london
        let here = try await world.actor("coordinator", at: site)
        #expect(try await world.installation.receipt(of: key, as: here) == receipt.receipt)
        let there = try await world.actor("coordinator", at: other)
        #expect(
          await refusal { try await world.installation.receipt(of: key, as: there) } == .notFound)
        let treating = try await world.actor("treat_coordinator", at: site)
        #expect(
          await refusal { try await world.installation.receipt(of: key, as: treating) } == .notFound
        )
      }
      let nobody = try ParticipantKey(parsing: "101-0999")
      let here = try await world.actor("coordinator", at: ReferenceTrial.london)
      #expect(
        await refusal { try await world.installation.receipt(of: nobody, as: here) } == .notFound)
    }
  }

  @Test
  func `heads, counts and proofs are for those who look after the ledger, and for no blinded role`()
    async throws
  {
    try await AllocatedTrial.run { world in
      let office = world.installation
      for (role, site) in [
        ("coordinator", ReferenceTrial.london), ("data_manager", nil), ("statistician", nil),
        ("sponsor_lead", nil), ("treat_coordinator", ReferenceTrial.london),
      ] {
        let actor = try await world.actor(role, at: site)
        #expect(
          await refusal { try await office.ledgerStanding(as: actor) } == .notFound, "\(role)")
        #expect(await refusal { try await office.ledgerHeads(as: actor) } == .notFound, "\(role)")
        #expect(await refusal { try await office.signHead(as: actor) } == .notFound, "\(role)")
        #expect(await refusal { try await office.checkLedger(as: actor) } == .notFound, "\(role)")
        #expect(
          await refusal { try await office.consistencyProof(from: 1, to: 2, as: actor) }
            == .notFound, "\(role)")
      }
      for role in ["rand_manager", "stat_unblinded", "dsmb_member"] {
        let actor = try await world.actor(role)
        let standing = try await office.ledgerStanding(as: actor)
        #expect(standing.entries == AllocatedTrial.entries, "\(role)")
        let text = try await office.ledgerHeads(as: actor)
        let heads = try #require(SignedHead.heads(in: Array(text.utf8)))
        #expect(heads.map(\.head.size) == [2, 3, 4, 5, 6, 7, 8, 9])
        let fresh = try await office.signHead(as: actor)
        let signed = try #require(SignedHead.heads(in: Array(fresh.utf8))?.first)
        #expect(signed.head.size == 9 && signed.head.root == heads.last?.head.root)
        let proof = try await office.consistencyProof(from: 4, to: 9, as: actor)
        let path = proof.path.compactMap { Fingerprint(hex: Label($0)) }
        #expect(
          MerkleProof.verifiesConsistency(
            first: 4, second: 9, firstRoot: heads[2].head.root, secondRoot: heads[7].head.root,
            path: path))
      }
    }
  }

  @Test
  func `a head is given to the witness by a check, at each lock, and by each draw when asked`()
    async throws
  {
    try await AllocatedTrial.run { world in
      let folder = try KeyFolder()
      defer { folder.remove() }
      var office = world.installation
      office.witness = WitnessFiles(folder: folder.path, keepsEveryAllocation: true) { _ in }
      func sizes() throws -> [Int] {
        let path = "\(folder.path)/\(world.trial.key).jsonl"
        guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
        return try #require(SignedHead.heads(in: Array(bytes))).map(\.head.size)
      }
      #expect(try await office.checkLedger(of: world.trial)?.isPassed == true)
      #expect(try sizes() == [9])
      let walk = try await Walk.ready(world, Way(initials: "VV"))
      _ = try await walk.randomize(on: office)
      #expect(try sizes() == [9, 10])
      try await office.witnessHeads()
      #expect(try sizes() == [9, 10])
      let manager = try await world.actor("data_manager")
      try world.tamper("update open.data_queries set state = 'closed'")
      try world.tamper("update open.entries set status = 'submitted'")
      try world.tamper("update outcome.entries set status = 'submitted'")
      try world.tamper("update open.trials set state = 'followup_complete'")
      try await office.softLock(as: manager)
      #expect(try sizes() == [9, 10, 10])
    }
  }
}
