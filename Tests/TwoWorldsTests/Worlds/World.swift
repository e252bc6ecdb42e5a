import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Postgres
import PostgresTestServer
import Store
import StudyModel
import Synchronization
import Testing

@testable import Conduct
@testable import Simulation
@testable import Web

/// One of two installations: the product's own store, acts, routes and pages on a database.
struct World: Sendable {
  let database: TestDatabase
  let template: Template
  private(set) var installation: Installation
  let random: ScriptedRandom
  let log: KeptLog
  private var responder: CallbackResponder<BareContext>
  /// The server that answers in the place of the responder, where there is one.
  private(set) var server: WorldServer?

  /// All worlds have the same text, which need not be read for each.
  private static let readings = DefinitionReadings()

  var trial: Trial { template.trial }
  var definition: StudyDefinition { template.definition }

  /// A copy of a database nobody is connected to.
  init(copyOf name: String, _ template: Template) throws {
    let database = try Template.server.get().createDatabase(fromTemplate: name)
    try self.init(on: database, template)
  }

  init(on database: TestDatabase, _ template: Template) throws {
    self.database = database
    self.template = template
    random = ScriptedRandom()
    log = KeptLog()
    let keys = try #require(KeyRing(master: Template.master))
    installation = Installation(
      store: TrialStore(database.configuration.proving(with: keys.writeKey)), keys: keys,
      clock: FixedClock(Template.asked),
      random: random, software: "two worlds")
    installation.passwordCost = Template.passwordCost
    installation.definitions = DefinitionShelf(readings: Self.readings)
    responder = Self.responder(installation, log, .none)
  }

  private static func responder(
    _ installation: Installation, _ log: KeptLog, _ limits: RequestLimits
  ) -> CallbackResponder<BareContext> {
    site(installation, log, limits).responder()
  }

  private static func site(
    _ installation: Installation, _ log: KeptLog, _ limits: RequestLimits
  ) -> WebSite {
    WebSite(
      installation, trainingPassword: nil, limits: limits,
      logger: Logger(label: "two worlds") { _ in log })
  }

  /// The same world behind a server on a port: asked by bytes, through all that the daemon has.
  func served(
    as name: String? = nil, change: (@Sendable (String) -> String)? = nil
  ) async -> World {
    var world = self
    world.server = await WorldServer(
      Self.site(installation, log, .none), serverName: name, change: change)
    return world
  }

  /// The same world with limits: without them, tests may ask faster than people do.
  func bounded(by limits: RequestLimits) -> World {
    var world = self
    world.responder = Self.responder(installation, log, limits)
    return world
  }

  /// The same world asked at another instant.
  func at(_ now: UTCInstant) -> World {
    var world = self
    world.installation = installation.at(now)
    world.responder = Self.responder(world.installation, log, .none)
    return world
  }

  func close() async {
    server?.stop()
    await installation.store.close()
  }

  func drop() async throws {
    await close()
    try database.drop()
  }

  /// A session of the superuser, or of one of the product's logins in the place of a person.
  func direct(_ login: String? = nil, as person: Person? = nil) throws -> Connection {
    let configuration = login.map { database.configuration.with("user", $0) }
    let connection = try Connection(configuration: configuration ?? database.configuration)
    if let person {
      try connection.script(
        """
        select set_config('eq.trial', '\(trial.id)', false), set_config('eq.actor', '\(person.user)', false),
               set_config('eq.role', '\(person.role)', false), set_config('eq.sites', '\(person.site)', false)
        """)
    }
    return connection
  }

  func person(_ name: String) throws -> Person {
    try #require(
      template.people.first { $0.username == name || $0.name == name || $0.role == name },
      "nobody is \(name)")
  }

  /// The number that a request gets in every world.
  func number(_ asked: Asked) -> String {
    random.begin("request \(asked.number)")
    return RequestNumber(random).text
  }

  /// Asks as somebody's browser or program would, and gives all that comes back.
  func tell(_ asked: Asked) async throws -> Told {
    random.begin("request \(asked.number)")
    if let server { return try await server.tell(asked) }
    var head = HTTPRequest(
      method: HTTPRequest.Method(rawValue: asked.method) ?? .get, scheme: "http",
      authority: "localhost:8420", path: asked.target)
    for (name, value) in asked.headers {
      guard let name = HTTPField.Name(name) else { continue }
      head.headerFields.append(HTTPField(name: name, value: value))
    }
    let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: asked.body)))
    let response = try await responder.respond(
      to: request, context: BareContext(source: BareSource()))
    let collected = Collected()
    try await response.body.write(Collector(into: collected))
    return Told(
      status: response.status.code,
      headers: response.headers.map { Told.Header(name: $0.name.rawName, value: $0.value) },
      body: collected.bytes)
  }
}

/// What the product needs of the server around it, which is nothing.
struct BareSource: RequestContextSource {
  var logger: Logger { Logger(label: "two worlds") }
}

struct BareContext: Hummingbird.RequestContext {
  typealias Source = BareSource
  var coreContext: CoreRequestContextStorage

  /// Makes a context of nothing.
  public init(source: BareSource) { coreContext = CoreRequestContextStorage(source: source) }
}

final class Collected: Sendable {
  private let kept = Mutex<[UInt8]>([])
  var bytes: [UInt8] { kept.withLock { $0 } }
  func add(_ buffer: ByteBuffer) { kept.withLock { $0 += buffer.readableBytesView } }
}

private struct Collector: ResponseBodyWriter {
  let into: Collected
  init(into: Collected) { self.into = into }
  mutating func write(_ buffer: ByteBuffer) async throws { into.add(buffer) }
  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// The log of a world, a line each.
final class KeptLog: LogHandler, Sendable {
  private let kept = Mutex<[String]>([])
  var lines: [String] { kept.withLock { $0 } }
  var metadata: Logger.Metadata {
    get { [:] }
    set { _ = newValue }
  }
  var logLevel: Logger.Level {
    get { .trace }
    set { _ = newValue }
  }
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set { _ = newValue }
  }
  func log(event: LogEvent) {
    kept.withLock { $0.append("\(event.level) \(event.message)") }
  }
  func add(_ line: String) { kept.withLock { $0.append(line) } }
}
