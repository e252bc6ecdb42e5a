import Postgres
import PostgresTestServer
import StudyModel
import Testing

@testable import Store

/// Every statement of the product, prepared against the schema.
@Suite(.serialized) struct StatementTests {
  static func statements<S: StatementSet>(_ set: S.Type) -> [(name: String, sql: String)] {
    set.allCases.flatMap { statement -> [(name: String, sql: String)] in
      let name = "\(S.self).\(statement)"
      guard statement.rawValue.contains("{class}") else { return [(name, statement.rawValue)] }
      return DataClass.allCases.map {
        ("\(name) of \($0.rawValue)", statement.of($0).text)
      }
    }
  }

  static let all =
    statements(ContextSQL.self) + statements(AccountSQL.self)
    + statements(SignInSessionSQL.self) + statements(StudySQL.self)
    + statements(ParticipantSQL.self) + statements(EntrySQL.self) + statements(RatingSQL.self)
    + statements(SittingSQL.self) + statements(SampleSQL.self)
    + statements(AllocationSQL.self) + statements(CutSQL.self) + statements(ReplySQL.self)
    + statements(AuditSQL.self) + statements(RequestSQL.self) + statements(SchemeDraftSQL.self)
    + statements(DisclosureSQL.self) + statements(QuerySQL.self) + statements(ReviewSQL.self)
    + statements(AlertSQL.self) + statements(DeviationSQL.self) + statements(SafetyClockSQL.self)
    + statements(DerivedValueSQL.self) + statements(EntryValueSQL.self)
    + statements(JudgementSQL.self) + statements(LetterSQL.self)
    + statements(ParticipantFactSQL.self)
    + statements(VersionSQL.self) + statements(ImportSQL.self)
    + statements(LedgerRowsSQL.self) + statements(KeySQL.self) + statements(RecordLogSQL.self)
    + statements(SignerSQL.self) + statements(DesignSimulationSQL.self)
    + statements(AuditReadingSQL.self) + statements(RemovalSQL.self)
    + statements(PasskeySQL.self) + statements(IdentityEntrySQL.self) + statements(TransferSQL.self)
    + statements(ClockSQL.self)
    + statements(DisclosureReportSQL.self) + statements(SecurityAlertSQL.self)
    + statements(ProviderSQL.self)

  /// Classes that have no table or function of the kind; no act asks for them.
  static func isMeant(_ name: String) -> Bool {
    // The trail of the allocations is read by a statement of its own.
    if name.hasSuffix(" of allocation") { return name.hasPrefix("AuditSQL") }
    return !name.hasSuffix(" of identity") && !name.hasSuffix(" of sealed")
  }

  @Test func `every statement fits the schema`() async throws {
    let template = try await TemplateTrial.made.value
    let database = try JourneyServer.shared().createDatabase(fromTemplate: template.name)
    defer { try? database.drop() }
    let connection = try Connection(configuration: database.configuration)
    let meant = Self.all.filter { Self.isMeant($0.name) }
    #expect(meant.count >= 100)
    for (index, statement) in meant.enumerated() {
      do {
        try connection.script("prepare s\(index) as \(statement.sql)")
      } catch {
        guard case .server(let fault) = error else { throw error }
        Issue.record("\(statement.name): \(fault.sqlState.rawValue) \(fault.internalMessage)")
      }
    }
  }

  @Test func `a statement that does not fit is found`() async throws {
    let template = try await TemplateTrial.made.value
    let database = try JourneyServer.shared().createDatabase(fromTemplate: template.name)
    defer { try? database.drop() }
    let connection = try Connection(configuration: database.configuration)
    #expect(throws: DatabaseError.self) {
      try connection.script("prepare s as select arm from open.participants where trial_id = $1")
    }
  }
}
