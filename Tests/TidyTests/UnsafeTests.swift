import Testing

@Suite struct UnsafeTests {
  /// Where memory may be handled by hand, and why it must be there.
  static let allowed: [String: String] = [
    "Sources/Postgres/": "owns the pointers of the client library",
    "Sources/LockedMemory/": "owns the pages keys are kept in",
    "Sources/PrivateCluster/": "starts and watches processes through the C library",
    "Sources/Store/EmbeddedFiles.swift": "reads the bytes embedded in the binary",
    "Sources/Statistics/Foundations/Distributions.swift": "calls the distribution functions",
    "Sources/StudyExchange/XMLDocument.swift": "copies the tokens the XML library made",
    "Sources/Pictures/QRCode.swift": "lends the C library the bytes it writes the modules into",
    "Sources/Conduct/Passwords.swift": "copies the bytes of a derived key",
    "Sources/Host/HostClock.swift": "asks kernel and time server through the C library",
    "Sources/equipoise/UsersCommand.swift": "silences the console while a password is typed",
  ]

  /// The places that use what the compiler cannot check.
  static func places(in file: TextFile) -> [String] {
    file.code(
      /\bunsafe\s+[\w\[(&*.]|@unchecked\s+Sendable|nonisolated\(unsafe\)|@unsafe\b|@preconcurrency/)
  }

  /// The places that claim to be safe among threads without the reason in the lines before.
  static func unexplained(in file: TextFile) -> [String] {
    let lines = file.lines
    return lines.filter { line in
      guard !TextFile.isComment(line.text),
        line.text.contains(/@unchecked\s+Sendable|nonisolated\(unsafe\)/)
      else { return false }
      let before = lines[max(0, line.number - 4)..<(line.number - 1)]
      return !before.contains { $0.text.contains("//") }
    }
    .map { "\(file.path):\($0.number)" }
  }

  @Test func `memory is handled by hand only where the list says`() throws {
    let faults = try Tree.sources()
      .filter { file in !Self.allowed.keys.contains { file.path.hasPrefix($0) } }
      .flatMap(Self.places)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test func `a claim to be safe among threads has its reason beside it`() throws {
    let faults = try Tree.sources().flatMap(Self.unexplained)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test(arguments: [
    "let x = unsafe pointer.pointee", "final class Box: @unchecked Sendable {}",
    "nonisolated(unsafe) var count = 0", "@preconcurrency import Store",
  ])
  func `what the compiler cannot check is found`(_ line: String) {
    let file = TextFile(path: "Sources/Reports/Planted.swift", text: line)
    #expect(Self.places(in: file).count == 1)
  }

  @Test func `a claim without a reason is found`() {
    let bare = TextFile(path: "A.swift", text: "\n\n\nfinal class Box: @unchecked Sendable {}")
    let told = TextFile(
      path: "A.swift", text: "/// Never changes.\nclass Box: @unchecked Sendable {}")
    #expect(Self.unexplained(in: bare).count == 1)
    #expect(Self.unexplained(in: told).isEmpty)
  }
}
