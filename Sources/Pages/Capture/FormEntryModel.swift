/// Everything the page for one form of one visit shows.
public struct FormEntryModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the participant or the visit is.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// The visit in words.
  public var visit: String
  /// The form in words.
  public var formTitle: String
  /// The state of the entry.
  public var chip: Chip
  /// When it was saved and by whom.
  public var saved: String
  /// Visit, window and version at the side.
  public var facts: [Fact]
  /// History and queries of the form.
  public var links: [Link]
  /// The fields in their order.
  public var sections: [FieldSection]
  /// The faults in the order of the page.
  public var faults: [Fault]
  /// What the save would change, when submitted values differ.
  public var changes: ChangeReason?
  /// Signatures under this version.
  public var signatures: [Signature]
  /// Where it is posted; `act` is `draft` or `submit`.
  public var form: FormTarget
  /// Why nothing can be changed; empty when it can.
  public var closed: String
  /// That the boxes show the reader's own draft, and what it was typed over; empty when they do not.
  public var draft: String
  /// Whether what is typed is kept as a draft by itself, where the page runs its script.
  public var keepsDraft: Bool
  /// What else can be done with the form: verify, freeze, void, discard the draft.
  public var acts: [ActForm]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, visit: String, formTitle: String, chip: Chip,
    saved: String = "", facts: [Fact] = [], links: [Link] = [], sections: [FieldSection],
    faults: [Fault] = [], changes: ChangeReason? = nil, signatures: [Signature] = [],
    form: FormTarget, closed: String = "", draft: String = "", keepsDraft: Bool = false,
    acts: [ActForm] = []
  ) {
    self.draft = draft
    self.keepsDraft = keepsDraft
    self.acts = acts
    self.frame = frame
    self.back = back
    self.key = key
    self.visit = visit
    self.formTitle = formTitle
    self.chip = chip
    self.saved = saved
    self.facts = facts
    self.links = links
    self.sections = sections
    self.faults = faults
    self.changes = changes
    self.signatures = signatures
    self.form = form
    self.closed = closed
  }
}

/// Fields that belong together.
public struct FieldSection: Sendable, Equatable {
  /// Their heading; none when empty.
  public var title: String
  /// What stands under the heading.
  public var hint: String
  /// The fields in their order.
  public var fields: [EntryField]

  /// All of it at once.
  public init(title: String = "", hint: String = "", fields: [EntryField]) {
    self.title = title
    self.hint = hint
    self.fields = fields
  }
}

/// The changes of submitted values and the reason for them.
public struct ChangeReason: Sendable, Equatable {
  /// Each value that would change.
  public var changes: [ValueChange]
  /// The reasons to choose from.
  public var choices: [Choice]
  /// The reason that was chosen, sent as `_reason`.
  public var selected: String
  /// The reason in own words, sent as `_reason_text`.
  public var text: String
  /// Why the reason is not enough.
  public var fault: String

  /// All of it at once.
  public init(
    changes: [ValueChange], choices: [Choice], selected: String = "", text: String = "",
    fault: String = ""
  ) {
    self.changes = changes
    self.choices = choices
    self.selected = selected
    self.text = text
    self.fault = fault
  }
}

/// One value that would change.
public struct ValueChange: Sendable, Equatable {
  /// The label of the field.
  public var field: String
  /// The value that is stored.
  public var old: String
  /// The value that was typed.
  public var new: String

  /// All of it at once.
  public init(field: String, old: String, new: String) {
    self.field = field
    self.old = old
    self.new = new
  }
}
