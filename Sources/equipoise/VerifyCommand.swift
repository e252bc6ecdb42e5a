import ArgumentParser
import Conduct
import Foundation
import Host
import Randomization
import Store

/// Verifies an allocation bundle with nothing but mathematics.
///
/// Without a bundle it verifies the whole record of a database.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verifies an allocation bundle, or the whole record of a database.",
    discussion: """
      Without BUNDLE the record of a database is compared with itself, read by a superuser: audit \
      trails and seals with their chains, every row with its seal, versions of forms with their \
      audit rows, signatures with what they stand on, ledgers, signed heads, and the witness files \
      of the state directory; and tables, triggers, row security, rights and functions with those of an \
      empty database that is made beside it and dropped again. The first that does not agree is named. No \
      row of the record is changed; a database of an older program is brought up to date first.

      With BUNDLE:

      Checks the chain of entries, the signed heads and, when the bundle reveals the seed, that \
      every allocation follows from it and that the treatment column is the one allocated. No \
      database, no network and no key is used.

      Heads and receipts that sites and witnesses kept are compared with the bundle: a ledger that \
      was rewritten and signed anew is told by them alone, with the file's name.

      Status 0 when everything fits, 1 when something does not.
      """)

  @Argument(help: "The bundle, as exported.", completion: .file(extensions: ["json"]))
  var bundle: String?
  @Option(
    parsing: .upToNextOption, help: "Files of signed heads kept by witnesses.",
    completion: .file(extensions: ["jsonl", "json"])) var heads: [String] = []
  @Option(
    parsing: .upToNextOption, help: "Receipts kept by sites.",
    completion: .file(extensions: ["json"])) var receipts: [String] = []
  @Option(help: "Print the proof that one size of the ledger continues another, such as 3:9.")
  var consistency: String?
  @Option(help: "Login that sees every row, with --database.") var superuser = "postgres"
  @OptionGroup var place: InstallationOptions

  func run() async throws {
    if let bundle { return try verify(bundle) }
    try await RecordVerification(place: place, superuser: superuser, heads: heads).run()
  }

  private func verify(_ bundle: String) throws {
    let bytes = [UInt8](try InputFile(bundle).bytes)
    switch BundleVerifier.verify(bytes) {
    case .verified(let entries):
      print("verified: \(entries) entries")
    case .chainOnly(let entries):
      print("chain verified: \(entries) entries")
      print(
        "The seed is not revealed yet: chain and heads fit, the allocations were not recomputed.")
    case .failure(let code, let index):
      print("failed: \(code.rawValue) at \(index)")
      print(code.sentence(index))
      throw ExitCode(1)
    }
    guard let ledger = WitnessedLedger(bundle: bytes) else { throw ExitCode(1) }
    let kept = WitnessFilesRead(ledger: ledger)
    try kept.compareHeads(heads)
    try kept.compareReceipts(receipts)
    if let consistency { try kept.printConsistency(consistency) }
  }
}

extension BundleVerifier.Code {
  /// What does not fit, for the person who must find out why.
  func sentence(_ index: Int) -> String {
    switch self {
    case .format:
      "The bundle cannot be read as one at entry \(index). Export it again and compare."
    case .index: "Entry \(index) is not at its place: an entry was removed, added or moved."
    case .chain:
      "Entry \(index) does not name the hash of the entry before it: an entry was changed."
    case .open: "The first entry does not open a ledger. The bundle does not start at its start."
    case .signature: "Head \(index) is not signed by the key of this ledger."
    case .fork:
      "Head \(index) vouches for another history than the entries of this bundle: the ledger was "
        + "rewritten after the head was handed out."
    case .seed: "The revealed seed is not the one committed to when the ledger was opened."
    case .scheme:
      "The scheme of entry \(index) is missing, is not the one committed to, or may not follow."
    case .entropy: "The public entropy of entry \(index) is missing or out of place."
    case .duplicate: "Entry \(index) allocates a request or a participant a second time."
    case .refusable: "Entry \(index) is an allocation that the rules should have refused."
    case .sequence: "Entry \(index) has a position or an epoch that is not the one that follows."
    case .allocation:
      "The seal of entry \(index) does not follow from the seed: the arm was not drawn."
    case .subject: "Entry \(index) names a participant who was never allocated."
    case .kind: "Entry \(index) is of an unknown kind."
    case .arms:
      "Row \(index) of the treatment column differs from the ledger, or is missing there."
    }
  }
}
