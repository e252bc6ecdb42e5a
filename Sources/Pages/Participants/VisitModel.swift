/// The forms of one visit of one participant.
public struct VisitModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The participant.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// The code of the visit.
  public var code: String
  /// The name of the visit.
  public var name: String
  /// The state of the visit.
  public var chip: Chip
  /// Window and day in words.
  public var window: String
  /// The forms in the order in which they are best done.
  public var forms: [VisitFormRow]
  /// Booking, not done.
  public var links: [Link]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, code: String, name: String, chip: Chip,
    window: String, forms: [VisitFormRow], links: [Link] = []
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.code = code
    self.name = name
    self.chip = chip
    self.window = window
    self.forms = forms
    self.links = links
  }
}

/// One form of the visit.
public struct VisitFormRow: Sendable, Equatable {
  /// The form in words.
  public var title: String
  /// Where it is; none where the reader sees its state only.
  public var href: String
  /// Who fills it in.
  public var by: String
  /// Its state.
  public var chip: Chip
  /// When and by whom it was saved.
  public var detail: String
  /// What can be done with it.
  public var act: Link?

  /// All of it at once.
  public init(
    title: String, href: String = "", by: String, chip: Chip, detail: String = "", act: Link? = nil
  ) {
    self.title = title
    self.href = href
    self.by = by
    self.chip = chip
    self.detail = detail
    self.act = act
  }
}
