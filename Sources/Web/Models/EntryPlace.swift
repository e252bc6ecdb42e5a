import Conduct
import StudyModel

/// The addresses of one form of one participant at one visit.
struct EntryPlace: Sendable {
  let key: ParticipantKey
  let form: FormID
  let visit: VisitCode
  /// The number among repeats, 0 for one that has none yet.
  let number: Int
  /// The day whose form is filled in, where it is not today's.
  var day: CalendarDate?

  init(_ key: ParticipantKey, _ form: FormID, _ visit: VisitCode, number: Int = 1) {
    self.key = key
    self.form = form
    self.visit = visit
    self.number = number
  }

  init(_ call: Call) throws {
    self.init(
      try call.participant(), try call.formID(), try call.visit(), number: try call.entryNumber())
    day = call.formDay
  }

  /// The form, an act on it, with what is asked besides.
  func address(_ act: String = "", _ query: String = "") -> String {
    let numbered = number == 1 ? "" : "number=" + (number == 0 ? "new" : String(number))
    let dated = day.map { "on=\($0)" } ?? ""
    let asked = [numbered, dated, query].filter { !$0.isEmpty }.joined(separator: "&")
    return "/participants/\(key.text)/forms/\(form.text)/\(visit.text)"
      + (act.isEmpty ? "" : "/\(act)") + (asked.isEmpty ? "" : "?\(asked)")
  }

  /// The visit.
  var visitAddress: String { "/participants/\(key.text)/visits/\(visit.text)" }

  /// The list of all repeats.
  var listAddress: String { EntryPlace(key, form, visit).address("all") }
}

extension Call {
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
