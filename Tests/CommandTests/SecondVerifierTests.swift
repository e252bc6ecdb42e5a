import Foundation
import Testing

@testable import Randomization

/// `Docs/Methods/verify.py`, written from the specification alone, beside `equipoise verify`.
@Suite struct SecondVerifierTests {
  static let script = Files.root.appending(path: "Docs/Methods/verify.py").path
  /// Trials of random acts; together they use every method, carry, void and correct.
  static let trials: [UInt64] = Array(1...14)

  /// The verdict line and status of both verifiers, which must be the same.
  private func verdict(_ bundle: [UInt8]) async throws -> (line: String, status: Int32) {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.file("bundle.json", Data(bundle)).path
    let ours = try await Program.run("verify", file)
    let theirs = try await Program.python(Self.script, file)
    #expect(theirs.lines.first == ours.lines.first)
    #expect(theirs.status == ours.status)
    #expect(theirs.lines.count == 1)
    #expect(theirs.errors == "")
    return (ours.lines.first ?? "", ours.status)
  }

  @Test(arguments: trials)
  func `REQ-083: both verifiers verify a finished trial, and its chain before the reveal`(
    number: UInt64
  ) async throws {
    let trial = try ForgedTrial(number)
    let bundle = try trial.bundle()
    let whole = try await verdict(bundle.canonicalBytes())
    #expect(whole.line == "verified: \(bundle.entries.count) entries")
    #expect(whole.status == 0)
    let blinded = Randomization.Bundle(entries: bundle.entries, heads: bundle.heads, reveal: nil)
    let chain = try await verdict(blinded.canonicalBytes())
    #expect(chain.line == "chain verified: \(bundle.entries.count) entries")
    #expect(chain.status == 0)
  }

  @Test func `the trials of random acts use every method and every rule of amendment`() throws {
    let schemes = try Self.trials.flatMap { try ForgedTrial($0).schemes }
    #expect(Set(schemes.map(\.method.name)).count == 8)
    let settings = schemes.compactMap { scheme in
      if case .minimization(let settings) = scheme.method { settings } else { nil }
    }
    #expect(Set(settings.map(\.measure)).count == 4)
    #expect(Set(settings.map(\.unequal)).count == 2)
    #expect(schemes.contains { $0.carry && $0.void == .drop && $0.correct == .apply })
    let kinds = try Self.trials.flatMap { try ForgedTrial($0).bodies.map(\.kind) }
    #expect(kinds.contains("void") && kinds.contains("correct") && kinds.contains("unblind"))
  }

  @Test(arguments: Tampering.all)
  func `both verifiers find every way to tamper with a bundle by the same code and place`(
    tampering: Tampering
  ) async throws {
    for number in [1, 2, 3] as [UInt64] {
      let found = try await verdict(tampering.forge(ForgedTrial(number)))
      #expect(found.line.hasPrefix("failed: \(tampering.code) at "), "trial \(number)")
      #expect(found.status == 1)
    }
  }

  @Test func `the ways to tamper meet every code of the verifier`() {
    #expect(
      Set(Tampering.all.map(\.code)) == Set(BundleVerifier.Code.allCases.map(\.rawValue)))
  }

  @Test(arguments: VerifyCommandTests.tampered)
  func `the second verifier finds what the reference expects`(
    name: String, code: String, index: Int
  ) async throws {
    let file = try Files.json("randomization/bundle.json")
    let entry = (file["tampered"] as? [[String: Any]])?.first { $0["name"] as? String == name }
    let bundle = try #require(entry?["bundle"])
    let found = try await verdict(Array(JSONSerialization.data(withJSONObject: bundle)))
    #expect(
      found.line
        == (code == "chain_only"
          ? "chain verified: \(index) entries" : "failed: \(code) at \(index)"))
  }

  @Test func `the second verifier is short enough to be read and needs the standard library alone`()
    throws
  {
    let text = try String(contentsOfFile: Self.script, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.count <= 150)
    #expect(lines.allSatisfy { $0.count <= 120 })
    let imports = lines.filter { $0.hasPrefix("import ") || $0.hasPrefix("from ") }
    let standard: Set<Substring> = [
      "bisect", "functools", "hashlib", "hmac", "itertools", "json", "math", "re", "struct", "sys",
      "unicodedata",
    ]
    #expect(imports.count == 1)
    #expect(
      imports.allSatisfy { line in
        line.dropFirst("import ".count).split(separator: ", ").allSatisfy(standard.contains)
      })
  }
}
