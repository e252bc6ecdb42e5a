import Foundation
import Randomization
public import StudyModel

/// The envelopes of one site, signed by the ledger's key so that damage is told before a code is tried.
///
/// Ordered by participant key; every envelope is of the same length. Nothing in it tells an arm.
public struct EnvelopeFile: Sendable, Equatable {
  /// The study.
  public let study: String
  /// The site.
  public let site: SiteKey
  /// When it was made.
  public let madeAt: String
  /// The public key of the ledger in hexadecimal digits.
  public let key: String
  /// The canonical text of the file.
  public let bytes: [UInt8]
  let ledger: LedgerIdentity
  let envelopes: [OfflineEnvelope]

  /// How many envelopes there are.
  public var count: Int { envelopes.count }

  /// The file of these envelopes.
  init(
    study: String, site: SiteKey, madeAt: String, ledger: LedgerIdentity,
    envelopes: [OfflineEnvelope], signing: SigningKey
  ) throws {
    let ordered = envelopes.sorted { $0.participant < $1.participant }
    let key = signing.verifyingKey.bytes.hex
    let body: CanonicalValue = [
      "v": .integer(1), "study": .string(Label(study)), "site": .string(Label(site.text)),
      "made_at": .string(Label(madeAt)), "ledger": .string(Label(ledger.hex)),
      "key": .string(Label(key)), "envelopes": .array(ordered.map(\.value)),
    ]
    let signature = signing.signature(of: Self.signed(try body.canonicalBytes()))
    let whole: CanonicalValue = ["body": body, "sig": .string(Label(signature.hex))]
    self.study = study
    self.site = site
    self.madeAt = madeAt
    self.key = key
    self.ledger = ledger
    self.envelopes = ordered
    bytes = try whole.canonicalBytes()
  }

  /// Reads a file and checks its signature with the key it names.
  public init(reading bytes: [UInt8]) throws(EnvelopeRefusal) {
    // A text editor may have added the end of a line.
    let trimmed = bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
    guard let whole = try? CanonicalValue(canonical: trimmed).object,
      let bodyValue = whole["body"], let body = bodyValue.object, body["v"] == .integer(1),
      let signature = whole["sig"]?.label.flatMap({ Hex.bytes($0.utf8) }),
      let key = body["key"]?.label, let ledger = body["ledger"]?.label,
      let identity = LedgerIdentity(hex: ledger), let study = body["study"]?.label,
      let verifying = Hex.bytes(key.utf8).flatMap({ VerifyingKey($0) }),
      let site = body["site"]?.label.flatMap({ try? SiteKey(parsing: $0.text) }),
      let madeAt = body["made_at"]?.label, let items = body["envelopes"]?.items,
      let signed = try? bodyValue.canonicalBytes(),
      verifying.verifies(signature, of: Self.signed(signed))
    else { throw .damaged }
    let envelopes = items.compactMap(OfflineEnvelope.init(value:))
    guard envelopes.count == items.count else { throw .damaged }
    self.study = study.text
    self.site = site
    self.madeAt = madeAt.text
    self.key = key.text
    self.ledger = identity
    self.envelopes = envelopes
    self.bytes = trimmed
  }

  /// Opens one participant's envelope and no other.
  public func open(
    _ participant: ParticipantKey, code: EnvelopeCode
  ) throws(EnvelopeRefusal) -> OpenedEnvelope {
    guard let envelope = envelopes.first(where: { $0.participant == participant }) else {
      throw .noEnvelope(participant)
    }
    return try envelope.open(code, in: ledger)
  }

  /// Whether the file holds an envelope of the participant.
  public func holds(_ participant: ParticipantKey) -> Bool {
    envelopes.contains { $0.participant == participant }
  }

  private static func signed(_ body: [UInt8]) -> [UInt8] { Array("envelopes/v1".utf8) + body }
}

extension OfflineEnvelope {
  var value: CanonicalValue {
    [
      "participant": .string(Label(participant.text)), "entry": .integer(entry),
      "seal": .string(Label(seal.hex)), "salt": .string(Label(salt.hex)),
      "box": .string(Label(box.hex)),
    ]
  }

  init?(value: CanonicalValue) {
    guard let object = value.object,
      let participant = object["participant"]?.label.flatMap({
        try? ParticipantKey(parsing: $0.text)
      }), let entry = object["entry"]?.integer, entry >= 0,
      let seal = object["seal"]?.label.flatMap({ Fingerprint(hex: $0) }),
      let salt = object["salt"]?.label.flatMap({ Hex.bytes($0.utf8) }),
      let box = object["box"]?.label.flatMap({ Hex.bytes($0.utf8) })
    else { return nil }
    self.init(participant: participant, entry: entry, seal: seal, salt: salt, box: box)
  }
}
