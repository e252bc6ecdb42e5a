import Conduct
import Foundation
import Pages
import StudyModel

/// The ledger for who looks after it, receipts for the enrolling site, and how the server stands.
enum LedgerRoutes {
  static let all: [Route] =
    pages + api

  private static let readers = Access.anyOf([
    .draftRandomization, .approveRandomization, .readClosedReport,
  ])

  private static let pages: [Route] = [
    .page("/health", .everybody, "How the server stands.") { call in
      .page(try await HealthPage.model(call).page())
    },
    .page("/ledger", readers, "How the allocation ledger stands.") { call in
      .page(try await LedgerPage.model(call).page())
    },
    .act("/ledger/check", readers, "Checks the ledger now and signs a head.") { call in
      try await call.act {
        let verdict = try await call.installation.checkLedger(as: try call.actor)
        return verdict.isPassed ? "/ledger?note=ledger-checked" : "/ledger"
      } orShow: { faults in
        try await LedgerPage.model(call, faults: faults).page()
      }
    },
    .page("/ledger/heads.jsonl", readers, "All signed heads, a line each.") { call in
      heads(try await call.installation.ledgerHeads(as: try call.actor))
    },
    .page(
      "/participants/{participant}/receipt.json", .anyOf([.randomize]),
      "The ledger receipt of a randomization, to keep outside the server."
    ) { call in
      let key = try call.participant()
      return .file(
        Array(try await call.installation.receipt(of: key, as: try call.actor).utf8),
        name: "receipt-\(key.text).json", type: "application/json")
    },
  ]

  private static let api: [Route] = [
    .api("GET", "/ledger", readers, "How the ledger stands: entries, newest head, last check.") {
      call in
      try .json(LedgerBody(try await call.installation.ledgerStanding(as: try call.actor)))
    },
    .api("GET", "/ledger/head", readers, "The newest signed head.") { call in
      let standing = try await call.installation.ledgerStanding(as: try call.actor)
      guard let head = standing.head else { throw ActRefusal.notFound }
      return .json(head)
    },
    .api("GET", "/ledger/heads", readers, "All signed heads, one JSON text a line.") { call in
      heads(try await call.installation.ledgerHeads(as: try call.actor))
    },
    .api(
      "POST", "/ledger/heads", readers,
      "Signs a head of the ledger as it stands and gives it to the witness file."
    ) { call in
      .json(try await call.installation.signHead(as: try call.actor), status: 201)
    },
    .api("POST", "/ledger/check", readers, "Recomputes the ledger and compares all of it.") {
      call in
      try .json(CheckBody(try await call.installation.checkLedger(as: try call.actor)))
    },
    .api(
      "GET", "/ledger/consistency/{first}/{second}", readers,
      "The proof that the ledger of the second size continues the one of the first."
    ) { call in
      guard let first = Int(call.parameter("first")), let second = Int(call.parameter("second"))
      else { throw ActRefusal.notFound }
      return try .json(
        try await call.installation.consistencyProof(
          from: first, to: second, as: try call.actor))
    },
    .api(
      "GET", "/participants/{participant}/receipt", .anyOf([.randomize]),
      "The ledger receipt of a randomization of the site, the bytes given with it."
    ) { call in
      .json(try await call.installation.receipt(of: try call.participant(), as: try call.actor))
    },
  ]

  private static func heads(_ lines: String) -> Answer {
    .file(Array(lines.utf8), name: "heads.jsonl", type: "application/jsonl")
  }
}

/// The ledger's standing as JSON.
struct LedgerBody: Codable {
  let entries: Int
  let root: String
  let headAt: String
  let check: CheckBody?

  private enum CodingKeys: String, CodingKey {
    case entries, root, check
    case headAt = "head_at"
  }

  init(_ standing: LedgerStanding) {
    entries = standing.entries
    root = standing.root
    headAt = standing.headAt
    check = standing.verdict.map(CheckBody.init)
  }
}

/// A check of the ledger as JSON.
struct CheckBody: Codable {
  let verdict: String
  let at: String
  let code: String?
  let entry: Int?

  init(_ verdict: LedgerVerdict) {
    switch verdict {
    case .passed(_, _, _, let at):
      self.verdict = "passed"
      self.at = at.description
      code = nil
      entry = nil
    case .failed(let finding, let at):
      self.verdict = "failed"
      self.at = at.description
      code = finding.code.rawValue
      entry = finding.index
    }
  }
}
