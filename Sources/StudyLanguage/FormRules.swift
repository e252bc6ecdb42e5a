import StudyModel
import Yams

/// Rules over forms that need the roles, the visits and all other forms.
extension DefinitionReader {
  mutating func checkForms(
    _ keyed: KeyedNode, _ forms: [Form], _ roles: [Role], _ visits: [Visit], _ table: FieldTable
  ) {
    let nodes = keyed.entries["forms"]?.sequence.map(Array.init) ?? []
    for form in forms {
      guard let node = nodes.first(where: { $0["id"]?.scalar?.string == form.id.text }) else {
        continue
      }
      checkPeople(of: form, roles, node)
      checkVisits(of: form, visits, node)
      checkClasses(of: form, roles, table, node)
      checkTargets(of: form, node)
      checkFreeText(of: form, roles, node)
      checkBattery(of: form, forms, roles, node)
    }
  }

  // Nobody saves when the hours have passed: the program alone looks, at what is stored.
  mutating func checkWaiting(_ keyed: KeyedNode, _ definition: StudyDefinition) {
    let nodes = keyed.entries["forms"]?.sequence.map(Array.init) ?? []
    for form in definition.forms {
      let asked = Set(definition.checksLookedAtAgain(on: form))
      for check in form.checks
      where check.afterHours != nil && check.kind == .query && !asked.contains(check) {
        guard let node = nodes.first(where: { $0["id"]?.scalar?.string == form.id.text }) else {
          continue
        }
        report(
          "the check \(check.code) of \(form.id) waits some hours and reads what is known only "
            + "while somebody saves, or what the program does not read alone.", at: Place(node))
      }
    }
  }

  // What an unblinded person writes can tell the arm, whatever the question was.
  private mutating func checkFreeText(of form: Form, _ roles: [Role], _ node: Node) {
    let writers = roles.filter { form.enteredBy.contains($0.id) && $0.blinding.knowsArms }
    guard let writer = writers.first else { return }
    for field in form.fields where form.dataClass(of: field) < .treatment {
      // The reason why nothing was done is given its class by the reader itself.
      guard case .text = field.type, !FormHeader.names.contains(field.id.text) else { continue }
      report(
        "“\(field.id)” of \(form.id) is free text the unblinded role “\(writer.id)” could write; it "
          + "needs the class “treatment”.", at: Place(node))
    }
  }

  // A rater who is asked for something else at another visit knows which visit it is.
  private mutating func checkBattery(
    of form: Form, _ forms: [Form], _ roles: [Role], _ node: Node
  ) {
    let raters = Set(roles.filter { $0.can(.rate) }.map(\.id))
    guard !raters.isDisjoint(with: form.enteredBy), form.batteryDiffersBecause == nil else {
      return
    }
    let visits = forms.filter { !raters.isDisjoint(with: $0.enteredBy) }.flatMap(\.visits)
    guard Set(form.visits) != Set(visits) else { return }
    report(
      "the rating form \(form.id) is not given at every rating visit, which tells a rater the "
        + "visit; give it everywhere or say “battery_differs_because”.", at: Place(node))
  }

  private mutating func checkPeople(of form: Form, _ roles: [Role], _ node: Node) {
    let doors: Set<Capability> = [
      .enterForms, .rate, .answerQuestionnaire, .consentParticipant, .randomize,
      .acknowledgeAllocation,
    ]
    for role in roles where form.enteredBy.contains(role.id) {
      if role.capabilities.isDisjoint(with: doors) {
        report("the role “\(role.id)” enters \(form.id) but can enter nothing.", at: Place(node))
      }
      // Writing what one may not read is how an unblinded form would reach a blinded person.
      let classes = role.classes.union(role.ownEntriesOnly)
      if !classes.contains(form.dataClass) {
        report(
          "the role “\(role.id)” enters \(form.id) but lacks the class "
            + "“\(form.dataClass.rawValue)”.", at: Place(node))
      }
    }
    for role in roles where form.signedBy.contains(role.id) && !role.can(.signForms) {
      report(
        "the role “\(role.id)” signs \(form.id) but lacks the capability “signForms”.",
        at: Place(node))
    }
  }

  // A blinded reader learns from an open form at a treatment visit that there was a treatment.
  private mutating func checkVisits(of form: Form, _ visits: [Visit], _ node: Node) {
    for visit in visits where form.visits.contains(visit.code) {
      if !form.arms.isEmpty, !visit.arms.isEmpty, Set(form.arms).isDisjoint(with: visit.arms) {
        report(
          "the form \(form.id) and the visit \(visit.code) have no arm in common.", at: Place(node))
      }
      guard visit.dataClass > form.dataClass else { continue }
      report(
        "the form \(form.id) of class “\(form.dataClass.rawValue)” cannot be scheduled at "
          + "\(visit.code) of class “\(visit.dataClass.rawValue)”.", at: Place(node))
    }
  }

  private mutating func checkClasses(
    of form: Form, _ roles: [Role], _ table: FieldTable, _ node: Node
  ) {
    for field in form.fields {
      checkRequirement(of: field, form, table, node)
      guard let calculation = field.calculation else { continue }
      checkCircle(of: field, form, table, node)
      guard field.declassifiedBecause == nil else { continue }
      let inputs = table.classes(of: calculation, for: .form(form.id))
      // One without a class is as guarded as what it reads.
      let dataClass = field.dataClass ?? max(DataClass.highest(of: Array(inputs)), form.dataClass)
      if let above = inputs.max(), above > dataClass {
        report(
          "“\(field.id)” of \(form.id) is computed from class “\(above.rawValue)” and cannot be "
            + "“\(dataClass.rawValue)” without “declassified_because”.", at: Place(node))
      }
      checkReaders(of: field, in: dataClass, inputs, form, roles, node)
    }
  }

  // Inside of one form the order of the fields tells a circle; this is one by way of another form.
  private mutating func checkCircle(
    of field: Field, _ form: Form, _ table: FieldTable, _ node: Node
  ) {
    guard let way = table.circle(of: field.id, on: form.id),
      way.contains(where: { $0.form.map { $0 != form.id } ?? false }),
      way.allSatisfy({ $0.form.map { form.id <= $0 } ?? true })
    else { return }
    report(
      "“\(field.id)” of \(form.id) is computed from itself, by way of "
        + way.map { "“\($0)”" }.joined(separator: ", ") + ".", at: Place(node))
  }

  // A class that is guarded more is not one more people may read: who knows arms and no outcome would
  // learn the outcome from a value of treatment that depends on it.
  private mutating func checkReaders(
    of field: Field, in dataClass: DataClass, _ inputs: Set<DataClass>, _ form: Form,
    _ roles: [Role], _ node: Node
  ) {
    for input in inputs.sorted() where input > .open && input < dataClass {
      guard
        let reader = roles.first(where: {
          $0.classes.contains(dataClass) && !$0.classes.contains(input)
        })
      else { continue }
      report(
        "“\(field.id)” of \(form.id) is “\(dataClass.rawValue)” and computed from class "
          + "“\(input.rawValue)”, which the role “\(reader.id)” would learn from it; leave that out or "
          + "say “declassified_because”.", at: Place(node))
    }
  }

  // Being asked for an answer tells the writer what the condition found.
  private mutating func checkRequirement(
    of field: Field, _ form: Form, _ table: FieldTable, _ node: Node
  ) {
    guard case .conditional(let condition) = field.required else { return }
    let inputs = table.dataClass(of: condition, for: .form(form.id))
    guard inputs > form.dataClass(of: field) else { return }
    report(
      "“\(field.id)” of \(form.id) is required depending on class “\(inputs.rawValue)”, above its "
        + "own.", at: Place(node))
  }

  private mutating func checkTargets(of form: Form, _ node: Node) {
    for check in form.checks {
      guard let field = check.field, form.field(field) == nil,
        !names.mentions(field, on: form.id)
      else { continue }
      report(
        "the check \(check.code) points to “\(field)”, which \(form.id) has not.",
        at: Place(node))
    }
  }
}
