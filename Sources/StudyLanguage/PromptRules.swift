import StudyModel

/// An answer a prompt puts into another form, kept until all forms are known.
struct WrittenPrompt {
  let field: FieldReference
  let answer: String
  let place: Place
}

extension DefinitionReader {
  /// Refuses answers the form that is opened would refuse.
  mutating func checkPrompts(_ table: FieldTable) {
    for prompt in prompts {
      guard let fact = table.fact(prompt.field, for: .nobody) else { continue }
      if fact.calculation != nil {
        report("“\(prompt.field)” is calculated; a prompt cannot answer it.", at: prompt.place)
      } else if (try? fact.type.value(parsing: prompt.answer)) == nil {
        let codes = fact.type.codes ?? []
        report(
          "“\(prompt.answer)” is not an answer to “\(prompt.field)”"
            + (codes.isEmpty ? "." : "; it can be \(codes.joined(separator: ", "))."),
          at: prompt.place)
      }
    }
  }
}
