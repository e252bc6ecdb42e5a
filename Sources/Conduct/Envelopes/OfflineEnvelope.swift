import Crypto
import Foundation
import Randomization
public import StudyModel

/// One participant's envelope: the arm and the key that proves it, closed under the participant's
/// own code (Docs/Decisions/0008).
struct OfflineEnvelope: Sendable, Equatable {
  /// Every envelope of every arm holds that many bytes before it is closed.
  static let contentLength = 1024
  private static let saltLength = 16
  private static let nonceLength = 12

  /// The participant.
  let participant: ParticipantKey
  /// The ledger entry of the allocation.
  let entry: Int
  /// The seal that entry holds.
  let seal: Fingerprint
  /// Random bytes from which, with the code, the key of this envelope is made.
  let salt: [UInt8]
  /// Nonce, ciphertext and tag.
  let box: [UInt8]

  /// Closes an allocation into an envelope; `title` is the arm in words.
  init(
    closing draw: Draw, title: String, of participant: ParticipantKey, in ledger: LedgerIdentity,
    code: EnvelopeCode, random: any RandomSource
  ) throws {
    guard let entry = draw.recordedIn else { throw EnvelopeRefusal.notClosed }
    self.participant = participant
    self.entry = entry
    seal = draw.seal
    salt = random.bytes(Self.saltLength)
    let content: CanonicalValue = [
      "arm": .string(draw.arm), "seal_key": .string(Label(draw.sealKey.bytes.hex)),
      "title": .string(Label(title)),
    ]
    var plain = try content.canonicalBytes()
    guard plain.count <= Self.contentLength else { throw EnvelopeRefusal.notClosed }
    plain += Array(repeating: UInt8(ascii: " "), count: Self.contentLength - plain.count)
    let bound = Self.bound(ledger, entry, participant)
    box = Array(
      try ChaChaPoly.seal(
        plain, using: Self.key(code, salt, bound),
        nonce: ChaChaPoly.Nonce(data: random.bytes(Self.nonceLength)), authenticating: bound
      ).combined)
  }

  /// The envelope as a file holds it.
  init(
    participant: ParticipantKey, entry: Int, seal: Fingerprint, salt: [UInt8], box: [UInt8]
  ) {
    self.participant = participant
    self.entry = entry
    self.seal = seal
    self.salt = salt
    self.box = box
  }

  /// Opens the envelope with its code, and compares what is inside with the seal.
  func open(
    _ code: EnvelopeCode, in ledger: LedgerIdentity
  ) throws(EnvelopeRefusal) -> OpenedEnvelope {
    let bound = Self.bound(ledger, entry, participant)
    guard
      let plain = try? ChaChaPoly.open(
        ChaChaPoly.SealedBox(combined: box), using: Self.key(code, salt, bound),
        authenticating: bound)
    else { throw .wrongCode(participant) }
    let spaces = plain.reversed().prefix { $0 == UInt8(ascii: " ") }.count
    guard let content = try? CanonicalValue(canonical: Array(plain.dropLast(spaces))).object,
      let arm = content["arm"]?.label, let title = content["title"]?.label,
      let digits = content["seal_key"]?.label,
      let key = Hex.bytes(digits.utf8).flatMap({ SealKey(revealed: $0) }),
      key.seal(arm: arm) == seal
    else { throw .sealDoesNotFit(participant) }
    return OpenedEnvelope(
      participant: participant, arm: arm.text, title: title.text, entry: entry, seal: seal.hex,
      sealKey: digits.text)
  }

  /// What keeps an envelope from opening in the place of another.
  private static func bound(
    _ ledger: LedgerIdentity, _ entry: Int, _ participant: ParticipantKey
  ) -> [UInt8] {
    let index = (0..<8).map { UInt8(truncatingIfNeeded: entry >> (56 - 8 * $0)) }
    return Array("envelope/v1".utf8) + ledger.bytes + index + Array(participant.text.utf8)
  }

  private static func key(_ code: EnvelopeCode, _ salt: [UInt8], _ bound: [UInt8]) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: code.characters), salt: salt, info: bound,
      outputByteCount: 32)
  }
}

/// What an envelope held; only the person who opened it is shown it.
public struct OpenedEnvelope: Sendable, CustomReflectable {
  /// The participant.
  public let participant: ParticipantKey
  /// The arm's code.
  public let arm: String
  /// The arm in words.
  public let title: String
  /// The ledger entry of the allocation.
  public let entry: Int
  /// The seal that entry holds, in hexadecimal digits.
  public let seal: String
  /// The key that proves this arm and no other, in hexadecimal digits.
  public let sealKey: String

  /// A mirror without children, so that no log can print the arm.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Why an envelope was not made or not opened.
public enum EnvelopeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file is not a file of envelopes, or was cut or changed.
  case damaged
  /// The file is signed by another key than the one expected.
  case otherLedger
  /// The file holds no envelope of that participant.
  case noEnvelope(ParticipantKey)
  /// What was typed cannot be a code.
  case notACode
  /// The code is that of another envelope, or mistyped.
  case wrongCode(ParticipantKey)
  /// What is inside is not what the ledger sealed.
  case sealDoesNotFit(ParticipantKey)
  /// An allocation that cannot be closed into an envelope.
  case notClosed

  /// What was refused, what did not change and what to do.
  public var description: String {
    switch self {
    case .damaged:
      "The file is not a whole file of envelopes: it was cut, changed or is another file. Nothing "
        + "was opened. Use another copy of the site's file."
    case .otherLedger:
      "The file is signed by another key than the one given. Nothing was opened. Compare the key "
        + "with the one printed on the cards and use the site's own file."
    case .noEnvelope(let participant):
      "The file holds no envelope of \(participant). Nothing was opened. Check the participant key, "
        + "and whether the file is younger than the randomization."
    case .notACode:
      "A code has 20 letters and digits in four groups. Nothing was opened. Type it as printed on "
        + "the card."
    case .wrongCode(let participant):
      "The code does not open the envelope of \(participant). Nothing was opened. Type it again, "
        + "and compare the participant key on the card."
    case .sealDoesNotFit(let participant):
      "What the envelope of \(participant) holds does not fit the seal of its ledger entry. Do not "
        + "rely on it. Call the randomization manager."
    case .notClosed:
      "This allocation cannot be closed into an envelope. Nothing was written."
    }
  }
}
