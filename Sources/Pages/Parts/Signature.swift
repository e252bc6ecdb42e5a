/// One signature as it stands under what was signed.
public struct Signature: Sendable, Equatable {
  /// Who signed.
  public var name: String
  /// In which role.
  public var role: String
  /// When, with the zone.
  public var time: String
  /// What the signature says, as a sentence.
  public var meaning: String
  /// The digest of what was signed.
  public var digest: String
  /// Who voided it and why; empty while it stands.
  public var voided: String

  /// All of it at once.
  public init(
    name: String, role: String, time: String, meaning: String, digest: String, voided: String = ""
  ) {
    self.name = name
    self.role = role
    self.time = time
    self.meaning = meaning
    self.digest = digest
    self.voided = voided
  }
}
