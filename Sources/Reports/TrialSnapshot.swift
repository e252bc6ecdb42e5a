import Foundation
public import StudyModel

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A participant as a snapshot holds one.
///
/// The names are those of its JSON.
public struct SnapshotParticipant: Decodable, Sendable {
  /// The key.
  public let participant: String
  /// The site.
  public let site: String
  /// The state of the participation lifecycle.
  public let state: String
  /// The instant of consent.
  public let consented_at: String
  /// The instant of randomization, nil before.
  public let randomized_at: String?
  /// The randomization number.
  public let randomization_number: Int?
  /// The level of withdrawal.
  public let withdrawal_level: String?

  /// Whether the participant was randomized.
  public var isRandomized: Bool { randomized_at != nil }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An entry as a snapshot holds one.
///
/// The names are those of its JSON.
public struct SnapshotEntry: Decodable, Sendable {
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let `repeat`: Int
  /// The version.
  public let version: Int
  /// The state.
  public let status: String
  /// Field to value; a missing code stands as an object and is read as no value.
  public let answers: [String: SnapshotAnswer]
  /// The version of the study definition it was entered under.
  public let definition: String?
  /// The instant of the version.
  public let entered_at: String
  /// The instant of the first submission, nil for a draft.
  public let submitted_at: String?
}

/// A value, or the code of why there is none.
public enum SnapshotAnswer: Decodable, Sendable {
  /// A value as text.
  case value(String)
  /// A missing code.
  case missing(String)

  private struct Missing: Decodable { let missing: String }

  /// Reads either form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self = .value(text)
    } else {
      self = .missing(try container.decode(Missing.self).missing)
    }
  }

  /// The value, nil for a missing code.
  public var text: String? {
    if case .value(let text) = self { text } else { nil }
  }
}

/// The data of a snapshot in the classes the reader was given.
public struct TrialSnapshot: Sendable {
  /// Participants in key order.
  public let participants: [SnapshotParticipant]
  /// Entries in key order, of every class given.
  public let entries: [SnapshotEntry]
  /// Data queries by class and number, of every class given.
  public let queries: [SnapshotQuery]
  /// Signed corrections beside reported values, in the order they were signed.
  public let corrections: [SnapshotCorrection]
  /// Whether data queries were kept when it was cut: those of a lock are.
  public let holdsQueries: Bool

  /// Whether it says how many entries are about sites: those of a lock do since they have files of their own.
  public let holdsSiteEntries: Bool

  /// Reads the content of classes: participants, entries and data queries, one JSON object a line.
  ///
  /// - Parameter contents: the text of each class; the class `open` also holds the participants.
  public init(contents: [String]) throws {
    let decoder = JSONDecoder()
    var participants: [SnapshotParticipant] = []
    var entries: [SnapshotEntry] = []
    var queries: [SnapshotQuery] = []
    var corrections: [SnapshotCorrection] = []
    var holdsQueries = false
    var holdsSiteEntries = false
    for line in contents.joined(separator: "\n").split(separator: "\n") {
      let data = Data(line.utf8)
      if line.contains("\"answers\": ") || line.contains("\"answers\":") {
        entries.append(try decoder.decode(SnapshotEntry.self, from: data))
      } else if line.contains("\"data_query\":") {
        queries.append(try decoder.decode(SnapshotQuery.self, from: data))
      } else if line.contains("\"data_correction\":") {
        corrections.append(try decoder.decode(SnapshotCorrection.self, from: data))
      } else if line.contains("\"data_queries\":") {
        holdsQueries = true
      } else if line.contains("\"site_entries\":") {
        holdsSiteEntries = true
      } else {
        participants.append(try decoder.decode(SnapshotParticipant.self, from: data))
      }
    }
    self.participants = participants
    self.entries = entries
    self.queries = queries
    self.corrections = corrections
    self.holdsQueries = holdsQueries
    self.holdsSiteEntries = holdsSiteEntries
  }

  /// How many entries were handed in under each version of the definition.
  public var entriesByVersion: [String: Int] {
    Dictionary(
      entries.filter { $0.submitted_at != nil }.compactMap { $0.definition.map { ($0, 1) } },
      uniquingKeysWith: +)
  }

  /// The value of a field for every participant who has one handed in.
  public func values(of reference: FieldReference) -> [String: String] {
    guard let form = reference.form, let visit = reference.visit else { return [:] }
    var values: [String: String] = [:]
    for entry in entries
    where entry.form == form.text && entry.visit == visit.text && entry.submitted_at != nil {
      values[entry.participant] = entry.answers[reference.field.text]?.text
    }
    return values
  }

  /// The instants at which a form was handed in at a visit.
  public func submissions(of form: FormID, at visit: VisitCode) -> [String: UTCInstant] {
    var instants: [String: UTCInstant] = [:]
    for entry in entries where entry.form == form.text && entry.visit == visit.text {
      guard let at = entry.submitted_at else { continue }
      instants[entry.participant] = try? UTCInstant(parsing: at)
    }
    return instants
  }
}
