public import Pictures

/// The day of a coordinator: work first, figures after.
public struct CoordinatorHomeModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Weekday and date.
  public var date: String
  /// What waits for this person, in order.
  public var work: [WorkRow]
  /// What waits for others.
  public var waiting: [WaitingRow]
  /// The windows and bookings of this week.
  public var week: TimelinePicture?
  /// The same as a table.
  public var weekTable: DataTable?
  /// The name of the site.
  public var figuresTitle: String
  /// The figures of the site.
  public var figures: [Figure]
  /// The page for a new participant.
  public var newParticipant: Link?
  /// What is wrong and must be known before the day begins.
  public var notice: String

  /// All of it at once.
  public init(
    frame: PageFrame, date: String, work: [WorkRow], waiting: [WaitingRow],
    week: TimelinePicture? = nil, weekTable: DataTable? = nil, figuresTitle: String,
    figures: [Figure], newParticipant: Link? = nil, notice: String = ""
  ) {
    self.frame = frame
    self.date = date
    self.work = work
    self.waiting = waiting
    self.week = week
    self.weekTable = weekTable
    self.figuresTitle = figuresTitle
    self.figures = figures
    self.newParticipant = newParticipant
    self.notice = notice
  }
}

/// One thing to do.
public struct WorkRow: Sendable, Equatable {
  /// The key of the participant.
  public var key: String
  /// Where the participant is.
  public var href: String
  /// What is to be done.
  public var what: String
  /// What is known about it.
  public var detail: String
  /// Until when.
  public var until: String
  /// Its state.
  public var chip: Chip
  /// The one act, which opens a page and does nothing itself.
  public var act: Link

  /// All of it at once.
  public init(
    key: String, href: String, what: String, detail: String = "", until: String, chip: Chip,
    act: Link
  ) {
    self.key = key
    self.href = href
    self.what = what
    self.detail = detail
    self.until = until
    self.chip = chip
    self.act = act
  }
}

/// One thing that waits for another person.
public struct WaitingRow: Sendable, Equatable {
  /// The key of the participant.
  public var key: String
  /// Where the participant is.
  public var href: String
  /// What is missing.
  public var what: String
  /// What is known about it.
  public var detail: String
  /// For whom it waits.
  public var waitsFor: String
  /// Since when.
  public var chip: Chip

  /// All of it at once.
  public init(
    key: String, href: String, what: String, detail: String = "", waitsFor: String, chip: Chip
  ) {
    self.key = key
    self.href = href
    self.what = what
    self.detail = detail
    self.waitsFor = waitsFor
    self.chip = chip
  }
}

/// One figure of the site.
public struct Figure: Sendable, Equatable {
  /// What is counted.
  public var name: String
  /// The number.
  public var value: String
  /// What stands after the number.
  public var rest: String
  /// The list that was counted.
  public var href: String

  /// All of it at once.
  public init(name: String, value: String, rest: String = "", href: String = "") {
    self.name = name
    self.value = value
    self.rest = rest
    self.href = href
  }
}
