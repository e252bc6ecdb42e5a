import Store
import StudyModel

/// Which part of what follows from the entries of a participant is worked out.
enum DerivedPart: Sendable {
  /// All of it.
  case everything
  /// What follows without anything of treatment, which is not read either.
  case untreated
  /// The rest of what follows from an act of somebody blinded.
  case treated
  /// What is kept in class treatment.
  ///
  /// What blinded people read depends on nothing of treatment, so no act of treatment gives it another
  /// instant, such as that of a new version; what a definition declassifies all the same comes with the daily
  /// derivation.
  case treatment

  /// The part that may follow from an act in a class.
  static func following(from dataClass: DataClass) -> DerivedPart {
    switch dataClass {
    case .open, .outcome, .sealed, .identity: .everything
    case .treatment, .allocation: .treatment
    }
  }

  /// The classes of which entries are read.
  var read: [DataClass] { self == .untreated ? Self.blinded : DerivedForm.classes }

  /// The classes in which entries are looked at.
  var classes: [DataClass] {
    switch self {
    case .everything: DerivedForm.classes
    case .untreated: Self.blinded
    case .treated, .treatment: [.treatment]
    }
  }

  /// Whether values of a class are kept that are worked out of something of treatment, or that are not.
  func keeps(_ dataClass: DataClass, isTreated: Bool) -> Bool {
    switch self {
    case .everything: true
    case .untreated: !isTreated && dataClass != .treatment
    case .treated: isTreated || dataClass == .treatment
    case .treatment: dataClass == .treatment
    }
  }

  private static let blinded: [DataClass] = [.open, .outcome]
}

/// A form nobody enters, worked out at one visit.
struct DerivedForm {
  /// The classes in which values are kept.
  static let classes: [DataClass] = [.open, .outcome, .treatment]

  let form: Form
  let visit: VisitCode
  let answers: [FieldID: FieldAnswer]

  /// The values of the fields of one class: a reader of the form's class gets no others.
  func answers(in dataClass: DataClass) -> [FieldID: FieldAnswer] {
    answers.filter { answer in
      form.field(answer.key).map { form.dataClass(of: $0) == dataClass } ?? false
    }
  }
}

extension Form {
  /// Whether a form nobody enters shows what the randomization gave, and reads facts alone.
  var isMadeByRandomization: Bool {
    let facts = outsideReferences.facts
    return facts.count == outsideReferences.count
      && !facts.isDisjoint(with: StudyFact.ofRandomization)
  }
}

extension StudyDefinition {
  /// Whether a form nobody enters reads an entry.
  func isRead(_ name: FormID, at visit: VisitCode?) -> Bool {
    forms.filter(\.isWorkedOut).contains { form in
      form.outsideReferences.contains { reference in
        reference.form == name && (reference.visit == nil || reference.visit == visit)
          && (reference.visit != nil || reference.occasion != nil
            || visit.map(form.visits.contains) ?? true)
      }
    }
  }

  /// Whether values of one class of a form nobody enters are worked out of anything of treatment, as those are that
  /// the definition declassifies.
  func readsTreatment(_ form: Form, in dataClass: DataClass) -> Bool {
    form.fields.contains { field in
      guard form.dataClass(of: field) == dataClass, let calculation = field.calculation else {
        return false
      }
      return form.everythingRead(by: calculation).contains { reference in
        guard let other = reference.form.flatMap({ self.form($0) }) else { return false }
        let read = other.field(reference.field).map { other.dataClass(of: $0) }
        return [other.dataClass, read].contains { $0 == .treatment || $0 == .allocation }
      }
    }
  }

  /// Every form nobody enters at each of its visits, worked out of the entries of one participant.
  ///
  /// What depends on who asks or on the day is no fact for them: the same entries give the same values.
  /// - Parameter reading: the same definition, which also reads what was entered under other versions.
  func derivedForms(
    of entries: [FormEntry], _ facts: [StudyFact: FormulaValue], read reading: StudyDefinition,
    clocks: FormulaClocks
  ) -> [DerivedForm] {
    forms.filter(\.isWorkedOut).flatMap { form in
      form.visits.map { visit in
        let elsewhere = reading.outsideValues(
          for: form, at: visit, among: entries, by: clocks.site,
          facts: facts.merging([.visit: .text(visit.text)]) { $1 })
        let worked = checkedEntry(
          [:], in: form,
          EntryContext(
            siteToday: CalendarDate(daysSince1970: 0), isSubmission: false,
            clocks: clocks, elsewhere: elsewhere))
        return DerivedForm(form: form, visit: visit, answers: worked.answers)
      }
    }
  }
}
