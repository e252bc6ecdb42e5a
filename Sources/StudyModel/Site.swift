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
  /// The versions of the consent form, each with the first date it may be used on.
  public let consentVersions: [String: CalendarDate]

  /// Makes the value from its parts.
  public init(
    key: SiteKey,
    title: String,
    country: String,
    timeZone: String,
    cap: Int? = nil,
    emergencyContact: String,
    consentVersions: [String: CalendarDate] = [:]
  ) {
    self.key = key
    self.title = title
    self.country = country
    self.timeZone = timeZone
    self.cap = cap
    self.emergencyContact = emergencyContact
    self.consentVersions = consentVersions
  }

  /// The versions of the consent form approved on a date, in order.
  public func consentVersions(on date: CalendarDate) -> [String] {
    consentVersions.filter { $0.value <= date }.keys.sorted()
  }
}
