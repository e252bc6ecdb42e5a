public import Datasets
public import Store
public import StudyModel

extension Installation {
  /// Whether a role reads the report of all disclosures.
  public static func readsDisclosures(_ role: Role) -> Bool {
    role.can(.correctRandomization) || role.can(.checkInterimReport)
      || role.can(.buildInterimReport)
  }

  /// Every disclosure, planned or not, by instant, as far as the reader's classes go (REQ-091).
  ///
  /// What a rater or anybody else was told stands in class treatment: who has not this class learns of
  /// no such event, not even that there is one. Of a look the report names who built it, and everybody who
  /// read its closed report with the first reading. No row holds an arm.
  public func disclosureReport(as actor: Actor) async throws -> [ReportedDisclosure] {
    guard Self.readsDisclosures(actor.role) else { throw ActRefusal.notFound }
    let login: Login = actor.role.can(.correctRandomization) ? .custodian : .committee
    let isTreating = login == .committee && actor.role.classes.contains(.treatment)
    let found = try await allDisclosures(of: actor, on: login, withTreatment: isTreating)
    try await session(actor, on: login) { session in
      try session.note(
        "disclosure report read", on: "disclosures", reason: "\(found.count) rows",
        in: .allocation)
    }
    return found
  }

  /// The report as a file.
  public func disclosureFile(
    for variant: CSVText.Variant = .exact, as actor: Actor
  ) async throws -> [UInt8] {
    guard Self.readsDisclosures(actor.role) else { throw ActRefusal.notFound }
    try needFreshSecondFactor(actor)
    return Self.table(of: try await disclosureReport(as: actor), for: variant)
  }

  /// The rows as CSV.
  static func table(
    of rows: [ReportedDisclosure], for variant: CSVText.Variant = .exact
  ) -> [UInt8] {
    let head = [
      "kind", "participant", "at", "recorded_at", "person", "role", "planned", "channel", "ground",
      "reason", "reference", "followed",
    ]
    return Array(
      CSVText.table(
        head,
        rows.map { row in
          [
            row.kind, row.participant, row.at.description, row.recordedAt.description, row.person,
            row.role, row.isPlanned ? "Y" : "N", row.channel, row.ground, row.reason,
            row.reference, row.followed,
          ]
        }, for: variant
      ).utf8)
  }

  func allDisclosures(
    of actor: Actor, on login: Login, withTreatment: Bool
  ) async throws -> [ReportedDisclosure] {
    let definition = try await everyVersion(of: actor.trial)
    let telling = definition.forms.filter { $0.dataClass == .treatment && $0.disclosure != nil }
    let record = blindingRecord(definition)?.id
    let trial = actor.trial.id
    let (rows, entries, reports) = try await session(actor, on: login) { session in
      (
        try session.reportedDisclosures(),
        withTreatment ? try session.disclosureEntries(of: telling.map(\.id), in: trial) : [],
        withTreatment ? try session.unblindingReports(in: trial) : []
      )
    }
    let raters = definition.roles(with: .rate).map(\.id.text)
    // What an entry told once is reported for good: by its last version that says so.
    var told: [DisclosureEntry.Place: ReportedDisclosure] = [:]
    for entry in entries {
      guard let form = telling.first(where: { $0.id.text == entry.form }) else { continue }
      let found = try ReportedDisclosure(
        entry, form, isOfRater: form.id == record,
        isRecord: form.enteredBy.allSatisfy { definition.role($0)?.knowsArms == false })
      if let found { told[entry.place] = found }
    }
    let reported = reports.map { report in
      ReportedDisclosure(
        report, isOfRater: raters.contains(report.role) && !report.report.about.isEmpty)
    }
    return (rows + told.values + reported).sorted {
      ($0.at, $0.kind, $0.participant, $0.recordedAt, $0.report ?? 0, $0.person)
        < ($1.at, $1.kind, $1.participant, $1.recordedAt, $1.report ?? 0, $1.person)
    }
  }
}

extension ReportedDisclosure {
  /// What a form tells, nil where it says that nothing was disclosed.
  ///
  /// Of the record of a blinded person only the source is told: the record itself names the arm.
  init?(_ entry: DisclosureEntry, _ form: Form, isOfRater: Bool, isRecord: Bool) throws {
    guard let rule = form.disclosure else { return nil }
    let answers = try AnswerText.answers(entry.answers)
    guard let told = answers[rule.field]?.text, told != rule.undisclosed else { return nil }
    let fields = form.fields.filter { isRecord ? $0.id == rule.field : $0.calculation == nil }
    let words = fields.compactMap { field in
      answers[field.id]?.text.map { "\(field.label): \(field.told(as: $0))" }
    }
    let instants = form.fields.compactMap { field -> UTCInstant? in
      guard !isRecord, case .dateTime = field.type else { return nil }
      return answers[field.id]?.text.flatMap { try? UTCInstant(parsing: $0) }
    }
    self.init(
      kind: isRecord ? "RATER" : "ACCIDENTAL", participant: entry.participant,
      at: instants.first ?? entry.submittedAt, recordedAt: entry.submittedAt,
      person: entry.author, role: form.enteredBy.map(\.text).joined(separator: " "),
      isPlanned: false, channel: "form \(form.id)", ground: told,
      reason: words.joined(separator: "; "), reference: entry.visit,
      followed: [
        isOfRater ? "rates this participant no more" : "", entry.deviations,
        entry.isLast ? "" : "the form says something else since",
      ].filter { !$0.isEmpty }.joined(separator: "; "))
  }
}

extension Field {
  fileprivate func told(as value: String) -> String {
    guard case .code(let items) = type, let item = items.first(where: { $0.code == value }) else {
      return value
    }
    return item.label
  }
}
