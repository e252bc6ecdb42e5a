import StudyModel
import Yams

/// Records drawn at random to be looked at.
extension DefinitionReader {
  mutating func sample(_ node: Node, _ forms: [Form]) -> RecordSample? {
    guard
      let keyed = keyed(
        node, "a sample", needs: ["id", "title", "percent", "review", "record", "of"])
    else { return nil }
    let id = text(keyed, "id")
    let title = text(keyed, "title")
    let percent = integer(keyed, "percent", in: 1...100)
    let review = known(keyed, "review", .form, FormID.self)
    let record = name(keyed, "record", FieldID.self)
    let reviewing = forms.first { $0.id == review }
    if let record, let reviewing {
      if case .text? = reviewing.field(record)?.type {
      } else if reviewing.field(record) != nil || !names.mentions(record, on: reviewing.id) {
        report("“record” names a field of \(reviewing.id) with text.", at: keyed.place)
      }
    }
    if let reviewing, reviewing.dataClass != .treatment || reviewing.subject == .site {
      report(
        "\(reviewing.id) is not of class treatment and about a participant, as the review of a sample is.",
        at: keyed.place)
    }
    let sources = list(keyed, "of") { reader, node in
      reader.sampledForm(node, forms, reviewing)
    }
    if keyed.entries["of"]?.sequence?.isEmpty ?? false {
      report("a sample is drawn from the entries of at least one form.", at: keyed.place)
    }
    var drawn: Set<FormID> = []
    for source in sources where !drawn.insert(source.form).inserted {
      report("\(source.form) stands twice among the forms that are drawn from.", at: keyed.place)
    }
    guard let id, let title, let percent, let review, let record else { return nil }
    return RecordSample(
      id: id, title: title, percent: percent, review: review, recordField: record,
      sources: sources)
  }

  private mutating func sampledForm(
    _ node: Node, _ forms: [Form], _ review: Form?
  ) -> SampledForm? {
    guard
      let keyed = keyed(
        node, "a form that is drawn from", needs: ["form"],
        may: ["is", "person", "carry", "answers"])
    else { return nil }
    let id = known(keyed, "form", .form, FormID.self)
    let form = forms.first { $0.id == id }
    if let form, form.dataClass != .treatment || form.subject == .site {
      report(
        "\(form.id) is not of class treatment and about a participant: a sample is drawn from such forms.",
        at: keyed.place)
    }
    if let form, form.id == review?.id {
      report("\(form.id) is the review, which is not drawn from.", at: keyed.place)
    }
    let condition = formula(keyed, "is", for: id.map { .form($0) } ?? .nobody, .truth)
    let person = name(keyed, "person", FieldID.self)
    if let form, let person {
      if case .userReference? = form.field(person)?.type {
      } else if form.field(person) != nil || !names.mentions(person, on: form.id) {
        report("“person” names a field of \(form.id) with a user.", at: keyed.place)
      }
    }
    let carried = carriedFields(keyed, from: id, to: review?.id)
    let answers = beginningAnswers(keyed, of: review?.id)
    guard let id else { return nil }
    return SampledForm(
      form: id, condition: condition, person: person, carried: carried, answers: answers)
  }

  private mutating func carriedFields(
    _ keyed: KeyedNode, from source: FormID?, to review: FormID?
  ) -> [FieldID: FieldID] {
    var carried: [FieldID: FieldID] = [:]
    for (key, value) in keyed.entries["carry"]?.mapping.map(Array.init) ?? [] {
      guard let from: FieldID = name(key, "a field"), let to: FieldID = name(value, "a field")
      else { continue }
      for (field, form, node) in [(from, source, key), (to, review, value)] {
        if let form, !names.mentions(field, on: form) {
          report("The form \(form) has no field “\(field)”.", at: Place(node))
        }
      }
      carried[from] = to
    }
    return carried
  }
}
