import ArgumentParser
import Foundation
import Randomization

/// What was kept outside the server, compared with a bundle.
struct WitnessFilesRead {
  let ledger: WitnessedLedger

  /// Compares every head of the files; throws status 1 at the first that does not fit.
  func compareHeads(_ paths: [String]) throws {
    for path in paths {
      let bytes = [UInt8](try InputFile(path).bytes)
      guard let heads = SignedHead.heads(in: bytes) else {
        throw fail("format", path, "The file does not hold signed heads, one JSON text a line.")
      }
      for (index, head) in heads.enumerated() {
        try tell(
          ledger.judge(head), path, "line \(index + 1)", "head over \(head.head.size) entries")
      }
      print("\(TerminalText.plain(path)): \(heads.count) heads agree")
    }
  }

  /// Compares every receipt; throws status 1 at the first that does not fit.
  func compareReceipts(_ paths: [String]) throws {
    for path in paths {
      let bytes = [UInt8](try InputFile(path).bytes)
      guard let receipt = Self.receipt(bytes) else {
        throw fail("format", path, "The file is not a receipt as it was handed out.")
      }
      try tell(ledger.judge(receipt), path, "entry \(receipt.index)", "receipt")
      print("\(TerminalText.plain(path)): the receipt of entry \(receipt.index) agrees")
    }
  }

  /// A receipt of a site, of an inspector, or the answer to a randomization that holds one.
  private static func receipt(_ bytes: [UInt8]) -> SiteReceipt? {
    let trimmed = bytes.last == 0x0A ? bytes.dropLast() : bytes[...]
    if let receipt = try? SiteReceipt(canonical: Array(trimmed)) { return receipt }
    if let receipt = try? Receipt(canonical: Array(trimmed)) { return SiteReceipt(receipt) }
    let answer = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    guard let text = answer?["receipt"] as? String else { return nil }
    return try? SiteReceipt(canonical: Array(text.utf8))
  }

  private func tell(
    _ judgement: WitnessedLedger.Judgement, _ path: String, _ place: String, _ what: String
  ) throws {
    switch judgement {
    case .agrees: return
    case .signature:
      throw fail(
        "signature", path, "The \(what) (\(place)) is not signed by the key of this ledger.")
    case .inclusion:
      throw fail(
        "inclusion", path, "The \(what) (\(place)) does not prove its entry: the file was altered.")
    case .fork:
      throw fail(
        "fork", path,
        "The \(what) (\(place)) was signed by this ledger and vouches for another history than "
          + "this bundle: the ledger was rewritten or cut after it was handed out.")
    }
  }

  private func fail(_ code: String, _ path: String, _ sentence: String) -> ExitCode {
    print("failed: \(code) in \(TerminalText.plain(path))")
    print(sentence)
    return ExitCode(1)
  }

  /// Prints the proof that the ledger of one size continues the one of another, as JSON.
  func printConsistency(_ sizes: String) throws {
    let parts = sizes.split(separator: ":").compactMap { Int($0) }
    guard parts.count == 2,
      let proof = ledger.consistencyPath(first: parts[0], second: parts[1])
    else {
      throw ValidationError(
        "--consistency takes two sizes such as 3:9, the first from 1, the second up to the "
          + "\(ledger.size) entries of the bundle.")
    }
    let path = proof.path.map { "\"\($0.hex)\"" }.joined(separator: ",")
    print(
      """
      {"first":\(parts[0]),"first_root":"\(proof.firstRoot.hex)","path":[\(path)],\
      "second":\(parts[1]),"second_root":"\(proof.secondRoot.hex)"}
      """)
  }
}
