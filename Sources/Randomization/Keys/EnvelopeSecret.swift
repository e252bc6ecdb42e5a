extension Seed {
  /// Sixteen bytes that belong to one participant of one ledger, from which the code of the
  /// participant's offline envelope is spelled.
  ///
  /// Bound by its own words, so that it tells nothing of any draw, seal or other participant; from
  /// the seed and not from a key of the server, so that codes on paper outlive a change of key.
  func envelopeSecret(ledger: LedgerIdentity, subject: Label) -> [UInt8] {
    Array(
      Mac.code(key: bytes, Array("envelope-code/v1".utf8), ledger.bytes, subject.utf8).prefix(16))
  }
}

extension AllocationLedger {
  /// The secret of a participant's offline envelope, whether allocated yet or not; nil without seed.
  public func envelopeSecret(of subject: Label) -> [UInt8]? {
    seed?.envelopeSecret(ledger: identity, subject: subject)
  }
}
