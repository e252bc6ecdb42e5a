import Foundation
import Randomization
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Simulation

/// How a world comes about: the same acts in every world, and what they differ in.
struct Story: Sendable {
  /// Tells one seed from another.
  var seed = "one"
  /// The probability of response by arm.
  var response = ["KET": 0.5, "KAP": 0.5, "ECT": 0.5]
  /// Two arms that change places in the scheme: whoever would have been in one is in the other.
  var exchanged: [String] = []
  /// Put before every participant's number to make initials; drawn by chance when nil.
  var initials: String?
  /// What is corrected of everybody in the vault, version by version, beside the date of birth.
  var identities: [[String: String]] = []
  /// Whether anybody is treated, and anything else of class treatment entered.
  var isTreated = true
  var participants = 17
  /// How many of them reach the end of treatment.
  var finished = 12
  /// Whether somebody waits for randomization at the end, in a story too short for later acts as well.
  var waits = false
}

/// Somebody who tells a story to a world, act by act.
final class Teller {
  let world: World
  let story: Story
  /// Acts that were refused, with what was said: none is expected.
  private(set) var refused: [String] = []
  private(set) var participants: [SimulatedParticipant] = []
  private(set) var arms: [String: String] = [:]
  /// Who may be randomized by the next press of the button, and is not yet.
  private(set) var eligible: String?
  /// Whose next rating is booked.
  private(set) var booked: [String] = []
  /// Who takes a medicine on record.
  private(set) var medicated: String?
  /// Addresses only the story knows: links of questionnaires.
  private(set) var links: [String] = []

  init(_ world: World, _ story: Story) {
    self.world = world
    self.story = story
  }

  func tell() async throws {
    try await open()
    for number in 0..<story.participants { try await enrol(number) }
    for number in participants.indices where number < story.finished { try await finish(number) }
    for participant in participants where !story.identities.isEmpty {
      try await record(identityOf: participant)
    }
    readArms()
    let isWhole = story.participants > 8
    if isWhole || story.waits { try await wait() }
    if isWhole { try await LaterActs(self).tell() }
  }

  /// The story up to the allocations, to learn the arms a seed gives.
  func enrolOnly() async throws {
    try await open()
    for number in 0..<story.participants { try await enrol(number) }
    readArms()
  }

  /// An act under a label of its own, that draws what the label says.
  func act(_ label: String, _ body: () async throws -> Void) async {
    world.random.begin(label)
    do { try await body() } catch { refused.append("\(label): \(error)") }
  }

  func day(_ days: Int64, _ seconds: Int64 = 0) -> UTCInstant {
    Template.start.advanced(bySeconds: days * 86_400 + seconds)
  }

  func actor(_ role: String, at site: String? = nil, _ now: UTCInstant) async throws -> Actor {
    let person = try #require(
      world.template.people.first { $0.role == role && (site == nil || $0.site == site) },
      "nobody is \(role)")
    return try #require(
      try await world.installation.actor(
        user: person.user, username: person.username, fullName: person.fullName,
        role: RoleID(parsing: role), site: person.site,
        trial: try await world.installation.trial(world.trial.key), authenticatedAt: now,
        secondFactorAt: now))
  }

  // MARK: Set-up

  private func open() async throws {
    let now = Template.start
    let office = world.installation.at(now)
    let manager = try await actor("rand_manager", now)
    var draft = 0
    await act("draft") { draft = try await office.draftScheme(scheme(), as: manager) }
    await act("simulation") {
      _ = try await office.simulateDrafts(
        SimulationOrder(runs: 2, participants: 40), as: manager)
    }
    // Of the commitment the second draw is the seed.
    world.random.begin("commitment", secret: (draw: 1, mark: story.seed))
    try await office.commitScheme(draft, entropyPlan: "dice on the day after", as: manager)
    await act("approval") {
      try await office.approveRandomization(as: try await actor("stat_unblinded", now))
    }
    await act("entropy") {
      try await office.recordEntropy(
        Array("dice thrown on the day after the commitment".utf8), source: "dice", as: manager)
    }
    let lead = try await actor("sponsor_lead", now)
    for site in Template.sites {
      await act("site \(site)") {
        try await TrialSetUp.openSite(try SiteKey(parsing: site), as: lead, office)
      }
    }
    await act("enrolment") {
      try await TrialSetUp.openEnrolment(
        builder: try await actor("study_builder", now), lead: lead, office)
    }
  }

  /// The scheme of the definition, with arms that have changed places if the story says so.
  private func scheme() throws -> SchemeSource {
    let definition = world.template.definition
    let ledger = try #require(LedgerIdentity(Array(repeating: 0, count: LedgerIdentity.length)))
    let plain = try SchemeOfDefinition.scheme(definition, ledger: ledger, epoch: 1)
    var parts = try #require(
      try JSONSerialization.jsonObject(with: Data(plain.canonicalBytes)) as? [String: Any])
    // Whose ledger and which epoch it is, the draft says.
    parts["ledger"] = nil
    parts["epoch"] = nil
    let arms = try #require(parts["arms"] as? [[String: Any]])
    parts["arms"] = arms.map { arm in
      var arm = arm
      if let place = story.exchanged.firstIndex(where: { $0 == arm["id"] as? String }) {
        arm["id"] = story.exchanged[1 - place]
      }
      return arm
    }
    return .json(Array(try JSONSerialization.data(withJSONObject: parts)))
  }

  // MARK: Participants

  private var staff: SimulatedStaff {
    let people = world.template.staff.people
    return SimulatedStaff(
      people: story.isTreated ? people : people.filter { $0.role.text != "ketamine_nurse" })
  }

  private func enrol(_ number: Int) async throws {
    let site = Template.sites[number % 3 == 2 ? 1 : 0]
    var participant = try await newcomer(
      number, at: site,
      on: day(Int64(number < story.finished ? number : number + 20), Int64(number) * 611 + 3600))
    await act("enrolment of \(number)") { _ = try await participant.enrol() }
    participants.append(participant)
  }

  /// Somebody who lacks nothing but the press of the button, on the day when everybody asks.
  private func wait() async throws {
    let number = story.participants
    var participant = try await newcomer(number, at: "101", on: day(60, 3600))
    await act("eligibility of \(number)") {
      guard try await participant.becomeEligible() else { throw ActRefusal.notFound }
      eligible = participant.key?.text
    }
  }

  private func newcomer(
    _ number: Int, at site: String, on instant: UTCInstant
  ) async throws -> SimulatedParticipant {
    let trial = try await world.installation.trial(world.trial.key)
    var participant = SimulatedParticipant(
      trial: trial, staff: staff, site: try SiteKey(parsing: site), consentedAt: instant,
      zone: site == "101" ? "Europe/London" : "Europe/Berlin", birthYear: 1960 + number * 2,
      sex: number.isMultiple(of: 2) ? "F" : "M", installation: world.installation,
      chances: Chances(seed: 11, stream: UInt64(number)))
    participant.initials = story.initials.map { $0 + String(UnicodeScalar(UInt8(65 + number))) }
    return participant
  }

  private func finish(_ number: Int) async throws {
    var participant = participants[number]
    guard let now = participant.endOfTreatment(Int64(number % 3) == 0 ? 1 : 0) else { return }
    await act("end of treatment of \(number)") {
      try await participant.finish(at: now, responseByArm: story.response)
    }
    participants[number] = participant
  }

  private func record(identityOf participant: SimulatedParticipant) async throws {
    guard let key = participant.key else { return }
    for (version, identity) in story.identities.enumerated() {
      let now = day(65, Int64(version) * 600)
      let born = ["birth_date": "\(participant.birthYear)-05-17"]
      var answers: [FieldID: FieldAnswer] = [:]
      for (field, text) in identity.merging(born, uniquingKeysWith: { $1 }) {
        answers[try FieldID(parsing: field)] = .value(text)
      }
      await act("correction \(version) of the identity of \(key)") {
        _ = try await world.installation.at(now).recordIdentity(
          of: key, answers,
          // Enrolment recorded the first.
          expected: version + 1, reason: "read again",
          as: try await actor("coordinator", at: participant.site.text, now))
      }
    }
  }

  private func readArms() {
    for participant in participants {
      if let key = participant.key, let arm = participant.arm { arms[key.text] = arm.text }
    }
  }

  func keep(link: String) { links.append(link) }

  func keep(booked key: ParticipantKey) { booked.append(key.text) }

  func keep(medicated key: ParticipantKey) { medicated = key.text }
}
