import Foundation
import Testing

@Suite struct StatementTests {
  /// The bodies of the statement sets of a file.
  static func statementSets(in file: TextFile) -> [String] {
    file.text.components(separatedBy: "StatementSet {").dropFirst()
      .map { body in body.components(separatedBy: "\n}").first ?? "" }
  }

  /// Statement sets in which text is put together at run time.
  static func interpolated(in file: TextFile) -> [String] {
    statementSets(in: file)
      .filter { $0.contains(#"\("#) || $0.contains(/"\s*\+/) }
      .map { "\(file.path): \($0.prefix(80))" }
  }

  @Test func `no statement is put together from text`() throws {
    let files = try Tree.files(below: "Sources", ending: "swift")
    let sets = files.flatMap(Self.statementSets)
    #expect(sets.count >= 8)
    let faults = files.flatMap(Self.interpolated)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  /// The store and what is below it; the host, which makes the database; and the measurement of
  /// the bridge, which has a schema of its own.
  static let speakers = ["Store", "Postgres", "PrivateCluster", "Host", "BridgeBenchmark"]

  @Test func `SQL is spoken in the store only`() throws {
    let speakers = try Tree.sources()
      .filter { !Self.speakers.contains($0.target ?? "") }
      .filter { $0.text.contains(/"\s*(select|insert into|update|delete from) [a-z_.*]+[ ,]/) }
      .map(\.path)
    #expect(speakers.isEmpty, "\(speakers)")
  }

  @Test(arguments: [
    #"case find = "select \(column) from open.sites""#, #"case find = "select " + "1""#,
  ])
  func `a statement put together from text is found`(_ line: String) {
    let text = "enum SiteSQL: String, StatementSet {\n  \(line)\n}\nlet other = \"\\(1)\"\n"
    #expect(Self.interpolated(in: TextFile(path: "Planted.swift", text: text)).count == 1)
  }
}
