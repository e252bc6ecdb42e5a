import StudyLanguage
import StudyModel
import Testing

/// Forms about a site, as a definition may write them.
struct SiteFormRuleTests {
  /// The faults of the reference trial with one text in the place of another.
  private static func faults(_ old: String, _ new: String) throws -> [String] {
    let text = try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")
    #expect(text.contains(old), "\(old)")
    return BrokenDefinitionTests.faults(text.replacing(old, with: new, maxReplacements: 1))?
      .map(\.sentence) ?? []
  }

  @Test func `the accountability of kits is about the site and belongs to no visit`() throws {
    let study = try ReferenceTrial.study
    #expect(study.siteForms.map(\.id.text) == ["ACCT"])
    let form = try #require(study.siteForms.first)
    let (site, participant) = (
      EntrySubject.site(try SiteKey(parsing: "101")),
      EntrySubject.participant(try ParticipantKey(parsing: "101-0001"))
    )
    #expect(form.isAbout(site) && !form.isAbout(participant))
    #expect(study.schedules(form, at: .site))
    for visit in study.visits { #expect(!study.schedules(form, at: visit.code)) }
    for other in study.forms where other.subject == .participant {
      #expect(!study.schedules(other, at: .site) && !other.isAbout(site), "\(other.id)")
    }
    #expect(try EntrySubject(parsing: "101") == site)
    #expect(try EntrySubject(parsing: "101-0001") == participant)
    #expect(throws: ParseFault.self) { try EntrySubject(parsing: "10") }
  }

  @Test func `the unscheduled visit takes forms of no visit beside what is scheduled there`() throws
  {
    let study = try ReferenceTrial.study
    let taking = study.visits.filter(study.takesUnscheduledForms).map(\.code.text)
    #expect(taking.contains("UNS") && !taking.contains("ET"))
    #expect(study.forms(at: try VisitCode(parsing: "UNS")).map(\.id.text) == ["QIDSU"])
  }

  @Test(
    arguments: [
      (
        "    class: treatment\n    about: site", "    class: outcome\n    about: site",
        "ACCT is about a site: its class is “open” or “treatment”."
      ),
      (
        "    about: site\n", "    about: site\n    arms: [KET]\n",
        "ACCT is about a site and has no “arms”."
      ),
      (
        "    about: site\n", "    about: site\n    visits: [UNS]\n",
        "ACCT is about a site and has no “visits”."
      ),
      (
        "when: \"dispensed < received or returned", "when: \"dispensed < FACT.day0 or returned",
        "ACCT is about a site and cannot read “FACT.day0”, which is known of a participant."
      ),
      (
        "when: \"not FACT.kit_in_stock\", field: kit",
        "when: \"kit = ACCT.kit@previous\", field: kit",
        "KDOSE is about a participant and cannot read “ACCT.kit@previous” of a site."
      ),
    ])
  func `what a form about a site cannot have is told to who writes the definition`(
    old: String, new: String, sentence: String
  ) throws {
    let found = try Self.faults(old, new)
    #expect(found.contains(sentence), "\(found)")
  }

  @Test func `nothing that follows for a participant follows from a form about a site`() throws {
    let found = try Self.faults(
      "      - { form: SAEIN, is: \"has(aware_at)\" }",
      "      - { form: ACCT, is: \"has(wasted)\" }")
    #expect(
      found.contains { $0.hasPrefix("ACCT is about a site, and the alert “") }, "\(found)")
  }
}
