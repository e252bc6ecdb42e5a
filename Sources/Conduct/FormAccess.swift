import Store
public import StudyModel

/// How much of a form's entries a person may know.
public enum FormReading: Comparable, Sendable {
  /// Not even that there are any.
  case none
  /// Whether something is due, done or missed.
  case status
  /// The same; and this role hands one in, once, and reads none again.
  case handedIn
  /// Own entries and no others.
  case own
  /// Every entry in reach.
  case all
}

/// Who may know and do what with a form: the visibility matrix of the definition within the classes of
/// the role, which the login enforces below it. Pages and API ask here and nowhere else.
extension Actor {
  /// The classes of forms whose entries this role reads by itself.
  public var entryClasses: [DataClass] {
    [DataClass.open, .outcome, .treatment].filter { role.classes.contains($0) }
  }

  /// How much of a form's entries this role may know.
  public func reading(of form: Form) -> FormReading {
    let byClass = readingByClass(form)
    guard let rights = definition.rights(of: role.id, on: form.id) else { return byClass }
    if rights.contains(.read) {
      // What the matrix lets somebody read and the class does not is known by its state.
      return byClass == .none && form.dataClass <= .outcome ? .status : byClass
    }
    if rights.contains(.own) || rights.contains(.write) { return min(byClass, .own) }
    return rights.contains(.status) && form.dataClass <= .outcome ? .status : .none
  }

  private func readingByClass(_ form: Form) -> FormReading {
    // Raters hold tokens and participants links: no form has an address for them.
    if role.can(.rate) || role.blinding == .participant { return .none }
    if entryClasses.contains(form.dataClass) { return .all }
    if role.ownEntriesOnly.contains(form.dataClass), form.enteredBy.contains(role.id) {
      // What is told about the treatment is kept where this role reads nothing, not even its own.
      return form.dataClass > .outcome ? .handedIn : .own
    }
    // Without a matrix the site knows the states of outcome forms, since it arranges them.
    let hasMatrix = definition.rights(of: role.id, on: form.id) != nil
    return !hasMatrix && form.dataClass == .outcome && role.classes.contains(.open)
      ? .status : .none
  }

  /// Whether this role may know values of a form: of all entries, or of its own.
  public func knows(_ form: Form) -> Bool { reading(of: form) >= .own }

  /// Whether this role hands in entries of a form, each once, and reads none again.
  public func handsIn(_ form: Form) -> Bool { reading(of: form) == .handedIn }

  /// Whether a form has a page for this role.
  public func opens(_ form: Form) -> Bool { reading(of: form) >= .handedIn }

  /// Whether this role may know that a form is due, done or missed.
  public func knowsStatus(of form: Form) -> Bool { reading(of: form) >= .status }

  /// Whether this role reads every entry of a form in its reach.
  public func reads(_ form: Form) -> Bool { reading(of: form) == .all }

  /// Whether this role reads its own entries of a form and no others, though it reads the class: nothing
  /// but this rule, here and in the database, keeps those of others from it.
  public func readsOwn(_ form: Form) -> Bool {
    reading(of: form) == .own && entryClasses.contains(form.dataClass)
  }

  /// Whether an entry of a form that was found in a class of this role is for it to read.
  func mayRead(_ form: Form, isOwn: Bool) -> Bool { reads(form) || readsOwn(form) && isOwn }

  /// Whether this role reads entries of a form in lists: all of them, or its own.
  public func lists(_ form: Form) -> Bool { reads(form) || readsOwn(form) }

  /// The same for the form of that name and one entry.
  func mayRead(formNamed name: String, isOwn: Bool) -> Bool {
    form(named: name).map { mayRead($0, isOwn: isOwn) } ?? false
  }

  /// Whether this role reads its own entries only of the form of that name.
  func readsOwn(formNamed name: String) -> Bool { form(named: name).map { readsOwn($0) } ?? false }

  /// Whether this role writes a form.
  public func writes(_ form: Form) -> Bool {
    guard role.can(.enterForms), form.enteredBy.contains(role.id), opens(form) else { return false }
    guard let rights = definition.rights(of: role.id, on: form.id) else { return true }
    return rights.contains(.write) || rights.contains(.own)
  }

  /// Whether this role signs a form.
  public func signs(_ form: Form) -> Bool {
    guard role.can(.signForms), form.signedBy.contains(role.id), knows(form) else { return false }
    return definition.rights(of: role.id, on: form.id)?.contains(.sign) ?? true
  }

  /// Whether this role reads every entry of the form of that name.
  func reads(formNamed name: String) -> Bool {
    form(named: name).map { reads($0) } ?? false
  }

  /// Whether this role may know the state of the form of that name.
  func knowsStatus(ofFormNamed name: String) -> Bool {
    form(named: name).map { knowsStatus(of: $0) } ?? false
  }

  private func form(named name: String) -> Form? {
    (try? FormID(parsing: name)).flatMap { definition.form($0) }
  }

  // MARK: Forms by their address

  /// Whether entries of a form are filed under this key: it is about such, and a site is in reach.
  ///
  /// Whether a participant is in reach is known by the database.
  func files(_ form: Form, under subject: EntrySubject) -> Bool {
    guard form.isAbout(subject) else { return false }
    guard case .site(let site) = subject else { return true }
    return definition.site(site) != nil && (sites == .all || sites == .site(site))
  }

  /// The form, where this role enters it at this visit.
  func entersForm(
    _ form: FormID, at visit: VisitCode, of subject: EntrySubject
  ) throws(ActRefusal) -> Form {
    guard let form = definition.form(form), files(form, under: subject), writes(form),
      definition.schedules(form, at: visit)
    else { throw .notFound }
    return form
  }

  /// The form, where this role enters or signs it.
  func readsForm(
    _ form: FormID, at visit: VisitCode, of subject: EntrySubject
  ) throws(ActRefusal) -> Form {
    guard let form = definition.form(form), files(form, under: subject),
      writes(form) || signs(form), definition.schedules(form, at: visit)
    else { throw .notFound }
    return form
  }

  /// The form, where this role reads every entry of it.
  func reviewsForm(
    _ form: FormID, at visit: VisitCode, of subject: EntrySubject
  ) throws(ActRefusal) -> Form {
    guard let form = definition.form(form), files(form, under: subject), lists(form),
      form.visits.isEmpty || form.visits.contains(visit),
      form.subject == .site ? visit == .site : definition.visit(visit) != nil
    else { throw .notFound }
    return form
  }
}
