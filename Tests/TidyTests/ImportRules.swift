/// Rules on what a file may import and touch.
enum ImportRules {
  /// Modules of the tool chain: no target of ours, so no direction to keep.
  static let toolChain: Set<String> = [
    "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch", "Testing",
  ]

  /// The modules a declared product brings, where they are not called as the product is.
  static let modulesOfProduct: [String: Set<String>] = [
    "Hummingbird": ["HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTPTypes"],
    "AsyncHTTPClient": ["NIOCore", "NIOHTTP1"],
  ]

  /// Targets that touch no clock, file, environment, network or random source.
  static let pure: Set<String> = [
    "StudyModel", "Statistics", "Markup", "Randomization", "Instruments", "StudyLanguage",
    "Pictures", "Pages", "Reports", "Datasets", "StudyExchange", "Passkeys",
    "OpenIDConnect",
  ]

  /// The modules a file imports, with the line.
  static func imports(of file: TextFile) -> [(module: String, line: Int)] {
    let pattern =
      /^(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|enum|class|protocol|func|typealias|let|var)\s+)?(\w+)/
    return file.lines.compactMap { line in
      guard let found = try? pattern.firstMatch(in: line.text) else { return nil }
      return (String(found.1), line.number)
    }
  }

  /// The imports of a file that the manifest does not declare for its target.
  static func undeclared(in file: TextFile, of target: String, _ manifest: Manifest) -> [String] {
    let declared = manifest.mayImport[target] ?? []
    let allowed = declared.reduce(declared.union(toolChain)) { known, product in
      known.union(modulesOfProduct[product] ?? [])
    }
    return imports(of: file)
      .filter { !allowed.contains($0.module) }
      .map { "\(file.path):\($0.line) imports \($0.module), which \(target) does not declare" }
  }

  /// The places where a pure target reaches for the world.
  static func impure(in file: TextFile) -> [String] {
    file.code(
      /\bDate\(\)|\bFileManager\b|\bProcessInfo\b|\bgetenv\b|RandomNumberGenerator\b|\.random\(|\.shuffled\(\)|\.randomElement\(\)|ContinuousClock|SuspendingClock|\bFileHandle\b|URLSession|\b(?:Data|String|URL)\(contentsOf(?:File)?:|^import (?:Glibc|Dispatch)|\bprint\(/
    )
  }
}
