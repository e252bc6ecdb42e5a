import Randomization

/// Tree vectors, signatures, and bundles that verify or do not.
enum BundleCases {
  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    var outcomes: [CaseOutcome] = []
    if let tree = file["tree"] { outcomes += try TreeCases.outcomes(tree) }
    if let valid = file["valid"] {
      if file["signing_key"] != nil {
        outcomes.append(try signatures(valid, key: file.bytes("signing_key")))
      }
      let reference = ReferenceCase(
        "valid", method: "bundle", given: valid,
        expected: .record([
          "code": .text("verified"), "index": .integer(try valid.items("entries").count),
        ]))
      outcomes.append(try reference.outcome(verify))
    }
    for value in try file.itemsIfAny("tampered") {
      let reference = ReferenceCase(
        try value.text("name"), method: "bundle", given: try value.required("bundle"),
        expected: try value.required("expect"))
      outcomes.append(try reference.outcome(verify))
    }
    return outcomes
  }

  private static func verify(_ bundle: CaseValue) throws(CaseFileRefusal) -> CaseValue {
    switch BundleVerifier.verify(Array(bundle.json.utf8)) {
    case .verified(let entries):
      .record(["code": .text("verified"), "index": .integer(entries)])
    case .chainOnly(let entries):
      .record(["code": .text("chain_only"), "index": .integer(entries)])
    case .failure(let code, let index):
      .record(["code": .text(code.rawValue), "index": .integer(index)])
    }
  }

  /// The heads of a bundle signed again: Ed25519 has one signature for a key and a message.
  private static func signatures(
    _ bundle: CaseValue, key bytes: [UInt8]
  ) throws(CaseFileRefusal) -> CaseOutcome {
    guard let key = SigningKey(secureBytes: bytes) else { throw .malformed("a signing key") }
    let heads = try bundle.items("heads")
    let reference = ReferenceCase(
      "signatures", method: "heads", given: .list(heads.map { $0.without(["sig"]) }),
      expected: .list(heads.map { $0.only(["sig"]) }))
    return try reference.outcome { given throws(CaseFileRefusal) in
      guard case .list(let heads) = given else { throw .malformed("heads") }
      return .list(
        try heads.map { value throws(CaseFileRefusal) in
          let head = try value.required("head")
          guard let ledger = LedgerIdentity(try head.bytes("ledger")),
            let root = Fingerprint(try head.bytes("root")),
            let signed = LedgerHead(
              ledger: ledger, size: try head.integer("size"), root: root, at: try head.text("at"))
          else { throw .malformed("a head") }
          return .record(["sig": .hex(signed.signed(with: key).signature)])
        })
    }
  }
}

/// Roots and proofs of the Merkle tree.
enum TreeCases {
  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    var tree = MerkleTree()
    for leaf in try file.items("leaves") {
      guard case .text(let hex) = leaf, let content = Hex.bytes(Array(hex.utf8)) else {
        throw .malformed("leaves")
      }
      tree = MerkleTree(leaves: tree.leaves + [MerkleTree.leaf(content)])
    }
    let roots = ReferenceCase(
      "tree roots", method: "tree", file, expecting: ["empty_root", "roots"])
    var outcomes = [
      try roots.outcome { _ in
        .record([
          "empty_root": .text(MerkleTree().root().hex),
          "roots": .list((1...tree.leaves.count).map { .text(tree.root(size: $0).hex) }),
        ])
      }
    ]
    for (index, value) in try file.itemsIfAny("inclusion").enumerated() {
      let reference = ReferenceCase(
        "inclusion \(index + 1)", method: "tree", value, expecting: ["path"])
      outcomes.append(
        try reference.outcome { given throws(CaseFileRefusal) in
          path(
            tree.inclusionPath(
              index: try given.integer("index"), size: try given.integer("size")))
        })
    }
    for (index, value) in try file.itemsIfAny("consistency").enumerated() {
      let reference = ReferenceCase(
        "consistency \(index + 1)", method: "tree", value, expecting: ["path"])
      outcomes.append(
        try reference.outcome { given throws(CaseFileRefusal) in
          path(
            tree.consistencyPath(
              first: try given.integer("first"), second: try given.integer("second")))
        })
    }
    return outcomes
  }

  private static func path(_ path: [Fingerprint]) -> CaseValue {
    .record(["path": .list(path.map { .text($0.hex) })])
  }
}
