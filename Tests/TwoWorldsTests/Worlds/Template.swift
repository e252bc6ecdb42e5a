import Conduct
import Crypto
import Foundation
import Postgres
import PostgresTestServer
import Reports
import Store
import StudyModel
import Testing

@testable import Simulation

/// Somebody with a session: who asks.
struct Person: Sendable {
  let username: String
  let fullName: String
  let role: String
  /// A site key, or `*`.
  let site: String
  let user: UserID

  /// What the server gave in the place of the first tokens, the same in both worlds.
  var renewed: (token: [UInt8]?, formToken: [UInt8]?) = (nil, nil)

  /// The same session in both worlds: that two people have different secrets is not the question.
  var token: [UInt8] {
    renewed.token ?? Array(SHA256.hash(data: Data("token of \(username)".utf8)))
  }
  var formToken: [UInt8] {
    renewed.formToken ?? Array(SHA256.hash(data: Data("form token of \(username)".utf8)))
  }
  var name: String { site == "*" ? username : "\(role)@\(site)" }
}

/// Study, accounts and sessions, before a seed is drawn: what both worlds have in common.
struct Template: Sendable {
  static let sites = ["101", "103"]
  static let password = "a trial in two worlds"
  static let start = UTCInstant(microsecondsSince1970: 1_799_053_200_000_000)
  /// scrypt's N, as small as it can be.
  static let passwordCost = 2
  /// The instant at which everybody asks.
  static let asked = start.advanced(bySeconds: 70 * 86_400)
  static let master: [UInt8] = Array(0..<32)

  let database: TestDatabase
  let trial: Trial
  let definition: StudyDefinition
  let staff: SimulatedStaff
  let people: [Person]
  /// The address of somebody invited who has not answered yet.
  let invitation: String

  static let made = Task { try await make() }

  static let server = Result {
    // A worker that analyses tables by itself would make the statistics a matter of chance.
    let server = try PostgresTestServer(settings: ["max_connections = 400", "autovacuum = off"])
    try Connection(configuration: server.configuration()).script(Migrator.loginsSQL)
    try Connection(configuration: server.configuration(database: "template1"))
      .script(CatalogRights.closingSQL)
    return server
  }

  private static func make() async throws -> Template {
    let server = try server.get()
    let database = try server.createDatabase()
    let direct = try Connection(configuration: server.configuration())
    try direct.script("alter database \(database.name) owner to \(Login.owner)")
    _ = try await Migrator(database.configuration.with("user", Login.owner)).migrate()
    // Two worlds answer a password thousands of times, and whether it is right is not their question.
    try Connection(configuration: database.configuration).script(
      "alter table access.users drop constraint users_password_cost_check")
    let keys = try #require(KeyRing(master: master))
    try await KeyStore(
      database.configuration.proving(with: keys.writeKey).with("user", Login.owner)
    ).adoptRecord()
    let random = ScriptedRandom()
    var installation = Installation(
      store: TrialStore(database.configuration.proving(with: keys.writeKey)), keys: keys,
      clock: FixedClock(start),
      random: random, software: "two worlds")
    installation.passwordCost = passwordCost
    random.begin("template")
    let source = try #require(EmbeddedStudies.definition("kap-ect"))
    let trial = try await installation.loadStudy(source, mode: .simulation)
    let definition = try await installation.definition(of: trial)
    let staff = try await SimulatedStaff.create(
      in: trial, sites: try sites.map { try SiteKey(parsing: $0) }, raters: 3, prefix: "",
      password: password, cost: passwordCost, treating: true, installation)
    var people = staff.people.map {
      Person(
        username: $0.username, fullName: $0.fullName, role: $0.role.text,
        site: $0.site?.text ?? "*", user: $0.user)
    }
    for role in definition.roles where role.id.text != "participant" {
      guard !people.contains(where: { $0.role == role.id.text }) else { continue }
      let place = role.scope == .site ? try SiteKey(parsing: sites[0]) : nil
      let account = try await installation.createAccount(
        username: role.id.text, fullName: "Somebody Else", password: password,
        cost: passwordCost)
      try await installation.grant(role.id, site: place, in: trial, to: account.user)
      people.append(
        Person(
          username: role.id.text, fullName: "Somebody Else", role: role.id.text,
          site: place?.text ?? "*", user: account.user))
    }
    // Somebody who gave the password and not yet the code.
    people.append(
      Person(
        username: "waiting", fullName: people[0].fullName, role: "", site: "*",
        user: people[0].user))
    let invitation = try await waiting(for: people, in: trial, installation)
    await installation.store.close()
    try script(people, trial: trial.id, on: database)
    return Template(
      database: database, trial: trial, definition: definition, staff: staff, people: people,
      invitation: invitation)
  }

  /// What has instants of the server's own clock, and so comes about before the worlds part: a design
  /// that was simulated, somebody who was invited.
  private static func waiting(
    for people: [Person], in trial: Trial, _ installation: Installation
  ) async throws -> String {
    func actor(_ role: String) async throws -> Actor {
      let person = try #require(people.first { $0.role == role })
      return try #require(
        try await installation.actor(
          user: person.user, username: person.username, fullName: person.fullName,
          role: RoleID(parsing: role), site: person.site, trial: trial, authenticatedAt: start,
          secondFactorAt: start))
    }
    let statistician = try await actor("statistician")
    var order = try installation.plannedDesign(as: statistician)
    order.runs = 100
    _ = try await installation.simulateDesign(order, as: statistician)
    let day = try CalendarDate(parsing: String(start.description.prefix(10)))
    return try await installation.invite(
      NewPerson(
        username: "newcomer", fullName: "New Comer", role: try RoleID(parsing: "coordinator"),
        site: try SiteKey(parsing: "101"),
        evidence: GrantEvidence(trainedOn: day, trainedUntil: nil, delegatedOn: day)),
      as: try await actor("access_admin")
    ).hexText
  }

  /// Opens a session for everybody, and names things in the database by counters of their table.
  private static func script(_ people: [Person], trial: Int, on database: TestDatabase) throws {
    let direct = try Connection(configuration: database.configuration)
    // Sessions go by the database's own clock, which both worlds meet at other instants: whatever was given in
    // them was given just now, however long the worlds are asked.
    try direct.script(
      """
      create function access.given_just_now() returns trigger language plpgsql as $$
      begin
        new.seen_at := '2036-01-01';
        new.fresh_at := case when new.fresh_at is not null then timestamptz '2036-01-01' end;
        new.both_at := case when new.both_at is not null then timestamptz '2036-01-01' end;
        return new;
      end $$;
      create trigger z_given_just_now before insert or update on access.sessions
        for each row execute function access.given_just_now();
      -- For the same reason nobody waits, however often a request that is meant to fail was tried.
      create function access.waits_for_nothing() returns trigger language plpgsql as $$
      begin
        new.failures := least(new.failures, 4);
        new.retry_after := null;
        return new;
      end $$;
      create trigger z_waits_for_nothing before insert or update on access.users
        for each row execute function access.waits_for_nothing();
      create trigger z_waits_for_nothing before insert or update on access.sign_in_addresses
        for each row execute function access.waits_for_nothing();
      """)
    for person in people {
      let hash = SHA256.hash(data: Data(person.token)).map { String(format: "%02x", $0) }.joined()
      let form = person.formToken.map { String(format: "%02x", $0) }.joined()
      try direct.script(
        """
        insert into access.sessions (token_hash, user_id, stage, trial_id, role, site_key, form_token,
          created_at, seen_at, fresh_at, both_at, is_proof_unspent, expires_at)
        select '\\x\(hash)', \(person.user), stage, case stage when 'complete' then \(trial) end,
          case stage when 'complete' then '\(person.role)' end, case stage when 'complete' then '\(person.site)' end,
          '\\x\(form)', '2027-01-01', '2036-01-01',
          '\(asked)', '\(asked)', true, '2037-01-01'
          from (values ('\(person.role.isEmpty ? "password" : "complete")')) v (stage)
        """)
    }
    try direct.script(
      """
      create schema two_worlds;
      grant usage on schema two_worlds to public;
      create function two_worlds.name(p_table text) returns uuid language plpgsql security definer
        set search_path = pg_catalog as $$
      begin
        return md5(p_table || nextval(format('two_worlds.%I', p_table)))::uuid;
      end $$;
      grant execute on function two_worlds.name(text) to public;
      alter table access.accountability alter acknowledged_at set default '2027-01-01';
      alter table access.identity_checks alter checked_at set default '2027-01-01';
      -- How long a check of the ledger took is no matter of the story, and stands in a chain.
      create function two_worlds.untimed() returns trigger language plpgsql as $$
      begin
        new.reason := regexp_replace(new.reason, '[0-9]+ ms$', '0 ms');
        return new;
      end $$;
      create trigger a_before_the_chain before insert on allocation.audit
        for each row execute function two_worlds.untimed();
      do $$
      declare v record;
      begin
        for v in select c.oid::regclass::text as tab, a.attname as col
                   from pg_attrdef d join pg_class c on c.oid = d.adrelid
                   join pg_attribute a on a.attrelid = c.oid and a.attnum = d.adnum
                  where pg_get_expr(d.adbin, d.adrelid) = 'gen_random_uuid()'
        loop
          execute format('create sequence two_worlds.%I', v.tab);
          execute format('alter table %s alter %I set default two_worlds.name(%L)', v.tab, v.col, v.tab);
        end loop;
        -- The salts of the audit trail by counters of their class, the seals at one instant: with the
        -- same rows the chains are the same to the last byte, and the same records are drawn for a sample.
        for v in select p.oid, n.nspname as class from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                  where p.proname in ('chain_audit', 'add_seal', 'draw_samples')
        loop
          execute format('create sequence if not exists two_worlds.%I', 'salt.' || v.class);
          execute replace(replace(pg_get_functiondef(v.oid),
            'gen_random_uuid()', format('two_worlds.name(%L)', 'salt.' || v.class)),
            'clock_timestamp()', 'timestamptz ''2027-01-01''');
        end loop;
      end $$;
      """)
  }
}
