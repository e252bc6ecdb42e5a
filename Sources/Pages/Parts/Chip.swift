import Markup

/// The tone of a chip: which sign and which colours it has.
public enum ChipTone: String, Sendable, Equatable, CaseIterable {
  case good, due, bad, calm, off

  /// The sign that stands beside the word, so that colour never speaks alone.
  var sign: String {
    switch self {
    case .good: "✓"
    case .due: "◷"
    case .bad: "!"
    case .calm: "i"
    case .off: "–"
    }
  }
}

/// The state of one thing, in words that can be read alone.
public enum Chip: Sendable, Equatable {
  /// Can be done now.
  case ready
  /// Is due today.
  case dueToday
  /// Is due, with the days that are left.
  case due(daysLeft: Int)
  /// Was due, with the days since.
  case overdue(days: Int)
  /// Was begun.
  case inProgress
  /// Was submitted.
  case submitted
  /// Has open data queries.
  case query(Int)
  /// The query was answered.
  case answered
  /// Was verified against the source.
  case verified
  /// Was signed.
  case signed
  /// Was locked.
  case locked
  /// Was not done in time.
  case missed
  /// Waits for somebody.
  case waiting(String)
  /// Is not due yet.
  case notDue
  /// Is booked for a time.
  case booked(String)
  /// Was done.
  case done
  /// The state of something that is no form: a participation, a site, a report.
  case state(ChipTone, String)

  /// The words of the chip.
  public var words: String {
    switch self {
    case .ready: "ready"
    case .dueToday: "due today"
    case .due(let days): "due, \(Words.days(days)) left"
    case .overdue(let days): "overdue \(Words.days(days))"
    case .inProgress: "in progress"
    case .submitted: "submitted"
    case .query(let count): "query \(count)"
    case .answered: "answered"
    case .verified: "verified"
    case .signed: "signed"
    case .locked: "locked"
    case .missed: "missed"
    case .waiting(let whom): "waiting for \(whom)"
    case .notDue: "not due"
    case .booked(let time): "booked \(time)"
    case .done: "done"
    case .state(_, let words): words
    }
  }

  /// The tone of the chip.
  public var tone: ChipTone {
    switch self {
    case .ready, .submitted, .answered, .verified, .signed, .done: .good
    case .dueToday, .due, .query, .waiting: .due
    case .overdue, .missed: .bad
    case .inProgress, .booked: .calm
    case .notDue, .locked: .off
    case .state(let tone, _): tone
    }
  }

  /// The sign before the words.
  var sign: String {
    switch self {
    case .query: "?"
    case .inProgress: "◐"
    case .ready, .dueToday, .due, .overdue, .submitted, .answered, .verified, .signed, .locked,
      .missed, .waiting, .notDue, .booked, .done, .state:
      tone.sign
    }
  }
}

extension Markup {
  /// Writes a chip; its sign repeats the word and is not read out.
  mutating func chip(_ chip: Chip) {
    element(.span, .class("chip \(chip.tone.rawValue)")) { page in
      page.element(.span, .hiddenFromSpeech, text: chip.sign)
      page.text(" \(chip.words)")
    }
  }
}
