public import Pages
import Pictures
public import Statistics

/// One comparison of a result with all that is said of it.
public struct ResultFinding: Sendable {
  /// The comparison in the full set.
  public var full: ComparisonResult
  /// The set in words, with responders of those analysed.
  public var fullWords: String
  /// The second analysis; none where there is none.
  public var beside: ComparisonResult?
  /// That analysis in words.
  public var besideWords: String
  /// The finding as a sentence.
  public var sentence: String
  /// Whether it was tested, and what came out.
  public var standing: FixedSequence.Standing

  /// All of it at once.
  public init(
    full: ComparisonResult, fullWords: String, beside: ComparisonResult? = nil,
    besideWords: String = "", sentence: String, standing: FixedSequence.Standing
  ) {
    self.full = full
    self.fullWords = fullWords
    self.beside = beside
    self.besideWords = besideWords
    self.sentence = sentence
    self.standing = standing
  }

  static func difference(_ result: ComparisonResult) -> String {
    Wording.signed(result.estimate * 100)
  }

  static func interval(_ result: ComparisonResult) -> String {
    "\(Wording.decimal(result.interval.lower * 100)) to "
      + Wording.decimal(result.interval.upper * 100)
  }

  var isShown: Bool { standing == .tested(.shown) }

  var isTested: Bool {
    switch standing {
    case .tested: true
    case .descriptive: false
    }
  }

  var margin: Double? {
    switch full.hypothesis.claim {
    case .noninferiority(let margin): margin.value * 100
    case .superiority: nil
    }
  }

  /// `KAP noninferior to ECT, margin −10`.
  var words: String {
    let hypothesis = full.hypothesis
    let claim = "\(hypothesis.first) \(hypothesis.claim.adjective) to \(hypothesis.second)"
    return claim + (margin.map { ", margin " + Wording.number($0) } ?? "")
  }

  /// The answer in one short sentence.
  var answer: String {
    let hypothesis = full.hypothesis
    let claim = "\(hypothesis.claim.adjective) to \(hypothesis.second)"
    return isShown
      ? "\(hypothesis.first) was \(claim)." : "Not shown: \(hypothesis.first) \(claim)."
  }

  var row: IntervalPicture.Row {
    var intervals = [
      IntervalPicture.Interval(
        set: .full, label: fullWords, estimate: full.estimate * 100,
        lower: full.interval.lower * 100, upper: full.interval.upper * 100)
    ]
    if let beside {
      intervals.append(
        IntervalPicture.Interval(
          set: .perProtocol, label: besideWords, estimate: beside.estimate * 100,
          lower: beside.interval.lower * 100, upper: beside.interval.upper * 100))
    }
    return IntervalPicture.Row(
      code: full.hypothesis.id,
      comparison: "\(full.hypothesis.first) − \(full.hypothesis.second)", intervals: intervals,
      hasMargin: margin != nil, isTested: isTested)
  }

  func tableRow(order: Int) -> HypothesisRow {
    let conclusion: Pages.Conclusion
    switch standing {
    case .tested(.shown): conclusion = .shown
    case .tested(.notShown): conclusion = .notShown
    case .descriptive: conclusion = .notTested
    }
    return HypothesisRow(
      order: order, text: "\(full.hypothesis.id) \(words)", difference: Self.difference(full),
      interval: Self.interval(full), pValue: Self.pValue(full.pOneSided), conclusion: conclusion)
  }

  private static func pValue(_ p: Double) -> String {
    Wording.pValue(p).replacing("p = ", with: "").replacing("p ", with: "")
  }
}

extension ResultReport {
  // All hypotheses are tested at one level: what the looks left of it.
  static func title(_ findings: [ResultFinding]) -> String {
    findings.first.map { Wording.title($0.full.interval) } ?? "interval"
  }

  private static func alpha(_ findings: [ResultFinding]) -> String {
    findings.first.map { Wording.decimal((1 - $0.full.interval.level) / 2, places: 4) } ?? "–"
  }

  /// The page of findings, without flow and further tables.
  public static func model(_ findings: [ResultFinding], _ source: Source) -> ResultModel {
    var drawn: [ResultFinding] = []
    for finding in findings {
      let isNew = !drawn.contains {
        $0.full.hypothesis.first == finding.full.hypothesis.first
          && $0.full.hypothesis.second == finding.full.hypothesis.second
      }
      if isNew { drawn.append(finding) }
    }
    let rest = findings.filter { finding in
      !drawn.contains { $0.full.hypothesis.id == finding.full.hypothesis.id }
    }.map(\.full.hypothesis.id)
    let first = findings.first
    let numbers = drawn.map {
      "\($0.full.hypothesis.id) \(ResultFinding.difference($0.full)) (\(ResultFinding.interval($0.full)))"
    }.joined(separator: ", ")
    return ResultModel(
      frame: source.frame, lead: source.lead, answer: first?.answer ?? "Nothing was compared.",
      isShown: first?.isShown ?? false, support: findings.map(\.sentence),
      pictureTitle: source.pictureTitle,
      picture: IntervalPicture(
        finding: first?.sentence ?? "", numbers: numbers + ".",
        margin: findings.lazy.compactMap(\.margin).first ?? 0, rows: drawn.map(\.row),
        besideLabel: source.besideLabel, intervalTitle: title(findings)),
      pictureNotes: rest.isEmpty
        ? []
        : [
          "\(rest.joined(separator: " and ")) read the intervals above against no difference and are not drawn again."
        ],
      tableCaption: "Hypotheses in order of testing, one-sided α \(alpha(findings))",
      hypotheses: findings.enumerated().map { $1.tableRow(order: $0 + 1) },
      computed: [
        "Intervals and tests of differences of proportions: score method of Miettinen and Nurminen, with Mantel-Haenszel weights where there are strata."
      ] + source.computed, computedFacts: source.facts, links: source.links)
  }
}
