public import Conduct
public import Store
public import StudyModel

/// An account made for a training or simulated trial.
public struct SimulatedPerson: Sendable {
  /// The user name.
  public let username: String
  /// The password.
  public let password: String
  /// The printed name.
  public let fullName: String
  /// The role.
  public let role: RoleID
  /// The site, nil for roles of the whole study.
  public let site: SiteKey?
  /// The number of the account.
  public let user: UserID
}

/// The people of a training or simulated trial.
public struct SimulatedStaff: Sendable {
  /// Everybody.
  public let people: [SimulatedPerson]

  /// The roles a site needs to take part in the journey, in order.
  static let siteRoles = [
    "coordinator", "investigator", "treat_coordinator", "cog_assessor",
  ]
  /// Who treats; sites need them too.
  static let treatingRoles = ["ketamine_nurse", "therapist", "ect_clinician", "pharmacist"]
  /// The study roles of the journey.
  static let studyRoles = [
    "sponsor_lead", "rand_manager", "stat_unblinded", "data_manager", "data_manager_u",
    "statistician", "dsmb_member", "access_admin", "oncall_physician", "safety_officer",
    "medical_monitor",
  ]

  /// Creates accounts and grants for the given sites, the study's roles and some raters.
  ///
  /// - Parameters:
  ///   - prefix: put before every user name, so that several trials can share a server.
  ///   - everyRole: whether the roles of the study that no step of a simulated trial needs have
  ///     somebody as well, at the first site where they belong to one; never that of the participant.
  public static func create(
    in trial: Trial, sites: [SiteKey], raters: Int, prefix: String, password: String, cost: Int,
    treating: Bool = false, everyRole: Bool = false, _ installation: Installation
  ) async throws -> SimulatedStaff {
    var people: [SimulatedPerson] = []
    func add(_ role: String, _ name: String, _ site: SiteKey?) async throws {
      let username = prefix + name
      let fullName = Self.fullName(people.count)
      let role = try RoleID(parsing: role)
      let account = try await installation.createAccount(
        username: username, fullName: fullName, password: password, cost: cost)
      try await installation.grant(role, site: site, in: trial, to: account.user)
      try await installation.recordIdentityCheck(of: account.user, method: "An invented person.")
      try await installation.acknowledgeAccountability(by: account.user)
      people.append(
        SimulatedPerson(
          username: username, password: password, fullName: fullName, role: role, site: site,
          user: account.user))
    }
    for site in sites {
      for role in siteRoles + (treating ? treatingRoles : []) {
        try await add(role, "\(role.replacing("_", with: "-"))-\(site)", site)
      }
    }
    for number in 1...raters { try await add("rater", "rater-\(number)", nil) }
    for role in studyRoles { try await add(role, role.replacing("_", with: "-"), nil) }
    if let first = sites.first { try await add("monitor", "monitor-\(first)", first) }
    try await add("study_builder", "study-builder", nil)
    // Roles that know arms across sites, and resets, take two administrators.
    try await add("access_admin", "access-admin-2", nil)
    // No site opens without those who treat, whether or not anybody is treated in the trial.
    if !treating {
      for site in sites {
        for role in treatingRoles {
          try await add(role, "\(role.replacing("_", with: "-"))-\(site)", site)
        }
      }
    }
    guard everyRole else { return SimulatedStaff(people: people) }
    for role in try await installation.definition(of: trial).roles
    where role.isHeldByAccount && !people.contains(where: { $0.role == role.id }) {
      let site = role.scope == .site ? sites.first : nil
      let name = role.id.text.replacing("_", with: "-")
      try await add(role.id.text, site.map { "\(name)-\($0)" } ?? name, site)
    }
    return SimulatedStaff(people: people)
  }

  private static let given = [
    "Ada", "Bruno", "Chika", "Dilnoza", "Emil", "Fatou", "Goran", "Hana", "Ines", "Jonas", "Kwame",
    "Leila", "Mirko", "Noor", "Oksana", "Pavel", "Rosa", "Sven", "Tomas", "Yara",
  ]
  private static let family = [
    "Albers", "Brandt", "Costa", "Duarte", "Eriksen", "Fischer", "Grant", "Haddad", "Ivanov",
    "Jensen", "Keller", "Lund", "Moreau",
  ]

  private static func fullName(_ index: Int) -> String {
    "\(given[index % given.count]) \(family[index % family.count])"
  }

  /// The person of a role, at a site where the role has one.
  public func person(_ role: String, at site: SiteKey? = nil) -> SimulatedPerson? {
    people.first { $0.role.text == role && (site == nil || $0.site == site) }
  }

  /// The person as an actor who has just authenticated.
  func actor(
    _ person: SimulatedPerson, in trial: Trial, at now: UTCInstant,
    _ installation: Installation
  ) async throws -> Actor {
    let actor = try await installation.actor(
      user: person.user, username: person.username, fullName: person.fullName,
      role: person.role, site: person.site?.text ?? "*", trial: trial, authenticatedAt: now,
      secondFactorAt: now)
    guard let actor else { throw ActRefusal.notFound }
    return actor
  }
}
