/// Planned, taken and released looks.
public struct InterimsModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The looks in order.
  public var rows: [InterimRow]
  /// The plan, in a sentence.
  public var lead: String
  /// The next look, for who builds it.
  public var act: ActForm?
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, rows: [InterimRow], lead: String, act: ActForm? = nil, faults: [Fault] = []
  ) {
    self.frame = frame
    self.rows = rows
    self.lead = lead
    self.act = act
    self.faults = faults
  }
}

/// One look.
public struct InterimRow: Sendable, Equatable {
  /// The look in words.
  public var title: String
  /// Where it is.
  public var href: String
  /// The cut-off of its data.
  public var cutOff: String
  /// The first and last digits of the snapshot.
  public var snapshot: String
  /// Its state.
  public var chip: Chip
  /// What can be done.
  public var act: Link?

  /// All of it at once.
  public init(
    title: String, href: String = "", cutOff: String, snapshot: String = "", chip: Chip,
    act: Link? = nil
  ) {
    self.title = title
    self.href = href
    self.cutOff = cutOff
    self.snapshot = snapshot
    self.chip = chip
    self.act = act
  }
}

/// One look, from cut-off to release.
public struct InterimModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list.
  public var back: Link
  /// The look in words.
  public var title: String
  /// Its state.
  public var chip: Chip
  /// Cut-off, snapshot, plan.
  public var facts: [Fact]
  /// Snapshot, build, check, release, recommendation.
  public var steps: [StepRow]
  /// The reports this person may read.
  public var reports: [Link]
  /// What this person can do now.
  public var act: ActForm?
  /// Who signed.
  public var signatures: [Signature]
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, title: String, chip: Chip, facts: [Fact], steps: [StepRow],
    reports: [Link] = [], act: ActForm? = nil, signatures: [Signature] = [], faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.title = title
    self.chip = chip
    self.facts = facts
    self.steps = steps
    self.reports = reports
    self.act = act
    self.signatures = signatures
    self.faults = faults
  }
}
