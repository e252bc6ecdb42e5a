import Conduct
import LockedMemory
import Store

extension [UInt8] {
  /// Overwrites bytes of a key nobody needs any more.
  fileprivate mutating func withoutTrace() { OwnMemory.wipe(&self) }
}

/// The key an installation starts with, told from wrong ones by the database's fingerprint.
struct KeyChoice {
  let keys: KeyRing?
  let signInKey: SignInKey?
  let state: KeyState

  /// Reads the key files and compares them with what the database is sealed under.
  ///
  /// A key is made only where nothing was ever sealed: a missing file never becomes a new key.
  static func made(
    _ file: KeyFile, signIn: KeyFile, store: KeyStore, random: (Int) -> [UInt8],
    say: (String) -> Void
  ) async throws -> KeyChoice {
    guard let current = try await store.current() else {
      return try await first(file, signIn: signIn, store: store, random: random, say: say)
    }
    var found: [UInt8]?
    // What was read of the file goes as soon as the keys are derived.
    defer { found?.withoutTrace() }
    do {
      found = try file.read()
    } catch {
      // A file that is no key is a wrong key: everything else is served all the same.
      say(error.description)
      found = []
    }
    if let found, let keys = ring(found, current) { return try whole(keys, signIn) }
    if let staged = try file.readStaged(), let keys = ring(staged, current) {
      // The rotation was committed and not ended: its key is the one in force.
      try file.install(after: current.generation - 1)
      say("A rotation of the key that was cut short is ended: the new key is in place.")
      return try whole(keys, signIn)
    }
    let state: KeyState = found == nil ? .missing : .wrong
    let alone = try signIn.read().flatMap { SignInKey($0) }
      .flatMap { $0.fingerprint == current.signInFingerprint ? $0 : nil }
    say(state.sentence)
    if alone == nil { say("The sign-in key is not here either: nobody can sign in anew.") }
    return KeyChoice(keys: nil, signInKey: alone, state: state)
  }

  /// The start of a database that knows of no key yet.
  private static func first(
    _ file: KeyFile, signIn: KeyFile, store: KeyStore, random: (Int) -> [UInt8],
    say: (String) -> Void
  ) async throws -> KeyChoice {
    let sample = try await store.sample()
    var found: [UInt8]
    if let there = try file.read() {
      found = there
    } else if sample == nil {
      found = random(32)
      try file.make(found)
    } else {
      say(KeyState.missing.sentence)
      return KeyChoice(keys: nil, signInKey: nil, state: .missing)
    }
    defer { found.withoutTrace() }
    guard let keys = KeyRing(master: found) else { throw HostRefusal.badKeyFile(path: file.path) }
    if let sample, !keys.opens(sample.box, at: sample.place) {
      say(KeyState.wrong.sentence)
      return KeyChoice(keys: nil, signInKey: nil, state: .wrong)
    }
    try await store.adopt(
      fingerprint: keys.fingerprint, signInFingerprint: keys.signIn.fingerprint)
    // Two daemons may have started together with keys of their own: the recorded one counts.
    guard try await store.current()?.fingerprint == keys.fingerprint else {
      say(KeyState.wrong.sentence)
      return KeyChoice(keys: nil, signInKey: nil, state: .wrong)
    }
    return try whole(keys, signIn)
  }

  static func ring(_ master: [UInt8], _ current: MasterKeyRecord) -> KeyRing? {
    guard let keys = KeyRing(master: master), keys.fingerprint == current.fingerprint else {
      return nil
    }
    return KeyRing(master: master, likenessBox: current.likenessBox)
  }

  /// All keys, with the sign-in key kept beside for a start without the others.
  private static func whole(_ keys: KeyRing, _ signIn: KeyFile) throws -> KeyChoice {
    try signIn.keep(keys.signIn.bytes)
    return KeyChoice(keys: keys, signInKey: keys.signIn, state: .present)
  }
}
