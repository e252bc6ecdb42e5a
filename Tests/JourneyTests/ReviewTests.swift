import Conduct
import Foundation
import Store
import StudyModel
import Testing

@Suite(.serialized) struct ReviewTests {
  @Test func `a participant who withdraws while the draw goes on is not randomized`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let owner = try world.direct()
      let watcher = try world.direct()
      // The withdrawal is not committed when the facts are read, and is when the draw is recorded.
      try owner.run("begin; update open.participants set withdrawal_level = 'W4'")
      let drawing = Task {
        await refusal { try await walk.randomize(requestKey: "withdrawn-meanwhile-1") }
      }
      for _ in 0..<500
      where try watcher.text("select count(*)::text from pg_locks where not granted") == "0" {
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(try watcher.text("select count(*)::text from pg_locks where not granted") != "0")
      try owner.run("commit")
      #expect(await drawing.value?.code == "not_from_this_state")
      #expect(try owner.text("select count(*)::text from allocation.allocations") == "0")
      #expect(try owner.text("select state from open.participants") == "eligible")
    }
  }

  @Test
  func `RND-11: the same person enrolled at another site is found, though hidden from the asker`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await Walk.ready(world)
      var elsewhere = Way()
      elsewhere.site = ReferenceTrial.berlin
      elsewhere.leftOut = [.likeness]
      let second = try await Walk.ready(world, elsewhere)
      let refused = await refusal { try await second.randomize(requestKey: "same-person-again-1") }
      guard case .notReady(let outcomes) = refused else {
        Issue.record("not refused as unready")
        return
      }
      #expect(outcomes.filter { !$0.isMet }.map(\.code) == ["RND-11"])
    }
  }

  @Test
  func
    `REQ-001, REQ-013: an audit row says who acted and when, whatever the one who inserts states`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let direct = try world.direct("eq_open", role: "coordinator", sites: "*", actor: 5)
      try direct.run(
        """
        insert into open.audit (trial_id, seq, at, actor, role, site_key, object, action, hash)
        values (\(world.trial.id), 0, '2020-01-01', 999, 'sysadmin', '*', 'forged', 'forged', '')
        """)
      let row = try world.direct().text(
        "select actor || ' ' || role || ' ' || (at > '2021-01-01') from open.audit where object = 'forged'"
      )
      #expect(row == "5 coordinator true")
    }
  }

  @Test func `raters, participants and data managers read no reply of others`() async throws {
    try await ReferenceTrial.run { world in
      for login in ["eq_rater", "eq_participant", "eq_outcome", "eq_open", "eq_treating"] {
        let direct = try world.direct(login)
        #expect(direct.refusal(of: "select body from access.replies") == "42501")
      }
    }
  }
}
