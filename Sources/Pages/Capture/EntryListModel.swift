public import Pictures

/// The repeats of one form at one visit, or of a form about a site.
public struct EntryListModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The visit.
  public var back: Link
  /// The key of the participant, or the site in words.
  public var key: String
  /// The form in words.
  public var formTitle: String
  /// The code of the visit, empty of a form about a site.
  public var visit: String
  /// Where the kits of the site are, of a form that keeps its stock.
  public var stock: StockPicture?
  /// What the two middle columns say.
  public var columns: [String]
  /// The repeats in the order of their numbers.
  public var rows: [EntryListRow]
  /// Adding one more; none where the reader may not.
  public var add: Link?

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, formTitle: String, visit: String,
    stock: StockPicture? = nil, columns: [String], rows: [EntryListRow], add: Link? = nil
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.formTitle = formTitle
    self.visit = visit
    self.stock = stock
    self.columns = columns
    self.rows = rows
    self.add = add
  }
}

/// One repeat in the list.
public struct EntryListRow: Sendable, Equatable {
  /// Number and page of the repeat.
  public var link: Link
  /// The first answers, one for each column.
  public var answers: [String]
  /// Its state.
  public var chip: Chip
  /// When and by whom it was saved.
  public var detail: String

  /// All of it at once.
  public init(link: Link, answers: [String], chip: Chip, detail: String) {
    self.link = link
    self.answers = answers
    self.chip = chip
    self.detail = detail
  }
}
