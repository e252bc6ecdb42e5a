import Conduct
import Foundation
import Pages
import Store
import StudyModel

extension WebSite {
  /// The frame around a page for the caller: study, sections of the role, who and until when.
  func frame(for call: Call, title: String = "") -> PageFrame {
    guard let actor = call.signedIn, let session = call.session else {
      return plainFrame
    }
    let place: String
    switch actor.sites {
    case .all: place = ""
    case .site(let key):
      place = "\(key) \(actor.definition.site(key)?.title ?? "")"
    }
    return PageFrame(
      study: actor.trial.key.uppercased(), place: place, title: title,
      status: call.query["note"].flatMap { Notes.sentence($0) } ?? "",
      isTraining: actor.trial.mode != TrialMode.live.rawValue,
      sections: Sections.bar(
        of: actor.role, siteForms: actor.siteFormUse, samples: actor.sampleUse, path: call.path),
      visitor: Visitor(
        name: actor.fullName, role: actor.role.title,
        sessionEnd: "signed in until " + Times.clock(session.expiresAt, zone(of: actor)),
        switches: [], switchForm: nil, signOut: call.target("/sign-out")))
  }

  /// The zone by which a page shows times that are of no site: that of who acts at one, else the sponsor's.
  func zone(of actor: Actor) -> String {
    let own: String? =
      switch actor.sites {
      case .all: nil
      case .site(let key): actor.definition.site(key)?.timeZone
      }
    return own ?? actor.definition.sponsorZone ?? Times.zoneOfNoStudy
  }
}

extension Call {
  private static let zoneBox = "_zone"

  /// The target of a page on which times are typed by the clock of a zone.
  func target(_ action: String, version: Int? = nil, zone: String) -> FormTarget {
    var target = self.target(action, version: version)
    target.kept = [KeptValue(name: Self.zoneBox, value: zone)]
    return target
  }

  /// The zone in which a person who rates reads and writes times: the one chosen, or that of the coordinating centre.
  ///
  /// What a page sends was typed by the clock of that page, whatever was chosen since.
  func ownZone() async throws -> String {
    let actor = try self.actor
    if let written = form[Self.zoneBox], (try? SiteClock(zone: written)) != nil { return written }
    return try await installation.chosenZone(of: actor.user) ?? site.zone(of: actor)
  }
}

/// What an act's answering page says, by a closed set of keys in the address.
enum Notes {
  private static let sentences = [
    "session-over":
      "Your session has ended. Sign in again: what you typed on this device is still there.",
    "imported": "The rows are saved. Each file stands in the list of those imported before.",
    "saved": "Saved.", "session-ended": "The session is ended.",
    "password-changed": "The password is changed. Your other sessions are ended.",
    "provider-linked":
      "The account is linked. Your other sessions are ended.",
    "provider-not-linked":
      "The account was not linked. Begin again. An account at the provider is linked with one account here alone.",
    "provider-unlinked": "The link is removed. Your other sessions are ended.",
    "passkey-added": "The passkey is added. Your other sessions are ended.",
    "passkey-renamed": "The passkey is renamed.", "passkey-removed": "The passkey is removed.",
    "role-given": "The role is given.", "role-ended": "The role is ended.",
    "waiting-ended": "The waiting time is ended. The person can sign in at once.",
    "role-waits": "The role waits for a second administrator.",
    "access-reviewed": "The review is signed, and its decisions are carried out.",
    "certified": "The certification is on record.",
    "role-refused": "The role is refused.", "disabled": "The account is disabled.",
    "enabled": "The account is enabled.",
    "draft": "Draft kept on this server. Only you see it; it is not saved as data.",
    "submitted": "Submitted.",
    "signed": "Signed.", "corrected": "The correction is signed. What was reported stays as it is.",
    "consented": "The participant is enrolled.",
    "offered": "The participant is offered. The other site decides.",
    "offer-withdrawn": "The offer is withdrawn. The participant stays here.",
    "offer-declined": "The offer is declined.",
    "taken-over": "The participant is at this site now.",
    "identity-recorded": "The identity is recorded in the vault.",
    "booked": "The rating is booked.",
    "rating-moved": "The rating is moved. A rater is drawn anew.",
    "call-link": "Where the call is joined is changed.",
    "rating-cancelled": "The rating is cancelled. None is booked for this visit.",
    "released": "The interim look is released.", "built": "The interim look is built.",
    "drafted": "The scheme is committed to.", "approved": "The scheme is approved.",
    "candidate": "The candidate is kept.", "withdrawn": "The candidate is withdrawn.",
    "simulating": "The simulation runs.", "stopping": "The simulation is being stopped.",
    "in-force": "The randomization is in force.", "activated": "The site is open.",
    "suspended": "The site is suspended.", "moved": "The step is recorded.",
    "site-fact": "What you recorded of the site is kept.",
    "text-loaded": "The text is loaded.",
    "site-closed": "The site is closed.", "enrolling": "The study is open for enrolment.",
    "soft-locked": "The study is soft-locked.",
    "lock-signed": "Your signature is on record; the second person is awaited.",
    "hard-locked": "The study is hard-locked. Nobody can change data any more.",
    "unblind-signed": "Your signature is on record; the second person is awaited.",
    "unblinded": "The study is unblinded.", "plan": "The analysis plan is on record.",
    "query-opened": "The data query is open.", "query-closed": "The data query is closed.",
    "query-answered": "The data query is answered. Who asked closes it or asks again.",
    "query-reopened": "The data query is open again.", "discarded": "Your draft is removed.",
    "verified": "The source verification is on record.", "frozen": "The form is frozen.",
    "unfrozen": "The form can be changed again.", "voided": "The entry is voided.",
    "acted": "What you did is on record.", "judged": "The judgement is on record.",
    "deviation": "The deviation is drafted. Whoever judges deviations confirms or rejects it.",
    "reported": "The day of the report is on record.",
    "restarted": "The start is changed. The one before stays on record.",
    "letters": "Where your letters go is changed.",
    "zone": "Your time zone is changed.",
    "recorded": "The blinding record is given. The rating is finished.",
    "acknowledged": "Your acknowledgement is on record. You can sign now.",
    "identity": "The verification of the identity is on record.",
    "reviewed": "Your review of the audit trail is signed and on record.",
    "removal-asked": "The removal is asked for. A second person confirms it.",
    "removed": "The value is removed. That it was there, who removed it and why stays on record.",
    "read": "That you read the allocation is recorded.",
    "unblinding-reported":
      "Your report is on record. You will not see it again. Tell nobody what you learnt.",
    "assessed": "The assessment is on record.",
    "notice-read": "That you read the notice is recorded.",
    "opening": "The opening of the envelope is recorded.",
    "void": "The randomization is recorded as made in error.",
    "stratum": "The true stratum is on record beside the one used.",
    "ledger-checked": "The ledger is whole. A head is signed.",
    "signed-out": "You are signed out.", "issued": "The questionnaire link is made.",
  ]

  static func sentence(_ key: String) -> String? { sentences[key] }
}

/// Instants and dates as people read them.
enum Times {
  /// The zone of pages that belong to no study, and of studies that name none; every page names its zone.
  static let zoneOfNoStudy = "Europe/London"

  static func date(_ date: CalendarDate) -> String { date.words }

  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

  /// When something was saved and by whom; what a participant handed in alone bears no name.
  static func saved(_ instant: UTCInstant, _ zone: String, by name: String) -> String {
    full(instant, zone) + (name.isEmpty ? "" : " by \(name)")
  }

  /// `Tue 14 Sep 2027`.
  static func weekday(_ date: CalendarDate) -> String {
    "\(weekdays[((date.daysSince1970 % 7) + 7) % 7]) \(date.words)"
  }

  static func date(_ instant: UTCInstant, _ zone: String) -> String {
    guard let clock = try? SiteClock(zone: zone) else { return "" }
    return date(clock.date(at: instant))
  }

  /// `10:42 (Berlin)`.
  static func clock(_ instant: UTCInstant, _ zone: String) -> String {
    guard let clock = try? SiteClock(zone: zone) else { return "" }
    let city = zone.split(separator: "/").last.map { $0.replacing("_", with: " ") } ?? ""
    return "\(time(instant, clock)) (\(city))"
  }

  /// `10:42`, where the zone stands above.
  static func time(_ instant: UTCInstant, _ clock: SiteClock) -> String {
    let local = instant.microsecondsSince1970 / 1_000_000 + Int64(clock.offsetSeconds(at: instant))
    let minutes = Int(((local % 86_400) + 86_400) % 86_400 / 60)
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    return "\(two(minutes / 60)):\(two(minutes % 60))"
  }

  /// `10:42 (Berlin, UTC+02:00)`: by the zone of a person, who may be anywhere.
  static func zoned(_ instant: UTCInstant, _ zone: String) -> String {
    guard let clock = try? SiteClock(zone: zone) else { return "" }
    let city = zone.split(separator: "/").last.map { $0.replacing("_", with: " ") } ?? ""
    return "\(time(instant, clock)) (\(city), \(offset(instant, clock)))"
  }

  private static func offset(_ instant: UTCInstant, _ clock: SiteClock) -> String {
    let minutes = clock.offsetSeconds(at: instant) / 60
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    return "UTC\(minutes < 0 ? "−" : "+")\(two(abs(minutes) / 60)):\(two(abs(minutes) % 60))"
  }

  /// `14 Sep 2027, 10:42 (Berlin)`.
  static func full(_ instant: UTCInstant, _ zone: String) -> String {
    "\(date(instant, zone)), \(clock(instant, zone))"
  }
}
