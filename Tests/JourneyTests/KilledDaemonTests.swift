import Foundation
import Postgres
import PostgresTestServer
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Host

/// The program itself, killed while people draw.
@Suite(.serialized) struct KilledDaemonTests {
  /// Participants who are ready at this very hour: the program has the clock of the machine.
  private static func ready(_ count: Int, _ world: ReferenceTrial) async throws -> [Walk] {
    let consentedAt = SystemClock().now.advanced(bySeconds: -9 * 86_400 - 300)
    var walks: [Walk] = []
    for number in 0..<count {
      let letters =
        String(UnicodeScalar(UInt8(65 + number / 26)))
        + String(UnicodeScalar(UInt8(65 + number % 26)))
      walks.append(try await Walk.ready(world, Way(initials: letters, consentedAt: consentedAt)))
    }
    return walks
  }

  private static func path(_ walk: Walk) -> String {
    "/api/v1/participants/\(walk.key.text)/randomize"
  }

  /// What the server says of itself, but for its clock: what tells of that depends on the machine.
  private static func health(of served: ServedTrial) async throws -> [String: String] {
    let answer = try #require(await served.ask("GET", "/api/v1/health", token: []))
    var told = try JSONDecoder().decode([String: String].self, from: answer.body)
    #expect(told.removeValue(forKey: "clock") != nil)
    return told
  }

  private static func key(_ walk: Walk) -> String { "a-killed-daemon-\(walk.key.text)" }

  @Test
  func
    `AS-05: killed while 64 clients draw and started again, every key has one answer and no draw is lost`()
    async throws
  {
    try JourneyServer.makeSafe()
    try await ReferenceTrial.run { world in
      let walks = try await Self.ready(32, world)
      let folder = try KeyFolder()
      defer { folder.remove() }
      try folder.file.make(KeyFolder.master)
      let token = try await world.bearer("coordinator", at: ReferenceTrial.london)
      var answers: [String: [Data]] = [:]
      var unanswered = 0
      for round in 0..<3 {
        let served = try await ServedTrial(world, state: folder.path, ["--unbounded"])
        let killAfter = 4 + round * 3
        try await withThrowingTaskGroup(of: (String, (status: Int, body: Data)?).self) { group in
          for walk in walks {
            for _ in 0..<2 {
              group.addTask {
                (
                  walk.key.text,
                  await served.ask("POST", Self.path(walk), token: token, key: Self.key(walk))
                )
              }
            }
          }
          var seen = 0
          for try await (participant, answer) in group {
            guard let answer, answer.status == 201 else {
              unanswered += 1
              #expect(answer == nil || answer?.status == 503, "\(String(describing: answer))")
              continue
            }
            answers[participant, default: []].append(answer.body)
            seen += 1
            if seen == killAfter { served.kill() }
          }
        }
      }
      #expect(unanswered > 30, "only \(unanswered) requests were lost")
      // Started once more, every key is asked again and answered.
      let served = try await ServedTrial(world, state: folder.path, ["--unbounded"])
      for walk in walks {
        let answer = try #require(
          await served.ask("POST", Self.path(walk), token: token, key: Self.key(walk)))
        #expect(answer.status == 201)
        answers[walk.key.text, default: []].append(answer.body)
      }
      served.stop()
      #expect(answers.count == 32)
      var acknowledged: [String: [RandomizationReceipt]] = [:]
      for (participant, bodies) in answers {
        #expect(Set(bodies).count == 1, "\(participant) was answered in more than one way")
        acknowledged[participant] = try bodies.map {
          try JSONDecoder().decode(RandomizationReceipt.self, from: $0)
        }
      }
      try await Invariants.expect(
        world, acknowledged: acknowledged, asked: Set(walks.map(\.key.text)), "killed daemon")
      try Chain.expectWhole(world, entries: 3 + 32)
    }
  }

  @Test
  func `the program checks ledgers at its start, keeps witnessed heads and shows how it stands`()
    async throws
  {
    try JourneyServer.makeSafe()
    try await ReferenceTrial.run { world in
      let walks = try await Self.ready(2, world)
      let folder = try KeyFolder()
      defer { folder.remove() }
      try folder.file.make(KeyFolder.master)
      let served = try await ServedTrial(
        world, state: folder.path, ["--witness-every-allocation"])
      let coordinator = try await world.bearer("coordinator", at: ReferenceTrial.london)
      let manager = try await world.bearer("rand_manager")
      for walk in walks {
        let answer = await served.ask(
          "POST", Self.path(walk), token: coordinator, key: Self.key(walk))
        #expect(answer?.status == 201)
        let receipt = try JSONDecoder().decode(
          RandomizationReceipt.self, from: #require(answer?.body))
        // The receipt can be fetched again, the same bytes.
        let again = await served.ask(
          "GET", "/api/v1/participants/\(walk.key.text)/receipt", token: coordinator)
        #expect(again.map { String(decoding: $0.body, as: UTF8.self) } == receipt.receipt)
      }
      #expect(
        try await Self.health(of: served) == ["key": "present", "ledgers": "whole", "status": "ok"])
      #expect(await served.ask("GET", "/health", token: [])?.status == 200)
      #expect(await served.ask("GET", "/api/v1/ledger", token: coordinator)?.status == 404)
      #expect(await served.ask("GET", "/api/v1/ledger", token: manager)?.status == 200)
      #expect(
        await served.ask("GET", "/api/v1/ledger/consistency/4/5", token: manager)?.status == 200)
      #expect(
        await served.ask("GET", "/api/v1/ledger/consistency/5/4", token: manager)?.status == 422)
      #expect(
        await served.ask(
          "POST", "/api/v1/ledger/check", token: manager, key: "check-of-the-ledger")?.status == 200
      )
      let heads = try #require(await served.ask("GET", "/api/v1/ledger/heads", token: manager))
      #expect(String(decoding: heads.body, as: UTF8.self).split(separator: "\n").count == 4)
      served.stop()
      let witnessed = try String(
        contentsOfFile: folder.path + "/witness/\(world.trial.key).jsonl", encoding: .utf8)
      let sizes = witnessed.matches(of: /"size":([0-9]+)/).map { String($0.1) }
      #expect(sizes.suffix(3) == ["4", "5", "5"], "\(sizes)")
    }
  }

  @Test
  func `without its key the program starts, says so, and answers 503 where the key is needed`()
    async throws
  {
    try JourneyServer.makeSafe()
    try await ReferenceTrial.run { world in
      let walks = try await Self.ready(1, world)
      let folder = try KeyFolder()
      defer { folder.remove() }
      let served = try await ServedTrial(world, state: folder.path)
      #expect(served.output.contains(KeyState.missing.sentence))
      let coordinator = try await world.bearer("coordinator", at: ReferenceTrial.london)
      let answer = await served.ask(
        "POST", Self.path(walks[0]), token: coordinator, key: Self.key(walks[0]))
      #expect(answer?.status == 503)
      let body = answer.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
      #expect(body.contains("\"code\":\"key_missing\""), "\(body)")
      #expect(await served.ask("GET", "/api/v1/participants", token: coordinator)?.status == 200)
      #expect(
        try await Self.health(of: served)
          == ["key": "missing", "ledgers": "waiting", "status": "limited"])
      served.stop()
      #expect(!FileManager.default.fileExists(atPath: folder.file.path))
    }
  }
}
