import Testing

@Suite struct EmbeddedFileTests {
  /// The files a C source embeds, from the root of the tree, in order.
  static func embedded(in file: TextFile) -> [String] {
    file.text.matches(of: /#embed "..\/..\/([^"]+)"/).map { String($0.1) }
  }

  /// The names the C source tells the program, in order.
  static func listed(in file: TextFile) -> [String] {
    file.text.matches(of: /\{"([^"]+\.sql)", (\w+), sizeof (\w+)\}/)
      .filter { $0.2 == $0.3 }
      .map { String($0.1) }
  }

  @Test func `the binary holds every SQL file of the tree, in the order of their numbers`() throws {
    let source = try Tree.file("Sources/CEmbeddedFiles/sql.c")
    let folder = Tree.paths(below: "SQL")
    #expect(folder.count >= 9)
    #expect(Self.embedded(in: source) == folder)
    #expect(
      Self.listed(in: source)
        == folder.compactMap { $0.split(separator: "/").last.map(String.init) })
  }

  @Test func `migrations are numbered from 1 without a gap`() {
    let numbers = Tree.paths(below: "SQL/Migrations").compactMap { path in
      path.split(separator: "/").last.flatMap { Int($0.prefix(4)) }
    }
    #expect(numbers == Array(1...numbers.count))
  }

  @Test func `a file that is not embedded, or listed under the bytes of another, is found`() {
    let text = """
      #embed "../../SQL/Migrations/0001_a.sql"
      {"0001_a.sql", m0001, sizeof m0001},
      {"0002_b.sql", m0001, sizeof m0002},
      """
    let file = TextFile(path: "Planted.c", text: text)
    #expect(Self.embedded(in: file) == ["SQL/Migrations/0001_a.sql"])
    #expect(Self.listed(in: file) == ["0001_a.sql"])
  }
}
