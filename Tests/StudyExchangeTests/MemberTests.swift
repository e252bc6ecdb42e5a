import StudyExchange
import StudyModel
import Testing

/// A member a definition gains must be written too: here it is missed by its name.
@Suite struct MemberTests {
  private func members(_ value: Any) -> Set<String> {
    Set(Mirror(reflecting: value).children.compactMap(\.label))
  }

  private func parts(of study: StudyDefinition) -> [Any?] {
    let instruments = study.instruments
    return [
      study, study.arms.first, study.roles.first, study.sites.first, study.visits.first,
      study.visits.lazy.compactMap(\.after).first, instruments.first,
      instruments.lazy.flatMap(\.items).first, instruments.lazy.flatMap(\.outputs).first,
      instruments.lazy.flatMap(\.statuses).first, instruments.lazy.flatMap(\.alerts).first,
      study.randomization, study.factors.first, study.randomization.preconditions.first,
      study.primaryEndpoint, study.analysis, study.analysis?.received.first,
      study.analysis?.adverseEvents,
      study.secondaryEndpoints.first, study.hypotheses.first,
      study.sampleSize, study.interim, study.interim?.looks.first,
      study.interim?.boundaries.first, study.lock, study.lock.steps.first, study.texts.first,
    ]
  }

  private func parts(ofForms forms: [Form]) -> [Any?] {
    let checks = forms.flatMap(\.checks)
    return [
      forms.first, forms.first?.sections.first, forms.first?.fields.first, checks.first,
      checks.lazy.compactMap(\.prompt).first, forms.lazy.compactMap(\.disclosure).first,
      forms.lazy.compactMap(\.planned).first, forms.lazy.compactMap(\.followUp).first,
      checks.lazy.compactMap(\.sets).first,
    ]
  }

  private func parts(ofConduct study: StudyDefinition) -> [Any?] {
    [
      study.alerts.first, study.clocks.first, study.deviations.first,
      study.deviations.lazy.flatMap(\.rules).first,
      study.deviations.lazy.flatMap(\.rules).compactMap(\.report).first,
      study.deviations.lazy.flatMap(\.missing).first, study.lifecycles.first,
      study.lifecycles.first?.states.first, study.lifecycles.first?.transitions.first,
      study.lifecycles.lazy.flatMap(\.transitions).flatMap(\.needs).first,
      study.lifecycles.lazy.flatMap(\.transitions).compactMap(\.contacts).first,
      study.samples.first, study.samples.lazy.flatMap(\.sources).first,
      study.populations.first, study.estimands.first,
      study.estimands.lazy.flatMap(\.events).first, study.visibility.first, study.monitoring,
      study.questionnaires, study.ratings, study.accessReview,
    ]
  }

  @Test func `every member of a definition is one the writer writes`() throws {
    let study = try Files.study(Files.studies[0])
    let parts = parts(of: study) + parts(ofForms: study.forms) + parts(ofConduct: study)
    #expect(parts.count == WrittenMembers.byType.count)
    for part in parts {
      let value = try #require(part)
      let type = String(describing: Swift.type(of: value))
      #expect(
        members(value) == WrittenMembers.byType[type],
        "\(type) gained or lost a member: write it, then list it in WrittenMembers")
    }
  }
}
