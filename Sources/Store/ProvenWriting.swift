public import Postgres

extension ConnectionConfiguration {
  /// The same, whose connections prove that the program writes: the database makes of the key a proof
  /// over each seal and each audit row, and holds the key nowhere.
  ///
  /// - Parameter key: 32 bytes.
  public func proving(with key: [UInt8]) -> Self {
    beginning(
      with: "eq.write_key",
      key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
  }
}
