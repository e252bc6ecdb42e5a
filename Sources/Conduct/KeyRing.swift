import Crypto
import Foundation
import LockedMemory
public import Randomization

/// The keys of an installation, all derived from one master key that is never in the database.
public struct KeyRing: Sendable, CustomReflectable {
  /// Opens and makes the boxes of seed, arms and schemes.
  public let boxKey: BoxKey
  /// Tells this master key from any other, and nothing about it.
  public let fingerprint: [UInt8]
  /// The key of one-time codes, which can be given without the others.
  public let signIn: SignInKey
  private let identities: LockedBytes
  private let likenesses: LockedBytes
  private let schemes: LockedBytes
  private let replies: LockedBytes

  /// Derives the keys, or nil when the master key is not 32 bytes long.
  ///
  /// - Parameter likenessBox: the likeness key of the first generation, boxed under this master
  ///   key: after a rotation the digests of people enrolled before must stay comparable.
  public init?(master: [UInt8], likenessBox: [UInt8]? = nil) {
    guard master.count == 32 else { return nil }
    // The library's own copy is wiped when it is let go; what is derived goes straight into locked memory.
    let key = SymmetricKey(data: master)
    func derived(_ purpose: String) -> HMAC<SHA256>.MAC {
      HMAC<SHA256>.authenticationCode(for: Array("equipoise/\(purpose)/v1".utf8), using: key)
    }
    guard let boxKey = BoxKey(derived("seed-and-arm")),
      let signIn = SignInKey(derived("one-time-code"))
    else { return nil }
    self.boxKey = boxKey
    self.signIn = signIn
    fingerprint = Array(derived("fingerprint"))
    identities = LockedBytes(derived("identity"))
    schemes = LockedBytes(derived("scheme"))
    replies = LockedBytes(derived("reply"))
    guard let likenessBox else {
      likenesses = LockedBytes(derived("likeness"))
      return
    }
    guard
      var carried = try? SealedBytes.open(
        likenessBox, Purpose.likenessKey, SymmetricKey(data: schemes))
    else { return nil }
    likenesses = LockedBytes(carried)
    OwnMemory.wipe(&carried)
  }

  /// Whether the system keeps every key from its swap; the limit of the account may refuse that.
  public var isLocked: Bool {
    boxKey.isLocked && signIn.isLocked
      && [identities, likenesses, schemes, replies].allSatisfy { $0.isLocked }
  }

  /// A mirror without children, so that no log can print a key.
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// The fingerprint as text: what a transaction names itself with to the database.
  public var mark: String { fingerprint.hex }

  /// What a box holds; the associated data keep it from opening anywhere else.
  enum Purpose {
    case factor(username: String)
    case identity(trial: Int)
    case identityEntry(trial: Int, participant: String, form: String, version: Int)
    case scheme(trial: Int, epoch: Int)
    case schemeDraft(trial: Int, draft: Int)
    case simulation(trial: Int, number: Int)
    case headKey(trial: Int)
    case labelKey(trial: Int)
    case reply(user: Int64, operation: String, key: String)
    case likenessKey

    var associatedData: [UInt8] {
      switch self {
      case .factor(let username): Array("factor/\(username)".utf8)
      case .identity(let trial): Array("identity/\(trial)".utf8)
      case .identityEntry(let trial, let participant, let form, let version):
        Array("identity-entry/\(trial)/\(participant)/\(form)/\(version)".utf8)
      case .scheme(let trial, let epoch): Array("scheme/\(trial)/\(epoch)".utf8)
      case .schemeDraft(let trial, let draft): Array("scheme-draft/\(trial)/\(draft)".utf8)
      case .simulation(let trial, let number): Array("simulation/\(trial)/\(number)".utf8)
      case .headKey(let trial): Array("head-key/\(trial)".utf8)
      case .labelKey(let trial): Array("label-key/\(trial)".utf8)
      case .reply(let user, let operation, let key):
        Array("reply/\(user)/\(operation)/\(key)".utf8)
      case .likenessKey: Array("likeness-key".utf8)
      }
    }

    /// Content is filled up to a multiple of this, so that the length of a box tells nothing.
    var grain: Int {
      switch self {
      case .scheme, .schemeDraft, .simulation, .identityEntry: 4096
      case .reply: 1024
      case .factor, .identity, .headKey, .labelKey, .likenessKey: 64
      }
    }
  }

  private func key(_ purpose: Purpose) -> SymmetricKey {
    switch purpose {
    case .factor: signIn.key
    case .identity, .identityEntry: SymmetricKey(data: identities)
    case .scheme, .schemeDraft, .simulation, .headKey, .labelKey, .likenessKey:
      SymmetricKey(data: schemes)
    case .reply: SymmetricKey(data: replies)
    }
  }

  func seal(_ plain: [UInt8], for purpose: Purpose) throws(ActRefusal) -> [UInt8] {
    try SealedBytes.seal(plain, purpose, key(purpose))
  }

  func open(_ box: [UInt8], for purpose: Purpose) throws(ActRefusal) -> [UInt8] {
    try SealedBytes.open(box, purpose, key(purpose))
  }

  /// The likeness key for the master key that follows this one.
  func likenessBox(for next: KeyRing) throws(ActRefusal) -> [UInt8] {
    try next.seal(likenesses.copied, for: .likenessKey)
  }

  /// The keyed digest by which a request is known again; it tells nobody what was asked.
  func digest(ofRequest content: [UInt8]) -> [UInt8] {
    // Derived from what outlives a rotation: a repeated request must be known afterwards as well.
    let key = HMAC<SHA256>.authenticationCode(
      for: Array("equipoise/request/v1".utf8), using: SymmetricKey(data: likenesses))
    return Array(HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: key)))
  }

  /// The key that signs heads over the record; it outlives a rotation, as what it signed does.
  var recordKey: SigningKey {
    let bytes = HMAC<SHA256>.authenticationCode(
      for: Array("equipoise/record/v1".utf8), using: SymmetricKey(data: likenesses))
    guard let key = SigningKey(secureBytes: Array(bytes)) else {
      preconditionFailure("any 32 bytes are a key of Ed25519")
    }
    return key
  }

  /// The key by which what the program writes to the record is told from what anybody else writes.
  ///
  /// It outlives a rotation, and each connection of the program begins with it.
  public var writeKey: [UInt8] {
    Array(
      HMAC<SHA256>.authenticationCode(
        for: Array("equipoise/record/writes/v1".utf8), using: SymmetricKey(data: likenesses)))
  }

  /// The key by which times of ratings are withheld; it outlives a rotation, as what was offered stays offered.
  var slotKey: SymmetricKey {
    SymmetricKey(
      data: HMAC<SHA256>.authenticationCode(
        for: Array("equipoise/rating-slots/v1".utf8), using: SymmetricKey(data: likenesses)))
  }

  /// The keyed digest by which the same person enrolled twice is found; it tells nobody who it is.
  func likeness(birthYear: Int, sex: String, initials: String) -> [UInt8] {
    let text = "\(birthYear)|\(sex)|\(initials.uppercased())"
    return Array(
      HMAC<SHA256>.authenticationCode(
        for: Array(text.utf8), using: SymmetricKey(data: likenesses)))
  }
}

/// Bytes from the operating system's generator.
public protocol RandomSource: Sendable {
  /// That many unpredictable bytes.
  func bytes(_ count: Int) -> [UInt8]
}

/// The operating system's generator.
public struct SystemRandomSource: RandomSource {
  /// Makes the source.
  public init() {}

  /// Bytes from the kernel.
  public func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    // Eight at a time: each word asks the kernel once.
    while bytes.count < count {
      let word = generator.next()
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}

extension RandomSource {
  /// A number below a bound, each as likely as the other.
  func number(below bound: Int) -> Int {
    precondition(bound > 0, "a draw needs at least one outcome")
    let limit = UInt64.max - UInt64.max % UInt64(bound)
    while true {
      let word = bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      if word < limit { return Int(word % UInt64(bound)) }
    }
  }

  /// A rating token: 8 characters of Crockford's base 32.
  func tokenText() -> String {
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    return "A-" + String(bytes(8).map { alphabet[Int($0) % 32] })
  }

  /// The values in an order drawn at random; eight bytes a place leave no order a preference one could see.
  func drawnOrder(of values: [String]) -> [String] {
    var (rest, drawn) = (values, [String]())
    while !rest.isEmpty {
      let number = bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      drawn.append(rest.remove(at: Int(number % UInt64(rest.count))))
    }
    return drawn
  }

  /// A link's random part: 26 characters of Crockford's base 32 in lower case.
  func linkText() -> String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    return String(bytes(26).map { alphabet[Int($0) % 32] })
  }
}
