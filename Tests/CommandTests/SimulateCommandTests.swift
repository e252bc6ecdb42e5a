import Foundation
import Testing

@Suite struct SimulateCommandTests {
  static let cases = [0, 1, 2, 3, 4, 5]

  /// The mean over the reference's exact runs, as the program writes numbers.
  private func mean(_ runs: [[String: Any]], _ quantity: ([String: Any]) -> Double) -> String {
    let mean = runs.map(quantity).reduce(0, +) / Double(runs.count)
    let tenThousandths = Int((mean * 10_000 + 1e-9).rounded(.toNearestOrAwayFromZero))
    let digits = "\(tenThousandths % 10_000)"
    return "\(tenThousandths / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
  }

  @Test(arguments: cases)
  func `the table holds the means of the reference's exact runs`(index: Int) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try Files.json("randomization/simulation.json")
    let reference = try #require((file["cases"] as? [[String: Any]])?[index])
    let runs = try #require(reference["results"] as? [[String: Any]])
    let mix = try #require(reference["mix"] as? [String: [Int]])
    let scheme = try scratch.json("scheme.json", try #require(reference["scheme"]))
    let result = try await Program.run(
      [
        "simulate", scheme, "--runs", "\(try #require(reference["runs"] as? Int))",
        "--participants", "\(try #require(reference["n"] as? Int))", "--key",
        try #require(file["key"] as? String),
      ]
        + mix.flatMap { factor, weights in
          ["--mix", "\(factor)=" + weights.map(String.init).joined(separator: ",")]
        })
    #expect(result.status == 0, "\(result.errors)")
    func value(_ name: String) -> String? {
      result.lines.first { $0.hasPrefix(name) }?
        .dropFirst(name.count).split(separator: " ").first.map(String.init)
    }
    #expect(
      value("imbalance at the end") == mean(runs) { $0["final"] as? Double ?? .nan })
    #expect(value("largest imbalance") == mean(runs) { $0["max"] as? Double ?? .nan })
    #expect(
      value("allocations in perfect balance") == mean(runs) { $0["balanced"] as? Double ?? .nan })
    let arms = try #require((reference["scheme"] as? [String: Any])?["arms"] as? [[String: Any]])
    for (number, arm) in arms.enumerated() {
      let name = "allocated to \(try #require(arm["id"] as? String))"
      #expect(value(name) == mean(runs) { ($0["counts"] as? [Double])?[number] ?? .nan })
    }
  }

  @Test func `a key that was drawn repeats its table`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try Files.json("randomization/simulation.json")
    let reference = try #require((file["cases"] as? [[String: Any]])?[2])
    let scheme = try scratch.json("scheme.json", try #require(reference["scheme"]))
    let first = try await Program.run(
      "simulate", scheme, "--runs", "5", "--participants", "30")
    let other = try await Program.run(
      "simulate", scheme, "--runs", "5", "--participants", "30")
    let line = try #require(first.lines.first { $0.hasPrefix("key ") })
    #expect(!other.lines.contains(line))
    let again = try await Program.run(
      "simulate", scheme, "--runs", "5", "--participants", "30", "--key",
      String(line.dropFirst(4)))
    #expect(again.output == first.output)
  }

  @Test func `a scheme that breaks a rule is refused in sentences`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let bad = try await Program.run(
      "simulate", try scratch.file("scheme.json", "{}"), "--runs", "5", "--participants", "30")
    #expect(bad.errors.contains("Correct the scheme"), "\(bad.errors)")
    #expect(bad.status == 1)
  }

  @Test(arguments: [
    (["--runs", "0", "--participants", "5"], "--runs must be a whole number from 1"),
    (["--runs", "5", "--participants", "100001"], "--participants must be a whole number from 1"),
    (["--runs", "many", "--participants", "5"], "The value 'many' is invalid for '--runs <runs>'"),
    (["--runs", "5", "--participants", "5", "--key", "abc"], "64 hexadecimal digits"),
    (["--runs", "5", "--participants", "5", "--mix", "site"], "as site=5,3,2"),
    (["--runs", "5"], "Missing expected argument '--participants <participants>'"),
  ])
  func `wrong arguments are answered with what to write`(
    arguments: [String], sentence: String
  ) async throws {
    let result = try await Program.run(["simulate", "scheme.json"] + arguments)
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(result.status == 64)
  }

  private func reference(_ index: Int) throws -> Any {
    let file = try Files.json("randomization/simulation.json")
    return try #require((file["cases"] as? [[String: Any]])?[index]["scheme"])
  }

  @Test func `several schemes stand side by side, with the same numbers as alone`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let files = try [0, 1].map { try scratch.json("s\($0).json", try reference($0)) }
    let key = String(repeating: "0a", count: 32)
    let rest = ["--runs", "20", "--participants", "60", "--key", key]
    let both = try await Program.run(["simulate"] + files + rest)
    #expect(both.status == 0, "\(both.errors)")
    let name = "imbalance at the end"
    func numbers(_ result: Program.Result) -> [String] {
      result.lines.first { $0.hasPrefix(name) }?
        .dropFirst(name.count).split(separator: " ").map(String.init) ?? []
    }
    var alone: [String] = []
    for file in files {
      alone += numbers(try await Program.run(["simulate", file] + rest))
    }
    #expect(alone.count == 4 && numbers(both) == alone)
  }

  @Test func `the number of threads changes neither table nor file`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.json("scheme.json", try reference(2))
    var outputs: Set<String> = []
    for threads in ["1", "2", "7"] {
      let csv = scratch.folder.appending(path: "t\(threads).csv")
      let result = try await Program.run(
        "simulate", file, "--runs", "70", "--participants", "90", "--key",
        String(repeating: "0b", count: 32), "--threads", threads, "--csv", csv.path)
      #expect(result.status == 0, "\(result.errors)")
      // Short work says nothing of its progress.
      #expect(result.errors.isEmpty, "\(result.errors)")
      outputs.insert(result.output + (try String(contentsOf: csv, encoding: .utf8)))
    }
    #expect(outputs.count == 1)
    let table = try #require(outputs.first?.split(separator: "candidate,scheme_sha256,").last)
    let lines = table.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(lines.allSatisfy { $0.count == (($0 == lines[0]) ? 6 : 8) })
    let arms = lines.filter { $0.count == 8 && $0[2].hasPrefix("allocated to ") }
    let allocated = arms.compactMap { Double($0[3]) }.reduce(0, +)
    #expect(arms.count > 1 && abs(allocated - 90) < 1e-9)
    let shares = lines.filter { $0.count == 8 && $0[2].hasPrefix("share of runs with imbalance ") }
    let sum = shares.compactMap { Double($0[3]) }.reduce(0, +)
    #expect(abs(sum - 1) < 1e-12 && shares.count > 1)
  }

  @Test func `pictures are drawn into a folder`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let files = try [0, 2].map { try scratch.json("s\($0).json", try reference($0)) }
    let folder = scratch.folder.appending(path: "pictures")
    let result = try await Program.run(
      ["simulate"] + files
        + ["--runs", "20", "--participants", "60", "--pictures", folder.path])
    #expect(result.status == 0, "\(result.errors)")
    for name in ["imbalance", "predictability", "balance"] {
      let text = try String(
        contentsOf: folder.appending(path: name + ".svg"), encoding: .utf8)
      #expect(
        text.hasPrefix("<svg ") && (text.contains("1: ") || text.contains("2: "))
          && text.hasSuffix("</svg>\n"))
    }
  }

  @Test func `every bad scheme of the reference is refused with code and field`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try Files.json("randomization/bad_schemes.json")
    let cases = try #require(file["cases"] as? [[String: Any]])
    #expect(cases.count > 20)
    for bad in cases {
      guard let scheme = bad["scheme"] else { continue }
      let name = bad["name"] as? String ?? ""
      let result = try await Program.run(
        "simulate", try scratch.json("bad.json", scheme), "--runs", "5", "--participants", "30")
      #expect(result.status == 1, "\(name)")
      #expect(
        result.errors.contains(
          /bad\.json: (bad_scheme: [a-z_.]+|(bad_json|not_nfc): [a-z_.\[\]0-9]+, line \d+, column \d+): [A-Z]/
        ),
        "\(name): \(result.errors)")
      #expect(result.output.isEmpty)
    }
  }

  @Test(arguments: [
    ("zz", "zz: The part \"zz\" is not known here. Remove it."),
    ("void", "void: The part \"void\" is missing."),
  ])
  func `a part of a scheme that is missing or too many is named`(
    part: String, sentence: String
  ) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var scheme = try #require(try reference(0) as? [String: Any])
    if scheme.removeValue(forKey: part) == nil { scheme[part] = 1 }
    let result = try await Program.run(
      "simulate", try scratch.json("bad.json", scheme), "--runs", "5", "--participants", "30")
    #expect(result.status == 1)
    #expect(result.errors.contains(sentence), "\(result.errors)")
  }

  @Test func `Ctrl-C cancels with a sentence and leaves no file`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.json("scheme.json", try reference(2))
    let csv = scratch.folder.appending(path: "table.csv")
    let result = try await Program.run(
      [
        "simulate", file, "--runs", "1000000", "--participants", "1000", "--csv", csv.path,
      ], interruptedAfter: .seconds(2))
    #expect(result.status == 130, "\(result.status) \(result.errors)")
    #expect(result.errors.contains("No table was printed, no file written."), "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: csv.path))
  }

  @Test func `a file that could not be written is refused before the work`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = try scratch.json("scheme.json", try reference(2))
    let result = try await Program.run(
      "simulate", file, "--runs", "1000000", "--participants", "1000", "--csv",
      scratch.folder.appending(path: "absent/table.csv").path)
    #expect(result.status == 1 && result.errors.contains("cannot be written"))
  }
}
