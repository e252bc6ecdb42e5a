import Foundation

/// The targets and packages of Package.swift, as the package manager reads them.
struct Manifest: Sendable {
  /// What each target may import, by the target's name.
  let mayImport: [String: Set<String>]
  /// The targets below `Sources`, in the order of their declaration.
  let products: [String]
  /// The identities of the packages, `swift-crypto`.
  let packages: [String]

  static func read() throws -> Manifest {
    // The folder of the build in progress is locked; reading a manifest needs none of it.
    let scratch = FileManager.default.temporaryDirectory.appending(path: "equipoise-manifest")
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "swift", "package", "--package-path", Tree.root.path, "--scratch-path", scratch.path,
      "dump-package",
    ]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Manifest(try JSONDecoder().decode(Dump.self, from: data))
  }

  private init(_ dump: Dump) {
    var table: [String: Set<String>] = [:]
    for target in dump.targets { table[target.name] = Set(target.dependencies.compactMap(\.name)) }
    mayImport = table
    products = dump.targets
      .filter { target in
        target.type != "test" && (target.path ?? "Sources/\(target.name)").hasPrefix("Sources/")
      }
      .map(\.name)
    packages = dump.dependencies.flatMap { $0.sourceControl ?? [] }.map(\.identity)
  }

  private struct Dump: Decodable {
    let targets: [Target]
    let dependencies: [Package]
  }

  private struct Package: Decodable {
    struct Source: Decodable { let identity: String }
    let sourceControl: [Source]?
  }

  private struct Target: Decodable {
    let name: String
    let type: String
    let path: String?
    let dependencies: [Dependency]
  }

  /// One of `byName`, `target` and `product`, each an array that begins with the name.
  private struct Dependency: Decodable {
    let name: String?

    private enum Key: String, CodingKey, CaseIterable { case byName, target, product }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name =
        try Key.allCases.lazy
        .compactMap { key in
          guard container.contains(key) else { return nil as String? }
          var parts = try container.nestedUnkeyedContainer(forKey: key)
          return try parts.decode(String.self)
        }
        .first { $0 != nil } ?? nil
    }
  }
}
