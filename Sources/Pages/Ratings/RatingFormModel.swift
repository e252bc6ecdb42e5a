/// One item of one instrument, with all items at the side.
public struct RatingFormModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The desk.
  public var back: Link
  /// The token.
  public var token: String
  /// The instrument.
  public var instrument: String
  /// Start, mode and when the draft was kept.
  public var lead: String
  /// What is said at the start of the call.
  public var script: String
  /// The instruments of the task.
  public var steps: [RatingStep]
  /// All items with their answers.
  public var items: [RatingItemRow]
  /// The item that is answered now.
  public var item: RatingItem
  /// The total; empty until every item is answered.
  public var total: String
  /// The item before.
  public var previous: Link?
  /// Whether the review follows.
  public var isLast: Bool
  /// Where the answer is posted, as `answer`.
  public var form: FormTarget
  /// The faults in the order of the items.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, token: String, instrument: String, lead: String,
    script: String = "", steps: [RatingStep], items: [RatingItemRow], item: RatingItem,
    total: String = "", previous: Link? = nil, isLast: Bool = false, form: FormTarget,
    faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.token = token
    self.instrument = instrument
    self.lead = lead
    self.script = script
    self.steps = steps
    self.items = items
    self.item = item
    self.total = total
    self.previous = previous
    self.isLast = isLast
    self.form = form
    self.faults = faults
  }
}

/// One instrument of the task.
public struct RatingStep: Sendable, Equatable {
  /// The instrument.
  public var title: String
  /// Where it is.
  public var href: String
  /// Whether it is shown now.
  public var isCurrent: Bool
  /// How many of its items are answered.
  public var answered: String

  /// All of it at once.
  public init(title: String, href: String, isCurrent: Bool = false, answered: String) {
    self.title = title
    self.href = href
    self.isCurrent = isCurrent
    self.answered = answered
  }
}

/// One item in the list at the side.
public struct RatingItemRow: Sendable, Equatable {
  /// Its number.
  public var number: Int
  /// Its name.
  public var title: String
  /// Where it is.
  public var href: String
  /// The answer; empty while there is none.
  public var answer: String
  /// Whether it is shown now.
  public var isCurrent: Bool
  /// Whether a missing answer was refused.
  public var isRefused: Bool

  /// All of it at once.
  public init(
    number: Int, title: String, href: String, answer: String = "", isCurrent: Bool = false,
    isRefused: Bool = false
  ) {
    self.number = number
    self.title = title
    self.href = href
    self.answer = answer
    self.isCurrent = isCurrent
    self.isRefused = isRefused
  }
}

/// The item that is answered now.
public struct RatingItem: Sendable, Equatable {
  /// Its number.
  public var number: Int
  /// Its name.
  public var title: String
  /// How it is judged.
  public var hint: String
  /// The answers in their order.
  public var choices: [RatingChoice]
  /// The code that was chosen.
  public var selected: String
  /// The codes for no value.
  public var missing: MissingValue?

  /// All of it at once.
  public init(
    number: Int, title: String, hint: String = "", choices: [RatingChoice], selected: String = "",
    missing: MissingValue? = nil
  ) {
    self.number = number
    self.title = title
    self.hint = hint
    self.choices = choices
    self.selected = selected
    self.missing = missing
  }
}

/// One answer of an item.
public struct RatingChoice: Sendable, Equatable {
  /// The number that is stored.
  public var code: String
  /// The words of the anchor; none between two anchors.
  public var anchor: String
  /// What the number lies between, where it has no anchor.
  public var between: String

  /// All of it at once.
  public init(code: String, anchor: String = "", between: String = "") {
    self.code = code
    self.anchor = anchor
    self.between = between
  }
}
