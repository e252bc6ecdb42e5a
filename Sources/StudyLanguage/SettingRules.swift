import StudyModel

/// An answer a check sets on another form, kept until all forms are known.
struct WrittenSetting {
  let source: FormID
  let sets: AnswerSetting
  let place: Place
}

extension DefinitionReader {
  /// Refuses a check that sets an answer where it could not be told which entry decides, or who reads the
  /// answer may not know why.
  mutating func checkSettings(_ forms: [Form]) {
    for written in settings {
      guard let source = forms.first(where: { $0.id == written.source }),
        let target = forms.first(where: { $0.id == written.sets.form })
      else { continue }
      func refuse(_ sentence: String) {
        report("“sets” of a check on \(source.id): \(sentence)", at: written.place)
      }
      if source.isRepeating || target.isRepeating {
        refuse("both forms are filled once at a visit.")
      }
      if source.subject != target.subject { refuse("both forms are about the same.") }
      if target.isWorkedOut { refuse("nobody answers \(target.id).") }
      if source.dataClass > target.dataClass {
        refuse(
          "\(source.id) is of class “\(source.dataClass.rawValue)”, which readers of \(target.id) may not "
            + "know.")
      }
      if source.visits.count != 1, Set(source.visits).isDisjoint(with: target.visits) {
        refuse("\(source.id) and \(target.id) are given at no common visit.")
      }
    }
  }
}
