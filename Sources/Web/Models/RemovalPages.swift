import Conduct
import Pages
import Store
import StudyModel

/// A removal in an address: class and number, such as `open-3`.
struct RemovalName {
  let dataClass: DataClass
  let number: Int

  init?(_ text: String) {
    let parts = text.split(separator: "-")
    guard parts.count == 2, let dataClass = DataClass(rawValue: String(parts[0])),
      let number = Int(parts[1])
    else { return nil }
    self.dataClass = dataClass
    self.number = number
  }
}

/// Personal data entered by mistake: asked for by one, removed by another.
enum RemovalPages {
  static func address(_ place: EntryPlace) -> EntryAddress {
    EntryAddress(place.key, place.form, place.visit, number: place.number)
  }

  /// Whether the role may ask for a removal on this form.
  static func canAsk(_ actor: Actor, _ form: Form) -> Bool {
    Installation.removes(actor.role) && actor.reads(form)
      && actor.auditClasses.contains(form.dataClass)
  }

  private static func texts(of form: Form) -> [Field] {
    form.fields.filter { if case .text = $0.type { true } else { false } }
  }

  private static func what(_ removal: StoredRemoval) -> String {
    let place = "\(removal.form), \(removal.visit)"
    return switch removal.subject {
    case .value(let field): "\(place): \(field)"
    case .query(let query): "\(place): texts of data query \(query)"
    case .reasons(let version): "\(place): reasons given with version \(version)"
    case .deviation(let deviation): "Words of deviation \(deviation)"
    case .act(_, let action): "Words of “\(action)”"
    }
  }

  private static func button(_ removal: StoredRemoval) -> String {
    switch removal.subject {
    case .value: "Remove the value"
    case .query: "Remove the texts"
    case .reasons: "Remove the reasons"
    case .deviation, .act: "Remove the words"
    }
  }

  private static func whatHappens(_ removal: StoredRemoval) -> [String] {
    switch removal.subject {
    case .value:
      [
        "The value goes from every version of the form and from the audit trail.",
        "Texts of data queries on this form and reasons for its changes that quote it go with it.",
        "A signature on the form is void afterwards; the form is signed again.",
      ]
    case .query:
      ["What was asked and answered goes from the data query and from the audit trail."]
    case .reasons:
      [
        "The reasons given with this version go from it and from the audit trail; the values stay.",
        "Corrections beside this version lose reason and evidence, and are void.",
      ]
    case .deviation:
      [
        "What happened, what is done about it and why it was rejected go from the deviation and from "
          + "the audit trail; its type, day and judgement stay."
      ]
    case .act: [wordsOfAct]
    }
  }

  private static let wordsOfAct =
    "What was said with it goes from the audit trail and from every page that shows it, with the same words at "
    + "other acts on the same participant. That it was done, by whom and when stays."

  /// Where the words of an act are removed, by its row as the reader counts them.
  static func address(of row: Int, in dataClass: DataClass) -> String {
    "/audit/\(dataClass.rawValue)/\(row)/removal"
  }

  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.removals(as: actor)
    let zone = call.site.zone(of: actor)
    let waiting = found.count { $0.confirmedAt == nil }
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Removed personal data",
      lead: waiting == 1 ? "1 waits for a second person" : "\(waiting) wait for a second person",
      nothing: "No personal data were removed. A request made on a form appears here.",
      columns: ["What", "Why", "Asked", "Removed"],
      rows: found.map { removal in
        WorkListRow(
          participant: Link(text: removal.participant, href: page(of: removal)),
          texts: [
            what(removal), removal.reason,
            "\(removal.askedName), \(Times.full(removal.askedAt, zone))",
            removal.confirmedAt.map { "\(removal.confirmedName), \(Times.full($0, zone))" } ?? "",
          ], chip: removal.confirmedAt == nil ? .state(.due, "waits") : .state(.off, "removed"),
          act: removal.confirmedAt == nil && removal.askedBy != actor.user
            ? Link(
              text: "Confirm…", href: "/removals/\(removal.dataClass.rawValue)-\(removal.number)",
              context: removal.participant) : nil)
      }, links: [Link(text: "Audit trail", href: "/audit")])
  }

  /// The page of what a removal is about: of a participant, of forms about a site, or the audit trail.
  private static func page(of removal: StoredRemoval) -> String {
    if (try? ParticipantKey(parsing: removal.participant)) != nil {
      return "/participants/\(removal.participant)"
    }
    return (try? SiteKey(parsing: removal.participant)) == nil ? "/audit" : EntryPlace.siteForms
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    guard let name = RemovalName(call.parameter("number")) else { throw ActRefusal.notFound }
    let found = try await call.installation.removals(as: actor).first {
      $0.dataClass == name.dataClass && $0.number == name.number
    }
    guard let found else { throw ActRefusal.notFound }
    let zone = call.site.zone(of: actor)
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Removed personal data", href: "/removals"),
      title: "Removal, \(found.participant)",
      facts: [
        Fact(name: "What", value: what(found)),
        Fact(name: "Why", value: found.reason),
        Fact(name: "Asked", value: "\(found.askedName), \(Times.full(found.askedAt, zone))"),
      ],
      act: found.confirmedAt == nil && found.askedBy != actor.user
        ? ActForm(
          form: call.target("/removals/\(call.parameter("number"))"),
          button: button(found),
          whatHappens: whatHappens(found)
            + ["Who asked, who removed it, when, why and from where stay on record."],
          cannotBeUndone: "What is removed cannot be brought back.", authentication: call.proof,
          isDestructive: true) : nil, faults: faults)
  }

  static func confirm(_ call: Call) async throws -> Answer {
    try await call.act {
      guard let name = RemovalName(call.parameter("number")) else { throw ActRefusal.notFound }
      try await call.installation.confirmRemoval(
        name.number, in: name.dataClass, as: try await call.freshActor())
      return "/removals?note=removed"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  static func request(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let place = try EntryPlace(call)
    guard let form = actor.definition.form(place.form), canAsk(actor, form) else {
      throw ActRefusal.notFound
    }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: form.title, href: place.address()),
      title: "Remove personal data, \(place.key.text)", lead: place.title(form),
      act: ActForm(
        form: call.target(place.address("removal")), button: "Ask for the removal",
        whatHappens: [
          "A second person confirms; until then nothing is removed.",
          "Afterwards it is gone from every version and from the audit trail. The texts of data "
            + "queries and the reasons for changes that quote a removed value go with it.",
        ],
        fields: [
          EntryField(
            name: "field", label: "What is removed",
            control: .code(
              choices: texts(of: form).map { Choice(code: $0.id.text, label: $0.label) }
                + (try await call.installation.removableQueries(on: address(place), as: actor)
                  .map { query in
                    Choice(
                      code: "query-\(query.number)",
                      label: "The texts of data query \(query.number)"
                        + (query.field.isEmpty ? "" : ", \(query.field)"))
                  })
                + (try await call.installation.reasonedVersions(on: address(place), as: actor)
                  .map {
                    Choice(
                      code: "reasons-\($0)", label: "The reasons given with version \($0)")
                  }),
              selected: call.form["field"] ?? "")),
          why(call),
        ], authentication: .notNeeded), faults: faults)
  }

  static func ask(_ call: Call) async throws -> Answer {
    try await call.act {
      let place = try EntryPlace(call)
      _ = try await ask(
        call.installation, call.form["field"] ?? "", place, call.form["reason"] ?? "",
        try call.actor)
      return "/removals?note=removal-asked"
    } orShow: {
      try await request(call, faults: $0).page()
    }
  }

  static func requestOfDeviation(
    _ call: Call, faults: [Pages.Fault] = []
  ) async throws -> ActPageModel {
    let (key, found) = try await deviation(call)
    let place = "/deviations/\(key.text)/\(found.name)"
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Deviations", href: "/deviations"),
      title: "Remove personal data, \(key.text)",
      facts: [
        Fact(name: "Type", value: found.type),
        Fact(name: "What happened", value: found.description),
      ],
      act: ActForm(
        form: call.target("\(place)/removal"), button: "Ask for the removal",
        whatHappens: [
          "A second person confirms; until then nothing is removed.",
          "Afterwards what happened, what is done about it and why it was rejected are gone from the "
            + "deviation and from the audit trail. Its type, day and judgement stay.",
        ], fields: [why(call)], authentication: .notNeeded), faults: faults)
  }

  static func requestOfAct(
    _ call: Call, faults: [Pages.Fault] = []
  ) async throws -> ActPageModel {
    let actor = try call.actor
    let (dataClass, number) = try act(call)
    let row = try await call.installation.removableAct(number, in: dataClass, as: actor)
    let shown = HistoryRows.rows([row], call.site.zone(of: actor), actor.definition)[0]
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Audit trail", href: "/audit"),
      title: "Remove personal data, row \(number)",
      facts: [
        Fact(name: "What", value: "\(row.object): \(row.action)"),
        Fact(name: "Who", value: "\(shown.person), \(shown.time)"),
        Fact(name: "What was said", value: said(in: row)),
      ],
      act: ActForm(
        form: call.target(address(of: number, in: dataClass)), button: "Ask for the removal",
        whatHappens: ["A second person confirms; until then nothing is removed.", wordsOfAct],
        fields: [why(call)], authentication: .notNeeded), faults: faults)
  }

  /// The words that go, or where they stand when the row itself only names what they are about.
  private static func said(in row: AuditRow) -> String {
    switch row.action {
    case "alert acknowledged":
      row.new.map { "\($0) (alert \(row.reason))" } ?? "What was done about the alert \(row.reason)"
    case "unblinding reported": "How the arm was learnt, in \(row.reason), and what was made of it"
    default: row.reason
    }
  }

  /// The row of the address.
  static func act(_ call: Call) throws -> (DataClass, Int) {
    guard let dataClass = DataClass(rawValue: call.parameter("class")),
      let number = Int(call.parameter("number"))
    else { throw ActRefusal.notFound }
    return (dataClass, number)
  }

  static func askOfAct(_ call: Call) async throws -> Answer {
    try await call.act {
      let (dataClass, number) = try act(call)
      _ = try await call.installation.askRemoval(
        ofActIn: number, in: dataClass, reason: call.form["reason"] ?? "", as: try call.actor)
      return "/removals?note=removal-asked"
    } orShow: {
      try await requestOfAct(call, faults: $0).page()
    }
  }

  /// The deviation of the address, where the person may ask for the removal of its words.
  private static func deviation(_ call: Call) async throws -> (ParticipantKey, StoredDeviation) {
    let actor = try call.actor
    let key = try call.participant()
    let found = try await call.installation.deviations(of: key, as: actor)
      .first { $0.name == call.parameter("number") }
    guard let found, actor.classesOfRemovableDeviations.contains(found.dataClass) else {
      throw ActRefusal.notFound
    }
    return (key, found)
  }

  static func askOfDeviation(_ call: Call) async throws -> Answer {
    try await call.act {
      guard let name = DeviationName(call.parameter("number")) else { throw ActRefusal.notFound }
      _ = try await call.installation.askRemoval(
        ofDeviation: name.number, of: try call.participant(), in: name.dataClass,
        reason: call.form["reason"] ?? "", as: try call.actor)
      return "/removals?note=removal-asked"
    } orShow: {
      try await requestOfDeviation(call, faults: $0).page()
    }
  }

  private static func why(_ call: Call) -> EntryField {
    EntryField(
      name: "reason", label: "Why",
      control: .lines(text: call.form["reason"] ?? "", maximum: 500),
      hint: "What kind of data it is, without the data. No name, no treatment.")
  }

  /// Asks for the removal of a field's value, of the texts of a query such as `query-3`, or of the reasons given
  /// with a version, such as `reasons-2`.
  static func ask(
    _ installation: Installation, _ what: String, _ place: EntryPlace, _ reason: String,
    _ actor: Actor
  ) async throws -> Int {
    if what.hasPrefix("query-"), let query = Int(what.dropFirst("query-".count)),
      Int32(exactly: query) != nil
    {
      return try await installation.askRemoval(
        ofQuery: query, on: address(place), reason: reason, as: actor)
    }
    if what.hasPrefix("reasons-"), let version = Int(what.dropFirst("reasons-".count)),
      Int32(exactly: version) != nil
    {
      return try await installation.askRemoval(
        ofReasonsOf: version, on: address(place), reason: reason, as: actor)
    }
    guard let field = try? FieldID(parsing: what) else {
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: "field", code: "no_field",
          sentence: "Choose what is removed. Nothing was recorded.")
      ])
    }
    return try await installation.askRemoval(
      of: field, on: address(place), reason: reason, as: actor)
  }
}
