public import Store
public import StudyModel

extension StudyDefinition {
  /// The clock on the wall of a site.
  ///
  /// - Throws: `notNow` where the definition does not have the site: no other clock stands in for its own.
  public func clock(of site: SiteKey) throws(ActRefusal) -> SiteClock {
    guard let zone = self.site(site)?.timeZone, let clock = try? SiteClock(zone: zone) else {
      throw .notNow(
        code: "site_unknown",
        sentence: "The definition has no site \(site), so that no time can be told by its clock. "
          + "Nothing was changed.")
    }
    return clock
  }
}

extension Installation {
  /// The clock on the wall of a site of a trial, whichever version added it: none changes it afterwards.
  ///
  /// - Throws: `notNow` where no version in force has the site.
  public func wallClock(of site: SiteKey, in trial: Trial) async throws -> SiteClock {
    try await definition(of: trial).clock(of: site)
  }
}
