import Conduct
import Foundation
import Pictures
import Web

/// The files a simulation leaves: each appears whole or not at all.
struct SimulationFiles {
  let csv: String?
  let pictures: String?

  /// Refuses before the work what could not be written after it.
  func check() throws(InputFileRefusal) {
    if let csv {
      let folder = URL(fileURLWithPath: csv).deletingLastPathComponent().path
      guard FileManager.default.isWritableFile(atPath: folder) else { throw .unwritable(csv) }
    }
    if let pictures {
      do {
        try FileManager.default.createDirectory(
          atPath: pictures, withIntermediateDirectories: true)
      } catch {
        throw .unwritable(pictures)
      }
    }
  }

  func write(_ report: SimulationReport) throws(InputFileRefusal) {
    if let csv { try write(Array(report.csv.utf8), to: URL(fileURLWithPath: csv)) }
    if let pictures {
      let folder = URL(fileURLWithPath: pictures)
      let drawn = SchemePictures(report)
      try write(drawn.imbalance.file(), to: folder.appending(path: "imbalance.svg"))
      try write(drawn.predictability.file(), to: folder.appending(path: "predictability.svg"))
      try write(drawn.balance.file(), to: folder.appending(path: "balance.svg"))
    }
  }

  private func write(_ bytes: [UInt8], to file: URL) throws(InputFileRefusal) {
    do {
      try Data(bytes).write(to: file, options: .atomic)
    } catch {
      throw .unwritable(file.path)
    }
  }
}
