/// Open data queries of the forms the reader may see.
public struct QueriesModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Counts by age, each a filter.
  public var ages: [Link]
  /// How many of how many, in words.
  public var shown: String
  /// The queries, oldest first.
  public var rows: [QueryListRow]
  /// The list without filters.
  public var clear: Link?
  /// Earlier and later rows.
  public var pages: [Link]
  /// The filtered list as CSV.
  public var export: Link?

  /// All of it at once.
  public init(
    frame: PageFrame, ages: [Link], shown: String, rows: [QueryListRow], clear: Link? = nil,
    pages: [Link] = [], export: Link? = nil
  ) {
    self.frame = frame
    self.ages = ages
    self.shown = shown
    self.rows = rows
    self.clear = clear
    self.pages = pages
    self.export = export
  }
}

/// One query in the list.
public struct QueryListRow: Sendable, Equatable {
  /// How old it is.
  public var age: String
  /// Participant, visit, form and field.
  public var place: String
  /// Where it is.
  public var href: String
  /// What is asked.
  public var text: String
  /// Who is to answer.
  public var waitsFor: String
  /// Its state.
  public var chip: Chip

  /// All of it at once.
  public init(
    age: String, place: String, href: String, text: String, waitsFor: String, chip: Chip
  ) {
    self.age = age
    self.place = place
    self.href = href
    self.text = text
    self.waitsFor = waitsFor
    self.chip = chip
  }
}

/// One data query with its thread and what can be done.
public struct QueryModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list or the participant.
  public var back: Link
  /// Participant, visit, form and field.
  public var place: String
  /// Its state.
  public var chip: Chip
  /// The value that is asked about.
  public var value: String
  /// The form, at the field.
  public var entry: Link
  /// What was written, oldest first.
  public var thread: [QueryMessage]
  /// Where an answer is posted, as `answer`.
  public var answer: FormTarget?
  /// What was typed.
  public var answerText: String
  /// Where closing and asking again are posted, with `reason` and `act` close or reopen.
  public var judge: FormTarget?
  /// Whether it can be closed.
  public var canClose: Bool
  /// Whether it can be asked again.
  public var canReopen: Bool
  /// What was typed as the reason.
  public var reasonText: String
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, place: String, chip: Chip, value: String, entry: Link,
    thread: [QueryMessage], answer: FormTarget? = nil, answerText: String = "",
    judge: FormTarget? = nil, canClose: Bool = false, canReopen: Bool = false,
    reasonText: String = "", faults: [Fault] = []
  ) {
    self.canClose = canClose
    self.canReopen = canReopen
    self.reasonText = reasonText
    self.frame = frame
    self.back = back
    self.place = place
    self.chip = chip
    self.value = value
    self.entry = entry
    self.thread = thread
    self.answer = answer
    self.answerText = answerText
    self.judge = judge
    self.faults = faults
  }
}

/// One message of a thread.
public struct QueryMessage: Sendable, Equatable {
  /// Who wrote it, with the role.
  public var author: String
  /// When, with the zone.
  public var time: String
  /// What was written.
  public var text: String

  /// All of it at once.
  public init(author: String, time: String, text: String) {
    self.author = author
    self.time = time
    self.text = text
  }
}
