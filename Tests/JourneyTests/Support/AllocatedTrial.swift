import Postgres
import PostgresTestServer
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// The reference trial with participants already randomized at two sites, copied for each test.
///
/// Entries: 0 opens, 1 commits to the scheme, 2 records the entropy, 3 to 8 allocate.
struct AllocatedTrial: Sendable {
  /// How many are randomized.
  static let participants = 6
  /// How many entries that makes.
  static let entries = 3 + participants

  private static let made = Task { try await make() }

  struct Made: Sendable {
    let name: String
    let world: ReferenceTrial
    let receipts: [RandomizationReceipt]
  }

  /// - Parameter further: what else is done before copies are taken.
  static func make(
    _ further: (ReferenceTrial, [Walk]) async throws -> Void = { _, _ in }
  ) async throws -> Made {
    let template = try await TemplateTrial.made.value
    let database = try JourneyServer.shared().createDatabase(fromTemplate: template.name)
    let installation = try JourneyServer.installation(on: database)
    let world = ReferenceTrial(
      database: database, installation: installation, trial: template.trial,
      definition: template.definition, staff: template.staff)
    var receipts: [RandomizationReceipt] = []
    var walks: [Walk] = []
    for number in 0..<participants {
      let site = number.isMultiple(of: 3) ? ReferenceTrial.berlin : ReferenceTrial.london
      let letters = "C" + String(UnicodeScalar(UInt8(65 + number)))
      let walk = try await Walk.ready(world, Way(site: site, initials: letters))
      receipts.append(try await walk.randomize())
      walks.append(walk)
    }
    try await further(world, walks)
    await installation.store.close()
    return Made(name: database.name, world: world, receipts: receipts)
  }

  /// The receipts given with the randomizations, in ledger order.
  static var receipts: [RandomizationReceipt] {
    get async throws { try await made.value.receipts }
  }

  /// Gives a copy to the body, and removes it.
  static func run(_ body: (ReferenceTrial) async throws -> Void) async throws {
    try await run(on: made.value, body)
  }

  /// Gives a copy of what was made.
  static func run(
    on made: Made, _ body: (ReferenceTrial) async throws -> Void
  ) async throws {
    let database = try JourneyServer.shared().createDatabase(fromTemplate: made.name)
    let installation = try JourneyServer.installation(on: database)
    let world = ReferenceTrial(
      database: database, installation: installation, trial: made.world.trial,
      definition: made.world.definition, staff: made.world.staff)
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
}

extension ReferenceTrial {
  /// Runs statements as a superuser for whom no trigger and no foreign key counts.
  func tamper(_ sql: String) throws {
    let direct = try direct()
    try direct.run("set session_replication_role = replica")
    try direct.run(sql)
  }

  /// What the record says after statements of a superuser for whom no trigger and no foreign key counts; nothing of
  /// them is kept.
  func tampered<R>(_ sql: String, _ body: (RecordReader) throws -> R) throws -> R {
    let connection = try Connection(configuration: database.configuration)
    try connection.script(
      "set timezone = 'UTC'; set bytea_output = 'hex';" + RecordReader.comparisons
        + "; begin; set local session_replication_role = replica;" + sql)
    defer { try? connection.script("rollback") }
    return try body(RecordReader(connection: connection))
  }
}
