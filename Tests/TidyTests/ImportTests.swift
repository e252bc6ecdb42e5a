import Foundation
import Testing

@Suite struct ImportTests {
  @Test func `a file imports only what Package.swift declares for its target`() throws {
    let manifest = try Manifest.read()
    for file in try Tree.sources() {
      let target = try #require(file.target, "\(file.path) belongs to no target")
      let faults = ImportRules.undeclared(in: file, of: target, manifest)
      #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }
  }

  @Test func `an import that is not declared is found in whatever form it is written`() throws {
    let manifest = try Manifest.read()
    for line in [
      "import Store", "public import Store", "@testable import Store", "import struct Store.Login",
      "@preconcurrency internal import Store",
    ] {
      let file = TextFile(path: "Sources/Reports/Planted.swift", text: "\n" + line)
      #expect(ImportRules.undeclared(in: file, of: "Reports", manifest).count == 1, "\(line)")
    }
    let allowed = TextFile(path: "Sources/Reports/Planted.swift", text: "public import StudyModel")
    #expect(ImportRules.undeclared(in: allowed, of: "Reports", manifest).isEmpty)
  }

  @Test func `every folder of Sources is a target, and every target has its folder`() throws {
    let manifest = try Manifest.read()
    let folders = Set(
      Tree.paths(below: "Sources").compactMap { TextFile(path: $0, text: "").target })
    #expect(folders == Set(manifest.products))
  }

  @Test func `a target is declared after everything it imports, so directions cannot turn`() throws
  {
    let manifest = try Manifest.read()
    var declared: Set<String> = []
    for target in manifest.products {
      let imported = manifest.mayImport[target, default: []].intersection(manifest.products)
      #expect(imported.isSubset(of: declared), "\(target)")
      declared.insert(target)
    }
  }

  @Test func `pure targets touch no clock, file, environment, network or random source`() throws {
    let files = try Tree.sources().filter { ImportRules.pure.contains($0.target ?? "") }
    #expect(Set(files.compactMap(\.target)) == ImportRules.pure)
    let faults = files.flatMap(ImportRules.impure)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test(arguments: [
    "let now = Date()", "import Glibc", "  let arm = arms.randomElement()", "let x = getenv(\"A\")",
    "let all = try FileManager.default.contents()", "let now = Foundation.Date()",
    "var bits = SystemRandomNumberGenerator()",
  ])
  func `a reach for the world is found`(_ line: String) {
    let file = TextFile(path: "Sources/Statistics/Planted.swift", text: line)
    #expect(ImportRules.impure(in: file).count == 1)
  }
}
