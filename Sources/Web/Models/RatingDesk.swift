import Conduct
import Pages
import Store
import StudyModel

/// The rater's desk: tokens, times and languages, and the same shape for every task.
struct RatingDesk {
  private let call: Call
  private let actor: Actor
  private let zone: String

  init(_ call: Call) async throws {
    self.call = call
    actor = try call.actor
    zone = try await call.ownZone()
  }

  /// How long after its time a call without a rating counts as one nobody came to: 3 hours.
  private static let waitSeconds: Int64 = 3 * 3600

  /// Whether a booked call without a rating is so long past that nobody can have come.
  static func isPast(_ time: UTCInstant, at now: UTCInstant) -> Bool {
    now.seconds(since: time) >= waitSeconds
  }

  func model() async throws -> RaterDeskModel {
    let tasks = try await call.installation.ratingTasks(as: actor)
    let now = call.installation.clock.now
    let today = Times.date(now, zone)
    let due = tasks.filter { Times.date($0.startsAt, zone) == today }
    let earlier = tasks.filter {
      Times.date($0.startsAt, zone) != today && $0.startsAt < now && $0.state != "recorded"
    }
    let later = tasks.filter { Times.date($0.startsAt, zone) != today && $0.startsAt > now }
    // A call nobody came to stays below, with what was not finished, until it is moved or cancelled.
    let next =
      tasks.first {
        $0.state == "booked" && Times.date($0.startsAt, zone) == today
          && !Self.isPast($0.startsAt, at: now)
      }
      ?? tasks.first { $0.state == "booked" && $0.startsAt > now }
    return RaterDeskModel(
      frame: call.site.frame(for: call), date: today, zone: "those of \(zone)",
      next: next.map { shown($0, now) }, script: script, today: due.map { row($0, withDay: false) },
      unfinished: earlier.map { row($0, withDay: true) },
      later: later.map { row($0, withDay: true) },
      empty: later.first.map { "The next rating is \(day($0.startsAt))." }
        ?? "No rating waits. New bookings appear here.")
  }

  private func day(_ instant: UTCInstant) -> String {
    "\(Times.date(instant, zone)), \(Times.zoned(instant, zone))"
  }

  private func join(_ task: RatingTask) -> Link? {
    guard task.state == "booked" else { return nil }
    return task.callLink.map {
      Link(text: "Join the call", href: $0, context: task.token.text, isOutside: true)
    }
  }

  var script: String { actor.definition.text("rating_script") ?? "" }

  private func instruments(_ task: RatingTask) -> String {
    task.forms.compactMap { name in
      (try? FormID(parsing: name)).flatMap { actor.definition.form($0)?.title }
    }.joined(separator: ", ")
  }

  private func shown(_ task: RatingTask, _ now: UTCInstant) -> RaterTask {
    let minutes = task.startsAt.seconds(since: now) / 60
    let wait: String
    switch minutes {
    case ..<0: wait = "since \(Times.clock(task.startsAt, zone))"
    case 0: wait = "now"
    case 1..<120: wait = "in \(minutes) minutes"
    default: wait = day(task.startsAt)
    }
    return RaterTask(
      token: task.token.text, time: Times.zoned(task.startsAt, zone), startsIn: wait,
      language: Languages.name(task.language), instruments: instruments(task),
      minutes: "about 30 minutes",
      open: Link(text: "Start \(task.token.text)", href: start(task)),
      call: join(task))
  }

  private func row(_ task: RatingTask, withDay: Bool) -> RaterRow {
    let chip: Chip
    let act: String?
    switch task.state {
    case "booked" where Self.isPast(task.startsAt, at: call.installation.clock.now):
      (chip, act) = (.state(.bad, "no rating came"), "Start")
    case "submitted": (chip, act) = (.waiting("the blinding record"), "Give the record")
    case "recorded": (chip, act) = (.done, nil)
    case "booked": (chip, act) = (.ready, "Start")
    default: (chip, act) = (.inProgress, "Go on")
    }
    let href =
      task.state == "submitted" ? "/desk/\(task.token.text)/record" : "/desk/\(task.token.text)"
    return RaterRow(
      token: task.token.text, href: task.state == "recorded" ? "" : href,
      start: withDay ? day(task.startsAt) : Times.zoned(task.startsAt, zone),
      language: Languages.name(task.language), instruments: instruments(task), chip: chip,
      act: act.map { Link(text: $0, href: task.state == "booked" ? start(task) : href) },
      call: join(task))
  }

  /// The first instrument of a rating nothing was saved of.
  private func start(_ task: RatingTask) -> String {
    "/desk/\(task.token.text)" + (task.forms.first.map { "/" + $0 } ?? "")
  }
}

/// Languages of calls in words.
enum Languages {
  private static let names = [
    "en": "English", "de": "German", "nl": "Dutch", "da": "Danish", "fr": "French",
    "pt": "Portuguese", "es": "Spanish", "it": "Italian",
  ]

  static func name(_ code: String) -> String { names[code] ?? code }
}
