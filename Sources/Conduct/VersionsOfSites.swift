import Store
import StudyModel

/// The versions of a trial by site and day, read once for a round.
struct VersionsOfSites: Sendable {
  private let first: StudyDefinition
  private let sites: [SiteDefinition]
  private let rows: [StoredSiteVersion]
  private let definitions: [String: StudyDefinition]

  init(_ installation: Installation, _ trial: Trial) async throws {
    first = try await installation.definition(of: trial, version: trial.version)
    sites = try await installation.definition(of: trial).sites
    rows = try await installation.siteVersions(of: trial)
    let all = try await installation.versionsEverInForce(of: trial)
    definitions = Dictionary(all.map { ($0.version, $0) }) { one, _ in one }
  }

  /// The version in force at a site on a day.
  ///
  /// - Parameter instant: as it was known at an instant; nil for now.
  func version(
    at site: SiteKey, on day: CalendarDate, recordedBy instant: UTCInstant? = nil
  ) -> StudyDefinition {
    rows.inForce(at: site, on: day, recordedBy: instant).flatMap { definitions[$0] } ?? first
  }

  /// The versions in force today, each with its sites.
  func today(_ now: UTCInstant) throws -> [(StudyDefinition, Set<SiteKey>)] {
    var found: [String: Set<SiteKey>] = [:]
    for site in sites {
      let day = try SiteClock(zone: site.timeZone).date(at: now)
      found[version(at: site.key, on: day).version, default: []].insert(site.key)
    }
    return found.keys.sorted().compactMap { name in
      (definitions[name] ?? first, found[name] ?? [])
    }
  }
}
