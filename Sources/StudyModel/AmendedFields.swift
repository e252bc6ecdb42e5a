/// The fields whose values a later version takes, reads or works out otherwise.
///
/// A calculated field is among them also where its formula is the same and what it reads is not; so is a
/// flag of a population. Words of questions are no matter: a formula reads codes and numbers.
public struct AmendedFields: Sendable {
  let old: StudyDefinition
  let new: StudyDefinition
  private var amended: Set<Place> = []

  private struct Place: Hashable {
    let form: FormID
    let field: FieldID
  }

  /// Compares a version with a later one.
  public init(from old: StudyDefinition, to new: StudyDefinition) {
    self.old = old
    self.new = new
    for form in old.forms { amended.formUnion(Self.changed(form, new.form(form.id))) }
    addPopulationsAndFacts()
    // What reads an amended field is amended itself, however long the way is.
    var count = -1
    while count != amended.count {
      count = amended.count
      for form in old.forms + new.forms { addCalculated(of: form) }
      for population in old.populations + new.populations
      where population.rule.references.contains(where: { touches($0) }) {
        add(population.reference)
      }
    }
  }

  /// Whether a reference reaches an amended field, or a form at a visit that is no more.
  ///
  /// - Parameter form: the form whose formula reads, meant by a reference that names none.
  public func touches(_ reference: FieldReference, from form: FormID? = nil) -> Bool {
    guard let name = reference.form ?? form else { return false }
    if amended.contains(Place(form: name, field: reference.field)) { return true }
    guard let visit = reference.visit, let before = old.form(name),
      old.schedules(before, at: visit)
    else { return false }
    return new.form(name).map { !new.schedules($0, at: visit) } ?? true
  }

  /// What a formula of a form reads in other entries and reaches an amended field, in the order of its
  /// words; calculated fields of the form are looked through.
  public func read(by formula: Formula, of form: Form) -> [FieldReference] {
    form.everythingRead(by: formula).filter { $0.isOutside && touches($0, from: form.id) }
      .sorted { $0.description < $1.description }
  }

  /// Whether a formula of a form reads an amended field anywhere, the form itself included.
  public func isRead(by formula: Formula, of form: Form) -> Bool {
    form.everythingRead(by: formula).contains { touches($0, from: form.id) }
  }

  /// Whether any formula of a form reads an amended field of another entry.
  public func isReadElsewhere(by form: Form) -> Bool {
    form.outsideReferences.contains { touches($0, from: form.id) }
  }

  private mutating func add(_ reference: FieldReference?) {
    guard let reference, let form = reference.form else { return }
    amended.insert(Place(form: form, field: reference.field))
  }

  private static func changed(_ form: Form, _ later: Form?) -> Set<Place> {
    func place(_ field: FieldID) -> Place { Place(form: form.id, field: field) }
    guard let later else { return Set(form.fields.map { place($0.id) }) }
    let fields = form.fields.filter { field in
      guard let after = later.field(field.id) else { return true }
      return field.type != after.type || field.unit != after.unit
        || field.calculation != after.calculation
    }.map(\.id)
    // The answer a check decides is another one when the check is.
    let before = form.checks.filter { $0.setBy != nil }
    let after = later.checks.filter { $0.setBy != nil }
    let set = (before.filter { !after.contains($0) } + after.filter { !before.contains($0) })
      .compactMap(\.field)
    return Set((fields + set).map(place))
  }

  private mutating func addCalculated(of form: Form) {
    for field in form.fields {
      guard let calculation = field.calculation,
        calculation.references.contains(where: { touches($0, from: form.id) })
      else { continue }
      amended.insert(Place(form: form.id, field: field.id))
    }
  }

  private mutating func addPopulationsAndFacts() {
    for population in old.populations
    where new.populations.first(where: { $0.id == population.id })?.rule != population.rule {
      add(population.reference)
    }
    func approved(_ study: StudyDefinition) -> [SiteKey: [String: CalendarDate]] {
      Dictionary(study.sites.map { ($0.key, $0.consentVersions) }) { first, _ in first }
    }
    let after = approved(new)
    if approved(old).contains(where: { after[$0.key] != $0.value }) {
      add(StudyFact.consentVersions.reference)
    }
  }
}
