import Foundation
import Testing

@Suite struct EvaluateCommandTests {
  /// Files in which every case agrees, with the number of cases.
  static let complete = [
    ("statistics/a-two-proportions.json", 171), ("statistics/c-time-to-event.json", 80),
    ("statistics/d-missing-data.json", 10), ("statistics/e-multiplicity.json", 49),
    ("statistics/f-group-sequential.json", 58), ("statistics/h-rerandomization.json", 12),
    ("statistics/published-anchors.json", 21), ("randomization/bad_schemes.json", 24),
    ("randomization/bundle.json", 29), ("randomization/canonical.json", 12),
    ("randomization/drbg.json", 29), ("randomization/expectations.json", 25),
    ("randomization/keys.json", 15), ("randomization/methods.json", 24),
    ("randomization/refusals.json", 16), ("randomization/simulation.json", 6),
    ("randomization/worked.json", 44), ("instruments/MADRS.json", 17),
    ("instruments/PHQ9.json", 17), ("instruments/QIDSSR16.json", 26),
    ("instruments/CSSRSS.json", 23), ("instruments/change.json", 16),
    ("instruments/blinding_index.json", 10), ("windows/visit_windows.json", 3),
  ]

  @Test(arguments: complete)
  func `a reference file in which every case agrees ends with status 0`(
    file: String, cases: Int
  ) async throws {
    let result = try await Program.run("evaluate", Files.oracle(file))
    let name = try #require(file.split(separator: "/").last)
    #expect(result.lines.first == "\(name): \(cases) agree, 0 differ, 0 not implemented")
    #expect(result.status == 0)
    #expect(result.errors == "")
  }

  @Test func `a method that is optional may be missing`() async throws {
    let result = try await Program.run(
      "evaluate", Files.oracle("statistics/b-continuous.json"))
    #expect(
      result.lines.first == "b-continuous.json: 54 agree, 0 differ, 6 not implemented")
    #expect(
      result.lines.contains { $0.hasPrefix("mmrm.us.KenwardRoger ") && $0.contains("(optional)") })
    #expect(result.status == 0)
  }

  /// The seven conditional odds ratios whose reference comes from a root search that stops early.
  @Test func `cases that differ are named and end with status 1`() async throws {
    let result = try await Program.run("evaluate", Files.oracle("statistics/g-safety.json"))
    #expect(result.lines.first == "g-safety.json: 28 agree, 7 differ, 0 not implemented")
    let differing = result.lines.filter { $0.hasPrefix("differs: ") }
    #expect(differing.count == 7)
    #expect(differing.allSatisfy { $0.hasPrefix("differs: g-fisher-") })
    #expect(result.status == 1)
  }

  private func statistics(_ expected: String, method: String = "rd.ci.miettinenNurminen")
    -> String
  {
    """
    {"family": "z", "title": "t", "cases": [{"id": "z-1", "method": "\(method)",
      "inputs": {"x1": 108, "n1": 195, "x2": 70, "n2": 170, "level": 0.95},
      "expected": \(expected), "tolerance": {"abs": 0.0001, "rel": 0}}]}
    """
  }

  @Test func `a wrong expected value is caught, by how much included`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let right = try scratch.file("right.json", statistics(#"{"lower": 0.0392}"#))
    let wrong = try scratch.file("wrong.json", statistics(#"{"lower": 0.0382}"#))
    let agreeing = try await Program.run("evaluate", right)
    #expect(agreeing.lines.first == "right.json: 1 agree, 0 differ, 0 not implemented")
    #expect(agreeing.status == 0)
    let differing = try await Program.run("evaluate", right, wrong)
    #expect(differing.lines.contains("wrong.json: 0 agree, 1 differ, 0 not implemented"))
    #expect(differing.lines.contains { $0.hasPrefix("differs: z-1, 10.") })
    #expect(differing.lines.last == "2 files: 1 agree, 1 differ, 0 not implemented")
    #expect(differing.status == 1)
  }

  @Test func `a method that is required and not known ends with status 1`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.file("new.json", statistics("{}", method: "no.such.method"))
    let result = try await Program.run("evaluate", "--each-case", file)
    #expect(result.lines.first == "new.json: 0 agree, 0 differ, 1 not implemented")
    #expect(result.lines.contains("not implemented: z-1"))
    #expect(result.status == 1)
  }

  @Test func `a file without cases agrees with nothing`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.file("empty.json", #"{"family": "z", "title": "t", "cases": []}"#)
    #expect(try await Program.run("evaluate", file).status == 1)
  }

  @Test func `a changed score of an instrument is caught`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var file = try Files.json("instruments/MADRS.json")
    var vectors = try #require(file["vectors"] as? [[String: Any]])
    var out = try #require(vectors[0]["out"] as? [String: Any])
    out["total"] = 28
    vectors[0]["out"] = out
    file["vectors"] = vectors
    let result = try await Program.run("evaluate", try scratch.json("MADRS.json", file))
    #expect(result.lines.first == "MADRS.json: 16 agree, 1 differ, 0 not implemented")
    #expect(result.lines.contains("differs: MADRS-001: answer.total differs"))
    #expect(result.status == 1)
  }

  @Test func `a library of instruments that is not there is refused with its name`() async throws {
    let result = try await Program.run(
      "evaluate", "--instruments", "nowhere.yaml", Files.oracle("instruments/MADRS.json"))
    #expect((result.output + result.errors).contains("nowhere.yaml"))
    #expect(result.status == 1)
  }

  @Test func `every answer is written as one line of JSON with its id`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let answers = scratch.folder.appending(path: "answers.jsonl")
    let result = try await Program.run(
      "evaluate", Files.oracle("statistics/a-two-proportions.json"),
      Files.oracle("randomization/keys.json"), Files.oracle("instruments/MADRS.json"),
      "--answers", answers.path)
    #expect(result.status == 0)
    let lines = try String(contentsOf: answers, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 171 + 15 + 17)
    for line in lines {
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(value?["id"] is String)
      #expect(value?["answer"] != nil)
      #expect(value?.count == 2)
    }
  }

  @Test func `a file that cannot be evaluated is told, and the others are evaluated`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let text = try scratch.file("text.json", "no JSON")
    let other = try scratch.file("other.json", #"{"a": 1}"#)
    let result = try await Program.run(
      "evaluate", "nowhere.json", text, other, Files.oracle("randomization/keys.json"))
    #expect(result.errors.contains("There is no file nowhere.json."))
    #expect(result.errors.contains("The file is not JSON."))
    #expect(result.errors.contains("other.json is no file of reference cases"))
    #expect(result.lines.first == "keys.json: 15 agree, 0 differ, 0 not implemented")
    #expect(result.status == 1)
  }

  @Test func `without a file the command says what to name`() async throws {
    let result = try await Program.run("evaluate")
    #expect(result.errors.contains("Missing expected argument '<files> ...'"))
    #expect(result.status == 64)
  }
}
