public import Pictures

/// One participant, as a reader of open data may see them.
public struct ParticipantModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list of participants.
  public var back: Link
  /// The key.
  public var key: String
  /// The state of participation.
  public var chip: Chip
  /// Day, number and consent in words.
  public var lead: [String]
  /// What somebody must act on at once.
  public var alerts: [WorkRow]
  /// What is to be done next.
  public var next: NextStep?
  /// The windows of the outcome visits.
  public var timeline: TimelinePicture?
  /// The same as a table.
  public var timelineTable: DataTable?
  /// The heads of the columns of forms.
  public var formColumns: [String]
  /// Visits begun or done, newest first.
  public var visits: [VisitRow]
  /// Visits to come, next first.
  public var visitsToCome: [VisitRow]
  /// Open queries.
  public var queries: [QueryRow]
  /// Deviations the reader may see: day, category, what happened.
  public var deviations: [DataRow]
  /// The latest changes.
  public var history: [HistoryRow]
  /// History, identity, withdrawal.
  public var links: [Link]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, chip: Chip, lead: [String],
    alerts: [WorkRow] = [], next: NextStep? = nil, timeline: TimelinePicture? = nil,
    timelineTable: DataTable? = nil,
    formColumns: [String], visits: [VisitRow], visitsToCome: [VisitRow] = [],
    queries: [QueryRow] = [],
    deviations: [DataRow] = [], history: [HistoryRow] = [], links: [Link] = []
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.chip = chip
    self.lead = lead
    self.alerts = alerts
    self.next = next
    self.timeline = timeline
    self.timelineTable = timelineTable
    self.formColumns = formColumns
    self.visits = visits
    self.visitsToCome = visitsToCome
    self.queries = queries
    self.deviations = deviations
    self.history = history
    self.links = links
  }
}

/// What is to be done next for a participant.
public struct NextStep: Sendable, Equatable {
  /// The act in a few words.
  public var what: String
  /// Until when, and what is open.
  public var rest: String
  /// The page where it is done.
  public var act: Link?

  /// All of it at once.
  public init(what: String, rest: String = "", act: Link? = nil) {
    self.what = what
    self.rest = rest
    self.act = act
  }
}

/// One visit with the state of its forms.
public struct VisitRow: Sendable, Equatable {
  /// The code of the visit.
  public var code: String
  /// Where the visit is.
  public var href: String
  /// Its name.
  public var name: String
  /// Its window in dates.
  public var window: String
  /// One cell a column.
  public var cells: [FormCell]
  /// The day it was done, or what can be done.
  public var done: String

  /// All of it at once.
  public init(
    code: String, href: String = "", name: String, window: String, cells: [FormCell], done: String
  ) {
    self.code = code
    self.href = href
    self.name = name
    self.window = window
    self.cells = cells
    self.done = done
  }
}

/// The state of one group of forms at one visit.
public struct FormCell: Sendable, Equatable {
  /// The state; none where the visit asks for no such form.
  public var chip: Chip?
  /// Where the form is.
  public var href: String
  /// The form and visit in words, for the name of the link.
  public var name: String

  /// All of it at once.
  public init(chip: Chip? = nil, href: String = "", name: String = "") {
    self.chip = chip
    self.href = href
    self.name = name
  }
}

/// One open data query.
public struct QueryRow: Sendable, Equatable {
  /// Visit and form.
  public var place: String
  /// Where it is answered.
  public var href: String
  /// What is asked.
  public var text: String
  /// Who asked and when.
  public var author: String
  /// Its age.
  public var chip: Chip

  /// All of it at once.
  public init(place: String, href: String, text: String, author: String, chip: Chip) {
    self.place = place
    self.href = href
    self.text = text
    self.author = author
    self.chip = chip
  }
}
