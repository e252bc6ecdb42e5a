import StudyModel
import Yams

extension DefinitionReader {
  /// The formula under a key, parsed now and checked against the fields once all are known.
  mutating func formula(
    _ keyed: KeyedNode, _ key: String, for owner: FieldOwner, _ expected: ValueKind,
    computes: FieldID? = nil
  ) -> Formula? {
    guard let node = keyed.entries[key] else { return nil }
    return formula(
      node, "“\(key)” of \(keyed.what)", for: owner, expected, computes: computes)
  }

  mutating func formula(
    _ node: Node, _ what: String, for owner: FieldOwner, _ expected: ValueKind,
    computes: FieldID? = nil
  ) -> Formula? {
    guard let text = text(node, what) else { return nil }
    do throws(FormulaFault) {
      let formula = try Formula(parsing: text)
      formulas.append(
        WrittenFormula(
          formula: formula, place: Place(node), what: what, owner: owner, expected: expected,
          computes: computes))
      return formula
    } catch {
      report("\(what): \(error.sentence)", at: Place(node, column: error.column))
      return nil
    }
  }

  /// Checks every formula read against the fields of the whole definition.
  mutating func checkFormulas(_ table: FieldTable) {
    for written in formulas {
      var checker = FormulaChecker(table: table, owner: written.owner)
      checker.require(written.formula, written.expected)
      for complaint in checker.complaints {
        report("\(written.what): \(complaint)", at: written.place)
      }
      if written.expected == .truth, written.formula.references.isEmpty {
        report(
          "\(written.what): It reads no answer and is the same for everybody.", at: written.place)
      }
      checkFacts(written)
      for reference in written.formula.references {
        checkPlace(of: reference, written)
        checkOrder(of: reference, written, table)
      }
    }
  }

  // What is recorded of a site or of the study is read where it is asked for, and steps of these read
  // nothing of a participant.
  private mutating func checkFacts(_ written: WrittenFormula) {
    let lifecycle = written.lifecycle
    let allowed: Set<StudyFact>? =
      switch lifecycle {
      case .site: StudyFact.ofSites.union([.today])
      case .study: StudyFact.ofStudy.union([.today])
      case .participation, nil: nil
      }
    for reference in written.formula.references.sorted(by: { $0.description < $1.description }) {
      let fact =
        reference.form?.text == StudyFact.formName
        ? StudyFact(rawValue: reference.field.text) : nil
      if let allowed {
        guard fact.map(allowed.contains) != true else { continue }
        report(
          "\(written.what): “\(reference)” is not known of \(lifecycle == .site ? "a site" : "the study"); "
            + "it reads \(allowed.map(\.rawValue).sorted().map { "FACT.\($0)" }.joined(separator: ", ")).",
          at: written.place)
      } else if let fact, StudyFact.ofSites.union(StudyFact.ofStudy).contains(fact) {
        report(
          "\(written.what): “\(reference)” is read by steps of the lifecycle of "
            + "\(StudyFact.ofSites.contains(fact) ? "sites" : "the study") alone.",
          at: written.place)
      }
    }
  }

  private mutating func checkPlace(of reference: FieldReference, _ written: WrittenFormula) {
    if let visit = reference.visit, !names.contains(visit.text, .visit) {
      let hint = Spelling.hint(for: visit.text, among: names.all(.visit))
      report("\(written.what): There is no visit “\(visit)”.\(hint)", at: written.place)
      return
    }
    checkSchedule(of: reference, written)
  }

  // An entry that is never made gives no value: what is written would never be true.
  private mutating func checkSchedule(of reference: FieldReference, _ written: WrittenFormula) {
    var own: FormID?
    if case .form(let form) = written.owner { own = form }
    guard reference.occasion == nil, let form = reference.form ?? own,
      ![StudyFact.formName, Population.formName].contains(form.text),
      let visits = names.visits(of: form)
    else { return }
    if let visit = reference.visit {
      guard !visits.contains(visit.text) else { return }
      report(
        "\(written.what): “\(reference)” never has a value, since \(form) is not given at \(visit).",
        at: written.place)
    } else if let own, own != form, let others = names.visits(of: own) {
      guard visits.isDisjoint(with: others), !(visits.isEmpty && others.isEmpty) else { return }
      report(
        "\(written.what): “\(reference)” never has a value, since \(form) and \(own) are given at "
          + "no common visit; say which with @.", at: written.place)
    }
  }

  // Computed top to bottom: a field below has no value yet, and a circle never would.
  private mutating func checkOrder(
    of reference: FieldReference, _ written: WrittenFormula, _ table: FieldTable
  ) {
    guard let computed = written.computes, reference.form == nil, reference.occasion == nil,
      let own = table.fact(FieldReference(field: computed), for: written.owner),
      let other = table.fact(reference, for: written.owner), other.calculation != nil,
      other.position >= own.position
    else { return }
    guard reference.field != computed else {
      report("\(written.what): “\(reference)” is computed from itself.", at: written.place)
      return
    }
    report(
      "\(written.what): “\(reference)” is computed only after this field.", at: written.place)
  }
}

extension Place {
  /// The place of a character inside a plain or quoted text.
  init(_ node: Node, column: Int) {
    self.init(node)
    let start = self.column
    switch node.scalar?.style {
    case .singleQuoted, .doubleQuoted: self = Place(line: line, column: start + column)
    case .plain, .any: self = Place(line: line, column: start + column - 1)
    case .literal, .folded, nil: break
    }
  }

  init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}
