import Store
public import StudyModel

/// How many take part, over all arms.
public struct EnrolmentCount: Sendable, Equatable {
  /// A site with its numbers.
  public struct AtSite: Sendable, Equatable {
    /// The site.
    public let site: SiteKey
    /// Its name.
    public let name: String
    /// Participants who consented.
    public let consented: Int
    /// Participants who were randomized.
    public let randomized: Int
    /// The most that may be randomized there, nil where the study says nothing.
    public let cap: Int?
  }

  /// Participants of the study who consented.
  public let consented: Int
  /// Participants of the study who were randomized.
  public let randomized: Int
  /// How many are to be randomized.
  public let planned: Int
  /// The sites the reader may tell apart, in order of their keys; nil for who reads totals alone.
  public let sites: [AtSite]?
}

extension Installation {
  /// How many consented and were randomized: the total of the study, and each site in the reach of who
  /// may tell sites apart.
  ///
  /// Counted at each site by consent and by draw, never by stratum or arm.
  public func enrolment(as actor: Actor) async throws -> EnrolmentCount {
    try actor.need(.readEnrolment)
    let all = try await session(actor) { try $0.sites(of: actor.trial.id) }
    let definition = actor.definition
    let told =
      actor.role.can(.readEnrolmentBySite)
      ? all.filter { actor.sites == .all || actor.sites == .site($0.key) } : nil
    return EnrolmentCount(
      consented: all.map(\.consented).reduce(0, +),
      randomized: all.map(\.randomized).reduce(0, +),
      planned: definition.randomization.plannedTotal,
      sites: told?.map {
        EnrolmentCount.AtSite(
          site: $0.key, name: $0.name, consented: $0.consented, randomized: $0.randomized,
          cap: definition.site($0.key)?.cap)
      })
  }
}
