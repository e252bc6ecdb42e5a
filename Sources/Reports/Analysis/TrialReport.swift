import Statistics
import StudyModel

/// The whole analysis of a trial, as one act: the same source gives the same report.
public struct TrialReport: Sendable {
  /// The primary endpoint over the hypotheses in their order.
  public let analysis: TrialAnalysis
  /// The parts in the order they are read.
  public let sections: [ReportSection]
  /// What made it.
  public let provenance: Provenance
  /// The texts a definition must give for what cannot be computed.
  public let texts: [String]
  /// What amendments changed of the plan while the trial ran, in sentences.
  public let amended: [String]

  /// Analyses.
  /// - Throws: `nothingPlanned`, `armMissing`, or the sentence of the statistics of the primary endpoint;
  ///   what another part cannot compute stands in that part as a sentence.
  public init(_ source: AnalysisSource) throws(AnalysisRefusal) {
    let trial = try AnalysedTrial(source)
    let analysis = try TrialAnalysis(trial)
    self.analysis = analysis
    provenance = source.provenance
    texts = source.definition.texts.filter { Self.printed.contains($0.id) }.map(\.text)
    amended = source.amended
    let imputed = ImputedTrial(trial)
    sections =
      [
        FlowSection.section(trial, analysis), BaselineSection.section(trial),
        PrimarySection.section(trial, analysis), SensitivitySection.section(trial, imputed),
        TippingSection.section(trial, imputed), SubgroupSection.section(trial),
      ] + [LookSection.section(trial)].compactMap(\.self)
      + SecondarySection.sections(trial) + [
        SafetySection.section(trial), BlindingSection.section(trial),
        RerandomizationSection.section(trial),
      ]
  }

  /// Texts of a definition that say what no method can: constancy, assay sensitivity, effect preserved.
  static let printed: Set<String> = ["constancy", "assay_sensitivity", "effect_preserved"]

  /// The result for programs; sorted keys, the same bytes for the same result.
  public func json() throws -> String { try ReportText.json(ResultFile(self)) }
}

/// The machine-readable result.
public struct ResultFile: Sendable, Equatable, Codable {
  /// One hypothesis with its result.
  public struct Finding: Sendable, Equatable, Codable {
    /// Its name.
    public var hypothesis: String
    /// The finding as a sentence.
    public var sentence: String
    /// Whether the claim may be made; nil where it was not tested.
    public var isShown: Bool?
    /// First arm − second arm, full set.
    public var difference: Double
    /// Lower limit.
    public var lower: Double
    /// Upper limit.
    public var upper: Double
    /// The p-value of the test at the null difference.
    public var pOneSided: Double
  }

  /// The format, so that readers know what to expect.
  public var format = "equipoise-result-1"
  /// What made it.
  public var provenance: Provenance
  /// The hypotheses in their order.
  public var hypotheses: [Finding]
  /// What amendments changed of the plan; nil where they changed nothing of it.
  public var amended: [String]?
  /// The parts.
  public var sections: [ReportSection]

  init(_ report: TrialReport) {
    provenance = report.provenance
    sections = report.sections
    amended = report.amended.isEmpty ? nil : report.amended
    hypotheses = report.analysis.sequence.steps.map { step in
      let full = step.conclusion.fullSet
      let isShown: Bool?
      switch step.standing {
      case .tested(.shown): isShown = true
      case .tested(.notShown): isShown = false
      case .descriptive: isShown = nil
      }
      return Finding(
        hypothesis: full.hypothesis.id, sentence: step.sentence, isShown: isShown,
        difference: full.estimate, lower: full.interval.lower, upper: full.interval.upper,
        pOneSided: full.pOneSided)
    }
  }
}
