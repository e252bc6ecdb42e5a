public import Pictures

/// A serious event with its reporting times and everything that was told of it: printable, without any arm.
public struct SeriousEventModel: Sendable, Equatable {
  /// A reporting time.
  public struct Clock: Sendable, Equatable {
    /// Its title.
    public var title: String
    /// The start and how often it was changed.
    public var start: String
    /// The limit.
    public var due: String
    /// When it was met, empty before.
    public var met: String
    /// How it stands.
    public var chip: Chip
    /// The form that says that the report was made, where the reader may say so.
    public var act: ActForm?
    /// Where its start is changed, where the reader may.
    public var change: Link?

    /// All of it at once.
    public init(
      title: String, start: String, due: String, met: String, chip: Chip, act: ActForm? = nil,
      change: Link? = nil
    ) {
      self.change = change
      self.title = title
      self.start = start
      self.due = due
      self.met = met
      self.chip = chip
      self.act = act
    }
  }

  /// A version of the report.
  public struct Version: Sendable, Equatable {
    /// The first report, or which follow-up.
    public var title: String
    /// When it was entered and whether it is signed.
    public var state: String
    /// What may be told.
    public var facts: [Fact]

    /// All of it at once.
    public init(title: String, state: String, facts: [Fact]) {
      self.title = title
      self.state = state
      self.facts = facts
    }
  }

  /// The frame of the page.
  public var frame: PageFrame
  /// Where the reader came from.
  public var back: Link
  /// The participant and the event.
  public var title: String
  /// The time left, as a picture.
  public var picture: ClockPicture?
  /// The reporting times, those to meet first.
  public var clocks: [Clock]
  /// Whether the event was expected, who judged it and against what; empty where nobody judges.
  public var expectedness: [Fact]
  /// The form that judges it, where the reader may.
  public var judge: ActForm?
  /// The versions, the newest first.
  public var versions: [Version]
  /// Why an act was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, title: String, picture: ClockPicture?, clocks: [Clock],
    expectedness: [Fact] = [], judge: ActForm? = nil, versions: [Version], faults: [Fault] = []
  ) {
    self.expectedness = expectedness
    self.judge = judge
    self.frame = frame
    self.back = back
    self.title = title
    self.picture = picture
    self.clocks = clocks
    self.versions = versions
    self.faults = faults
  }
}
