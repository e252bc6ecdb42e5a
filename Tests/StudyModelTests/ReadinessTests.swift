import StudyModel
import Testing

/// A participant ready for randomization, and each precondition broken singly.
struct ReadinessTests {
  @Test func `a ready participant meets every precondition, in the order of the plan`() throws {
    let world = try ReadyWorld()
    let outcomes = world.outcomes
    #expect(outcomes.map(\.code) == ReadyWorld.codes)
    #expect(outcomes.filter { !$0.isMet }.isEmpty, "\(outcomes.filter { !$0.isMet })")
  }

  @Test(arguments: BrokenPrecondition.all)
  func `a precondition broken singly is refused with exactly its code`(
    broken: BrokenPrecondition
  ) throws {
    var world = try ReadyWorld()
    try broken.change(&world)
    #expect(world.outcomes.filter { !$0.isMet }.map(\.code) == [broken.code], "\(broken.what)")
  }

  @Test func `the age of what is not handed in is not judged, and claimed neither way`() throws {
    var world = try ReadyWorld()
    #expect(world.outcomes.filter { !$0.isJudged }.isEmpty)
    world.remove("MADRS", "BL")
    let ages = try #require(world.outcomes.first { $0.code == "RND-06" })
    #expect(ages.isMet && !ages.isJudged && ages.fact != "Met.")
    #expect(world.outcomes.filter { !$0.isJudged }.map(\.code) == ["RND-06"])
  }

  @Test(arguments: BrokenPrecondition.harmless)
  func `what is no obstacle is met`(broken: BrokenPrecondition) throws {
    var world = try ReadyWorld()
    try broken.change(&world)
    #expect(world.outcomes.filter { !$0.isMet }.map(\.code).isEmpty, "\(broken.what)")
  }

  @Test func `an outcome tells no value of the rating and no stratum`() throws {
    for total in [0, 20, 21, 34, 35, 60] {
      var world = try ReadyWorld()
      try world.set("MADRS", "BL", "total", .number(ExactNumber(total)))
      let words = world.outcomes.map { $0.fact + $0.sentence }.joined()
      for telling in ["MOD", "SEV", "\(total) ", "severity"] { #expect(!words.contains(telling)) }
    }
  }

  @Test(arguments: [(21, "MOD"), (34, "MOD"), (35, "SEV"), (60, "SEV")])
  func `the stratum comes from the stored rating`(total: Int, level: String) throws {
    var world = try ReadyWorld()
    try world.set("MADRS", "BL", "total", .number(ExactNumber(total)))
    try world.set("RANDREQ", "RND", "madrs_bl", .number(ExactNumber(total)))
    let levels = try StratumDerivation.levels(world.plan, world.facts)
    #expect(StratumDerivation.key(levels) == "104.\(level).OUT")
  }

  @Test func `each way a stratum cannot be told has its own refusal`() throws {
    let severity = try FactorID(parsing: "severity")
    var world = try ReadyWorld()
    try world.set("RANDREQ", "RND", "madrs_bl", .number(ExactNumber(29)))
    #expect(throws: StratumRefusal.copyDisagrees(severity)) {
      try StratumDerivation.levels(world.plan, world.facts)
    }
    world = try ReadyWorld()
    try world.set("MADRS", "BL", "total", .number(ExactNumber(20)))
    try world.set("RANDREQ", "RND", "madrs_bl", .number(ExactNumber(20)))
    #expect(throws: StratumRefusal.valueOutOfRange(severity)) {
      try StratumDerivation.levels(world.plan, world.facts)
    }
    world = try ReadyWorld()
    try world.set("MADRS", "BL", "total", .missing)
    #expect(throws: StratumRefusal.valueMissing(severity)) {
      try StratumDerivation.levels(world.plan, world.facts)
    }
  }
}
