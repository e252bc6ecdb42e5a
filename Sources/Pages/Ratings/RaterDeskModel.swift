/// The ratings of one rater, by token only.
public struct RaterDeskModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Weekday and date.
  public var date: String
  /// The zone of all times.
  public var zone: String
  /// The next rating.
  public var next: RaterTask?
  /// What is said at the start of every call.
  public var script: String
  /// The ratings of the day, in order of their start.
  public var today: [RaterRow]
  /// Ratings that were begun.
  public var unfinished: [RaterRow]
  /// Ratings of later days, in order of their start.
  public var later: [RaterRow]
  /// Queries to this rater.
  public var queries: [QueryRow]
  /// What stands in the place of the table, with the next booking.
  public var empty: String
  /// Where something heard about the treatment is told.
  public var record: Link?

  /// All of it at once.
  public init(
    frame: PageFrame, date: String, zone: String, next: RaterTask? = nil, script: String,
    today: [RaterRow], unfinished: [RaterRow] = [], later: [RaterRow] = [],
    queries: [QueryRow] = [],
    empty: String = "", record: Link? = nil
  ) {
    self.later = later
    self.frame = frame
    self.date = date
    self.zone = zone
    self.next = next
    self.script = script
    self.today = today
    self.unfinished = unfinished
    self.queries = queries
    self.empty = empty
    self.record = record
  }
}

/// The next rating, shown large.
public struct RaterTask: Sendable, Equatable {
  /// The token, the only name a rater sees.
  public var token: String
  /// Its start.
  public var time: String
  /// How long until then.
  public var startsIn: String
  /// The language of the call.
  public var language: String
  /// The instruments, the same for every task.
  public var instruments: String
  /// About how long it takes.
  public var minutes: String
  /// Where the rating is.
  public var open: Link
  /// Where the call is joined.
  public var call: Link?

  /// All of it at once.
  public init(
    token: String, time: String, startsIn: String, language: String, instruments: String,
    minutes: String, open: Link, call: Link? = nil
  ) {
    self.token = token
    self.time = time
    self.startsIn = startsIn
    self.language = language
    self.instruments = instruments
    self.minutes = minutes
    self.open = open
    self.call = call
  }
}

/// One rating in a table.
public struct RaterRow: Sendable, Equatable {
  /// The token.
  public var token: String
  /// Where it is.
  public var href: String
  /// Its start.
  public var start: String
  /// The language of the call.
  public var language: String
  /// The instruments, or how far they are.
  public var instruments: String
  /// Its state.
  public var chip: Chip
  /// What can be done with it.
  public var act: Link?
  /// Where the call is joined.
  public var call: Link?

  /// All of it at once.
  public init(
    token: String, href: String = "", start: String, language: String, instruments: String,
    chip: Chip, act: Link? = nil, call: Link? = nil
  ) {
    self.call = call
    self.token = token
    self.href = href
    self.start = start
    self.language = language
    self.instruments = instruments
    self.chip = chip
    self.act = act
  }
}
