import Datasets
public import Reports
import Store
import StudyLanguage
import StudyModel

/// Analyses of trials that were conducted elsewhere and come as a table.
public enum TableAnalysis {
  /// Analyses the table of the reference trial A by the hypotheses of the study that ships.
  ///
  /// Response is the endpoint's fall of the score at the last visit on treatment.
  /// - Throws: `CSVRefusal` with every fault and its place; `AnalysisRefusal`.
  public static func trialA(
    _ csv: String, lastVisit: String = "V6"
  ) throws -> TrialAnalysis {
    guard let source = EmbeddedStudies.definition("kap-ect") else {
      throw AnalysisRefusal.nothingPlanned
    }
    let definition = try StudyDefinition(yaml: source)
    guard let endpoint = definition.primaryEndpoint else { throw AnalysisRefusal.nothingPlanned }
    let table = TrialTable(
      participant: "USUBJID", arm: "ARM", strata: ["SEVERITY"], visit: "VISIT",
      baseline: "BASE", score: "MADRS")
    let visits = try table.visits(of: csv, arms: definition.arms.map(\.code.text))
    return try TrialAnalysis(
      ImportedTrial(visits, lastVisit: lastVisit, leastFall: endpoint.leastFall),
      definition: definition)
  }
}
