import Randomization
import Store
import StudyModel
import Testing

@testable import Conduct

extension Walk {
  /// Randomizes the participant, seals an arm in place of the one that was drawn, and acknowledges it: what
  /// a test is about happens in that arm.
  func treat(in arm: String) async throws {
    _ = try await randomize()
    let office = world.installation.at(pressed)
    let keys = try #require(world.installation.keys)
    let context = RequestContext(trial: world.trial.id, actor: nil, role: "", sites: .all)
    let trial = world.trial.id
    let rows = try #require(
      try await office.store.snapshot(.allocator, context) { try $0.ledgerRows(of: trial) })
    let ledger = try #require(LedgerIdentity(rows.ledger))
    let index = try #require(
      Int(
        try world.direct().text(
          "select i::text from allocation.allocations where participant = '\(key.text)'")))
    let box = try ArmBox.sealing(
      Label(arm), ledger: ledger, entry: index, key: keys.boxKey,
      nonce: SystemRandomSource().bytes(12))
    try world.tamper(
      """
      update allocation.allocations set arm_box = '\\x\(box.hex)'
       where trial_id = \(trial) and i = \(index)
      """)
    let revealed = try await acknowledge(at: pressed.advanced(bySeconds: 60))
    #expect(revealed.arm.code.text == arm)
  }
}
