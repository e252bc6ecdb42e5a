import Conduct
import Pages
import Store
import StudyModel

/// The exports of a lock as the page shows them.
struct ExportsPageContent {
  private let call: Call
  private let actor: Actor

  init(_ call: Call) throws {
    self.call = call
    actor = try call.actor
  }

  func model() async throws -> ExportsModel {
    let state = try await call.installation.lockState(as: actor)
    guard let lock = state.cuts.last(where: { $0.kind == "hard_lock" }) else {
      return ExportsModel(
        frame: call.site.frame(for: call), contentClass: .state(.off, "not locked"),
        facts: [
          Fact(
            name: "State", value: "The study is not hard-locked; there is nothing to export.")
        ],
        files: [])
    }
    let bundle = try await call.installation.blindedContent(as: actor)
    let isOpen = state.studyState == "unblinded"
    return ExportsModel(
      frame: call.site.frame(for: call), contentClass: .state(.calm, "without arms"),
      facts: [
        Fact(name: "Snapshot", value: String(lock.number)),
        Fact(name: "Locked", value: Times.full(lock.cutOff, call.site.zone(of: actor))),
        Fact(name: "Definition", value: lock.definition),
      ], files: (isOpen ? [unblinded] : []) + bundle.files.map(row),
      manifestHash: bundle.files.first { $0.path == "MANIFEST.json" }
        .map { Digests.sha256(of: $0.bytes) } ?? "",
      download: call.isSecondFactorFresh
        ? Link(text: "Download all files without arms", href: "/exports/blinded.zip") : nil,
      notes: isOpen
        ? ["The study is unblinded: the same files, byte for byte, also come with the allocation."]
        : ["The same lock gives the same bytes. Arms are added only by the unblinding."],
      create: call.isSecondFactorFresh
        ? nil
        : try await ConfirmPage.form(
          call, to: ReturnAddress("/exports"),
          whatHappens: "Then the files can be taken for five minutes."))
  }

  private func row(_ file: (path: String, bytes: [UInt8])) -> ExportFileRow {
    let lines = file.bytes.count { $0 == 0x0A }
    return ExportFileRow(
      name: file.path, rows: file.path.hasSuffix(".csv") ? String(max(lines - 1, 0)) : "",
      size: Self.size(file.bytes.count), hash: Digests.sha256(of: file.bytes), finding: "–")
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 10_000 ? "\(bytes) B" : "\((bytes + 500) / 1000) kB"
  }

  /// Everything with the allocation and its proof, for whoever analyses.
  private var unblinded: ExportFileRow {
    ExportFileRow(
      name: "All files with the allocation",
      href: call.isSecondFactorFresh ? "/exports/unblinded.zip" : "",
      rows: "", size: "",
      hash: "", finding: "–")
  }
}
