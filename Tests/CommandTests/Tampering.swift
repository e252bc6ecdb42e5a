import Foundation
import Testing

@testable import Randomization

/// One way to tamper with a bundle, and the code both verifiers must find it by.
struct Tampering: Sendable, CustomTestStringConvertible {
  let name: String
  let code: String
  let forge: @Sendable (ForgedTrial) throws -> [UInt8]

  init(
    _ name: String, _ code: String, _ forge: @escaping @Sendable (ForgedTrial) throws -> [UInt8]
  ) {
    self.name = name
    self.code = code
    self.forge = forge
  }

  var testDescription: String { name }

  static let all =
    entryEdits + headEdits + revealEdits + replayEdits + columnEdits + textEdits

  /// A bundle as text with one passage exchanged.
  private static func text(
    _ name: String, _ code: String, _ old: String, _ new: String
  ) -> Tampering {
    Tampering(name, code) { trial in
      let text = String(decoding: try trial.bundle().canonicalBytes(), as: UTF8.self)
      guard let range = text.range(of: old) else { throw ForgedTrial.NoKey() }
      return Array(text.replacingCharacters(in: range, with: new).utf8)
    }
  }

  /// A bundle with the entries of another, whose heads were handed out before.
  private static func entries(
    _ name: String, _ code: String,
    _ change: @escaping @Sendable (ForgedTrial, inout [LedgerEntry]) throws -> Void
  ) -> Tampering {
    Tampering(name, code) { trial in
      let whole = try trial.bundle()
      var entries = whole.entries
      try change(trial, &entries)
      return try Randomization.Bundle(entries: entries, heads: whole.heads, reveal: whole.reveal)
        .canonicalBytes()
    }
  }

  private static let entryEdits: [Tampering] = [
    entries("an entry removed in place", "index") { $1.remove(at: 7) },
    entries("two entries exchanged", "index") { $1.swapAt(4, 9) },
    entries("an entry edited in place", "chain") { _, entries in
      let old = entries[5]
      entries[5] = try LedgerEntry(
        index: 5, previous: old.previous, at: old.at, by: "somebody else", body: old.body)
    },
    Tampering("a ledger without its opening", "open") { trial in
      try trial.bundle(Array(trial.bodies.dropFirst())).canonicalBytes()
    },
    Tampering("a ledger without entries", "open") { trial in
      try Randomization.Bundle(entries: [], heads: [], reveal: trial.bundle().reveal)
        .canonicalBytes()
    },
    entries("history rewritten after heads were handed out", "fork") { trial, entries in
      entries = try trial.chain(trial.bodies.dropLast(3))
    },
  ]

  private static func heads(
    _ name: String, _ code: String,
    _ change: @escaping @Sendable (ForgedTrial, inout [SignedHead]) throws -> Void
  ) -> Tampering {
    Tampering(name, code) { trial in
      let whole = try trial.bundle()
      var heads = whole.heads
      try change(trial, &heads)
      return try Randomization.Bundle(entries: whole.entries, heads: heads, reveal: nil)
        .canonicalBytes()
    }
  }

  private static let headEdits: [Tampering] = [
    heads("the signature of another head", "signature") { _, heads in
      heads[3] = SignedHead(head: heads[3].head, signature: heads[2].signature)
    },
    heads("a signature cut short", "signature") { _, heads in
      heads[2] = SignedHead(head: heads[2].head, signature: Array(heads[2].signature.dropLast()))
    },
    heads("a signature by another key", "signature") { _, heads in
      guard let other = SigningKey(secureBytes: Array(repeating: 9, count: 32)) else { return }
      heads[1] = heads[1].head.signed(with: other)
    },
    heads("a signature whose number is too large", "signature") { _, heads in
      heads[1] = SignedHead(
        head: heads[1].head,
        signature: Array(heads[1].signature.prefix(32)) + Array(repeating: 255, count: 32))
    },
    heads("a head of more entries than there are", "fork") { trial, heads in
      guard
        let head = LedgerHead(
          ledger: trial.identity, size: 10_000, root: heads[5].head.root, at: ForgedTrial.instant)
      else { return }
      heads[5] = head.signed(with: trial.signingKey)
    },
    heads("a head of another ledger", "fork") { trial, heads in
      guard let other = LedgerIdentity(Array(repeating: 0xFF, count: 16)),
        let head = LedgerHead(
          ledger: other, size: 2, root: heads[2].head.root, at: ForgedTrial.instant)
      else { return }
      heads[2] = head.signed(with: trial.signingKey)
    },
  ]

  private static let revealEdits: [Tampering] = [
    Tampering("another seed", "seed") { trial in
      try trial.bundle(seed: Seed(secureBytes: Array(repeating: 0, count: 32))).canonicalBytes()
    },
    Tampering("a scheme that is not revealed", "scheme") { trial in
      try trial.bundle(schemes: Array(trial.schemes.dropLast())).canonicalBytes()
    },
    text("a scheme other than the one committed to", "scheme", "\"max\":85", "\"max\":86"),
    Tampering("a scheme that carries what it may not", "scheme") { trial in
      let last = trial.schemes[2]
      let scheme = try Scheme(
        ledger: trial.identity, epoch: 4,
        arms: [.init(id: "NEW", ratio: 1), last.arms[0]].map {
          .init(id: $0.id, ratio: 1)
        }, factors: last.factors, strata: [],
        method: .minimization(
          .init(
            factors: [.init(id: "sex", weight: 1)], overall: 0, measure: .range,
            p: .init(2, of: 3), unequal: .slots)), carry: true)
      return try committing(to: scheme.canonicalBytes, in: trial)
    },
    broken("a scheme of a ratio not reduced", "\"ratio\":1", "\"ratio\":60"),
    broken("a scheme with a key too many", "\"strata\":", "\"seed\":1,\"strata\":"),
    broken("a scheme with a level twice", "\"female\"", "\"male\""),
    broken("a scheme with an unknown stratum", "\"strata\":[", "\"strata\":[\"nowhere\","),
    broken("a scheme whose cap names no level", "\"when\":{}", "\"when\":{\"sex\":\"x\"}"),
    broken("a scheme of an unknown rule", "\"void\":\"keep\"", "\"void\":\"forget\""),
  ]

  /// A scheme that breaks a rule, committed to and put into force all the same.
  private static func broken(_ name: String, _ old: String, _ new: String) -> Tampering {
    Tampering(name, "scheme") { trial in
      let sound = try Scheme(
        ledger: trial.identity, epoch: 4,
        arms: trial.schemes[0].arms.map {
          .init(id: $0.id, ratio: 1)
        }, factors: trial.schemes[0].factors, strata: ["sex"], method: .simple,
        caps: [.init(when: [:], max: 9)])
      let text = String(decoding: sound.canonicalBytes, as: UTF8.self)
      let bad = text.replacing(old, with: new)
      guard bad != text else { throw ForgedTrial.NoKey() }
      return try committing(to: Array(bad.utf8), in: trial)
    }
  }

  private static func committing(to scheme: [UInt8], in trial: ForgedTrial) throws -> [UInt8] {
    let bundle = try trial.bundle(
      trial.bodies + [
        .epoch(
          number: 4, commitment: trial.seed.commitment(toCanonical: scheme, epoch: 4)),
        .entropy(epoch: 4, value: [7], source: "dice"),
      ])
    let text = String(decoding: try bundle.canonicalBytes(), as: UTF8.self)
    return Array(
      text.replacing(
        "\"schemes\":[", with: "\"schemes\":[\(String(decoding: scheme, as: UTF8.self)),"
      ).utf8)
  }

  /// The allocation of a number with some parts replaced.
  private static func allocation(
    _ name: String, _ code: String, _ number: Int = 12,
    _ change:
      @escaping @Sendable (ForgedTrial, LedgerEntry.SealedAllocation) throws
      -> LedgerEntry.SealedAllocation
  ) -> Tampering {
    Tampering(name, code) { trial in
      let (index, old) = trial.allocation(number)
      return try trial.replacing(index, by: .allocate(change(trial, old))).canonicalBytes()
    }
  }

  private static let replayEdits: [Tampering] = [
    Tampering("public entropy left out", "entropy") { trial in
      var bodies = trial.bodies
      bodies.remove(at: 2)
      return try trial.bundle(bodies).canonicalBytes()
    },
    Tampering("public entropy of another epoch", "entropy") { trial in
      try trial.replacing(2, by: .entropy(epoch: 2, value: [], source: "dice")).canonicalBytes()
    },
    Tampering("public entropy chosen afterwards", "allocation") { trial in
      try trial.replacing(2, by: .entropy(epoch: 1, value: [9, 9], source: "dice"))
        .canonicalBytes()
    },
    allocation("a request used twice", "duplicate") { trial, old in
      old.with(requestID: trial.allocation(3).body.requestID)
    },
    allocation("a participant allocated twice", "duplicate") { trial, old in
      old.with(subject: trial.allocation(3).body.subject)
    },
    allocation("a level that is not planned", "refusable") { _, old in
      old.with(levels: old.levels.merging(["site": "S99"]) { $1 })
    },
    allocation("a factor missing", "refusable") { _, old in
      old.with(levels: old.levels.filter { $0.key != "sex" })
    },
    allocation("a factor that is not planned", "refusable") { _, old in
      old.with(levels: old.levels.merging(["ward": "1"]) { $1 })
    },
    Tampering("an allocation after the end", "refusable") { trial in
      let last = trial.allocation(5).body
      return try trial.bundle(
        trial.bodies + [
          .allocate(last.with(requestID: "late", subject: "P-late", levels: last.levels))
        ]
      ).canonicalBytes()
    },
    allocation("a position left out", "sequence") { _, old in old.with(seq: old.seq + 1) },
    allocation("an epoch that is not in force", "sequence") { _, old in old.with(epoch: 3) },
    Tampering("two participants exchanged", "sequence") { trial in
      let all = trial.ledger.allocations
      guard
        let later = all.indices.dropFirst().first(where: {
          all[$0].stratum == all[0].stratum && all[$0].epoch == 1
        })
      else { throw ForgedTrial.NoKey() }
      let (first, second) = (trial.allocation(0), trial.allocation(later))
      var bodies = trial.bodies
      bodies.swapAt(first.index, second.index)
      return try trial.bundle(bodies).canonicalBytes()
    },
    allocation("an arm that was not drawn", "allocation") { trial, old in
      guard let draw = trial.ledger.allocation(of: old.subject) else { return old }
      return old.with(seal: draw.sealKey.seal(arm: draw.arm == "KET" ? "ECT" : "KET"))
    },
    Tampering("a void of nobody", "subject") { trial in
      try trial.replacing(4, by: .void(subject: "P-0", reason: "x")).canonicalBytes()
    },
    Tampering("a correction of nobody", "subject") { trial in
      try trial.replacing(4, by: .correct(subject: "P-0", levels: [:], reason: "x"))
        .canonicalBytes()
    },
    Tampering("a second opening", "kind") { trial in
      try trial.bundle(trial.bodies + [trial.bodies[0]]).canonicalBytes()
    },
  ]

  private static func column(
    _ name: String, _ change: @escaping @Sendable (inout [Randomization.Bundle.ArmRow]) -> Void
  ) -> Tampering {
    Tampering(name, "arms") { trial in
      var rows = trial.rows
      change(&rows)
      return try trial.bundle(rows: rows).canonicalBytes()
    }
  }

  private static let columnEdits: [Tampering] = [
    column("an arm changed in the data set") { rows in
      rows[4] = .init(subject: rows[4].subject, arm: rows[4].arm == "KET" ? "KAP" : "KET")
    },
    column("a row left out") { $0.removeLast() },
    column("a row of nobody") { $0[3] = .init(subject: "P-0", arm: "KET") },
    column("a row too many") { $0.append(.init(subject: "P-0", arm: "KET")) },
    column("a row twice in place of another") { $0[6] = $0[5] },
  ]

  private static let textEdits: [Tampering] = [
    text("a text that ends early", "format", "\"seed\":\"", "\"seed\":"),
    text("a key twice", "format", "\"seq\":1,", "\"seq\":1,\"seq\":1,"),
    text("a fraction", "format", "\"seq\":1,", "\"seq\":1.0,"),
    text("an exponent", "format", "\"seq\":1,", "\"seq\":1e0,"),
    text("no number", "format", "\"seq\":1,", "\"seq\":NaN,"),
    text("a number with a leading zero", "format", "\"seq\":1,", "\"seq\":01,"),
    text("a negative zero", "format", "\"seq\":1,", "\"seq\":-0,"),
    text("a number too large", "format", "\"seq\":1,", "\"seq\":9007199254740992,"),
    text("a text that is not in form C", "format", "Zürich", "Zu\u{308}rich"),
    text("a control character", "format", "\"dice\"", "\"di\\u0001ce\""),
    text("a delete character", "format", "\"dice\"", "\"di\u{7F}ce\""),
    text("half a surrogate", "format", "\"dice\"", "\"di\\ud800ce\""),
    text("a key that is none", "format", "\"source\"", "\"Source\""),
    text("a part too many", "format", "\"seed\":", "\"reason\":1,\"seed\":"),
    Tampering("bytes that are not UTF-8", "format") { trial in
      try trial.bundle().canonicalBytes() + [0xFF]
    },
    Tampering("something after the end", "format") { trial in
      try trial.bundle().canonicalBytes() + Array("{}".utf8)
    },
    Tampering("no bundle at all", "format") { _ in Array("[1, 2]".utf8) },
  ]
}

extension LedgerEntry.SealedAllocation {
  /// The allocation with some parts replaced.
  fileprivate func with(
    requestID: Label? = nil, subject: Label? = nil, epoch: Int? = nil,
    levels: [Label: Label]? = nil, seq: Int? = nil, seal: Fingerprint? = nil
  ) -> Self {
    .init(
      requestID: requestID ?? self.requestID, subject: subject ?? self.subject,
      epoch: epoch ?? self.epoch, levels: levels ?? self.levels, seq: seq ?? self.seq,
      seal: seal ?? self.seal)
  }
}
