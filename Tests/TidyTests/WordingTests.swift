import Testing

@Suite struct WordingTests {
  /// Marks of unfinished work; put together here so that this file does not hold them.
  static let unfinished = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK:", "W" + "IP"]

  /// The places where a file holds a mark of unfinished work.
  static func marks(in file: TextFile) -> [String] {
    file.lines.filter { line in
      unfinished.contains { mark in
        line.text.ranges(of: mark).contains { range in
          let before =
            range.lowerBound > line.text.startIndex
            ? line.text[line.text.index(before: range.lowerBound)] : " "
          let after = range.upperBound < line.text.endIndex ? line.text[range.upperBound] : " "
          // Inside a word, or alone between quotation marks, it is a code, not a mark.
          return ![before, after].contains { $0.isLetter || $0.isNumber || "_-\"".contains($0) }
        }
      }
    }
    .map { "\(file.path):\($0.number)" }
  }

  /// The places where a file names a folder of somebody's own machine.
  static func machinePaths(in file: TextFile) -> [String] {
    // Ada is invented.
    file.places(of: /(?:^|[\s"'`(=:,])\/(?:work|home|root|Users)\/(?!ada\/|ada")[\w.-]/)
  }

  /// The places where the clock of one place stands in for one that is not known.
  static func borrowedZones(in file: TextFile) -> [String] {
    file.places(of: /\?\?\s*"[A-Z][A-Za-z]+\/[A-Z]/)
  }

  static func everything() throws -> [TextFile] {
    let endings = "swift c cpp h sql md yaml sh py css js html json txt sample service csv"
      .split(separator: " ").map(String.init)
    let folders = ["Sources", "SQL", "Tests", "Docs", "Deploy"]
    let found = folders.flatMap(Tree.paths(below:)).filter { path in
      let name = path.split(separator: "/").last ?? ""
      return !name.contains(".") || endings.contains { path.hasSuffix("." + $0) }
    }
    let files = try found.filter { !$0.hasPrefix("Tests/Oracles/") }.map(Tree.file)
    return try files + ["Package.swift", "README.md", ".ci/run"].map(Tree.file)
  }

  @Test func `no file holds a mark of unfinished work`() throws {
    let faults = try Self.everything().flatMap(Self.marks)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test func `no file names a folder of one machine`() throws {
    let faults = try Self.everything().flatMap(Self.machinePaths)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test func `no clock stands in for that of a site nobody knows`() throws {
    let faults = try Self.everything().filter { $0.path.hasPrefix("Sources/") }
      .flatMap(Self.borrowedZones)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    let planted = TextFile(path: "A.swift", text: "let zone = site?.timeZone ?? \"Asia/Tokyo\"")
    #expect(Self.borrowedZones(in: planted).count == 1)
  }

  @Test func `a mark and a machine's folder are found`() {
    let mark = TextFile(path: "A.swift", text: "// \(Self.unfinished[0]): later")
    #expect(Self.marks(in: mark).count == 1)
    let code = TextFile(path: "A.swift", text: "let \(Self.unfinished[2])S = 1")
    #expect(Self.marks(in: code).isEmpty)
    let slash = "/"
    let place = TextFile(path: "A.swift", text: "let file = \"\(slash)home/somebody/file\"")
    #expect(Self.machinePaths(in: place).count == 1)
  }
}
