// swift-format-ignore: AlwaysUseLowerCamelCase
/// A signed correction beside a reported value as a snapshot holds one.
///
/// The names are those of its JSON.
public struct SnapshotCorrection: Decodable, Sendable {
  /// The number in the trial.
  public let data_correction: Int
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let `repeat`: Int
  /// The field.
  public let field: String
  /// The version of the entry it corrects.
  public let version: Int
  /// The value as the evidence has it.
  public let corrected: String
  /// Why.
  public let reason: String
  /// What shows it.
  public let evidence: String
  /// The role of who signed.
  public let role: String
  /// The meaning of the signature.
  public let meaning: String
  /// The instant of signing.
  public let at: String
  /// From when it does not count, empty while it does.
  public let voided_at: String
  /// Why it does not count, empty while it does.
  public let voided_because: String
}
