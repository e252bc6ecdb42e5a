import Foundation
import StudyModel

/// The facts of a participant as the database gave them under the ledger's lock.
struct ReadinessFacts: Decodable {
  struct Signature: Decodable {
    let role: String
    let at: String
    let version: Int
  }

  struct Entry: Decodable {
    let form: String
    let visit: String
    let version: Int
    let status: String
    let answers: [String: StoredAnswer]
    let entered_at: String
    let submitted_at: String?
    let signatures: [Signature]?

    var enteredAt: UTCInstant {
      (try? UTCInstant(parsing: entered_at)) ?? UTCInstant(microsecondsSince1970: 0)
    }

    var fieldAnswers: [FieldID: FieldAnswer] {
      get throws {
        var found: [FieldID: FieldAnswer] = [:]
        for (name, answer) in answers {
          if case .value(let text) = answer { found[try FieldID(parsing: name)] = .value(text) }
        }
        return found
      }
    }
  }

  enum StoredAnswer: Decodable {
    case value(String)
    case missing

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) { self = .value(text) } else { self = .missing }
    }
  }

  let study_state: String
  let site_state: String
  let zone: String
  let site_randomized: Int
  let allocations: Int?
  let site_key: String
  let state: String
  let withdrawal_level: String?
  let consented_at: String
  let now: String
  let likeness_open: Bool
  let blocking_queries: [String]
  let entries: [Entry]

  init(json: String) throws {
    self = try JSONDecoder().decode(ReadinessFacts.self, from: Data(json.utf8))
  }

  /// The instant of the act as the database tells it.
  var instant: UTCInstant {
    get throws { try UTCInstant(parsing: now) }
  }

  /// The facts in the words of the definition.
  func facts(
    _ definition: StudyDefinition, requester: RequesterFacts
  ) throws -> RandomizationFacts {
    let site = try SiteKey(parsing: site_key)
    let clock = try SiteClock(zone: zone)
    var blocking: [VisitCode: Int] = [:]
    for visit in blocking_queries { blocking[try VisitCode(parsing: visit), default: 0] += 1 }
    return RandomizationFacts(
      studyState: StudyState(rawValue: study_state) ?? .draft, site: site,
      siteState: SiteState(rawValue: site_state) ?? .planned, clock: clock,
      participantState: ParticipantState(rawValue: state) ?? .consented,
      isRandomized: state == "randomized" || state == "followed" || state == "completed",
      consentVersionInForce: Self.consentVersion(definition),
      isConsentWithdrawn: withdrawal_level != nil || state == "withdrawn",
      entries: try entries.map { try fact($0, definition, clock) }, openBlockingQueries: blocking,
      isDuplicateSuspected: likeness_open, randomizedInStudy: allocations ?? 0,
      randomizedAtSite: site_randomized,
      siteCap: definition.site(site)?.cap ?? definition.randomization.siteCap,
      requester: requester)
  }

  /// The consent version in force: the last one of the consent form's list of versions.
  private static func consentVersion(_ definition: StudyDefinition) -> String {
    for precondition in definition.randomization.preconditions {
      guard case .consentInForce(let form, let field) = precondition.kind,
        case .code(let versions)? = definition.form(form)?.field(field)?.type
      else { continue }
      return versions.last?.code ?? ""
    }
    return ""
  }

  private func fact(
    _ entry: Entry, _ definition: StudyDefinition, _ clock: SiteClock
  ) throws -> EntryFact {
    let formID = try FormID(parsing: entry.form)
    let form = definition.form(formID)
    let answers = try entry.fieldAnswers
    var values = form?.values(of: answers) ?? [:]
    if let form { try addDerived(to: &values, form, definition) }
    // Ratings and records of the system carry no date field: their submission tells the day.
    let performed: CalendarDate? =
      values.first { $0.key.text == FormHeader.dateField }
      .flatMap { if case .date(let date) = $0.value { date } else { nil } }
      ?? entry.submitted_at.flatMap { try? UTCInstant(parsing: $0) }.map(clock.date)
    let signature = try entry.signatures?.last { $0.version == entry.version }.map { signed in
      let role = try RoleID(parsing: signed.role)
      return SignatureFact(
        signedAt: try UTCInstant(parsing: signed.at), role: role,
        isDelegated: form?.signedBy.contains(role) ?? false)
    }
    return EntryFact(
      form: formID, visit: try? VisitCode(parsing: entry.visit),
      status: EntryStatus(rawValue: entry.status) ?? .inProgress, performedOn: performed,
      lastChangedAt: entry.enteredAt, signature: signature, values: values)
  }

  /// Adds the calculated copies that are not stored with the form, because their class is higher.
  private func addDerived(
    to values: inout [FieldID: FormulaValue], _ form: Form, _ definition: StudyDefinition
  ) throws {
    let hidden = form.fields.filter { form.dataClass(of: $0) > form.dataClass }
    guard !hidden.isEmpty else { return }
    var environment = FormulaEnvironment(own: values, elsewhere: [:])
    for reference in form.outsideReferences {
      guard let name = reference.form, let source = definition.form(name) else { continue }
      let found = entries.filter {
        $0.form == name.text && $0.submitted_at != nil
          && (reference.visit == nil || $0.visit == reference.visit?.text)
      }.max { $0.enteredAt < $1.enteredAt }
      guard let found else { continue }
      environment.elsewhere[reference] = source.values(of: try found.fieldAnswers)[reference.field]
    }
    for field in hidden {
      guard let calculation = field.calculation else { continue }
      values[field.id] = calculation.value(in: environment)
    }
  }
}
