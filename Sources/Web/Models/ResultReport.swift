public import Pages
import Pictures
public import Reports
import Statistics

/// The primary result as a page, for the server and for a file of its own.
public enum ResultReport {
  /// What stands around the numbers.
  public struct Source: Sendable {
    /// The frame of the page.
    public var frame: PageFrame
    /// Lock, snapshot and definition.
    public var lead: [String]
    /// How it was computed, beyond what is the same for every result.
    public var computed: [String]
    /// Digests and versions.
    public var facts: [Fact]
    /// Where else the reader may go.
    public var links: [Link]
    /// What is compared, with its unit.
    public var pictureTitle: String
    /// What stands beside the full set.
    public var beside: Beside

    /// The second analysis of each comparison.
    public enum Beside: Sendable {
      /// The per-protocol set.
      case perProtocol
      /// Everybody, with an unknown response counted as none.
      case missingAsFailure
    }

    var besideLabel: String {
      switch beside {
      case .perProtocol: "per protocol"
      case .missingAsFailure: "everybody, unknown response as none"
      }
    }

    /// All of it at once.
    public init(
      frame: PageFrame, lead: [String], computed: [String] = [], facts: [Fact],
      links: [Link] = [],
      pictureTitle: String = "Difference in response at the end of treatment, percentage points",
      beside: Beside = .perProtocol
    ) {
      self.frame = frame
      self.lead = lead
      self.computed = computed
      self.facts = facts
      self.links = links
      self.pictureTitle = pictureTitle
      self.beside = beside
    }
  }

  /// The page of an analysis over its hypotheses in their order.
  public static func model(from analysis: TrialAnalysis, _ source: Source) -> ResultModel {
    let findings = findings(of: analysis, beside: source.beside)
    let analysed = analysis.flow.reduce(0) { $0 + $1.analysed }
    var source = source
    source.lead.insert("Full set, \(analysed) participants", at: 0)
    source.computed.insert(
      "Hypotheses are tested in a fixed order; each is tested only when all before it are shown.",
      at: 0)
    var model = model(findings, source)
    switch source.beside {
    case .perProtocol:
      do throws(FlowRefusal) {
        model.flow = try flow(of: analysis)
      } catch {
        model.flowFault = error.description
      }
    case .missingAsFailure: break  // A table of results does not tell who was assessed.
    }
    model.tables = [
      rates(analysis, beside: source.beside), sensitivity(findings, analysis, source.beside),
    ]
    return model
  }

  private static func findings(
    of analysis: TrialAnalysis, beside: Source.Beside
  ) -> [ResultFinding] {
    analysis.sequence.steps.enumerated().map { index, step in
      let hypothesis = step.conclusion.hypothesis
      let arms = [hypothesis.first, hypothesis.second].map { label in
        analysis.flow.first { $0.arm == label }
      }
      let second: ComparisonResult
      let words: String
      let sentence: String
      switch beside {
      case .perProtocol:
        second = step.conclusion.perProtocol
        sentence = step.sentence
        words =
          "per protocol, "
          + counts(arms.map { ($0?.perProtocolResponders ?? 0, $0?.perProtocol ?? 0) })
      case .missingAsFailure:
        second = analysis.missingAsFailure[index]
        switch step.standing {
        case .tested:
          sentence =
            step.conclusion.fullSet.sentence
            + " With unknown responses counted as none: \(second.numbers)."
        case .descriptive: sentence = step.sentence
        }
        words =
          "all, " + counts(arms.map { ($0?.responders ?? 0, $0?.randomized ?? 0) })
      }
      return ResultFinding(
        full: step.conclusion.fullSet,
        fullWords: "full set, " + counts(arms.map { ($0?.responders ?? 0, $0?.analysed ?? 0) }),
        beside: second, besideWords: words, sentence: sentence, standing: step.standing)
    }
  }

  private static func counts(_ arms: [(Int, Int)]) -> String {
    arms.map { "\($0.0)/\($0.1)" }.joined(separator: " and ")
  }

  private static func flow(
    of analysis: TrialAnalysis
  ) throws(FlowRefusal) -> FlowPicture {
    let randomized = analysis.flow.reduce(0) { $0 + $1.randomized }
    let analysed = analysis.flow.reduce(0) { $0 + $1.analysed }
    return try FlowPicture(
      finding:
        "\(analysis.consented) consented, \(randomized) were randomized, \(analysed) analysed.",
      numbers: analysis.flow.map {
        "\($0.arm): \($0.randomized) allocated, \($0.analysed) in the full set"
      }.joined(separator: "; ") + ".",
      assessed: analysis.consented,
      excluded: analysis.excluded.map { FlowLoss($0.reason, $0.count) }, randomized: randomized,
      after: .byArm(
        analysis.flow.map { arm in
          let losses = [
            FlowLoss("withdrew", arm.withdrawn), FlowLoss("lost", arm.lost),
            FlowLoss("died", arm.died),
          ].filter { $0.count > 0 }
          return FlowArm(
            label: arm.arm, allocated: arm.randomized, received: nil, notReceived: [],
            followed: arm.randomized - losses.reduce(0) { $0 + $1.count }, notFollowed: losses,
            full: arm.analysed, notFull: arm.notAnalysed.map { FlowLoss($0.reason, $0.count) },
            perProtocol: arm.perProtocol)
        }))
  }

  private static func rates(_ analysis: TrialAnalysis, beside: Source.Beside) -> DataTable {
    DataTable(
      caption: "Response by arm, full set",
      columns: [
        DataColumn(title: "Arm"), DataColumn(title: "Randomized", isNumeric: true),
        DataColumn(title: "Analysed", isNumeric: true),
        DataColumn(title: "Responded", isNumeric: true),
        DataColumn(title: "Percent", isNumeric: true),
      ],
      rows: analysis.flow.map { arm in
        DataRow(cells: [
          arm.arm, String(arm.randomized), String(arm.analysed), String(arm.responders),
          arm.analysed == 0
            ? "–" : Wording.decimal(100 * Double(arm.responders) / Double(arm.analysed)),
        ])
      })
  }

  private static func sensitivity(
    _ findings: [ResultFinding], _ analysis: TrialAnalysis, _ beside: Source.Beside
  ) -> DataTable {
    func cells(_ result: ComparisonResult, _ words: String, _ id: String) -> DataRow {
      DataRow(cells: [
        id, words, ResultFinding.difference(result), ResultFinding.interval(result),
      ])
    }
    var rows: [DataRow] = []
    for (index, finding) in findings.enumerated() {
      let id = finding.full.hypothesis.id
      rows.append(cells(finding.full, "full set", id))
      switch beside {
      case .perProtocol:
        if let second = finding.beside { rows.append(cells(second, "per protocol", id)) }
      case .missingAsFailure: break
      }
      if index < analysis.missingAsFailure.count {
        rows.append(cells(analysis.missingAsFailure[index], "unknown response as none", id))
      }
    }
    return DataTable(
      caption: "The same comparisons in other sets",
      columns: [
        DataColumn(title: "Hypothesis"), DataColumn(title: "Set"),
        DataColumn(title: "Difference", isNumeric: true),
        DataColumn(title: title(findings), isNumeric: true),
      ], rows: rows)
  }
}
