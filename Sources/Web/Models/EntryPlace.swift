import Conduct
import StudyModel

/// The addresses of one form of one participant at one visit, or of one site.
struct EntryPlace: Sendable {
  let key: EntrySubject
  let form: FormID
  let visit: VisitCode
  /// The number among repeats, 0 for one that has none yet.
  let number: Int
  /// The day whose form is filled in, where it is not today's.
  var day: CalendarDate?

  init(_ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1) {
    key = owner.subject
    self.form = form
    self.visit = visit
    self.number = number
  }

  init(_ call: Call) throws {
    let key = try call.subject()
    self.init(
      key, try call.formID(), key.participant == nil ? .site : try call.visit(),
      number: try call.entryNumber())
    day = call.formDay
  }

  /// The form, an act on it, with what is asked besides.
  func address(_ act: String = "", _ query: String = "") -> String {
    let numbered = number == 1 ? "" : "number=" + (number == 0 ? "new" : String(number))
    let dated = day.map { "on=\($0)" } ?? ""
    let asked = [numbered, dated, query].filter { !$0.isEmpty }.joined(separator: "&")
    let path =
      switch key {
      case .participant: "/participants/\(key.text)/forms/\(form.text)/\(visit.text)"
      case .site: "/sites/\(key.text)/forms/\(form.text)"
      }
    return path + (act.isEmpty ? "" : "/\(act)") + (asked.isEmpty ? "" : "?\(asked)")
  }

  /// The visit, or the list of the forms about sites.
  var visitAddress: String {
    key.participant == nil
      ? Self.siteForms : "/participants/\(key.text)/visits/\(visit.text)"
  }

  /// The page of whom the entry is about.
  var ownerAddress: String {
    key.participant == nil ? Self.siteForms : "/participants/\(key.text)"
  }

  /// Where data queries on the entry are asked.
  var queriesAddress: String {
    (key.participant == nil ? "/sites/" : "/participants/") + key.text + "/queries"
  }

  /// Where the entry stands, in words: `SCR of 101-0001`, or `site 101`.
  var words: String {
    key.participant == nil ? "site \(key.text)" : "\(visit.text) of \(key.text)"
  }

  /// A form with where it is filled: `Vital signs, SCR`, or `Stock, 101`.
  func title(_ form: Form) -> String {
    "\(form.title), \(key.participant == nil ? key.text : visit.text)"
  }

  /// The list of the forms about sites.
  static let siteForms = "/site-forms"

  /// The list of all repeats.
  var listAddress: String { EntryPlace(key, form, visit).address("all") }
}

extension Call {
  /// Whom the address is about: a participant or a site.
  func subject() throws(ActRefusal) -> EntrySubject {
    if parameters["participant"] != nil { return .participant(try participant()) }
    guard let site = try? SiteKey(parsing: parameter("site")) else { throw .notFound }
    return .site(site)
  }

  /// Which repeat an address names: `number=2`, `number=new`, or nothing for the first.
  func entryNumber() throws(ActRefusal) -> Int {
    guard let text = query["number"] else { return 1 }
    if text == "new" { return 0 }
    guard let number = Int(text), (1...9999).contains(number), String(number) == text else {
      throw .notFound
    }
    return number
  }
}
