import Crypto
import Foundation
public import OpenIDConnect
import Randomization
public import Store
public import StudyModel

/// Everything the acts need: the database, the keys, the clock and the source of randomness.
///
/// Acts are functions of this value, one file per act; a page, an API call, a command and the
/// simulated trial call the same ones.
public struct Installation: Sendable {
  /// The database.
  public private(set) var store: TrialStore
  /// After how many minutes without a request a session ends, 15 when nobody says otherwise.
  public var idleMinutes: Int {
    get { store.idleMinutes }
    set { store.idleMinutes = newValue }
  }
  /// The keys, nil when the daemon was started without them.
  public let keys: KeyRing?
  /// The key of one-time codes, which is there without the others when it was given alone.
  public let signInKey: SignInKey?
  /// Whether the key is here, and the right one.
  public let keyState: KeyState
  /// Who keeps signed heads outside the database, nil when nobody does.
  public var witness: (any HeadWitness)?
  /// Where derivations wait that no answer may wait for, nil where each is done at once.
  public var later: LaterDerivations?
  /// The clock.
  public var clock: any Clock
  /// The source of randomness.
  public let random: any RandomSource
  /// scrypt's N for new passwords; a lower one is raised at the next sign-in.
  public var passwordCost = Passwords.cost
  /// Checks a password, which is what takes the time of signing in; a test counts how often.
  var checksPassword: @Sendable (String, StoredPassword) async throws -> Bool = Passwords.matches
  /// Whether letters are handed to a mail program.
  public var sendsLetters = false
  /// Who is told, in a sentence without a name or value, what went wrong behind an act that stands.
  public var tells: @Sendable (String) -> Void = { _ in }
  /// The provider people may sign in through, nil where there is none.
  public var provider: OpenIDProvider?
  /// The version printed into snapshots and certificates.
  public let software: String
  /// The request that is carried out, nil outside of one.
  var request: RequestOnce?
  /// Where offline envelopes are kept, nil when this program keeps none.
  public let envelopes: EnvelopeCabinet?
  var definitions: DefinitionShelf
  let versions: VersionShelf
  let ledgers: LedgerShelf
  let ledgerGuard: LedgerGuard
  let recordTrees: RecordTrees
  let clockWatch: ClockWatch
  let waitingWatch: WaitingWatch

  /// Makes an installation over an open store.
  ///
  /// - Parameters:
  ///   - signInKey: the key of one-time codes when it is given without the others.
  ///   - keyState: why there are no keys, when there are none.
  public init(
    store: TrialStore, keys: KeyRing?, signInKey: SignInKey? = nil, keyState: KeyState? = nil,
    clock: any Clock = SystemClock(), random: any RandomSource = SystemRandomSource(),
    software: String, envelopes: EnvelopeCabinet? = nil
  ) {
    var store = store
    store.keyMark = keys?.mark ?? ""
    store.software = software
    self.store = store
    self.keys = keys
    self.signInKey = keys?.signIn ?? signInKey
    self.keyState = keyState ?? (keys == nil ? .missing : .present)
    self.clock = clock
    self.random = random
    self.software = software
    self.envelopes = envelopes
    definitions = DefinitionShelf()
    versions = VersionShelf()
    ledgers = LedgerShelf()
    ledgerGuard = LedgerGuard()
    recordTrees = RecordTrees()
    clockWatch = ClockWatch()
    waitingWatch = WaitingWatch()
  }

  /// The same installation at another instant: for simulated trials.
  public func at(_ instant: UTCInstant) -> Installation {
    var copy = self
    copy.clock = FixedClock(instant)
    return copy
  }

  func needKeys() throws(ActRefusal) -> KeyRing {
    guard let keys else { throw noKey }
    return keys
  }

  func needSignInKey() throws(ActRefusal) -> SignInKey {
    guard let signInKey else { throw noKey }
    return signInKey
  }

  private var noKey: ActRefusal { keyState == .wrong ? .keyWrong : .keyMissing }

  /// Runs a transaction of the actor on the login of the role, and turns what the database
  /// refuses into the act's refusal.
  func session<R: Sendable>(
    _ actor: Actor, on login: Login? = nil,
    _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    try await refusing {
      try await marked(try login ?? actor.login(), actor.context(at: clock.now), body)
    }
  }

  func refusing<R: Sendable>(_ act: () async throws -> R) async throws -> R {
    do {
      return try await act()
    } catch let error as StoreError {
      if let refusal = ActRefusal(error) { throw refusal }
      throw error
    }
  }

  /// All trials of this installation.
  public func trials() async throws -> [Trial] {
    try await refusing {
      try await store.session(
        .access,
        RequestContext(
          trial: 0, actor: nil, role: "", sites: .all)
      ) { try $0.trials() }
    }
  }
}

extension Sequence<UInt8> {
  var hex: String {
    let digits = Array("0123456789abcdef")
    return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

/// Digests as people compare them.
public enum Digests {
  /// SHA-256 of a text in 64 hexadecimal digits.
  public static func sha256(of text: String) -> String { Conduct.sha256(text).hex }

  /// SHA-256 of bytes in 64 hexadecimal digits.
  public static func sha256(of bytes: [UInt8]) -> String { Conduct.sha256(bytes).hex }
}

func sha256(_ bytes: some DataProtocol) -> [UInt8] {
  Array(SHA256.hash(data: bytes))
}

func sha256(_ text: String) -> [UInt8] { sha256(Array(text.utf8)) }
