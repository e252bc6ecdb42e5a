import Crypto
import CryptoExtras
import Foundation
public import Store
import StudyModel

/// Hashing and checking of passwords by scrypt.
public enum Passwords {
  /// scrypt's N for accounts of live and training installations: 128 MiB of memory a check.
  public static let cost = 131_072
  /// scrypt's N for the people of a simulated trial, who sign thousands of forms in minutes.
  public static let simulationCost = 16_384

  /// The stored form of a new password.
  public static func stored(
    _ password: String, cost: Int = Passwords.cost, random: any RandomSource
  ) throws -> StoredPassword {
    let salt = random.bytes(16)
    return StoredPassword(hash: try hash(password, salt: salt, cost: cost), salt: salt, cost: cost)
  }

  /// Whether this is the password; takes as long for a wrong one.
  ///
  /// Calculated aside: on the crew its third of a second would hold up the statements of everybody.
  public static func matches(
    _ password: String, _ stored: StoredPassword
  ) async throws -> Bool {
    let given = try await withTaskExecutorPreference(globalConcurrentExecutor) {
      try hash(password, salt: stored.salt, cost: stored.cost)
    }
    return zip(given, stored.hash).reduce(UInt8(given.count == stored.hash.count ? 0 : 1)) {
      $0 | ($1.0 ^ $1.1)
    } == 0
  }

  /// Why a password is refused, nil when it is good.
  public static func refusal(of password: String, names: [String]) -> String? {
    let bytes = password.precomposedStringWithCanonicalMapping.utf8.count
    if password.count < 15 { return "A password has at least 15 characters." }
    if bytes > 256 { return "A password has at most 256 bytes." }
    let lowered = password.lowercased()
    if names.contains(where: { $0.count > 3 && lowered.contains($0.lowercased()) }) {
      return "A password does not contain the name of a person, a site or the study."
    }
    if PasswordStrength.shipped.bits(of: password) < PasswordStrength.leastBits {
      return "This password is too easy to guess: it is made of words that are tried first."
    }
    return nil
  }

  private static func hash(_ password: String, salt: [UInt8], cost: Int) throws -> [UInt8] {
    let text = Array(password.precomposedStringWithCanonicalMapping.utf8)
    let key = try KDF.Scrypt.deriveKey(
      from: text, salt: salt, outputByteCount: 32, rounds: cost, blockSize: 8, parallelism: 1,
      maxMemory: 512 * 1024 * 1024)
    // The bytes are copied while the key lends them.
    return unsafe key.withUnsafeBytes { unsafe Array($0) }
  }
}

/// One-time codes by time (RFC 6238): SHA-1, six digits, 30 seconds.
public enum OneTimeCode {
  /// Seconds a code stands for.
  public static let stepSeconds: Int64 = 30

  /// The step of an instant given in seconds since 1970.
  public static func step(atSecond second: Int64) -> Int64 { second / stepSeconds }

  /// The step of an instant.
  static func step(at instant: UTCInstant) -> Int64 {
    step(atSecond: instant.microsecondsSince1970 / 1_000_000)
  }

  /// The six digits of a step.
  public static func digits(_ secret: [UInt8], step: Int64) -> String {
    let counter = (0..<8).reversed().map { UInt8(truncatingIfNeeded: step >> ($0 * 8)) }
    let code = Array(
      HMAC<Insecure.SHA1>.authenticationCode(
        for: counter, using: SymmetricKey(data: secret)))
    let offset = Int(code[19] & 15)
    let word = code[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    let text = String(word % 1_000_000)
    return String(repeating: "0", count: 6 - text.count) + text
  }

  /// The step whose code this is, within one step of an instant, nil when it is none of them.
  static func step(of digits: String, secret: [UInt8], at instant: UTCInstant) -> Int64? {
    let now = step(at: instant)
    return [now, now - 1, now + 1].first { Self.digits(secret, step: $0) == digits }
  }
}
