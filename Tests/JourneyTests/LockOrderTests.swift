import Conduct
import Store
import StudyModel
import Testing

/// A lock waits for the writes that began before it, and nothing is written after it.
@Suite(.serialized) struct LockOrderTests {
  static let closing = LockTests.closing

  /// Every statement that writes study data in the transaction of somebody who does not hurry.
  static func writes(_ walk: Walk) -> [(login: String, role: String, sql: String)] {
    let key = walk.key.text
    return [
      (
        "eq_open", "coordinator",
        "select open.save_entry('\(key)', 'WT', 'EOT', 1, 0, '{\"weight\": \"70.0\"}', true, '', '1.0')"
      ),
      (
        "eq_open", "data_manager",
        "select open.open_data_query('\(key)', 'PREG', 'BL', 1, 'ptype', 'Which kit?', false)"
      ),
      ("eq_open", "coordinator", "select open.withdraw('\(key)', 'W3')"),
      (
        "eq_outcome", "data_manager",
        "select outcome.open_data_query('\(key)', 'MADRS', 'EOT', 1, 'm01', 'Please confirm.', false)"
      ),
    ]
  }

  @Test(arguments: 0..<4)
  func `a write that began before the soft lock is counted by it or refused after it`(_ index: Int)
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      let manager = try await world.actor("data_manager", now: Self.closing)
      let office = world.installation.at(Self.closing)
      try await LockTests.endFollowUp(world)
      let write = Self.writes(walk)[index]
      let slow = try world.direct(write.login, role: write.role)
      try slow.run("begin")
      try slow.run(write.sql)
      // The lock is asked for while the write is under way.
      let lock = Task { await refusal { try await office.softLock(as: manager) } }
      try await waitForGate(world)
      #expect(try await LockTests.state(world) == "followup_complete")
      try slow.run("commit")
      let refused = await lock.value
      // Whoever locks saw what the write left: an open query refuses the lock.
      let leavesWork = write.sql.contains("open_data_query")
      #expect(refused?.code == (leavesWork ? "not_clean" : nil), "\(write.sql)")
      #expect(
        try await LockTests.state(world) == (leavesWork ? "followup_complete" : "soft_locked"))
    }
  }

  @Test func `a write that comes while the lock is being made waits, and is refused`() async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      try await LockTests.endFollowUp(world)
      let locking = try world.direct("eq_outcome", role: "data_manager")
      try locking.run("begin; select open.move_trial('{followup_complete}', 'soft_locked', '')")
      let late = Task {
        await refusal {
          try await walk.save("WT", "EOT", ["weight": "70.0"], at: walk.instant(38))
        }
      }
      try await waitForGate(world)
      try locking.run("commit")
      #expect(await late.value == .closed)
      #expect(
        try world.direct().text("select count(*)::text from open.entries where form = 'WT'") == "0")
    }
  }

  @Test func `a transaction that sees an older instant writes nothing`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      let late = try world.direct("eq_open", role: "coordinator")
      // Its snapshot is from before the lock.
      try late.run("begin isolation level repeatable read; select count(*) from open.participants")
      try await LockTests.softLock(world)
      #expect(late.refusal(of: Self.writes(walk)[0].sql) == "EQ436")
      try late.run("rollback")
    }
  }

  @Test func `writers of one trial do not wait for each other`() async throws {
    try await ReferenceTrial.run { world in
      let first = try #require(try await LockTests.followed(world, count: 1).first)
      let second = try await Walk.ready(world, Way(initials: "WW"))
      let slow = try world.direct("eq_open", role: "coordinator")
      try slow.run("begin")
      // A withdrawal writes no audit row before its end: the chain is not what is held.
      try slow.run(
        "update open.participants set withdrawal_level = 'W2' where participant = '\(first.key.text)'"
      )
      let quick = try world.direct("eq_open", role: "coordinator")
      try quick.run("set statement_timeout = '5s'")
      try quick.run("select open.withdraw('\(second.key.text)', 'W2')")
      try slow.run("rollback")
    }
  }

  @Test func `a data query on an outcome form holds the lock back until it is answered`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      let manager = try await world.actor("data_manager", now: Self.closing)
      let office = world.installation.at(Self.closing)
      let number = try await office.openQuery(
        walk.key, FormID(parsing: "MADRS"), VisitCode(parsing: "EOT"), field: "m01",
        text: "Is the sum right?", isBlocking: false, as: manager)
      let query = QueryAddress(number, in: .outcome)
      #expect(try await office.openQueries(as: manager).map(\.address) == [query])
      #expect(try await office.lockState(as: manager).openQueries == 1)
      #expect(await refusal { try await office.softLock(as: manager) }?.code == "not_clean")
      // The database refuses it as well, whoever moves the study.
      let direct = try world.direct("eq_outcome", role: "data_manager")
      try await LockTests.endFollowUp(world)
      #expect(
        direct.refusal(of: "select open.move_trial('{followup_complete}', 'soft_locked', '')")
          == "EQ432")
      // A role without the class can neither see nor answer it.
      let monitor = try await world.actor("monitor", now: Self.closing)
      #expect(try await office.openQueries(as: monitor).isEmpty)
      #expect(
        await refusal { try await office.closeQuery(query, reason: "It is.", as: monitor) }
          == .notFound)
      try await office.closeQuery(query, reason: "It is.", as: manager)
      try await office.softLock(as: manager)
    }
  }

  @Test func `the study takes the steps of its lifecycle alone, whoever moves it`() async throws {
    try await ReferenceTrial.run { world in
      let lead = try world.direct("eq_open", role: "sponsor_lead")
      let owner = try world.direct()
      var taken: [String] = []
      for old in StudyState.allCases {
        for new in StudyState.allCases where new != old {
          try world.tamper("update open.trials set state = '\(old.rawValue)'")
          let step = "select open.move_trial('{\(old.rawValue)}', '\(new.rawValue)', 'a reason')"
          let code = lead.refusal(of: step)
          let stands = try owner.text("select state from open.trials")
          if code == nil { taken.append("\(old.rawValue) \(new.rawValue)") }
          #expect(stands == (code == nil ? new : old).rawValue)
          guard !old.successors.contains(new) else { continue }
          let isLocked = [.hardLocked, .unblinded, .archived].contains(old)
          #expect(code == (isLocked ? "EQ423" : "EQ409"), "\(old) \(new)")
        }
      }
      // The lock takes two people and a cut, and unblinding its record; the rest of section 7.4 was taken.
      #expect(
        taken == [
          "draft testing", "testing approved", "approved enrolling", "enrolling paused",
          "enrolling enrolment_closed", "paused enrolling", "paused enrolment_closed",
          "enrolment_closed followup_complete", "followup_complete soft_locked",
          "unblinded archived",
        ])
    }
  }

  @Test func `sites and participants take the steps of their lifecycles alone`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let owner = try world.direct()
      for old in SiteState.allCases {
        for new in SiteState.allCases where new != old {
          try world.tamper("update open.sites set state = '\(old.rawValue)'")
          let code = owner.refusal(
            of: "update open.sites set state = '\(new.rawValue)' where site_key = '101'")
          #expect((code == nil) == old.successors.contains(new), "\(old) \(new)")
        }
      }
      for old in ParticipantState.allCases {
        for new in ParticipantState.allCases where new != old {
          try world.tamper("update open.participants set state = '\(old.rawValue)'")
          let code = owner.refusal(
            of: """
              begin; update open.participants set state = '\(new.rawValue)'
               where participant = '\(walk.key.text)'; rollback
              """)
          try? owner.run("rollback")
          // Eligibility signed again may find a criterion that is not met.
          let isMet = old.successors.contains(new) || old == .eligible && new == .screenFailed
          #expect((code != "EQ409") == isMet, "\(old) \(new) \(code ?? "")")
        }
      }
    }
  }

  @Test func `no login moves study or site but by the function that writes the audit row`()
    async throws
  {
    try await ReferenceTrial.run { world in
      for login in Login.allCases.map(\.rawValue) {
        let direct = try world.direct(login, role: "sponsor_lead")
        #expect(
          direct.refusal(of: "update open.trials set state = 'paused'") == "42501", "\(login)")
        #expect(
          direct.refusal(of: "update open.sites set state = 'closed'") == "42501", "\(login)")
      }
      let moved = "select count(*)::text from open.audit where object = 'study' and new = 'paused'"
      #expect(try world.direct().text(moved) == "0")
      let direct = try world.direct("eq_open", role: "sponsor_lead")
      try direct.run("select open.move_trial('{enrolling}', 'paused', 'a reason')")
      #expect(try world.direct().text(moved) == "1")
      // No step of the lifecycle is skipped.
      #expect(
        direct.refusal(of: "select open.move_trial('{paused}', 'archived', '')") == "EQ409")
    }
  }

  /// Until somebody waits at the gate of the trial.
  private func waitForGate(_ world: ReferenceTrial) async throws {
    let watch = try world.direct()
    for _ in 0..<200 {
      let waiting = try watch.text(
        """
        select count(*)::text from pg_locks
         where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())
        """)
      if waiting != "0" { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("nobody waits at the gate")
  }
}
