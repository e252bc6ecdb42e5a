public import Pictures

/// The open interim report; it has no place for anything by arm.
public struct OpenReportModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The look.
  public var back: Link?
  /// The look in words.
  public var title: String
  /// Cut-off, snapshot, who signed.
  public var facts: [Fact]
  /// The answer in three sentences.
  public var sentences: [String]
  /// The enrolment of the whole study.
  public var enrolment: EnrolmentPicture?
  /// The same as a table.
  public var enrolmentTable: DataTable?
  /// Retention by visit, pooled.
  public var retention: DataTable
  /// Completeness and age of queries.
  public var quality: DataTable
  /// Forms handed in, of every protocol version.
  public var forms: DataTable?
  /// Pooled adverse events by organ class, cells under 5 as "< 5".
  public var safety: DataTable?
  /// How it was computed.
  public var method: [String]
  /// Who signed.
  public var signatures: [Signature]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link?, title: String, facts: [Fact], sentences: [String],
    enrolment: EnrolmentPicture? = nil, enrolmentTable: DataTable? = nil, retention: DataTable,
    quality: DataTable, forms: DataTable? = nil, safety: DataTable? = nil, method: [String],
    signatures: [Signature]
  ) {
    self.frame = frame
    self.back = back
    self.title = title
    self.facts = facts
    self.sentences = sentences
    self.enrolment = enrolment
    self.enrolmentTable = enrolmentTable
    self.retention = retention
    self.quality = quality
    self.forms = forms
    self.safety = safety
    self.method = method
    self.signatures = signatures
  }
}
