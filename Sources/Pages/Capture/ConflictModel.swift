/// Both versions of an entry that two people changed, nothing chosen beforehand.
public struct ConflictModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the entry is read again.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// The form in words.
  public var formTitle: String
  /// Who saved meanwhile and when.
  public var savedBy: String
  /// The fields both changed, in the order of the form.
  public var rows: [ConflictRow]
  /// The fields the other one changed alone, with the value that is kept.
  public var taken: [Fact]
  /// Where the chosen values are posted.
  public var form: FormTarget
  /// What was typed, sent along so that nothing has to be typed twice.
  public var carried: [CarriedValue]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, formTitle: String, savedBy: String,
    rows: [ConflictRow], form: FormTarget, carried: [CarriedValue] = [], taken: [Fact] = []
  ) {
    self.taken = taken
    self.frame = frame
    self.back = back
    self.key = key
    self.formTitle = formTitle
    self.savedBy = savedBy
    self.rows = rows
    self.form = form
    self.carried = carried
  }
}

/// One typed value on its way through a page.
public struct CarriedValue: Sendable, Equatable {
  /// The name under which it is sent.
  public var name: String
  /// The value.
  public var value: String

  /// All of it at once.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// One field whose two values differ.
public struct ConflictRow: Sendable, Equatable {
  /// The name under which the choice is sent.
  public var field: String
  /// The question in words.
  public var label: String
  /// The value that both read.
  public var before: String
  /// The value that was saved meanwhile.
  public var stored: String
  /// The value that was typed here.
  public var typed: String

  /// All of it at once.
  public init(
    field: String, label: String, stored: String, typed: String, before: String = ""
  ) {
    self.before = before
    self.field = field
    self.label = label
    self.stored = stored
    self.typed = typed
  }
}
