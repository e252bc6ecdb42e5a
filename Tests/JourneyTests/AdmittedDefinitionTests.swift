import Store
import StudyLanguage
import StudyModel
import Testing

@testable import Conduct

/// A study under way is opened by a later version of the program, whatever rules that has learnt.
@Suite struct AdmittedDefinitionTests {
  @Test func `a rule that came later refuses a new study and keeps nobody from one under way`()
    async throws
  {
    // The sample size is not the planned total: the definition could not be loaded today.
    let (written, later) = ("per_arm: 300", "per_arm: 30")
    try await ReferenceTrial.run { world in
      let source = try world.direct().text(
        "select source from sealed.definitions where trial_id = \(world.trial.id)")
      #expect(source.contains(written))
      let changed = source.replacing(written, with: later)
      #expect(throws: DefinitionFaults.self) { try StudyDefinition(yaml: changed) }
      let direct = try world.direct()
      try direct.run("set session_replication_role = replica")
      try direct.run(
        """
        update sealed.definitions set source = replace(source, '\(written)', '\(later)'),
          digest = sha256(convert_to(replace(source, '\(written)', '\(later)'), 'UTF8'))
         where trial_id = \(world.trial.id)
        """)
      let restarted = try world.anotherDaemon()
      let definition = try await restarted.definition(of: world.trial)
      #expect(definition.forms == world.definition.forms)
      #expect(definition != world.definition)
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize(on: restarted)
      await restarted.store.close()
    }
  }
}
