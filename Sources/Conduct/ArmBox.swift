import Randomization

/// Boxes of arms of one length, whatever the arm: the code is filled up with zero bytes, which no
/// code contains.
///
/// Boxes made before filling came into use hold the bare code and open as before.
enum ArmBox {
  /// The longest code an arm may have.
  static let length = 64

  static func sealing(
    _ arm: Label, ledger: LedgerIdentity, entry: Int, key: BoxKey, nonce: [UInt8]
  ) throws -> [UInt8] {
    let filled = arm.utf8 + Array(repeating: 0, count: max(0, length - arm.utf8.count))
    return try SecretBox(
      sealing: Label(String(decoding: filled, as: UTF8.self)), ledger: ledger, entry: entry,
      key: key, nonce: nonce
    ).bytes
  }

  /// The arm inside; `keyWrong` when the box was altered, moved or sealed under another key.
  static func opened(
    _ box: [UInt8], ledger: LedgerIdentity, entry: Int, key: BoxKey
  ) throws(ActRefusal) -> Label {
    do {
      let filled = try SecretBox(box).arm(ledger: ledger, entry: entry, key: key)
      let end = filled.utf8.lastIndex { $0 != 0 } ?? -1
      return Label(String(decoding: filled.utf8[0..<(end + 1)], as: UTF8.self))
    } catch {
      throw .keyWrong
    }
  }
}

extension KeyRing {
  /// The seed in its box; `keyWrong` when the box was altered, moved or sealed under another key.
  func seed(in box: [UInt8], of ledger: LedgerIdentity) throws(ActRefusal) -> Seed {
    do {
      return try SecretBox(box).seed(ledger: ledger, key: boxKey)
    } catch {
      throw .keyWrong
    }
  }
}
