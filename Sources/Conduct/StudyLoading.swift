import Foundation
import Reports
public import Store
import StudyLanguage
public import StudyModel

/// How real a trial is.
public enum TrialMode: String, Sendable {
  /// A trial of people.
  case live
  /// Nothing is real; pages say so.
  case training
  /// Conducted by a program that sets the clock.
  case simulation
}

extension Installation {
  /// Loads a definition as a new trial with its sites planned.
  ///
  /// - Throws: the reader's faults, all at once; `notNow` when the key is taken or a boundary stated is not
  ///   the one that follows.
  public func loadStudy(
    _ source: String, mode: TrialMode, key: String? = nil, by user: UserID? = nil
  ) async throws -> Trial {
    let definition = try StudyDefinition(yaml: source)
    // A boundary on paper that is not the one computed would be found at the look, when it is too late.
    if let sentence = EfficacyPlan.disagreements(definition).first {
      throw ActRefusal.notNow(
        code: "boundaries_differ",
        sentence: sentence + " Nothing was loaded. Correct the definition.")
    }
    let trialKey = key ?? definition.key
    let context = RequestContext(trial: 0, actor: user, role: "", sites: .all)
    do {
      try await refusing {
        try await store.session(.custodian, context) { session in
          let trial = try session.createTrial(
            key: trialKey, title: definition.title, mode: mode.rawValue,
            version: definition.version)
          try session.storeDefinition(
            source, version: definition.version, digest: sha256(source), trial: trial, by: user)
          for site in definition.sites {
            try session.addSite(site.key, name: site.title, zone: site.timeZone, trial: trial)
          }
        }
      }
    } catch let error as StoreError {
      guard case .notUnique = error else { throw error }
      throw ActRefusal.notNow(
        code: "study_exists",
        sentence: "A study with the key \(trialKey) is loaded already. Nothing was changed.")
    }
    guard let trial = try await trials().first(where: { $0.key == trialKey }) else {
      throw ActRefusal.notFound
    }
    return trial
  }

  /// The trial of a key.
  public func trial(_ key: String) async throws -> Trial {
    guard let trial = try await trials().first(where: { $0.key == key }) else {
      throw ActRefusal.notFound
    }
    return trial
  }

  /// The sites in the actor's reach.
  public func sites(as actor: Actor) async throws -> [Site] {
    let sites = try await session(actor) { try $0.sites(of: actor.trial.id) }
    switch actor.sites {
    case .all: return sites
    case .site(let key): return sites.filter { $0.key == key }
    }
  }

  /// The roles a site lacks before it can be opened.
  public func missingStaff(of site: SiteKey, as actor: Actor) async throws -> [Role] {
    try actor.need(.activateSite)
    return try await staffMissing(at: site, actor)
  }

  /// The roles that nobody holds yet and that a site cannot be opened without.
  func staffMissing(at site: SiteKey, _ actor: Actor) async throws -> [Role] {
    let people = try await access { session in
      try session.people(in: actor.trial.id).map { (role: $0.role, site: $0.site) }
    }
    let held = Set(people.filter { $0.site == site.text }.map(\.role))
    let named = actor.definition.roles.filter(\.isNeededAtSites)
    // A definition that names none needs those without whom nobody is randomized.
    let needed =
      named.isEmpty
      ? actor.definition.roles.filter {
        $0.scope == .site
          && ($0.can(.randomize) || $0.can(.signForms) || $0.can(.acknowledgeAllocation))
      } : named
    return needed.filter { !held.contains($0.id.text) }
  }
}
