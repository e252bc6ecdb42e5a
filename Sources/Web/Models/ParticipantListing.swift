import Conduct
import Pages
import Store
import StudyModel

/// The list of participants, filtered by what the address asks for.
enum ParticipantListing {
  static let pageSize = 50

  static func model(_ call: Call) async throws -> ParticipantListModel {
    let actor = try call.actor
    let day = try await call.installation.siteDay(as: actor)
    let searched = call.query["key"] ?? ""
    let state = call.query["state"] ?? ""
    let found = day.participants.filter {
      (searched.isEmpty || $0.key.text.contains(searched)) && (state.isEmpty || $0.state == state)
    }
    let after = call.query["after"] ?? ""
    let page = Array(found.drop { $0.key.text <= after }.prefix(pageSize))
    let isFiltered = !searched.isEmpty || !state.isEmpty
    let books = ListedCasebooks(day, actor, call.installation)
    let rows = try page.map { row(try books.view(of: $0)) }
    return ParticipantListModel(
      frame: call.site.frame(for: call), rows: rows,
      shown: "\(page.count) of \(isFiltered ? found.count : day.participants.count)",
      states: states(day), selectedState: state, searched: searched,
      filterAction: "/participants", pages: pages(page, found, searched, state),
      newParticipant: actor.role.can(.consentParticipant)
        ? Link(text: "New participant", href: "/participants/new") : nil,
      empty: isFiltered ? "No participant is like that. Clear the filters to see all." : "")
  }

  private static func states(_ day: SiteDay) -> [Choice] {
    let present = Set(day.participants.map(\.state))
    return ParticipantState.allCases.filter { present.contains($0.rawValue) }.map {
      Choice(code: $0.rawValue, label: CasebookView.chip(state: $0.rawValue).words)
    }
  }

  private static func pages(
    _ page: [Participant], _ found: [Participant], _ searched: String, _ state: String
  ) -> [Link] {
    var links: [Link] = []
    let filter = "key=\(Address.escaped(searched))&state=\(Address.escaped(state))"
    if let first = page.first, first.key != found.first?.key {
      links.append(Link(text: "First \(pageSize)", href: "/participants?\(filter)"))
    }
    if let last = page.last, last.key != found.last?.key {
      links.append(
        Link(text: "Next \(pageSize)", href: "/participants?after=\(last.key.text)&\(filter)"))
    }
    return links
  }

  private static func row(_ view: CasebookView) -> Pages.ParticipantRow {
    let (next, chip) = Self.next(view)
    return Pages.ParticipantRow(
      key: view.key, href: "/participants/\(view.key)", chip: view.state,
      day: view.day.map { "day \($0)" } ?? "", next: next, nextChip: chip,
      queries: view.book.queries.count)
  }

  private static func next(_ view: CasebookView) -> (String, Chip) {
    guard view.isRandomized else {
      switch view.book.participant.state {
      case "eligible": return ("Randomization", .ready)
      case "screening", "consented": return ("Screening and baseline", .inProgress)
      default: return ("–", .state(.off, "nothing due"))
      }
    }
    guard let visit = view.nextVisit else {
      // The visits of treatment are read participant by participant.
      return view.actor.role.classes.contains(.treatment)
        ? ("on the participant's page", .state(.off, "not listed here"))
        : ("–", .state(.off, "nothing due"))
    }
    return ("\(visit.code.text), \(view.window(visit))", view.waiting(visit))
  }
}

/// The participants of a day as the lists know them: without the states of single forms.
struct ListedCasebooks {
  private let day: SiteDay
  private let actor: Actor
  private let kinds: FormKinds
  private let queries: [String: [StoredQuery]]
  private let installation: Installation

  init(_ day: SiteDay, _ actor: Actor, _ installation: Installation) {
    self.day = day
    self.actor = actor
    self.installation = installation
    kinds = FormKinds(actor.definition, installation)
    queries = Dictionary(grouping: day.queries, by: \.participant)
  }

  func view(of participant: Participant) throws -> CasebookView {
    let key = participant.key.text
    let definition = day.definitions[key]
    return try CasebookView(
      Casebook(
        participant: participant, entries: [], collection: day.collection[key] ?? [],
        queries: queries[key] ?? [], definition: definition),
      definition.map(actor.under) ?? actor,
      definition.map { FormKinds($0, installation) } ?? kinds,
      now: installation.clock.now, knowsEntries: false)
  }
}

/// Texts inside addresses.
enum Address {
  static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F
      return isPlain ? String(UnicodeScalar(byte)) : "%" + Hex.text([byte])
    }.joined()
  }
}
