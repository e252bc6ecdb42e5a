import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// What slows down guessing, by account and by address.
@Suite(.serialized) struct SignInDelayTests {
  private static let here = "192.0.2.7"
  private static let elsewhere = "198.51.100.9"

  private static func people(_ world: ReferenceTrial) throws -> [SimulatedPerson] {
    let people = world.staff.people
    try #require(people.count >= 8)
    return people
  }

  private static func comesIn(
    _ person: SimulatedPerson, _ office: Installation, from address: String
  ) async throws -> Bool {
    guard
      let waiting = try await office.signIn(
        username: person.username, password: person.password, from: address)
    else { return false }
    let code = try #require(try await office.trainingCode(waiting: waiting.token))
    return try await office.giveCode(code, waiting: waiting.token, from: address) != nil
  }

  @Test
  func
    `REQ-074: after five failures from one address every sign-in from there waits, whoever asks`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let people = try Self.people(world)
      // Five names, one of them nobody's: no account alone has failed often.
      for name in people.prefix(4).map(\.username) + ["nobody-at-all"] {
        #expect(
          try await office.signIn(username: name, password: "a guess", from: Self.here) == nil)
      }
      let innocent = people[6]
      #expect(try await !Self.comesIn(innocent, office, from: Self.here))
      // Kept in the database: another daemon, or this one started again, waits as well.
      let second = try world.anotherDaemon()
      #expect(try await !Self.comesIn(innocent, second, from: Self.here))
      await second.store.close()
      #expect(try await Self.comesIn(innocent, office, from: Self.elsewhere))
      #expect(try await Self.comesIn(people[5], office, from: ""))
      let waits = try world.direct().text(
        """
        select failures || ' ' || (retry_after between clock_timestamp() and clock_timestamp() + interval '30 seconds')
          from access.sign_in_addresses where address = '\(Self.here)'
        """)
      // Five failures: 30 seconds. What came while they ran was refused unjudged.
      #expect(waits == "5 true")
      try world.direct().run(
        "update access.sign_in_addresses set failed_at = failed_at - interval '61 minutes'")
      #expect(try await Self.comesIn(people[7], office, from: Self.here))
    }
  }

  @Test func `REQ-074: signing in takes one's own failures off the address, and nobody else's`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let people = try Self.people(world)
      func failures() throws -> String {
        try world.direct().text(
          "select failures::text from access.sign_in_addresses where address = '\(Self.here)'")
      }
      for name in [people[0], people[0], people[1], people[2]].map(\.username) {
        _ = try await office.signIn(username: name, password: "mistyped", from: Self.here)
      }
      #expect(try failures() == "4")
      #expect(try await Self.comesIn(people[0], office, from: Self.here))
      #expect(try failures() == "2")
      // Somebody without a failure of their own frees nothing.
      #expect(try await Self.comesIn(people[5], office, from: Self.here))
      #expect(try failures() == "2")
      // Nor do failures somewhere else, or in a session, which count for no address.
      for _ in 0..<2 {
        _ = try await office.signIn(
          username: people[5].username, password: "mistyped", from: Self.elsewhere)
        _ = await refusal {
          try await office.confirmPassword("mistyped", user: people[5].user, token: nil)
        }
      }
      try world.direct().run("update access.users set factor_step = 0")
      #expect(try await Self.comesIn(people[5], office, from: Self.here))
      #expect(try failures() == "2")
    }
  }

  @Test func `REQ-055: guesses at one moment are judged one after the other`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try Self.people(world)[0]
      let letIn = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<12 {
          group.addTask {
            try await office.signIn(
              username: person.username, password: "wrong", from: Self.here) != nil
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(letIn == 0)
      let counted = try world.direct().text(
        """
        select u.failures || ' ' || a.failures || ' ' || (select count(*) from access.events e
                 where e.kind = 'sign-in failed' and e.subject = u.username and e.detail = a.address)
          from access.users u, access.sign_in_addresses a where u.username = '\(person.username)'
        """)
      // What comes while the waiting time runs is on record and is no attempt: it does not lock the person out.
      #expect(counted == "5 5 12")
      #expect(try await !Self.comesIn(person, office, from: Self.elsewhere))
    }
  }

  @Test func `REQ-055: a guess is not judged while another one for the account is`() async throws {
    try await ReferenceTrial.run { world in
      let name = try Self.people(world)[0].username
      let user = try world.direct().text(
        "select user_id::text from access.users where username = '\(name)'")
      func judging(_ isRight: Bool) -> String {
        "select access.judge_sign_in(\(user), '\(name)', '', \(isRight))"
      }
      let first = try world.direct("eq_access")
      try first.run("begin; " + judging(false))
      let second = try world.direct("eq_access")
      try second.run("set lock_timeout = '300ms'")
      #expect(second.refusal(of: judging(true)) == "55P03")
      try first.run("commit")
      #expect(second.refusal(of: judging(true)) == nil)
    }
  }

  @Test func `REQ-055: after a hundred failures in a row only an administrator lets in again`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try Self.people(world)[0]
      try world.direct().run(
        "update access.users set failures = 99, retry_after = null where user_id = \(person.user)")
      #expect(try await office.signIn(username: person.username, password: "wrong") == nil)
      try world.direct().run(
        "update access.users set retry_after = null where user_id = \(person.user)")
      #expect(try await !Self.comesIn(person, office, from: Self.elsewhere))
      let told = try world.direct().lines(
        "select detail from access.events where kind = 'sign-in delayed' and subject = '\(person.username)'"
      )
      #expect(told == ["100 failures in a row"])
      let admin = try await world.actor("access_admin")
      try await office.endWaiting(of: person.username, as: admin)
      #expect(try await Self.comesIn(person, office, from: Self.elsewhere))
    }
  }

  @Test
  func
    `REQ-034: a user name and its number are one person's for ever, also after the person has left`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try Self.people(world)[0]
      let admin = try await world.actor("access_admin")
      try await office.disable(person.username, reason: "left the site", as: admin)
      let taken = await refusal {
        try await office.createAccount(
          username: person.username, fullName: "Somebody Else", password: ReferenceTrial.password,
          cost: Passwords.simulationCost)
      }
      #expect(fields(of: taken) == ["username"])
      // Not the owner and not a superuser either, without taking the rule away first.
      for login in [Login.owner, nil] {
        let direct = try world.direct(login)
        for change in [
          "delete from access.users where user_id = \(person.user)",
          "truncate access.users cascade",
          "update access.users set username = 'free-again' where user_id = \(person.user)",
          "update access.users set user_id = 9999 where user_id = \(person.user)",
        ] {
          #expect(direct.refusal(of: change) != nil, "\(change)")
        }
      }
      let last = try world.direct().text("select max(user_id)::text from access.users")
      let next = try await office.createAccount(
        username: "a-newcomer", fullName: "A Newcomer", password: ReferenceTrial.password,
        cost: Passwords.simulationCost)
      #expect(try next.user > #require(Int64(last)))
    }
  }
}
