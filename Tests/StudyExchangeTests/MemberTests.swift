import StudyExchange
import StudyModel
import Testing

/// A member a definition gains must be written too: here it is missed by its name.
@Suite struct MemberTests {
  private func members(_ value: Any) -> Set<String> {
    Set(Mirror(reflecting: value).children.compactMap(\.label))
  }

  @Test func `every member of a definition is one the writer writes`() throws {
    let study = try Files.study(Files.studies[0])
    let form = try #require(study.forms.first)
    let instrument = try #require(study.instruments.first)
    let parts: [Any?] = [
      study, study.arms.first, study.roles.first, study.sites.first, study.visits.first, form,
      form.sections.first, form.fields.first, study.forms.flatMap(\.checks).first, instrument,
      instrument.items.first, study.randomization, study.factors.first,
      study.randomization.preconditions.first, study.primaryEndpoint, study.hypotheses.first,
      study.sampleSize, study.interim, study.interim?.looks.first, study.lock,
      study.lock.steps.first, study.texts.first,
    ]
    #expect(parts.count == WrittenMembers.byType.count)
    for part in parts {
      let value = try #require(part)
      let type = String(describing: Swift.type(of: value))
      #expect(
        members(value) == WrittenMembers.byType[type],
        "\(type) gained or lost a member: write it in DefinitionWriting, then list it there")
    }
  }
}
