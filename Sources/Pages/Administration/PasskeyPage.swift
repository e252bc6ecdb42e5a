public import Markup

/// One of one's own passkeys.
public struct PasskeyModel: PageModel, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the reader came from.
  public var back: Link
  /// What the person calls it.
  public var name: String
  /// When it was added and used, and where it is kept.
  public var facts: [Fact]
  /// Where it is renamed.
  public var rename: ActForm
  /// Where it is removed.
  public var remove: ActForm
  /// Why something was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, name: String, facts: [Fact], rename: ActForm, remove: ActForm,
    faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.name = name
    self.facts = facts
    self.rename = rename
    self.remove = remove
    self.faults = faults
  }

  /// The page's own title.
  public var ownTitle: String { "Passkey \(name)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(ownTitle, back: back)
    page.faultSummary(faults)
    page.card { page in page.facts(facts) }
    page.act(rename, isBeside: true)
    page.act(remove, isBeside: true)
  }
}
