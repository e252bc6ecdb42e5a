/// A site as the definition knows it.
public struct SiteDefinition: Hashable, Sendable {
  /// The key.
  public let key: SiteKey
  /// The name shown to people.
  public let title: String
  /// The country, two letters.
  public let country: String
  /// The IANA name of its time zone.
  public let timeZone: String
  /// The most participants it may randomize, when the study sets one.
  public let cap: Int?
  /// The text a participant sees after an answer that raises an alert.
  public let emergencyContact: String

  /// Makes the value from its parts.
  public init(
    key: SiteKey,
    title: String,
    country: String,
    timeZone: String,
    cap: Int? = nil,
    emergencyContact: String
  ) {
    self.key = key
    self.title = title
    self.country = country
    self.timeZone = timeZone
    self.cap = cap
    self.emergencyContact = emergencyContact
  }
}
