import Conduct
public import Store

/// Replaces the master key of an installation: everything sealed is sealed anew.
///
/// Three steps, each of which can be the last before a crash: the new key is written beside the
/// old one, the database replaces every box in one transaction, the new key is moved into place.
/// Whatever step is reached, the database's fingerprint tells at the next start which key is right.
public struct KeyRotation: Sendable {
  /// The key file.
  public let file: KeyFile
  /// The file of the sign-in key, derived from it.
  public let signIn: KeyFile
  /// The database.
  public let store: KeyStore

  /// A rotation of that file's key in that database.
  public init(_ file: KeyFile, signIn: KeyFile, in store: KeyStore) {
    self.file = file
    self.signIn = signIn
    self.store = store
  }

  /// What a rotation did.
  public struct Outcome: Sendable {
    /// The generation now in force.
    public let generation: Int
    /// How many boxes were replaced.
    public let boxes: Int
    /// Where the key before is kept.
    public let earlierKey: String
  }

  /// All three steps.
  public func rotate(_ master: [UInt8]) async throws -> Outcome {
    let current = try await settled()
    try file.stage(master)
    let boxes = try await replaceBoxes(from: current)
    try file.install(after: current.generation)
    if let keys = KeyRing(master: master) { try signIn.keep(keys.signIn.bytes) }
    return Outcome(
      generation: current.generation + 1, boxes: boxes,
      earlierKey: file.earlier(current.generation))
  }

  /// The generation in force, after a rotation that was cut short before is ended.
  public func settled() async throws -> MasterKeyRecord {
    guard let current = try await store.current() else {
      throw HostRefusal.keyNotInForce(path: file.path)
    }
    if let found = try file.read(), KeyChoice.ring(found, current) != nil { return current }
    guard let staged = try file.readStaged(), KeyChoice.ring(staged, current) != nil else {
      throw HostRefusal.keyNotInForce(path: file.path)
    }
    try file.install(after: current.generation - 1)
    return current
  }

  /// The second step: everything sealed under the key in force is sealed under the staged one.
  public func replaceBoxes(from current: MasterKeyRecord) async throws -> Int {
    guard let old = try file.read().flatMap({ KeyChoice.ring($0, current) }),
      let staged = try file.readStaged(), let fresh = KeyRing(master: staged),
      fresh.fingerprint != old.fingerprint
    else { throw HostRefusal.keyNotInForce(path: file.path) }
    let resealing = try Resealing(from: old, to: fresh)
    do {
      return try await store.rotate(
        from: current.fingerprint,
        to: MasterKeyRecord(
          generation: current.generation + 1, fingerprint: fresh.fingerprint,
          signInFingerprint: fresh.signIn.fingerprint, likenessBox: resealing.likenessBox)
      ) { place, box in try resealing.reseal(box, at: place) }
    } catch StoreError.outcomeUnknown {
      throw HostRefusal.rotationUnknown(path: file.path)
    }
  }
}
