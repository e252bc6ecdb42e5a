import Foundation
import Testing

/// Heads that witnesses kept, compared with a bundle from the command line.
@Suite struct WitnessCommandTests {
  private let valid: [String: Any]
  private let heads: [[String: Any]]

  init() throws {
    let file = try Files.json("randomization/bundle.json")
    valid = try #require(file["valid"] as? [String: Any])
    heads = try #require(valid["heads"] as? [[String: Any]])
  }

  private func lines(_ heads: [[String: Any]]) throws -> String {
    try heads.map { head in
      let data = try JSONSerialization.data(withJSONObject: head, options: [.sortedKeys])
      return String(decoding: data, as: UTF8.self) + "\n"
    }.joined()
  }

  private func size(_ head: [String: Any]) -> Int {
    (head["head"] as? [String: Any])?["size"] as? Int ?? 0
  }

  @Test func `heads of the same history agree, file by file`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let all = try scratch.file("all.jsonl", lines(heads))
    let one = try scratch.file("one.json", lines([heads[0]]))
    let result = try await Program.run(
      "verify", try scratch.json("bundle.json", valid), "--heads", all, one)
    #expect(result.status == 0, "\(result.output)")
    #expect(result.lines.first?.hasPrefix("verified: ") == true)
    #expect(result.lines.contains { $0.hasSuffix("all.jsonl: \(heads.count) heads agree") })
    #expect(result.lines.contains { $0.hasSuffix("one.json: 1 heads agree") })
  }

  @Test func `a bundle cut short forks from a head kept before, and the file is named`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let last = try #require(heads.map(size).max())
    let entries = try #require(valid["entries"] as? [Any])
    let cut: [String: Any] = [
      "entries": Array(entries.prefix(last - 1)), "heads": heads.filter { size($0) < last },
    ]
    let kept = try scratch.file("committee.jsonl", lines(heads.filter { size($0) == last }))
    let bundle = try scratch.json("bundle.json", cut)
    let alone = try await Program.run("verify", bundle)
    #expect(alone.status == 0, "\(alone.output)")
    let result = try await Program.run("verify", bundle, "--heads", kept)
    #expect(result.status == 1)
    #expect(
      result.lines.contains { $0.hasPrefix("failed: fork in ") && $0.hasSuffix("committee.jsonl") })
    #expect(result.lines.last?.hasSuffix(".") == true)
  }

  @Test func `a head signed by another key, and a file without heads, are told`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let bundle = try scratch.json("bundle.json", valid)
    var forged = heads[0]
    forged["sig"] = String(repeating: "0", count: 128)
    let signature = try await Program.run(
      "verify", bundle, "--heads", try scratch.file("forged.json", lines([forged])))
    #expect(signature.status == 1 && signature.output.contains("failed: signature in "))
    let none = try await Program.run(
      "verify", bundle, "--heads", try scratch.file("none.json", "no heads\n"))
    #expect(none.status == 1 && none.output.contains("failed: format in "))
    let receipt = try await Program.run(
      "verify", bundle, "--receipts", try scratch.file("receipt.json", "{}"))
    #expect(receipt.status == 1 && receipt.output.contains("failed: format in "))
    let missing = try await Program.run("verify", bundle, "--heads", "nowhere.jsonl")
    #expect(missing.status == 1)
    #expect(missing.errors.contains("There is no file nowhere.jsonl."))
  }

  @Test func `the proof between two sizes is printed, and sizes that are none are refused`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let bundle = try scratch.json("bundle.json", valid)
    let result = try await Program.run("verify", bundle, "--consistency", "3:7")
    let last = try #require(result.lines.last)
    let proof = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    #expect(proof?["first"] as? Int == 3 && proof?["second"] as? Int == 7)
    #expect((proof?["path"] as? [String])?.isEmpty == false)
    for sizes in ["7:3", "0:2", "3", "a:b", "1:100000"] {
      let refused = try await Program.run("verify", bundle, "--consistency", sizes)
      #expect(refused.status == 64, "\(sizes)")
    }
  }
}
