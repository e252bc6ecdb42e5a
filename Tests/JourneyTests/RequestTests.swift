import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// A request takes effect once, whoever asks how often.
@Suite(.serialized) struct RequestTests {
  static let key = "a-request-key-of-a-test"
  static let operation = "POST /api/v1/participants"

  static func consent(_ world: ReferenceTrial) throws -> ConsentRequest {
    let at = ReferenceTrial.start
    return ConsentRequest(
      initials: "RQ", birthYear: 1970, sex: "M",
      consent: try Walk.answers([
        "icf_ver": "1.0", "icf_dt": at.description, "icf_copy": "true",
        "who_explained": "coordinator-101", "opt_recording": "true", "opt_future": "true",
        "opt_remote": "true", "vdate": try Walk.date(at, ReferenceTrial.london), "done": "Y",
      ]))
  }

  static func reply(_ key: ParticipantKey) -> KeptReply {
    KeptReply(status: 201, type: "text/plain", headers: [], body: Array(key.text.utf8))
  }

  static func claim(
    _ installation: Installation, _ content: String = "consent of RQ", user: UserID,
    key: String = key, patience: Int = Installation.requestPatience
  ) async throws -> RequestTurn {
    try await installation.claim(
      key, operation: operation, content: Array(content.utf8), user: user, patience: patience)
  }

  static func now(_ turn: RequestTurn) throws -> RequestOnce {
    guard case .now(let request) = turn else {
      throw ActRefusal.requestLost
    }
    return request
  }

  static func again(_ turn: RequestTurn) throws -> KeptReply {
    guard case .again(let kept) = turn else { throw ActRefusal.requestLost }
    return kept
  }

  static let enrolled = "select count(*)::text from open.participants"

  @Test func `a consent sent twice enrols once, and is answered in the same bytes`() async throws {
    try await ReferenceTrial.run { world in
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      let request = try Self.now(
        try await Self.claim(world.installation, user: coordinator.user))
      let consent = try Self.consent(world)
      let key = try await world.installation.carryingOut(request).answering(with: Self.reply)
        .consent(consent, as: coordinator)
      // Kept in the transaction of the act: nothing else was told to keep it.
      let again = try Self.again(
        try await Self.claim(try world.anotherDaemon(), user: coordinator.user))
      #expect(again == Self.reply(key))
      #expect(try world.direct().text(Self.enrolled) == "1")
      #expect(try world.direct().text("select replays::text from access.requests") == "1")
      // Sealed, of a length that does not tell what is in it.
      let box = try world.direct().text(
        "select encode(reply_box, 'escape') from access.requests")
      #expect(!box.contains(key.text))
      #expect(
        try world.direct().text("select (length(reply_box) % 1024)::text from access.requests")
          == "28")
    }
  }

  @Test func `the same key with another request is refused, in other hands it is another key`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      _ = try await Self.claim(world.installation, user: coordinator.user)
      let other = await refusal {
        try await Self.claim(world.installation, "consent of XY", user: coordinator.user)
      }
      #expect(other == .requestKeyReused)
      let busy = await refusal {
        try await Self.claim(world.installation, user: coordinator.user)
      }
      #expect(busy == .requestInProgress)
      _ = try Self.now(try await Self.claim(world.installation, user: coordinator.user + 1))
      for key in ["too short", String(repeating: "k", count: 65), "with a space in the key"] {
        let refused = await refusal {
          try await Self.claim(world.installation, user: coordinator.user, key: key)
        }
        #expect(refused?.code == "invalid")
      }
    }
  }

  @Test func `of many who claim one request at one moment, one carries it out`() async throws {
    try await ReferenceTrial.run { world in
      let user = try await world.actor("coordinator", at: ReferenceTrial.london).user
      let won = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 {
          group.addTask {
            await refusal { try await Self.claim(world.installation, user: user) } == nil
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(won == 1)
    }
  }

  @Test func `who was taken over commits nothing`() async throws {
    try await ReferenceTrial.run { world in
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      let slow = try Self.now(try await Self.claim(world.installation, user: coordinator.user))
      let second = try Self.now(
        try await Self.claim(world.installation, user: coordinator.user, patience: 0))
      let consent = try Self.consent(world)
      let late = await refusal {
        try await world.installation.carryingOut(slow).consent(consent, as: coordinator)
      }
      #expect(late == .requestInProgress)
      #expect(try world.direct().text(Self.enrolled) == "0")
      _ = try await world.installation.carryingOut(second).consent(consent, as: coordinator)
      #expect(try world.direct().text(Self.enrolled) == "1")
    }
  }

  @Test func `what took effect and has no answer is told so, and not carried out again`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      let request = try Self.now(
        try await Self.claim(world.installation, user: coordinator.user))
      // The daemon ends between the act and its answer.
      _ = try await world.installation.carryingOut(request).consent(
        try Self.consent(world), as: coordinator)
      let soon = await refusal {
        try await Self.claim(world.installation, user: coordinator.user)
      }
      #expect(soon == .requestInProgress)
      let later = await refusal {
        try await Self.claim(world.installation, user: coordinator.user, patience: 0)
      }
      #expect(later == .requestLost)
      #expect(try world.direct().text(Self.enrolled) == "1")
    }
  }

  @Test func `a refused request leaves its key free, a transaction that only read is no effect`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      let request = try Self.now(
        try await Self.claim(world.installation, user: coordinator.user))
      _ = try await world.installation.carryingOut(request).participants(
        after: "", limit: 1, as: coordinator)
      #expect(try world.direct().text("select took_effect::text from access.requests") == "false")
      try await world.installation.giveUp(request)
      _ = try Self.now(
        try await Self.claim(world.installation, "consent, mended", user: coordinator.user))
    }
  }

  @Test func `a reply moved to another request does not open`() async throws {
    try await ReferenceTrial.run { world in
      let user = try await world.actor("coordinator", at: ReferenceTrial.london).user
      let request = try Self.now(try await Self.claim(world.installation, user: user))
      try await world.installation.keep(
        KeptReply(status: 200, type: "text/plain", headers: [], body: [1]), of: request,
        onlyIfEffective: false)
      try world.direct().run("update access.requests set user_id = user_id + 1")
      let moved = await refusal { try await Self.claim(world.installation, user: user + 1) }
      #expect(moved == .requestLost)
    }
  }
}
