public import Pictures

/// The closed interim report, by arms under the letters A, B and C.
public struct ClosedReportModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The look.
  public var back: Link?
  /// The look in words.
  public var title: String
  /// Who reads it and when.
  public var watermark: String
  /// Cut-off, snapshot, definition, code version.
  public var facts: [Fact]
  /// The finding as a sentence.
  public var answer: String
  /// What supports it.
  public var sentences: [String]
  /// The bounds and the looks taken.
  public var boundary: BoundaryPicture?
  /// The same as a table.
  public var boundaryTable: DataTable?
  /// Efficacy, safety, delivery, blinding.
  public var tables: [DataTable]
  /// How it was computed.
  public var method: [String]
  /// Who built, checked and released it.
  public var signatures: [Signature]
  /// The recommendation, for a member of the committee.
  public var recommendation: ActForm?
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link?, title: String, watermark: String, facts: [Fact], answer: String,
    sentences: [String], boundary: BoundaryPicture? = nil, boundaryTable: DataTable? = nil,
    tables: [DataTable], method: [String], signatures: [Signature], recommendation: ActForm? = nil,
    faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.title = title
    self.watermark = watermark
    self.facts = facts
    self.answer = answer
    self.sentences = sentences
    self.boundary = boundary
    self.boundaryTable = boundaryTable
    self.tables = tables
    self.method = method
    self.signatures = signatures
    self.recommendation = recommendation
    self.faults = faults
  }
}
