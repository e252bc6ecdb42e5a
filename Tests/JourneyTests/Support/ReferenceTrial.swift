import Postgres
import PostgresTestServer
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Simulation

/// The study that ships with the product, open for enrolment at two sites, in a database of its own.
struct ReferenceTrial: Sendable {
  static let start: UTCInstant = UTCInstant(microsecondsSince1970: 1_799_053_200_000_000)
  static let password = "a journey through a trial"
  static let london = "101"
  static let berlin = "103"

  let database: TestDatabase
  let installation: Installation
  let trial: Trial
  let definition: StudyDefinition
  let staff: SimulatedStaff

  /// Opens a copy of the template, gives it to the body, and removes it.
  static func run(_ body: (ReferenceTrial) async throws -> Void) async throws {
    let template = try await TemplateTrial.made.value
    await OpenTrials.shared.enter()
    do {
      try await run(template, body)
    } catch {
      await OpenTrials.shared.leave()
      throw error
    }
    await OpenTrials.shared.leave()
  }

  private static func run(
    _ template: TemplateTrial, _ body: (ReferenceTrial) async throws -> Void
  ) async throws {
    let database = try JourneyServer.shared().createDatabase(fromTemplate: template.name)
    let installation = try JourneyServer.installation(on: database)
    let world = ReferenceTrial(
      database: database, installation: installation, trial: template.trial,
      definition: template.definition, staff: template.staff)
    do {
      try await body(world)
    } catch {
      await installation.store.close()
      try database.drop()
      throw error
    }
    await installation.store.close()
    try database.drop()
  }

  /// A second daemon on the same database with the same keys: nothing in memory is shared.
  func anotherDaemon() throws -> Installation { try JourneyServer.installation(on: database) }

  /// The person of a role as an actor who has authenticated at that instant.
  func actor(
    _ role: String, at site: String? = nil, now: UTCInstant = start,
    authenticatedAt: UTCInstant?? = .none, secondFactorAt: UTCInstant? = nil
  ) async throws -> Actor {
    let place = try site.map { try SiteKey(parsing: $0) }
    let person =
      if let known = staff.person(role, at: place) { known } else {
        try await hire(role, at: place)
      }
    return try await actor(
      person, now: now, authenticatedAt: authenticatedAt, secondFactorAt: secondFactorAt)
  }

  /// Somebody in a role that the simulated trial does not need, or one more; the same person when asked again.
  func hire(
    _ role: String, at site: SiteKey?, number: Int? = nil
  ) async throws -> SimulatedPerson {
    let id = try RoleID(parsing: role)
    try #require(definition.roles.contains { $0.id == id }, "there is no role \(role)")
    let username = "\(role)-\(site?.text ?? "all")" + (number.map { "-\($0)" } ?? "")
    let known = try direct().text(
      "select user_id::text from access.users where username = '\(username)'")
    let user: UserID
    if let number = UserID(known) {
      user = number
    } else {
      user = try await installation.createAccount(
        username: username, fullName: "Somebody \(role)", password: Self.password,
        cost: Passwords.simulationCost
      ).user
      try await installation.grant(id, site: site, in: trial, to: user)
      try await installation.recordIdentityCheck(of: user, method: "An invented person.")
      try await installation.acknowledgeAccountability(by: user)
    }
    return SimulatedPerson(
      username: username, password: Self.password, fullName: "Somebody \(role)", role: id,
      site: site, user: user)
  }

  /// A person as an actor, who gave the second factor with the password when nothing else is said.
  func actor(
    _ person: SimulatedPerson, now: UTCInstant = start, authenticatedAt: UTCInstant?? = .none,
    secondFactorAt: UTCInstant? = nil
  ) async throws -> Actor {
    let fresh: UTCInstant? =
      switch authenticatedAt {
      case .none: now
      case .some(let at): at
      }
    return try #require(
      try await installation.actor(
        user: person.user, username: person.username, fullName: person.fullName,
        role: person.role, site: person.site?.text ?? "*",
        trial: try await installation.trial(trial.key), authenticatedAt: fresh,
        secondFactorAt: secondFactorAt ?? fresh))
  }

  /// The raters of the pool.
  var raters: [SimulatedPerson] { staff.people.filter { $0.role.text == "rater" } }
}

/// Lets so many trials be open at once: each has pools of its own, and the server has an end of connections.
private actor OpenTrials {
  static let shared = OpenTrials()
  private var free = 24
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func enter() async {
    guard free == 0 else {
      free -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func leave() {
    guard waiting.isEmpty else { return waiting.removeFirst().resume() }
    free += 1
  }
}

/// The server of these tests: many databases are open on it at the same time.
enum JourneyServer {
  private static let server = Result {
    let server = try PostgresTestServer(settings: ["max_connections = 600"])
    // Roles belong to the whole server: made once, before any suite asks for them.
    try Connection(configuration: server.configuration()).script(Migrator.loginsSQL)
    // Every database of these tests is made from this one, and as closed as that of an installation.
    try Connection(configuration: server.configuration(database: "template1"))
      .script(CatalogRights.closingSQL)
    return server
  }

  static func shared() throws -> PostgresTestServer { try server.get() }

  static let master: [UInt8] = Array(0..<32)
  static let writeKey = KeyRing(master: master)?.writeKey ?? []

  /// Most of these trials have the same text, which need not be read for each.
  private static let readings = DefinitionReadings()

  static func installation(on database: TestDatabase) throws -> Installation {
    let keys = try #require(KeyRing(master: master))
    var installation = Installation(
      store: TrialStore(database.configuration.proving(with: keys.writeKey)), keys: keys,
      clock: FixedClock(ReferenceTrial.start), software: "equipoise test")
    installation.passwordCost = Passwords.simulationCost
    installation.definitions = DefinitionShelf(readings: readings)
    return installation
  }

  /// A database that the owner may migrate, and nothing in it.
  static func emptyDatabase() throws -> TestDatabase {
    let database = try shared().createDatabase()
    try Connection(configuration: shared().configuration()).script(
      "alter database \(database.name) owner to \(Login.owner)")
    return database
  }

  static func migrator(of database: TestDatabase) -> Migrator {
    Migrator(database.configuration.with("user", Login.owner))
  }
}

/// The migrated database with study, staff and randomization, from which every test takes a copy.
struct TemplateTrial: Sendable {
  let name: String
  let trial: Trial
  let definition: StudyDefinition
  let staff: SimulatedStaff

  static let made = Task { try await make() }

  private static func make() async throws -> TemplateTrial {
    let database = try JourneyServer.emptyDatabase()
    _ = try await JourneyServer.migrator(of: database).migrate()
    try await KeyStore(
      database.configuration.proving(with: JourneyServer.writeKey).with("user", Login.owner)
    ).adoptRecord()
    let installation = try JourneyServer.installation(on: database)
    let source = try #require(EmbeddedStudies.definition("kap-ect"))
    let trial = try await installation.loadStudy(source, mode: .simulation)
    let definition = try await installation.definition(of: trial)
    let sites = try [ReferenceTrial.london, ReferenceTrial.berlin].map {
      try SiteKey(parsing: $0)
    }
    let staff = try await SimulatedStaff.create(
      in: trial, sites: sites, raters: 3, prefix: "", password: ReferenceTrial.password,
      cost: Passwords.simulationCost, installation)
    try await TrialSetUp.open(
      trial, sites: sites, staff: staff, entropy: Array("entropy of a later day".utf8),
      at: ReferenceTrial.start, installation)
    let opened = try await installation.trial(trial.key)
    await installation.store.close()
    return TemplateTrial(
      name: database.name, trial: opened, definition: definition, staff: staff)
  }
}
