import Foundation
import Testing

@Suite struct VerifyCommandTests {
  static let tampered: [(name: String, code: String, index: Int)] = {
    let file = try? Files.json("randomization/bundle.json")
    return (file?["tampered"] as? [[String: Any]] ?? []).compactMap { entry in
      guard let name = entry["name"] as? String, let expect = entry["expect"] as? [String: Any],
        let code = expect["code"] as? String, let index = expect["index"] as? Int
      else { return nil }
      return (name, code, index)
    }
  }()

  private func verify(_ bundle: Any?) async throws -> Program.Result {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let value = try #require(bundle)
    return try await Program.run("verify", try scratch.json("bundle.json", value))
  }

  @Test func `a bundle that fits is verified`() async throws {
    let valid = try Files.json("randomization/bundle.json")["valid"]
    let entries = try #require((valid as? [String: Any])?["entries"] as? [Any])
    let result = try await verify(valid)
    #expect(result.output == "verified: \(entries.count) entries\n")
    #expect(result.status == 0)
  }

  @Test func `the reference has a dozen bundles that were tampered with or not revealed`() {
    #expect(Self.tampered.count == 12)
  }

  @Test(arguments: tampered)
  func `tampering is told by code and place`(
    name: String, code: String, index: Int
  ) async throws {
    let file = try Files.json("randomization/bundle.json")
    let entry = (file["tampered"] as? [[String: Any]])?.first { $0["name"] as? String == name }
    let result = try await verify(entry?["bundle"])
    if code == "chain_only" {
      #expect(result.lines.first == "chain verified: \(index) entries")
      #expect(result.output.contains("The seed is not revealed yet"))
      #expect(result.status == 0)
    } else {
      #expect(result.lines.first == "failed: \(code) at \(index)")
      #expect(result.lines.count == 2)
      #expect(result.lines.last?.hasSuffix(".") == true)
      #expect(result.status == 1)
    }
  }

  @Test func `what is no bundle fails as such`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    for text in ["", "no JSON", "[]", "{}", #"{"entries": 1, "heads": []}"#] {
      let result = try await Program.run("verify", try scratch.file("bundle.json", text))
      #expect(result.lines.first == "failed: format at 0", "\(text)")
      #expect(result.status == 1)
    }
  }

  @Test func `a file that cannot be read is told in a sentence`() async throws {
    let missing = try await Program.run("verify", "nowhere.json")
    #expect(
      missing.errors
        == "Error: There is no file nowhere.json. Check the name and the folder.\n")
    #expect(missing.status == 1)
    let folder = try await Program.run("verify", "Tests")
    #expect(folder.errors == "Error: Tests is a folder. Name a file in it.\n")
    #expect(folder.status == 1)
  }

  @Test func `a name cannot steer the terminal`() async throws {
    let result = try await Program.run("verify", "a\u{1B}]0;b\u{7}\u{202E}c.json")
    #expect(result.errors.contains("There is no file a\u{FFFD}]0;b\u{FFFD}\u{FFFD}c.json."))
  }

  @Test func `wrong arguments are answered with the usage and status 64`() async throws {
    let absent = try await Program.run("verify", "--state", "/nowhere/at/all")
    #expect(absent.errors.contains("There is no database in /nowhere/at/all."))
    #expect(absent.status == 1)
    let unknown = try await Program.run("verify", "a.json", "--trust-me")
    #expect(unknown.errors.contains("Unknown option '--trust-me'"))
    #expect(unknown.errors.contains("Usage: equipoise verify"))
    #expect(unknown.status == 64)
  }
}
