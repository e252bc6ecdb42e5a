/// Every disclosure on record beside those the sites read as planned; there is no place for an arm.
public struct DisclosuresModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// How many there are of each sort.
  public var facts: [Fact]
  /// The disclosures, oldest first.
  public var rows: [DisclosureListRow]

  /// All of it at once.
  public init(frame: PageFrame, facts: [Fact], rows: [DisclosureListRow]) {
    self.frame = frame
    self.facts = facts
    self.rows = rows
  }
}

/// One disclosure in the list.
public struct DisclosureListRow: Sendable, Equatable {
  /// The sort of disclosure.
  public var kind: String
  /// When it happened.
  public var time: String
  /// Whether the protocol foresees it.
  public var chip: Chip
  /// The participant, or that several or all are meant.
  public var participant: String
  /// Who learnt or opened it.
  public var person: String
  /// The roles of that person.
  public var role: String
  /// Why, or what was told of it.
  public var why: String
  /// What followed.
  public var followed: String
  /// The page of a report, nil where the row says all.
  public var act: Link?

  /// All of it at once.
  public init(
    kind: String, time: String, chip: Chip, participant: String, person: String, role: String,
    why: String, followed: String, act: Link?
  ) {
    self.kind = kind
    self.time = time
    self.chip = chip
    self.participant = participant
    self.person = person
    self.role = role
    self.why = why
    self.followed = followed
    self.act = act
  }
}
