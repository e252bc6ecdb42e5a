/// The clocks by which a formula gives an instant its day.
///
/// There is none without one: an instant is the same everywhere, its date is not. Whoever works a formula
/// out says whose they are; where no clock is known, `date(x)` is missing and never the day in UTC.
public struct FormulaClocks: Hashable, Sendable {
  /// The clock of the site: of the participant's at the time, or of the site an entry is about.
  public let site: SiteClock?
  /// The clock of the sponsor, by which days for reports to authorities end.
  public let sponsor: SiteClock?

  /// Both of them.
  public init(site: SiteClock?, sponsor: SiteClock?) {
    self.site = site
    self.sponsor = sponsor
  }

  /// For formulas that read no instant.
  public static let none = FormulaClocks(site: nil, sponsor: nil)
}

extension StudyDefinition {
  /// The clocks of formulas about a site, or somebody there.
  public func formulaClocks(at site: SiteClock?) -> FormulaClocks {
    FormulaClocks(site: site, sponsor: sponsorZone.flatMap { try? SiteClock(zone: $0) })
  }

  /// The same by the key of the site; one the study does not have has no clock.
  public func formulaClocks(at site: SiteKey?) -> FormulaClocks {
    formulaClocks(at: site.flatMap { self.site($0)?.timeZone }.flatMap { try? SiteClock(zone: $0) })
  }
}
