import Foundation
import Testing

@Suite struct DocumentTests {
  /// The names in backticks at the start of a document's table rows.
  static func rowNames(of file: TextFile) -> Set<String> {
    Set(file.text.matches(of: /(?m)^\| `([^`]+)`/).map { String($0.1) })
  }

  /// The names of a list a shell script keeps, `name=(a b c)`.
  static func list(_ name: String, in file: TextFile) -> [String] {
    let words = file.text.components(separatedBy: "\(name)=(").dropFirst().first?
      .prefix { $0 != ")" }
      .split { $0.isWhitespace }.map { word in
        String(word.filter { $0 != "'" && $0 != "\"" }.prefix { $0 != "=" && $0 != "[" })
      }
    return words ?? []
  }

  /// The rows of the target table of the architecture: a target and what it may import.
  static func targetTable(of file: TextFile) -> [String: Set<String>] {
    var table: [String: Set<String>] = [:]
    for row in file.text.matches(of: /(?m)^\| \d \| `([\w-]+)` \| ([^|]*) \|/) {
      table[String(row.1)] = Set(row.2.matches(of: /`([\w-]+)`/).map { String($0.1) })
    }
    return table
  }

  /// The links of a document that lead to no file.
  static func deadLinks(in file: TextFile) -> [String] {
    let folder = Tree.root.appending(path: file.path).deletingLastPathComponent()
    return file.text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
      .filter { !$0.contains("://") && !$0.hasPrefix("#") }
      .filter { link in
        let path = link.prefix { $0 != "#" }
        return !FileManager.default.fileExists(
          atPath: folder.appending(path: String(path)).path)
      }
      .map { "\(file.path): \($0)" }
  }

  @Test func `REQ-070: every package a build or a test needs has its line among the dependencies`()
    throws
  {
    let rows = Self.rowNames(of: try Tree.file("Docs/Dependencies.md"))
    let shared = try Tree.file("Deploy/lib.sh")
    let test = try Tree.file("Deploy/test")
    let debian = Self.list("build_packages", in: shared) + Self.list("test_packages", in: test)
    let python = Self.list("python_packages", in: test)
    let swift = try Manifest.read().packages
    #expect(debian.count >= 4 && python.count >= 3 && swift.count >= 5)
    let missing = (swift + debian + python).filter { !rows.contains($0) }
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test func `a C library a target links has its line among the dependencies`() throws {
    let rows = Self.rowNames(of: try Tree.file("Docs/Dependencies.md"))
    let manifest = try Tree.file("Package.swift").text
    let libraries = manifest.matches(of: /linkedLibrary\("(\w+)"\)/).map { String($0.1) }
    #expect(!libraries.isEmpty)
    #expect(libraries.filter { !rows.contains("lib" + $0) }.isEmpty)
  }

  @Test func `the table of targets in the architecture is the one of Package.swift`() throws {
    let manifest = try Manifest.read()
    let table = Self.targetTable(of: try Tree.file("Docs/Architecture.md"))
    #expect(Set(table.keys) == Set(manifest.products))
    for target in manifest.products {
      #expect(table[target] == manifest.mayImport[target], "\(target)")
    }
  }

  @Test func `every link in a document leads to a file`() throws {
    let documents = try Tree.files(below: "Docs", ending: "md") + [Tree.file("README.md")]
    let faults = documents.flatMap(Self.deadLinks)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test func `decisions are numbered from 1 without a gap`() {
    let numbers = Tree.paths(below: "Docs/Decisions").compactMap { path in
      path.split(separator: "/").last.flatMap { Int($0.prefix(4)) }
    }
    #expect(numbers.count >= 6)
    #expect(numbers == Array(1...numbers.count))
  }

  @Test func `a dead link, a package and a changed table are found`() {
    let document = TextFile(path: "Docs/Planted.md", text: "See [here](Nowhere.md), [there](#a).")
    #expect(Self.deadLinks(in: document) == ["Docs/Planted.md: Nowhere.md"])
    let script = TextFile(path: "test", text: "packages=(pytest==8.4.2 'psycopg[binary]==3.2' git)")
    #expect(Self.list("packages", in: script) == ["pytest", "psycopg", "git"])
    let table = TextFile(path: "A.md", text: "| 3 | `Store` | `StudyModel`, `Postgres` | rows |")
    #expect(Self.targetTable(of: table) == ["Store": ["StudyModel", "Postgres"]])
  }
}
