/// The participants of the site, without anything that differs by arm.
public struct ParticipantListModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The participants in order of their keys.
  public var rows: [ParticipantRow]
  /// How many of how many, in words.
  public var shown: String
  /// The states to filter by.
  public var states: [Choice]
  /// The state that is filtered by.
  public var selectedState: String
  /// The part of the key that is searched for.
  public var searched: String
  /// Where the filter leads.
  public var filterAction: String
  /// Earlier and later rows.
  public var pages: [Link]
  /// The page for a new participant.
  public var newParticipant: Link?
  /// What stands in the place of the table.
  public var empty: String

  /// All of it at once.
  public init(
    frame: PageFrame, rows: [ParticipantRow], shown: String, states: [Choice],
    selectedState: String = "", searched: String = "", filterAction: String, pages: [Link] = [],
    newParticipant: Link? = nil, empty: String = ""
  ) {
    self.frame = frame
    self.rows = rows
    self.shown = shown
    self.states = states
    self.selectedState = selectedState
    self.searched = searched
    self.filterAction = filterAction
    self.pages = pages
    self.newParticipant = newParticipant
    self.empty = empty
  }
}

/// One participant in the list.
public struct ParticipantRow: Sendable, Equatable {
  /// The key.
  public var key: String
  /// Where the participant is.
  public var href: String
  /// The state of participation.
  public var chip: Chip
  /// The day since randomization in words.
  public var day: String
  /// The next visit with its window.
  public var next: String
  /// The state of the next visit.
  public var nextChip: Chip
  /// Open queries.
  public var queries: Int

  /// All of it at once.
  public init(
    key: String, href: String, chip: Chip, day: String, next: String, nextChip: Chip,
    queries: Int = 0
  ) {
    self.key = key
    self.href = href
    self.chip = chip
    self.day = day
    self.next = next
    self.nextChip = nextChip
    self.queries = queries
  }
}
