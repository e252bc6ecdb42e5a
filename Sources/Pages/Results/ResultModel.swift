public import Pictures

/// The primary result: sentence, picture, table, how it was computed.
public struct ResultModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list of results.
  public var back: Link?
  /// Set, lock, snapshot and definition.
  public var lead: [String]
  /// The finding as a sentence.
  public var answer: String
  /// Whether the claim was shown.
  public var isShown: Bool
  /// The numbers behind it, in sentences.
  public var support: [String]
  /// What the picture shows, with its unit.
  public var pictureTitle: String
  /// The intervals against the margin.
  public var picture: IntervalPicture
  /// What stands under the picture.
  public var pictureNotes: [String]
  /// In which order and at which level was tested.
  public var tableCaption: String
  /// The hypotheses in order of testing.
  public var hypotheses: [HypothesisRow]
  /// Where finding, intervals and hypotheses come from: method, population, count, version.
  public var comparisonTrace: [Fact]
  /// The flow of participants.
  public var flow: FlowPicture?
  /// Where its counts come from.
  public var flowTrace: [Fact]
  /// Which box of the flow does not add up; no picture then.
  public var flowFault: String
  /// Sets, missing data and sensitivity.
  public var tables: [DataTable]
  /// The further parts of the report.
  public var sections: [ResultSection]
  /// What marks the whole as false, on every page; empty where it is true.
  public var falseBand: String
  /// How it was computed, in sentences.
  public var computed: [String]
  /// Code version, seeds, digests.
  public var computedFacts: [Fact]
  /// CSV, SVG, print.
  public var links: [Link]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link? = nil, lead: [String], answer: String, isShown: Bool,
    support: [String], pictureTitle: String, picture: IntervalPicture, pictureNotes: [String] = [],
    tableCaption: String, hypotheses: [HypothesisRow], comparisonTrace: [Fact] = [],
    flow: FlowPicture? = nil, flowTrace: [Fact] = [],
    flowFault: String = "", tables: [DataTable] = [],
    sections: [ResultSection] = [], falseBand: String = "", computed: [String],
    computedFacts: [Fact],
    links: [Link] = []
  ) {
    self.frame = frame
    self.back = back
    self.lead = lead
    self.answer = answer
    self.isShown = isShown
    self.support = support
    self.pictureTitle = pictureTitle
    self.picture = picture
    self.pictureNotes = pictureNotes
    self.tableCaption = tableCaption
    self.hypotheses = hypotheses
    self.comparisonTrace = comparisonTrace
    self.flow = flow
    self.flowTrace = flowTrace
    self.flowFault = flowFault
    self.tables = tables
    self.sections = sections
    self.falseBand = falseBand
    self.computed = computed
    self.computedFacts = computedFacts
    self.links = links
  }
}

/// One hypothesis.
public struct HypothesisRow: Sendable, Equatable {
  /// Its place in the order.
  public var order: Int
  /// The hypothesis in words.
  public var text: String
  /// The estimate in words.
  public var difference: String
  /// The interval in words.
  public var interval: String
  /// The one-sided p in words.
  public var pValue: String
  /// What was concluded.
  public var conclusion: Conclusion

  /// All of it at once.
  public init(
    order: Int, text: String, difference: String, interval: String, pValue: String,
    conclusion: Conclusion
  ) {
    self.order = order
    self.text = text
    self.difference = difference
    self.interval = interval
    self.pValue = pValue
    self.conclusion = conclusion
  }
}

/// What was concluded of a hypothesis.
public enum Conclusion: Sendable, Equatable {
  /// Shown.
  case shown
  /// Tested and not shown.
  case notShown
  /// Not tested, because one before it was not shown.
  case notTested
}
