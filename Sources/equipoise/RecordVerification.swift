import ArgumentParser
import Conduct
import Foundation
import Host
import Randomization
import Store

/// Verifies the whole record of a database and tells the first thing that does not agree.
struct RecordVerification {
  let place: InstallationOptions
  let superuser: String
  let heads: [String]

  func run() async throws {
    let running = try await place.open(vouches: false)
    do {
      let isWhole = try await verify(running)
      await running.close()
      guard isWhole else { throw ExitCode(1) }
    } catch let status as ExitCode {
      throw status
    } catch {
      await running.close()
      throw CommandFailure(error)
    }
  }

  private func verify(_ running: ServerHost) async throws -> Bool {
    let witnesses = try witnessed(in: running.witnessFolder)
    let trusted = running.installation.recordPublicKey
    let writeKey = running.installation.recordWriteKey ?? running.keptWriteKey
    let began = ContinuousClock.now
    var report = try await running.readRecord(superuser: superuser) { reader in
      var check = try RecordCheck(
        reader, trusted: trusted, writeKey: writeKey, witnesses: witnesses)
      return try check.run()
    }
    if trusted != nil {
      report.findings += try await running.installation.ledgerFindings(
        witnesses.filter { $0.name.split(separator: ".").count < 3 })
    } else {
      print("The key is not here: ledgers and the key of the signed heads were not compared.")
    }
    // A generation that nobody made would otherwise switch off whatever needs the key.
    if running.installation.keyState == .wrong { report.findings.append(.foreignKey) }
    let seconds = began.duration(to: .now) / .seconds(1)
    let rate = Int(Double(report.chained) / max(seconds, 0.001))
    print(
      "\(report.chained) chained rows, \(report.heads) signed heads, \(report.witnessed) witnessed heads, "
        + "\(report.removals) removed values; \(seconds.formatted(.number.precision(.fractionLength(1)))) s, "
        + "\(rate) rows a second")
    report.findings += try await running.schemaDifferences(superuser: superuser)
      .map(RecordFinding.init)
    guard let first = report.findings.first else {
      print("verified: the record agrees with itself")
      return true
    }
    print("failed: \(TerminalText.plain(first.description))")
    print(TerminalText.plain(first.sentence))
    for further in report.findings.dropFirst() {
      print("also: \(TerminalText.plain(further.description))")
    }
    return false
  }

  /// The heads witnesses keep: files of the state directory, and those named.
  private func witnessed(in folder: String) throws -> [WitnessedHeads] {
    let own = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
      .map { "\(folder)/\($0)" }
    return try (own + heads).map { path in
      let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      guard let heads = SignedHead.heads(in: [UInt8](try InputFile(path).bytes)) else {
        throw ValidationError("\(path) does not hold signed heads, one JSON text a line.")
      }
      return WitnessedHeads(name: name, heads: heads)
    }
  }
}
