import Foundation
import Postgres
import PostgresTestServer
import Randomization
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Host

/// A folder with the key files of one installation.
struct KeyFolder {
  let path: String
  var file: KeyFile { KeyFile(path + "/key") }
  var signIn: KeyFile { KeyFile(path + "/sign-in-key") }

  /// The key the test worlds are sealed under.
  static let master: [UInt8] = Array(0..<32)

  init() throws {
    path = "/tmp/eqkeys\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Starts as a server does, and gives the key it chose with what it said.
  func start(_ store: KeyStore) async throws -> (choice: KeyChoice, said: [String]) {
    var said: [String] = []
    let choice = try await KeyChoice.made(
      file, signIn: signIn, store: store, random: { SystemRandomSource().bytes($0) },
      say: { said.append($0) })
    return (choice, said)
  }
}

extension ReferenceTrial {
  var keyStore: KeyStore {
    KeyStore(
      database.configuration.proving(with: JourneyServer.writeKey).with("user", Login.owner))
  }

  /// A daemon with the key a start chose.
  func daemon(_ choice: KeyChoice) -> Installation {
    var installation = Installation(
      store: TrialStore(
        choice.keys.map { database.configuration.proving(with: $0.writeKey) }
          ?? database.configuration), keys: choice.keys, signInKey: choice.signInKey,
      keyState: choice.state, clock: FixedClock(ReferenceTrial.start), software: "equipoise test")
    installation.passwordCost = Passwords.simulationCost
    return installation
  }

  /// Every box of the database, by table and row.
  ///
  /// Which columns hold boxes is read from the catalog: a column that a rotation forgets is found.
  func boxes() throws -> [String] {
    let columns = try direct().lines(
      """
      select attrelid::regclass || ' ' || attname from pg_attribute
        join pg_class on pg_class.oid = attrelid
       where relkind = 'r' and attname ~ '(^|_)box$' and attname <> 'likeness_box' and not attisdropped
       order by 1
      """
    ).map { $0.split(separator: " ") }
    return try columns.flatMap { column in
      try direct().lines(
        """
        select '\(column[0]) ' || row_number() over (order by ctid) || ' '
            || encode(\(column[1]), 'hex')
          from \(column[0]) where \(column[1]) is not null
        """)
    }
  }

  /// The arms in ledger order, opened with these keys.
  func arms(_ keys: KeyRing) async throws -> [String] {
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    let rows = try #require(
      try await installation.store.snapshot(.allocator, context) {
        try $0.ledgerRows(of: trial.id)
      })
    let ledger = try #require(LedgerIdentity(rows.ledger))
    return try rows.allocations.map { row in
      try ArmBox.opened(
        row.armBox, ledger: ledger, entry: Int(row.index), key: keys.boxKey
      ).text
    }
  }
}
