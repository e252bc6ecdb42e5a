/// A page that tells facts and offers at most one act.
public struct ActPageModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the reader came from.
  public var back: Link
  /// What the page is about.
  public var title: String
  /// One line more.
  public var lead: String
  /// What must be known before anything else.
  public var notice: String
  /// The facts.
  public var facts: [Fact]
  /// What is given to somebody else to open.
  public var handOut: HandOut?
  /// The act, when there is one.
  public var act: ActForm?
  /// Where one can go from here.
  public var links: [Link]
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, title: String, lead: String = "", notice: String = "",
    facts: [Fact] = [], handOut: HandOut? = nil, act: ActForm? = nil, links: [Link] = [],
    faults: [Fault] = []
  ) {
    self.handOut = handOut
    self.links = links
    self.frame = frame
    self.back = back
    self.title = title
    self.lead = lead
    self.notice = notice
    self.facts = facts
    self.act = act
    self.faults = faults
  }
}
