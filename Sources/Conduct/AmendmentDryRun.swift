import Datasets
import Foundation
import Store
public import StudyModel

/// One place in the data where a later version differs from the one it was entered under.
public struct AmendmentFinding: Sendable, Hashable {
  /// What is touched.
  public enum Kind: String, Sendable, CaseIterable {
    /// A form as a whole has no place in the new version.
    case entry
    /// A value has no field, or would not be accepted.
    case value
    /// A calculated field would be worked out otherwise.
    case derived
    /// A rule of the new version would object.
    case check
    /// A data query asks about what is no more.
    case query
    /// A visit that is not scheduled yet would have another window.
    case visit
    /// A participant would come to a population of the analysis, or leave it.
    case population
  }

  /// What is touched.
  public let kind: Kind
  /// The class of the data.
  public let dataClass: DataClass
  /// The participant.
  public let participant: String
  /// The site.
  public let site: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The field, empty for the form as a whole.
  public let field: String
  /// How, without any value.
  public let sentence: String
}

/// What an amendment would mean for the data, before anybody approves it.
public struct AmendmentDryRun: Sendable {
  /// The version tried.
  public let version: String
  /// The classes that were read.
  public let classes: [DataClass]
  /// How many entries were compared.
  public let entries: Int
  /// The visits whose windows differ, with whose they are.
  public let visits: [MovedVisit]
  /// The populations that differ, with who would come and go.
  public let populations: [MovedPopulation]
  /// What changes for the whole trial, in sentences; it holds when the version is in force at every open site.
  public let whole: [String]
  /// Every place that is touched, by participant.
  public let findings: [AmendmentFinding]

  /// The participants touched, in order.
  public var participants: [String] { Array(Set(findings.map(\.participant))).sorted() }

  /// How many findings of a kind there are.
  public func count(_ kind: AmendmentFinding.Kind) -> Int { findings.count { $0.kind == kind } }

  /// The findings as a table; no value stands in it.
  public var csv: String {
    CSVText.table(
      ["participant", "site", "visit", "form", "number", "field", "kind", "finding"],
      findings.map {
        [
          $0.participant, $0.site, $0.visit, $0.form, String($0.number), $0.field,
          $0.kind.rawValue, $0.sentence,
        ]
      })
  }
}

/// Compares entries with a later version; entries keep theirs, this tells where the two differ.
struct AmendmentTrial {
  let versions: [String: StudyDefinition]
  let new: StudyDefinition
  let entries: [(dataClass: DataClass, entry: VersionedEntry)]
  let queries: [OpenQueryPlace]
  let now: UTCInstant

  func findings() throws -> [AmendmentFinding] {
    let byParticipant = Dictionary(grouping: entries, by: \.entry.participant)
    return try byParticipant.keys.sorted().flatMap { key in
      let own = byParticipant[key] ?? []
      return try own.filter { $0.entry.status != EntryStatus.voided.rawValue }
        .flatMap { try findings(of: $0.entry, $0.dataClass, among: own.map(\.entry)) }
    }
  }

  private func findings(
    of entry: VersionedEntry, _ dataClass: DataClass, among all: [VersionedEntry]
  ) throws -> [AmendmentFinding] {
    let id = try FormID(parsing: entry.form)
    let visit = try VisitCode(parsing: entry.visit)
    guard let old = versions[entry.definition]?.form(id) else { return [] }
    func found(
      _ kind: AmendmentFinding.Kind, _ field: String, _ sentence: String
    ) -> AmendmentFinding {
      AmendmentFinding(
        kind: kind, dataClass: dataClass, participant: entry.participant, site: entry.site,
        form: entry.form, visit: entry.visit, number: entry.number, field: field,
        sentence: sentence)
    }
    let asked = queries.filter {
      $0.participant == entry.participant && $0.form == entry.form && $0.visit == entry.visit
        && $0.number == entry.number
    }
    guard let after = new.form(id), new.schedules(after, at: visit) else {
      let place =
        new.form(id) == nil ? "The form is no more." : "It is not filled at this visit any more."
      return [found(.entry, "", "\(place) It stays readable under version \(entry.definition).")]
        + asked.map { found(.query, $0.field, "The data query asks about what is no more.") }
    }
    guard after != old else { return [] }
    let answers = try AnswerText.answers(entry.answers)
    return values(answers, old, after).map { found(.value, $0.field, $0.sentence) }
      + (try rules(answers, old, after, entry, all)).map { found($0.kind, $0.field, $0.sentence) }
      + asked.filter { query in
        !query.field.isEmpty && !after.fields.contains { $0.id.text == query.field }
          || !query.rule.isEmpty && !query.rule.hasPrefix("EC-GEN-")
            && !after.checks.contains { $0.code == query.rule }
      }.map { found(.query, $0.field, "The field or the check it asks by is no more.") }
  }

  private func values(
    _ answers: [FieldID: FieldAnswer], _ old: Form, _ after: Form
  ) -> [(field: String, sentence: String)] {
    old.fields.compactMap { field in
      guard let answer = answers[field.id] else { return nil }
      guard let later = after.field(field.id) else {
        return (field.id.text, "The field is no more; its value stays with the entry.")
      }
      guard !field.isCalculated, let text = answer.text else { return nil }
      do throws(ParseFault) {
        _ = try later.type.value(parsing: text)
        return nil
      } catch {
        return (field.id.text, "Its value would not be accepted any more.")
      }
    }
  }

  /// Both versions work on the same answers, so that a difference is one of the rules alone.
  private func rules(
    _ answers: [FieldID: FieldAnswer], _ old: Form, _ after: Form, _ entry: VersionedEntry,
    _ all: [VersionedEntry]
  ) throws -> [(kind: AmendmentFinding.Kind, field: String, sentence: String)] {
    let zone = (try? SiteKey(parsing: entry.site)).flatMap { new.site($0)?.timeZone }
    let clock = try SiteClock(zone: zone ?? "Europe/London")
    var context = EntryContext(
      siteToday: clock.date(at: now), now: now,
      isSubmission: EntryStatus(rawValue: entry.status)?.isSubmitted ?? true,
      clocks: new.formulaClocks(at: clock))
    context.elsewhere = try elsewhere(
      old.outsideReferences.union(after.outsideReferences), all)
    func checked(_ form: Form) -> CheckedEntry {
      checkedEntry(
        answers.filter { form.field($0.key)?.isCalculated == false }, in: form, context)
    }
    let (before, later) = (checked(old), checked(after))
    let derived = after.fields.filter { field in
      field.isCalculated && old.field(field.id)?.isCalculated == true
        && before.answers[field.id] != later.answers[field.id]
    }
    let known = Set(before.faults.map { "\($0.code)@\($0.field?.text ?? "")" })
    let objections = later.faults.filter {
      $0.kind != .warning && !known.contains("\($0.code)@\($0.field?.text ?? "")")
        // A value that is not accepted is told as a value.
        && !($0.code == "EC-GEN-01" && $0.field.map { answers[$0] != nil } ?? true)
    }
    return derived.map { (.derived, $0.id.text, "It would be worked out otherwise.") }
      + objections.map {
        (
          .check, $0.field?.text ?? "",
          $0.kind == .hard
            ? "\($0.code) would refuse the form as it stands."
            : "\($0.code) would open a data query."
        )
      }
  }

  private func elsewhere(
    _ references: Set<FieldReference>, _ all: [VersionedEntry]
  ) throws -> [FieldReference: FormulaValue] {
    var values: [FieldReference: FormulaValue] = [:]
    for reference in references where reference.occasion == nil {
      guard let name = reference.form else { continue }
      let source = all.last {
        $0.form == name.text && (reference.visit == nil || $0.visit == reference.visit?.text)
      }
      guard let source, let form = versions[source.definition]?.form(name) else { continue }
      values[reference] = form.values(of: try AnswerText.answers(source.answers))[reference.field]
    }
    return values
  }
}
