import Testing

@Suite struct NamingTests {
  /// Modules whose one main type bears the name: Docs/Decisions/0001 says why.
  static let namesakes: Set<String> = ["BridgeBenchmark", "Markup", "PrivateCluster"]

  static func types(in file: TextFile) -> Set<String> {
    let pattern = /\b(?:struct|enum|class|actor|protocol|typealias)\s+(\w+)/.wordBoundaryKind(
      .simple)
    return Set(
      file.lines.filter { !TextFile.isComment($0.text) }
        .flatMap { $0.text.matches(of: pattern).map { String($0.1) } })
  }

  @Test func `no module and type share a name, but for the three that are written down`() throws {
    let modules = Set(try Manifest.read().mayImport.keys)
    let shared = try Tree.sources().reduce(into: Set<String>()) { shared, file in
      shared.formUnion(Self.types(in: file).intersection(modules))
    }
    #expect(shared == Self.namesakes)
  }

  @Test func `a type that bears the name of a module is found`() {
    let file = TextFile(path: "Sources/Store/Planted.swift", text: "public enum Store: Sendable {}")
    #expect(Self.types(in: file) == ["Store"])
  }
}
