import Foundation
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Host
@testable import Store

/// Files leave the server only for somebody who has just proved who it is.
@Suite(.serialized) struct FreshFilesTests {
  private static let place = "/audit/file.csv?class=open"

  @Test
  func `T8: a copied cookie takes no file, and the person comes back to it with password and code`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try JourneyServer.makeSafe()
      let person = try #require(world.staff.person("data_manager"))
      let token = try await world.bearer("data_manager")
      let folder = try KeyFolder()
      defer { folder.remove() }
      try folder.file.make(KeyFolder.master)
      let served = try await ServedTrial(world, state: folder.path)
      defer { served.kill() }
      func text(
        _ path: String, _ fields: [(name: String, value: String)] = []
      ) async throws -> String {
        let answer = try #require(await served.browse(path, cookie: token, fields))
        return String(decoding: answer.body, as: UTF8.self)
      }
      #expect(try await text(Self.place).hasPrefix("number,"))
      let direct = try world.direct()
      try direct.run(
        "update access.sessions set both_at = both_at - interval '6 minutes'")
      let taken = "select count(*)::text from access.events where kind = 'audit trail exported'"
      let before = try direct.text(taken)
      let asked = try await text(Self.place)
      #expect(asked.contains("Confirm that it is you") && !asked.contains("number,at"))
      #expect(try direct.text(taken) == before)
      // Programs are told to confirm.
      let program = try #require(
        await served.ask("GET", "/api/v1/audit?class=open", token: token))
      #expect(program.status == 403)
      #expect(
        String(decoding: program.body, as: UTF8.self).contains("\"second_factor_stale\""))
      let form = try #require(asked.firstMatch(of: /name="_token" value="([0-9a-f]+)"/)?.1)
      let code = try #require(try await world.installation.trainingCode(waiting: token))
      func confirm(_ password: String, code: String = "") async throws -> String {
        try await text(
          "/account/confirm",
          [
            ("_token", String(form)), ("_key", "0123456789abcdef0123"),
            ("to", "/audit/files?class=open"), ("password", password), ("one_time_code", code),
          ])
      }
      #expect(try await confirm("not the password", code: code).contains("is not right"))
      // The password alone is not enough, and is not asked for in vain: the page says what it takes.
      #expect(try await confirm(person.password).contains("is not right"))
      #expect(try await confirm(person.password, code: code).contains("Download CSV"))
      #expect(try await text(Self.place).hasPrefix("number,"))
      // Nowhere but to a page of this server.
      let elsewhere = try await text("/account/confirm?to=https://elsewhere.example/")
      #expect(!elsewhere.contains("elsewhere.example"))
    }
  }
}
