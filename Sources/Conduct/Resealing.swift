import Randomization
public import Store

extension KeyRing {
  /// Whether a box opens at its place with these keys.
  public func opens(_ box: [UInt8], at place: BoxPlace) -> Bool {
    guard let purpose = Purpose(place) else { return false }
    return (try? open(box, for: purpose)) != nil
  }
}

extension KeyRing.Purpose {
  /// The purpose of a box at a place; nil for seeds and arms, which have a form of their own.
  init?(_ place: BoxPlace) {
    switch place {
    case .factor(let username): self = .factor(username: username)
    case .headKey(let trial): self = .headKey(trial: trial)
    case .labelKey(let trial): self = .labelKey(trial: trial)
    case .scheme(let trial, let epoch): self = .scheme(trial: trial, epoch: epoch)
    case .identity(let trial): self = .identity(trial: trial)
    case .identityEntry(let trial, let participant, let form, let version):
      self = .identityEntry(
        trial: trial, participant: participant, form: form, version: version)
    case .schemeDraft(let trial, let draft): self = .schemeDraft(trial: trial, draft: draft)
    case .simulation(let trial, let number): self = .simulation(trial: trial, number: number)
    case .reply(let user, let operation, let key):
      self = .reply(user: user, operation: operation, key: key)
    case .seed, .arm: return nil
    }
  }
}

/// Opens boxes under one key and seals what they hold under the next.
public struct Resealing: Sendable {
  /// The likeness key for the next generation.
  public let likenessBox: [UInt8]
  private let old: KeyRing
  private let new: KeyRing
  private let random: any RandomSource

  /// Prepares the boxes' way from one key to the next.
  public init(
    from old: KeyRing, to new: KeyRing, random: any RandomSource = SystemRandomSource()
  ) throws {
    likenessBox = try old.likenessBox(for: new)
    self.old = old
    self.new = new
    self.random = random
  }

  /// The same content at the same place under the next key.
  ///
  /// A box that does not open stops the rotation: replacing it would lose what it holds for good.
  public func reseal(_ box: [UInt8], at place: BoxPlace) throws -> [UInt8] {
    if let purpose = KeyRing.Purpose(place) {
      return try new.seal(old.open(box, for: purpose), for: purpose)
    }
    switch place {
    case .seed(let ledger):
      let identity = try Self.identity(ledger)
      let seed = try SecretBox(box).seed(ledger: identity, key: old.boxKey)
      return try SecretBox(
        sealing: seed, ledger: identity, key: new.boxKey,
        nonce: random.bytes(SecretBox.nonceLength)
      ).bytes
    case .arm(let ledger, let entry):
      let identity = try Self.identity(ledger)
      return try ArmBox.sealing(
        ArmBox.opened(box, ledger: identity, entry: entry, key: old.boxKey), ledger: identity,
        entry: entry, key: new.boxKey, nonce: random.bytes(SecretBox.nonceLength))
    case .factor, .headKey, .labelKey, .scheme, .schemeDraft, .simulation, .reply, .identity,
      .identityEntry:
      throw ActRefusal.keyWrong
    }
  }

  private static func identity(_ bytes: [UInt8]) throws(ActRefusal) -> LedgerIdentity {
    guard let identity = LedgerIdentity(bytes) else { throw .keyWrong }
    return identity
  }
}
