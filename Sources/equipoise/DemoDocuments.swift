import Conduct
import Foundation
import Reports
import Simulation
import Web

/// The folder a demonstration leaves behind.
struct DemoDocuments {
  private let result: DemoResult

  init(_ result: DemoResult) { self.result = result }

  /// Where a folder is made before it has its name.
  private static func making(_ folder: URL) -> URL {
    folder.deletingLastPathComponent()
      .appendingPathComponent(".\(folder.lastPathComponent).making")
  }

  /// Throws when a folder could not be written.
  static func tryWriting(beside folder: URL) throws {
    let making = making(folder)
    try? FileManager.default.removeItem(at: making)
    try FileManager.default.createDirectory(at: making, withIntermediateDirectories: true)
    try FileManager.default.removeItem(at: making)
  }

  /// Writes everything into a new folder, made whole or not at all.
  func write(to folder: URL) throws {
    let files = FileManager.default
    let making = Self.making(folder)
    try? files.removeItem(at: making)
    try files.createDirectory(at: making, withIntermediateDirectories: true)
    func put(_ name: String, _ bytes: [UInt8]) throws {
      let url = making.appendingPathComponent(name)
      try files.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
    if case .held(let closed, let open) = result.look {
      try put("interim-closed.json", Array(try ReportText.json(closed).utf8))
      try put("interim-open.json", Array(try ReportText.json(open).utf8))
    }
    for page in try DemoPages(result).files { try put(page.name, page.bytes) }
    for file in TrialResultPages.files(result.result) { try put("result/\(file.name)", file.bytes) }
    for bundle in [result.blinded, result.unblinded] {
      try put("\(bundle.name).zip", bundle.archive)
    }
    for file in result.unblinded.files { try put("locked/\(file.path)", file.bytes) }
    if let proof = result.unblinded.files.first(where: {
      $0.path == "unblinded/randomization/bundle.json"
    }) {
      try put("verification-bundle.json", proof.bytes)
    }
    try files.moveItem(at: making, to: folder)
  }
}
