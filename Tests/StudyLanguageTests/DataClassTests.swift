import StudyLanguage
import StudyModel
import Testing

/// That everything in a definition has one data class.
struct DataClassTests {
  private static func occurrences(_ text: String) -> [Range<String.Index>] {
    text.ranges(of: /\bclass:/)
  }

  private static func sentences(_ yaml: String) -> [String] {
    BrokenDefinitionTests.faults(yaml)?.map(\.sentence) ?? []
  }

  @Test func `REQ-080: a form, population or lifecycle without a class does not load`() throws {
    let text = try SmallStudy.text
    let whole = try StudyDefinition(yaml: text)
    var refused: [String: Int] = [:]
    for place in Self.occurrences(text) {
      var broken = text
      broken.replaceSubrange(place, with: "rank:")
      for sentence in Self.sentences(broken) where sentence.hasSuffix("needs the key “class”.") {
        refused[sentence, default: 0] += 1
      }
    }
    var expected = ["a form needs the key “class”.": whole.forms.count]
    if !whole.populations.isEmpty {
      expected["a population needs the key “class”."] = whole.populations.count
    }
    if !whole.lifecycles.isEmpty {
      expected["a lifecycle needs the key “class”."] = whole.lifecycles.count
    }
    #expect(refused == expected)
  }

  @Test func `REQ-080: a class that is none of the six does not load, wherever it stands`() throws {
    let text = try SmallStudy.text
    let places = text.ranges(of: /\bclass: [a-z]+/)
    try #require(places.count >= 3)
    for place in places {
      var broken = text
      broken.replaceSubrange(place, with: "class: secret")
      #expect(!Self.sentences(broken).isEmpty, "\(text[place])")
    }
  }

  @Test func `REQ-080: no field reads below its class, but where the protocol says why`() throws {
    let source = try ReferenceTrial.study
    // A field without a class of its own has that of its form.
    let own = source.forms.flatMap { form in
      form.fields.compactMap { field in field.dataClass.map { (form, field, $0) } }
    }
    #expect(!own.isEmpty)
    for (form, field, dataClass) in own {
      #expect(
        dataClass >= form.dataClass || field.declassifiedBecause != nil, "\(form.id) \(field.id)")
    }
  }

  @Test
  func `REQ-080: who may read a value and not what it is computed from would learn that from it`()
    throws
  {
    let rescue = "value: \"includes(FUTX.kind@here, 'ECT')"
    let text = try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")
    try #require(text.ranges(of: rescue).count == 1)
    let broken = text.replacing(
      rescue, with: "value: \"responder and includes(FUTX.kind@here, 'ECT')")
    #expect(
      Self.sentences(broken) == [
        "“rescue” of RELAPSE is “treatment” and computed from class “outcome”, which the role "
          + "“treat_coordinator” would learn from it; leave that out or say “declassified_because”."
      ])
  }
}
