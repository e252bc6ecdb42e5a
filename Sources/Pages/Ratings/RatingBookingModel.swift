/// The page for booking a central rating.
public struct RatingBookingModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The participant.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// The visit in words.
  public var visit: String
  /// The days that are allowed.
  public var window: String
  /// The zone of the times.
  public var zone: String
  /// The days with the times that are offered.
  public var days: [SlotDay]
  /// The slot that was chosen, sent as `slot`.
  public var selected: String
  /// What is booked now.
  public var booked: String
  /// The languages of the call, sent as `language`.
  public var languages: [Choice]
  /// The language that was chosen.
  public var language: String
  /// Where it is posted.
  public var form: FormTarget
  /// Why a booking is moved; nil where none is.
  public var reason: EntryField?
  /// Why no time is offered, where that is not for want of one.
  public var closed: String
  /// What else can be done with a booking.
  public var acts: [ActForm]
  /// Why it was not booked.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, visit: String, window: String, zone: String,
    days: [SlotDay], selected: String = "", booked: String = "", languages: [Choice],
    language: String = "", form: FormTarget, reason: EntryField? = nil, closed: String = "",
    acts: [ActForm] = [], faults: [Fault] = []
  ) {
    self.reason = reason
    self.closed = closed
    self.acts = acts
    self.frame = frame
    self.back = back
    self.key = key
    self.visit = visit
    self.window = window
    self.zone = zone
    self.days = days
    self.selected = selected
    self.booked = booked
    self.languages = languages
    self.language = language
    self.form = form
    self.faults = faults
  }
}

/// The times of one day that are offered.
public struct SlotDay: Sendable, Equatable {
  /// Weekday and date.
  public var date: String
  /// The times; the code names the slot.
  public var slots: [Choice]

  /// All of it at once.
  public init(date: String, slots: [Choice]) {
    self.date = date
    self.slots = slots
  }
}
