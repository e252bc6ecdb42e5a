import Store
public import StudyModel

/// What an amendment changed for the whole trial, and since when that holds.
public struct WholeChange: Sendable, Equatable {
  /// The version.
  public let version: String
  /// Since when.
  public let since: UTCInstant
  /// What differs from the plan before it.
  public let parts: [WholePart]

  /// The change as a report prints it.
  public var sentence: String {
    "Version \(version) of the protocol holds for the whole trial since \(since), and changed: "
      + parts.map(\.rawValue).joined(separator: ", ") + "."
  }
}

extension Installation {
  /// The version whose parts hold for the whole trial; nil while that is the first.
  ///
  /// It is the last one on record. A later one goes on record when it is first found in force at every site
  /// that was opened and is not closed, so that the trial never goes back to an earlier plan.
  func versionHeldForTheWhole(
    in trial: Trial, among later: [StudyDefinition]
  ) async throws -> StudyDefinition? {
    let found = try await onBehalfOfTheSystem(trial) { session in
      (try session.wholeVersions(of: trial.id), try session.sites(of: trial.id))
    }
    let versions = later.map(\.version)
    var held = versions.firstIndex { $0 == found.0.last?.version } ?? -1
    let common = try await placeInForceEverywhere(found.1, in: trial, among: versions)
    if common > held, StudyState(rawValue: trial.state).map({ !$0.isClosed }) ?? false,
      try await hold(versions[common], in: trial)
    {
      held = common
    }
    return later.indices.contains(held) ? later[held] : nil
  }

  /// Where the last version stands that is in force, itself or by a later one, at every open site.
  private func placeInForceEverywhere(
    _ sites: [Site], in trial: Trial, among versions: [String]
  ) async throws -> Int {
    let rows = try await siteVersions(of: trial)
    var least: Int?
    for site in sites where ["active", "suspended"].contains(site.state) {
      let day = try SiteClock(zone: site.zone).date(at: clock.now)
      let version = rows.last { $0.site == site.key && $0.from <= day }?.version
      let there = versions.firstIndex { $0 == version } ?? -1
      least = min(least ?? there, there)
    }
    return least ?? -1
  }

  /// Puts it on record; false when the database finds it is not so, or somebody else was first.
  private func hold(_ version: String, in trial: Trial) async throws -> Bool {
    do {
      try await onBehalfOfTheSystem(trial) { try $0.holdForTheWhole(version) }
      return true
    } catch ActRefusal.notNow(code: "not_from_this_state", sentence: _) {
      return try await onBehalfOfTheSystem(trial) { try $0.wholeVersions(of: trial.id) }
        .contains { $0.version == version }
    } catch ActRefusal.closed {
      return false
    }
  }

  /// What amendments changed for the whole trial, in order, as far as it holds.
  func wholeChanges(of trial: Trial) async throws -> [WholeChange] {
    guard trial.amendments > 0 else { return [] }
    // Whoever asks for the definition first puts on record what holds by now.
    _ = try await definition(of: trial)
    let held = try await onBehalfOfTheSystem(trial) { try $0.wholeVersions(of: trial.id) }
    var before = try await definition(of: trial, version: trial.version)
    var changes: [WholeChange] = []
    for one in held {
      let after = try await definition(of: trial, version: one.version)
      let parts = before.wholeParts(changedIn: after)
      if !parts.isEmpty {
        changes.append(WholeChange(version: one.version, since: one.since, parts: parts))
      }
      before = after
    }
    return changes
  }

  /// The interim looks taken so far, whoever may know of them yet.
  func takenLooks(of trial: Trial) async throws -> Set<String> {
    Set(try await asCommittee(trial) { try $0.looks(in: trial.id) }.map(\.look))
  }
}
