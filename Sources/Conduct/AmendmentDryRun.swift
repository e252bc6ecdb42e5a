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
    /// A deviation would be drafted, or not any more.
    case deviation
    /// An alert would be raised, or not any more.
    case alert
    /// A step of a lifecycle would be open, or not any more.
    case step
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
