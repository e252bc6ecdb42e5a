import Dispatch
import Foundation
import StudyModel
import Synchronization

@testable import OpenIDConnect
@testable import Randomization

extension Target {
  /// What is read is written alike, whatever day, instant or number it is.
  static func value(_ text: String) {
    if let date = try? CalendarDate(parsing: text) {
      precondition((try? CalendarDate(parsing: date.description)) == date, "another day")
    }
    if let instant = try? UTCInstant(parsing: text) {
      precondition((try? UTCInstant(parsing: instant.description)) == instant, "another instant")
    }
    if let number = try? ExactNumber(parsing: text) {
      precondition((try? ExactNumber(parsing: number.description)) == number, "another number")
    }
    if let number = DecimalText(parsing: text) {
      precondition(DecimalText(parsing: number.text) == number, "another decimal")
    }
  }

  /// Refused, or a number or texts as the database may have sent them.
  static func row(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
      if let number = NumericBinary.decode(raw) {
        precondition(DecimalText(parsing: number.text) != nil, "no number in digits")
      }
      let texts = ArrayBinary.decode(raw) { $0.utf8Text }
      precondition((texts?.count ?? 0) * 4 <= raw.count, "more elements than bytes")
      let numbers = ArrayBinary.decode(raw) { NumericBinary.decode($0) }
      precondition((numbers?.count ?? 0) * 4 <= raw.count, "more numbers than bytes")
    }
  }

  /// A body without fault is read, a form keeps its boxes, and a cookie is what was sent.
  static func request(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if StrictJSON.fault(in: bytes) == nil {
      let read = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      // The grammar knows numbers of any size, its readers do not.
      let isTooLarge = text.matches(of: /-?[0-9][0-9.eE+-]*/).contains {
        Double($0.output)?.isFinite != true
      }
      precondition(read != nil || isTooLarge, "without fault, and nobody reads it")
    }
    if let form = FormFields(urlEncoded: text) {
      precondition(form.pairs.count <= 2000, "more boxes than are taken")
      let again = FormFields(urlEncoded: FormText.text(form.pairs.map { ($0.name, $0.value) }))
      precondition(
        again?.pairs.map(\.name) == form.pairs.map(\.name)
          && again?.pairs.map(\.value) == form.pairs.map(\.value), "another form")
    }
    if let value = Cookies([text])["eq"] {
      precondition(
        text.contains("eq=") && (value.isEmpty || text.contains(value)), "nobody sent it")
    }
  }

  /// Refused, or bytes that are spelled in one way only.
  static func ledger(_ bytes: [UInt8]) {
    if let value = try? CanonicalValue(parsing: bytes) {
      guard let written = try? value.canonicalBytes() else { return }
      precondition((try? CanonicalValue(canonical: written)) == value, "another value")
    }
    if let entry = try? LedgerEntry(canonical: bytes) {
      precondition(entry.canonicalBytes == bytes, "two spellings of an entry")
    }
    if let scheme = try? Scheme(parsing: bytes) {
      precondition((try? Scheme(parsing: scheme.canonicalBytes)) == scheme, "another scheme")
    }
    if let receipt = try? Receipt(canonical: bytes) {
      precondition(receipt.canonicalBytes == bytes, "two spellings of a receipt")
    }
    if let receipt = try? SiteReceipt(canonical: bytes) {
      precondition(receipt.canonicalBytes == bytes, "two spellings of a site's receipt")
    }
    for head in SignedHead.heads(in: bytes) ?? [] {
      precondition(SignedHead.heads(in: head.canonicalBytes) == [head], "another head")
    }
  }

  /// Whatever a bundle holds, verification comes to an end with one word.
  static func bundle(_ bytes: [UInt8]) {
    let outcome = BundleVerifier.verify(bytes)
    precondition(BundleVerifier.verify(bytes) == outcome, "two outcomes of one bundle")
  }

  /// What a provider sends is refused; no token that nobody signed is taken.
  static func provider(_ bytes: [UInt8]) {
    _ = try? ProviderDocument(reading: bytes, issuer: Provider.issuer)
    _ = try? ProviderKeys(reading: bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    if let address = ProviderAddress(text) {
      precondition(
        text.hasPrefix("https:")
          || ProviderAddress.isLoopback(String(address.host.prefix { $0 != ":" }))
          || address.host.hasPrefix("[::1]"), "an address in clear")
    }
    guard let token = try? IDToken(text) else { return }
    precondition(!Provider.takes(token), "a token that nobody signed")
  }
}

/// A provider whose private keys nobody has.
enum Provider {
  static let issuer: ProviderAddress = {
    guard let address = ProviderAddress("https://id.example.org") else { fatalError("an address") }
    return address
  }()

  /// A point of the curve and a modulus, for which no private key was kept.
  private static let keys: ProviderKeys = {
    let text = """
      {"keys": [{"kty": "EC", "kid": "e", "crv": "P-256",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]}
      """
    guard let keys = try? ProviderKeys(reading: Array(text.utf8)) else { fatalError("keys") }
    return keys
  }()

  static func takes(_ token: IDToken) -> Bool {
    let (done, answer) = (DispatchSemaphore(value: 0), Answer())
    Task.detached {
      let expected = TokenExpectation(
        issuer: issuer.text, client: "equipoise", nonce: "n", now: 1_800_000_000)
      let wasTaken = (try? await token.subject(signedBy: keys, expected)) != nil
      answer.wasTaken.withLock { $0 = wasTaken }
      done.signal()
    }
    done.wait()
    return answer.wasTaken.withLock { $0 }
  }

  private final class Answer: Sendable {
    let wasTaken = Mutex(false)
  }
}
