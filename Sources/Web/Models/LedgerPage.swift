import Conduct
import Pages
import StudyModel

/// How the ledger of the trial stands: counts, roots and checks, no participant and no arm.
enum LedgerPage {
  static func model(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let standing = try await call.installation.ledgerStanding(as: actor)
    let zone = call.site.zone(of: actor)
    var facts = [
      Fact(name: "Entries", value: String(standing.entries)),
      Fact(name: "Last check", value: check(standing.verdict, zone)),
    ]
    if standing.head != nil {
      facts += [
        Fact(name: "Newest signed head", value: Times.utc(standing.headAt)),
        Fact(name: "Root", value: standing.root, isCode: true),
        Fact(name: "All signed heads", value: "heads.jsonl", href: "/ledger/heads.jsonl"),
      ]
    }
    return ActPageModel(
      frame: call.site.frame(for: call, title: "Ledger"), back: Link(text: "Home", href: "/"),
      title: "Allocation ledger",
      lead: "Every act of the randomization is an entry, chained to the one before and signed. "
        + "Keep the signed heads outside of this server: they show whether its past was changed.",
      notice: notice(standing.verdict), facts: facts,
      act: ActForm(
        form: call.target("/ledger/check"), button: "Check the ledger now",
        whatHappens: [
          "Every entry, seal, box, head and counter is computed again and compared.",
          "The result stands in the audit trail. When it passes, a head is signed and kept.",
          "When it fails, nobody is randomized until it is mended; reading goes on.",
        ], authentication: .notNeeded), faults: faults)
  }

  private static func check(_ verdict: LedgerVerdict?, _ zone: String) -> String {
    switch verdict {
    case nil: "not yet since the server started"
    case .passed(let entries, let allocations, _, let at):
      "passed, \(Times.full(at, zone)): \(entries) entries, \(allocations) allocations"
    case .failed(let finding, let at):
      "failed, \(Times.full(at, zone)): \(finding)"
    }
  }

  private static func notice(_ verdict: LedgerVerdict?) -> String {
    guard case .failed(let finding, _)? = verdict else { return "" }
    return "Nobody is randomized: \(finding.sentence) Compare the ledger with receipts, witnessed "
      + "heads and the last backup before anything else."
  }
}

/// How the server stands, for anybody: nothing of any trial.
enum HealthPage {
  static func model(_ call: Call) async throws -> ActPageModel {
    let health = try await call.installation.health()
    return ActPageModel(
      frame: call.site.plainFrame, back: Link(text: "Home", href: "/"), title: "Server",
      facts: [
        Fact(name: "Database", value: "answers"),
        Fact(name: "Key", value: health.key.sentence),
        Fact(name: "Allocation ledgers", value: ledgers(health)),
        Fact(name: "Clock", value: clock(health.clock)),
      ])
  }

  static func ledgers(_ health: InstallationHealth) -> String {
    if health.failedLedgers > 0 {
      return "A ledger does not agree with its records. Nobody is randomized in that study."
    }
    return health.waitingLedgers > 0
      ? "Checked before the next randomization." : "Checked, and whole."
  }

  static func clock(_ verdict: ClockVerdict?) -> String {
    switch verdict {
    case nil: "Not compared yet since the server started."
    case .inTime: "Compared, and right to the second."
    case .drifting: "Wrong by more than a second. It must be set right."
    case .blocked:
      "Wrong by more than a minute. Nobody is randomized and nothing is signed until it is set right."
    case .noReference: "Nothing tells whether it is right: no other clock could be asked."
    }
  }

  /// The same in one word for a program.
  static func word(_ health: InstallationHealth) -> String {
    if health.failedLedgers > 0 { return "failed" }
    return health.waitingLedgers > 0 ? "waiting" : "whole"
  }
}
